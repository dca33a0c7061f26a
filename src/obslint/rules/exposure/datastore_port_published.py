"""EXP005."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Port
from obslint.rules.base import Rule

_ROLES = frozenset(("datastore", "object-store", "queue", "search"))
_DEVELOPMENT = re.compile(
    r"(?:^|[/._-])(?:dev|devel|development|local|localhost|test|tests|testing|e2e|ci)(?:[/._-]|$)"
)


class DatastorePortPublished(Rule[Port]):
    """A database, queue or search port is published on all interfaces.

    Datastores are what scanners look for first; a weak or missing password is found within hours, and Docker's
    published ports bypass the host's firewall rules. Other containers do not need the port to be published. Files whose
    name or folder says that they are for development or tests are left alone.
    """

    code, name, severity = "EXP005", "datastore-port-published", Severity.WARNING
    on = Port

    def check(self, port: Port, graph: Graph) -> Iterator[Claim]:
        service, component, container = port.service, port.service.component, port.container
        if component is None or component.role not in _ROLES or container is None or port.public is not True:
            return
        if component.unauthenticated or _DEVELOPMENT.search(port.stack.name):
            return
        listen = next((listen for listen in component.listens if listen.port in container), None)
        if listen is None or listen.purpose not in ("protocol", "api") or listen.scheme == "udp":
            return
        yield self.claim(
            port,
            f"{component.title} of service `{service.name}` is published on {port.bound_to}",
            help=f'bind it to loopback, "127.0.0.1:{port.host or container}:{container}", '
            "or drop the port: containers on its networks reach it without",
            subject=f"{service.name}:{container}",
            proof=Proof.LIKELY if port.defaulted else Proof.PROVEN,
        )
