"""REF029."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts import grafana as facts
from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph, containers
from obslint.graph.nodes import DashboardProvider, Grafana, Mount
from obslint.rules.base import Rule

_NOT_LOADED_HERE = ("/usr/share/grafana/", "/var/lib/grafana/plugins/")
"""Where Grafana keeps its own pages and plugins, which bring dashboards by other ways."""


class DashboardsNotProvisioned(Rule[DashboardProvider | Grafana]):
    """A dashboard provider leads to no dashboard, or dashboards are mounted where no provider looks.

    Grafana loads dashboard files only through a provider: a YAML file in `provisioning/dashboards` whose
    `options.path` names the directory inside the container. A path that is empty there is no error to it, and JSON
    files without a provider are never opened; either way the folder in Grafana stays empty.
    """

    code, name, severity, proof = "REF029", "dashboards-not-provisioned", Severity.WARNING, Proof.LIKELY
    on = (DashboardProvider, Grafana)

    def check(self, node: DashboardProvider | Grafana, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, DashboardProvider):
            yield from self._empty(node)
        elif node.providers_complete.yes and node.service.amended.no:
            yield from self._unprovided(node, graph)

    def _empty(self, provider: DashboardProvider) -> Iterator[Claim]:
        fact, service = provider.fact, provider.grafana.service
        if provider.files or provider.shown.unknown or (fact.type is not None and fact.type.text != "file"):
            return
        mount = containers.mount_of(service, provider.directory)
        reason = provider.shown.why[0]
        yield self.claim(
            provider,
            f"this provider loads no dashboard: {reason}"
            + ("" if provider.shown.no else f", and no JSON file of it is at {provider.directory}"),
            related=[
                Related(mount.source_place, f"mounted at {mount.target}")
                if mount is not None
                else Related(service.place, service.introduction)
            ],
            help=f"put the dashboards there, or mount their directory at {provider.directory}"
            if mount is not None
            else f"mount the directory of the dashboards at {provider.directory}, or mend the path",
            subject=provider.directory,
        )

    def _unprovided(self, grafana: Grafana, graph: Graph) -> Iterator[Claim]:
        service = grafana.service
        inside = tuple(provider.directory.rstrip("/") + "/" for provider in grafana.providers)
        values = {variable.value for variable in service.environment.values()}
        found: dict[int, tuple[Mount, str, int]] = {}
        for path, files in graph.files.items():
            if not any(isinstance(file.facts, facts.Dashboard) for file in files):
                continue
            shown = containers.container_paths(service, path)
            if not shown or any(place.startswith((*inside, *_NOT_LOADED_HERE)) or place in values for place in shown):
                continue
            mount = containers.mount_of(service, shown[0])
            if mount is not None:
                _, first, count = found.get(id(mount), (mount, path, 0))
                found[id(mount)] = (mount, first, count + 1)
        for mount, first, count in found.values():
            yield self.claim(
                mount,
                (f"{count} dashboards are" if count > 1 else f"dashboard {first} is")
                + f" mounted at {mount.target}, but no dashboard provider looks there: Grafana never opens "
                + ("them" if count > 1 else "it"),
                place=mount.source_place,
                related=[
                    Related(provider.place, f"this provider looks in {provider.directory}")
                    for provider in grafana.providers[:3]
                ],
                help=f"name {mount.target} in the `options.path` of a provider, a YAML file in "
                "/etc/grafana/provisioning/dashboards",
                subject=f"{service.name}:{mount.target}",
            )
