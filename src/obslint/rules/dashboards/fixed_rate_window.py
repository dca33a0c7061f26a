"""DSH006."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from obslint.facts.grafana import Query
from obslint.findings import Claim, Place, Severity
from obslint.graph import Graph
from obslint.graph.dashboards import asked
from obslint.graph.nodes import DashboardFile
from obslint.lang import grafana_variables, promql
from obslint.rules.base import Rule

_RATES = ("rate", "irate")
_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Settings:
    """Which windows are taken for mistakes."""

    minutes: int = field(default=60, metadata={"help": "Windows of this many minutes and more are meant, and left."})


class FixedRateWindow(Rule[DashboardFile]):
    """A graph takes the rate over a window that is written out.

    A graph has a point for each step, and the step grows with the time that is shown. With `rate(x[5m])` a day is drawn
    from points that are further apart than five minutes: what happens between the windows is not seen. With a shorter
    scrape interval the window is longer than it needs to be, and spikes are flattened. `$__rate_interval` (Grafana 7.2)
    is at least the step, and at least four times the scrape interval that is set for the data source.

    Queries for one moment and windows of an hour or more, which are meant, are left alone.
    """

    code, name, severity = "DSH006", "fixed-rate-window", Severity.INFO
    on = DashboardFile
    enabled = False
    options = Settings()

    def check(self, node: DashboardFile, graph: Graph) -> Iterator[Claim]:
        for panel in node.fact.panels:
            for query in panel.queries:
                ref = asked(panel, query)
                if query.instant or (ref is not None and ref.type not in (None, "prometheus")):
                    continue
                for function, window, place in _fixed(query, self.options.minutes * _MINUTE):
                    yield self.claim(
                        node,
                        f"panel `{panel.title or panel.type}` takes `{function}` over a fixed `[{window}]`: "
                        "zoomed out, what happens between two points is not seen",
                        place=place,
                        help="write `[$__rate_interval]`",
                        subject=f"{panel.title}:{query.expr}",
                    )


def _fixed(query: Query, limit: int) -> Iterator[tuple[str, str, Place]]:
    """Rates over a window shorter than `limit` milliseconds that is written out: function, window and its place."""
    if query.expr is None or not any(f"{name}(" in query.expr.text for name in _RATES):
        return
    substitution = grafana_variables.substitute(query.expr.text)
    try:
        tree = promql.parse(substitution.text)
    except promql.SyntaxProblem:
        return
    for call in promql.walk(tree):
        if not isinstance(call, promql.Call) or call.function not in _RATES or len(call.args) != 1:
            continue
        (over,) = call.args
        if not isinstance(over, promql.MatrixSelector) or over.range.milliseconds is None:
            continue
        if over.selector.metric_name is None:
            continue  # LogQL reads like that, and the old form of a data source does not tell
        window = over.range
        if over.range.milliseconds < limit and not substitution.touches(window.start, window.end):
            text = query.expr.text[window.start : window.end]
            yield call.function, text, query.expr.place.within(window.start, window.end)
