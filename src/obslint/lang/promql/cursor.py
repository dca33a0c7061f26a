"""The parser's hold on the tokens of PromQL: how it refuses, and reading numbers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NoReturn

from obslint.lang.cursor import Cursor
from obslint.lang.durations import prometheus_duration
from obslint.lang.promql.ast import Dialect
from obslint.lang.promql.lexer import METRICSQL_LITERAL, tokenize
from obslint.lang.tokens import Check, SyntaxProblem, Unsupported, go_number, shortened


class PromqlCursor(Cursor):
    """`lenient` is MetricsQL, where little is known to be wrong."""

    __slots__ = ("lenient",)

    def __init__(self, text: str, dialect: Dialect) -> None:
        super().__init__(tokenize(text, dialect))
        self.lenient = dialect is Dialect.METRICSQL

    def fail(self, message: str, start: int, end: int, check: Check) -> NoReturn:
        raise (Unsupported if self.lenient else SyntaxProblem)(message, start, end, check)

    def sign(self) -> int:
        kind = self.kinds[self.i]
        if kind not in ("+", "-"):
            return 1
        self.i += 1
        return 1 if kind == "+" else -1

    def number(self, expected: str) -> float:
        """The number at hand; a duration counts in seconds."""
        i = self.i
        kind, start, end = self.kinds[i], self.starts[i], self.ends[i]
        if kind != "number" and kind != "duration":
            self.unexpected(expected)
        literal = self.text[start:end]
        try:
            if self.lenient:
                value = _metricsql_number(literal)
            else:
                value = go_number(literal) if kind == "number" else _seconds(literal)
        except ValueError as error:
            self.fail(str(error), start, end, Check.LITERAL)
        self.i += 1
        return value


@lru_cache(maxsize=512)
def _seconds(literal: str) -> float:
    return prometheus_duration(literal) / 1000


_METRICSQL_DURATION: Final = re.compile(r"(\d+(?:\.\d*)?)(ms|[smhdwy])", re.ASCII)
_METRICSQL_SUFFIX: Final = re.compile(r"([\d.]+)([kKMGT])(i?)B?", re.ASCII)


def _metricsql_number(literal: str) -> float:
    """Also `1.5h`, `30m1h` and `16Ki`; ValueError for what depends on the query."""
    special = METRICSQL_LITERAL.fullmatch(literal)
    if special is None:
        return go_number(literal)
    if special["duration"]:
        if "i" in literal:
            raise ValueError(f"`{shortened(literal)}` depends on the step of the query")
        parts = _METRICSQL_DURATION.findall(literal)
        return sum(float(count) * prometheus_duration(f"1{unit}") for count, unit in parts) / 1000
    suffix = _METRICSQL_SUFFIX.fullmatch(literal)
    assert suffix is not None  # the rest of the pattern that matched above
    base = 1024 if suffix[3] else 1000
    return float(suffix[1]) * float(base ** ("kMGT".index(suffix[2].replace("K", "k")) + 1))
