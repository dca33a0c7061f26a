"""REF003."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Place, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Link, Service
from obslint.graph.resolve import listening
from obslint.rules.base import Rule


class HostPortUsedInsideNetwork(Rule[Link]):
    """A container reaches another by the port published on the host.

    Inside a container network the container's own port counts; the published one exists only on the host. The
    connection is refused.
    """

    code, name, severity = "REF003", "host-port-used-inside-network", Severity.ERROR
    on = Link

    def check(self, link: Link, graph: Graph) -> Iterator[Claim]:
        server, port = link.server, link.address.port
        if server is None or port is None:
            return
        variable = link.kind == "variable"
        if variable and server is link.client:  # a root URL: what browsers call the service itself
            return
        known = listening(server)
        if port in known or _may_listen(server, port):
            return
        published = next(
            (item for item in server.ports if item.host and port in item.host and item.protocol == "tcp"), None
        )
        if published is None or published.container is None or published.host is None:
            return
        inside = min(published.container.first + (port - published.host.first), published.container.last)
        proven = (
            known.get(inside, "").startswith("the image")
            and server.component is not None
            and any(listen.port == inside and listen.when == "always" for listen in server.component.listens)
            and not (server.scripted or server.environment_open or server.amended.unknown or variable)
        )
        yield self.claim(
            link,
            f"`{link.address.host}:{port}` uses the port published on the host: "
            f"inside its container `{server.name}` listens on {inside}, so the connection is refused",
            place=_place(link, port),
            related=[
                Related(published.place, f"host port {published.host} leads to container port {published.container}")
            ],
            help=f"use `{link.address.host}:{inside}`",
            subject=f"{link.address.host}:{port}",
            severity=Severity.ERROR if proven else Severity.WARNING,
            proof=Proof.PROVEN if proven else Proof.LIKELY,
        )


def _place(link: Link, port: int) -> Place:
    """Where host and port stand."""
    start, end = link.address.host_at
    if link.written.place.key or link.written.place.inside is not None:
        return link.place
    after = f":{port}"
    return link.written.place.within(start, end + len(after) if link.written.text[end:].startswith(after) else end)


def _may_listen(server: Service, port: int) -> bool:
    """Whether the command or a variable of the service names the port, so that it may be told to listen there."""
    number = re.compile(rf"(?<!\d){port}(?!\d)")
    words = [word.text for word in (*(server.fact.entrypoint or ()), *(server.fact.command or ()))]
    words += [variable.value for variable in server.environment.values() if variable.value is not None]
    return any(number.search(word) for word in words if "://" not in word)  # a URL is for others to call
