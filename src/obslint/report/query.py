"""An explained expression as text or JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from obslint.findings import Outcome
from obslint.graph.explain import Explanation, Part
from obslint.report.escape import json_text, visible, without_commands
from obslint.report.json import finding_data
from obslint.report.text import blocks

FORMATS = ("text", "json")
_DEPTH = 40
"""Levels of the tree that are drawn: the lines of a deeper one would be longer than any terminal."""


def text(explanation: Explanation, outcome: Outcome, color: bool = False) -> str:
    """The tree with what is known of each part, what the expression requires, and the findings."""
    lines = []
    if explanation.parts:
        parts = [part for part in explanation.parts if part.depth <= _DEPTH]
        drawn = [(branch + visible(part.what), part) for branch, part in zip(_branches(parts), parts, strict=True)]
        widths = max(len(shown) for shown, _ in drawn), max(len(part.type) for _, part in drawn)
        for shown, part in drawn:
            known = "; ".join(filter(None, (" or ".join(map(visible, part.labels)), part.values)))
            lines.append(f"{shown:<{widths[0]}}  {part.type:<{widths[1]}}  {known}".rstrip())
        if deeper := len(explanation.parts) - len(parts):
            lines.append(f"… and {deeper} parts deeper in")
        lines += ["", f"result    {explanation.result}"]
        lines += [
            f"{'requires' if index == 0 else '':<8}  {visible(' '.join(selector.split()))}"
            for index, selector in enumerate(explanation.requires)
        ]
        lines.append("")
    return without_commands("\n".join([*lines, *(blocks(outcome, color) or ["no findings\n"])]))


def _branches(parts: Sequence[Part]) -> list[str]:
    """The lines of the tree before each part."""
    found: list[str] = []
    later: set[int] = set()
    for part in reversed(parts):
        lines = ["│  " if level in later else "   " for level in range(1, part.depth)]
        last = ["├─ " if part.depth in later else "└─ "] if part.depth else []
        found.append("".join(lines + last))
        later = {level for level in later if level < part.depth} | {part.depth}
    return found[::-1]


def json(explanation: Explanation, outcome: Outcome) -> str:
    """The same for machines: `expression`, `parts`, `requires`, `result`, `findings` as in the report."""
    return json_text(
        {
            "expression": explanation.text,
            "parts": [dataclasses.asdict(part) for part in explanation.parts],
            "requires": list(explanation.requires),
            "result": explanation.result,
            "findings": [finding_data(finding) for finding in outcome.active],
        }
    )
