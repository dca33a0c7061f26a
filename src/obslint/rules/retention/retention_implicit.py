"""RET003."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Store
from obslint.rules.base import Rule

_KEPT = {"infinite": "for ever", "1M": "for a month"}


class RetentionImplicit(Rule[Store]):
    """A store relies on its default retention.

    Prometheus forgets after 15 days, VictoriaMetrics after a month, Loki never: whoever reads the files cannot tell
    whether that was decided or forgotten, and an incident review finds out too late. Write the retention down. What is
    for development or tests, by its path, name or profile, is left alone, and so is a Prometheus in agent mode.
    """

    code, name, severity = "RET003", "retention-implicit", Severity.INFO
    on = Store

    def check(self, store: Store, graph: Graph) -> Iterator[Claim]:
        retention, service, component = store.component.retention, store.service, store.component
        if not store.retention.no or retention is None or retention.default is None or service.development:
            return
        server = graph.prometheus_of(service)
        if server is not None and server.agent:
            return
        go = component.entrypoint_flag_style == "go"
        if retention.keys and (go or not retention.flags):  # Grafana's stores are configured by file
            how = f"`{retention.keys[0]}` in its configuration" + (f"; {retention.note}" if retention.note else "")
        else:
            how = f"`{'-' if go else '--'}{retention.flags[0]}`" if retention.flags else "its own means"
        kept = _KEPT.get(retention.default, f"for {retention.default}")
        yield self.claim(
            store,
            f"{component.title} of service `{service.name}` keeps data {kept}, its default: no retention is set",
            help=f"write the retention you want down with {how}",
            subject=service.name,
        )
