"""SYN011."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import FileFault
from obslint.rules.base import Rule
from obslint.rules.syntax import refusals


class PrometheusSemanticError(Rule[FileFault]):
    """Every key of a file is right, and the component that loads it refuses it all the same.

    Two scrape jobs or rule groups of one name, a timeout longer than its interval, a password beside a password file, a
    recording rule with `for`, a discovery without its address, a root route with matchers, a receiver whose integration
    has no address here nor in `global`, a time range that ends before it begins; periods of Loki's schema out of order,
    a stage of Promtail that drops and keeps, two sources of one secret in a compose file, two default data sources of
    Grafana: what the components' own validation refuses, when they start and on every reload. The component does not
    start, or keeps running with the configuration it had.
    """

    code, name, severity = "SYN011", "prometheus-semantic-error", Severity.ERROR
    on = FileFault

    def check(self, node: FileFault, graph: Graph) -> Iterator[Claim]:
        if node.fault.sort == "meaning":
            yield from refusals.claims(self, node)
