"""MON003."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Link, Prometheus, Service
from obslint.rules.base import Rule


class ExporterNotScraped(Rule[Service]):
    """An exporter runs, but nobody scrapes it.

    It costs memory and shows its port, and every alert and dashboard on its metrics stays empty. Add a scrape job, or
    remove the service.
    """

    code, name, severity, proof = "MON003", "exporter-not-scraped", Severity.WARNING, Proof.LIKELY
    on = Service

    def check(self, service: Service, graph: Graph) -> Iterator[Claim]:
        component, stack = service.component, service.stack
        if component is None or component.exporter is None or component.exporter.when != "always":
            return
        servers = graph.in_stack(Prometheus, stack)
        if not servers or service.amended.unknown or service.networks & stack.external_networks:
            return
        if stack.open_names is not None or not graph.scrapes_known(stack) or _optional(service, servers):
            return
        if any(_may_reach(link, service, component.exporter.port) for link in graph.all(Link)):
            return
        yield self.claim(
            service,
            f"{component.title} runs as service `{service.name}`, but no scrape job reaches it",
            related=[
                Related(server.fact.jobs_place or server.place, "the jobs of this stack's Prometheus")
                for server in servers
            ],
            help=f"add a scrape job with the target `{service.name}:{component.exporter.port}`, or remove the service",
            subject=service.name,
        )


def _optional(service: Service, servers: list[Prometheus]) -> bool:
    """Whether the exporter is started only with a profile that none of the servers has."""
    profiles = {profile.text for profile in service.fact.profiles}
    started = {profile.text for server in servers if server.service for profile in server.service.fact.profiles}
    return bool(profiles) and not profiles & started


def _may_reach(link: Link, service: Service, port: int) -> bool:
    """Whether a link leads to the exporter; one that is cut off was meant to, which another rule reports."""
    if link.resolution.service is not None:
        return link.resolution.service is service
    if link.resolution.answer.no:
        return False
    published = (mapped.host for mapped in service.ports if mapped.host is not None)
    return (
        link.address.host in service.names
        or link.address.port == port
        or any(link.address.port in host for host in published if link.address.port)
    )
