"""Rules that say what another rule of the same evaluator says already."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from obslint.facts.prometheus import Rule, RuleGroup
from obslint.graph import nodes
from obslint.graph.heartbeats import is_heartbeat
from obslint.lang import promql

Likeness = Literal["same", "threshold", "overlap", "renamed", "labels"]
_ONE_TENANT = frozenset(("prometheus", "thanos", "vmalert"))
"""Evaluators that take all their files for the same data; others have a directory for each tenant."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A rule, and an earlier one that it repeats.

    `same`: name, labels and expression; `threshold`: name and labels, and an expression that differs in the number it
    compares with alone; `overlap`: name and labels, and an expression that differs in matchers alone, where the series
    of one are among those of the other; `renamed`: an alert of another name with the same labels, expression and `for`;
    `labels`: a rule of the same file with the same name and labels.
    """

    rule: Rule
    first: Rule
    first_file: nodes.RuleFile
    likeness: Likeness


_Key = tuple[Likeness, object]


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A rule, and what equal rules have equal, the strongest likeness first."""

    rule: Rule
    tree: promql.Expr | None
    keys: tuple[_Key, ...]


def repeats(
    rule_files: Sequence[nodes.RuleFile],
    evaluators: Iterable[nodes.Prometheus | nodes.Evaluator],
    expressions: Iterable[nodes.Expression],
) -> dict[int, list[Repeat]]:
    """The repeats of each rule file, by its id. Rules of one file are evaluated together, whatever loads it."""
    trees = {id(expression.rule): expression for expression in expressions if expression.rule is not None}
    keyed = {id(file): list(_keyed(file, trees)) for file in rule_files}
    found: dict[int, dict[int, Repeat]] = defaultdict(dict)
    for group in ([file] for file in rule_files):
        _compare(group, keyed, found)
    done: set[tuple[int, ...]] = set()
    for evaluator in evaluators:
        for together in _together(evaluator):
            if tuple(map(id, together)) not in done:
                done.add(tuple(map(id, together)))
                _compare(together, keyed, found)
    return {file: list(by_rule.values()) for file, by_rule in found.items()}


def _together(evaluator: nodes.Prometheus | nodes.Evaluator) -> Iterator[list[nodes.RuleFile]]:
    """The files whose rules see the same data, in the order of their paths."""
    files = sorted({id(file): file for file in evaluator.rule_files}.values(), key=lambda file: file.path)
    if isinstance(evaluator, nodes.Prometheus) or evaluator.component in _ONE_TENANT:
        yield files
        return
    by_directory: dict[str, list[nodes.RuleFile]] = defaultdict(list)
    for file in files:
        by_directory[posixpath.dirname(file.path)].append(file)
    yield from by_directory.values()


def _compare(
    files: Sequence[nodes.RuleFile], keyed: dict[int, list[_Keyed]], found: dict[int, dict[int, Repeat]]
) -> None:
    seen: dict[_Key, tuple[_Keyed, nodes.RuleFile]] = {}
    for file in files:
        for item in keyed[id(file)]:
            for key in item.keys:
                first, first_file = seen.setdefault(key, (item, file))
                if first is item or (key[0] == "labels" and first_file is not file):
                    continue
                if key[0] != "overlap" or _overlap(first, item):
                    found[id(file)].setdefault(id(item.rule), Repeat(item.rule, first.rule, first_file, key[0]))


def _overlap(one: _Keyed, other: _Keyed) -> bool:
    if one.tree is None or other.tree is None:
        return False
    return promql.selects_within(one.tree, other.tree) or promql.selects_within(other.tree, one.tree)


def _keyed(file: nodes.RuleFile, trees: dict[int, nodes.Expression]) -> Iterator[_Keyed]:
    for group in file.fact.groups:
        for rule in group.rules:
            if rule.expr is not None and rule.name.text:
                expression = trees.get(id(rule))
                tree = expression.tree if expression is not None else None
                yield _Keyed(rule, tree, tuple(_keys(rule, group, tree)))


def _keys(rule: Rule, group: RuleGroup, tree: promql.Expr | None) -> Iterator[_Key]:
    """What does not parse is compared as it is written."""
    assert rule.expr is not None
    labels = frozenset((item.name.text, item.value.text) for item in rule.labels if item.value and item.value.text)
    name = (rule.alerting, rule.name.text, labels, group.scope)
    form: object = rule.expr.text.strip() if tree is None else promql.normal_form(tree)
    if form is not None:
        yield "same", (name, form)
    if rule.alerting and tree is not None and form is not None:
        if (threshold := promql.form_without_threshold(tree)) is not None:
            yield "threshold", (name, threshold)
        yield "overlap", (name, promql.form_without_matchers(tree))
    if rule.alerting and form is not None and not is_heartbeat(rule):
        times = tuple(time and time.text for time in (rule.hold, rule.keep_firing))
        yield "renamed", (labels, group.scope, form, times)
    yield "labels", name
