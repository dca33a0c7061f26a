"""The report for a person at a terminal: a clickable header, the source with its span marked, the other end, advice."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from obslint.findings import Finding, Location, Outcome, Severity
from obslint.report.escape import spelt, visible, without_commands

_WIDTH = 160
"""Columns of source shown of a line."""
_TAB = 4

_Paint = Callable[[str, str], str]
_BOLD, _DIM, _UNDERLINED, _GUTTER, _HELP = "1", "2", "4", "34", "1;32"
_SEVERITY = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;36"}


def render(outcome: Outcome, color: bool = False) -> str:
    """The active findings, a blank line after each, and the closing line with the counts."""
    paint = _colored if color else _plain
    return without_commands("\n".join([*blocks(outcome, color), _closing(outcome, paint) + "\n"]))


def blocks(outcome: Outcome, color: bool = False) -> list[str]:
    """A text for each active finding, ending with a newline."""
    paint = _colored if color else _plain
    return ["\n".join(_finding(finding, outcome, paint)) + "\n" for finding in outcome.active]


def _plain(text: str, style: str) -> str:
    return text


def _colored(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if text else ""


def _finding(finding: Finding, outcome: Outcome, paint: _Paint) -> list[str]:
    primary, style = finding.primary, _SEVERITY[finding.severity]
    places = [primary, *finding.related]
    gutter = max(len(str(place.line)) for place in places)
    lines = [
        f"{paint(_at(primary), _BOLD)}: {paint(f'{finding.severity.value}[{visible(finding.code)}]', style)} "
        f"{visible(finding.message)} {paint(f'({visible(finding.name)})', _DIM)}"
    ]
    left, marked, right = _excerpt(outcome, primary)
    if left or marked or right:
        carets = " " * _columns(left) + paint("^" * max(1, _columns(marked)), style)
        through = paint(f" through line {primary.end_line}", style) if primary.end_line > primary.line else ""
        lines.append(_source(primary.line, gutter, left + marked + right, paint))
        lines.append(f"  {paint(' ' * gutter + ' |', _GUTTER)} {carets}{through}")
    shown = {(primary.path, primary.line)}
    for place in finding.related:
        note = f": {visible(place.note)}" if place.note else ""
        lines.append(f"  {paint('=', _GUTTER)} {_at(place)}{note}")
        if (place.path, place.line) in shown:
            continue
        shown.add((place.path, place.line))
        left, marked, right = _excerpt(outcome, place)
        if left or marked or right:
            lines.append(_source(place.line, gutter, left + paint(marked, _UNDERLINED) + right, paint))
    if finding.help:
        first, *more = map(visible, finding.help.splitlines())
        lines += [f"  {paint('help', _HELP)}: {first}", *(f"      : {line}".rstrip() for line in more)]
    return lines


def _at(place: Location) -> str:
    # A line that starts with `::` is a command to a GitHub runner, and a file may be named so.
    root = "./" if place.path.lstrip().startswith("::") else ""
    return f"{root}{visible(place.path)}:{place.line}:{place.column}"


def _source(number: int, gutter: int, line: str, paint: _Paint) -> str:
    return f"  {paint(f'{number:>{gutter}} |', _GUTTER)} {line}".rstrip()


def _excerpt(outcome: Outcome, place: Location) -> tuple[str, str, str]:
    """The place's first line as shown, cut before and after its span; all empty where the line has nothing to show."""
    line = outcome.line(place.path, place.line).rstrip()
    end = place.end_column - 1 if place.end_line == place.line else len(line)
    return _cut(line, place.column - 1, end) if line else ("", "", "")


def _cut(line: str, start: int, end: int) -> tuple[str, str, str]:
    """What is shown before, in and after a span: at most `_WIDTH` columns around the span's start, `…` for the rest.

    Only a window of the line is looked at, because a minified dashboard is one line of a megabyte.
    """
    start = min(start, len(line))
    offset, stop = max(0, start - _WIDTH), min(len(line), start + _WIDTH)
    cells = _cells(line[offset:stop])
    costs = [max(1, _columns(cell)) for cell in cells]
    first, last = 0, len(cells)
    start, end = start - offset, min(max(start, end), stop) - offset
    if offset > 0 or stop < len(line) or sum(costs) > _WIDTH:
        budget = _WIDTH - 2
        # The span may take three quarters; what it leaves is shared between both sides, unless one has no use for it.
        room = budget - min(sum(costs[start:end]), budget * 3 // 4)
        room_before = max(room // 2, room - sum(costs[end:]))
        first = start
        while first > 0 and sum(costs[first - 1 : start]) <= room_before:
            first -= 1
        last, used = start, sum(costs[first:start])
        while last < len(cells) and used + costs[last] <= budget:
            used += costs[last]
            last += 1
        end = min(end, last)
    before = "…" if offset + first > 0 else ""
    after = "…" if offset + last < len(line) else ""
    return before + "".join(cells[first:start]), "".join(cells[start:end]), "".join(cells[end:last]) + after


def _cells(text: str) -> list[str]:
    """What is shown for each code point: tabs run to their stop, what does not print is spelt out."""
    cells: list[str] = []
    column = 0
    for char in text:
        cell = " " * (_TAB - column % _TAB) if char == "\t" else spelt(char)
        column += _columns(cell)
        cells.append(cell)
    return cells


def _columns(text: str) -> int:
    """Terminal columns of printable text: two for a wide character, none for a mark that combines."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _closing(outcome: Outcome, paint: _Paint) -> str:
    summary = outcome.summary
    checked = sum(summary.files.values())
    counts = [
        paint(_counted(number, severity.value), _SEVERITY[severity])
        for severity in Severity
        if (number := outcome.count(severity))
    ]
    if counts:
        result = f"{', '.join(counts)} in {_counted(checked, 'file')}"
    else:
        result = f"No problems in {_counted(checked, 'file')}" if checked else "No files to check"
    return result + _remarks(summary.silenced, summary.skipped, summary.unknown)


def _remarks(silenced: int, skipped: Mapping[str, int], unknown: int) -> str:
    """What the counts leave out, in brackets; nothing where they leave out nothing."""
    parts = [f"{silenced} silenced"] if silenced else []
    if total := sum(skipped.values()):
        reasons = sorted((item for item in skipped.items() if item[1]), key=lambda item: (-item[1], item[0]))
        parts.append(f"{total} skipped: {', '.join(f'{number} {visible(reason)}' for reason, number in reasons)}")
    remarks = ", ".join(parts)
    if unknown:
        # The reasons of the skipped are a list with commas of its own.
        remarks += ("; " if total else ", " if remarks else "") + f"{_counted(unknown, 'link')} unknown"
    return f" ({remarks})" if remarks else ""


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
