"""EXP001."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.listening import behind
from obslint.graph.nodes import Port
from obslint.rules.base import Rule

# What whoever reaches the port can do: by what the port is for, else by what the component is for.
_BY_PURPOSE = {
    "push": "send it telemetry",
    "cluster": "talk to its cluster",
    "admin": "steer it",
    "debug": "look inside",
}
_BY_ROLE = {
    "metrics-store": "read every metric",
    "log-store": "read every log line",
    "trace-store": "read every trace",
    "profile-store": "read every profile",
    "alert-router": "silence every alert",
    "evaluator": "read every rule and alert",
    "scraper": "push metrics through it",
    "dashboards": "read every dashboard",
    "push-gateway": "push and delete metrics",
    "prober": "probe whatever it reaches",
    "exporter": "read what it measures",
}


class UnauthenticatedBackendPublished(Rule[Port]):
    """A service without login is published beyond loopback.

    Prometheus, Alertmanager, Loki and their kin ship without authentication: whoever reaches the port can read every
    metric or log, inject their own, or silence every alert. Docker's published ports bypass the host's firewall rules,
    so "only inside" has to be said here. Publish it on 127.0.0.1, drop the port where only other containers need it, or
    put an authenticating proxy in front. What is for development or tests, by its path, name or profile, is an info.
    What a flag lets strangers do beyond that, such as deleting series, EXP004 tells at the flag.
    """

    code, name, severity = "EXP001", "unauthenticated-backend-published", Severity.WARNING
    on = Port

    def check(self, port: Port, graph: Graph) -> Iterator[Claim]:
        service, component = port.service, port.service.component
        if component is None or not component.unauthenticated or port.public is not True:
            return
        listen = behind(port)
        if listen is None or listen.scheme == "udp" or service.may_be_set(*component.auth_switches):
            return
        if listen.purpose in ("health", "sampling") or (listen.purpose == "metrics" and component.exporter is None):
            return  # the component's figures about itself
        can = _BY_PURPOSE.get(listen.purpose) or _BY_ROLE.get(component.role, "use it")
        for admin in component.admin:
            shipped = not admin.flags and not admin.features
            if shipped and not service.may_be_set(*admin.closed_by):
                can += f" and {admin.can}"
        version = service.image.version if service.image else None
        usual = listen.when == "always" and listen.applies_to(version) is not False
        yield self.claim(
            port,
            f"{component.title} of service `{service.name}` has no login, and port {port.shown} is published on "
            f"{port.bound_to}: whoever reaches the host can {can}",
            help=f"bind it to loopback, {port.on_loopback}, or use `expose` if only other containers need it",
            subject=f"{service.name}:{port.container}",
            severity=Severity.INFO if service.development else None,
            proven=usual and port.certain,
        )
