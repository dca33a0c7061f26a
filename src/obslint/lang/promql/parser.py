"""PromQL by precedence climbing: syntax, types and the checks of Prometheus' parser in one pass."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import Final, Literal

from obslint.lang.promql.arithmetic import COMPARISONS
from obslint.lang.promql.ast import (
    TYPE_NAMES,
    Aggregation,
    Binary,
    Call,
    Dialect,
    Expr,
    NumberLiteral,
    Paren,
    StringLiteral,
    Unary,
    ValueType,
    VectorSelector,
)
from obslint.lang.promql.functions import AGGREGATORS, FUNCTIONS, Function
from obslint.lang.promql.lexer import (
    DURATION_FUNCTIONS,
    METRICSQL_WORDS,
    NOT_A_METRIC,
    PRECEDENCE,
    SET_OPERATORS,
    UNARY_OPERAND,
    WORDS,
)
from obslint.lang.promql.ranges import POSTFIX
from obslint.lang.promql.selector import SelectorParser
from obslint.lang.tokens import Check, SyntaxProblem, shortened, unquote
from obslint.lang.tree import Label, Matching

_FILLS: Final = frozenset({"fill", "fill_left", "fill_right"})
_MATCHING_WORDS: Final = _FILLS | {"on", "ignoring"}
_CALLABLE: Final = DURATION_FUNCTIONS | {"word", "start", "end"}
_METRIC_WORDS: Final = WORDS - NOT_A_METRIC - METRICSQL_WORDS


@lru_cache(maxsize=8192)  # rules that look at rule files parse what rules on expressions have parsed
def parse(text: str, dialect: Dialect = Dialect.PROMQL) -> Expr:
    """The expression in `text`; SyntaxProblem for what Prometheus refuses, all its experimental syntax enabled.

    In MetricsQL nothing but an unclosed delimiter, a bad regex or excessive depth is known to be wrong: whatever else
    is not understood raises Unsupported, and types are not checked.
    """
    return _Parser(text, dialect).whole()


class _Parser(SelectorParser):
    __slots__ = ()

    def whole(self) -> Expr:
        if self.kinds[0] == "eof":
            raise SyntaxProblem("there is no expression", 0, len(self.text))
        expr = self.expression()
        if self.kinds[self.i] != "eof":
            self.unexpected("an operator or the end")
        for selector in self.unfiltered.values():
            self.refuse("a selector needs a matcher that does not match the empty string", selector, Check.MATCHER)
        return expr

    # -- operators -----------------------------------------------------------------------------------------------------

    def expression(self, minimum: int = 1) -> Expr:
        self.deeper()
        kinds = self.kinds
        if kinds[self.i] in ("+", "-"):
            left = self.signed()
        else:
            left = self.primary()
            if kinds[self.i] in POSTFIX:
                left = self.postfix(left)
        while (precedence := PRECEDENCE.get(kinds[self.i], 0)) >= minimum:
            operator = self.i
            self.i += 1
            return_bool = kinds[self.i] == "bool"
            self.i += return_bool
            matching = self.matching() if kinds[self.i] in _MATCHING_WORDS else None
            right = self.expression(precedence + (kinds[operator] != "^"))
            left = self.binary(left, operator, return_bool, matching, right)
        self.depth -= 1
        return left

    def signed(self) -> Expr:
        sign, start = self.kinds[self.i], self.starts[self.i]
        self.i += 1
        operand = self.expression(UNARY_OPERAND)
        if isinstance(operand, NumberLiteral):
            return NumberLiteral(start, operand.end, -operand.value if sign == "-" else operand.value)
        if operand.type not in (ValueType.SCALAR, ValueType.VECTOR) and not self.lenient:
            self.refuse(
                f"a sign needs a scalar or an instant vector, this is {TYPE_NAMES[operand.type]}", operand, Check.TYPE
            )
        return Unary(start, operand.end, "-" if sign == "-" else "+", operand, operand.type)

    def matching(self) -> Matching | None:
        """`on (…) group_left (…) fill (…)` and its relatives, as far as they go."""
        kinds, first = self.kinds, self.i
        on = kinds[first] == "on"
        labels: tuple[Label, ...] = ()
        group: Literal["left", "right"] | None = None
        include: tuple[Label, ...] = ()
        if kinds[first] in ("on", "ignoring"):
            self.i += 1
            labels = self.labels()
            if kinds[self.i] in ("group_left", "group_right"):
                group = "left" if kinds[self.i] == "group_left" else "right"
                self.i += 1
                if kinds[self.i] == "(":
                    include = self.labels()
        fills: dict[str, float] = {}
        while (side := kinds[self.i]) in _FILLS and kinds[self.i + 1] == "(" and not fills.keys() & {side, "fill"}:
            fills[side] = self.fill()
            if side == "fill":
                break
        if self.i == first:  # a metric that is called `fill`
            return None
        if on:
            included = {label.name for label in include}
            for label in labels:
                if label.name in included:
                    self.refuse(
                        f"label `{label.name}` must not be in both `on` and `group_{group}`", label, Check.MATCHING
                    )
        both = fills.get("fill")
        return Matching(
            self.starts[first],
            self.ends[self.i - 1],
            on,
            labels,
            group,
            include,
            fills.get("fill_left", both),
            fills.get("fill_right", both),
        )

    def fill(self) -> float:
        self.i += 2
        sign = self.sign()
        value = sign * self.number("a number")
        self.expect(")")
        return value

    def binary(self, lhs: Expr, operator: int, return_bool: bool, matching: Matching | None, rhs: Expr) -> Binary:
        op = self.kinds[operator]
        place = self.starts[operator], self.ends[operator]
        scalar = ValueType.SCALAR
        if return_bool and op not in COMPARISONS:
            self.fail(f"`bool` goes with comparisons only, not with `{op}`", *place, Check.MATCHING)
        if matching is not None and op in SET_OPERATORS:
            self.check_set_matching(op, matching)
        if not self.lenient:
            for side in (lhs, rhs):
                if side.type not in (scalar, ValueType.VECTOR):
                    self.refuse(
                        f"`{op}` needs scalars or instant vectors, this is {TYPE_NAMES[side.type]}", side, Check.TYPE
                    )
            if lhs.type is scalar or rhs.type is scalar:
                if op in SET_OPERATORS:
                    self.fail(f"`{op}` needs an instant vector on both sides", *place, Check.TYPE)
                if matching is not None and (matching.labels or self.filled(matching)):
                    self.fail(
                        "vectors can only be matched between two instant vectors",
                        matching.start,
                        matching.end,
                        Check.MATCHING,
                    )
                if lhs.type is rhs.type and op in COMPARISONS and not return_bool:
                    self.fail(f"a comparison of two scalars needs `bool`: `{op} bool`", *place, Check.MATCHING)
        result = scalar if lhs.type is scalar and rhs.type is scalar else ValueType.VECTOR
        return Binary(lhs.start, rhs.end, op, lhs, rhs, return_bool, matching, *place, result)

    def check_set_matching(self, op: str, matching: Matching) -> None:
        place = matching.start, matching.end
        if matching.group is not None:
            self.fail(
                f"`group_{matching.group}` does not go with `{op}`: sets match many to many", *place, Check.MATCHING
            )
        if self.filled(matching):
            self.fail(f"`fill` does not go with `{op}`", *place, Check.MATCHING)

    @staticmethod
    def filled(matching: Matching) -> bool:
        return matching.fill_left is not None or matching.fill_right is not None

    # -- operands ------------------------------------------------------------------------------------------------------

    def primary(self) -> Expr:
        i = self.i
        kind, following = self.kinds[i], self.kinds[i + 1]
        if kind in AGGREGATORS and following in ("(", "by", "without"):
            return self.aggregation()
        if following == "(" and kind in _CALLABLE:
            return self.call()
        if kind in _METRIC_WORDS or kind == "{":
            if self.lenient and following in ("by", "without") and kind == "word":
                return self.aggregation()
            return self.selector()
        if kind in ("number", "duration"):
            return NumberLiteral(self.starts[i], self.ends[i], self.number("a number"))
        if kind == "(":
            return self.parenthesised()
        if kind == "string":
            self.i += 1
            start, end = self.starts[i], self.ends[i]
            return StringLiteral(start, end, unquote(self.text, start, end))
        self.unexpected("an expression")

    def parenthesised(self) -> Expr:
        start = self.starts[self.i]
        if self.lenient:
            args = self.arguments()
            if len(args) != 1:
                return Call(start, self.ends[self.i - 1], "union", args, ValueType.VECTOR)
            inner = args[0]
        else:
            self.i += 1
            inner = self.expression()
            self.expect(")")
        return Paren(start, self.ends[self.i - 1], inner, inner.type)

    def arguments(self) -> tuple[Expr, ...]:
        self.expect("(")
        if self.kinds[self.i] == ")":
            self.i += 1
            return ()
        args = [self.expression()]
        while self.kinds[self.i] == ",":
            self.i += 1
            if self.lenient and self.kinds[self.i] == ")":
                break
            args.append(self.expression())
        if self.kinds[self.i] != ")":
            self.unexpected("`,` or `)`")
        self.i += 1
        return tuple(args)

    def call(self) -> Expr:
        name_at = self.i
        name = self.text[self.starts[name_at] : self.ends[name_at]]
        function = FUNCTIONS.get(name)
        self.i += 1
        if function is None and not self.lenient:
            close = get_close_matches(name[:64], FUNCTIONS, n=1)
            hint = f"; did you mean `{close[0]}`?" if close else ""
            place = self.starts[name_at], self.ends[name_at]
            self.fail(f"unknown function `{shortened(name)}`{hint}", *place, Check.FUNCTION)
        args = self.arguments()
        if self.lenient and self.kinds[self.i] in ("by", "without"):
            grouping, without = self.grouping()
            return self.aggregate(name.lower(), self.starts[name_at], args, grouping, without)
        returns = ValueType.VECTOR if function is None else function.returns
        call = Call(self.starts[name_at], self.ends[self.i - 1], name, args, returns)
        if function is not None and not self.lenient:
            self.check_call(call, function)
        return call

    def check_call(self, call: Call, function: Function) -> None:
        given, least, most = len(call.args), function.min_args, function.max_args
        if given < least or (most is not None and given > most):
            wanted = f"at least {least}" if most is None else str(least) if most == least else f"{least} to {most}"
            noun = "argument" if wanted == "1" else "arguments"
            self.refuse(f"`{function.name}` takes {wanted} {noun}, not {given}", call, Check.ARGUMENTS)
        for argument, wanted_type in zip(call.args, self.argument_types(function, given), strict=True):
            if argument.type is not wanted_type:
                self.refuse(
                    f"`{function.name}` needs {TYPE_NAMES[wanted_type]} here, this is {TYPE_NAMES[argument.type]}",
                    argument,
                    Check.TYPE,
                )
        if function.name == "info" and given == 2:
            labels = call.args[1]
            if not isinstance(labels, VectorSelector) or (labels.name and self.text[labels.start] != "{"):
                self.refuse("`info` takes only label matchers in braces here", labels, Check.ARGUMENTS)
            self.unfiltered.pop((labels.start, labels.end), None)

    @staticmethod
    def argument_types(function: Function, count: int) -> tuple[ValueType, ...]:
        types = function.args[:count]
        return types + types[-1:] * (count - len(types))

    def aggregation(self) -> Aggregation:
        at = self.i
        op, start = self.kinds[at], self.starts[at]
        if op == "word":
            op = self.text[start : self.ends[at]].lower()
        self.i += 1
        grouping, without = self.grouping() if self.kinds[self.i] != "(" else (None, False)
        args = self.arguments()
        if grouping is None and self.kinds[self.i] in ("by", "without"):
            grouping, without = self.grouping()
        if self.kinds[self.i] == "limit":  # MetricsQL's `sum(q) by (x) limit 5`
            self.i += 1
            self.number("a number")
        return self.aggregate(op, start, args, grouping, without)

    def grouping(self) -> tuple[tuple[Label, ...], bool]:
        """`by (…)` or `without (…)`, and whether it is the latter."""
        without = self.kinds[self.i] == "without"
        self.i += 1
        return self.labels(), without

    def aggregate(
        self, op: str, start: int, args: tuple[Expr, ...], grouping: tuple[Label, ...] | None, without: bool
    ) -> Aggregation:
        end = self.ends[self.i - 1]
        aggregator = AGGREGATORS.get(op)
        param_type = None if aggregator is None else aggregator.param
        wanted = len(args) if self.lenient and len(args) in (1, 2) else 1 if param_type is None else 2
        if len(args) != wanted:
            noun = "argument" if wanted == 1 else "arguments"
            self.fail(f"`{op}` takes {wanted} {noun}, not {len(args)}", start, end, Check.ARGUMENTS)
        param, expr = (None if wanted == 1 else args[0]), args[-1]
        if not self.lenient:
            for node, node_type in ((expr, ValueType.VECTOR), (param, param_type)):
                if node is not None and node_type is not None and node.type is not node_type:
                    self.refuse(
                        f"`{op}` needs {TYPE_NAMES[node_type]} here, this is {TYPE_NAMES[node.type]}",
                        node,
                        Check.TYPE,
                    )
        return Aggregation(start, end, op, param, expr, grouping, without)
