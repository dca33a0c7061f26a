"""PQL003."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph, series
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.lang.durations import format_duration
from obslint.rules.base import Rule

_EMPTY = frozenset(
    ("rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear", "holt_winters",
     "double_exponential_smoothing")
)  # fmt: skip
"""Without two samples they yield nothing (Prometheus promql/functions.go)."""
_ZERO = frozenset(("changes", "resets"))
"""With one sample they are 0."""


class RateWindowTooShort(Rule[Expression]):
    """A range holds too few samples for the function over it.

    `rate`, `increase`, `delta` and their like compare samples within the range, so it must hold two. A range that is
    not longer than the scrape interval never does: the expression yields nothing, an alert on it cannot fire. Below
    twice the interval it holds two at some moments only; below four times a failed scrape or two leave a gap. The usual
    advice is four times the interval. What counts is the shortest interval among the jobs that the selector can
    match, or of the rule group that records the metric; `$__rate_interval` in dashboards is right by itself.
    """

    code, name, severity = "PQL003", "rate-window-too-short", Severity.ERROR
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        # VictoriaMetrics takes the sample before the range into account; what else reads it is not known
        if expression.tree is None or expression.readers != {"prometheus"}:
            return
        for call in promql.walk(expression.tree):
            if isinstance(call, promql.Call) and call.function in _EMPTY | _ZERO and call.args:
                ranged = call.args[0]
                if isinstance(ranged, promql.MatrixSelector) and ranged.extension is None:
                    yield from self._judge(expression, call, ranged)

    def _judge(self, expression: Expression, call: promql.Call, ranged: promql.MatrixSelector) -> Iterator[Claim]:
        window = ranged.range.milliseconds
        if not window or not expression.written(ranged.range) or ranged.selector.extension is not None:
            return
        known = series.intervals(ranged.selector, expression)
        interval = known.minimum
        if not interval or window >= 4 * interval:
            return
        written, every = format_duration(window), format_duration(interval)
        never = window <= interval
        name = series.metric_name(ranged.selector, expression)
        yield self.claim(
            expression,
            f"{expression.what} uses `{call.function}` over {written} of {f'`{name}`' if name else 'series'} that "
            f"{'get' if not name else 'gets'} a sample every {every}: " + _consequence(call.function, window, interval),
            place=expression.at(ranged.range),
            related=[Related(scalar.place, f"the interval of {every}") for scalar in known.decided[:2]]
            or [Related(server.place, f"no interval is written: it is {every}") for server in expression.servers[:1]],
            help=f"write at least `[{format_duration(4 * interval)}]`, four times the interval",
            subject=f"{call.function}({name or ''}[{written}])",
            proven=never and expression.rule is not None and known.complete.yes,
        )


def _consequence(function: str, window: int, interval: int) -> str:
    if window <= interval:
        return "there are never two to compare, so it " + ("is always 0" if function in _ZERO else "yields nothing")
    if window < 2 * interval:
        return "there are two to compare only at times"
    failures = window // interval - 1
    return "one failed scrape leaves a gap" if failures == 1 else f"{failures} failed scrapes leave a gap"
