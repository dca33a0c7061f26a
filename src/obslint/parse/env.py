"""`.env` text to a document, by the grammar Compose uses (compose-go, `dotenv`): `NAME=value`, quotes, comments."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass

from obslint.findings import KeyPath, Span
from obslint.parse.document import Document, Text

_NAME = re.compile(r"[^\S\n]*+(?:export\s++)?+(?P<name>[\w.\[\]-]++)[^\S\n]*+[=:][^\S\n]*+")
_QUOTED = {"'": re.compile(r"(?:[^'\\]|\\.)*+(?=')", re.DOTALL), '"': re.compile(r'(?:[^"\\]|\\.)*+(?=")', re.DOTALL)}
_ESCAPES = {
    "": {},
    "'": {"'": "'"},
    '"': {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\", "$": "$"},
}


@dataclass(frozen=True, slots=True)
class _Assignment:
    name: Span
    value: Span
    quote: str


class EnvDocument(Document):
    """An env file: one flat mapping of strings."""

    def __init__(
        self, text: Text, data: dict[str, str], assignments: dict[str, _Assignment], comments: dict[int, str]
    ) -> None:
        super().__init__(text, data)
        self._assignments = assignments
        self._comments = comments

    def span(self, at: KeyPath, key: bool = False) -> Span:
        known = self._assignments.get(str(at[0])) if at else None
        if known is None:
            return Span(0, 0)
        return known.name if key else known.value

    def inner_span(self, at: KeyPath, start: int, end: int) -> Span:
        known = self._assignments.get(str(at[0])) if at else None
        if known is None:
            return Span(0, 0)
        places = self._places.get(known.value.start)
        if places is None:
            places = array("L", (place for place, _ in _characters(self.text.text, known)))
            places.append(known.value.end)
            self._places[known.value.start] = places
        start = max(0, min(start, len(places) - 1))
        return Span(places[start], places[max(start, min(end, len(places) - 1))])

    def comments(self) -> dict[int, str]:
        return self._comments

    def literal(self, name: str) -> bool:
        """Whether a value stands in single quotes, in which nothing is replaced."""
        return self._assignments[name].quote == "'"


def _characters(source: str, assignment: _Assignment) -> list[tuple[int, str]]:
    """Each character of a value with its offset in the source."""
    escapes = _ESCAPES[assignment.quote]
    found: list[tuple[int, str]] = []
    i = assignment.value.start
    while i < assignment.value.end:
        escaped = escapes.get(source[i + 1]) if source[i] == "\\" and i + 1 < assignment.value.end else None
        found.append((i, source[i] if escaped is None else escaped))
        i += 1 if escaped is None else 2
    return found


def load(path: str, source: str) -> EnvDocument:
    """The document of an env file; lines that are no assignment are passed over, as Compose's users expect."""
    text = Text(path, source)
    data: dict[str, str] = {}
    assignments: dict[str, _Assignment] = {}
    comments: dict[int, str] = {}
    i = 0
    while i < len(source):
        name = _NAME.match(source, i)
        found = _value(source, name) if name else None
        if name and found:
            data[name["name"]] = "".join(char for _, char in _characters(source, found))
            assignments[name["name"]] = found
            i = found.value.end + len(found.quote)
        end = source.find("\n", i)
        end = len(source) if end < 0 else end
        rest = source[i:end]
        if rest.lstrip().startswith("#"):
            comments[text.position(i)[0]] = rest.strip()
        i = end + 1
    return EnvDocument(text, data, assignments, comments)


def _value(source: str, name: re.Match[str]) -> _Assignment | None:
    """The value behind a name; None for a quote that is never closed, which Compose refuses."""
    at, start = Span(*name.span("name")), name.end()
    quote = source[start : start + 1]
    if quote in _QUOTED:
        body = _QUOTED[quote].match(source, start + 1)
        return _Assignment(at, Span(*body.span()), quote) if body else None
    end = source.find("\n", start)
    written = source[start : end if end >= 0 else len(source)].partition(" #")[0]
    return _Assignment(at, Span(start, start + len(written.rstrip())), "")
