"""Which labels expressions ask of one metric, where they call the same thing by several names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from obslint.findings import Place
from obslint.graph import nodes
from obslint.graph.series import metric_name
from obslint.knowledge import metrics
from obslint.knowledge.label_synonyms import label_synonyms
from obslint.lang import promql


@dataclass(frozen=True, slots=True)
class Use:
    """A matcher, or a label of an aggregation, that asks a metric for a label."""

    label: str
    expression: nodes.Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Split:
    """One metric that is asked for several names of one thing; the names with their uses, the most used one first."""

    metric: str
    names: tuple[tuple[str, tuple[Use, ...]], ...]


_Key: TypeAlias = tuple[tuple[int, ...] | str, str, frozenset[str]]
"""What sees the same data, the metric, and the synonyms."""


def splits(expressions: Iterable[nodes.Expression]) -> dict[int, list[Split]]:
    """The splits of each expression that has the first use of a rarer name, by its id.

    Expressions see the same data if the same servers evaluate them, or, where these are not known, if they stand in
    one file. A metric that an exporter is known for is left out, and one that is asked for both names at once.
    """
    uses: dict[_Key, dict[str, dict[str, list[Use]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    both: set[tuple[str, frozenset[str]]] = set()
    for expression in expressions:
        world = tuple(sorted(map(id, expression.servers))) or expression.place.path
        for metric, job, labels in _asked(expression):
            for group in {label_synonyms()[use.label] for use in labels}:
                asked = [use for use in labels if use.label in group]
                if len({use.label for use in asked}) > 1:
                    both.add((metric, group))
                for use in asked:
                    uses[world, metric, group][job][use.label].append(use)
    found: dict[int, list[Split]] = defaultdict(list)
    for (_, metric, group), by_job in uses.items():
        if (metric, group) in both or metrics.families(metric):
            continue
        for job, by_name in by_job.items():
            anywhere = by_job.get("", {}) if job else {}
            merged = {name: [*by_name.get(name, ()), *anywhere.get(name, ())] for name in {*by_name, *anywhere}}
            if len(merged) > 1 and (len(by_name) > 1 or not by_name.keys() <= anywhere.keys()):
                names = sorted(merged.items(), key=lambda item: (-len(item[1]), item[0]))
                split = Split(metric, tuple((name, tuple(items)) for name, items in names))
                found[id(split.names[1][1][0].expression)].append(split)
                break
    return found


def _asked(expression: nodes.Expression) -> Iterator[tuple[str, str, list[Use]]]:
    """Each metric with the `job` it is asked of, empty where any, and the synonyms that it is asked for."""
    if expression.tree is None:
        return
    synonyms = label_synonyms()
    for selector in promql.selectors(expression.tree):
        name = metric_name(selector, expression)
        if name is None or ":" in name:
            continue
        jobs = [matcher.value for matcher in selector.matchers if matcher.label == "job" and matcher.op == "="]
        labels = [
            Use(matcher.label, expression, expression.at(matcher))
            for matcher in selector.matchers
            if matcher.label in synonyms and matcher.value and expression.written(matcher)
        ]
        if labels:
            yield name, jobs[0] if len(jobs) == 1 else "", labels
