"""Grafana services with the data sources and dashboards that files provision for them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import TypeVar

from obslint.facts import grafana as facts
from obslint.facts.common import Scalar
from obslint.graph import containers, nodes, tenants
from obslint.graph.answers import Answer, no, unknown, yes
from obslint.graph.metrics import link
from obslint.graph.resolve import Names
from obslint.lang.interpolation import HOLE

DEFAULT_PROVISIONING = "/etc/grafana/provisioning"
_HOME = "/usr/share/grafana"
_PROVIDERS = ("yaml", "yml")
"""Endings of the files in which Grafana looks for dashboard providers (its dashboards/config_reader.go)."""
_Fact = TypeVar("_Fact", facts.DatasourceFile, facts.ProviderFile)


def build_grafana(
    service: nodes.Service,
    datasource_files: Mapping[str, Sequence[facts.DatasourceFile]],
    provider_files: Mapping[str, Sequence[facts.ProviderFile]],
    dashboards: Mapping[str, Sequence[facts.Dashboard]],
    names: Names,
    tree: containers.Tree,
) -> nodes.Grafana:
    grafana = nodes.Grafana(stack=service.stack, place=service.place, service=service)
    variable = service.environment.get("GF_PATHS_PROVISIONING")
    root = (variable.value if variable else None) or DEFAULT_PROVISIONING
    doubts = []
    if service.environment_open and variable is None:
        doubts.append("`env_file` may move the provisioning directory")

    found, unread = _provisioned(service, posixpath.join(root, "datasources"), datasource_files, tree)
    doubts.extend(unread)
    for file in found:
        for fact in file.datasources:
            datasource = nodes.Datasource(service.stack, fact.name.place if fact.name else fact.place, fact)
            if (
                fact.url is not None
                and "$" not in fact.url.text
                and (fact.access is None or fact.access.text == "proxy")
            ):
                datasource.link = link(service.stack, "datasource", service, fact.url, names)
                if datasource.link is not None:
                    datasource.link.tenant = tenants.of_datasource(fact)
            grafana.datasources.append(datasource)
    if any(part is not None and "$" in part.text for d in grafana.datasources for part in (d.fact.uid, d.fact.name)):
        doubts.append("a data source is named by a variable")
    if not grafana.datasources:
        doubts.append("no data source is provisioned from a file")
    grafana.datasources_complete = unknown(*doubts) if doubts else yes()

    directory = posixpath.join(root, "dashboards")
    providers, unread = _provisioned(service, directory, provider_files, tree, _PROVIDERS)
    if service.environment_open and variable is None:
        unread.append("`env_file` may move the provisioning directory")
    seen: set[str] = set()
    for provider_file in providers:
        for provider in provider_file.providers:
            if provider.path is None or "$" in provider.path.text:
                unread.append("the path of a provider is not known")
                continue
            files = _dashboard_files(service, provider.path, tree)
            grafana.providers.append(_provider(grafana, provider, provider.path, files, tree))
            for path in files:
                if path in seen:
                    continue
                seen.add(path)
                grafana.dashboards.extend(
                    nodes.Dashboard(service.stack, dashboard.place, grafana, dashboard)
                    for dashboard in dashboards.get(path, ())
                )
    grafana.providers_complete = unknown(*unread) if unread else yes()
    return grafana


def _provider(
    grafana: nodes.Grafana,
    fact: facts.Provider,
    path: Scalar,
    files: Sequence[str],
    tree: containers.Tree,
) -> nodes.DashboardProvider:
    directory = posixpath.normpath(posixpath.join(_HOME, path.text))
    return nodes.DashboardProvider(
        grafana.stack, path.place, grafana, fact, directory, tuple(files), _shown(grafana.service, directory, tree)
    )


def _shown(service: nodes.Service, directory: str, tree: containers.Tree) -> Answer:
    """Whether the repository shows what a container directory holds."""
    if service.amended.unknown:
        return service.amended
    for mount in service.mounts:
        if (
            mount.target is not None
            and mount.target.startswith(directory.rstrip("/") + "/")
            and (mount.kind not in ("bind", "config") or not mount.known)
        ):
            return unknown(f"{mount.target} is a {mount.kind} that is not in the repository")
    source, answer = containers.repository_path(service, directory)
    if source is None:
        return answer
    status = tree.status(source)
    if status in ("outside", "ignored") or tree.status(posixpath.join(source, "dashboard.json")) == "ignored":
        return unknown(f"{source} may hold files that git ignores, or lies outside")
    maker = containers.made_outside(source, tree)
    if maker:
        return unknown(maker)
    return no(f"`{source}` does not exist, so Docker makes an empty directory") if status == "missing" else answer


def asked(panel: facts.Panel, query: facts.Query) -> facts.DatasourceRef | None:
    """The data source that a query goes to; None for the default one.

    Grafana puts the panel's in the place of the query's own, unless the panel mixes several, names none at all, or the
    query is an expression (`PanelQueryRunner.run`, `SceneQueryRunner`).
    """
    own = query.datasource
    if own is not None and (own.type == "__expr__" or own.value.text in ("__expr__", "-100")):
        return own
    if panel.datasource is None:
        return None if panel.unnamed else own
    return own if panel.datasource.value.text.lower() in ("-- mixed --", "mixed") else panel.datasource


def _provisioned(
    service: nodes.Service,
    directory: str,
    files: Mapping[str, Sequence[_Fact]],
    tree: containers.Tree,
    endings: Sequence[str] = ("yaml", "yml", "json"),
) -> tuple[list[_Fact], list[str]]:
    """Facts of the provisioning files in one container directory, and the files that could not be read as such."""
    found: list[_Fact] = []
    unread: list[str] = []
    for ending in endings:
        loaded = containers.load(service, Scalar(f"{directory}/*.{ending}", service.place), "/", tree)
        if loaded.complete.unknown:
            unread.extend(loaded.complete.why)
        for path in loaded.files:
            if path in files:
                found.extend(files[path])
            else:
                unread.append(f"{path} was not understood")
    return found, unread


def _dashboard_files(service: nodes.Service, written: Scalar, tree: containers.Tree) -> list[str]:
    """Every JSON file below a provider's path, subdirectories included."""
    if HOLE in written.text or "$" in written.text:
        return []
    directory = posixpath.normpath(posixpath.join(_HOME, written.text))
    prefix = directory.rstrip("/") + "/"
    found = []
    for mount in (*service.mounts, *service.carried):
        if mount.kind not in ("bind", "config", "copy") or not mount.known or not mount.source or not mount.target:
            continue
        target = mount.target.rstrip("/") + "/"
        if not (prefix.startswith(target) or target.startswith(prefix)):
            continue
        files = tree.files_under(mount.source) if tree.status(mount.source) == "directory" else (mount.source,)
        for file in files:
            paths = containers.container_paths(service, file)
            if file.endswith(".json") and any(path.startswith(prefix) for path in paths):
                found.append(file)
    return sorted(set(found))
