"""On which ports a container listens, as far as image, flags, variables, configuration and compose file tell."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from obslint.findings import Proof
from obslint.graph import configs, containers
from obslint.graph.nodes import Port, Service, Stack
from obslint.knowledge import Listen, normalise_repository
from obslint.lang.ports import is_loopback

_HOPS = 8
"""How often `network_mode` may point on."""
# Programs that open the ports their flags and configuration name and no other: no agents inside, no plugins that serve.
_PLAIN = frozenset(
    ("metrics-store", "log-store", "alert-router", "evaluator", "scraper", "exporter", "prober", "push-gateway",
     "dashboards")
)  # fmt: skip
# Config files in which no port or path can be set.
_NO_SERVER = frozenset(
    ("prometheus", "prometheus-web", "vmagent", "rules", "alertmanager", "grafana-datasources", "grafana-dashboards",
     "grafana-alerting")
)  # fmt: skip
_FILES = frozenset(("bind", "config", "secret"))
"""Mounts that may bring a configuration."""


def moved_to(service: Service, listen: Listen) -> Iterator[tuple[str, int]]:
    """Host and port of every address that flags and variables give instead of the image's own; host may be empty.

    An address that is unknown counts as one nobody reaches: it yields port -1.
    """
    values = [flag.value for flag in service.all_flags(*listen.flags)]
    values += [service.environment[name].value for name in listen.env if name in service.environment]
    for value in values:
        for address in (value or "").split(","):
            host, colon, number = address.rpartition("://")[2].rpartition(":")
            if number.isascii() and number.isdigit() and len(number) < 6:
                yield host.strip("[]"), int(number)
            elif not colon and number and number.replace(".", "").isdigit():
                yield number, listen.port
            else:
                yield "", -1


def addresses(service: Service, listen: Listen) -> list[tuple[str, int]]:
    """Where it listens: at what flags and variables give as in `moved_to`, else at the image's own address."""
    return list(moved_to(service, listen)) or [("127.0.0.1" if listen.loopback else "", listen.port)]


def behind(port: Port) -> Listen | None:
    """What the component listens for on the container's side of a published port.

    None where nothing is known to listen there, or only on the container's own loopback, which a published port does
    not reach. The version is not asked: who publishes the port that is another version's default has configured it.
    """
    service, component = port.service, port.service.component
    if component is None or port.container is None:
        return None
    for listen in component.listens:
        if (listen.scheme == "udp") != (port.protocol.lower() == "udp"):
            continue
        reached = (number for host, number in addresses(service, listen) if not host or is_loopback(host) is False)
        if any(number in port.container for number in reached):
            return listen
    return None


def listening(service: Service) -> Mapping[int, str]:
    """TCP ports a service is known to listen on inside its container, each with the evidence."""
    found: dict[int, str] = {}
    for port, evidence in _listening(service):
        found.setdefault(port, evidence)
    return found


def _listening(service: Service) -> Iterator[tuple[int, str]]:
    component = service.component
    if component is not None:
        for listen in _shipped(service):
            moved = [number for _, number in moved_to(service, listen)]
            for number in moved:
                if number >= 0:
                    yield number, "the flag or variable that sets it"
            if not moved and listen.scheme != "udp":
                yield listen.port, f"the image of {component.title}"
    for listener in service.listeners:
        if not listener.udp and listener.port is not None:
            yield listener.port, f"{listener.what} in {listener.place.path}"
    for port in service.ports:
        if port.container is not None and port.protocol == "tcp":
            for inside in range(port.container.first, min(port.container.last, port.container.first + 100) + 1):
                yield inside, "the container side of `ports`"
    for exposed in service.fact.expose:
        text = exposed.text.partition("/")[0]
        if _is_port(text):
            yield int(text), "`expose`"


def _shipped(service: Service) -> list[Listen]:
    """What the component of a service may listen for, as far as its version and the configuration that was read tell.

    What exists only where the configuration names it is among `Service.listeners` then, or is not.
    """
    component, version = service.component, service.image.version if service.image else None
    return [
        listen
        for listen in (component.listens if component else ())
        if listen.applies_to(version) is not False
        and not (listen.when == "optional" and listen.keys and service.configured)
    ]


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def namespaces(stack: Stack) -> dict[int, list[Service]]:
    """The services of a stack that have one network namespace, by the identity of each of them.

    All of them listen on the same addresses: `network_mode: service:x` and `container:x` take over that of x.
    """
    owners = dict(stack.services)
    for other in stack.services.values():
        if other.fact.container_name is not None:
            owners.setdefault(other.fact.container_name.text, other)
    groups: dict[int, list[Service]] = {}
    for service in stack.services.values():
        owner = service
        for _ in range(_HOPS):
            kind, _, name = owner.network_mode.partition(":")
            if kind not in ("service", "container") or name not in owners:
                break
            owner = owners[name]
        groups.setdefault(id(owner), []).append(service)
    return {id(service): group for group in groups.values() for service in group}


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on which a container listens, whichever services share its network.

    `closed` says that these are all: for certain, likely, or unknown (None).
    """

    services: tuple[Service, ...]
    numbers: frozenset[int]
    closed: Proof | None

    @classmethod
    def of(cls, services: Sequence[Service]) -> Ports:
        """Those of services that share one network namespace."""
        found = frozenset(number for service in services for number in listening(service))
        proofs = [_closed(service) for service in services]
        if None in proofs or all(service.network_mode not in ("", "bridge", "default") for service in services):
            return cls(tuple(services), found, None)  # in the network of something that is not here, or of the host
        return cls(tuple(services), found, Proof.LIKELY if Proof.LIKELY in proofs else Proof.PROVEN)

    def may_include(self, port: int) -> bool:
        """Whether it is one of them, or one that command, variables, health check or a UDP port name."""
        return port in self.numbers or any(
            port in service.numbers or any(_is_udp(item, port) for item in service.ports) for service in self.services
        )

    def exclude(self, port: int) -> bool:
        """Whether nothing listens on the port, as far as the ports are known."""
        return bool(self.numbers) and self.closed is not None and not self.may_include(port)

    def published(self, port: int) -> Port | None:
        """The item of `ports` that publishes this TCP port on the host."""
        items = (item for service in self.services for item in service.ports)
        return next((item for item in items if item.leads_to(port) is not None), None)

    @property
    def listed(self) -> str:
        return ", ".join(str(number) for number in sorted(self.numbers))


def _is_udp(item: Port, port: int) -> bool:
    return item.protocol != "tcp" and any(port in side for side in (item.host, item.container) if side)


def _closed(service: Service) -> Proof | None:
    """How sure it is that a service listens on no other ports than `listening` tells; None where it may well."""
    component, image = service.component, service.image
    if service.amended.unknown:
        return None
    if component is None or image is None:
        declared = all(item.container for item in service.ports) and all(
            _is_port(exposed.text.partition("/")[0]) for exposed in service.fact.expose
        )
        return Proof.LIKELY if declared and (service.ports or service.fact.expose) else None
    listens = [item for item in _shipped(service) if item.scheme != "udp"]
    if not any(item.when == "always" for item in listens):
        return None
    if any(-1 in (number for _, number in moved_to(service, item)) for item in listens):
        return None
    if any(listener.port is None for listener in service.listeners):
        return None
    if any(item.keys for item in listens) and configured(service, service.configured):
        return None
    if service.scripted or (service.environment_open and any(item.env for item in listens)):
        return None
    if component.role not in _PLAIN:
        if any(item.when != "always" for item in listens):
            return None
        files = not service.configured and any(mount.kind in _FILES for mount in service.mounts)
        movable = files and any(item.keys for item in listens)
        return None if movable else Proof.LIKELY
    return Proof.PROVEN if normalise_repository(image.repository) in component.images else Proof.LIKELY


def configured(service: Service, read: Container[str] = ()) -> bool:
    """Whether a configuration may set its ports and paths, other than the image's own and the kinds in `read`."""
    for config in service.component.config if service.component else ():
        if config.kind in _NO_SERVER or config.kind in read:
            continue
        path = configs.config_path(service, config)
        if path is None and service.may_be_set(*config.flags, *config.env):
            return True
        if path is not None and not containers.repository_path(service, path)[1].no:
            return True
    return False
