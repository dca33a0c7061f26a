"""Between which values the series lie that a selector finds: what is proven of them, and what is most likely."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from obslint.graph import nodes, series
from obslint.knowledge import metric_facts, metrics
from obslint.lang import promql
from obslint.lang.promql.bounds import Bounds

_STATE: Final = Bounds(0, 1)
_COUNTED: Final = Bounds(0, math.inf)
_COUNTERS: Final = re.compile(r".*_(?:total|count|bucket)")
"""Names of counters by convention (prometheus.io/docs/practices/naming)."""
_RATES: Final = frozenset(("rate", "irate", "increase"))


def proven(expression: nodes.Expression) -> Callable[[promql.VectorSelector], Bounds | None]:
    """What no data can change: `up` is 0 or 1, and what is called a counter is never negative."""

    def of_series(selector: promql.VectorSelector) -> Bounds | None:
        name = series.metric_name(selector, expression)
        if name == "up":
            return _STATE
        return _COUNTED if name is not None and _COUNTERS.fullmatch(name) else None

    return of_series


def likely(expression: nodes.Expression) -> Callable[[promql.VectorSelector], Bounds | None]:
    """What is known of well-known metrics besides; what a rate is taken of is taken for a counter."""
    rated = {
        id(argument.selector)
        for call in (promql.walk(expression.tree) if expression.tree is not None else ())
        if isinstance(call, promql.Call) and call.function in _RATES
        for argument in call.args
        if isinstance(argument, promql.MatrixSelector)
    }
    sure = proven(expression)

    def of_series(selector: promql.VectorSelector) -> Bounds | None:
        name = series.metric_name(selector, expression)
        values = metric_facts.values(name) if name is not None else None
        if values is not None:
            return Bounds(min(values), max(values))
        if id(selector) in rated or (name is not None and metrics.series_type(name) == "counter"):
            return _COUNTED
        return sure(selector)

    return of_series
