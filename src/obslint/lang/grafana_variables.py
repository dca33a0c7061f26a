"""Grafana's dashboard variables inside PromQL and LogQL, replaced without moving a single character.

What a variable holds is known only to the dashboard. To parse the rest of the query each one is replaced by something
that fits its place and has its length, so offsets into the result are offsets into the query.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from obslint.lang.promql.ast import ValueType
from obslint.lang.promql.functions import AGGREGATORS, FUNCTIONS
from obslint.lang.promql.lexer import NOT_A_METRIC
from obslint.lang.tokens import STRING

_VARIABLE_TEXT: Final = r"\$(\w+) | \[\[(\w+?)(?::\w+)?\]\] | \$\{(\w+)(?:\.[^:}]{1,200}+)?(?::[^}]{1,200}+)?\}"
"""Grafana's three notations, two of them with a format (`variableRegex` in public/app/features/variables/utils.ts)."""

_VARIABLE: Final = re.compile(_VARIABLE_TEXT, re.VERBOSE | re.ASCII)
_PIECE: Final = re.compile(
    rf"""\s*+(?:
    (?P<variable>{_VARIABLE_TEXT})
    | (?P<string>{STRING} | ["'][^\n]*+ | `.*+)
    | (?P<comment>\#[^\r\n]*)
    | (?P<word>[A-Za-z_:][\w:]*)
    | (?P<number>\.?\d[\w.]*)
    | (?P<mark>=~ | !~ | == | != | [<>]=? | .)
    | \Z
    )""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_NUMBERS: Final = frozenset({"__interval_ms", "__rate_interval_ms", "__range_s", "__range_ms", "__from", "__to"})
_DURATIONS: Final = frozenset({"__interval", "__rate_interval", "__range", "__auto"})
_MATCH_OPERATORS: Final = frozenset({"=", "!=", "=~", "!~"})
_ORDER_OPERATORS: Final = frozenset({"==", "<", "<=", ">", ">="})
_LABEL_LISTS: Final = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_NAMING_STAGES: Final = frozenset({"drop", "json", "keep", "label_format", "logfmt", "unwrap"})
_QUOTING_STAGES: Final = frozenset({"line_format", "pattern", "regexp"})
_NOT_AN_OPERAND: Final = NOT_A_METRIC | _LABEL_LISTS | {"and", "or", "unless", "offset"}
_CLOSERS: Final = {"(": ")", "{": "}", "[": "]"}


class Position(enum.Enum):
    """Where a variable stands."""

    STRING = "string"
    DURATION = "duration"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Variable:
    """One use of a variable, `start` to `end` in the query."""

    name: str
    start: int
    end: int
    position: Position


@dataclass(frozen=True, slots=True)
class Substitution:
    """The query with its variables replaced, and where they were."""

    text: str
    variables: tuple[Variable, ...]

    @property
    def certain(self) -> bool:
        """Whether a syntax problem of `text` is one of the query: no variable stands where it may hold any syntax."""
        return all(variable.position is not Position.CODE for variable in self.variables)

    def touches(self, start: int, end: int) -> bool:
        """Whether anything between these offsets comes from a variable, so that its value is not known."""
        return any(variable.start < end and start < variable.end for variable in self.variables)


def substitute(query: str) -> Substitution:
    """Replace `$x`, `${x}`, `${x:format}`, `[[x]]` by strings, durations, numbers, names or blanks of the same length.

    `$1` and the like are left alone: they are the groups of `label_replace`.
    """
    if "$" not in query and "[[" not in query:
        return Substitution(query, ())
    return _Substituter(query).run()


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    start: int
    end: int
    text: str
    """In lower case for words, `$name` for variables whatever the notation."""


@dataclass(slots=True)
class _Bracket:
    mark: str
    callee: str = ""
    """The function or aggregation whose arguments stand in it."""
    labels_of: str | None = None
    """The aggregation, or nothing, whose label list this is."""
    argument: int = 0


_EDGE: Final = _Piece("edge", -1, -1, "")


class _Substituter:
    def __init__(self, query: str) -> None:
        self.query = query
        self.pieces = [_EDGE, *_pieces(query), _EDGE]
        self.calls_of_ranges = _calls_of_ranges(self.pieces)
        self.pipeline = any(piece.text == "|" for piece in self.pieces)
        self.characters = list(query)
        self.found: list[Variable] = []
        self.open: list[_Bracket] = []
        self.closed: _Bracket | None = None

    def run(self) -> Substitution:
        for index in range(1, len(self.pieces) - 1):
            piece = self.pieces[index]
            if piece.kind == "variable":
                text, position = self.replacement(index)
                self.put(piece.start, text.ljust(piece.end - piece.start))
                self.found.append(Variable(piece.text[1:], piece.start, piece.end, position))
            elif piece.kind == "string":
                self.inside_string(piece)
            elif piece.kind == "mark":
                self.nest(index)
        return Substitution("".join(self.characters), tuple(self.found))

    def put(self, start: int, text: str) -> None:
        self.characters[start : start + len(text)] = text

    def inside_string(self, piece: _Piece) -> None:
        for match in _VARIABLE.finditer(self.query, piece.start, piece.end):
            name = match[1] or match[2] or match[3]
            if not name.isdigit():
                self.put(match.start(), _as_word(match[0]))
                self.found.append(Variable(name, match.start(), match.end(), Position.STRING))

    def nest(self, index: int) -> None:
        mark = self.pieces[index].text
        if mark == "(":
            before, owner = self.pieces[index - 1], self.pieces[index - 2].text if index > 1 else ""
            bracket = _Bracket(mark)
            if before.kind == "word" and before.text in _LABEL_LISTS:
                bracket.labels_of = owner if owner in AGGREGATORS else ""
            elif before.kind == "word":
                bracket.callee = before.text
            elif before.text == ")" and self.closed is not None:
                bracket.callee = self.closed.labels_of or ""
            self.open.append(bracket)
        elif mark in _CLOSERS:
            self.open.append(_Bracket(mark))
        elif self.open and mark == _CLOSERS[self.open[-1].mark]:
            self.closed = self.open.pop()
        elif mark == "," and self.open:
            self.open[-1].argument += 1

    def replacement(self, index: int) -> tuple[str, Position]:
        before, piece, after = self.pieces[index - 1 : index + 2]
        length = piece.end - piece.start
        bracket = self.open[-1] if self.open else _Bracket("")
        glued_before = before.end == piece.start and before.kind in ("word", "number", "variable")
        glued_after = piece.end == after.start and after.kind in ("word", "number", "variable")
        if bracket.mark == "[":
            unit_follows = glued_after and not after.text.startswith(":")
            return _number(length) if unit_follows else _duration(length), Position.DURATION
        if before.text == "offset" or (before.text == "-" and self.pieces[index - 2].text == "offset"):
            return _duration(length), Position.DURATION
        if glued_after and after.text.startswith("_over_time") and not glued_before and length >= 3:
            return "max".rjust(length), Position.CODE
        if glued_before or glued_after:
            return _as_word(self.query[piece.start : piece.end]), Position.CODE
        if bracket.mark == "{":
            return self.in_braces(index, length), Position.CODE
        if bracket.labels_of is not None:
            return _as_word(self.query[piece.start : piece.end]), Position.CODE
        if self.pipeline and (fitting := self.in_pipeline(index, length)):
            return fitting, Position.CODE
        if _ends_operand(before):
            return _operator(after), Position.CODE
        return self.operand(index, length, bracket), Position.CODE

    def in_braces(self, index: int, length: int) -> str:
        before, piece, after = self.pieces[index - 1 : index + 2]
        if before.text in _MATCH_OPERATORS:
            return _string(length)
        if after.text in _MATCH_OPERATORS:
            return _as_word(self.query[piece.start : piece.end])
        if length >= 5:  # a whole matcher, or several
            return f"_={_string(length - 2)}"
        if after.text == ",":
            self.put(after.start, " ")
        return ""

    def operand(self, index: int, length: int, bracket: _Bracket) -> str:
        before, piece, after = self.pieces[index - 1 : index + 2]
        if after.text == "(" or after.text in ("by", "without"):
            return _callee(length, takes_range=index + 1 in self.calls_of_ranges)
        if after.text not in ("{", "["):
            wanted = _argument_type(bracket)
            alone = before.text in ("(", ",") and after.text in (")", ",")
            if piece.text[1:] in _NUMBERS or before.text == "@" or wanted is ValueType.SCALAR:
                return _number(length)
            if piece.text[1:] in _DURATIONS:
                return _duration(length)
            if wanted is ValueType.STRING and alone:
                return _string(length)
            if wanted is ValueType.MATRIX and alone and length >= 5:
                return "_" * (length - 4) + "[5m]"
        return _as_word(self.query[piece.start : piece.end])

    def in_pipeline(self, index: int, length: int) -> str:
        """What fits in LogQL behind an operator or the name of a stage, if one stands there; `|` begins a stage."""
        before, piece = self.pieces[index - 1 : index + 1]
        if before.text in _NAMING_STAGES:
            return _as_word(self.query[piece.start : piece.end])
        if before.text in _MATCH_OPERATORS or before.text == "~" or before.text in _QUOTING_STAGES:
            return _string(length)
        if before.text in _ORDER_OPERATORS:
            return _number(length)
        return f"_={_string(length - 2)}" if before.text == "|" and length >= 4 else ""


def _calls_of_ranges(pieces: list[_Piece]) -> set[int]:
    """The indexes of the parentheses that close right after a range."""
    found: set[int] = set()
    stack: list[int] = []
    for index, piece in enumerate(pieces):
        if piece.text == "(":
            stack.append(index)
        elif piece.text == ")" and stack:
            opener = stack.pop()
            if pieces[index - 1].text == "]":
                found.add(opener)
    return found


def _pieces(query: str) -> list[_Piece]:
    pieces = []
    for match in _PIECE.finditer(query):
        kind = match.lastgroup
        if kind is None or kind == "comment":
            continue
        start, end = match.span(kind)
        text = match[kind]
        if kind == "variable":
            text = f"${match[2] or match[3] or match[4]}"
            if text[1:].isdigit():
                kind = "mark"
        elif kind == "word":
            text = text.lower()
        pieces.append(_Piece(kind, start, end, text))
    return pieces


def _ends_operand(piece: _Piece) -> bool:
    if piece.kind == "word":
        return piece.text not in _NOT_AN_OPERAND
    return piece.kind in ("number", "string", "variable") or piece.text in (")", "}", "]")


def _operator(after: _Piece) -> str:
    """An operator that goes with what follows it; nothing where an operand cannot follow."""
    if after.text == "bool":
        return ">"
    if after.kind in ("number", "string", "variable") or after.text in ("(", "{", "on", "ignoring"):
        return "*"
    return "*" if after.kind == "word" and after.text not in _NOT_AN_OPERAND else ""


def _argument_type(bracket: _Bracket) -> ValueType | None:
    if aggregator := AGGREGATORS.get(bracket.callee):
        return aggregator.param if bracket.argument == 0 else None
    function = FUNCTIONS.get(bracket.callee)
    if function is None or not function.args:
        return None
    return function.args[min(bracket.argument, len(function.args) - 1)]


def _as_word(text: str) -> str:
    """An identifier that is no keyword: every notation begins with a character that becomes an underscore."""
    return re.sub(r"\W", "_", text, flags=re.ASCII)


def _number(length: int) -> str:
    return "1".rjust(length, "0")


def _duration(length: int) -> str:
    return "5m".rjust(length, "0")


def _string(length: int) -> str:
    return '"' + "_" * (length - 2) + '"'


def _callee(length: int, takes_range: bool) -> str:
    if takes_range and length >= 4:
        return "rate"
    return "sum" if length >= 3 else "ln"
