"""RET005."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Service, Store
from obslint.rules.base import Rule


class NoPersistentVolume(Rule[Store]):
    """A stateful component keeps its data in the container, not on a volume.

    Such data, even in a volume without a name that the image asks for, belongs to one container: after `docker compose
    down` and `up` it is gone, metrics, logs, dashboards and users alike. Mount a named volume at the data directory. It
    is an info where less is lost: Alertmanager's silences, a directory that was named though the component can do
    without, a Grafana whose dashboards are provisioned. A tmpfs is a decision, and what is for development or tests, by
    its path, name or profile, is left alone. Where a volume was meant for the data but lies elsewhere, that is RET006.
    """

    code, name, severity = "RET005", "no-persistent-volume", Severity.WARNING
    on = Store

    def check(self, store: Store, graph: Graph) -> Iterator[Claim]:
        service = store.service
        if service.development or store.misplaced is not None or _sends_on(service, graph):
            return
        lost = [directory for directory in store.kept if directory.covered.no]
        if not lost or any(directory.covered.yes for directory in store.kept):
            return  # a volume at another of its directories is RET006's
        first = lost[0]
        yield self.claim(
            store,
            f"{store.component.title} of service `{service.name}` keeps its {first.what} in {first.path}, "
            f"and {first.covered.why[0]}: they are gone after `docker compose down`",
            related=[
                Related(mount.place, f"mounted at {mount.target}")
                for mount in service.mounts
                if mount.kind == "volume" and mount.target
            ],
            help=f"mount a named volume there: `{service.name}-data:{first.path}`",
            subject=f"{service.name}:{first.path}",
            severity=Severity.INFO if not first.essential or _provisioned(service) else None,
        )


def _sends_on(service: Service, graph: Graph) -> bool:
    """Whether a Prometheus is an agent, or writes its samples to a store elsewhere too."""
    server = graph.prometheus_of(service)
    return server is not None and (server.agent or bool(server.fact.remote_writes))


def _provisioned(service: Service) -> bool:
    """Whether something is mounted where a Grafana finds its dashboards: at their directory, above or below it."""
    component = service.component
    found = [file.path for file in component.config if file.kind == "grafana-dashboards"] if component else []
    return any(
        path
        and mount.target
        and (f"{mount.target}/".startswith(f"{path}/") or f"{path}/".startswith(f"{mount.target}/"))
        for path in found
        for mount in service.mounts
    )
