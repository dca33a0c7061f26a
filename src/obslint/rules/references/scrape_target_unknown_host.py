"""REF001."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph, faults
from obslint.graph.nodes import Link
from obslint.rules.base import Rule
from obslint.rules.references.unresolved import unresolved


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
        client = link.client
        if link.kind != "scrape" or faults.fault(link, graph) is not faults.Fault.NAME or client is None:
            return
        found = unresolved(link, client, "target", graph)
        yield self.claim(
            link,
            found.message,
            related=found.related,
            help=found.help,
            subject=found.host,
            proven=found.certain,
        )
