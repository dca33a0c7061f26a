"""PQL018."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph, series
from obslint.graph.nodes import Expression, Service
from obslint.knowledge import metric_facts
from obslint.lang import promql
from obslint.rules.base import Rule

_ABOUT_EXPORTERS = re.compile(r"exporter|target|scrape|probe|monitor", re.IGNORECASE)


class ExporterUpIsNotServiceUp(Rule[Expression]):
    """An alert takes an exporter that answers for a service that answers.

    `up` says whether Prometheus reached the target. The target of a database is its exporter, which goes on answering
    while the database is down: `up` stays 1 and the alert silent. Exporters say it in a metric of their own, such as
    `pg_up` or `redis_up`, and the blackbox exporter in `probe_success`. It is silent where any rule asks for that
    metric, and where the alert is by its name about exporters or targets.
    """

    code, name, severity, proof = "PQL018", "exporter-up-is-not-service-up", Severity.INFO, Proof.LIKELY
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        tree, rule = expression.tree, expression.rule
        if tree is None or rule is None or not rule.alerting or not expression.servers:
            return
        if _ABOUT_EXPORTERS.search(rule.name.text):
            return
        for found in promql.thresholds(tree):
            selector = _selected(found.value)
            if selector is None or series.metric_name(selector, expression) != "up" or not _is_down(found):
                continue
            exporter = _exporter(selector, expression)
            if exporter is None or exporter.component is None:
                continue
            metrics = metric_facts.service_up(exporter.component.id)
            if not metrics or any(name in graph.asked for name in metrics):
                continue
            yield self.claim(
                expression,
                f"{expression.what} asks for `up` of {exporter.title}, which stays 1 while what it watches is down: "
                f"`{metrics[0]}` tells",
                place=expression.at(selector),
                related=[Related(exporter.place, f"what is scraped is {exporter.title}")],
                help=f"alert on `{metrics[0]} == 0` as well",
                subject=f"up {exporter.name}",
            )


def _selected(expr: promql.Expr) -> promql.VectorSelector | None:
    """The selector that is asked at each moment, or over some time, or of which some series are."""
    while not isinstance(expr, promql.VectorSelector):
        match expr:
            case promql.Paren(expr=inner) | promql.Aggregation(expr=inner):
                expr = inner
            case promql.MatrixSelector(selector=selector):
                return selector
            case promql.Call(function=function, args=(inner,)) if function.endswith("_over_time"):
                expr = inner
            case _:
                return None
    return expr


def _is_down(found: promql.Threshold) -> bool:
    return (found.op in ("==", "<=") and found.limit == 0) or (found.op in ("<", "<=") and 0 < found.limit <= 1)


def _exporter(selector: promql.VectorSelector, expression: Expression) -> Service | None:
    """The first of the services whose `up` it is, if all are known and run the same, and the selector chose them."""
    chosen = any(matcher.op in ("=", "=~") for matcher in selector.matchers)
    found: list[Service] = []
    for server in expression.servers:
        services = series.producers(series.matched(selector, server, expression)) if chosen else None
        if not services:
            return None
        found += services
    kinds = {service.component.id if service.component else None for service in found}
    return found[0] if len(kinds) == 1 else None
