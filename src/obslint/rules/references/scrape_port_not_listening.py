"""REF002."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.exposure import moved_to
from obslint.graph.nodes import Link, Service
from obslint.graph.resolve import listening, sharing
from obslint.knowledge import components, normalise_repository, spoken_on
from obslint.rules.base import Rule

_METRICS_APART = range(9000, 10_000)
"""Where programs by custom serve metrics apart from the rest, without publishing or exposing the port."""
_FILES = frozenset(("bind", "config", "secret"))
# Programs that open the ports their flags name and no other: no plugins, no agents inside, no listeners in a file.
_PLAIN = frozenset(
    ("metrics-store", "log-store", "alert-router", "evaluator", "scraper", "exporter", "prober", "push-gateway")
)


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
        if link.kind != "scrape" or server is None or port is None or link.address.is_loopback:
            return
        if port in server.numbers or port in listening(server):
            return
        group = sharing(server)
        known = {number: why for service in group for number, why in listening(service).items()}
        if port in known or not known or any(port in service.numbers for service in group):
            return
        if any(item.host and port in item.host for service in group for item in service.ports):
            return  # the published port, which REF003 is about
        if server.component is None and spoken_on(port) is not None:
            return  # a wire protocol, which REF005 is about
        verdicts = [_settled(service, port) for service in group]
        if None in verdicts:
            return
        proven = all(verdicts)
        missing = _exporter_of(server, port)
        ports = ", ".join(str(number) for number in sorted(known))
        yield self.claim(
            link,
            f"`{link.address.host}:{port}` is scraped, but {server.title} listens on {ports}"
            + (": the target is down" if proven else f", and nothing here says that it listens on {port}"),
            place=link.host_and_port,
            related=[_evidence(service, known) for service in group],
            help=_help(link, server, known, missing) or _elsewhere(link, server, port, graph),
            subject=f"{link.address.host}:{port}",
            severity=Severity.ERROR if proven else Severity.WARNING,
            proof=Proof.PROVEN if proven else Proof.LIKELY,
        )


def _settled(service: Service, port: int) -> bool | None:
    """Whether the ports on which a container listens are all known: certainly, likely (False), or unknown."""
    component, image = service.component, service.image
    if service.amended.unknown:
        return None
    if component is None or image is None:
        return False if port not in _METRICS_APART and _told(service) else None
    if _exporter_of(service, port):
        return False
    version = image.version
    listens = [item for item in component.listens if item.scheme != "udp" and item.applies_to(version) is not False]
    if not listens or any(item.when != "always" for item in listens):
        return None
    if any(-1 in (number for _, number in moved_to(service, item)) for item in listens):
        return None
    if any(item.keys for item in listens) and any(mount.kind in _FILES for mount in service.mounts):
        return None
    if service.scripted or (service.environment_open and any(item.env for item in listens)):
        return None
    return (
        component.role in _PLAIN
        and normalise_repository(image.repository) in component.images
        and all(item.applies_to(version) for item in listens)
    )


def _told(service: Service) -> bool:
    """Whether all ports it declares are known, and its own settings name one of them."""
    if any(item.container is None for item in service.ports):
        return False
    if not all(exposed.text.partition("/")[0].isdigit() for exposed in service.fact.expose):
        return False
    return not service.numbers.isdisjoint(listening(service))


def _exporter_of(service: Service, port: int) -> str:
    """The exporter whose port this is, where the service is what it would be an exporter of; else empty."""
    for name in service.component.exported_by if service.component else ():
        exporter = components()[name]
        if exporter.exporter is not None and exporter.exporter.port == port:
            return name
    return ""


def _evidence(service: Service, known: Mapping[int, str]) -> Related:
    """Where it stands on which port a service listens."""
    if service.component is not None:
        return Related(service.place, f"{service.component.title} is service `{service.name}` here")
    if service.ports:
        return Related(service.ports[0].place, f"container port {service.ports[0].container} of `{service.name}`")
    if service.fact.expose:
        return Related(service.fact.expose[0].place, f"`{service.name}` exposes {service.fact.expose[0]}")
    return Related(service.place, f"service `{service.name}`")


def _help(link: Link, server: Service, known: Mapping[int, str], exporter: str) -> str:
    """What to scrape instead."""
    host, component = link.address.host, server.component
    if exporter:
        name = exporter.replace("_", "-")
        found = components()[exporter]
        return (
            f"{link.address.port} is the port of {found.title}, which is a program of its own: run `{found.images[0]}` "
            f"as a service, e.g. `{name}`, and scrape `{name}:{link.address.port}`"
        )
    endpoint = (component.exporter or component.metrics) if component else None
    if endpoint is not None and endpoint.port in known:
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
