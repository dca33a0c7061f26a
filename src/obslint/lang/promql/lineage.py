"""Where the series of a result come from: the parts of an expression that hand series on to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

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
)

SELECTING: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
"""Aggregations that hand on series as they are."""


def carriers(expr: Expr) -> Iterator[Expr]:
    """The expression and every part of it whose series it hands on, whatever it does to their values; outermost first.

    Down to selectors, and to aggregations that make new series. Not the sides of operations that only filter or add
    labels, nor what is made a scalar.
    """
    stack = [expr]
    while stack:
        node = stack.pop()
        if node.type is not ValueType.SCALAR:
            yield node
            stack.extend(reversed(_handed_on(node)))


def sources(expr: Expr) -> Iterator[VectorSelector | Aggregation]:
    """Where those series are made: the selectors and aggregations that end `carriers`."""
    for node in carriers(expr):
        if isinstance(node, VectorSelector) or (isinstance(node, Aggregation) and node.op not in SELECTING):
            yield node


def _handed_on(node: Expr) -> tuple[Expr, ...]:
    match node:
        case Paren(expr=inner) | Unary(expr=inner) | Subquery(expr=inner):
            return (inner,)
        case MatrixSelector(selector=selector):
            return (selector,)
        case Aggregation(op=op, expr=inner):
            return (inner,) if op in SELECTING else ()
        case Call(function="absent" | "absent_over_time"):
            return ()
        case Call(args=args):
            return next(((arg,) for arg in args if arg.type in (ValueType.VECTOR, ValueType.MATRIX)), ())
        case Binary(op="and" | "unless" | "if" | "ifnot", lhs=lhs):
            return (lhs,)
        case Binary(lhs=lhs, rhs=rhs, matching=matching) if matching is not None and matching.group is not None:
            return (lhs,) if matching.group == "left" else (rhs,)
        case Binary(lhs=lhs, rhs=rhs):
            return (lhs, rhs)
        case _:
            return ()
