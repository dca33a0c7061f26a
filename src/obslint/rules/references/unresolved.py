"""A link whose host nobody bears, in words: what REF001 and REF021 say of it alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from obslint import knowledge
from obslint.findings import Related
from obslint.graph import Graph
from obslint.graph.nodes import Link, Service


@dataclass(frozen=True, slots=True)
class Unresolved:
    """The host of a link that its client cannot resolve."""

    host: str
    message: str
    related: Sequence[Related]
    help: str
    certain: bool
    """Whether no machine can be meant that the Docker host's own DNS knows."""


def unresolved(link: Link, client: Service, what: str, graph: Graph) -> Unresolved:
    """What to say of a link whose host nobody bears; `what` it is, such as a target."""
    host, meant, elsewhere = link.address.host.rstrip("."), link.resolution.service, link.resolution.elsewhere
    related = [Related(client.place, client.introduction)]
    if meant is not None:
        place = meant.fact.network_mode.place if meant.fact.network_mode else meant.place
        related.append(Related(place, f"`{meant.name}` gets its network here"))
        message = f"{link.resolution.answer.why[0]}: {client.title} cannot resolve the {what}"
        return Unresolved(host, message, related, _way_to(meant, client, link.address.port), True)
    nobody = f"no service of this stack is called `{host}`"
    if elsewhere is not None:
        return Unresolved(
            host,
            f"{nobody}, only one of {elsewhere.stack.name}, which shares no network with it: "
            f"{client.title} cannot resolve the {what}",
            [*related, Related(elsewhere.place, f"this `{host}` is on other networks")],
            f"give both a network in common, one of them naming it `external: true`; or, if {client.title} "
            f"is meant to leave it alone, remove the {what}",
            False,
        )
    close = graph.alike.close(host, client)
    certain = bool(close) or "exporter" in host or host.replace("-", "_") in knowledge.components()
    return Unresolved(
        host,
        f"{nobody}: {client.title} cannot resolve the {what}"
        + ("" if certain else ", unless the Docker host's own DNS knows it"),
        related,
        (f"did you mean `{close}`? Otherwise " if close else "")
        + f"add a service `{host}` on a network of `{client.name}`, or remove the {what}",
        certain,
    )


def _way_to(server: Service, client: Service, number: int | None) -> str:
    """How a client reaches a service by another name than one that does not lead to it, as advice."""
    port = f":{number}" if number else ""
    kind, _, owner = server.network_mode.partition(":")
    if kind == "service":
        return f"use `{owner}{port}`"
    if kind == "host":
        return (
            f"use `host.docker.internal{port}`, and give `{client.name}` the line "
            '`extra_hosts: ["host.docker.internal:host-gateway"]`'
        )
    if server.networks & client.networks:
        return f"use `{server.name}{port}`"
    return f"put `{server.name}` on a network of `{client.name}`"
