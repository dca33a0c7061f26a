"""REF034."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.common import Scalar
from obslint.facts.compose import Declaration
from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Service
from obslint.rules.base import Rule


class UndeclaredInCompose(Rule[Service]):
    """A service uses a network, volume, config or secret that no compose file declares.

    Compose refuses the whole project for it: "service refers to undefined network". It is an error where the file is
    one that Compose loads by its name and no other compose file here declares what is missing; a file that is run
    together with others may be given it by one that is not here, which is a warning.
    """

    code, name, severity = "REF034", "undeclared-in-compose", Severity.ERROR
    on = Service

    def check(self, service: Service, graph: Graph) -> Iterator[Claim]:
        model = service.stack.compose
        if model is None or not service.stack.whole or service.amended.unknown:
            return
        fact = service.fact
        volumes = (
            Scalar(mount.source, mount.source_place)
            for mount in service.mounts
            if mount.kind == "volume" and mount.known and mount.source
        )
        used = [
            *(("joins", "network", join.network, model.networks) for join in fact.networks or ()),
            *(("mounts", "volume", volume, model.volumes) for volume in volumes),
            *(("uses", "config", use.source, model.configs) for use in fact.configs),
            *(("uses", "secret", use.source, model.secrets) for use in fact.secrets),
        ]
        seen = set()
        for verb, what, name, declared in used:
            key = name.text
            if "$" in key or (what, key) in seen or (what == "network" and key == "default"):
                continue
            seen.add((what, key))
            if not _has(declared, key) and not _elsewhere(what, key, graph):
                yield self.claim(
                    service,
                    f"`{service.name}` {verb} the {what} `{key}`, which no compose file declares: Compose refuses the "
                    "whole project",
                    place=name.place,
                    help=f"declare it: `{what}s: {{{key}: {{}}}}` at the top level"
                    if what in ("network", "volume")
                    else f"declare it at the top level, with the file it comes from: `{what}s: {{{key}: {{file: …}}}}`",
                    subject=f"{what}:{key}",
                    proven=service.stack.loaded_alone,
                )


def _has(declared: tuple[Declaration, ...], key: str) -> bool:
    return any(item.key.text == key for item in declared)


def _elsewhere(what: str, key: str, graph: Graph) -> bool:
    """Whether another compose file, with which this one may be merged, declares it."""
    return any(_has(getattr(stack.compose, f"{what}s"), key) for stack in graph.stacks if stack.compose is not None)
