"""Which parts of an expression are still a counter as it stands: the sum of all that happened since a start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

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

_KEEPING: Final = frozenset(
    {
        *("abs", "ceil", "floor", "round", "clamp", "clamp_max", "clamp_min"),
        *("sort", "sort_desc", "label_replace", "label_join", "scalar", "vector"),
        *("avg_over_time", "max_over_time", "min_over_time", "last_over_time", "first_over_time"),
    }
)
_ADDING: Final = frozenset({"sum", "avg", "min", "max", "topk", "bottomk", "quantile"})
RATING: Final = frozenset({"rate", "irate", "increase"})
"""Functions that make a counter's growth of it."""


def raw_counters(expr: Expr, is_counter: Callable[[VectorSelector], bool]) -> dict[int, VectorSelector]:
    """The parts of which the value is a counter's, by `id`, each with a selector that makes it one."""
    found: dict[int, VectorSelector] = {}
    for node in reversed(list(walk(expr))):  # children first
        if (selector := _counter(node, found, is_counter)) is not None:
            found[id(node)] = selector
    return found


def rated(expr: Expr) -> frozenset[str]:
    """The names of the metrics that an expression takes for counters: those under `rate` and its like."""
    names = set()
    for node in walk(expr):
        if isinstance(node, Call) and node.function in RATING:
            names |= {arg.selector.metric_name for arg in node.args if isinstance(arg, MatrixSelector)}
    return frozenset(name for name in names if name is not None)


def _counter(
    node: Expr, known: dict[int, VectorSelector], is_counter: Callable[[VectorSelector], bool]
) -> VectorSelector | None:
    match node:
        case VectorSelector():
            return node if is_counter(node) else None
        case MatrixSelector() | Subquery() | Paren() | Unary(op="+"):
            return known.get(id(children(node)[0]))
        case Call(function=function, args=args) if function in _KEEPING:
            return next((known[id(arg)] for arg in args if id(arg) in known), None)
        case Aggregation(op=op, expr=inner) if op in _ADDING:
            return known.get(id(inner))
        case Binary():
            return _combined(node, known)
        case _:
            return None


def _combined(node: Binary, known: dict[int, VectorSelector]) -> VectorSelector | None:
    left, right = known.get(id(node.lhs)), known.get(id(node.rhs))
    match node.op:
        case op if op in COMPARISONS:
            return None if node.return_bool else right if node.lhs.type is ValueType.SCALAR else left
        case "and" | "unless":
            return left
        case "or":
            return left or right
        case "+":
            one_sided = ValueType.SCALAR in (node.lhs.type, node.rhs.type)
            return left or right if one_sided or (left is not None and right is not None) else None
        case "*":
            return left if node.rhs.type is ValueType.SCALAR else right if node.lhs.type is ValueType.SCALAR else None
        case "/":
            return left if node.rhs.type is ValueType.SCALAR else None
        case _:
            return None
