"""YAML text to documents: libyaml's events, our own iterative builder, a span for every key, value and alias.

The builder keeps what a linter needs and loaders drop: both positions of a duplicate key, the position of an alias
where it is used, tags such as `!reset`, and plain scalars as YAML 1.2 reads them (`22:22` and `on` are strings).
Nesting is bounded here, since PyYAML's own composer crashes the process on some 30,000 brackets.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml
from yaml import events
from yaml.reader import ReaderError

from obslint.findings import KeyPath, Span
from obslint.parse import scalar
from obslint.parse.document import Document, Problem, Text

try:
    from yaml._yaml import CParser
except ImportError as error:  # pragma: no cover - every wheel of PyYAML carries the C parser
    raise ImportError("obslint needs PyYAML with its C parser; install the wheel from PyPI") from error

MAX_DEPTH = 200
"""Deeper nesting than any component accepts in practice; a finding, not a crash."""

MAX_NODES = 1_000_000
"""Values in one file, each use of an alias counted with all it stands for: a bound for whoever walks the data."""

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))
_INT = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z|[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"
)
_MAYBE_NUMBER = frozenset("+-.0123456789")
_NULL_TAGS = ("!!null", "tag:yaml.org,2002:null")
_COMMENT = re.compile(r"#[^\r\n]*")
_REST_OF_LINE = re.compile(r"[^\r\n]*")


class Mark(NamedTuple):
    """Where a node stands, and the marks below it. An alias has its own span and shares its anchor's children."""

    start: int
    end: int
    style: str | None
    tag: str | None
    kids: dict[str, tuple[int, int, Mark]] | list[Mark] | None
    anchored: Mark | None = None
    """Of an alias, the node that it stands for."""


class _RefusedError(Exception):
    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.problem = Problem(message, Span(start, end))


class YamlDocument(Document):
    """A YAML document with spans for every node."""

    def __init__(self, text: Text, data: object, mark: Mark | None, problems: tuple[Problem, ...], index: int) -> None:
        super().__init__(text, data, problems, index)
        self._mark = mark

    def _find(self, at: KeyPath) -> tuple[Mark | None, tuple[int, int] | None]:
        """The mark of a value and its key's span, or those of the deepest ancestor that exists."""
        mark, key = self._mark, None
        for step in at:
            kids = mark.kids if mark is not None else None
            if isinstance(kids, dict) and step in kids:
                start, end, mark = kids[str(step)]
                key = (start, end)
            elif isinstance(kids, list) and isinstance(step, int) and 0 <= step < len(kids):
                mark, key = kids[step], None
            else:
                break
        return mark, key

    def span(self, at: KeyPath, key: bool = False) -> Span:
        mark, key_range = self._find(at)
        if mark is None:
            return Span(0, 0)
        span = self._content(mark)
        if key_range and (key or span.start == span.end):  # of an empty value, its key is shown
            return Span(scalar.content_start(self.text.text, *key_range), key_range[1])
        return span

    def _content(self, mark: Mark) -> Span:
        """A node without its anchor, its tag, and the empty lines after a block."""
        source = self.text.text
        start = scalar.content_start(source, mark.start, mark.end)
        if mark.kids is not None or mark.style in ("|", ">"):
            return Span(start, start + len(source[start : mark.end].rstrip()))
        return Span(start, mark.end)

    def raw(self, at: KeyPath) -> str:
        mark, _ = self._find(at)
        if mark is None or mark.anchored is None:
            return super().raw(at)
        span = self._content(mark.anchored)
        return self.text.text[span.start : span.end]

    def inner_span(self, at: KeyPath, start: int, end: int) -> Span:
        mark, _ = self._find(at)
        value = self.value(at)
        if mark is None or mark.anchored is not None or not isinstance(value, str):
            return self.span(at)
        return self._inside(Span(mark.start, mark.end), mark.style, value, start, end) or self.span(at)

    def tag(self, at: KeyPath) -> str | None:
        """A value's explicit tag, e.g. `!reset`."""
        mark, _ = self._find(at)
        return mark.tag if mark else None

    def comments(self) -> dict[int, str]:
        return comments(self.text)


def load(path: str, source: str) -> list[YamlDocument]:
    """Every document of a YAML text. Never raises: what cannot be parsed gives one document with its problem."""
    text = Text(path, source)
    try:
        return _Builder(text).run()
    except _RefusedError as refused:
        problem = refused.problem
    except UnicodeEncodeError as error:
        problem = _character_problem(ord(source[error.start]), error.start)
    except ReaderError as error:  # its position counts bytes
        problem = _character_problem(error.character, len(source.encode()[: error.position].decode(errors="ignore")))
    except yaml.MarkedYAMLError as error:
        problem = _syntax_problem(text, error)
    return [YamlDocument(text, None, None, (problem,), 0)]


def _parser(source: str) -> Any:
    """libyaml's parser of a text; its marks count code points. A byte order mark would be dropped and not counted."""
    return CParser("\ufeff" + source if source.startswith("\ufeff") else source)


def _character_problem(character: int, offset: int) -> Problem:
    return Problem(f"the character U+{character:04X} is not allowed in YAML", Span(offset, offset + 1))


def _syntax_problem(text: Text, error: yaml.MarkedYAMLError) -> Problem:
    source = text.text
    mark = error.problem_mark or error.context_mark
    if mark is not None and error.context_mark is not None and not source[mark.index :].strip():
        mark = error.context_mark  # what is never closed, rather than the end of the file
    offset = min(mark.index if mark is not None else 0, len(source))
    message = str(error.problem or error.context or "cannot be parsed")
    if source[offset : offset + 1] == "\t" and "cannot start any token" in message:
        message = "a tab cannot indent YAML; use spaces"
    elif error.context and error.context_mark is not None and error.problem:
        line, _ = text.position(error.context_mark.index)
        message = f"{message} ({error.context} that starts on line {line})"
    return Problem(message, Span(offset, min(offset + 1, len(source))))


class _Frame:
    """A container under construction."""

    __slots__ = ("anchor", "data", "key", "kids", "merges", "size", "start", "tag")

    def __init__(self, data: dict[str, object] | list[object], start: int, tag: str | None, anchor: str | None) -> None:
        self.data = data
        self.kids: dict[str, tuple[int, int, Mark]] | list[Mark] = {} if isinstance(data, dict) else []
        self.start = start
        self.tag = tag
        self.anchor = anchor
        self.key: tuple[str, int, int] | None = None
        self.merges: list[tuple[object, Mark]] = []
        self.size = 1


class _Builder:
    def __init__(self, text: Text) -> None:
        self.text = text
        self.documents: list[YamlDocument] = []
        self.frames: list[_Frame] = []
        self.anchors: dict[str, tuple[object, Mark, int]] = {}
        self.problems: list[Problem] = []
        self.root: tuple[object, Mark] | None = None
        self.size = 0
        """Values of the documents that are done."""
        self.end = 0
        """Where the last node ended. A block has no end of its own: libyaml's mark is past the comments after it."""

    def run(self) -> list[YamlDocument]:
        get = _parser(self.text.text).get_event
        while True:
            event: Any = get()
            kind = type(event)
            if kind is events.ScalarEvent:
                self._scalar(event)
            elif kind is events.MappingStartEvent:
                self._open({}, event)
            elif kind is events.SequenceStartEvent:
                self._open([], event)
            elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
                end = event.end_mark.index
                if end > event.start_mark.index:
                    self.end = end
                self._close()
            elif kind is events.AliasEvent:
                self._alias(event)
            elif kind is events.DocumentStartEvent:
                self.anchors, self.problems, self.root = {}, [], None
            elif kind is events.DocumentEndEvent:
                data, mark = self.root if self.root else (None, None)
                if not (data is None and mark is not None and mark.start == mark.end and mark.style is None):
                    self.documents.append(
                        YamlDocument(self.text, data, mark, tuple(self.problems), len(self.documents))
                    )
            elif kind is events.StreamEndEvent:
                return self.documents

    def _open(self, data: dict[str, object] | list[object], event: Any) -> None:
        start = event.start_mark.index
        if len(self.frames) >= MAX_DEPTH:
            raise _RefusedError(f"nested deeper than {MAX_DEPTH} levels", start, start + 1)
        self._expect_scalar_key(start, event.end_mark.index)
        self.frames.append(_Frame(data, start, event.tag, event.anchor))

    def _expect_scalar_key(self, start: int, end: int) -> None:
        if self._at_key():
            raise _RefusedError(
                "a mapping key must be a plain value, not a mapping or a list", start, max(end, start + 1)
            )

    def _close(self) -> None:
        frame = self.frames.pop()
        if frame.merges:
            self._merge(frame)
        mark = Mark(frame.start, self.end, None, frame.tag, frame.kids)
        if frame.anchor:
            self.anchors[frame.anchor] = (frame.data, mark, frame.size)
        self._add(frame.data, mark, frame.size)

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        raw: str = event.value
        self.end = end
        style = event.style or None
        value = _resolve(raw, event.tag) if style is None else (raw if event.tag not in _NULL_TAGS else None)
        mark = Mark(start, end, style, event.tag, None)
        if event.anchor:
            self.anchors[event.anchor] = (value, mark, 1)
        if self._at_key():
            self.frames[-1].key = (raw, start, end)
        else:
            self._add(value, mark, 1)

    def _at_key(self) -> bool:
        """Whether the next node is a key of a mapping."""
        return bool(self.frames) and isinstance(self.frames[-1].data, dict) and self.frames[-1].key is None

    def _alias(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self.end = end
        known = self.anchors.get(event.anchor)
        if known is None:
            inside = any(frame.anchor == event.anchor for frame in self.frames)
            why = "contains itself" if inside else "has no anchor before it"
            raise _RefusedError(f"the alias `*{event.anchor}` {why}", start, end)
        data, mark, size = known
        if not self._at_key():
            self._add(data, Mark(start, end, "*", mark.tag, mark.kids, mark), size)
            return
        if isinstance(data, (dict, list)):
            self._expect_scalar_key(start, end)
        source = self.text.text
        plain = source[scalar.content_start(source, mark.start, mark.end) : mark.end]
        self.frames[-1].key = (data if isinstance(data, str) else plain, start, end)

    def _add(self, value: object, mark: Mark, size: int) -> None:
        if not self.frames:
            self.root = (value, mark)
            self.size += size
            return
        frame = self.frames[-1]
        frame.size += size
        if self.size + frame.size > MAX_NODES:
            raise _RefusedError(f"more than {MAX_NODES:,} values, aliases counted in full", mark.start, mark.end)
        if isinstance(frame.data, list):
            frame.data.append(value)
            assert isinstance(frame.kids, list)
            frame.kids.append(mark)
            return
        assert frame.key is not None and isinstance(frame.kids, dict)
        key, start, end = frame.key
        frame.key = None
        if key == "<<" and self.text.text[end - 1] == "<" and isinstance(value, (dict, list)):
            frame.merges.append((value, mark))
            return
        first = frame.kids.get(key)
        if first is not None:
            self.problems.append(
                Problem(f"the key `{key}` is set twice in one mapping", Span(start, end), Span(first[0], first[1]))
            )
        frame.data[key] = value
        frame.kids[key] = (start, end, mark)

    def _merge(self, frame: _Frame) -> None:
        """`<<` gives the keys that the mapping does not set itself; of several sources the first wins."""
        assert isinstance(frame.data, dict) and isinstance(frame.kids, dict)
        for value, mark in frame.merges:
            sources = list(zip(value, mark.kids or [], strict=False)) if isinstance(value, list) else [(value, mark)]
            for data, source in sources:
                if not isinstance(data, dict) or not isinstance(source, Mark) or not isinstance(source.kids, dict):
                    continue
                for key, entry in source.kids.items():
                    if key not in frame.kids and key in data:
                        frame.data[key] = data[key]
                        frame.kids[key] = entry


def _resolve(raw: str, tag: str | None) -> object:
    """A plain scalar by the YAML 1.2 core schema; an explicit tag decides first."""
    if tag is not None:
        if tag in ("!!str", "tag:yaml.org,2002:str", "!"):
            return raw
        if tag in _NULL_TAGS:
            return None
    if raw in _NULL:
        return None
    if raw[0] in _MAYBE_NUMBER and len(raw) <= 64:
        if _INT.match(raw):
            return int(raw[2:], 8) if raw.startswith("0o") else int(raw, 16) if raw.startswith("0x") else int(raw)
        if _FLOAT.match(raw):
            return float(raw.lower().replace(".inf", "inf").replace(".nan", "nan"))
        return raw
    if raw in _TRUE:
        return True
    if raw in _FALSE:
        return False
    return raw


def comments(text: Text) -> dict[int, str]:
    """Comment text by 1-based line, read from the gaps between tokens, so that `#` in a string or URL is none."""
    source = text.text
    found: dict[int, str] = {}
    position = depth = 0

    def gap(start: int, end: int) -> None:
        for match in _COMMENT.finditer(source, start, end):
            if match.start() == 0 or source[match.start() - 1] in " \t\r\n":
                found[text.position(match.start())[0]] = match.group()

    try:
        parser = _parser(source)
        while depth <= MAX_DEPTH:  # libyaml takes quadratic time for deep nesting, which `load` refuses
            event: Any = parser.get_event()
            kind = type(event)
            if kind is events.StreamEndEvent:
                break
            if kind is events.MappingStartEvent or kind is events.SequenceStartEvent:
                depth += 1
            elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
                depth -= 1
            start: int = event.start_mark.index
            gap(position, start)
            if kind is events.ScalarEvent:
                end = event.end_mark.index
                if event.style in ("|", ">"):
                    # libyaml's token begins at the indicator: the header line may carry a comment of its own
                    header = _REST_OF_LINE.match(source, start)
                    gap(start, header.end() if header else start)
                    end = start + len(source[start:end].rstrip())
                position = max(position, end)
            else:
                position = max(position, start)
    except (yaml.YAMLError, UnicodeEncodeError):
        return found
    gap(position, len(source))
    return found
