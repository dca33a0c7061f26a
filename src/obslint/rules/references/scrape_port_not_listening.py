"""REF002."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph, faults
from obslint.graph.listening import Ports
from obslint.graph.nodes import Link, Service
from obslint.knowledge import Component
from obslint.rules.base import Rule


class ScrapePortNotListening(Rule[Link]):
    """A scrape target names a port on which its container does not listen.

    The host is found, but the connection is refused: the target is down for ever, and alerts on its metrics stay
    silent. Where the image is known and nothing here can move its ports, that is certain. Of other images it is likely
    where command, variables or health check agree with `ports` or `expose` on another port.
    """

    code, name, severity = "REF002", "scrape-port-not-listening", Severity.ERROR
    on = Link

    def check(self, link: Link, graph: Graph) -> Iterator[Claim]:
        server, port = link.server, link.address.port
        if (
            link.kind != "scrape"
            or faults.fault(link, graph) is not faults.Fault.PORT
            or server is None
            or port is None
        ):
            return
        inside, missing = faults.ports(server, graph), faults.exporter_of(server, port)
        proven = inside.closed is Proof.PROVEN and missing is None
        yield self.claim(
            link,
            f"`{link.address.host}:{port}` is scraped, but {server.title} listens on {inside.listed}"
            + (": the target is down" if proven else f", and nothing here says that it listens on {port}"),
            place=link.host_and_port,
            related=[_evidence(service) for service in inside.services],
            help=_help(link, server, inside, missing) or _elsewhere(link, server, port, graph),
            subject=f"{link.address.host}:{port}",
            proven=proven,
        )


def _evidence(service: Service) -> Related:
    """Where it stands on which port a service listens."""
    if service.component is not None:
        return Related(service.place, service.introduction)
    if service.ports:
        return Related(service.ports[0].place, f"container port {service.ports[0].container} of `{service.name}`")
    if service.fact.expose:
        return Related(service.fact.expose[0].place, f"`{service.name}` exposes {service.fact.expose[0]}")
    return Related(service.place, f"service `{service.name}`")


def _help(link: Link, server: Service, inside: Ports, exporter: Component | None) -> str:
    """What to scrape instead."""
    host, component = link.address.host, server.component
    if exporter is not None:
        name = exporter.id.replace("_", "-")
        return (
            f"{link.address.port} is the port of {exporter.title}, which is a program of its own: "
            f"run `{exporter.images[0]}` as a service, e.g. `{name}`, and scrape `{name}:{link.address.port}`"
        )
    endpoint = (component.exporter or component.metrics) if component else None
    if endpoint is not None and endpoint.port in inside.numbers:
        return f"scrape `{host}:{endpoint.port}`, path `{endpoint.path}`"
    return ""


def _elsewhere(link: Link, server: Service, port: int, graph: Graph) -> str:
    """A service of nearly that name that listens there, where there is one."""
    client = link.client
    near = [
        service.name
        for service in graph.listening_on(link.stack, port)
        if client is not None and service is not server and service.networks & client.networks
        if service.name.lower() in service.names
    ]
    close = get_close_matches(link.address.host, near, 1, 0.6)
    if close:
        return f"did you mean `{close[0]}:{port}`, which listens there?"
    return f"scrape the port on which `{server.name}` serves its metrics, or make it listen on {port}"
