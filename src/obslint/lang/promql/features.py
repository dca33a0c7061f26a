"""What an expression needs of the Prometheus that evaluates it: a version, or a feature flag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from obslint.lang.promql.ast import (
    Aggregation,
    At,
    Binary,
    Call,
    Expr,
    MatrixSelector,
    Subquery,
    VectorSelector,
    walk,
)
from obslint.lang.promql.functions import AGGREGATORS, FUNCTIONS, Function
from obslint.lang.tree import Duration

_EXPERIMENTAL: Final = "promql-experimental-functions"
_COMPUTED: Final = re.compile(r"[-+*/%^()]")


@dataclass(frozen=True, slots=True)
class Need:
    """A part of an expression that not every Prometheus takes; `start` to `end` are code points of the text.

    `since` and `until` are the first minor version with it and the first without, None before 2.24 and still there;
    `feature` is what `--enable-feature` has to name, up to the version `stable`.
    """

    what: str
    start: int
    end: int
    since: str | None
    until: str | None = None
    feature: str | None = None
    stable: str | None = None


def needs(expr: Expr, text: str) -> Iterator[Need]:
    """What the expression needs, parents first; `text` is what it was parsed from.

    The versions of what is no function are those of prometheus/prometheus cmd/prometheus/main.go,
    `setFeatureListOptions`, and docs/feature_flags.md.
    """
    for node in walk(expr):
        match node:
            case Call(function=name, start=start) if (function := FUNCTIONS.get(name)) is not None:
                yield from _of_function(function, start)
            case Aggregation(op=op, start=start) if (known := AGGREGATORS.get(op)) is not None and known.since:
                feature = _EXPERIMENTAL if known.experimental else None
                yield Need(f"`{op}`", start, start + len(op), known.since, None, feature)
            case Binary(matching=matching) if matching is not None:
                if matching.fill_left is not None or matching.fill_right is not None:
                    place = matching.start, matching.end
                    yield Need("the modifier `fill`", *place, "3.10", None, "promql-binop-fill-modifiers")
            case VectorSelector() | MatrixSelector() | Subquery():
                yield from _of_selection(node, text)


def _of_function(function: Function, start: int) -> Iterator[Need]:
    if function.since or function.until:
        feature = _EXPERIMENTAL if function.experimental else None
        end = start + len(function.name)
        yield Need(f"`{function.name}`", start, end, function.since, function.until, feature, function.stable)


def _of_selection(node: VectorSelector | MatrixSelector | Subquery, text: str) -> Iterator[Need]:
    if not isinstance(node, Subquery) and node.extension is not None:
        place = node.start, node.end
        yield Need(f"the modifier `{node.extension}`", *place, "3.7", None, "promql-extended-range-selectors")
    if isinstance(node.at, At):
        yield Need("the modifier `@`", node.at.start, node.at.end, "2.25", None, "promql-at-modifier", "2.33")
    offset = node.offset
    if offset is not None and offset.milliseconds is not None and offset.milliseconds < 0:
        yield Need("a negative offset", offset.start, offset.end, "2.26", None, "promql-negative-offset", "2.33")
    durations = [offset]
    if not isinstance(node, VectorSelector):
        durations.append(node.range)
    if isinstance(node, Subquery):
        durations.append(node.step)
    for duration in durations:
        if duration is not None and _computed(duration, text):
            place = duration.start, duration.end
            yield Need("arithmetic in a duration", *place, "3.4", None, "promql-duration-expr", "3.14")


def _computed(duration: Duration, text: str) -> bool:
    return _COMPUTED.search(text[duration.start : duration.end].lstrip("+-")) is not None
