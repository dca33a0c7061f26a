"""A parsed file: its data, and a place for every value of it."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from obslint.findings import KeyPath, Location, Place, Span
from obslint.parse import scalar

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a text: a broken file still yields a document, and a rule reports this later."""

    message: str
    span: Span
    duplicate_of: Span | None = None


class Text:
    """A file's text, decoded once, with its line table made when first asked for."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of each line's first character, counted as editors do: LF, CR LF or a lone CR ends a line."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and column of a code point offset."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """One line without its end, `number` 1-based; empty past the end."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        start = self.line_starts[number - 1]
        match = _LINE_END.search(self.text, start)
        return self.text[start : match.start() if match else len(self.text)]

    def location(self, span: Span, note: str = "") -> Location:
        line, column = self.position(span.start)
        end_line, end_column = self.position(max(span.end, span.start))
        return Location(self.path, line, column, end_line, end_column, note)


class Document:
    """One document of a file. Formats differ only in how they find a span."""

    comment_mark = "#"
    """What a line that is nothing but a comment begins with."""

    def __init__(self, text: Text, data: object, problems: tuple[Problem, ...] = (), index: int = 0) -> None:
        self.text = text
        self.data = data
        self.problems = problems
        self.index = index
        self._places: dict[int, array[int] | None] = {}

    @property
    def path(self) -> str:
        return self.text.path

    def span(self, at: KeyPath, key: bool = False) -> Span:
        """Source range of a value, or of its key. A path that leads nowhere gives the deepest part that exists."""
        raise NotImplementedError

    def inner_span(self, at: KeyPath, start: int, end: int) -> Span:
        """Source range of a scalar's decoded characters `start` to `end`, through quoting, folding and escapes."""
        return self.span(at)

    def _inside(self, node: Span, style: str | None, value: str, start: int, end: int) -> Span | None:
        """Source range of a part of a scalar; None where its text cannot be followed. See `scalar.offsets`."""
        if node.start not in self._places:  # kept, because a long scalar may be asked for thousands of times
            found = scalar.offsets(self.text.text, node.start, node.end, style, value)
            self._places[node.start] = None if found is None else array("L", found)
        places = self._places[node.start]
        return None if places is None else scalar.slice_of(self.text.text, places, style, start, end)

    def value(self, at: KeyPath) -> object:
        """The data at a path; None where it leads nowhere."""
        data = self.data
        for step in at:
            if isinstance(data, dict):
                data = data.get(step)
            elif isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
                data = data[step]
            else:
                return None
        return data

    def raw(self, at: KeyPath) -> str:
        """The source text of a value, as written."""
        span = self.span(at)
        return self.text.text[span.start : span.end]

    def tag(self, at: KeyPath) -> str | None:
        """A value's explicit tag, e.g. `!reset`; only YAML has tags."""
        return None

    def comments(self) -> dict[int, str]:
        """Comment text by 1-based line; formats without comments have none."""
        return {}

    def locate(self, place: Place, note: str = "") -> Location:
        """The line and column of a symbolic place in this document."""
        if place.offsets is not None:
            span = Span(*place.offsets)
        elif place.inside is not None:
            span = self.inner_span(place.at, *place.inside)
        else:
            span = self.span(place.at, place.key)
        return self.text.location(span, note)

    def refuse(self, message: str, offset: int) -> None:
        """Add a problem of the text itself, found before parsing."""
        self.problems = (*self.problems, Problem(message, Span(offset, offset + 1)))


class Plain(Document):
    """A text that is one value, such as an expression of the command line."""

    def __init__(self, text: Text) -> None:
        super().__init__(text, text.text)

    def span(self, at: KeyPath, key: bool = False) -> Span:
        return Span(0, len(self.text.text))

    def inner_span(self, at: KeyPath, start: int, end: int) -> Span:
        return Span(start, end)
