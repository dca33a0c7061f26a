"""RET008."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.common import Scalar
from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.graph.retention import Retention, retention
from obslint.lang import promql
from obslint.lang.durations import format_duration, grafana_span
from obslint.rules.base import Rule


class QueryExceedsRetention(Rule[Expression]):
    """An expression looks farther back than its store keeps samples.

    `avg_over_time(x[30d])` on a Prometheus that keeps 15 days is the average of 15 days, and `x offset 30d` finds
    nothing: neither says so. Ranges, offsets and subqueries add up, in panels also a time range and a time shift of
    their own. What counts is the retention of the Prometheus or VictoriaMetrics that evaluates the expression, by time;
    one that reads a remote store is left alone.
    """

    code, name, severity = "RET008", "query-exceeds-retention", Severity.WARNING
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        if expression.tree is None or not expression.servers:
            return
        found = list(promql.reaches(expression.tree, expression.written))
        farthest = max(found, key=lambda reach: reach.farthest, default=None)
        shown, shifted, place = _panel(expression)
        inside = farthest.farthest if farthest is not None else 0
        reach = inside + shown + shifted
        if not reach:
            return
        kept = retention(expression)
        if kept.milliseconds is None or reach <= kept.milliseconds:
            return
        if farthest is not None and inside > kept.milliseconds:
            place, nearest = expression.at(farthest.longest), farthest.nearest + shifted
        elif place is not None and expression.panel is not None and _first(expression):
            nearest = shifted
        else:
            return
        sees = "finds nothing" if nearest >= kept.milliseconds else "sees only what is left of them"
        yield self.claim(
            expression,
            f"{expression.what} looks back {format_duration(reach)}, but samples are kept for "
            f"{format_duration(kept.milliseconds)}: it {sees}",
            place=place,
            related=_decided(kept),
            help=f"look back no farther than {format_duration(kept.milliseconds)}, or keep samples for longer",
            subject=f"{format_duration(reach)}",
        )


def _panel(expression: Expression) -> tuple[int, int, Place | None]:
    """The time range of its own and the time shift of a panel, in milliseconds, and where the longer one is written."""
    panel = expression.panel
    if panel is None:
        return 0, 0, None
    shown, shifted = _span(panel.time_from), _span(panel.time_shift)
    decides = panel.time_from if shown >= shifted else panel.time_shift
    return shown, shifted, decides.place if decides is not None else None


def _span(written: Scalar | None) -> int:
    try:
        return grafana_span(written.text) if written is not None else 0
    except ValueError:
        return 0


def _first(expression: Expression) -> bool:
    """Whether it is the first query of its panel, which speaks for all."""
    queries = [query.expr for query in expression.panel.queries if query.expr] if expression.panel else []
    return bool(queries) and queries[0].place == expression.place


def _decided(kept: Retention) -> list[Related]:
    return [Related(kept.place, f"{kept.why} decides how long")] if kept.place is not None else []
