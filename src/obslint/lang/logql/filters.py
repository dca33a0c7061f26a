"""Label filters of a pipeline, and the words, strings and quantities that LogQL is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NoReturn, TypeVar, cast

from obslint.lang.cursor import Cursor
from obslint.lang.durations import go_duration, prometheus_duration
from obslint.lang.logql import ast
from obslint.lang.logql.lexer import KEYWORDS, tokenize
from obslint.lang.tokens import Check, SyntaxProblem, unquote
from obslint.lang.tree import Label

COMPARISONS: Final = frozenset(("=", "==", "!=", ">", ">=", "<", "<="))
_SIZES: Final[dict[str, int]] = {unit: 1000**power for power, unit in enumerate("bkmgtp")} | {
    f"{unit}i": 1024**power for power, unit in enumerate("kmgtp", 1)
}
_T = TypeVar("_T")


class FilterParser(Cursor):
    """The part of the parser that reads words and label filters."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        super().__init__(tokenize(text))

    # -- words ---------------------------------------------------------------------------------------------------------

    def word(self, *words: str) -> bool:
        """Whether one of these words is at hand that are keywords only where the grammar wants them."""
        i = self.i
        return self.kinds[i] == "word" and self.text[self.starts[i] : self.ends[i]].lower() in words

    def label(self) -> Label:
        i = self.i
        start, end = self.starts[i], self.ends[i]
        if self.kinds[i] in KEYWORDS:
            name = self.text[start:end]
            self.fail(f"`{name}` is a word of LogQL, so no label can be written so", start, end, Check.SYNTAX)
        if self.kinds[i] != "word":
            self.unexpected("a label name")
        self.i += 1
        return Label(start, end, self.text[start:end])

    def string(self, expected: str = "a quoted string") -> ast.Text:
        i = self.i
        if self.kinds[i] != "string":
            self.unexpected(expected)
        self.i += 1
        start, end = self.starts[i], self.ends[i]
        return ast.Text(start, end, unquote(self.text, start, end))

    def inside(self, text: ast.Text, error: ValueError, what: str, check: Check) -> NoReturn:
        """Refuse what stands in a string."""
        raise SyntaxProblem(f"{what}: {error}", text.start + 1, text.end - 1, check) from None

    def separated(self, read: Callable[[], _T]) -> list[_T]:
        found = [read()]
        while self.kinds[self.i] == ",":
            self.i += 1
            found.append(read())
        return found

    def duration(self) -> float:
        """Seconds of the duration at hand, in Prometheus' grammar or in Go's."""
        start, end = self.starts[self.i], self.ends[self.i]
        literal = self.text[start:end]
        self.i += 1
        try:
            return prometheus_duration(literal) / 1000
        except ValueError:
            try:
                return go_duration(literal) / 1e9
            except ValueError as error:
                self.fail(str(error), start, end, Check.LITERAL)

    # -- label filters -------------------------------------------------------------------------------------------------

    def label_filter(self) -> ast.Filter:
        """Filters with `and`, `or`, commas or nothing between them.

        As in Loki a comma, or nothing, takes everything behind it: `a or b, c or d` is `a or (b and (c or d))`.
        """
        self.deeper()
        segments: list[tuple[list[ast.Filter], list[str]]] = [([self.filter_operand()], [])]
        while (kind := self.kinds[self.i]) in ("and", "or", ",", "word", "("):
            self.i += kind in ("and", "or", ",")
            operand = self.filter_operand()
            if kind in ("and", "or"):
                segments[-1][0].append(operand)
                segments[-1][1].append(kind)
            else:
                segments.append(([operand], []))
        operands, ops = segments.pop()
        result = _grouped(operands, ops)
        while segments:
            operands, ops = segments.pop()
            operands[-1] = _group("and", [operands[-1], result])
            result = _grouped(operands, ops)
        self.depth -= 1
        return result

    def filter_operand(self) -> ast.Filter:
        if self.kinds[self.i] == "(":
            start = self.starts[self.i]
            self.i += 1
            inner = self.label_filter()
            self.expect(")")
            return ast.FilterGroup(start, self.ends[self.i - 1], "and", (inner,))
        label = self.label()
        op, value_at = self.kinds[self.i], self.i + 1
        kind = self.kinds[value_at]
        if op in ("=~", "!~") or (kind == "string" and op in ("=", "!=")):
            return self.matcher(label.start, label.name)
        if op not in COMPARISONS:
            self.unexpected("a comparison such as `=` or `>`")
        self.i = value_at
        comparison = cast(ast.Comparison, op)
        if self.word("ip") and self.kinds[self.i + 1] == "(":
            if op not in ("=", "!="):
                self.fail(f"`{op}` does not go with `ip(…)`", label.start, self.ends[self.i], Check.MATCHING)
            self.i += 2
            address = self.string("an address in quotes")
            self.expect(")")
            return ast.ValueFilter(label.start, self.ends[self.i - 1], label.name, comparison, address, "ip")
        if kind == "duration":
            seconds = self.duration()
            return ast.ValueFilter(label.start, self.ends[self.i - 1], label.name, comparison, seconds, "duration")
        if kind == "bytes":
            self.i += 1
            size = self.bytes(value_at)
            return ast.ValueFilter(label.start, self.ends[value_at], label.name, comparison, size, "bytes")
        if kind == "string":
            message = f"`{op}` compares with a number, a duration or bytes, not with a string"
            self.fail(message, self.starts[value_at], self.ends[value_at], Check.TYPE)
        number = self.number("a number, a duration, bytes or a string")
        return ast.ValueFilter(label.start, number.end, label.name, comparison, number.value, "number")

    def bytes(self, i: int) -> float:
        start, end = self.starts[i], self.ends[i]
        literal = self.text[start:end]
        digits = literal.rstrip("BikKMGTP")
        unit = literal[len(digits) :].lower().removesuffix("b") or "b"
        try:
            return float(digits) * _SIZES[unit]
        except ValueError:
            self.fail(f"`{literal}` is no size", start, end, Check.LITERAL)

    def number(self, expected: str, signed: bool = True) -> ast.NumberLiteral:
        start = self.starts[self.i]
        sign = self.kinds[self.i] if signed and self.kinds[self.i] in ("+", "-") else ""
        self.i += bool(sign)
        i = self.i
        if self.kinds[i] != "number":
            self.unexpected(expected)
        literal = self.text[self.starts[i] : self.ends[i]]
        try:
            value = float(literal)
        except ValueError:
            self.fail(f"`{literal}` is no number", self.starts[i], self.ends[i], Check.LITERAL)
        self.i += 1
        return ast.NumberLiteral(start, self.ends[i], -value if sign == "-" else value)


def _grouped(operands: list[ast.Filter], ops: list[str]) -> ast.Filter:
    """`or` of `and`s."""
    alternatives: list[list[ast.Filter]] = [[operands[0]]]
    for op, operand in zip(ops, operands[1:], strict=True):
        if op == "or":
            alternatives.append([operand])
        else:
            alternatives[-1].append(operand)
    return _group("or", [_group("and", alternative) for alternative in alternatives])


def _group(op: Literal["and", "or"], parts: list[ast.Filter]) -> ast.Filter:
    if len(parts) == 1:
        return parts[0]
    return ast.FilterGroup(parts[0].start, parts[-1].end, op, tuple(parts))
