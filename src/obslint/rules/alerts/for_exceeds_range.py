"""ALR005."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.lang.durations import prometheus_duration
from obslint.rules.base import Rule

_COUNTING = frozenset(("changes", "increase", "rate", "resets"))
# Counters of what is bad enough once. Others count failures, of which an alert may well await that they go on.
_GRAVE = re.compile(
    r"(?:^|_)(?:restarts?|restarted|reboots?|crash(?:es|ed)?|panics?|oom|oom_?kills?|kill(?:s|ed)|deaths?|died|"
    r"failovers?|leader_changes|elections?|start_time_seconds)(?:_|$)"
)
_LASTING = re.compile(r"loop|flap|frequent|repeat|recurr|continu|constant|keeps|often|persist", re.IGNORECASE)
_SAME_SIGN = frozenset(("avg", "max", "min", "sum"))


class ForExceedsRange(Rule[Expression]):
    """An alert on a single event is pending for longer than the event is seen.

    `increase(restarts[5m]) > 0` is true for five minutes after a restart. With `for: 5m` or more the alert is over
    before it fires, unless the next restart comes in time: it tells of a service that restarts all the time, never of
    one that did once. Widen the range, or drop `for`, which has nothing to wait for here. Only `changes`, `resets` and
    counters of restarts, crashes and the like are looked at: that failed requests go on for a while is a fair question,
    and so is a crash loop, where the alert's name says so.
    """

    code, name, severity, proof = "ALR005", "for-exceeds-range", Severity.INFO, Proof.LIKELY
    on = Expression

    def check(self, node: Expression, graph: Graph) -> Iterator[Claim]:
        rule = node.rule
        if rule is None or rule.hold is None or node.tree is None or _LASTING.search(rule.name.text):
            return
        try:
            hold = prometheus_duration(rule.hold.text)
        except ValueError:
            return  # for SYN004 to say
        for call, window in _events(node.tree):
            length = window.range.milliseconds
            if length is not None and 0 < length <= hold:
                seen = node.text[window.range.start : window.range.end]
                yield self.claim(
                    node,
                    f"alert `{rule.name}` waits `for: {rule.hold}`, but one event counts for {seen} in "
                    f"`{call.function}(…[{seen}])`: it fires only if events follow each other all that time",
                    place=rule.hold.place,
                    related=[Related(node.at(window.range), f"an event is seen for {seen}")],
                    help=f"make the range longer than {rule.hold}, or leave `for` out",
                    subject=rule.name.text,
                )
                return


def _events(tree: promql.Expr) -> Iterator[tuple[promql.Call, promql.MatrixSelector]]:
    """Calls that the alert needs and that a single event makes true: `increase(x[5m]) > 0`, `changes(x[5m]) >= 1`."""
    stack = [tree]
    while stack:
        expr = stack.pop()
        match expr:
            case promql.Paren(expr=inner):
                stack.append(inner)
            case promql.Binary(op="and", lhs=lhs, rhs=rhs):
                stack += (lhs, rhs)
            case promql.Binary(op="unless", lhs=lhs):
                stack.append(lhs)
            case promql.Binary(op=">" | ">=" | "!=", return_bool=False):
                found = _counted(expr)
                if found is not None:
                    yield found


def _counted(compared: promql.Binary) -> tuple[promql.Call, promql.MatrixSelector] | None:
    """The counting that is compared with a number so that one event is enough."""
    number, expr = compared.rhs, compared.lhs
    while isinstance(expr, promql.Paren) or (isinstance(expr, promql.Aggregation) and expr.op in _SAME_SIGN):
        expr = expr.expr
    if not isinstance(number, promql.NumberLiteral) or not isinstance(expr, promql.Call):
        return None
    if expr.function not in _COUNTING or not isinstance(expr.args[0], promql.MatrixSelector):
        return None
    metric = expr.args[0].selector.metric_name
    if expr.function in ("increase", "rate") and not (metric and _GRAVE.search(metric)):
        return None
    if expr.function == "rate":
        return (expr, expr.args[0]) if number.value == 0 and compared.op != ">=" else None
    enough = 0 <= number.value < 1 if compared.op == ">" else number.value == (compared.op == ">=")
    return (expr, expr.args[0]) if enough else None
