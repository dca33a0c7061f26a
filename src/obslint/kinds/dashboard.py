"""Grafana dashboards: the classic model, the API payload around it, and the resource forms V1 and V2."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts import grafana as facts
from obslint.facts.common import Scalar
from obslint.kinds.kind import Kind, scalar
from obslint.parse import Cursor

MAX_ROWS = 10  # how deep rows may hold panels; Grafana itself uses one level


_PANEL_MARKS = ("targets", "gridPos", "datasource", "fieldConfig", "panels")


def recognise(root: Cursor) -> str | None:
    if _resource(root):
        return "`kind: Dashboard` with `spec`"
    if "kind" in root:
        return None
    if _classic(root):
        return "`panels` of a dashboard" if "panels" in root else "`rows` of panels"
    if _classic(root.get("dashboard")):
        return "`dashboard` around `panels`: an API payload"
    return None


def _resource(root: Cursor) -> bool:
    """Perses has `kind: Dashboard` as well."""
    api = root.get("apiVersion").text or ""
    return (
        root.get("kind").value == "Dashboard"
        and api.startswith("dashboard.grafana.app/")
        and isinstance(root.get("spec").value, dict)
    )


def _classic(cursor: Cursor) -> bool:
    panels, rows = cursor.get("panels"), cursor.get("rows")
    if "schemaVersion" in cursor and any(isinstance(part.value, list) for part in (panels, rows)):
        return True
    if not any(key in cursor for key in ("title", "templating", "uid")):
        return False
    return any(mark in panel for panel in panels.items() for mark in _PANEL_MARKS) or any(
        isinstance(row.get("panels").value, list) for row in rows.items()
    )


def outline(keys: frozenset[str], text: str) -> bool:
    """Grafana reads dashboards as JSON."""
    return {"panels", "schemaVersion"} <= keys and text.lstrip().startswith("{")


def extract(root: Cursor) -> facts.Dashboard:
    if _resource(root):
        spec = root.get("spec")
        return _v2(root, spec) if "elements" in spec else _model(root, spec, "resource")
    if not _classic(root) and _classic(root.get("dashboard")):
        return _model(root, root.get("dashboard"), "wrapped")
    return _model(root, root, "classic")


def _model(root: Cursor, model: Cursor, form: str) -> facts.Dashboard:
    return facts.Dashboard(
        path=root.document.path,
        place=root.place,
        form=form,
        uid=scalar(model.get("uid")) or scalar(root.get("metadata", "name")),
        title=model.get("title").text or "",
        panels=tuple(_panels(model, MAX_ROWS)),
        variables=tuple(_variable(item) for item in model.get("templating", "list").items()),
        annotations=tuple(
            ref
            for item in model.get("annotations", "list").items()
            if (ref := _ref(item.get("datasource"))) is not None
        ),
        inputs=tuple(name for item in model.get("__inputs").items() if (name := item.get("name").text)),
    )


def _panels(model: Cursor, depth: int) -> Iterator[facts.Panel]:
    """Panels in order, with those inside rows: `rows` before Grafana 5, collapsed `panels` of a row since."""
    for item in model.get("panels").items():
        if item.get("type").value != "row" or item.get("targets"):
            datasource = _ref(item.get("datasource"))
            yield facts.Panel(
                place=item.place,
                title=item.get("title").text or "",
                type=item.get("type").text or "",
                datasource=datasource,
                queries=tuple(_query(target) for target in item.get("targets").items()),
                unnamed=datasource is None and isinstance(item.get("datasource").value, dict),
                time_from=scalar(item.get("timeFrom")),
                time_shift=scalar(item.get("timeShift")),
            )
        if depth:
            yield from _panels(item, depth - 1)
    if depth:
        for row in model.get("rows").items():
            yield from _panels(row, depth - 1)


def _query(target: Cursor) -> facts.Query:
    expr = scalar(target.get("expr")) or scalar(target.get("query"))
    return facts.Query(
        target.place,
        expr,
        _ref(target.get("datasource")),
        hidden=target.get("hide").flag is True,
        instant=_instant(target),
    )


def _instant(query: Cursor) -> bool:
    return query.get("instant").flag is True and query.get("range").flag is not True


def _ref(cursor: Cursor) -> facts.DatasourceRef | None:
    """None where nothing is named and so the default data source, or the panel's, is meant."""
    if isinstance(cursor.value, str):
        return facts.DatasourceRef(Scalar(cursor.value, cursor.place), None, True)
    uid = scalar(cursor.get("uid"))
    if uid is None or not uid.text:
        return None
    return facts.DatasourceRef(uid, cursor.get("type").text, False)


def _variable(item: Cursor) -> facts.Variable:
    query = item.get("query").text or item.get("query", "query").text or ""
    return facts.Variable(
        place=item.place,
        name=item.get("name").text or "",
        type=item.get("type").text or "",
        query=query,
        datasource=_ref(item.get("datasource")),
    )


def _v2(root: Cursor, spec: Cursor) -> facts.Dashboard:
    """Schema V2: panels are `elements`, each query names its data source."""
    panels = []
    for _, element in spec.get("elements").pairs():
        panel = element.get("spec")
        queries = tuple(
            facts.Query(
                query.place,
                scalar(query.get("spec", "query", "spec", "expr")),
                _v2_ref(query),
                hidden=query.get("spec", "hidden").flag is True,
                instant=_instant(query.get("spec", "query", "spec")),
            )
            for query in panel.get("data", "spec", "queries").items()
        )
        kind = panel.get("vizConfig", "group").text or panel.get("vizConfig", "kind").text or ""
        options = panel.get("data", "spec", "queryOptions")
        panels.append(
            facts.Panel(
                element.place,
                panel.get("title").text or "",
                kind,
                None,
                queries,
                time_from=scalar(options.get("timeFrom")),
                time_shift=scalar(options.get("timeShift")),
            )
        )
    return facts.Dashboard(
        path=root.document.path,
        place=root.place,
        form="resource",
        uid=scalar(root.get("metadata", "name")),
        title=spec.get("title").text or "",
        panels=tuple(panels),
        variables=tuple(
            facts.Variable(
                item.place,
                item.get("spec", "name").text or "",
                "datasource" if item.get("kind").value == "DatasourceVariable" else "query",
                item.get("spec", "pluginId").text or "",
                None,
            )
            for item in spec.get("variables").items()
        ),
        annotations=(),
        inputs=(),
    )


def _v2_ref(query: Cursor) -> facts.DatasourceRef | None:
    for cursor in (query.get("spec", "query", "datasource", "name"), query.get("spec", "datasource", "uid")):
        written = scalar(cursor)
        if written is not None:
            group = query.get("spec", "query", "group").text or query.get("spec", "query", "kind").text
            return facts.DatasourceRef(written, group, False)
    return None


KIND = Kind("dashboard", "Grafana", recognise, extract, outline)
