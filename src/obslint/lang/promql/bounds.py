"""Between which values a result lies, whatever the data: `rate` is never negative, `count` never 0."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from obslint.lang.promql.analysis import Always, constant_value
from obslint.lang.promql.arithmetic import COMPARISONS
from obslint.lang.promql.ast import (
    Aggregation,
    Binary,
    Call,
    Expr,
    MatrixSelector,
    Paren,
    Subquery,
    Unary,
    ValueType,
    VectorSelector,
    children,
    walk,
)


class Bounds(NamedTuple):
    """The lowest and the highest value, both included; NaN is outside of any bounds and may occur nevertheless."""

    low: float
    high: float


ANY: Final = Bounds(-math.inf, math.inf)
_POSITIVE: Final = Bounds(0, math.inf)
_ONE: Final = Bounds(1, 1)

_FUNCTIONS: Final[dict[str, Bounds]] = {
    **dict.fromkeys(("changes", "resets", "abs", "sqrt"), _POSITIVE),
    **dict.fromkeys(("stddev_over_time", "stdvar_over_time", "histogram_count", "mad_over_time"), _POSITIVE),
    **dict.fromkeys(("absent", "absent_over_time", "present_over_time"), _ONE),
    "count_over_time": Bounds(1, math.inf),
    "sgn": Bounds(-1, 1),
    "minute": Bounds(0, 59),
    "hour": Bounds(0, 23),
    "day_of_week": Bounds(0, 6),
    "day_of_month": Bounds(1, 31),
    "day_of_year": Bounds(1, 366),
    "days_in_month": Bounds(28, 31),
    "month": Bounds(1, 12),
    "histogram_fraction": Bounds(0, 1),
}
"""What a function yields whatever its arguments (prometheus.io/docs/prometheus/latest/querying/functions)."""
_COUNTING: Final = frozenset({"rate", "irate", "increase"})
"""Never negative of what is never negative; a fall of anything else is added as it stands."""
_KEEPING: Final = frozenset(
    {
        *("sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "label_replace", "label_join", "info", "vector"),
        *("avg_over_time", "max_over_time", "min_over_time", "last_over_time", "first_over_time", "scalar"),
    }
)
_AGGREGATIONS: Final[dict[str, Bounds]] = {
    "count": Bounds(1, math.inf),
    "count_values": Bounds(1, math.inf),
    "group": _ONE,
    "stddev": _POSITIVE,
    "stdvar": _POSITIVE,
}
_CHOOSING: Final = frozenset({"avg", "min", "max", "topk", "bottomk", "limitk", "limit_ratio"})
_INVERSE: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def bounds(expr: Expr, of_series: Callable[[VectorSelector], Bounds | None] | None = None) -> dict[int, Bounds]:
    """The bounds of each part, by `id`; `of_series` says what is known of the values that a selector finds."""
    found: dict[int, Bounds] = {}
    for node in reversed(list(walk(expr))):  # children first
        if isinstance(node, VectorSelector):
            found[id(node)] = (of_series(node) if of_series is not None else None) or ANY
        else:
            found[id(node)] = _bounds(node, [found[id(child)] for child in children(node)])
    return found


def _bounds(node: Expr, inner: list[Bounds]) -> Bounds:
    constant = constant_value(node) if node.type is ValueType.SCALAR and not inner else None
    if isinstance(constant, Always) and constant.value is not None and not math.isnan(constant.value):
        return Bounds(constant.value, constant.value)
    match node:
        case Paren() | MatrixSelector() | Subquery():
            return inner[0]
        case Unary(op=op):
            return Bounds(-inner[0].high, -inner[0].low) if op == "-" else inner[0]
        case Call(function=function):
            return _called(function, inner)
        case Aggregation(op=op):
            if op == "sum":
                return _sum(inner[-1])
            return _AGGREGATIONS.get(op, inner[-1] if op in _CHOOSING else ANY)
        case Binary():
            return _combined(node, inner[0], inner[1])
        case _:
            return ANY


def _called(function: str, inner: list[Bounds]) -> Bounds:
    if function in _FUNCTIONS:
        return _FUNCTIONS[function]
    if not inner:
        return ANY
    if function in _COUNTING:
        return _POSITIVE if inner[0].low >= 0 else ANY
    if function in _KEEPING:
        return inner[0] if function != "scalar" else ANY  # of no or many series, NaN
    match function, inner:
        case "sum_over_time", [values]:
            return _sum(values)
        case "clamp_min", [values, least]:
            return Bounds(max(values.low, least.low), max(values.high, least.high))
        case "clamp_max", [values, most]:
            return Bounds(min(values.low, most.low), min(values.high, most.high))
        case (("ceil" | "floor" | "round"), [values]):
            return Bounds(_whole(values.low, math.floor), _whole(values.high, math.ceil))
        case _:
            return ANY


def _whole(value: float, rounded: Callable[[float], int]) -> float:
    return value if math.isinf(value) else rounded(value)


def _sum(values: Bounds) -> Bounds:
    """Of one value or more."""
    return Bounds(values.low if values.low >= 0 else -math.inf, values.high if values.high <= 0 else math.inf)


def _combined(node: Binary, left: Bounds, right: Bounds) -> Bounds:
    op = node.op
    if op in COMPARISONS:
        if node.return_bool:
            return Bounds(0, 1)
        if node.lhs.type is ValueType.SCALAR:
            return _filtered(right, _INVERSE[op], left)
        return _filtered(left, op, right)
    if node.matching is not None and (node.matching.fill_left is not None or node.matching.fill_right is not None):
        return ANY
    match op:
        case "and" | "unless":
            return left
        case "or":
            return Bounds(min(left.low, right.low), max(left.high, right.high))
        case "+":
            return Bounds(_add(left.low, right.low, -math.inf), _add(left.high, right.high, math.inf))
        case "-":
            return Bounds(_add(left.low, -right.high, -math.inf), _add(left.high, -right.low, math.inf))
        case "*":
            return _hull(_times(a, b) for a in left for b in right)
        case "/" if right.low > 0 or right.high < 0:
            return _hull(_times(a, 0.0 if math.isinf(b) else 1 / b) for a in left for b in right)
        case "/" if left.low >= 0 and right.low >= 0:
            return _POSITIVE
        case _:
            return ANY


def _filtered(values: Bounds, op: str, limit: Bounds) -> Bounds:
    """What passes a comparison; bounds the wrong way round where nothing does."""
    match op:
        case ">" | ">=":
            return Bounds(max(values.low, limit.low), values.high)
        case "<" | "<=":
            return Bounds(values.low, min(values.high, limit.high))
        case "==":
            return Bounds(max(values.low, limit.low), min(values.high, limit.high))
        case _:
            return values


def _add(one: float, other: float, unknown: float) -> float:
    total = one + other
    return unknown if math.isnan(total) else total


def _times(one: float, other: float) -> float:
    return 0.0 if one == 0 or other == 0 else one * other


def _hull(values: Iterator[float]) -> Bounds:
    found = list(values)
    return Bounds(min(found), max(found))


def verdict(op: str, values: Bounds, limit: float) -> bool | None:
    """Whether `value op limit` holds for all values in the bounds (True), for none (False), or for some (None)."""
    low, high = values
    match op:
        case ">":
            return True if low > limit else False if high <= limit else None
        case ">=":
            return True if low >= limit else False if high < limit else None
        case "<":
            return True if high < limit else False if low >= limit else None
        case "<=":
            return True if high <= limit else False if low > limit else None
        case "==":
            return True if low == high == limit else False if not low <= limit <= high else None
        case "!=":
            return False if low == high == limit else True if not low <= limit <= high else None
        case _:
            return None
