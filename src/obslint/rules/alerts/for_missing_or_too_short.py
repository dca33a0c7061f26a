"""ALR004."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from obslint.facts.common import Scalar
from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph, series
from obslint.graph.nodes import Expression
from obslint.knowledge import metric_facts
from obslint.lang import promql
from obslint.lang.durations import format_duration, prometheus_duration
from obslint.rules.base import Rule

_SMOOTH: Final = 300_000
"""Milliseconds of a range over which one sample no longer decides."""
_MANY: Final = 50
"""Comparisons that are looked at: each may hold all the others."""
_CLOCKS: Final = frozenset(("time", "timestamp", "predict_linear", "changes", "resets"))
"""Functions of results that do not go to and fro: ages, forecasts, numbers of events."""
_STEADY: Final = re.compile(
    r".*_(?:total|created|timestamp|ttl|age)(?:_seconds)?|.*(?:expir|uptime).*", re.ASCII | re.IGNORECASE
)
"""Names of what only grows or only falls: counters, clocks, what is left of a lifetime."""


class ForMissingOrTooShort(Rule[Expression]):
    """One sample decides whether an alert fires.

    Without `for` a single failed scrape or a moment's peak pages somebody, and the next sample resolves it; with a
    `for` of less than two intervals it is two samples. Let the condition hold for some minutes. Left out is what does
    not go to and fro: ranges of five minutes and more, ages, counts of events, states other than reachability (`== 1`,
    `> 0`), alerts with `keep_firing_for`, and those whose `for: 0s` is written.
    """

    code, name, severity, proof = "ALR004", "for-missing-or-too-short", Severity.INFO, Proof.HEURISTIC
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        tree, rule = expression.tree, expression.rule
        if tree is None or rule is None or not rule.alerting or rule.keep_firing is not None:
            return
        if "loki" in expression.readers:
            return
        decisive = [_momentary(found, expression) for found in islice(promql.thresholds(tree), _MANY)]
        selector = decisive[0] if decisive else None
        if selector is None or None in decisive:  # what is smooth holds the others back
            return
        held = _milliseconds(rule.hold)
        if held is None:
            return
        name = series.metric_name(selector, expression)
        if held == 0:
            if rule.hold is None:  # who writes 0 has thought of it
                yield self.claim(
                    expression,
                    f"{expression.what} has no `for`: one sample{f' of `{name}`' if name else ''} fires it, and the "
                    "next may resolve it",
                    place=rule.name.place,
                    help="add `for: 5m`, or as long as the condition may last without anybody having to act",
                    subject=rule.name.text,
                )
            return
        interval, decided = _interval(selector, expression)
        if interval and held < 2 * interval and rule.hold is not None:
            yield self.claim(
                expression,
                f"{expression.what} fires after {format_duration(held)}, and there is a new value every "
                f"{format_duration(interval)}: {'two samples decide' if held >= interval else 'one sample decides'}",
                place=rule.hold.place,
                related=[Related(decided.place, f"the interval of {format_duration(interval)}")] if decided else (),
                help=f"write at least `for: {format_duration(2 * interval)}`",
                subject=rule.name.text,
            )


def _momentary(found: promql.Threshold, expression: Expression) -> promql.VectorSelector | None:
    """A selector whose latest sample decides on which side of the limit the value is; None where none does alone."""
    first: promql.VectorSelector | None = None
    ranged: set[int] = set()
    for node in promql.walk(found.value):
        if isinstance(node, promql.Call) and node.function in _CLOCKS:
            return None
        if isinstance(node, (promql.MatrixSelector, promql.Subquery)):
            if (node.range.milliseconds or _SMOOTH) >= _SMOOTH:
                return None
            ranged.update(id(child) for child in promql.children(node))
        elif isinstance(node, promql.VectorSelector):
            name = series.metric_name(node, expression) or ""
            steady = _STEADY.fullmatch(name) is not None or metric_facts.is_info(name)
            if steady and id(node) not in ranged:
                return None
            first = first or node
    state = found.op in ("==", "!=") or found.limit == 0  # one that is there or not, no level that moves around a limit
    gone = found.limit == (1 if found.op == "!=" else 0)
    if first is not None and state and not (gone and _reachability(first.metric_name or "")):
        return None
    return first


def _reachability(name: str) -> bool:
    """Whether a metric says if something answered at the last scrape."""
    return metric_facts.values(name) is not None and name.endswith(("up", "_success"))


def _milliseconds(written: Scalar | None) -> int | None:
    """The duration; 0 where none is written, None where it cannot be read."""
    try:
        return prometheus_duration(written.text) if written is not None else 0
    except ValueError:
        return None


def _interval(selector: promql.VectorSelector, expression: Expression) -> tuple[int | None, Scalar | None]:
    """How often there is a new value at the least, in milliseconds, and where that is written."""
    scraped = series.intervals(selector, expression)
    values = [(scraped.minimum, scraped.decided[0] if scraped.decided else None)]
    if expression.group is not None:
        for server in expression.servers:
            written = expression.group.interval or server.fact.evaluation_interval
            values.append((series.evaluation_interval(expression.group, server), written))
    if any(value is None for value, _ in values):
        return None, None
    return max(values, key=lambda item: item[0] or 0)
