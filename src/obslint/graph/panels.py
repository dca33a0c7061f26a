"""The queries of panels: of dashboards that a Grafana loads, and of those of which no file shows who loads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from obslint.facts import grafana as facts
from obslint.graph import nodes
from obslint.graph.dashboards import asked

_LANGUAGES: dict[str | None, Literal["promql", "logql"]] = {"prometheus": "promql", "loki": "logql"}
"""By type of the data source."""


def expressions(
    loaded: Sequence[nodes.Dashboard], files: Sequence[nodes.DashboardFile], servers: Sequence[nodes.Prometheus]
) -> Iterator[nodes.Expression]:
    """Every query that goes to a Prometheus or Loki, here or elsewhere; `files` are all dashboards."""
    known = {id(dashboard.fact) for dashboard in loaded}
    for dashboard in loaded:
        yield from _expressions(dashboard, dashboard, servers)
    for file in files:
        if id(file.fact) not in known:
            yield from _expressions(file, None, servers)


def reader(server: nodes.Prometheus) -> str:
    """The component that runs a Prometheus configuration; without a service the one that gave it its name."""
    if server.service is None:
        return "prometheus"
    return server.service.component.id if server.service.component else ""


def _expressions(
    board: nodes.Dashboard | nodes.DashboardFile, dashboard: nodes.Dashboard | None, servers: Sequence[nodes.Prometheus]
) -> Iterator[nodes.Expression]:
    for panel in board.fact.panels:
        for query in panel.queries:
            ref = asked(panel, query)
            datasource = _datasource(dashboard.grafana, ref) if dashboard is not None else None
            language = _language(board.fact, ref, datasource)
            if query.expr is None or language is None:
                continue
            server = _server_behind(datasource, servers) if language == "promql" else None
            if server is not None:
                readers = frozenset((reader(server),))
            elif language == "logql":
                readers = frozenset(("loki",))
            else:
                readers = frozenset(("",)) if dashboard is not None else frozenset()
            yield nodes.Expression(
                board.stack,
                query.expr.place,
                query.expr.text,
                f"panel `{panel.title}` of dashboard `{board.fact.title}`",
                (server,) if server is not None else (),
                None,
                dashboard,
                readers,
                language,
                panel=panel,
            )


def _datasource(grafana: nodes.Grafana, ref: facts.DatasourceRef | None) -> nodes.Datasource | None:
    """The provisioned data source that a reference means, if there is just one."""
    if ref is None:
        candidates = [datasource for datasource in grafana.datasources if datasource.fact.default]
    elif "$" in ref.value.text:
        candidates = []
    else:
        wanted = ref.value.text
        candidates = [
            datasource
            for datasource in grafana.datasources
            if wanted in {part.text for part in (datasource.fact.uid, datasource.fact.name) if part is not None}
        ]
    return candidates[0] if len(candidates) == 1 else None


def _server_behind(datasource: nodes.Datasource | None, servers: Sequence[nodes.Prometheus]) -> nodes.Prometheus | None:
    """The Prometheus here that a data source reads."""
    link = datasource.link if datasource is not None else None
    return next((server for server in servers if link and link.server and server.service is link.server), None)


def _language(
    fact: facts.Dashboard, ref: facts.DatasourceRef | None, datasource: nodes.Datasource | None
) -> Literal["promql", "logql"] | None:
    """The language of a query: by the data source, the type that a reference names, or that of its variable."""
    if datasource is not None:
        return _LANGUAGES.get(datasource.fact.type.text if datasource.fact.type else None)
    if ref is None:
        return None
    if ref.type:
        return _LANGUAGES.get(ref.type)
    name = ref.value.text.strip("${}[]").partition(":")[0]
    types = (variable.query for variable in fact.variables if variable.name == name and variable.type == "datasource")
    return _LANGUAGES.get(next(types, None))
