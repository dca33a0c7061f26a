"""MON001."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Link, Prometheus
from obslint.rules.base import Rule


class NoSelfScrape(Rule[Prometheus]):
    """No job scrapes this Prometheus.

    Failed reloads, rule evaluations that miss their turn, a full disk and rejected samples all show first in
    Prometheus' own metrics. Without a job for itself nobody can alert on them.
    """

    code, name, severity = "MON001", "no-self-scrape", Severity.WARNING
    on = Prometheus

    def check(self, server: Prometheus, graph: Graph) -> Iterator[Claim]:
        service = server.service
        if service is None or not service.runs("prometheus") or server.agent or service.amended.unknown:
            return
        if server.fact.scrape_config_files or not server.jobs:
            return
        for other in graph.all(Prometheus):
            if any(not job.static for job in other.jobs):
                return  # a discovery may find it
        for link in graph.all(Link):
            if link.kind != "scrape":
                continue
            if link.server is service or (link.resolution.answer.unknown and link.address.port == 9090):
                return
        yield self.claim(
            server,
            f"no scrape job reaches Prometheus itself (service `{service.name}`)",
            place=server.fact.jobs_place,
            help="add `- job_name: prometheus` with `static_configs: [{targets: ['localhost:9090']}]`",
            subject=service.name,
        )
