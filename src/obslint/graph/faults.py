"""What keeps a client from its server: the first thing on the way that fails, so that one cause is one finding.

    the name      nobody bears it                                REF001 for scrapes, REF021 for others
    the network   client and server share none                   REF004
    the port      it is the host's, not the container's          REF003
                  localhost, where the client does not listen    REF033
                  it does not speak HTTP, which scrapes do       REF005
                  nothing listens there                          REF002 for scrapes, REF021 for others

What is asked of a server by its API is looked at, by REF021, where none of this is wrong.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from obslint.findings import Proof
from obslint.graph.graph import Graph
from obslint.graph.listening import Ports, addresses, listening, namespaces
from obslint.graph.nodes import Link, Service
from obslint.knowledge import Component, Listen, components, spoken_on

_METRICS_APART = range(9000, 10_000)
"""Where programs by custom serve metrics apart from the rest, without publishing or exposing the port."""
_PROTOCOLS = frozenset(("tcp", "grpc"))
"""Schemes of what does not answer HTTP requests."""
# Variables that hold an address for browsers, for redirects or to compare with, to which nothing connects by itself.
_NOT_DIALLED = re.compile(
    r"ORIGIN|CORS|ALLOW|REFERER|CALLBACK|REDIRECT|ROOT_URL|PUBLIC|EXTERNAL|ADVERTIS|ISSUER|BROWSER|FRONTEND|DOMAIN|"
    r"HOSTNAME|SITE|BASE_URL|APP_URL|WEB_URL|SERVER_URL|SELF|LISTEN|BIND|PROXY",
    re.IGNORECASE,
)
# Variables in which telemetry SDKs and clients of the monitoring take the address they connect to.
_TELEMETRY = re.compile(
    r"OTEL_EXPORTER_\w+_ENDPOINT|"
    r"(?:LOKI|PROMETHEUS|PUSHGATEWAY|ALERTMANAGER|TEMPO|JAEGER|ZIPKIN|PYROSCOPE)_(?:\w+_)?(?:URL|ENDPOINT|ADDRESS|HOST)"
)


class Fault(enum.Enum):
    """What is wrong with a link."""

    NAME = "nobody bears the name"
    NETWORK = "client and server share no network"
    HOST_PORT = "the port is the one published on the host"
    LOCALHOST = "localhost is the client's own container, which does not listen there"
    PROTOCOL = "the port does not speak HTTP"
    PORT = "nothing listens on the port"


@dataclass(slots=True)
class _Known:
    """What was found out of one graph, by the identity of its links, services and stacks."""

    faults: dict[int, Fault | None] = field(default_factory=dict)
    ports: dict[int, Ports] = field(default_factory=dict)
    namespaces: dict[int, dict[int, list[Service]]] = field(default_factory=dict)


_known: WeakKeyDictionary[Graph, _Known] = WeakKeyDictionary()


def fault(link: Link, graph: Graph) -> Fault | None:
    """What is wrong with a link; None where nothing is known to be. Asked only of a graph that is built."""
    known = _known.setdefault(graph, _Known()).faults
    if id(link) not in known:
        known[id(link)] = _fault(link, graph)
    return known[id(link)]


def ports(service: Service, graph: Graph) -> Ports:
    """The ports of the container in which a service runs. Asked only of a graph that is built."""
    known, stack = _known.setdefault(graph, _Known()), service.stack
    if id(service) not in known.ports:
        if id(stack) not in known.namespaces:
            known.namespaces[id(stack)] = namespaces(stack)
        known.ports[id(service)] = Ports.of(known.namespaces[id(stack)][id(service)])
    return known.ports[id(service)]


def _fault(link: Link, graph: Graph) -> Fault | None:
    if link.resolution.answer.no:
        return Fault.NETWORK if link.resolution.separated else Fault.NAME
    port, scrape = link.address.port, link.kind == "scrape"
    if port is None:
        return None
    if _is_host_port(link, port, graph):
        return Fault.HOST_PORT
    if link.address.is_loopback and _is_not_at_home(link, port, graph):
        return Fault.LOCALHOST
    if scrape and not_http(link.server, port) is not None:
        return Fault.PROTOCOL
    refused = _refuses_scrape(link, port, graph) if scrape else _refuses(link, port, graph)
    return Fault.PORT if refused else None


def _is_host_port(link: Link, port: int, graph: Graph) -> bool:
    server = link.server
    if server is None or (link.kind == "variable" and server is link.client):  # a root URL: what browsers call it
        return False
    inside = ports(server, graph)
    return inside.published(port) is not None and not inside.may_include(port)


def _is_not_at_home(link: Link, port: int, graph: Graph) -> bool:
    client = link.client
    if client is None or (link.kind == "variable" and not _TELEMETRY.fullmatch(link.variable)):
        return False
    inside = ports(client, graph)
    return inside.exclude(port) and inside.published(port) is None


def not_http(server: Service | None, port: int) -> tuple[Component, Listen | None] | None:
    """Whose protocol other than HTTP is spoken on a port, for certain where there is a `Listen` of a known server.

    None where HTTP, or nothing known, may answer.
    """
    component = server.component if server else None
    if server is None or component is None:
        usual = spoken_on(port)
        return (usual, None) if usual is not None else None
    if port in (endpoint.port for endpoint in (component.metrics, component.exporter) if endpoint):
        return None
    for listen in component.listens:
        if listen.scheme in _PROTOCOLS and port in (number for _, number in addresses(server, listen)):
            return component, listen
    return None


def exporter_of(server: Service, port: int) -> Component | None:
    """The exporter whose port this is, where the server is what it would be an exporter of."""
    exporters = (components()[name] for name in (server.component.exported_by if server.component else ()))
    return next((found for found in exporters if found.exporter is not None and found.exporter.port == port), None)


def _refuses_scrape(link: Link, port: int, graph: Graph) -> bool:
    server = link.server
    if server is None or link.address.is_loopback:
        return False
    inside = ports(server, graph)
    if exporter_of(server, port) is not None and len(inside.services) == 1:
        return not inside.may_include(port) and not server.amended.unknown
    return inside.exclude(port) and not any(_may_serve_apart(service, port) for service in inside.services)


def _may_serve_apart(service: Service, port: int) -> bool:
    """Whether a program that is not known may serve metrics on a port it does not declare.

    It is not taken to where its own settings name one of the ports that it declares.
    """
    if service.component is not None and service.image is not None:
        return False
    return port in _METRICS_APART or service.numbers.isdisjoint(listening(service))


def _refuses(link: Link, port: int, graph: Graph) -> bool:
    server = link.server
    if server is None or server is link.client or link.address.is_loopback or not is_dialled(link):
        return False
    inside = ports(server, graph)
    if not inside.exclude(port):
        return False
    # What is merely likely needs a client that is sure, and no other that vouches for the port by asking there, too.
    return inside.closed is Proof.PROVEN or (is_used(link) and graph.asked_on(server, port) <= {link.kind})


def is_dialled(link: Link) -> bool:
    """Whether the client itself connects to the address, as far as a variable's name tells."""
    return link.kind != "variable" or not _NOT_DIALLED.search(link.variable)


def is_used(link: Link) -> bool:
    """Whether the client uses the address for sure; who reads a variable is not known."""
    return link.certain and link.kind != "variable"
