"""Who an address means: compose's name resolution, network by network, with unknown wherever files do not tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from obslint.graph.answers import no, unknown, yes
from obslint.graph.nodes import Resolution, Service, Stack
from obslint.lang.addresses import Address

_RESERVED = frozenset(("host-gateway", "docker", "gateway"))


class Names:
    """Every name that any compose file of the repository gives to a service."""

    def __init__(self, stacks: Iterable[Stack]) -> None:
        self._owners: dict[str, list[Service]] = {}
        for stack in stacks:
            for service in stack.services.values():
                for name in {service.name.lower(), *service.names}:
                    self._owners.setdefault(name, []).append(service)

    def elsewhere(self, name: str, stack: Stack) -> list[Service]:
        """Services of other stacks that bear the name."""
        return [service for service in self._owners.get(name, ()) if service.stack is not stack]


def resolve(address: Address, client: Service | None, names: Names) -> Resolution:
    """The service that `address` leads to from `client`.

    `no` is answered only inside a closed world: a bare name, a client on bridge networks of its own compose file, no
    external network, no include, no other compose file that knows the name.
    """
    if client is None:
        return Resolution(unknown("what connects is no compose service here"))
    host = address.host.rstrip(".").removeprefix("tasks.")
    if address.is_loopback:
        return _loopback(address, client)
    if client.network_mode and not client.network_mode.startswith("service:"):
        return Resolution(unknown(f"`{client.name}` uses network mode {client.network_mode}"))
    stack = client.stack
    bearers = [service for service in stack.services.values() if host in service.names]
    for service in bearers:
        shared = service.names[host] & client.networks
        if shared:
            return Resolution(yes(f"`{host}` on network {', '.join(sorted(shared))}"), service)
    if _linked(client, host):
        return Resolution(unknown(f"`{host}` is a link or an extra host of `{client.name}`"))
    if bearers:
        return _separated(client, bearers[0], host)
    if address.is_ip or not address.is_bare or address.is_host or host in _RESERVED:
        return Resolution(unknown(f"`{host}` is resolved outside the compose file"))
    nameless = stack.services.get(host)
    if nameless is not None:  # it runs without a network of its own
        return Resolution(unknown(f"`{host}` uses network mode {nameless.network_mode}"), nameless)
    if stack.open_names is not None:
        return Resolution(stack.open_names)
    if client.amended.unknown:
        return Resolution(client.amended)
    others = names.elsewhere(host, stack)
    if others:
        return Resolution(unknown(f"`{host}` is a service of {others[0].stack.name}"))
    external = sorted(client.networks & stack.external_networks)
    if external:
        return Resolution(unknown(f"`{client.name}` joins the external network {external[0]}"))
    return Resolution(no(f"no service, alias, container name or link in {stack.name} is called `{host}`"))


def _loopback(address: Address, client: Service) -> Resolution:
    """Inside a container, localhost is the container itself."""
    if client.host_network:
        return Resolution(unknown(f"`{client.name}` uses the host's network"))
    if client.network_mode:
        return Resolution(unknown(f"`{client.name}` uses network mode {client.network_mode}"))
    return Resolution(yes("localhost is the container itself"), client)


def _linked(client: Service, host: str) -> bool:
    links = (link.text.rpartition(":")[2] for link in client.fact.links)
    hosts = (entry.text.partition("=")[0].partition(":")[0] for entry in client.fact.extra_hosts)
    return host in {name.lower() for name in (*links, *hosts)}


def _separated(client: Service, server: Service, host: str) -> Resolution:
    """Client and server are both here and share no network; unless other files may add one, that is a no."""
    for service in (client, server):
        if service.amended.unknown:
            return Resolution(service.amended, server)
        if any("\x00" in name for name in service.networks):
            return Resolution(unknown(f"a network of `{service.name}` is named by a variable"), server)
    if client.stack.open_names is not None:
        return Resolution(client.stack.open_names, server)
    why = (
        f"`{client.name}` is on {_listed(client.networks)}",
        f"`{server.name}` is on {_listed(server.networks)}",
    )
    return Resolution(no(*why), server, separated=True)


def _listed(networks: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(networks)) or "no network"


def listening(service: Service) -> Mapping[int, str]:
    """TCP ports a service is known to listen on inside its container, each with the evidence."""
    found: dict[int, str] = {}
    component = service.component
    if component is not None:
        for listen in component.listens:
            moved = [flag.value for flag in service.all_flags(*listen.flags)] if listen.flags else []
            moved += [service.environment[name].value for name in listen.env if name in service.environment]
            for value in moved:
                number = (value or "").rpartition(":")[2]
                if number.isdigit():
                    found.setdefault(int(number), "the flag or variable that sets it")
            if not moved and listen.scheme != "udp":
                found.setdefault(listen.port, f"the image of {component.title}")
    for port in service.ports:
        if port.container is not None and port.protocol == "tcp":
            for inside in range(port.container.first, min(port.container.last, port.container.first + 100) + 1):
                found.setdefault(inside, "the container side of `ports`")
    for exposed in service.fact.expose:
        written = exposed.text.partition("/")[0]
        if written.isdigit():
            found.setdefault(int(written), "`expose`")
    return found
