"""REF023."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Link, Service
from obslint.rules.base import Rule

_NUMBERED = re.compile(r"(?P<base>.+?)(?P<separator>[-_])(?P<number>[1-9][0-9]{0,3})\Z")


class GeneratedContainerNameUsed(Rule[Link]):
    """An address uses the name that Compose makes up for a container, such as `shop-api-1`.

    It is made of the project's name, the service and a number. Another directory, another `-p`, a renamed service or a
    second replica changes it, and the address leads nowhere; Compose before version 2 wrote it with underscores, so an
    upgrade did the same. The name of the service holds whatever the containers are called.
    """

    code, name, severity, proof = "REF023", "generated-container-name-used", Severity.WARNING, Proof.LIKELY
    on = Link

    def check(self, link: Link, graph: Graph) -> Iterator[Claim]:
        host = link.address.host.rstrip(".")
        match = _NUMBERED.match(host)
        if match is None or link.resolution.answer.no:
            return
        services = graph.made_up_names.get(match["base"], ())
        service = next((one for one in services if one.stack is link.stack), services[0] if services else None)
        if service is None or _given(link, host):
            return
        named = service.fact.container_name
        related = [Related(service.place, f"service `{service.name}` of project `{service.stack.project}`")]
        if named is not None:
            related.append(Related(named.place, "its container is called so"))
            why = f"but `container_name` calls the container `{named}`: the name does not exist"
        elif match["separator"] == "_":
            why = "with the underscores of Compose 1: since version 2 the name does not exist"
        else:
            why = "which another project name, a rename or scaling changes"
        yield self.claim(
            link,
            f"`{host}` is the name that Compose makes up for a container of service `{service.name}`, {why}",
            related=related,
            help=_help(link, service),
            subject=host,
        )


def _given(link: Link, host: str) -> bool:
    """Whether the client's stack gives a service this very name."""
    if link.client is None:
        return False
    return any(host in {text.lower() for text in _written(service)} for service in link.client.stack.services.values())


def _written(service: Service) -> Iterator[str]:
    fact = service.fact
    yield from (part.text for part in (fact.name, fact.container_name, fact.hostname) if part is not None)
    yield from (alias.text for join in fact.networks or () for alias in join.aliases)


def _help(link: Link, service: Service) -> str:
    port = f":{link.address.port}" if link.address.port_written else ""
    replicas = service.fact.replicas
    if link.kind == "scrape" and replicas is not None and replicas.text not in ("0", "1"):
        return (
            f"to scrape each replica, use `dns_sd_configs` with `names: [{service.name}]`, `type: A` and "
            f"`port: {link.address.port or 80}`"
        )
    shared = link.client is not None and link.client.networks & service.networks
    return f"use `{service.name}{port}`" + (
        "" if shared else f", on a network that it shares with `{link.client.name}`" if link.client else ""
    )
