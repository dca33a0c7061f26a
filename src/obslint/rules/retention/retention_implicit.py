"""RET003."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Store
from obslint.rules.base import Rule


class RetentionImplicit(Rule[Store]):
    """A store relies on its default retention.

    Prometheus forgets after 15 days, VictoriaMetrics after a month, Loki never: whoever reads the files cannot tell
    whether that was decided or forgotten, and an incident review finds out too late. Write the retention down.
    """

    code, name, severity = "RET003", "retention-implicit", Severity.INFO
    on = Store

    def check(self, store: Store, graph: Graph) -> Iterator[Claim]:
        retention, service = store.component.retention, store.service
        if not store.retention.no or retention is None or retention.default is None:
            return
        kept = "for ever" if retention.default == "infinite" else retention.default
        names = [f"`--{flag}`" for flag in retention.flags[:1]] or [f"`{key}`" for key in retention.keys[:1]]
        yield self.claim(
            store,
            f"{store.component.title} of service `{service.name}` keeps data {kept} by default; no retention is set",
            help=f"write the retention you want with {names[0]}" if names else "write down the retention you want",
            subject=service.name,
        )
