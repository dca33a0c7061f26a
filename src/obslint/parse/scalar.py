"""Maps each character of a decoded scalar back to the source, through folding, escapes and block indentation."""

from __future__ import annotations

import re

from obslint.findings import Span

_DOUBLE_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX_LENGTH = {"x": 2, "u": 4, "U": 8}
_BREAK = re.compile(r"\r\n|\n|\r|\x85|\u2028|\u2029")
_PROPERTY = re.compile(r"(?:[&!][^\s]*[ \t\r\n]+)+")


def offsets(source: str, start: int, end: int, style: str | None, value: str) -> list[int] | None:
    """Source offset of every character of `value`, plus one for its end; None where the text cannot be followed.

    `style` is YAML's: None (plain), `'`, `"`, `|` or `>`. `source[start:end]` is the scalar as written, with any
    anchor or tag before it. JSON strings are the double-quoted style.
    """
    prefix = _PROPERTY.match(source, start, end) if style != "|" and style != ">" else None
    if prefix and source[start] in "&!":
        start = prefix.end()
    if style in ("|", ">"):
        decoded, places = _block(source, start, end, folded=style == ">")
    elif style in ("'", '"'):
        decoded, places = _flow(source, start + 1, end - 1, style)
    else:
        decoded, places = _flow(source, start, end, None)
    if decoded[: len(value)] != value:
        return None
    places = places[: len(value)]
    places.append(end - 1 if style in ("'", '"') else places[-1] + 1 if places else start)
    return places


def slice_of(source: str, places: list[int], start: int, end: int) -> Span:
    """The source range that the decoded characters `start` to `end` were written in; `places` is from `offsets`."""
    last = len(places) - 1
    start = max(0, min(start, last))
    end = max(start, min(end, last))
    if end == start:
        return Span(places[start], places[start])
    after_last = places[end]  # past an escape sequence, but not past the line break and indentation of a fold
    if _BREAK.search(source, places[end - 1], after_last):
        after_last = places[end - 1] + 1
    return Span(places[start], after_last)


def _flow(source: str, start: int, end: int, style: str | None) -> tuple[str, list[int]]:
    """Plain and quoted scalars: line breaks fold to a space, empty lines to line feeds."""
    out: list[str] = []
    places: list[int] = []
    i = start
    blank_from = 0  # out[blank_from:] is white space that a line break would swallow
    while i < end:
        char = source[i]
        line_end = _BREAK.match(source, i, end)
        if line_end:
            del out[blank_from:], places[blank_from:]
            first = i
            i = line_end.end()
            feeds: list[int] = []
            while True:
                while i < end and source[i] in " \t":
                    i += 1
                line_end = _BREAK.match(source, i, end)
                if not line_end:
                    break
                feeds.append(i)
                i = line_end.end()
            if feeds:
                out.extend("\n" * len(feeds))
                places.extend(feeds)
            else:
                out.append(" ")
                places.append(first)
            blank_from = len(out)
        elif style == "'" and char == "'" and source[i + 1 : i + 2] == "'":
            out.append("'")
            places.append(i)
            i += 2
            blank_from = len(out)
        elif style == '"' and char == "\\" and i + 1 < end:
            line_end = _BREAK.match(source, i + 1, end)
            if line_end:
                i = line_end.end()
                while i < end and (source[i] in " \t" or _BREAK.match(source, i, end)):
                    if (line_end := _BREAK.match(source, i, end)) is not None:
                        out.append("\n")
                        places.append(i)
                        i = line_end.end()
                    else:
                        i += 1
                blank_from = len(out)
                continue
            name = source[i + 1]
            if name in _HEX_LENGTH:
                length = _HEX_LENGTH[name]
                out.append(_code_point(source[i + 2 : i + 2 + length]))
                places.append(i)
                i += 2 + length
                if out[-1] and "\ud800" <= out[-1] <= "\udbff" and source[i : i + 2] == "\\u":
                    low = _code_point(source[i + 2 : i + 6])
                    if "\udc00" <= low <= "\udfff":
                        out[-1] = chr(0x10000 + ((ord(out[-1]) - 0xD800) << 10) + (ord(low) - 0xDC00))
                        i += 6
            else:
                out.append(_DOUBLE_ESCAPES.get(name, name))
                places.append(i)
                i += 2
            blank_from = len(out)
        else:
            out.append(char)
            places.append(i)
            i += 1
            if char not in " \t":
                blank_from = len(out)
    return "".join(out), places


def _code_point(digits: str) -> str:
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        return "\ufffd"


def _block(source: str, start: int, end: int, folded: bool) -> tuple[str, list[int]]:
    """Literal and folded block scalars; trailing line feeds beyond the value's own length are cut by the caller."""
    header = re.compile(r"(?:[&!][^\s]*[ \t\r\n]+)*[|>]([^\r\n\x85\u2028\u2029]*)").match(source, start)
    if header is None:
        return "", []
    digit = re.search(r"[1-9]", header.group(1).split("#")[0])
    line_end = _BREAK.match(source, header.end())
    i = line_end.end() if line_end else len(source)
    lines: list[tuple[int, int]] = []  # start and end of each line, to the end of the scalar
    while i < end or (not lines and i < len(source)):
        line_end = _BREAK.search(source, i)
        stop = line_end.start() if line_end else len(source)
        lines.append((i, stop))
        if line_end is None:
            break
        i = line_end.end()
    filled = [(s, e) for s, e in lines if source[s:e].strip(" ")]
    if digit:
        parent = _indent_of_line(source, start)
        indent = min((_leading(source, s, e) for s, e in filled), default=0)
        indent = _explicit_indent(source, start, int(digit.group()), parent, indent)
    else:
        indent = _leading(source, *filled[0]) if filled else 0
    out: list[str] = []
    places: list[int] = []
    previous_more = False  # the last non-empty line was more indented, so its line break stays
    pending: list[int] = []  # line breaks since the last line with content
    first = True
    for s, e in lines:
        content = min(s + indent, e)
        if content >= e:
            pending.append(e)
            if not first:
                continue
            continue
        more = source[content] in " \t"
        if folded and not first and not previous_more and not more:
            if len(pending) == 1:
                out.append(" ")
                places.append(pending[0])
            else:
                out.extend("\n" * (len(pending) - 1))
                places.extend(pending[1:])
        else:
            out.extend("\n" * len(pending))
            places.extend(pending)
        out.extend(source[content:e])
        places.extend(range(content, e))
        pending = [e]
        previous_more = more
        first = False
    out.extend("\n" * len(pending))
    places.extend(pending)
    return "".join(out), places


def _leading(source: str, start: int, end: int) -> int:
    line = source[start:end]
    return len(line) - len(line.lstrip(" "))


def _indent_of_line(source: str, offset: int) -> int:
    start = max(source.rfind("\n", 0, offset), source.rfind("\r", 0, offset)) + 1
    return _leading(source, start, len(source)) if start < len(source) else 0


def _explicit_indent(source: str, start: int, digit: int, parent: int, smallest: int) -> int:
    """An indentation indicator counts from the parent node, which may stand behind `- ` on its line."""
    line_start = max(source.rfind("\n", 0, start), source.rfind("\r", 0, start)) + 1
    dashes = re.match(r" *((?:- +)*)", source[line_start:start])
    parent = len(dashes.group()) if dashes and dashes.group(1) else parent
    return min(parent + digit, smallest) if smallest else parent + digit
