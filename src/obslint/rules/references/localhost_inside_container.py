"""REF033."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph, faults
from obslint.graph.listening import Ports, listening
from obslint.graph.nodes import Link, RuleFile, Service
from obslint.rules.base import Rule

_SHOWN = 3


class LocalhostInsideContainer(Rule[Link]):
    """A container is told to reach something else by localhost.

    Inside a container `localhost` is the container itself, not the host and not its neighbours. What listens on that
    port elsewhere is not found, and the connection is refused. Use the name of the service instead, or
    `host.docker.internal` for what runs on the host. It is an error where the ports of everything in the container are
    known, a warning where only `ports` and `expose` speak, and for environment variables; of these only those are
    looked at that tell where telemetry goes, since most others hold addresses for browsers.
    """

    code, name, severity = "REF033", "localhost-inside-container", Severity.ERROR
    on = Link

    def check(self, link: Link, graph: Graph) -> Iterator[Claim]:
        client, port = link.client, link.address.port
        if faults.fault(link, graph) is not faults.Fault.LOCALHOST or client is None or port is None:
            return
        inside = faults.ports(client, graph)
        idle = _unused(link, graph)
        proven = inside.closed is Proof.PROVEN and faults.is_used(link)
        others = _others(client, port)
        where = f"{link.address.host}:{port}"
        yield self.claim(
            link,
            f"`{where}` is the container of `{client.name}` itself, where {_what(client, inside)}: "
            + (f"the connection would be refused, but {idle}" if idle else "the connection is refused"),
            place=link.host_and_port,
            related=[
                Related(client.place, client.introduction),
                *(Related(other.place, f"`{other.name}` listens on {number}") for other, number in others[:_SHOWN]),
            ],
            help=_help(others, port, client),
            subject=where,
            severity=Severity.INFO if idle else None,
            proven=proven,
        )


def _what(client: Service, inside: Ports) -> str:
    if len(inside.services) > 1:
        return f"only {inside.listed} are listened on"
    return f"{client.component.title if client.component else 'it'} listens on {inside.listed}"


def _unused(link: Link, graph: Graph) -> str:
    """Why nothing connects there today: the ruler of Loki without rules, as in the configuration Loki ships with."""
    if link.kind != "alertmanager" or link.client is None or not link.client.runs("loki"):
        return ""
    loader = f"the ruler of {link.place.path}"
    loaded = any(loader in rule_file.loaders for rule_file in graph.all(RuleFile))
    return "" if loaded else "no rule file is loaded here"


def _others(client: Service, port: int) -> list[tuple[Service, int]]:
    """Services that the client reaches and that listen on the port, or publish it; with their own port."""
    found: list[tuple[Service, int]] = []
    for service in client.stack.services.values():
        if service is client or not service.networks & client.networks or service.network_mode:
            continue
        if port in listening(service):
            found.append((service, port))
            continue
        behind = next((number for item in service.ports if (number := item.leads_to(port)) is not None), None)
        if behind is not None:
            found.append((service, behind))
    return found


def _help(others: list[tuple[Service, int]], port: int, client: Service) -> str:
    if others:
        return "use " + " or ".join(f"`{service.name}:{number}`" for service, number in others[:_SHOWN])
    return (
        f"use the name of the service that listens on {port}; for a program on the host `host.docker.internal:{port}`, "
        f'with `extra_hosts: ["host.docker.internal:host-gateway"]` on `{client.name}`'
    )
