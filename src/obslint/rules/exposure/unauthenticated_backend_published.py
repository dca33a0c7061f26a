"""EXP001."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Port
from obslint.rules.base import Rule


class UnauthenticatedBackendPublished(Rule[Port]):
    """A service without login is published beyond loopback.

    Prometheus, Alertmanager, Loki and their kin ship without authentication: whoever reaches the port can read every
    metric or log, inject their own, or silence every alert. Docker's published ports bypass the host's firewall rules,
    so "only inside" has to be said here. Publish it on 127.0.0.1, drop the port where only other containers need it, or
    put an authenticating proxy in front.
    """

    code, name, severity = "EXP001", "unauthenticated-backend-published", Severity.WARNING
    on = Port

    def check(self, port: Port, graph: Graph) -> Iterator[Claim]:
        service, component, container = port.service, port.service.component, port.container
        if component is None or not component.unauthenticated or port.public is not True or container is None:
            return
        if not any(listen.port in container and listen.scheme != "udp" for listen in component.listens):
            return
        if service.may_be_set(*component.auth_switches):
            return
        yield self.claim(
            port,
            f"{component.title} of service `{service.name}` has no login and is published on {port.bound_to}",
            help=f'bind it to loopback, "127.0.0.1:{port.host or container}:{container}", '
            "or use `expose` if only other containers need it",
            subject=f"{service.name}:{container}",
            proof=Proof.LIKELY if port.defaulted else Proof.PROVEN,
        )
