"""DEP002."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import FileFault
from obslint.rules.base import Rule


class ObsoleteComposeVersion(Rule[FileFault]):
    """A compose file has a top-level `version`.

    Compose 2 takes it, chooses nothing by it, and warns at every command; whoever reads `3.8` takes limits for real
    that do not hold. Remove the line. Files for `docker stack deploy`, which does read it, are left alone: those whose
    name speaks of a stack or swarm, or whose `deploy` holds what only a swarm heeds.
    """

    code, name, severity = "DEP002", "obsolete-compose-version", Severity.INFO
    on = FileFault

    def check(self, node: FileFault, graph: Graph) -> Iterator[Claim]:
        if node.fault.sort == "obsolete":
            message = f"{node.fault.message}: {node.reader} 2 ignores it and warns at every command"
            yield self.claim(node, message, help=node.fault.help, subject=node.fault.message)
