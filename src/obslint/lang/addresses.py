"""Addresses: `host:port` of a scrape target and the host, port and path of a URL."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

DEFAULT_PORTS = {"http": 80, "https": 443, "grpc": 443}
HOST_ALIASES = frozenset(("host.docker.internal", "gateway.docker.internal", "host.containers.internal"))
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>[^\s]*)\Z")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?\Z")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a client connects to. `host_at` is the host's range in the text it was read from."""

    host: str
    port: int | None
    port_written: bool
    host_at: tuple[int, int]
    scheme: str = ""
    path: str = ""

    @property
    def is_ip(self) -> bool:
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_bare(self) -> bool:
        """A name without a dot: only a container network can resolve it."""
        return not self.is_ip and "." not in self.host.rstrip(".") and self.host != "localhost"

    @property
    def is_host(self) -> bool:
        """The machine that runs the containers, as seen from inside one."""
        return self.host in HOST_ALIASES


def parse_target(text: str, default_port: int | None = None) -> Address | None:
    """`host[:port]`, or a whole URL; None where it is neither, e.g. holds a variable or a template."""
    if "://" in text:
        return parse_url(text)
    return _authority(text, 0, "", "", default_port)


def parse_url(text: str) -> Address | None:
    """A URL's host, port and path; None for anything else."""
    match = _URL.match(text.strip())
    if not match:
        return None
    scheme = match.group("scheme").lower()
    start = text.index("://") + 3
    rest = match.group("rest")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    user, at, host = authority.rpartition("@")
    return _authority(host, start + len(user) + len(at), scheme, path, DEFAULT_PORTS.get(scheme))


def _authority(text: str, offset: int, scheme: str, path: str, default_port: int | None) -> Address | None:
    host, port_text = text, ""
    if text.startswith("["):
        closing = text.find("]")
        if closing < 0:
            return None
        host, colon, port_text = text[1:closing], text[closing + 1 : closing + 2], text[closing + 2 :]
        if colon not in ("", ":"):
            return None
        offset += 1
    elif text.count(":") == 1:
        host, _, port_text = text.partition(":")
    if port_text and not (
        port_text.isascii() and port_text.isdigit() and len(port_text) <= 5 and int(port_text) < 65536
    ):
        return None
    address = Address(
        host=host.lower(),
        port=int(port_text) if port_text else default_port,
        port_written=bool(port_text),
        host_at=(offset, offset + len(host)),
        scheme=scheme,
        path=path,
    )
    return address if address.is_ip or _HOST.match(host) else None
