"""REF001."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Link
from obslint.rules.base import Rule


class ScrapeTargetUnknownHost(Rule[Link]):
    """A scrape target names a host that does not exist in the stack.

    A name without a dot is resolved by the container network alone. No service, alias, container name, link or extra
    host is called so, hence the target is down for ever: its metrics are missing, and alerts on them stay silent.
    """

    code, name, severity = "REF001", "scrape-target-unknown-host", Severity.ERROR
    on = Link

    def check(self, link: Link, graph: Graph) -> Iterator[Claim]:
        if link.kind != "scrape" or not link.resolution.answer.no or link.resolution.separated or link.client is None:
            return
        host = link.address.host
        names = sorted({name for service in link.stack.services.values() for name in service.names})
        close = get_close_matches(host, names, 1, 0.6)
        hint = f"did you mean `{close[0]}`? Otherwise " if close else ""
        yield self.claim(
            link,
            f"no service of this stack is called `{host}`: Prometheus cannot resolve the target",
            related=[Related(link.client.place, f"Prometheus is service `{link.client.name}` here")],
            help=f"{hint}name a service on a network of `{link.client.name}`, or remove the target",
            subject=host,
        )
