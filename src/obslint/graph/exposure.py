"""What stands behind a published port, as far as the image, its flags and its variables tell."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.graph.nodes import Port, Service
from obslint.knowledge import Listen
from obslint.lang.ports import is_loopback


def behind(port: Port) -> Listen | None:
    """What the component listens for on the container's side of the port.

    None where nothing is known to listen there, or only on the container's own loopback, which a published port does
    not reach. The version is not asked: who publishes the port that is another version's default has configured it.
    """
    service, component = port.service, port.service.component
    if component is None or port.container is None:
        return None
    for listen in component.listens:
        if (listen.scheme == "udp") != (port.protocol.lower() == "udp"):
            continue
        addresses = list(moved_to(service, listen))
        reached = [number for host, number in addresses if not host or is_loopback(host) is False]
        if not addresses and not listen.loopback:
            reached = [listen.port]
        if any(number in port.container for number in reached):
            return listen
    return None


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
