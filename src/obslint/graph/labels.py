"""Which labels the series have that an expression finds: those a rule records, and those every scrape adds."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from obslint.facts import prometheus as facts
from obslint.graph import nodes
from obslint.lang import promql
from obslint.lang.grafana_variables import Position, Substitution

MAX_CHAIN = 40
"""Recording rules that build on one another deeper than this are not followed."""
MAX_RULES = 20
"""Of a name that more rules record nothing is known."""

_TARGET = frozenset(("job", "instance"))
_REWRITES = frozenset(("labeldrop", "labelkeep", "labelmap"))
_ALERTS = {
    "ALERTS": promql.Labels(sure=frozenset(("alertname", "alertstate"))),
    "ALERTS_FOR_STATE": promql.Labels(sure=frozenset(("alertname",))),
}


class SeriesLabels:
    """Answers for all expressions of a graph; each is inferred once.

    What is `usual` goes beyond what is proven: series that nobody is known to record have the labels of a scrape,
    a rule of the repository records what has its name, and series have the labels that they are aggregated by.
    """

    def __init__(self, expressions: Iterable[nodes.Expression]) -> None:
        self._of_rule = {id(item.rule): item for item in expressions if item.rule is not None}
        self._inferences: dict[tuple[int, bool], promql.Inference | None] = {}
        self._recorded: dict[int, dict[str, list[facts.Rule]]] = {}
        self._scraped: dict[int, promql.Labels] = {}
        self._named: dict[tuple[str, tuple[int, ...]], list[nodes.Expression]] = {}
        self._chain: set[int] = set()

    def inference(self, expression: nodes.Expression, usual: bool = False) -> promql.Inference | None:
        """The sources of every part of the expression; None where it does not parse."""
        key = id(expression), usual
        if key not in self._inferences:
            tree, substitution = expression.tree, expression.substitution
            known = self._usual if usual else self._proven
            self._inferences[key] = (
                None
                if tree is None
                else promql.Inference(
                    tree,
                    lambda selector: known(selector, expression.servers),
                    _open_at(substitution) if substitution is not None and substitution.variables else None,
                    usual,
                )
            )
        return self._inferences[key]

    def recordings(self, name: str, servers: Sequence[nodes.Prometheus]) -> Sequence[nodes.Expression]:
        """The rules that record a name: those these servers load; without any, those of all files."""
        key = name, tuple(map(id, servers))
        if key not in self._named:
            rules = (
                [rule for server in servers for rule in self._recordings(server).get(name, ())]
                if servers
                else self._everywhere.get(name, [])
            )
            self._named[key] = [self._of_rule[id(rule)] for rule in rules if id(rule) in self._of_rule]
        return self._named[key]

    def _proven(self, selector: promql.VectorSelector, servers: Sequence[nodes.Prometheus]) -> Sequence[promql.Labels]:
        """What is known of the selected series on any of these servers; of none, nothing is."""
        name = selector.metric_name
        if name in _ALERTS:
            return (_ALERTS[name],)
        if name is None or not servers or not all(server.job_world.yes for server in servers):
            return (promql.ANY_LABELS,)
        found: list[promql.Labels] = []
        for server in servers:
            recorded = self._recordings(server).get(name, ())
            if len(recorded) > MAX_RULES:
                return (promql.ANY_LABELS,)
            found += [self._recording(rule, usual=False) for rule in recorded]
            if not recorded or ":" not in name:
                found.append(self._scrape(server))
        return found

    def _usual(self, selector: promql.VectorSelector, servers: Sequence[nodes.Prometheus]) -> Sequence[promql.Labels]:
        """What is most likely to hold of the selected series, and cannot be if it is against what is proven."""
        name = selector.metric_name
        proven = self._proven(selector, servers)
        if name is None or name in _ALERTS or (servers and all(server.job_world.yes for server in servers)):
            return proven
        if recorded := self._everywhere.get(name):
            if len(recorded) > MAX_RULES:
                return (promql.ANY_LABELS,)
            found = [self._recording(rule, usual=True) for rule in recorded]
            # A store that keeps the series of several servers adds labels to what each of them records.
            return [promql.Labels(sure=labels.sure, values=labels.values) for labels in found]
        return proven if ":" in name else (promql.Labels(sure=_TARGET),)

    @cached_property
    def _everywhere(self) -> dict[str, list[facts.Rule]]:
        found: dict[str, list[facts.Rule]] = defaultdict(list)
        for expression in self._of_rule.values():
            if expression.rule is not None and not expression.rule.alerting:
                found[expression.rule.name.text].append(expression.rule)
        return found

    def _recordings(self, server: nodes.Prometheus) -> dict[str, list[facts.Rule]]:
        if id(server) not in self._recorded:
            recorded = self._recorded[id(server)] = defaultdict(list)
            for rule_file in server.rule_files:
                for rule in rule_file.rules():
                    if not rule.alerting:
                        recorded[rule.name.text].append(rule)
        return self._recorded[id(server)]

    def _recording(self, rule: facts.Rule, usual: bool) -> promql.Labels:
        """The labels of the series that a rule records: those of its expression, its own, and its name."""
        expression = self._of_rule.get(id(rule))
        if expression is None or id(rule) in self._chain or len(self._chain) >= MAX_CHAIN:
            return promql.ANY_LABELS
        self._chain.add(id(rule))
        try:
            inference = self.inference(expression, usual)
        finally:
            self._chain.discard(id(rule))
        if inference is None or not inference.result:
            return promql.ANY_LABELS
        labels = inference.common
        for entry in rule.labels:
            value = entry.value.text if entry.value else ""
            labels = (
                labels.put(entry.name.text, frozenset((value,)), True)
                if value
                else labels.without((entry.name.text,), inference.expr)
            )
        return labels.put(promql.METRIC_NAME, frozenset((rule.name.text,)), True)

    def _scrape(self, server: nodes.Prometheus) -> promql.Labels:
        """What every scrape of a server adds, where no relabelling can take it away."""
        if id(server) not in self._scraped:
            kept = all(_keeps_target(job.fact) for job in server.jobs)
            self._scraped[id(server)] = promql.Labels(sure=_TARGET) if kept else promql.ANY_LABELS
        return self._scraped[id(server)]


def _open_at(substitution: Substitution) -> Callable[[int, int], bool]:
    """Whether a variable that may decide on labels stands between two offsets."""
    spans = [(item.start, item.end) for item in substitution.variables if item.position is not Position.DURATION]
    starts = [start for start, _ in spans]

    def open_at(start: int, end: int) -> bool:
        index = bisect_left(starts, end)
        return index > 0 and spans[index - 1][1] > start

    return open_at


def _keeps_target(job: facts.ScrapeJob) -> bool:
    """Whether every series of a job has `job` and `instance`.

    An `instance` that target relabelling empties is set anew (prometheus/prometheus scrape/target.go, PopulateLabels).
    """
    steps = (*job.relabels, *job.metric_relabels)
    if job.honor_labels or any(step.action is not None and step.action.text.lower() in _REWRITES for step in steps):
        return False
    targets = {step.target_label.text for step in job.metric_relabels if step.target_label is not None}
    written = {step.target_label.text for step in job.relabels if step.target_label is not None}
    return not (targets & _TARGET or "job" in written or any("$" in target for target in targets | written))
