"""A document of directives: a name, its arguments, and for some a block of further ones, each word with its place.

Its data is a list of `{"name": ..., "args": [...]}`, with what a format has besides: nginx's `block`, Docker's `flags`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import NamedTuple

from obslint.findings import KeyPath, Span
from obslint.parse.document import Document, Problem, Text


class Mark(NamedTuple):
    """Where a word, a directive or a list of either stands, and the marks below it."""

    start: int
    end: int
    kids: dict[str, Mark] | list[Mark] | None = None
    inner: int = 0
    """Of a word, the offset of its first character, behind a quote if it has one."""
    places: array[int] | None = None
    """Of a word with escapes, the offset of each character and of its end; None where they follow one another."""


class Word(NamedTuple):
    """One word, decoded, and where it stands."""

    text: str
    mark: Mark


class Directive(NamedTuple):
    """One directive under construction: its entry in the data, and its mark."""

    data: dict[str, object]
    mark: Mark


class DirectiveDocument(Document):
    """A document of directives, with the comments found while it was read."""

    def __init__(
        self,
        text: Text,
        directives: list[Directive],
        comments: Iterable[tuple[int, int]],
        problems: tuple[Problem, ...],
    ) -> None:
        super().__init__(text, [directive.data for directive in directives], problems)
        self._mark = Mark(0, len(text.text), [directive.mark for directive in directives])
        self._comments = tuple(comments)

    def _find(self, at: KeyPath) -> Mark:
        """The mark of a value, or of the deepest ancestor that exists."""
        mark = self._mark
        for step in at:
            below: Mark | None = None
            if isinstance(mark.kids, dict):
                below = mark.kids.get(str(step))
            elif mark.kids is not None and isinstance(step, int) and 0 <= step < len(mark.kids):
                below = mark.kids[step]
            if below is None:
                break
            mark = below
        return mark

    def span(self, at: KeyPath, key: bool = False) -> Span:
        """Source range of a value; the key of a directive is its name."""
        mark = self._find(at)
        if key and isinstance(mark.kids, dict):
            mark = mark.kids["name"]
        return Span(mark.start, mark.end)

    def inner_span(self, at: KeyPath, start: int, end: int) -> Span:
        mark, value = self._find(at), self.value(at)
        if not isinstance(value, str) or mark.kids is not None:
            return self.span(at)
        start = max(0, min(start, len(value)))
        end = max(start, min(end, len(value)))
        if mark.places is None:
            return Span(mark.inner + start, mark.inner + end)
        return Span(mark.places[start], mark.places[end])

    def comments(self) -> dict[int, str]:
        return {self.text.position(start)[0]: self.text.text[start:end] for start, end in self._comments}


def directive(name: Word, end: int, *, block: list[Directive] | None = None, **words: list[Word]) -> Directive:
    """A directive from its parts; `words` are its lists of words by the key they get in the data."""
    data: dict[str, object] = {"name": name.text}
    kids = {"name": name.mark}
    for key, found in words.items():
        data[key] = [word.text for word in found]
        first = found[0].mark.start if found else name.mark.end
        kids[key] = Mark(first, found[-1].mark.end if found else first, [word.mark for word in found])
    if block is not None:
        data["block"] = [item.data for item in block]
        kids["block"] = Mark(name.mark.start, end, [item.mark for item in block])
    return Directive(data, Mark(name.mark.start, end, kids))
