"""REF005."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph, faults
from obslint.graph.nodes import Link
from obslint.knowledge import Component, components
from obslint.rules.base import Rule

_PROTOCOLS = {"tcp": "its own protocol", "grpc": "gRPC"}


class ScrapeOfNonHttpPort(Rule[Link]):
    """A scrape target is a port that does not speak HTTP.

    Databases, queues and gRPC receivers answer Prometheus' HTTP request with an error or not at all: the target is down
    for ever, and the server's log fills with broken connections. Scrape an exporter that speaks the protocol, or the
    port on which the program itself serves metrics.
    """

    code, name, severity = "REF005", "scrape-of-non-http-port", Severity.ERROR
    on = Link

    def check(self, link: Link, graph: Graph) -> Iterator[Claim]:
        server, port = link.server, link.address.port
        spoken = faults.not_http(server, port) if port is not None else None
        if faults.fault(link, graph) is not faults.Fault.PROTOCOL or spoken is None:
            return
        component, listen = spoken
        if server is not None and listen is not None:
            proven = listen.when == "always" and not server.amended.unknown
            speaks = f"{component.title} of service `{server.name}` speaks {_PROTOCOLS[listen.scheme]} there, not HTTP"
            related = [Related(server.place, server.introduction)]
        else:
            proven = False
            speaks = f"{port} is the port of {component.title}'s own protocol, which is not HTTP"
            related = [Related(server.place, f"`{link.address.host}` is this service")] if server else []
        yield self.claim(
            link,
            f"`{link.address.host}:{port}` cannot be scraped: {speaks}",
            place=link.host_and_port,
            related=related,
            help=_instead(component, link, graph),
            subject=f"{link.address.host}:{port}",
            proven=proven,
        )


def _instead(component: Component, link: Link, graph: Graph) -> str:
    """What to scrape: an exporter of the stack, the program's own metrics, or an exporter to add."""
    host = link.address.host
    exporters = [components()[name] for name in component.exported_by]
    for service in link.stack.services.values():
        if service.runs(*component.exported_by) and service.component and service.component.exporter:
            scrapes = graph.scrapes_of(service)
            address = f"{service.name}:{service.component.exporter.port}"
            if any(other.job and link.job and other.job.scraper is link.job.scraper for other in scrapes):
                return f"remove the target: its metrics come from `{address}`, which is scraped already"
            return f"scrape `{address}` instead, the {service.component.title} of this stack"
    if component.metrics is not None:
        own = f"`{host}:{component.metrics.port}`, path `{component.metrics.path}`"
        return f"scrape {own}" + (", where that is turned on" if component.metrics.when == "optional" else "")
    if exporters and exporters[0].exporter is not None:
        exporter = exporters[0]
        name = exporter.id.replace("_", "-")
        return (
            f"add {exporter.title} (`{exporter.images[0]}`) as service `{name}`, "
            f"and scrape `{name}:{exporters[0].exporter.port}`"
        )
    return f"scrape the port on which {component.title} serves metrics over HTTP, or remove the target"
