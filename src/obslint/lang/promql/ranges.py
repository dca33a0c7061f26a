"""What follows an operand: ranges, subqueries, `offset`, `@`, with Prometheus' arithmetic on durations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, TypeAlias

from obslint.lang.durations import MAX_NANOSECONDS
from obslint.lang.promql.arithmetic import ARITHMETIC
from obslint.lang.promql.ast import TYPE_NAMES, At, Expr, MatrixSelector, Subquery, ValueType, VectorSelector
from obslint.lang.promql.cursor import PromqlCursor
from obslint.lang.promql.lexer import DURATION_FUNCTIONS, PRECEDENCE, UNARY_OPERAND
from obslint.lang.tokens import Check
from obslint.lang.tree import Duration

POSTFIX: Final = frozenset({"[", "offset", "@", "anchored", "smoothed", "keep_metric_names"})
_OPERATORS: Final = frozenset(ARITHMETIC) - {"atan2"}
_SECONDS_LIMIT: Final = (MAX_NANOSECONDS + 1) / 1e9
_Selection: TypeAlias = VectorSelector | MatrixSelector | Subquery


class RangeParser(PromqlCursor):
    """The part of the parser that reads durations."""

    __slots__ = ()

    def postfix(self, expr: Expr) -> Expr:
        """Everything that may follow an operand and binds tighter than any operator."""
        kinds = self.kinds
        while (kind := kinds[self.i]) in POSTFIX:
            if kind == "[":
                expr = self.bracket(expr)
                continue
            at = self.i
            self.i += 1
            if kind == "keep_metric_names":
                continue
            if kind == "offset":
                change: dict[str, Any] = {"offset": self.offset()}
            elif kind == "@":
                change = {"at": self.at(self.starts[at])}
            else:
                change = {"extension": kind}
            if isinstance(expr, (VectorSelector, MatrixSelector, Subquery)):
                expr = self.modified(expr, at, change)
            elif not self.lenient:  # MetricsQL moves any expression in time, which says nothing about what it selects
                self.fail(
                    f"`{kind}` must follow a selector, a range or a subquery",
                    self.starts[at],
                    self.ends[at],
                    Check.MODIFIER,
                )
        return expr

    def modified(self, node: _Selection, at: int, change: dict[str, Any]) -> _Selection:
        place = self.starts[at], self.ends[at]
        if "extension" in change:
            if isinstance(node, Subquery):
                self.fail(f"`{change['extension']}` does not go with a subquery", *place, Check.MODIFIER)
            inner = node.selector if isinstance(node, MatrixSelector) else node
            if not {node.extension, inner.extension} <= {None, change["extension"]}:
                self.fail("`anchored` and `smoothed` exclude each other", *place, Check.MODIFIER)
        elif "offset" in change:
            if node.offset is not None and node.offset.milliseconds != 0:
                self.fail("`offset` may be set only once", *place, Check.MODIFIER)
        elif node.at is not None:
            self.fail("`@` may be set only once", *place, Check.MODIFIER)
        return replace(node, end=self.ends[self.i - 1], **change)

    def bracket(self, expr: Expr) -> MatrixSelector | Subquery:
        start = self.starts[self.i]
        self.i += 1
        length = self.positive_duration()
        if self.kinds[self.i] == ":":
            self.i += 1
            step = None if self.kinds[self.i] == "]" else self.positive_duration()
            self.expect("]")
            if expr.type is not ValueType.VECTOR and not self.lenient:
                self.refuse(f"a subquery needs an instant vector, this is {TYPE_NAMES[expr.type]}", expr, Check.TYPE)
            return Subquery(expr.start, self.ends[self.i - 1], expr, length, step)
        if self.kinds[self.i] != "]":
            self.unexpected("`:` or `]`")
        self.i += 1
        end = self.ends[self.i - 1]
        if not isinstance(expr, VectorSelector):
            if self.lenient:  # a subquery with the default step
                return Subquery(expr.start, end, expr, length, None)
            self.fail("a range goes only after a selector; a subquery is `[5m:]`", start, end, Check.MODIFIER)
        if not self.lenient:
            if expr.offset is not None and expr.offset.milliseconds != 0:
                self.fail("`offset` must stand after the range", expr.offset.start, expr.offset.end, Check.MODIFIER)
            if expr.at is not None:
                self.fail("`@` must stand after the range", expr.at.start, expr.at.end, Check.MODIFIER)
        return MatrixSelector(expr.start, end, expr, length)

    def at(self, start: int) -> At:
        if self.kinds[self.i] in ("start", "end"):
            self.i += 1
            self.expect("(")
            self.expect(")")
            return At(start, self.ends[self.i - 1], None)
        timestamp = self.sign() * self.number("a timestamp, `start()` or `end()`")
        end = self.ends[self.i - 1]
        if not abs(timestamp) < 2**63:
            self.fail("the timestamp is out of bounds", start, end, Check.LITERAL)
        return At(start, end, timestamp)

    def positive_duration(self) -> Duration:
        start = self.starts[self.i]
        seconds, literal = self.duration_expression()
        end = self.ends[self.i - 1]
        if literal and seconds is not None and seconds <= 0:
            self.fail("a duration here must be greater than 0", start, end, Check.LITERAL)
        return Duration(start, end, _milliseconds(seconds))

    def offset(self) -> Duration:
        """What follows `offset`: arithmetic only in parentheses, so `foo offset 5m * 2` doubles `foo`."""
        start = self.starts[self.i]
        sign = self.sign()
        seconds, _ = self.duration_operand()
        return Duration(start, self.ends[self.i - 1], _milliseconds(None if seconds is None else sign * seconds))

    def duration_expression(self, minimum: int = 1) -> tuple[float | None, bool]:
        """Seconds, None if they depend on the query, and whether it is a mere literal."""
        self.deeper()
        kinds = self.kinds
        sign = kinds[self.i] if kinds[self.i] in ("+", "-") else ""
        if sign:
            self.i += 1
            left, literal = self.duration_expression(UNARY_OPERAND)
            left = -left if sign == "-" and left is not None else left
        else:
            left, literal = self.duration_operand()
        while (op := kinds[self.i]) in _OPERATORS and (precedence := PRECEDENCE[op]) >= minimum:
            place = self.starts[self.i], self.ends[self.i]
            self.i += 1
            right, right_literal = self.duration_expression(precedence + (op != "^"))
            if op in ("/", "%") and right_literal and right == 0:
                self.fail(f"`{op}` by zero", *place, Check.LITERAL)
            left = None if left is None or right is None else ARITHMETIC[op](left, right)
            literal = False
        self.depth -= 1
        return left, literal

    def duration_operand(self) -> tuple[float | None, bool]:
        kinds = self.kinds
        kind, start = kinds[self.i], self.starts[self.i]
        if kind in ("number", "duration"):
            in_steps = self.lenient and kind == "duration" and "i" in self.text[start : self.ends[self.i]]
            if in_steps:
                self.i += 1
                return None, True
            seconds = self.number("a duration")
            if not abs(seconds) <= _SECONDS_LIMIT:
                self.fail("the duration is out of range", start, self.ends[self.i - 1], Check.LITERAL)
            return seconds, True
        if kind not in DURATION_FUNCTIONS and kind != "(":
            self.unexpected("a duration")
        self.i += 1
        if kind == "(":
            result = self.duration_expression()
            self.expect(")")
            return result
        self.expect("(")
        if kind in ("step", "range"):
            self.expect(")")
            return None, False
        one, _ = self.duration_expression()
        self.expect(",")
        other, _ = self.duration_expression()
        self.expect(")")
        if one is None or other is None:
            return None, False
        return (max if kind == "max_of" else min)(one, other), False


def _milliseconds(seconds: float | None) -> int | None:
    """Prometheus rounds to nanoseconds and then cuts to milliseconds."""
    if seconds is None or not abs(seconds) <= _SECONDS_LIMIT:
        return None
    return int(round(seconds * 1e9) / 1_000_000)
