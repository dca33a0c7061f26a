"""How far into the past an expression looks, from the moment at which it is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from obslint.lang.promql.ast import Expr, MatrixSelector, Subquery, VectorSelector, children
from obslint.lang.tree import Duration


@dataclass(frozen=True, slots=True)
class Reach:
    """What one selector asks for: samples from `farthest` to `nearest` milliseconds ago."""

    selector: VectorSelector
    farthest: int
    nearest: int
    longest: Duration
    """The range or offset that adds most to it."""


def reaches(expr: Expr, known: Callable[[Duration], bool]) -> Iterator[Reach]:
    """How far back each selector looks that has a range, an offset, or a subquery around it, left to right.

    Left out are those with `@`, or with a duration that depends on the query or is not `known`.
    """
    stack: list[tuple[Expr, tuple[Duration, ...], int]] = [(expr, (), 0)]
    while stack:
        node, durations, nearest = stack.pop()
        if isinstance(node, (VectorSelector, MatrixSelector, Subquery)):
            if node.at is not None:
                continue
            if node.offset is not None:
                durations += (node.offset,)
                nearest += node.offset.milliseconds or 0
            if not isinstance(node, VectorSelector):
                durations += (node.range,)
        if isinstance(node, VectorSelector):
            lengths = [(duration.milliseconds, duration) for duration in durations if known(duration)]
            values = [length for length, _ in lengths if length is not None]
            if lengths and len(values) == len(durations):
                longest = max(durations, key=lambda duration: duration.milliseconds or 0)
                yield Reach(node, sum(values), nearest, longest)
            continue
        stack.extend((child, durations, nearest) for child in reversed(children(node)))
