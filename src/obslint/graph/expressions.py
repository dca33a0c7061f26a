"""The expressions of rules, of texts of alerts and of panels, with their language and what evaluates them."""

from __future__ import annotations

from collections import defaultdict

from obslint.facts import prometheus as facts
from obslint.facts.common import Scalar
from obslint.graph import alert_texts, nodes, panels
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
        for group, rule in ((part, item) for part in rule_file.fact.groups for item in part.rules):
            own = f"{'alert' if rule.alerting else 'recording rule'} `{rule.name}`"
            written: list[tuple[str, Scalar | None, facts.Rule | None]] = [(own, rule.expr, rule)]
            if not logql:
                written += [(what, query, None) for what, query in alert_texts.queries(rule)]
            for what, text, owner in written:
                if text is not None:
                    graph.add(
                        nodes.Expression(
                            stack,
                            text.place,
                            text.text,
                            what,
                            known,
                            owner,
                            None,
                            frozenset(readers),
                            "logql" if logql else "promql",
                            tuple(rulers[id(rule_file)]),
                            group=group,
                        )
                    )
    for expression in panels.expressions(graph.all(nodes.Dashboard), graph.all(nodes.DashboardFile), servers):
        graph.add(expression)
