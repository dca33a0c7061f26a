"""EXP005."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.listening import behind
from obslint.graph.nodes import Port
from obslint.rules.base import Rule

_ROLES = frozenset(("datastore", "object-store", "queue", "search"))


class DatastorePortPublished(Rule[Port]):
    """A database, queue or search port is published on all interfaces.

    Datastores are what scanners look for first; a weak or missing password is found within hours, and Docker's
    published ports bypass the host's firewall rules. Other containers do not need the port to be published. What is for
    development or tests, by its path, name or profile, is left alone.
    """

    code, name, severity = "EXP005", "datastore-port-published", Severity.WARNING
    on = Port

    def check(self, port: Port, graph: Graph) -> Iterator[Claim]:
        service, component = port.service, port.service.component
        if component is None or component.role not in _ROLES or component.unauthenticated:
            return
        listen = behind(port)
        if listen is None or listen.purpose not in ("protocol", "api") or listen.scheme == "udp":
            return
        if port.public is not True or service.development:
            return
        number = f"port {port.host or port.container}" if port.host_given else f"a random port for {port.container}"
        yield self.claim(
            port,
            f"{component.title} of service `{service.name}` is published on {port.bound_to}: "
            f"whoever reaches the host can connect to {number}",
            help=f"bind it to loopback, {port.on_loopback}, or drop the port: containers on its networks need none",
            subject=f"{service.name}:{port.container}",
            proven=port.certain,
        )
