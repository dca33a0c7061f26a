"""PQL012."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph, series
from obslint.graph.nodes import Expression
from obslint.knowledge import metric_facts, metrics
from obslint.lang import promql
from obslint.lang.promql.bounds import Bounds, bounds, verdict
from obslint.rules.base import Rule

_UP = Bounds(0, 1)
_COUNTED = Bounds(0, float("inf"))
_EXISTENCE = frozenset(("absent", "absent_over_time", "count", "group", "present_over_time", "count_over_time"))
"""Comparing what these yield, or what has passed another comparison, is an idiom for asking whether there is any."""


class ConstantComparison(Rule[Expression]):
    """A comparison in a rule holds for every value, or for none.

    `up` is 0 or 1, `rate` is never negative, and `count` never 0: where nothing matches there is no result at all, so
    `count(…) == 0` is empty just when it is meant to fire. An alert on such a comparison never fires, or fires as long
    as there is a series. It is an error where the whole expression can never yield anything and functions or `up` show
    it; what rests on the meaning of an exporter's metric is a warning.
    """

    code, name, severity = "PQL012", "constant-comparison", Severity.ERROR
    on = Expression

    def check(self, node: Expression, graph: Graph) -> Iterator[Claim]:
        tree = node.tree
        if tree is None or node.rule is None:
            return
        comparisons = [part for part in promql.walk(tree) if _compares(part)]
        if not comparisons:
            return
        proven = bounds(tree, lambda selector: _UP if series.metric_name(selector, node) == "up" else None)
        likely = bounds(tree, lambda selector: _known(selector, node))
        required = _needed(tree)
        for part in comparisons:
            assert isinstance(part, promql.Binary)
            value, op, limit = _sides(part)
            if limit is None:
                continue
            sure = verdict(op, proven[id(value)], limit)
            if sure and (part is not _top(tree) or _asks_existence(value)):
                continue
            holds = sure if sure is not None else verdict(op, likely[id(value)], limit)
            if holds is None or (holds and sure is None):  # `some_info == 1` asks whether there is any
                continue
            low, high = (proven if sure is not None else likely)[id(value)]
            if low > high:
                continue  # an inner comparison has been told of already
            whole = id(part) in required
            yield self.claim(
                node,
                f"{node.what} compares in vain: `{_short(node, value)}` {_range(low, high)}, so "
                f"`{op} {limit:g}` {_consequence(node, holds, whole)}",
                place=node.at(part) if part is not tree else node.within(part.op_start, part.end),
                help=_help(value, op, limit, holds),
                subject=f"{_short(node, part)}",
                proven=sure is False and whole,
            )


def _compares(part: promql.Expr) -> bool:
    return isinstance(part, promql.Binary) and part.op in promql.COMPARISONS and not part.return_bool


_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "==", "!=": "!="}


def _sides(part: promql.Binary) -> tuple[promql.Expr, str, float | None]:
    """The side that varies, the operator as if it stood on the left, and the constant on the other side."""
    if (limit := _number(part.rhs)) is not None:
        return part.lhs, part.op, limit
    return part.rhs, _TURNED[part.op], _number(part.lhs)


def _number(expr: promql.Expr) -> float | None:
    if expr.type is not promql.ValueType.SCALAR:
        return None
    constant = promql.constant_value(expr)
    return constant.value if isinstance(constant, promql.Always) else None


def _known(selector: promql.VectorSelector, node: Expression) -> Bounds | None:
    name = series.metric_name(selector, node)
    if name is None:
        return None
    values = metric_facts.values(name)
    if values is not None:
        return Bounds(min(values), max(values))
    return _COUNTED if metrics.series_type(name) == "counter" else None


def _needed(tree: promql.Expr) -> set[int]:
    """The parts without which there is no result: those that no `or` replaces and no `unless` takes away."""
    found: set[int] = set()
    stack = [tree]
    while stack:
        part = stack.pop()
        found.add(id(part))
        match part:
            case promql.Paren(expr=inner) | promql.Unary(expr=inner):
                stack.append(inner)
            case promql.Aggregation(expr=inner):
                stack.append(inner)
            case promql.Binary(op="unless", lhs=lhs):
                stack.append(lhs)
            case promql.Binary(op=op, lhs=lhs, rhs=rhs) if op != "or":
                stack += [lhs, rhs]
            case _:
                pass
    return found


def _top(tree: promql.Expr) -> promql.Expr:
    while isinstance(tree, promql.Paren):
        tree = tree.expr
    return tree


def _asks_existence(value: promql.Expr) -> bool:
    value = _top(value)
    if any(map(_compares, promql.walk(value))):
        return True
    asked = (
        value.function if isinstance(value, promql.Call) else value.op if isinstance(value, promql.Aggregation) else ""
    )
    return asked in _EXISTENCE


def _short(node: Expression, part: promql.Expr) -> str:
    text = " ".join(node.text[part.start : part.end].split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def _range(low: float, high: float) -> str:
    if low == high:
        return f"is always {low:g}"
    if high == float("inf"):
        return f"is never below {low:g}"
    if low == -float("inf"):
        return f"is never above {high:g}"
    return f"is never outside of {low:g} to {high:g}"


def _consequence(node: Expression, holds: bool, whole: bool) -> str:
    alerting = node.rule is not None and node.rule.alerting
    if holds:
        return "always holds" + (": the alert fires as long as there is a series" if alerting else "")
    if whole:
        return "never holds: " + ("the alert never fires" if alerting else "nothing is ever recorded")
    return "never holds, and this part of it never yields anything"


def _help(value: promql.Expr, op: str, limit: float, holds: bool) -> str:
    if not holds and limit == 0 and op in ("==", "<=") and _asks_existence(value):
        return "where nothing matches there is no result: use `absent(…)`, or add `or vector(0)` before comparing"
    if not holds and limit == 1 and op == "<":
        return "where nothing matches there is no result: use `absent(…)`"
    return "compare with a value that it can have, or drop the comparison"
