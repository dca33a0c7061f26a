"""What an expression says without data: constants, and the selectors it cannot do without."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from obslint.lang.promql.arithmetic import ARITHMETIC, COMPARISONS
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
    ValueType,
    VectorSelector,
    children,
    walk,
)
from obslint.lang.promql.functions import AGGREGATORS, FUNCTIONS
from obslint.lang.promql.lexer import SET_OPERATORS


@dataclass(frozen=True, slots=True)
class Always:
    """Whatever the data, there is a result: a lone one without labels of this value, or of any value for None."""

    value: float | None


class Empty(enum.Enum):
    """Whatever the data, there is no result."""

    NEVER = "never"


NEVER: Final = Empty.NEVER
Constant: TypeAlias = Always | Empty | None
"""None: it depends on the data."""

_ONE: Final = Always(1.0)
_ANY: Final = Always(None)
_SAME_FOR_ONE: Final = frozenset({"sum", "avg", "min", "max"})
_ONE_FOR_ONE: Final = frozenset({"count", "group"})


def constant_value(expr: Expr) -> Constant:
    """What the expression yields whatever the data: `vector(1)` and `1 < bool 2` are Always(1), `vector(0) > 0` NEVER.

    A scalar always has a value, so one that depends on the data is Always(None), like `foo or vector(0)`.
    """
    return _constants(expr)[id(expr)]


def _constants(expr: Expr) -> dict[int, Constant]:
    """Of every part of the expression, by its id."""
    known: dict[int, Constant] = {}
    for node in reversed(list(walk(expr))):  # children first
        operands = [known[id(child)] for child in children(node)]
        value = _constant(node, operands)
        known[id(node)] = _ANY if value is None and node.type is ValueType.SCALAR else value
    return known


def scalar_value(expr: Expr) -> float | None:
    """The number that a scalar is whatever the data; None for a vector, and for one that depends on them."""
    constant = constant_value(expr) if expr.type is ValueType.SCALAR else None
    return constant.value if isinstance(constant, Always) else None


def _constant(node: Expr, operands: list[Constant]) -> Constant:
    match node:
        case NumberLiteral(value=value):
            return Always(value)
        case Paren():
            return operands[0]
        case Unary(op=op):
            return _negated(operands[0]) if op == "-" else operands[0]
        case Call(function="vector" | "scalar", args=(_,)):
            if node.function == "scalar" and operands[0] is NEVER:
                return Always(math.nan)
            return operands[0]
        case Call(function="pi", args=()):
            return Always(math.pi)
        case Aggregation(op=op):
            return _aggregated(op, operands[-1])
        case Binary():
            return _binary(node, operands[0], operands[1])
        case _:
            return None


def _negated(operand: Constant) -> Constant:
    return Always(-operand.value) if isinstance(operand, Always) and operand.value is not None else operand


def _aggregated(op: str, operand: Constant) -> Constant:
    if operand is NEVER and op in AGGREGATORS:
        return NEVER
    if not isinstance(operand, Always):
        return None
    if op in _SAME_FOR_ONE:
        return operand
    if op in _ONE_FOR_ONE:
        return _ONE if operand.value is not None or op == "group" else _ANY
    return None


def _binary(node: Binary, lhs: Constant, rhs: Constant) -> Constant:
    op = node.op
    if op in SET_OPERATORS:
        return _set_operation(op, lhs, rhs)
    matching = node.matching
    if matching is not None and (matching.fill_left is not None or matching.fill_right is not None):
        return None
    if op not in ARITHMETIC and op not in COMPARISONS:
        return None
    if lhs is NEVER or rhs is NEVER:
        return NEVER
    if not isinstance(lhs, Always) or not isinstance(rhs, Always):
        return None
    filters = op in COMPARISONS and not node.return_bool
    if lhs.value is None or rhs.value is None:
        one_sided = ValueType.SCALAR in (node.lhs.type, node.rhs.type)
        return _ANY if one_sided and not filters else None
    if op in ARITHMETIC:
        return Always(ARITHMETIC[op](lhs.value, rhs.value))
    holds = COMPARISONS[op](lhs.value, rhs.value)
    if not filters:
        return Always(float(holds))
    if not holds:
        return NEVER
    return rhs if node.lhs.type is ValueType.SCALAR else lhs


def _set_operation(op: str, lhs: Constant, rhs: Constant) -> Constant:
    exact = isinstance(rhs, Always) and rhs.value is not None  # a lone result without labels
    if op == "or":
        if lhs is NEVER or rhs is NEVER:
            return rhs if lhs is NEVER else lhs
        if isinstance(lhs, Always) and exact:
            return lhs
        return _ANY if isinstance(lhs, Always) or isinstance(rhs, Always) else None
    if lhs is NEVER or (op == "and" and rhs is NEVER):
        return NEVER
    if rhs is NEVER:  # unless
        return lhs
    if isinstance(lhs, Always) and lhs.value is not None and exact:
        return lhs if op == "and" else NEVER
    return None


_KEEPS_A_VALUE: Final = frozenset({"label_join", "label_replace", "sort", "sort_desc"})
_TELLS_ONLY_WHETHER: Final = frozenset({"absent", "absent_over_time", "present_over_time", "sgn"})


def few_values(expr: Expr) -> bool:
    """Whether all that it yields has one of a few values, whatever the data: `up == 0`, `absent(up)`, `x > bool 3`."""
    known = _constants(expr)
    stack = [expr]
    while stack:
        node = stack.pop()
        if _is_known(known[id(node)]):
            continue
        match node:
            case Paren(expr=inner):
                stack.append(inner)
            case Call(function=function) if function in _TELLS_ONLY_WHETHER:
                continue
            case Call(function=function, args=(first, *_)) if function in _KEEPS_A_VALUE:
                stack.append(first)
            case Aggregation(op="group"):
                continue
            case Aggregation(op="min" | "max" | "topk" | "bottomk", expr=inner):
                stack.append(inner)
            case Binary(op="or", lhs=lhs, rhs=rhs):
                stack += (lhs, rhs)
            case Binary(op="and" | "unless", lhs=lhs):
                stack.append(lhs)
            case Binary(op=op, lhs=lhs, rhs=rhs, return_bool=return_bool) if op in COMPARISONS:
                if return_bool or (op == "==" and (_is_known(known[id(lhs)]) or _is_known(known[id(rhs)]))):
                    continue
                stack.append(rhs if lhs.type is ValueType.SCALAR else lhs)
            case _:
                return False
    return True


def _is_known(constant: Constant) -> bool:
    return constant is NEVER or (isinstance(constant, Always) and constant.value is not None)


def required_selectors(expr: Expr) -> Iterator[VectorSelector]:
    """The selectors that must each find a series for the expression to yield anything, left to right.

    Left out where the answer is not sure: scalars, `absent`, either side of `or`, the right side of `unless`, sides
    that `fill` replaces, functions and aggregations that Prometheus does not know.
    """
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, VectorSelector):
            yield node
        else:
            stack.extend(reversed(_required(node)))


def _required(node: Expr) -> tuple[Expr, ...]:
    if node.type is ValueType.SCALAR:
        return ()
    match node:
        case MatrixSelector(selector=selector):
            return (selector,)
        case Subquery(expr=inner) | Paren(expr=inner) | Unary(expr=inner):
            return (inner,)
        case Aggregation(op=op, expr=inner):
            return (inner,) if op in AGGREGATORS else ()
        case Call(function=function, args=args):
            if function not in FUNCTIONS or function in ("absent", "absent_over_time"):
                return ()
            return args[:1] if function == "info" else args
        case Binary(op="or" | "default"):
            return ()
        case Binary(op="unless" | "ifnot", lhs=lhs):
            return (lhs,)
        case Binary(lhs=lhs, rhs=rhs, matching=matching):
            left = () if matching is not None and matching.fill_left is not None else (lhs,)
            right = () if matching is not None and matching.fill_right is not None else (rhs,)
            return left + right
        case _:
            return ()
