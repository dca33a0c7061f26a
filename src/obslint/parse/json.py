"""JSON text to a document: the standard library reads it, and positions are found only when asked for."""

from __future__ import annotations

import json
import re
from json.decoder import JSONDecoder
from typing import Any, NoReturn

from obslint.findings import KeyPath, Span
from obslint.parse.document import Document, Problem, Text

_SPACE = re.compile(r"[ \t\r\n]*")
_TRAILING_COMMA = re.compile(r"[ \t\r\n]*(,)[ \t\r\n]*[\]}]")


class JsonDocument(Document):
    """A JSON document whose containers are scanned on demand, each at most once."""

    def __init__(self, text: Text, data: object, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(text, data, problems)
        decoder: Any = JSONDecoder()
        self._scan = decoder.scan_once  # value and end offset at C speed
        self._children: dict[int, dict[str | int, tuple[int, int, int, int]]] = {}

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self.text.text, offset)
        return match.end() if match else offset

    def _members(self, start: int) -> dict[str | int, tuple[int, int, int, int]]:
        """Key and value ranges of each member of the container at `start`; the last duplicate wins."""
        known = self._children.get(start)
        if known is not None:
            return known
        source, members = self.text.text, {}
        closing = "}" if source[start] == "{" else "]"
        i, index = self._skip(start + 1), 0
        while source[i] != closing:
            key: str | int = index
            key_start = key_end = i
            if closing == "}":
                key, key_end = self._scan(source, i)
                i = self._skip(self._skip(key_end) + 1)
            _, end = self._scan(source, i)
            members[key] = (key_start, key_end, i, end)
            i, index = self._skip(end), index + 1
            if source[i] == ",":
                i = self._skip(i + 1)
        self._children[start] = members
        return members

    def span(self, at: KeyPath, key: bool = False) -> Span:
        source = self.text.text
        if self.data is None and self.problems:
            return self.problems[0].span
        start = self._skip(0)
        end = len(source.rstrip())
        key_span: Span | None = None
        for step in at:
            if source[start : start + 1] not in ("{", "["):
                break
            try:
                member = self._members(start).get(step)
            except RecursionError:  # the text was read from a shallower place of our own stack
                break
            if member is None:
                break
            key_span = Span(member[0], member[1]) if isinstance(step, str) else None
            start, end = member[2], member[3]
        return key_span if key and key_span else Span(start, end)

    def inner_span(self, at: KeyPath, start: int, end: int) -> Span:
        span, value = self.span(at), self.value(at)
        if not isinstance(value, str):
            return span
        return self._inside(span, "json", value, start, end) or span


class _ConstantError(Exception):
    """A constant of JavaScript that JSON does not know."""


def _refuse_constant(name: str) -> NoReturn:
    raise _ConstantError(f"{name} is not JSON")


def _syntax_problem(source: str, error: json.JSONDecodeError) -> Problem:
    """Where the text stops being JSON. Of a comma too many, each release of Python says something else."""
    offset = error.pos
    bracket = _SPACE.match(source, offset + source.startswith(",", offset))
    before = len(source[:offset].rstrip(" \t\r\n,"))
    comma = _TRAILING_COMMA.match(source, before)
    if bracket is not None and comma is not None and comma.end() == bracket.end() + 1:
        return Problem("a comma with nothing behind it", Span(*comma.span(1)))
    return Problem(error.msg, Span(offset, min(offset + 1, len(source))))


def load(path: str, source: str) -> JsonDocument:
    """The document of a JSON text. Never raises: what cannot be parsed gives a document with its problem."""
    text = Text(path, source)
    try:
        data: Any = json.loads(source, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return JsonDocument(text, None, (_syntax_problem(source, error),))
    except RecursionError:
        return JsonDocument(text, None, (Problem("nested too deeply", Span(0, min(1, len(source)))),))
    except _ConstantError as error:
        return JsonDocument(text, None, (Problem(str(error), Span(0, min(1, len(source)))),))
    except ValueError:  # sys.set_int_max_str_digits
        return JsonDocument(text, None, (Problem("a number with too many digits", Span(0, min(1, len(source)))),))
    return JsonDocument(text, data)
