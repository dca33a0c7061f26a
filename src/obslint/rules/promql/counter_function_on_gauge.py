"""PQL001."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph, series
from obslint.graph.nodes import Expression
from obslint.knowledge import metric_facts, metrics
from obslint.lang import promql
from obslint.rules.base import Rule

_COUNTER_FUNCTIONS = frozenset(("rate", "irate", "increase", "resets"))
_CHANGES = frozenset(("rate", "irate", "increase"))
_SHARES = ("_percent", "_percentage", "_ratio")
"""The ends of names that only a gauge has by the conventions (prometheus.io/docs/practices/naming)."""
_STATE = (0, 1)
_STARTS = ("_start_time_seconds", "_boot_time_seconds")


class CounterFunctionOnGauge(Rule[Expression]):
    """A function for counters is used on a gauge.

    `rate`, `irate` and `increase` take every fall of a value for the restart of a counter and add what stands after it
    as if it had been counted. A gauge falls all the time, so the result says nothing. Use `changes` for a state or a
    start time, `delta` or `deriv` for a level, `avg_over_time` or `max_over_time` for its height. It is an error where
    the metric can be no other and is known to rise and fall; where the files do not show who exposes it, or only its
    name (`…_percent`) tells that it is a gauge, or in a panel, it is a warning.

    Of a metric that is 0 or 1 `increase` happens to count how often it came back to 1, as the fall and the restart that
    is made of it cancel out: `increase(up[15m])` does not see a target that went down and stays down. That is a
    warning; `resets` counts the falls, `changes` counts both ways.
    """

    code, name, severity = "PQL001", "counter-function-on-gauge", Severity.ERROR
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        if expression.tree is None or "loki" in expression.readers:
            return
        for call in promql.walk(expression.tree):
            if not isinstance(call, promql.Call) or call.function not in _COUNTER_FUNCTIONS:
                continue
            selector = _ranged(call)
            name = series.metric_name(selector, expression) if selector is not None else None
            if selector is None or name is None or _recorded(selector, expression):
                continue
            named = call.function in _CHANGES and _is_share(name) and expression.written(selector)
            state = metric_facts.values(name) == _STATE
            if not (named or _is_gauge(name)) or (state and call.function == "resets"):
                continue
            summary = metrics.series_type(name) == "summary"
            proven = (
                expression.rule is not None
                and not state
                and call.function != "resets"
                and metric_facts.is_level(name)
                and _certain(name, selector, expression)
            )
            kind = "a quantile of a summary" if summary else "a gauge by its name" if named else "a gauge"
            yield self.claim(
                expression,
                f"{expression.what} uses `{call.function}` on `{name}`, which is {kind}: "
                f"{_consequence(name, call.function, state)}",
                place=expression.within(call.start, call.start + len(call.function)),
                help=_help(name, call.function, summary, state),
                subject=f"{call.function}({name})",
                proven=proven,
            )


def _ranged(call: promql.Call) -> promql.VectorSelector | None:
    """The selector whose samples the function sees."""
    match call.args:
        case (promql.MatrixSelector(selector=selector),):
            return selector
        case (promql.Subquery(expr=promql.VectorSelector() as selector),):
            return selector
        case _:
            return None


def _recorded(selector: promql.VectorSelector, expression: Expression) -> bool:
    """Whether a rule records it, so that its name tells nothing."""
    return any(series.matched(selector, server, expression).recordings for server in expression.servers)


def _is_share(name: str) -> bool:
    """Whether it is a gauge by its name, where nothing else is known of it."""
    return (
        name.endswith(_SHARES) and ":" not in name and not metrics.families(name) and not metric_facts.may_count(name)
    )


def _is_gauge(name: str) -> bool:
    known = metrics.families(name)
    if metrics.series_type(name) not in ("gauge", "summary") or metric_facts.may_count(name):
        return False
    return not all(
        metric.removed for metric in known
    )  # that it is gone is another matter, and its type was often wrong


def _certain(name: str, selector: promql.VectorSelector, expression: Expression) -> bool:
    """Whether the series can come only from components that expose it as a gauge."""
    if any(metric.component == metrics.SYNTHETIC for metric in metrics.families(name)):
        return True
    for server in expression.servers:
        services = series.producers(series.matched(selector, server, expression))
        if not services or any(service.component is None for service in services):
            return False
        components = [service.component.id for service in services if service.component is not None]
        if any(metrics.series_type(name, [component]) != "gauge" for component in components):
            return False
    return bool(expression.servers)


def _consequence(name: str, function: str, state: bool) -> str:
    if state:
        times = "how often it came back to 1" + ("" if function == "increase" else ", per second")
        return f"by accident of the handling of counter resets it counts {times}, and nothing while it stays at 0"
    if name.endswith(_STARTS):
        return "its value is a time, so the result is in seconds between two starts and no number of starts"
    return "every fall of the value is taken for a counter's restart, so the result says nothing"


def _help(name: str, function: str, summary: bool, state: bool) -> str:
    if summary:
        return f"for the rate of events use `{function}({name}_count[…])`; quantiles can be shown, not added up"
    if name.endswith(_STARTS):
        return f"to count restarts use `changes({name}[…])`"
    if state:
        return (
            f"`resets({name}[…])` counts how often it fell to 0, which is the same number once it is back; `changes` "
            "counts both ways, `avg_over_time` yields its share of the time"
        )
    if metric_facts.values(name) is not None:
        return f"to count how often it changes use `changes({name}[…])`, for its share of the time `avg_over_time`"
    return f"use `delta({name}[…])` or `deriv({name}[…])` for a change, `avg_over_time` or `max_over_time` for a level"
