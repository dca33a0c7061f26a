"""LogQL by precedence climbing: syntax, types and the checks of Loki's own parser in one pass."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final, Literal

from obslint.lang.cursor import needs_a_value
from obslint.lang.logql import ast, functions
from obslint.lang.logql.ast import TYPE_NAMES, Expr, ValueType
from obslint.lang.logql.lexer import PRECEDENCE, SET_OPERATORS
from obslint.lang.logql.stages import StageParser
from obslint.lang.tokens import Check, SyntaxProblem, Unsupported, check_regex, shortened
from obslint.lang.tree import Label, Matching

MAX_LENGTH: Final = 131_071
"""Bytes that Loki takes (`maxInputSize`); older versions take 5119."""

_CALLABLE: Final = (*functions.RANGE_AGGREGATIONS, *functions.VECTOR_AGGREGATIONS, *functions.FUNCTIONS)


def parse(text: str) -> Expr:
    """The expression in `text`; SyntaxProblem for what Loki's `ParseExpr` refuses, in every release from 2.9 on.

    What makes only the query fail, such as a template that does not parse, is told by `broken_stages`.
    """
    if len(text) > MAX_LENGTH:
        raise SyntaxProblem(f"the expression is longer than {MAX_LENGTH} bytes", 0, len(text))
    return _Parser(text).whole()


def refusal(text: str) -> SyntaxProblem | None:
    """Why Loki refuses the expression; None where it takes it, or may."""
    try:
        parse(text)
    except Unsupported:
        return None
    except SyntaxProblem as problem:
        return None if problem.check is Check.DEPTH else problem
    return None


class _Parser(StageParser):
    __slots__ = ()

    def whole(self) -> Expr:
        if self.kinds[0] == "eof":
            raise SyntaxProblem("there is no expression", 0, len(self.text))
        expr = self.expression()
        if self.kinds[self.i] != "eof":
            self.unexpected("an operator or the end")
        for selector in ast.selectors(expr):
            if not any(needs_a_value(matcher) for matcher in selector.matchers):
                self.refuse("a selector needs a matcher that does not match the empty string", selector, Check.MATCHER)
        return expr

    # -- operators -----------------------------------------------------------------------------------------------------

    def expression(self, minimum: int = 1) -> Expr:
        self.deeper()
        kinds = self.kinds
        left = self.primary()
        while (precedence := PRECEDENCE.get(kinds[self.i], 0)) >= minimum:
            operator = self.i
            self.i += 1
            return_bool = kinds[self.i] == "bool"
            self.i += return_bool
            matching = self.matching() if kinds[self.i] in ("on", "ignoring") else None
            right = self.expression(precedence + (kinds[operator] != "^"))
            left = self.binary(left, operator, return_bool, matching, right)
        self.depth -= 1
        return left

    def matching(self) -> Matching:
        first = self.i
        on = self.kinds[first] == "on"
        self.i += 1
        labels = self.labels()
        group: Literal["left", "right"] | None = None
        include: tuple[Label, ...] = ()
        if self.kinds[self.i] in ("group_left", "group_right"):
            group = "left" if self.kinds[self.i] == "group_left" else "right"
            self.i += 1
            # Loki reads a parenthesis here as labels, even where one of the operand was meant.
            include = self.labels() if self.kinds[self.i] == "(" else ()
        return Matching(self.starts[first], self.ends[self.i - 1], on, labels, group, include)

    def labels(self) -> tuple[Label, ...]:
        self.expect("(")
        labels = () if self.kinds[self.i] == ")" else tuple(self.separated(self.label))
        self.expect(")")
        return labels

    def binary(self, lhs: Expr, operator: int, return_bool: bool, matching: Matching | None, rhs: Expr) -> ast.Binary:
        op = self.kinds[operator]
        for side in (lhs, rhs):
            if side.type is ValueType.LOGS:
                self.refuse(
                    f"`{op}` needs metrics on both sides, this is {TYPE_NAMES[side.type]}; "
                    "make it one, as `count_over_time(… [5m])` does",
                    side,
                    Check.TYPE,
                )
            if side.type is ValueType.SCALAR and op in SET_OPERATORS:
                self.refuse(f"`{op}` needs an instant vector on both sides, this is a number", side, Check.TYPE)
        scalar = lhs.type is ValueType.SCALAR and rhs.type is ValueType.SCALAR
        place = self.starts[operator], self.ends[operator]
        result = ValueType.SCALAR if scalar else ValueType.VECTOR
        return ast.Binary(lhs.start, rhs.end, op, lhs, rhs, return_bool, matching, *place, result)

    # -- operands ------------------------------------------------------------------------------------------------------

    def primary(self) -> Expr:
        i = self.i
        kind = self.kinds[i]
        if kind == "{":
            query = self.query()
            if self.kinds[self.i] == "range":
                message = "a range goes only into an aggregation such as `count_over_time(…)` or `rate(…)`"
                self.fail(message, self.starts[self.i], self.ends[self.i], Check.MODIFIER)
            return query
        if kind == "(":
            self.i += 1
            inner = self.expression()
            self.expect(")")
            return ast.Paren(self.starts[i], self.ends[self.i - 1], inner, inner.type)
        if kind == "word" and self.kinds[i + 1] in ("(", "by", "without"):
            return self.call()
        return self.number("a stream selector or a metric query")

    def call(self) -> Expr:
        start, end = self.starts[self.i], self.ends[self.i]
        written = self.text[start:end]
        name = written.lower()
        self.i += 1
        if name in functions.RANGE_AGGREGATIONS:
            return self.range_aggregation(start, functions.RANGE_AGGREGATIONS[name])
        if name in functions.VECTOR_AGGREGATIONS:
            return self.vector_aggregation(start, functions.VECTOR_AGGREGATIONS[name])
        if name == "label_replace":
            return self.label_replace(start)
        if name == "vector":
            self.expect("(")
            number = self.number("a number", signed=False)
            self.expect(")")
            return ast.VectorLiteral(start, self.ends[self.i - 1], number.value)
        if name == "variants":
            return self.variants(start)
        close = get_close_matches(name[:64], _CALLABLE, n=1)
        hint = f"; did you mean `{close[0]}`?" if close else ""
        self.fail(f"unknown function `{shortened(written)}`{hint}", start, end, Check.FUNCTION)

    def metric(self) -> Expr:
        expr = self.expression()
        if expr.type is ValueType.LOGS:
            self.refuse(f"a metric is needed here, this is {TYPE_NAMES[expr.type]}", expr, Check.TYPE)
        return expr

    def param(self) -> ast.NumberLiteral | None:
        """A number and its comma, if the arguments begin so."""
        if self.kinds[self.i] != "number" or self.kinds[self.i + 1] != ",":
            return None
        number = self.number("a number")
        self.i += 1
        return number

    def grouping(self) -> tuple[tuple[Label, ...] | None, bool]:
        """`by (…)` or `without (…)` if that is at hand, and whether it is the latter."""
        kind = self.kinds[self.i]
        if kind not in ("by", "without"):
            return None, False
        self.i += 1
        return self.labels(), kind == "without"

    def range_aggregation(self, start: int, kind: functions.RangeAggregation) -> ast.RangeAggregation:
        self.expect("(")
        param = self.param()
        log_range = self.log_range()
        self.expect(")")
        grouping_at = self.i
        grouping, without = self.grouping()
        end = self.ends[self.i - 1]
        name_end = start + len(kind.name)
        if param is not None and not kind.param:
            self.refuse(f"`{kind.name}` takes no number", param, Check.ARGUMENTS)
        if param is None and kind.param:
            self.fail(f"`{kind.name}` needs a number before the range", start, name_end, Check.ARGUMENTS)
        if grouping is not None and not kind.groups:
            message = f"`{kind.name}` cannot group; put it into `sum by (…) (…)` or the like"
            self.fail(message, self.starts[grouping_at], end, Check.GROUPING)
        if log_range.unwrap is None and kind.unwrap == "needed":
            message = f"`{kind.name}` needs numbers: name the label that holds them with `| unwrap label`"
            self.fail(message, start, name_end, Check.UNWRAP)
        if log_range.unwrap is not None and kind.unwrap == "refused":
            self.refuse(f"`{kind.name}` counts lines or bytes and takes no `unwrap`", log_range.unwrap, Check.UNWRAP)
        return ast.RangeAggregation(start, end, kind.name, param, log_range, grouping, without)

    def vector_aggregation(self, start: int, kind: functions.VectorAggregation) -> ast.VectorAggregation:
        name_end = self.ends[self.i - 1]
        grouping, without = self.grouping()
        self.expect("(")
        param = self.param()
        expr = self.metric()
        self.expect(")")
        if grouping is None:
            grouping, without = self.grouping()
        end = self.ends[self.i - 1]
        if param is not None and not kind.param:
            self.refuse(f"`{kind.name}` takes no number", param, Check.ARGUMENTS)
        if kind.param:
            if param is None:
                self.fail(f"`{kind.name}` needs a number before the vector", start, name_end, Check.ARGUMENTS)
            if not self.text[param.start : param.end].isdigit() or param.value <= 0:
                self.refuse(f"`{kind.name}` needs a whole number greater than 0", param, Check.ARGUMENTS)
        if grouping and not kind.groups:
            self.fail(f"`{kind.name}` cannot group", start, name_end, Check.GROUPING)
        return ast.VectorAggregation(start, end, kind.name, param, expr, grouping, without)

    def label_replace(self, start: int) -> ast.LabelReplace:
        self.expect("(")
        expr = self.metric()
        texts = []
        for what in ("destination label", "replacement", "source label", "regex"):
            self.expect(",")
            texts.append(self.string(f"the {what} in quotes"))
        self.expect(")")
        try:
            check_regex(texts[3].value)
        except ValueError as error:
            self.inside(texts[3], error, "bad regex", Check.REGEX)
        return ast.LabelReplace(start, self.ends[self.i - 1], expr, *texts)

    def variants(self, start: int) -> ast.Variants:
        self.expect("(")
        exprs = self.separated(self.metric)
        self.expect(")")
        if not self.word("of"):
            self.unexpected("`of`")
        self.i += 1
        self.expect("(")
        source_start = self.starts[self.i]
        query, unwrap, length, offset = self.range_parts()
        source: ast.LogQuery | ast.LogRange = query
        if length is not None:
            source = ast.LogRange(source_start, self.ends[self.i - 1], query, unwrap, length, offset)
        self.expect(")")
        return ast.Variants(start, self.ends[self.i - 1], tuple(exprs), source)
