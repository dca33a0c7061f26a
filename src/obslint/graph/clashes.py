"""What two services of a stack cannot both have: a host port, a container name; and whether both run at all."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from obslint.findings import Place
from obslint.graph import nodes
from obslint.graph.answers import Answer, no, unknown, yes
from obslint.graph.listening import addresses
from obslint.lang.interpolation import HOLE
from obslint.lang.ports import PortRange

_BRIDGED = ("", "bridge", "default")
_MANY = 20
"""Others that a service is compared with: a file written by hand never has more that want one port or name."""


def together(one: nodes.Service, other: nodes.Service) -> Answer:
    """Whether two services are started by one `docker compose up`, if need be with a profile that is enabled for it.

    Services without profiles always are. Two with different profiles may never be: it is not known which are enabled.
    """
    for service in (one, other):
        if service.fact.replicas is not None and service.fact.replicas.text == "0":
            return no(f"`{service.name}` has no replicas")
    for first, second in ((one, other), (other, one)):
        for dependency in first.fact.depends_on:
            condition = dependency.condition.text if dependency.condition else ""
            if dependency.service.text == second.name and condition == "service_completed_successfully":
                return no(f"`{first.name}` waits until `{second.name}` has ended")
    profiles, others = ({profile.text for profile in service.fact.profiles} for service in (one, other))
    if profiles and others and profiles.isdisjoint(others):
        return unknown(f"`{one.name}` and `{other.name}` have different profiles")
    needed = sorted((profiles & others) or profiles | others)
    return yes(f"profile `{needed[0]}` is enabled") if needed else yes()


def find(stack: nodes.Stack) -> Iterator[nodes.Clash]:
    """Every host port and container name that a service of the stack wants after another one."""
    yield from _names(stack)
    uses = [use for service in stack.services.values() for use in _uses(service)]
    rank = {id(use): index for index, use in enumerate(uses)}
    current: list[_Use] = []
    told: set[int] = set()
    for use in sorted(uses, key=lambda use: (use.protocol, use.ports.first)):
        current = [one for one in current if one.protocol == use.protocol and one.ports.last >= use.ports.first]
        for one in current:
            other, later = sorted((one, use), key=lambda each: rank[id(each)])
            if id(later) in told or other.service is later.service or not other.meets(later):
                continue
            answer = together(other.service, later.service)
            if answer.yes:
                told.add(id(later))
                yield _clash(later, other, use.ports.first, answer)
        if len(current) < _MANY:
            current.append(use)


@dataclass(frozen=True, slots=True)
class _Use:
    """One port, or one range, of the host that a service takes."""

    service: nodes.Service
    place: Place
    ports: PortRange
    protocol: str
    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    sure: bool

    def meets(self, other: _Use) -> bool:
        """Whether both addresses cannot be bound at once: the same one, or all addresses and one of them."""
        one, two = self.address, other.address
        return one.version == two.version and (one == two or one.is_unspecified or two.is_unspecified)


def _uses(service: nodes.Service) -> Iterator[_Use]:
    if service.host_network:
        yield from _on_host_network(service)
    if service.network_mode not in _BRIDGED:
        return
    for port in service.ports:
        address = _address(port.host_ip)
        if port.host is None or not port.host_given or address is None or HOLE in port.protocol:
            continue
        inside = port.container
        if port.host.first != port.host.last and (inside is None or inside.first == inside.last):
            continue  # Docker takes whichever port of the range is free
        sure = not port.defaulted and service.amended.no
        yield _Use(service, port.place, port.host, port.protocol.lower(), address, sure)


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address to bind, all of IPv4 where none is given; None where it is unknown."""
    try:
        return ipaddress.ip_address(text or "0.0.0.0")
    except ValueError:
        return None


def _on_host_network(service: nodes.Service) -> Iterator[_Use]:
    """Ports that a program on the host's network is known to listen on."""
    component, version = service.component, service.image.version if service.image else None
    if component is None or service.scripted:
        return
    for listen in component.listens:
        if listen.when != "always" or listen.scheme == "udp" or listen.keys or listen.applies_to(version) is not True:
            continue
        if listen.env and service.environment_open:
            continue
        for host, number in addresses(service, listen):
            address = _address(host)
            if number > 0 and address is not None:
                yield _Use(service, service.place, PortRange(number, number), "tcp", address, False)


def _clash(use: _Use, other: _Use, number: int, answer: Answer) -> nodes.Clash:
    return nodes.Clash(
        stack=use.service.stack,
        place=use.place,
        service=use.service,
        other=other.service,
        other_place=other.place,
        what="port",
        wanted=f"{number}" if use.protocol == "tcp" else f"{number}/{use.protocol}",
        together=answer,
        sure=use.sure and other.sure,
    )


def _names(stack: nodes.Stack) -> Iterator[nodes.Clash]:
    first: dict[str, list[nodes.Service]] = {}
    for service in stack.services.values():
        name = service.fact.container_name
        if name is None:
            continue
        earlier = first.setdefault(name.text, [])
        for other in earlier[:_MANY]:
            answer = together(other, service)
            if answer.yes and other.fact.container_name is not None:
                sure = service.amended.no and other.amended.no
                where = other.fact.container_name.place
                yield nodes.Clash(stack, name.place, service, other, where, "name", name.text, answer, sure)
                break
        earlier.append(service)
