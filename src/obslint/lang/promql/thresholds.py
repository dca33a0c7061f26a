"""The comparisons with a number by which an expression filters: `rate(errors_total[5m]) > 0.1`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from obslint.lang.promql.analysis import scalar_value
from obslint.lang.promql.arithmetic import COMPARISONS
from obslint.lang.promql.ast import Binary, Call, Expr, ValueType, children

_INVERSE: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_ELSEWHERE: Final = frozenset({"absent", "absent_over_time", "scalar"})
"""Functions of which the result does not say which series passed."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """`value op limit`, whichever side the number is written on."""

    node: Binary
    value: Expr
    op: str
    limit: float


def thresholds(expr: Expr) -> Iterator[Threshold]:
    """The comparisons of a vector with a number that let series through, parents first, left to right.

    Left out is what does not filter (`bool`), and what takes series away: the right side of `unless`, `absent`.
    """
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, Call) and node.function in _ELSEWHERE:
            continue
        if isinstance(node, Binary):
            if node.op in ("unless", "ifnot"):
                stack.append(node.lhs)
                continue
            if node.op in COMPARISONS and not node.return_bool and (found := _threshold(node)) is not None:
                yield found
        stack.extend(reversed(children(node)))


def _threshold(node: Binary) -> Threshold | None:
    for value, limit, op in ((node.lhs, node.rhs, node.op), (node.rhs, node.lhs, _INVERSE[node.op])):
        if value.type is ValueType.VECTOR and limit.type is ValueType.SCALAR:
            number = scalar_value(limit)
            if number is not None:
                return Threshold(node, value, op, number)
    return None
