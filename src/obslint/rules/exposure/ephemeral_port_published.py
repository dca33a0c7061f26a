"""EXP003."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Port
from obslint.rules.base import Rule


class EphemeralPortPublished(Rule[Port]):
    """A port is published without a host port, so Docker picks one.

    `ports: ["9090"]` does not keep the port inside: Docker publishes it on all interfaces, past the host's firewall, at
    a number that changes when the container is made anew, so nobody can rely on it either. Containers of one network
    reach each other without `ports`; `expose` documents what a container listens on. What is scaled to several
    containers needs such ports, and in development and tests they avoid conflicts: these are left alone.
    """

    code, name, severity = "EXP003", "ephemeral-port-published", Severity.WARNING
    on = Port

    def check(self, port: Port, graph: Graph) -> Iterator[Claim]:
        service = port.service
        if port.container is None or port.host_given or port.public is not True:
            return
        if service.may_be_scaled or service.development:
            return
        protocol = "" if port.protocol.lower() == "tcp" else f"/{port.protocol}"
        exposed = f'`expose: ["{port.container}{protocol}"]`'
        many = port.container.first != port.container.last
        yield self.claim(
            port,
            f"port{'s' if many else ''} {port.container}{protocol} of service `{service.name}` "
            f"{'are' if many else 'is'} published on {port.bound_to}, at {'host ports' if many else 'a host port'} "
            "that Docker picks anew for each container",
            help=f"if only containers use it, write {exposed} instead; else give it a host port: {port.on_loopback}",
            subject=f"{service.name}:{port.container}",
            proven=port.certain,
        )
