"""The PromQL of panels: of dashboards that a Grafana loads, and of those of which no file shows who loads them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from obslint.facts import grafana as facts
from obslint.graph import nodes
from obslint.graph.dashboards import asked


def expressions(
    loaded: Sequence[nodes.Dashboard],
    files: Mapping[str, Sequence[facts.Dashboard]],
    servers: Sequence[nodes.Prometheus],
) -> Iterator[nodes.Expression]:
    """Every query that goes to a Prometheus, here or elsewhere; `files` are all dashboards, by path."""
    known = {id(dashboard.fact) for dashboard in loaded}
    for dashboard in loaded:
        for panel, query in _queries(dashboard.fact):
            ref = asked(panel, query)
            server = _server_behind(dashboard.grafana, ref, servers)
            if server is not None:
                yield _expression(dashboard.stack, dashboard.fact, panel, query, dashboard, server)
            elif _is_prometheus(dashboard.fact, ref, dashboard.grafana):
                yield _expression(dashboard.stack, dashboard.fact, panel, query, dashboard, None)
    for path, found in files.items():
        stack = nodes.Stack(name=path, directory=posixpath.dirname(path))
        for fact in found:
            if id(fact) not in known:
                for panel, query in _queries(fact):
                    if _is_prometheus(fact, asked(panel, query), None):
                        yield _expression(stack, fact, panel, query, None, None)


def reader(server: nodes.Prometheus) -> str:
    """The component that runs a Prometheus configuration; without a service the one that gave it its name."""
    if server.service is None:
        return "prometheus"
    return server.service.component.id if server.service.component else ""


def _queries(dashboard: facts.Dashboard) -> Iterator[tuple[facts.Panel, facts.Query]]:
    for panel in dashboard.panels:
        for query in panel.queries:
            if query.expr is not None:
                yield panel, query


def _expression(
    stack: nodes.Stack,
    fact: facts.Dashboard,
    panel: facts.Panel,
    query: facts.Query,
    dashboard: nodes.Dashboard | None,
    server: nodes.Prometheus | None,
) -> nodes.Expression:
    assert query.expr is not None
    if server is not None:
        readers = frozenset((reader(server),))
    else:
        readers = frozenset(("",)) if dashboard is not None else frozenset()
    return nodes.Expression(
        stack,
        query.expr.place,
        query.expr.text,
        f"panel `{panel.title}` of dashboard `{fact.title}`",
        (server,) if server is not None else (),
        None,
        dashboard,
        readers,
        panel=panel,
    )


def _server_behind(
    grafana: nodes.Grafana, ref: facts.DatasourceRef | None, servers: Sequence[nodes.Prometheus]
) -> nodes.Prometheus | None:
    """The Prometheus that a panel's data source reads, if the reference is literal and leads to one here."""
    datasource = _datasource(grafana, ref)
    if datasource is None or datasource.fact.type is None or datasource.fact.type.text != "prometheus":
        return None
    link = datasource.link
    return next((server for server in servers if link and link.server and server.service is link.server), None)


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


def _is_prometheus(fact: facts.Dashboard, ref: facts.DatasourceRef | None, grafana: nodes.Grafana | None) -> bool:
    """Whether a reference leads to some Prometheus: by the type it names, its variable's, or the data source's."""
    datasource = _datasource(grafana, ref) if grafana is not None else None
    if datasource is not None:
        return datasource.fact.type is not None and datasource.fact.type.text == "prometheus"
    if ref is None:
        return False
    if ref.type:
        return ref.type == "prometheus"
    name = ref.value.text.strip("${}[]").partition(":")[0]
    return any(
        variable.name == name and variable.type == "datasource" and variable.query == "prometheus"
        for variable in fact.variables
    )
