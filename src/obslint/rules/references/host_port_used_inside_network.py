"""REF003."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph, faults
from obslint.graph.listening import listening
from obslint.graph.nodes import Link
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
        if faults.fault(link, graph) is not faults.Fault.HOST_PORT or server is None or port is None:
            return
        published = faults.ports(server, graph).published(port)
        inside = published.leads_to(port) if published is not None else None
        if published is None or inside is None:
            return
        proven = (
            listening(server).get(inside, "").startswith("the image")
            and server.component is not None
            and any(listen.port == inside and listen.when == "always" for listen in server.component.listens)
            and not (server.scripted or server.environment_open or server.amended.unknown or link.kind == "variable")
        )
        yield self.claim(
            link,
            f"`{link.address.host}:{port}` uses the port published on the host: "
            f"inside its container `{server.name}` listens on {inside}, so the connection is refused",
            place=link.host_and_port,
            related=[
                Related(published.place, f"host port {published.host} leads to container port {published.container}")
            ],
            help=f"use `{link.address.host}:{inside}`",
            subject=f"{link.address.host}:{port}",
            proven=proven,
        )
