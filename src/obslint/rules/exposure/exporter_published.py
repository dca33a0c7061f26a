"""EXP002."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Port
from obslint.rules.base import Rule


class ExporterPublished(Rule[Port]):
    """An exporter publishes a host port although its scraper shares a network with it.

    Prometheus reaches the exporter inside the network; the published port serves nobody but strangers, and what it
    shows (hosts, databases, queries, versions) is a map for them. Drop the port, or bind it to 127.0.0.1. Exporters
    that also let their caller steer them are EXP001's; what is for development or tests is left alone.
    """

    code, name, severity = "EXP002", "exporter-published", Severity.WARNING
    on = Port

    def check(self, port: Port, graph: Graph) -> Iterator[Claim]:
        service, component, container = port.service, port.service.component, port.container
        if component is None or component.exporter is None or component.unauthenticated or container is None:
            return
        if port.public is not True or port.protocol.lower() == "udp" or service.development:
            return
        if service.may_be_set(*component.auth_switches):
            return
        scrape = next(
            (link for link in graph.scrapes_of(service) if (link.address.port or 0) in container),
            None,
        )
        if scrape is None or scrape.client is None:
            return
        yield self.claim(
            port,
            f"{component.title} of service `{service.name}` is published on {port.bound_to}, "
            f"though {scrape.client.title} scrapes it inside their network",
            related=[Related(scrape.place, f"scraped here as `{scrape.written}`")],
            help=f"drop this port, or bind it to loopback: {port.on_loopback}",
            subject=f"{service.name}:{container}",
            proven=not port.defaulted,
        )
