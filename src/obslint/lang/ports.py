"""The short syntax of a compose file's `ports`: `[[host_ip:][published]:]target[/protocol]`, ports or ranges."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from obslint.lang.interpolation import HOLE

_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?\Z")


@dataclass(frozen=True, slots=True)
class PortRange:
    """First and last port, inclusive."""

    first: int
    last: int

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class PortMapping:
    """What one `ports` item means. None for a part that is not given, `HOLE` text for one that is unknown."""

    host_ip: str | None
    published: PortRange | None
    target: PortRange | None
    protocol: str
    published_given: bool
    """Whether a host port is written at all, known or not; without one Docker picks an ephemeral port."""


def parse_range(text: str) -> PortRange | None:
    """A port or `first-last`; None for anything else, also where the text holds an unknown part."""
    match = _RANGE.match(text.strip())
    if not match:
        return None
    first, last = int(match.group(1)), int(match.group(2) or match.group(1))
    return PortRange(first, last) if first <= last <= 65535 else None


def parse_mapping(text: str) -> PortMapping | None:
    """The parts of a short-syntax item after interpolation; None where no container port can be told apart."""
    body, _, protocol = text.partition("/")
    host_ip: str | None = None
    if body.startswith("["):
        closing = body.find("]:")
        if closing < 0:
            return None
        host_ip, body = body[1:closing], body[closing + 2 :]
        head, colon, target = body.rpartition(":")
        published = head if colon else ""
        return PortMapping(host_ip, parse_range(published), parse_range(target), protocol or "tcp", bool(published))
    head, colon, target = body.rpartition(":")
    if not colon:
        return PortMapping(None, None, parse_range(target), protocol or "tcp", False)
    address, colon, published = head.rpartition(":")
    if colon:
        host_ip = address.strip("[]")
    elif HOLE in head:  # the variable may hold `127.0.0.1:9090` as well as `9090`
        host_ip = HOLE
    return PortMapping(host_ip, parse_range(published), parse_range(target), protocol or "tcp", bool(published))


def is_loopback(host_ip: str) -> bool | None:
    """Whether an address to bind is loopback only; None where it is unknown."""
    if HOLE in host_ip:
        return None
    if host_ip in ("localhost",):
        return True
    try:
        return ipaddress.ip_address(host_ip).is_loopback
    except ValueError:
        return None


def is_public(host_ip: str | None) -> bool | None:
    """Whether a port bound to this address can be reached from beyond the host's own private networks.

    No address means all interfaces. A private, link-local or shared (100.64.0.0/10, as VPNs use) address is a decision
    someone made: not public.
    """
    if host_ip is None or host_ip == "":
        return True
    if HOLE in host_ip:
        return None
    try:
        address = ipaddress.ip_address(host_ip)
    except ValueError:
        return False if host_ip == "localhost" else None
    return address.is_unspecified or address.is_global
