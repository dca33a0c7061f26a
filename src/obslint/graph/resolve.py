"""Who an address means: compose's name resolution, network by network, with unknown wherever files do not tell."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from obslint.graph.answers import Answer, no, unknown, yes
from obslint.graph.listening import listening
from obslint.graph.nodes import Resolution, Service, Stack
from obslint.graph.views import nearby
from obslint.lang.addresses import Address
from obslint.lang.interpolation import HOLE

_DOCKER0 = "172.17.0.1"
"""The host on Docker's default bridge, unless the daemon was given another range."""
_RESERVED = frozenset(("host-gateway", "docker", "gateway"))
_NAMELESS = {
    "host": "runs on the host's network, where no name leads to it",
    "none": "has no network",
    "bridge": "is on Docker's default bridge, which resolves no names",
}


class Names:
    """Every name that any compose file of the repository gives to a service."""

    def __init__(self, stacks: Iterable[Stack]) -> None:
        self._owners: dict[str, list[Service]] = {}
        self._groups: dict[int, list[Service]] = {}
        self._inside: dict[int, _Inside] = {}
        self._clients: dict[int, _Client] = {}
        self._strangers: dict[tuple[str, int, str], Service | None] = {}
        for stack in stacks:
            self._groups.setdefault(stack.group, []).extend(stack.services.values())
            for service in stack.services.values():
                for name in {service.name.lower(), *service.names}:
                    self._owners.setdefault(name, []).append(service)

    def publishing(self, port: int, stack: Stack) -> list[tuple[Service, bool | None, str]]:
        """Services of the group that a port of the host leads to, whether on its loopback only, and how."""
        found: list[tuple[Service, bool | None, str]] = []
        for service in self._groups.get(stack.group, ()):
            for published in service.ports:
                if published.protocol == "tcp" and published.host is not None and port in published.host:
                    why = f"port {port} of the host is published by `{service.name}`"
                    found.append((service, published.loopback, why))
            if service.host_network and port in listening(service):
                found.append((service, False, f"`{service.name}` listens on port {port} of the host's network"))
        return found

    def inside(self, stack: Stack) -> _Inside:
        """The names of one stack."""
        if id(stack) not in self._inside:
            self._inside[id(stack)] = _Inside(stack)
        return self._inside[id(stack)]

    def client(self, service: Service) -> _Client:
        """The names that only one service knows."""
        if id(service) not in self._clients:
            self._clients[id(service)] = _Client(service)
        return self._clients[id(service)]

    def elsewhere(self, name: str, stack: Stack) -> list[Service]:
        """Services of other stacks of the same group that bear the name."""
        return [
            service
            for service in self._owners.get(name, ())
            if service.stack is not stack and service.stack.group == stack.group
        ]

    def stranger(self, name: str, stack: Stack) -> Service | None:
        """A service of another group nearby that bears the name: someone may start the two together by hand."""
        key = name, stack.group, stack.directory
        if key not in self._strangers:
            self._strangers[key] = next(
                (
                    service
                    for service in self._owners.get(name, ())
                    if service.stack.group != stack.group and nearby(service.stack.directory, stack.directory)
                ),
                None,
            )
        return self._strangers[key]


class _Inside:
    """Whom the names of one stack mean; what is asked of every link is looked up."""

    def __init__(self, stack: Stack) -> None:
        self._services = list(stack.services.values())
        self._bearers: dict[str, list[Service]] = defaultdict(list)
        self._without_network: dict[str, Service] = {}
        self._keys: dict[str, int] = {}
        self._holed: list[tuple[int, str]] = []
        for index, service in enumerate(self._services):
            for name in service.names:
                self._bearers[name].append(service)
                if HOLE in name:
                    self._holed.append((index, name))
            if service.network_mode:
                self._without_network.setdefault(service.name.lower(), service)
            self._keys.setdefault(service.name.lower(), index)
        self._lengths = sorted({len(key) for key in self._keys})

    def bearers(self, host: str) -> list[Service]:
        """The services with this name on some network."""
        return self._bearers.get(host, [])

    def nameless(self, host: str) -> Service | None:
        """The service of this key, if no network of the stack knows it."""
        return self._without_network.get(host)

    def maybe(self, host: str) -> Service | None:
        """The first service that a variable in a name, another project name or a swarm stack's may make this host."""
        found = [index for index, name in self._holed if fits(host, name)]
        base = re.sub(r"[-_]\d{1,4}\Z", "", host)
        for length in self._lengths:
            if length >= len(base):
                break
            separator, key = base[-length - 1], base[len(base) - length :]
            if key in self._keys and (separator == "_" or (separator == "-" and base != host)):
                found.append(self._keys[key])
        return self._services[min(found)] if found else None


class _Client:
    """Names that a service has of its own: its extra hosts, and its links with the containers they lead to."""

    def __init__(self, service: Service) -> None:
        self.extra = {entry.name.text.lower() for entry in service.fact.extra_hosts}
        self.links: dict[str, str] = {}
        for link in service.fact.links:
            container, _, alias = link.text.partition(":")
            self.links[(alias or container).lower()] = container


def resolve(address: Address, client: Service | None, names: Names) -> Resolution:
    """The service that `address` leads to from `client`.

    `no` is answered only inside a closed world: a name without a dot, a client on networks of its own compose file, no
    network or resolver from outside, and no other compose file that knows the name or may amend what is here.
    """
    if client is None:
        return Resolution(unknown("what connects is no compose service here"))
    if address.is_loopback:
        return _loopback(address, client, names)
    host = address.host.rstrip(".").removeprefix("tasks.")
    if _is_host(address, client):
        return _published(address, client, names)
    if client.network_mode and not client.network_mode.startswith("service:"):
        return Resolution(unknown(f"`{client.name}` uses {_mode(client)}"))
    if host in names.client(client).extra:  # /etc/hosts is asked before any name server
        return Resolution(unknown(f"`{host}` is an extra host of `{client.name}`"))
    linked = names.client(client).links.get(host)
    if linked is not None:
        server = client.stack.services.get(linked)
        if server is not None and server.networks & client.networks:
            return Resolution(yes(f"`{host}` is a link to `{server.name}`"), server)
        return Resolution(unknown(f"`{host}` is a link of `{client.name}`"))
    bearers = names.inside(client.stack).bearers(host)
    others = names.elsewhere(host, client.stack)
    for service in bearers or others[:1]:
        shared = service.names.get(host, frozenset()) & client.networks
        if shared and (bearers or len(others) == 1):
            return Resolution(yes(f"`{host}` on network {', '.join(sorted(shared))}"), service)
    doubt = _doubt(address, client)
    if doubt is not None:
        return Resolution(doubt, bearers[0] if bearers else None)
    if bearers and not any(service.names.get(host, frozenset()) & client.networks for service in others):
        return _separated(client, bearers[0], host)
    return _nobody(client, host, others, names)


def _loopback(address: Address, client: Service, names: Names) -> Resolution:
    """Inside a container, localhost is the container itself."""
    if client.host_network:
        return _published(address, client, names)
    if client.network_mode:
        return Resolution(unknown(f"`{client.name}` uses {_mode(client)}"))
    return Resolution(yes("localhost is the container itself"), client)


def _is_host(address: Address, client: Service) -> bool:
    """Whether an address is the machine that runs the containers, as a container sees it."""
    host = address.host.rstrip(".")
    given = [entry.value.text for entry in client.fact.extra_hosts if entry.name.text.lower() == host and entry.value]
    if given:
        return all(value == "host-gateway" for value in given)
    return address.is_host or host == _DOCKER0 or host in client.stack.gateways


def _published(address: Address, client: Service, names: Names) -> Resolution:
    """The service behind a port of the host. Other programs of the host are unknown, so that nobody there is no answer.

    A port bound to the host's loopback is reached from the host's network alone, at least on Linux.
    """
    found = names.publishing(address.port, client.stack) if address.port else []
    reached = [(service, why) for service, loopback, why in found if loopback is False or client.host_network]
    if found and not reached:
        return Resolution(unknown(f"port {address.port} of the host is bound to its loopback"))
    owners = {service.name for service, _ in reached}
    if len(owners) != 1:
        return Resolution(unknown(f"`{address.host}` is the host, and what listens on it beside containers is unknown"))
    service, why = next(((one, why) for one, why in reached if one.stack is client.stack), reached[0])
    return Resolution(yes(why), service, through_host=True)


def _mode(service: Service) -> str:
    if service.host_network:
        return "the host's network"
    if HOLE in service.network_mode:
        return "a network mode that a variable decides"
    return f"network mode {service.network_mode}"


def _doubt(address: Address, client: Service) -> Answer | None:
    """Why something beyond the compose file may resolve the name."""
    host = address.host.rstrip(".")
    if not address.is_bare or address.is_host or host in _RESERVED:
        return unknown(f"`{host}` is resolved outside the compose file")
    if client.network_mode:  # its resolv.conf is the other's, which a VPN replaces by its own
        return unknown(f"`{client.name}` uses {_mode(client)}, and so the resolver of that container")
    if client.fact.own_dns:
        return unknown(f"`{client.name}` asks its own name servers")
    if client.stack.open_names is not None:
        return client.stack.open_names
    if client.amended.unknown:
        return client.amended
    return None


def _separated(client: Service, server: Service, host: str) -> Resolution:
    """Client and server are both here and share no network; unless other files may add one, that is a no."""
    if server.amended.unknown:
        return Resolution(server.amended, server)
    for service in (client, server):
        if any(HOLE in name for name in service.networks):
            return Resolution(unknown(f"a network of `{service.name}` is named by a variable"), server)
    if server.networks & client.networks:
        alias = f"`{host}` is an alias of `{server.name}` on a network that `{client.name}` does not join"
        return Resolution(no(alias), server)
    why = (f"`{service.name}` is on {', '.join(f'`{key}`' for key in joined(service))}" for service in (client, server))
    return Resolution(no(*why), server, separated=True)


def joined(service: Service) -> list[str]:
    """The networks that a service joins, by their keys in the compose file."""
    return [join.network.text for join in service.fact.networks or ()] or ["default"]


def _nobody(client: Service, host: str, others: list[Service], names: Names) -> Resolution:
    """No name of the stack is `host`, at least none that a network resolves."""
    stack = client.stack
    nameless = names.inside(stack).nameless(host)
    if not all(_apart(client, other) for other in others):
        return Resolution(unknown(f"`{host}` is a service of {others[0].stack.name}"), nameless)
    external = sorted(client.networks & stack.external_networks)
    if external:
        return Resolution(unknown(f"`{client.name}` joins the external network {_shown(external[0])}"), nameless)
    if nameless is not None:
        return _nameless(nameless)
    maybe = names.inside(stack).maybe(host)
    if maybe is not None:
        return Resolution(unknown(f"`{host}` may be a name of `{maybe.name}`"))
    nobody = no(f"no service, alias, container name or link in {stack.name} is called `{host}`")
    return Resolution(nobody, elsewhere=others[0] if others else names.stranger(host, stack))


def _apart(client: Service, other: Service) -> bool:
    """Whether a service of another stack is out of reach however the two are run.

    They name no network alike, so that merging their files joins none, and the other stack does not run the client too.
    """
    if other.network_mode or client.name in other.stack.services or set(joined(client)) & set(joined(other)):
        return False
    return not client.networks & other.networks and not any(HOLE in name for name in client.networks | other.networks)


def _nameless(server: Service) -> Resolution:
    """A service that joins no network has no name in any."""
    if server.amended.unknown:
        return Resolution(server.amended, server)
    kind, _, owner = server.network_mode.partition(":")
    if kind in ("service", "container") and HOLE not in owner:
        return Resolution(no(f"`{server.name}` shares the network of `{owner}` and has no name of its own"), server)
    why = _NAMELESS.get(server.network_mode)
    if why is None:
        return Resolution(unknown(f"`{server.name}` uses {_mode(server)}"), server)
    return Resolution(no(f"`{server.name}` {why}"), server)


def fits(host: str, name: str) -> bool:
    """Whether holes can be filled so that `name` becomes `host`."""
    first, *middle = name.split(HOLE)
    if not middle:
        return host == name
    last = middle.pop()
    if not host.startswith(first) or not host.endswith(last):
        return False
    at, end = len(first), len(host) - len(last)
    for piece in middle:
        at = host.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return at <= end


def _shown(name: str) -> str:
    return name.replace(HOLE, "…")
