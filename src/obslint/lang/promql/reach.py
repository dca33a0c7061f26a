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
    stack: list[tuple[Expr, _Way]] = [(expr, _Way(0, 0, None))]
    while stack:
        node, way = stack.pop()
        if isinstance(node, (VectorSelector, MatrixSelector, Subquery)):
            if node.at is not None:
                continue
            length = None if isinstance(node, VectorSelector) else node.range
            if any(
                part is not None and (part.milliseconds is None or not known(part)) for part in (node.offset, length)
            ):
                continue
            way = way.past(node.offset, moves=True).past(length, moves=False)
        if not isinstance(node, VectorSelector):
            stack.extend((child, way) for child in reversed(children(node)))
        elif way.longest is not None:
            yield Reach(node, way.farthest, way.nearest, way.longest)


@dataclass(frozen=True, slots=True)
class _Way:
    """What the ranges, offsets and subqueries around a part of an expression add up to."""

    farthest: int
    nearest: int
    longest: Duration | None

    def past(self, duration: Duration | None, *, moves: bool) -> _Way:
        """Farther by a duration, which either moves the whole or only its far end."""
        if duration is None:
            return self
        length = duration.milliseconds or 0
        longer = self.longest is None or length > (self.longest.milliseconds or 0)
        return _Way(self.farthest + length, self.nearest + length * moves, duration if longer else self.longest)
