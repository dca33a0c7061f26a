"""MON001."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Link, Prometheus, Service
from obslint.rules.base import Rule

PORT = 9090


class NoSelfScrape(Rule[Prometheus]):
    """No job scrapes this Prometheus.

    Failed reloads, rule evaluations that miss their turn, a full disk and rejected samples all show first in
    Prometheus' own metrics. Without a job for itself nobody can alert on them.
    """

    code, name, severity, proof = "MON001", "no-self-scrape", Severity.WARNING, Proof.LIKELY
    on = Prometheus

    def check(self, server: Prometheus, graph: Graph) -> Iterator[Claim]:
        service = server.service
        if service is None or not service.runs("prometheus") or server.agent or not server.jobs:
            return
        near = [
            other.stack
            for other in graph.all(Prometheus)
            if other.service and other.service.networks & service.networks
        ]
        if not all(graph.scrapes_known(stack) for stack in (service.stack, *near)):
            return
        if any(link.kind == "scrape" and _may_reach(link, service) for link in graph.all(Link)):
            return
        taken = any(job.name == "prometheus" for job in server.jobs)
        yield self.claim(
            server,
            f"no scrape job reaches Prometheus itself (service `{service.name}`)",
            place=server.fact.jobs_place,
            help=f"add `- job_name: {'prometheus-self' if taken else 'prometheus'}` "
            f"with `static_configs: [{{targets: ['localhost:{PORT}']}}]`",
            subject=service.name,
        )


def _may_reach(link: Link, service: Service) -> bool:
    """Whether a scrape reaches this server, by its port inside or by one it is published on."""
    if link.server is not None:
        return link.server is service and (link.address.port == PORT or service.may_be_set("web.listen-address"))
    published = (port.host for port in service.ports if port.host is not None)
    return link.address.port == PORT or any(link.address.port in host for host in published if link.address.port)
