"""RET005."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Store
from obslint.rules.base import Rule


class NoPersistentVolume(Rule[Store]):
    """A stateful component keeps its data in the container, not on a volume.

    `docker compose down`, an image update or a changed option replaces the container, and what was written to it is
    gone: metrics, logs, dashboards, users. Mount a named volume at the data directory.
    """

    code, name, severity = "RET005", "no-persistent-volume", Severity.WARNING
    on = Store

    def check(self, store: Store, graph: Graph) -> Iterator[Claim]:
        service = store.service
        lost = [directory for directory in store.directories if directory.covered.no]
        if not lost or any(directory.covered.yes for directory in store.directories):
            return  # a volume at another of its directories is another mistake, or none
        first = lost[0]
        yield self.claim(
            store,
            f"{store.component.title} of service `{service.name}` keeps its {first.what} in {first.path}, "
            f"and {first.covered.why[0]}",
            related=[
                Related(mount.place, f"mounted at {mount.target}")
                for mount in service.mounts
                if mount.kind == "volume" and mount.target
            ],
            help=f"mount a named volume there: `{service.name}-data:{first.path}`",
            subject=f"{service.name}:{first.path}",
        )
