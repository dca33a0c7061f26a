"""Grafana provisioning: data sources, dashboard providers, alerting."""

from __future__ import annotations

from collections.abc import Iterable

from obslint.facts import grafana as facts
from obslint.facts.common import Scalar
from obslint.kinds.kind import Kind, scalar
from obslint.parse import Cursor

_ALERTING = ("contactPoints", "policies", "muteTimes", "deleteRules", "deleteContactPoints", "resetPolicies")


def recognise_datasources(root: Cursor) -> str | None:
    found = any("type" in item and "name" in item for item in root.get("datasources").items())
    return "`datasources` with a `type`" if found and "kind" not in root else None


def extract_datasources(root: Cursor) -> facts.DatasourceFile:
    return facts.DatasourceFile(
        path=root.document.path,
        place=root.place,
        datasources=tuple(
            facts.Datasource(
                place=item.place,
                name=scalar(item.get("name")),
                uid=scalar(item.get("uid")),
                type=scalar(item.get("type")),
                url=scalar(item.get("url")),
                access=scalar(item.get("access")),
                default=item.get("isDefault").flag is True,
            )
            for item in root.get("datasources").items()
        ),
    )


def recognise_providers(root: Cursor) -> str | None:
    found = any("options" in item or "folder" in item for item in root.get("providers").items())
    return "`providers` of dashboards" if found else None


def extract_providers(root: Cursor) -> facts.ProviderFile:
    return facts.ProviderFile(
        path=root.document.path,
        place=root.place,
        providers=tuple(
            facts.Provider(
                place=item.place,
                name=scalar(item.get("name")),
                type=scalar(item.get("type")),
                path=scalar(item.get("options", "path")) or scalar(item.get("options", "folder")),
            )
            for item in root.get("providers").items()
        ),
    )


def recognise_alerting(root: Cursor) -> str | None:
    if "apiVersion" not in root or "kind" in root:
        return None
    rules = any("folder" in group and "rules" in group for group in root.get("groups").items())
    marks = [key for key in _ALERTING if key in root]
    if rules or marks:
        return "`apiVersion` with " + ", ".join(f"`{key}`" for key in (["groups"] if rules else []) + marks)
    return None


def extract_alerting(root: Cursor) -> facts.GrafanaAlertingFile:
    points = (item.get("name") for item in root.get("contactPoints").items())
    titles = (rule.get("title") for group in root.get("groups").items() for rule in group.get("rules").items())
    return facts.GrafanaAlertingFile(root.document.path, root.place, _named(titles), _named(points))


def _named(cursors: Iterable[Cursor]) -> tuple[Scalar, ...]:
    return tuple(found for cursor in cursors if (found := scalar(cursor)) is not None)


DATASOURCES = Kind(
    "grafana-datasources",
    "Grafana data sources",
    recognise_datasources,
    extract_datasources,
    lambda keys, text: keys <= {"apiVersion", "datasources", "deleteDatasources", "prune"} and "datasources" in keys,
)
DASHBOARDS = Kind(
    "grafana-dashboards",
    "Grafana dashboard providers",
    recognise_providers,
    extract_providers,
    lambda keys, text: keys == {"apiVersion", "providers"},
)
ALERTING = Kind("grafana-alerting", "Grafana alerting", recognise_alerting, extract_alerting)
