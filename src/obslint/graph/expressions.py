"""The expressions of rules and panels, with what evaluates them and in which language they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from obslint.facts.grafana import DatasourceRef
from obslint.graph import dashboards, nodes
from obslint.graph.graph import Graph


def build_expressions(graph: Graph) -> None:
    """Every PromQL and LogQL expression, with the servers that evaluate it where all of them are known."""
    servers = graph.all(nodes.Prometheus)
    loading: dict[int, dict[int, nodes.Prometheus]] = defaultdict(dict)
    for loader in servers:
        for rule_file in loader.rule_files:
            loading[id(rule_file)][id(loader)] = loader
    rulers: dict[int, list[nodes.Evaluator]] = defaultdict(list)
    for ruler in graph.all(nodes.Evaluator):
        for rule_file in ruler.rule_files:
            rulers[id(rule_file)].append(ruler)
    for rule_file in graph.all(nodes.RuleFile):
        evaluators = list(loading[id(rule_file)].values())
        readers = [*map(_reader, evaluators), *(ruler.component for ruler in rulers[id(rule_file)])]
        if len(readers) < len(rule_file.loaders):
            readers.append("")
        logql = rule_file.fact.logql or set(readers) == {"loki"}
        known = tuple(evaluators) if len(evaluators) == len(rule_file.loaders) and not logql else ()
        stack = evaluators[0].stack if evaluators else rule_file.stack
        for group, rule in ((owner, item) for owner in rule_file.fact.groups for item in owner.rules):
            if rule.expr is not None:
                what = f"{'alert' if rule.alerting else 'recording rule'} `{rule.name}`"
                graph.add(
                    nodes.Expression(
                        stack,
                        rule.expr.place,
                        rule.expr.text,
                        what,
                        known,
                        rule,
                        None,
                        frozenset(readers),
                        "logql" if logql else "promql",
                        tuple(rulers[id(rule_file)]),
                        group=group,
                    )
                )
    for dashboard in graph.all(nodes.Dashboard):
        for panel in dashboard.fact.panels:
            for query in panel.queries:
                if query.expr is None:
                    continue
                asked = dashboards.asked(panel, query)
                datasource = _datasource(dashboard.grafana, asked)
                server = _server_behind(datasource, servers)
                logql = _is_loki(datasource, asked)
                if server is None and not logql:
                    continue
                graph.add(
                    nodes.Expression(
                        dashboard.stack,
                        query.expr.place,
                        query.expr.text,
                        f"panel `{panel.title}` of dashboard `{dashboard.fact.title}`",
                        () if server is None else (server,),
                        None,
                        dashboard,
                        frozenset({"loki" if server is None else _reader(server)}),
                        "logql" if logql else "promql",
                        panel=panel,
                    )
                )


def _reader(server: nodes.Prometheus) -> str:
    """The component that runs a Prometheus configuration; without a service the one that gave it its name."""
    if server.service is None:
        return "prometheus"
    return server.service.component.id if server.service.component else ""


def _datasource(grafana: nodes.Grafana, ref: DatasourceRef | None) -> nodes.Datasource | None:
    """The provisioned data source that a reference leads to, if it is literal; None stands for the default one."""
    if ref is None:
        candidates = [datasource for datasource in grafana.datasources if datasource.fact.default]
    else:
        wanted = ref.value.text
        candidates = [
            datasource
            for datasource in grafana.datasources
            if "$" not in wanted
            and wanted in {part.text for part in (datasource.fact.uid, datasource.fact.name) if part is not None}
        ]
    return candidates[0] if len(candidates) == 1 else None


def _server_behind(datasource: nodes.Datasource | None, servers: Sequence[nodes.Prometheus]) -> nodes.Prometheus | None:
    """The Prometheus here that a data source reads."""
    if datasource is None or datasource.fact.type is None or datasource.fact.type.text != "prometheus":
        return None
    link = datasource.link
    return next((server for server in servers if link and link.server and server.service is link.server), None)


def _is_loki(datasource: nodes.Datasource | None, ref: DatasourceRef | None) -> bool:
    """Whether a query goes to Loki: its data source says so, or else the type that the reference names."""
    if datasource is not None:
        return datasource.fact.type is not None and datasource.fact.type.text == "loki"
    return ref is not None and ref.type == "loki"
