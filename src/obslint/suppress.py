"""`# obslint: ignore[CODE] reason` silences a finding at either end of a link; the silenced stay in the counts.

Where comments begin with `//`, so does the directive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from obslint.findings import Finding, Location
from obslint.parse import Document

_DIRECTIVE = re.compile(r"(?:#|//)\s*obslint:\s*ignore\[([^\]]*)\]\s*(.*)")


@dataclass(frozen=True, slots=True)
class Directive:
    """One comment: the codes, families or names it silences, and why."""

    selectors: frozenset[str]
    reason: str
    line: int

    def covers(self, finding: Finding) -> bool:
        return not self.selectors.isdisjoint((finding.code, finding.code[:3], finding.name))


def directives(document: Document) -> dict[int, list[Directive]]:
    """Directives of a document's file by the line they silence: their own, or the first line of content below."""
    found: dict[int, list[Directive]] = {}
    text = document.text
    if "obslint:" not in text.text:
        return found
    pending: list[Directive] = []
    comments = document.comments()
    for line in range(min(comments, default=1), len(text.line_starts) + 1):
        match = _DIRECTIVE.search(comments.get(line, ""))
        here = [_directive(match, line)] if match else []
        content = text.line(line).strip() if pending or here else ""
        if content.startswith(document.comment_mark):
            pending += here
        elif content:
            found[line] = pending + here
            pending = []
    return found


def _directive(match: re.Match[str], line: int) -> Directive:
    selectors = frozenset(part.strip() for part in match.group(1).split(",") if part.strip())
    return Directive(selectors, match.group(2).strip(), line)


def silence(finding: Finding, at: Callable[[Location], Iterable[Directive]]) -> Finding:
    """The finding, marked with the directive that silences it at its primary place or any related one."""
    for location in (finding.primary, *finding.related):
        for directive in at(location):
            if directive.covers(finding):
                where = f"{location.path}:{directive.line}"
                return replace(finding, silenced_by=f"{where} {directive.reason}".rstrip())
    return finding
