"""The graph as text, JSON (version 1, `schemas/graph.json`), Graphviz or Mermaid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from obslint.findings import Location
from obslint.graph.picture import Line, Picture, Point, StackPicture
from obslint.report.escape import json_text, visible, without_commands

_NOTHING = "no stack\n"
_SIGNS = {"yes": "", "no": " [no]", "unknown": " [unknown]"}


def text(picture: Picture) -> str:
    """Stack by stack, what each node is tied to."""
    labels = {point.id: point for point in picture.points}
    outgoing: dict[str, list[Line]] = defaultdict(list)
    for line in picture.lines:
        outgoing[line.source].append(line)
    out: list[str] = []
    members = _members(picture)
    for stack in picture.stacks:
        points = [point for point in members[stack.name] if outgoing.get(point.id)]
        out.append(visible(stack.name) + (f" ({visible(stack.evidence)})" if stack.evidence else ""))
        for point in points:
            about = ", ".join(value for name, value in point.attributes if name in ("image", "kind"))
            out.append(f"  {visible(point.label)}" + (f" ({visible(about)})" if about else f" ({point.kind})"))
            out.extend(f"    {edge}" for edge in _edges(outgoing[point.id], labels))
        out.append("")
    return without_commands("\n".join(out)) if out else _NOTHING


def _members(picture: Picture) -> Mapping[str, list[Point]]:
    found: dict[str, list[Point]] = defaultdict(list)
    for point in picture.points:
        found[point.stack].append(point)
    return found


def _edges(lines: list[Line], labels: Mapping[str, Point]) -> list[str]:
    width = max(len(line.kind) for line in lines)
    found = []
    for line in lines:
        why = f": {visible('; '.join(line.why))}" if line.verdict != "yes" and line.why else ""
        found.append(f"{line.kind:<{width}}  {visible(labels[line.target].label)}{_SIGNS[line.verdict]}{why}")
    return found


def unknowns(picture: Picture) -> str:
    """Every link that could be neither proven nor refuted, with the reason: what obslint is silent about."""
    labels = {point.id: point.label for point in picture.points}
    out = set()  # what several stacks share is told once
    for line in picture.lines:
        if line.verdict == "unknown":
            at = f"{visible(line.location.path)}:{line.location.line}:{line.location.column}: " if line.location else ""
            ends = f"{visible(labels[line.source])} {line.kind} {visible(labels[line.target])}"
            out.add(f"{at}{ends}: {visible('; '.join(line.why))}\n")
    return without_commands("".join(sorted(out))) or "nothing stayed unknown\n"


def partition(stacks: tuple[StackPicture, ...]) -> str:
    """The groups of stacks, with the reasons."""
    groups: dict[str, list[StackPicture]] = {}
    for stack in stacks:
        groups.setdefault(stack.group, []).append(stack)
    out = []
    for name, members in groups.items():
        out.append(visible(name))
        for stack in members:
            supposed = "" if stack.certain else ", supposed"
            about = f"  {visible(stack.evidence)}{supposed}" if stack.evidence else "  no service loads it"
            out.append(f"  {visible(stack.name)}{about}")
            out.extend(f"    with the others: {visible(why)}" for why in stack.together)
        out.append("")
    return without_commands("\n".join(out)) if out else _NOTHING


def json(picture: Picture) -> str:
    """For scripts and other policy engines."""
    return json_text(
        {
            "version": 1,
            "stacks": [
                {
                    "name": stack.name,
                    "group": stack.group,
                    "project": stack.project,
                    "files": list(stack.files),
                    "evidence": stack.evidence,
                    "certain": stack.certain,
                    "together": list(stack.together),
                }
                for stack in picture.stacks
            ],
            "nodes": [
                {
                    "id": point.id,
                    "kind": point.kind,
                    "label": point.label,
                    "stack": point.stack,
                    "place": _place(point.location),
                    "attributes": dict(point.attributes),
                }
                for point in picture.points
            ],
            "edges": [
                {
                    "kind": line.kind,
                    "source": line.source,
                    "target": line.target,
                    "verdict": line.verdict,
                    "why": list(line.why),
                    "place": _place(line.location),
                }
                for line in picture.lines
            ],
        }
    )


def _place(location: Location | None) -> dict[str, object] | None:
    if location is None:
        return None
    return {"path": location.path, "line": location.line, "column": location.column}


_SHAPES = {"service": "box", "network": "ellipse", "volume": "cylinder", "file": "note", "job": "component"}
_STYLES = {"yes": "solid", "no": "dashed, color=red", "unknown": "dotted"}


def dot(picture: Picture) -> str:
    """Graphviz: a cluster a stack; what does not hold is dashed red, what is unknown dotted."""
    names = {point.id: f"n{index}" for index, point in enumerate(picture.points)}
    members = _members(picture)
    out = ["digraph obslint {", "  rankdir=LR;"]
    for index, stack in enumerate(picture.stacks):
        out.append(f"  subgraph cluster_{index} {{ label={_quoted(stack.name)};")
        out.extend(
            f"    {names[point.id]} [label={_quoted(point.label)}, shape={_SHAPES.get(point.kind, 'plaintext')}];"
            for point in members[stack.name]
        )
        out.append("  }")
    out.extend(
        f"  {names[line.source]} -> {names[line.target]} [label={_quoted(line.kind)}, style={_STYLES[line.verdict]}];"
        for line in picture.lines
    )
    return without_commands("\n".join([*out, "}", ""]))


def _quoted(words: str) -> str:
    return '"' + visible(words).replace("\\", "\\\\").replace('"', '\\"') + '"'


_ARROWS = {"yes": "-->", "no": "-. no .->", "unknown": "-.->"}


def mermaid(picture: Picture) -> str:
    """Mermaid, which GitHub and GitLab draw in Markdown."""
    names = {point.id: f"n{index}" for index, point in enumerate(picture.points)}
    members = _members(picture)
    out = ["flowchart LR"]
    for index, stack in enumerate(picture.stacks):
        out.append(f"  subgraph s{index}[{_entities(stack.name)}]")
        out.extend(f"    {names[point.id]}[{_entities(point.label)}]" for point in members[stack.name])
        out.append("  end")
    for line in picture.lines:
        arrow = _ARROWS[line.verdict] if line.verdict == "no" else f"{_ARROWS[line.verdict]}|{line.kind}|"
        out.append(f"  {names[line.source]} {arrow} {names[line.target]}")
    return "\n".join([*out, ""])


def _entities(words: str) -> str:
    """A quoted label in which nothing is markup. An empty one holds a space: of `""` Mermaid makes no token."""
    safe = "".join(char if char.isalnum() or char in " ._-/:," else f"#{ord(char)};" for char in visible(words))
    return f'"{safe or " "}"'


FORMATS: Mapping[str, Callable[[Picture], str]] = {"text": text, "json": json, "dot": dot, "mermaid": mermaid}
