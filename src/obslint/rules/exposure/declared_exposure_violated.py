"""EXP010."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Port, PublicRoute, Service
from obslint.rules.base import Rule

_MEANS = {
    "internal": "nobody from outside may reach it",
    "admin": "this machine and private networks alone may reach it",
    "loopback": "this machine alone may reach it",
}


class DeclaredExposureViolated(Rule[Service]):
    """A service can be reached by more people than `exposure:` in obslint.yaml allows.

    The setting says for each service who may reach it: `public` is anyone, `admin` this machine and private networks,
    `loopback` this machine alone, `internal` nobody from outside its networks. A published port that goes further, or
    a reverse proxy that shows the service to the world, breaks that promise: bind the port to fewer addresses, drop it,
    or change the declaration if the exposure is meant. Services that publish ports and are not declared are told of
    once. Without the setting the rule is silent.
    """

    code, name, severity = "EXP010", "declared-exposure-violated", Severity.ERROR
    on = Service

    def check(self, service: Service, graph: Graph) -> Iterator[Claim]:
        if not graph.declared.exposure:
            return
        class_ = _declared(service, graph)
        if class_ is None:
            yield from self._undeclared(service, graph)
            return
        if class_ == "public":
            return
        for port in service.ports:
            if _goes_beyond(port, class_):
                yield self.claim(
                    port,
                    f"service `{service.name}` is declared {class_}, {_MEANS[class_]}, but port {_number(port)} is "
                    f"published on {port.bound_to}",
                    help=_help(port, class_, service.name),
                    subject=f"{service.name}:{port.container}",
                    proof=Proof.LIKELY if port.defaulted or service.amended.unknown else Proof.PROVEN,
                    severity=Severity.WARNING if port.defaulted or service.amended.unknown else Severity.ERROR,
                )
        for route in graph.all(PublicRoute):
            if route.server is service and route.entry is not None and not (class_ == "admin" and route.guarded):
                yield self.claim(
                    route,
                    f"service `{service.name}` is declared {class_}, {_MEANS[class_]}, but `{route.proxy.name}` passes "
                    f"requests from outside on to it" + (f" ({route.path})" if route.path else ""),
                    related=[Related(route.entry.place, f"`{route.proxy.name}` is published here")],
                    help=f"take the route away, or declare `{service.name}: public` in obslint.yaml",
                    subject=f"{service.name}:{route.path}",
                )

    def _undeclared(self, service: Service, graph: Graph) -> Iterator[Claim]:
        """One finding for all services of the stack that publish ports and are not declared, at the first of them."""
        others = [
            other
            for other in service.stack.services.values()
            if _declared(other, graph) is None and any(port.loopback is not True for port in other.ports)
        ]
        if others and others[0] is service:
            names = ", ".join(f"`{other.name}`" for other in others)
            yield self.claim(
                service,
                f"{names} publish{'es' if len(others) == 1 else ''} ports, and `exposure` in obslint.yaml does not say "
                "who may reach them",
                help="declare each as public, admin, loopback or internal",
                severity=Severity.INFO,
            )


def _declared(service: Service, graph: Graph) -> str | None:
    """The class of the first pattern that fits the service's name."""
    declared = graph.declared.exposure.items()
    return next((class_ for pattern, class_ in declared if fnmatchcase(service.name, pattern)), None)


def _goes_beyond(port: Port, class_: str) -> bool:
    if port.public is None:
        return False
    if class_ == "internal":
        return True
    return port.public if class_ == "admin" else port.loopback is False


def _number(port: Port) -> str:
    return str(port.host or port.container or "?")


def _help(port: Port, class_: str, name: str) -> str:
    meant = f", or declare another class for `{name}` in obslint.yaml"
    if class_ == "internal":
        return "drop the port; containers on a common network need none" + meant
    return f"bind it to loopback: {port.on_loopback}" + meant
