"""Maps each character of a decoded scalar back to the source, through folding, escapes and block indentation.

Line breaks are those of YAML 1.1, which libyaml reads: NEL counts as a line feed, LS and PS are kept as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from obslint.findings import Span

_DOUBLE_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX_LENGTH = {"x": 2, "u": 4, "U": 8}
_LINE_FEEDS = "\n\u2028\u2029"
_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_BLANKS = re.compile(r"[ \t]*")
_PROPERTIES = re.compile(
    r"(?:[&!][^\s]*+(?:[ \t\r\n\x85\u2028\u2029]++(?:#[^\r\n\x85\u2028\u2029]*+(?=[\r\n\x85\u2028\u2029]))?)++)+"
)
_HEADER = re.compile(r"[|>][^\r\n\x85\u2028\u2029]*")
_SPECIAL = {
    None: _BREAK,
    "'": re.compile(r"['\n\r\x85\u2028\u2029]"),
    '"': re.compile(r"[\\\n\r\x85\u2028\u2029]"),
    "json": re.compile(r"\\"),
}
"""Where the text of each style stops being its own value."""


def content_start(source: str, start: int, end: int) -> int:
    """Where a node begins behind its anchor, its tag and what separates them."""
    if source[start : start + 1] not in ("&", "!"):
        return start
    properties = _PROPERTIES.match(source, start, end)
    return properties.end() if properties else start


def offsets(source: str, start: int, end: int, style: str | None, value: str) -> list[int] | None:
    """Source offset of every character of `value`, plus one for its end; None where the text cannot be followed.

    `style` is YAML's: None (plain), `'`, `"`, `|` or `>`; or `json`. `source[start:end]` is the scalar as written, with
    any anchor or tag before it.
    """
    start = content_start(source, start, end)
    if style in ("|", ">"):
        decoded, places = _block(source, start, end, style == ">", value)
    elif style is None:
        decoded, places = _flow(source, start, end, None)
    else:
        decoded, places = _flow(source, start + 1, end - 1, style)
    if decoded[: len(value)] != value:
        return None
    del places[len(value) :]
    if style in ("'", '"', "json"):
        places.append(end - 1)
    else:
        places.append(_after(source, places[-1], style) if places else start)
    return places


def slice_of(source: str, places: Sequence[int], style: str | None, start: int, end: int) -> Span:
    """The source range that the decoded characters `start` to `end` were written in; `places` is from `offsets`."""
    last = len(places) - 1
    start = max(0, min(start, last))
    end = max(start, min(end, last))
    return Span(places[start], _after(source, places[end - 1], style) if end > start else places[start])


def _after(source: str, place: int, style: str | None) -> int:
    """Where the text of one decoded character ends: an escape and a line break are longer than one code point."""
    char = source[place : place + 1]
    if char == "\\" and style in ('"', "json"):
        end = place + 2 + _HEX_LENGTH.get(source[place + 1], 0)
        return end + 6 if style == "json" and _is_pair(source, place) else end
    if char == "'" and style == "'":
        return place + 2
    return place + (2 if source.startswith("\r\n", place) and style != "json" else 1)


def _is_pair(source: str, place: int) -> bool:
    r"""Whether a `\u` escape is the first half of a surrogate pair, which JSON reads as one character."""
    return "\ud800" <= _code_point(source, place) < "\udc00" <= _code_point(source, place + 6) < "\ue000"


def _code_point(source: str, place: int) -> str:
    r"""The character of the `\x`, `\u` or `\U` escape at a place; empty where there is none."""
    length = _HEX_LENGTH.get(source[place + 1 : place + 2], 0) if source[place : place + 1] == "\\" else 0
    try:
        return chr(int(source[place + 2 : place + 2 + length], 16))
    except (ValueError, OverflowError):
        return ""


def _break(source: str, place: int) -> str:
    """What a line break decodes to."""
    return source[place] if source[place] in _LINE_FEEDS else "\n"


def _flow(source: str, start: int, end: int, style: str | None) -> tuple[str, list[int]]:
    """Plain and quoted scalars: line breaks fold to a space, empty lines to line feeds."""
    out: list[str] = []
    places: list[int] = []
    special = _SPECIAL[style]
    i, kept = start, 0  # out[kept:] came without escapes: blanks at its end are swallowed by a line break
    while i < end:
        found = special.search(source, i, end)
        stop = found.start() if found else end
        out.extend(source[i:stop])
        places.extend(range(i, stop))
        i = stop
        if found is None:
            break
        escaped = source[i] == "\\"
        if not escaped and source[i] != "'":
            while len(out) > kept and out[-1] in " \t":
                out.pop()
                places.pop()
            i, breaks = _breaks(source, i, end)
            first, *more = breaks
            if _break(source, first) != "\n":
                more = breaks
            elif not more:
                out.append(" ")
                places.append(first)
        elif escaped and style != "json" and _BREAK.match(source, i + 1, end):
            i, breaks = _breaks(source, i + 1, end)
            more = breaks[1:]
        else:
            out.append("'" if not escaped else _escape(source, i, style))
            places.append(i)
            i = _after(source, i, style)
            more = []
        out.extend(_break(source, place) for place in more)
        places.extend(more)
        kept = len(out)
    return "".join(out), places


def _escape(source: str, place: int, style: str | None) -> str:
    name = source[place + 1 : place + 2]
    if name not in _HEX_LENGTH:
        return _DOUBLE_ESCAPES.get(name, name)
    char = _code_point(source, place)
    if style == "json" and _is_pair(source, place):
        low = _code_point(source, place + 6)
        return chr(0x10000 + ((ord(char) - 0xD800) << 10) + (ord(low) - 0xDC00))
    return char


def _breaks(source: str, start: int, end: int) -> tuple[int, list[int]]:
    """Offsets of the line break at `start` and of those of the empty lines after it, and where content goes on."""
    found: list[int] = []
    i = start
    while (line_end := _BREAK.match(source, i, end)) is not None:
        found.append(i)
        blanks = _BLANKS.match(source, line_end.end(), end)
        i = blanks.end() if blanks else line_end.end()
    return i, found


def _block(source: str, start: int, end: int, folded: bool, value: str) -> tuple[str, list[int]]:
    """Literal and folded block scalars; trailing line feeds beyond the value's own length are cut by the caller."""
    header = _HEADER.match(source, start)
    line_end = _BREAK.match(source, header.end()) if header else None
    i = line_end.end() if line_end else len(source)
    lines: list[tuple[int, int]] = []  # start and end of each line, to the end of the scalar
    while i < end:
        line_end = _BREAK.search(source, i)
        lines.append((i, line_end.start() if line_end else len(source)))
        i = line_end.end() if line_end else len(source)
    # How far the content is indented depends on the parent; what is left of the first line's white space tells it.
    empty = len(value) - len(value.lstrip(_LINE_FEEDS))
    indent = len(source)
    if empty < len(value) and empty < len(lines):
        s, e = lines[empty]
        indent = _leading(source[s:e]) - _leading(value[empty : empty + e - s])
    out: list[str] = []
    places: list[int] = []
    pending: list[int] = []  # line breaks since the last line with content
    first, previous_more = True, False  # the line break after a more indented line stays
    for s, e in lines:
        content = s + indent
        if content < e:
            more = source[content] in " \t"
            if folded and not (first or more or previous_more) and _break(source, pending[0]) == "\n":
                if len(pending) == 1:
                    out.append(" ")
                    places.append(pending[0])
                del pending[0]
            out.extend(_break(source, place) for place in pending)
            places.extend(pending)
            out.extend(source[content:e])
            places.extend(range(content, e))
            pending = []
            first, previous_more = False, more
        if e < len(source):
            pending.append(e)
    out.extend(_break(source, place) for place in pending)
    places.extend(pending)
    return "".join(out), places


def _leading(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
