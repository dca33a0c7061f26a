"""DSH007."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts.grafana import Panel, Query
from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.dashboards import asked
from obslint.graph.nodes import DashboardFile
from obslint.lang import promql
from obslint.rules.base import Rule

_WORD = re.compile(r"(?<![\w.])[A-Za-z_:][\w:]*")
_KEYWORDS = frozenset(("and", "or", "unless", "bool", "on", "ignoring", "by", "without", "inf", "nan"))
_CALLABLE = promql.FUNCTIONS.keys() | promql.AGGREGATORS.keys() | _KEYWORDS
_EXPRESSION = frozenset(("__expr__", "-100"))
_SHOWN = 60


class ConstantPanel(Rule[DashboardFile]):
    """A panel shows a number that is written into it.

    No query of the panel selects a series: `vector(99.9)`, `42`, `1 + 1`. The panel looks like a measurement and will
    look the same during an outage. Ask for the series that is meant, or use a text panel. A constant beside a query
    that selects series, such as a threshold line, is left alone, and so are the time and values of variables.
    """

    code, name, severity = "DSH007", "constant-panel", Severity.WARNING
    on = DashboardFile

    def check(self, node: DashboardFile, graph: Graph) -> Iterator[Claim]:
        for panel in node.fact.panels:
            query = _constant(panel)
            if query is None or query.expr is None:
                continue
            text = " ".join(query.expr.text.split())
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
            yield self.claim(
                node,
                f"panel `{panel.title or panel.type}` shows `{shown}`, a number that stands in the dashboard: no query "
                "of it selects a series",
                place=query.expr.place,
                help="select the series that is meant, or say it in a text panel",
                subject=f"{panel.title}:{text}",
            )


def _constant(panel: Panel) -> Query | None:
    """The first query that is drawn, where none of the panel's depends on any data."""
    drawn: Query | None = None
    for query in panel.queries:
        ref = asked(panel, query)
        if ref is not None and (ref.type in _EXPRESSION or ref.value.text in _EXPRESSION):
            continue  # works on the results of the other queries
        if query.expr is None or (ref is not None and ref.type not in (None, "prometheus")):
            return None
        if not query.expr.text.strip():
            continue
        if not _without_data(query.expr.text):
            return None
        if drawn is None and not query.hidden:
            drawn = query
    return drawn


def _without_data(text: str) -> bool:
    """Whether it is PromQL that gives the same at any time, whatever Prometheus holds."""
    if any(mark in text for mark in "{[$") or any(word.lower() not in _CALLABLE for word in _WORD.findall(text)):
        return False
    try:
        tree = promql.parse(text)
    except promql.SyntaxProblem:
        return False
    for part in promql.walk(tree):
        if isinstance(part, promql.VectorSelector):
            return False
        if isinstance(part, promql.Call) and not part.args and part.function != "pi":
            return False  # `time()`, `hour()` and the like
    return True
