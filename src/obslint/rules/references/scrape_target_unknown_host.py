"""REF001."""

from __future__ import annotations

from collections.abc import Iterator

from obslint import knowledge
from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Link, Service
from obslint.rules.base import Rule


class ScrapeTargetUnknownHost(Rule[Link]):
    """A scrape target names a host that does not exist in the stack.

    Containers resolve names without a dot on their own networks. Where no service, alias, container name, link or extra
    host bears the name, the target is down for ever: its metrics are missing, and alerts on them stay silent. A service
    on the host's network, or in the network of another, has no name either. A name that no exporter would have, nor a
    service here nearly has, may be a machine that the Docker host's own DNS knows: that is a warning.
    """

    code, name, severity = "REF001", "scrape-target-unknown-host", Severity.ERROR
    on = Link

    def check(self, link: Link, graph: Graph) -> Iterator[Claim]:
        client, host = link.client, link.address.host.rstrip(".")
        if link.kind != "scrape" or not link.resolution.answer.no or link.resolution.separated or client is None:
            return
        related = [Related(client.place, f"{client.title} is service `{client.name}` here")]
        meant = link.resolution.service
        if meant is not None:
            place = meant.fact.network_mode.place if meant.fact.network_mode else meant.place
            related.append(Related(place, f"`{meant.name}` gets its network here"))
            message = f"{link.resolution.answer.why[0]}: {client.title} cannot resolve the target"
            yield self.claim(link, message, related=related, help=_reach(meant, client, link), subject=host)
            return
        elsewhere = link.resolution.elsewhere
        if elsewhere is not None:
            yield self.claim(
                link,
                f"no service of this stack is called `{host}`, only one of {elsewhere.stack.name}, which shares "
                f"no network with it: {client.title} cannot resolve the target",
                related=[*related, Related(elsewhere.place, f"this `{host}` is on other networks")],
                help=f"give both a network in common, one of them naming it `external: true`; or, if {client.title} "
                "is meant to leave it alone, remove the target",
                subject=host,
                severity=Severity.WARNING,
                proof=Proof.LIKELY,
            )
            return
        close = graph.alike.close(host, client)
        proven = bool(close) or "exporter" in host or host.replace("-", "_") in knowledge.components()
        yield self.claim(
            link,
            f"no service of this stack is called `{host}`: {client.title} cannot resolve the target"
            + ("" if proven else ", unless the Docker host's own DNS knows it"),
            related=related,
            help=(f"did you mean `{close}`? Otherwise " if close else "")
            + f"add a service `{host}` on a network of `{client.name}`, or remove the target",
            subject=host,
            severity=Severity.ERROR if proven else Severity.WARNING,
            proof=Proof.PROVEN if proven else Proof.LIKELY,
        )


def _reach(server: Service, client: Service, link: Link) -> str:
    """How a service that does not bear the name is reached."""
    port = f":{link.address.port}" if link.address.port else ""
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
