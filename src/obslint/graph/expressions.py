"""The expressions of rules and panels, with what evaluates them and in which language they are."""

from __future__ import annotations

from collections import defaultdict

from obslint.graph import nodes, panels
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
        readers = [*map(panels.reader, evaluators), *(ruler.component for ruler in rulers[id(rule_file)])]
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
    for expression in panels.expressions(graph.all(nodes.Dashboard), graph.all(nodes.DashboardFile), servers):
        graph.add(expression)
