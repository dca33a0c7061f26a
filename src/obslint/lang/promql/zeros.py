"""Whether the values of an expression can be zero, as far as it can be told without data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from obslint.lang.promql.analysis import Always, constant_value
from obslint.lang.promql.ast import (
    Aggregation,
    Binary,
    Call,
    Expr,
    MatrixSelector,
    NumberLiteral,
    Paren,
    Subquery,
    Unary,
    VectorSelector,
    children,
    walk,
)

_COUNTED: Final = frozenset(
    {"count_over_time", "present_over_time", "absent", "absent_over_time", "time", "days_in_month"}
)
_NOT_NEGATIVE: Final = frozenset(
    {"rate", "increase", "irate", "resets", "changes", "abs", "sqrt", "stddev_over_time", "stdvar_over_time",
     "histogram_count", "stddev", "stdvar", "minute", "hour", "day_of_week"}
)  # fmt: skip
_SAME: Final = frozenset(
    {"vector", "scalar", "ceil", "label_replace", "label_join", "sort", "sort_desc", "sort_by_label",
     "sort_by_label_desc", "last_over_time", "first_over_time", "min_over_time", "max_over_time", "avg_over_time",
     "sum_over_time", "sum", "avg", "min", "max", "topk", "bottomk", "limitk", "limit_ratio"}
)  # fmt: skip
"""Functions and aggregations whose values lie where those of their argument lie, if these are of one sign."""
_MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Values:
    """Between `low` and `high`; `nonzero`: never zero although it lies between."""

    low: float = -math.inf
    high: float = math.inf
    nonzero: bool = False

    @property
    def never_zero(self) -> bool:
        return self.nonzero or self.low > 0 or self.high < 0


_ANYTHING: Final = Values()
_NATURAL: Final = Values(low=0)
_COUNT: Final = Values(low=1)


def values(expr: Expr, known: Callable[[VectorSelector], Values] = lambda selector: _ANYTHING) -> Values:
    """Where the values of an expression lie; `known` tells of the series a selector finds."""
    constant = constant_value(expr)
    if isinstance(constant, Always) and constant.value is not None:
        return Values(constant.value, constant.value)
    found: dict[int, Values] = {}
    for node in reversed(list(walk(expr))):  # children first
        found[id(node)] = known(node) if isinstance(node, VectorSelector) else _of(node, found)
    return found[id(expr)]


def _of(node: Expr, found: dict[int, Values]) -> Values:
    parts = [found[id(child)] for child in children(node)]
    match node:
        case NumberLiteral(value=value):
            return Values(value, value)
        case Paren() | Subquery() | MatrixSelector():
            return parts[0]
        case Unary(op=op):
            return Values(-parts[0].high, -parts[0].low, parts[0].nonzero) if op == "-" else parts[0]
        case Call(function=function):
            return _called(function, parts)
        case Aggregation(op=op):
            return _called("time" if op in ("count", "count_values", "group") else op, parts[-1:])
        case Binary():
            return _combined(node, *parts)
        case _:
            return _ANYTHING


def _called(function: str, parts: list[Values]) -> Values:
    if function in _COUNTED:
        return _COUNT
    if function in _NOT_NEGATIVE:
        return _NATURAL
    if function == "exp":
        return Values(low=0, nonzero=True)
    if function in _SAME and parts:
        first = parts[0]
        if first.low >= 0:
            return Values(0, nonzero=first.never_zero)
        if first.high <= 0:
            return Values(high=0, nonzero=first.never_zero and function != "ceil")
        return first if function in ("vector", "scalar", "label_replace", "label_join") else _ANYTHING
    if function == "clamp_min" and len(parts) == 2:
        return replace(parts[0], low=max(parts[0].low, parts[1].low), nonzero=False)
    if function == "clamp_max" and len(parts) == 2:
        return replace(parts[0], high=min(parts[0].high, parts[1].high), nonzero=False)
    if function == "clamp" and len(parts) == 3:
        return Values(parts[1].low, parts[2].high)
    return _ANYTHING


def _combined(node: Binary, lhs: Values, rhs: Values) -> Values:
    match node.op:
        case "+":
            return Values(lhs.low + rhs.low, lhs.high + rhs.high)
        case "-":
            return Values(lhs.low - rhs.high, lhs.high - rhs.low)
        case "*" | "/" | "^":
            natural = lhs.low >= 0 and rhs.low >= 0
            return Values(0 if natural else -math.inf, nonzero=lhs.never_zero and rhs.never_zero)
        case "or" | "default":
            return Values(min(lhs.low, rhs.low), max(lhs.high, rhs.high), lhs.never_zero and rhs.never_zero)
        case "and" | "unless" | "if" | "ifnot":
            return lhs
        case "==" | "!=" | "<" | "<=" | ">" | ">=" if not node.return_bool:
            if node.lhs.type == "scalar" and node.rhs.type != "scalar":
                return _filtered(_MIRRORED.get(node.op, node.op), rhs, lhs)
            return _filtered(node.op, lhs, rhs)
        case _:
            return _ANYTHING


def _filtered(op: str, kept: Values, limit: Values) -> Values:
    """The values that a comparison lets through."""
    match op:
        case ">" if limit.low >= 0:
            return replace(kept, low=max(kept.low, limit.low), nonzero=True)
        case "<" if limit.high <= 0:
            return replace(kept, high=min(kept.high, limit.high), nonzero=True)
        case ">=":
            return replace(kept, low=max(kept.low, limit.low))
        case "<=":
            return replace(kept, high=min(kept.high, limit.high))
        case "!=" if limit == Values(0, 0):
            return replace(kept, nonzero=True)
        case "==":
            return replace(kept, nonzero=kept.nonzero or limit.never_zero)
        case _:
            return kept
