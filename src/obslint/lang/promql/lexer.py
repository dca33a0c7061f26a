"""PromQL's tokens. One regex does the work; only arithmetic inside brackets needs rules of its own."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from obslint.lang.promql.ast import Dialect
from obslint.lang.promql.functions import AGGREGATORS
from obslint.lang.tokens import STRING, Check, SyntaxProblem, Tokens, Unsupported, shortened

SET_OPERATORS: Final = frozenset({"and", "or", "unless"})
PRECEDENCE: Final = {
    "default": 1,
    **dict.fromkeys(("if", "ifnot"), 2),
    "or": 3,
    **dict.fromkeys(("and", "unless"), 4),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "</", ">/"), 5),
    **dict.fromkeys(("+", "-"), 6),
    **dict.fromkeys(("*", "/", "%", "atan2"), 7),
    "^": 8,
}
"""Binary operators, the tightest last; `^` alone groups to the right. The first two lines are MetricsQL."""

UNARY_OPERAND: Final = PRECEDENCE["^"]
"""A sign binds like a product: `-1^2` is `-(1^2)`, `-1*2` is `(-1)*2`."""

DURATION_FUNCTIONS: Final = frozenset({"step", "range", "max_of", "min_of"})
NOT_A_METRIC: Final = frozenset({"atan2", "bool", "group_left", "group_right", "ignoring", "on"})
"""Keywords that cannot name a metric; all others can, and every one of them can name a label."""

_KEYWORDS: Final = {
    word: word
    for word in (
        *SET_OPERATORS,
        *DURATION_FUNCTIONS,
        *NOT_A_METRIC,
        *AGGREGATORS,
        *("anchored", "smoothed", "by", "without", "fill", "fill_left", "fill_right", "offset", "start", "end"),
    )
} | {"inf": "number", "nan": "number"}
METRICSQL_WORDS: Final = frozenset({"default", "if", "ifnot", "keep_metric_names", "limit"})
_METRICSQL_KEYWORDS: Final = _KEYWORDS | {word: word for word in METRICSQL_WORDS}

WORDS: Final = frozenset(_METRICSQL_KEYWORDS.values()) - {"number"} | {"word"}
"""Kinds of tokens that look like an identifier."""

_BLANK: Final = r"[ \t\r\n]*+"
_NUMBER: Final = r"0[xX]\w* | \.?\d[\w.]*(?:(?<=[eE])[+-]\w*)?"
_TOKEN: Final = re.compile(
    rf"""{_BLANK}(?:
    ([A-Za-z_:][\w:]*)                                                    # 1 word
    | ([(){{}},@] | =~ | !~ | == | != | [<>][=/]? | [-+*/%^=])            # 2 punctuation
    | ({STRING})                                                          # 3
    | (\[{_BLANK}(\d\w*+){_BLANK}(?:(:){_BLANK}(?:(\d\w*+){_BLANK})?)?\])    # 4 range; 5 length, 6 colon, 7 step
    | ({_NUMBER})                                                         # 8
    | (\[)                                                                # 9 range with arithmetic
    | (\#[^\r\n]*)                                                        # 10 comment
    | (\Z)                                                                # 11
    | (.)                                                                 # 12 nothing we know
    )""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_WORD, _PUNCTUATION, _STRING, _RANGE, _LENGTH, _COLON, _STEP, _NUMERIC, _BRACKET, _COMMENT, _END, _UNKNOWN = range(
    1, 13
)

_IN_BRACKETS: Final = re.compile(
    rf"{_BLANK}(?: ([A-Za-z_]\w*) | ([-+*/%^(),:\]]) | ({_NUMBER}) | (\#[^\r\n]*) | (\Z) | (.))",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_WELL_FORMED: Final = re.compile(
    r"0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)* | (?: \d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)? | \.\d+(?:_\d+)* )"
    r"(?:[eE][+-]?\d+(?:_\d+)*)?",
    re.VERBOSE | re.ASCII,
)
METRICSQL_LITERAL: Final = re.compile(
    r"(?P<duration>(?:\d+(?:\.\d*)?(?:ms|[smhdwyi]))+) | \d+(?:\.\d*)?[kKMGT]i?B?", re.VERBOSE | re.ASCII
)


def tokenize(text: str, dialect: Dialect) -> Tokens:
    """The tokens of the text without comments; the last two are of kind `eof` so that one can look ahead."""
    tokens = Tokens(text)
    kinds, starts, ends = tokens.kinds, tokens.starts, tokens.ends
    keyword = (_KEYWORDS if dialect is Dialect.PROMQL else _METRICSQL_KEYWORDS).get
    position = 0
    while True:
        for match in _TOKEN.finditer(text, position):
            group = match.lastindex or _UNKNOWN
            if group == _WORD:
                kind = keyword(match[_WORD].lower(), "word")
            elif group == _PUNCTUATION:
                kind = match[_PUNCTUATION]
            elif group == _STRING:
                kind = "string"
            elif group == _RANGE:
                _range(tokens, match, dialect)
                continue
            elif group == _NUMERIC:
                kind = _number_kind(text, *match.span(_NUMERIC), dialect)
            elif group == _COMMENT:
                continue
            elif group == _END:
                for _ in range(2):
                    tokens.append("eof", len(text), len(text))
                return tokens
            elif group == _BRACKET:
                position = _arithmetic_range(tokens, match.start(_BRACKET), dialect)
                break
            else:
                _refuse(text, match.start(_UNKNOWN), dialect)
            start, end = match.span(group)
            kinds.append(kind)
            starts.append(start)
            ends.append(end)


def _range(tokens: Tokens, match: re.Match[str], dialect: Dialect) -> None:
    """`[5m]`, `[1h:]` or `[1h:5m]`."""
    start, end = match.span(_RANGE)
    tokens.append("[", start, start + 1)
    for group in (_LENGTH, _COLON, _STEP):
        if match[group]:
            place = match.span(group)
            tokens.append(":" if group == _COLON else _number_kind(tokens.text, *place, dialect), *place)
    tokens.append("]", end - 1, end)


def _arithmetic_range(tokens: Tokens, start: int, dialect: Dialect) -> int:
    """Everything from the bracket at `start` to its end, such as `[2 * step():1m]`; returns where it ended."""
    tokens.append("[", start, start + 1)
    for match in _IN_BRACKETS.finditer(tokens.text, start + 1):
        word, punctuation, number, comment, end, _ = match.groups()
        place = match.span(match.lastindex or 0)
        if word:
            if word.lower() not in DURATION_FUNCTIONS:
                problem = SyntaxProblem if dialect is Dialect.PROMQL else Unsupported
                raise problem(f"unexpected `{word}` in a range, expected a duration", *place)
            tokens.append(word.lower(), *place)
        elif punctuation:
            tokens.append(punctuation, *place)
            if punctuation == "]":
                return match.end()
        elif number:
            tokens.append(_number_kind(tokens.text, *place, dialect), *place)
        elif end is not None:
            raise SyntaxProblem("`[` is never closed", start, start + 1)
        elif not comment:
            _refuse(tokens.text, place[0], dialect)
    raise AssertionError("the pattern matches up to the end of the text")


def _number_kind(text: str, start: int, end: int, dialect: Dialect) -> str:
    literal = text[start:end]
    if literal.isdigit():
        return "number"
    if dialect is Dialect.METRICSQL and (special := METRICSQL_LITERAL.fullmatch(literal)):
        return "duration" if special["duration"] else "number"
    if literal[-1] in "smhdwy" and literal[1:2] not in ("x", "X"):
        return "duration"
    if _WELL_FORMED.fullmatch(literal):
        return "number"
    problem = SyntaxProblem if dialect is Dialect.PROMQL else Unsupported
    raise problem(f"`{shortened(literal)}` is neither a number nor a duration", start, end, Check.LITERAL)


def _refuse(text: str, position: int, dialect: Dialect) -> NoReturn:
    character = text[position]
    if character in "\"'`":
        raise SyntaxProblem("this string is never closed", position, len(text))
    problem = SyntaxProblem if dialect is Dialect.PROMQL else Unsupported
    raise problem(f"unexpected character {character!r}", position, position + 1)
