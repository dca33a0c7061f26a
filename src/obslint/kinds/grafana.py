"""Grafana provisioning: data sources, dashboard providers, alerting."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from obslint.facts import grafana as facts
from obslint.facts.common import Scalar
from obslint.facts.prometheus import Rule
from obslint.kinds import grafana_checks
from obslint.kinds.kind import Kind, entries, scalar
from obslint.parse import Cursor
from obslint.parse.ini import IniDocument

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
                time_interval=scalar(item.get("jsonData", "timeInterval")),
                http_method=scalar(item.get("jsonData", "httpMethod")),
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
    rules = (rule for group in root.get("groups").items() for rule in group.get("rules").items())
    alerts = tuple(_alert(rule) for rule in rules if "record" not in rule)
    return facts.GrafanaAlertingFile(root.document.path, root.place, alerts, _named(points))


def _alert(rule: Cursor) -> Rule:
    queries = [found for query in rule.get("data").items() if (found := scalar(query.get("model", "expr")))]
    text = "\n".join(query.text for query in queries)
    return Rule(
        name=scalar(rule.get("title")) or Scalar("", rule.place),
        expr=Scalar(text, queries[0].place) if queries else None,
        alerting=True,
        labels=entries(rule.get("labels")),
        annotations=entries(rule.get("annotations")),
        hold=scalar(rule.get("for")),
        keep_firing=scalar(rule.get("keep_firing_for")),
    )


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
    check=grafana_checks.datasources,
)
DASHBOARDS = Kind(
    "grafana-dashboards",
    "Grafana",
    recognise_providers,
    extract_providers,
    lambda keys, text: keys == {"apiVersion", "providers"} and "options:" in text,
    check=grafana_checks.providers,
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
    check=grafana_checks.alerting,
)


_OWN_SECTIONS = frozenset(
    ("auth.anonymous", "auth.generic_oauth", "auth.grafana_com", "dataproxy", "external_image_storage",
     "feature_toggles", "grafana_com", "remote_cache", "snapshots", "unified_alerting")
)  # fmt: skip
"""Sections that no other program's INI files have."""


def recognise_settings(root: Cursor) -> str | None:
    if not isinstance(root.document, IniDocument):
        return None
    if posixpath.basename(root.document.path) == "grafana.ini":
        return "its name"
    own = next((section for section, _ in root.pairs() if section in _OWN_SECTIONS), None)
    return f"the section `[{own}]`" if own is not None else None


def outline_settings(keys: frozenset[str], text: str) -> bool:
    return not keys.isdisjoint(_OWN_SECTIONS) and re.search(r"^[ \t]*+\[", text, re.MULTILINE) is not None


def extract_settings(root: Cursor) -> facts.SettingsFile:
    return facts.SettingsFile(
        root.document.path,
        root.place,
        tuple(
            facts.Setting(f"{section}.{key}".lower(), Scalar(key, value.key), Scalar(value.text or "", value.place))
            for section, settings in root.pairs()
            for key, value in settings.pairs()
        ),
    )


SETTINGS = Kind("grafana-ini", "Grafana", recognise_settings, extract_settings, outline_settings)
