"""Grafana provisioning: data sources, dashboard providers, alerting."""

from __future__ import annotations

from collections.abc import Iterable

from obslint.facts import grafana as facts
from obslint.facts.common import Scalar
from obslint.kinds.kind import Kind, scalar
from obslint.parse import Cursor

_ALERTING = frozenset(
    ("contactPoints", "policies", "muteTimes", "templates", "deleteRules", "deleteContactPoints", "deleteMuteTimes",
     "deleteTemplates", "resetPolicies")
)  # fmt: skip
_HEADER_NAME = "httpHeaderName"
_DATASOURCE_MARKS = ("url", "access", "isDefault", "editable", "jsonData", "secureJsonData", "orgId")


def _versioned(root: Cursor) -> bool:
    """Whether `apiVersion` is a number, as in every provisioning file; Kubernetes writes a group and a name there."""
    return root.get("apiVersion").number is not None and "kind" not in root


def recognise_datasources(root: Cursor) -> str | None:
    items = [item for item in root.get("datasources").items() if "type" in item and "name" in item]
    if items and (_versioned(root) or any(mark in item for item in items for mark in _DATASOURCE_MARKS)):
        return "`datasources` with a `type`" if "kind" not in root else None
    empty = root.get("datasources").value == [] or isinstance(root.get("deleteDatasources").value, list)
    return "`apiVersion` with an empty list of data sources" if _versioned(root) and not items and empty else None


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
                headers=_headers(item),
            )
            for item in root.get("datasources").items()
        ),
    )


def _headers(item: Cursor) -> tuple[tuple[Scalar, Scalar | None], ...]:
    """`httpHeaderName1` of `jsonData` with `httpHeaderValue1` of `secureJsonData`, and so on."""
    return tuple(
        (written, scalar(item.get("secureJsonData", f"httpHeaderValue{name.removeprefix(_HEADER_NAME)}")))
        for name, value in item.get("jsonData").pairs()
        if name.startswith(_HEADER_NAME) and (written := scalar(value)) is not None
    )


def recognise_providers(root: Cursor) -> str | None:
    for item in root.get("providers").items():
        options = item.get("options")
        if "path" in options or "folder" in options or (_versioned(root) and "folder" in item and "type" in item):
            return "`providers` of dashboards"
    return None


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
    if not _versioned(root):
        return None
    rules = any("folder" in group and "rules" in group for group in root.get("groups").items())
    marks = [key for key, _ in root.pairs() if key in _ALERTING]
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
    "Grafana",
    recognise_datasources,
    extract_datasources,
    lambda keys, text: (
        {"apiVersion", "datasources"} <= keys <= {"apiVersion", "datasources", "deleteDatasources", "prune"}
        and "type:" in text
    ),
)
DASHBOARDS = Kind(
    "grafana-dashboards",
    "Grafana",
    recognise_providers,
    extract_providers,
    lambda keys, text: keys == {"apiVersion", "providers"} and "options:" in text,
)
ALERTING = Kind(
    "grafana-alerting",
    "Grafana",
    recognise_alerting,
    extract_alerting,
    lambda keys, text: (
        "apiVersion" in keys
        and keys <= {"apiVersion", "groups", *_ALERTING}
        and ("contactPoints" in keys or ("groups" in keys and "datasourceUid:" in text))
    ),
)
