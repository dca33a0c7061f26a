"""PQL006."""

from __future__ import annotations

import math
from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph, series
from obslint.graph.limits import limited
from obslint.graph.nodes import Expression
from obslint.knowledge import metric_facts
from obslint.lang import promql
from obslint.rules.base import Rule

_KEEPING = frozenset(("sum", "avg", "min", "max"))


class DivisionByDefaultZero(Rule[Expression]):
    """A value is divided by a limit that is 0 where none is set.

    Many limits are exposed as 0 where there is none: Redis without `maxmemory`, a container without a memory limit.
    What is used, divided by that, is infinite, so `> 0.9` fires for ever and `< 0.1` never. Leave out what has no
    limit: `x / (limit > 0)`. It is silent where the limit is compared with a number, and where the compose files set
    it for all that can be meant.
    """

    code, name, severity = "PQL006", "division-by-default-zero", Severity.WARNING
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        tree = expression.tree
        if tree is None or expression.rule is None or "loki" in expression.readers:
            return
        for node in promql.walk(tree):
            if not isinstance(node, promql.Binary) or node.op != "/":
                continue
            selector = _divisor(node.rhs)
            name = series.metric_name(selector, expression) if selector is not None else None
            limit = metric_facts.unlimited(name) if name is not None else None
            if selector is None or name is None or limit is None or limit.value != 0 or limit.empty:
                continue
            if not limit.default or _guarded(tree, name):
                continue
            answer = limited(limit, selector, expression, graph)
            if not answer.no:
                continue
            yield self.claim(
                expression,
                f"{expression.what} divides by `{name}`, which is 0 where there is no limit"
                f"{f' ({answer.why[0]})' if answer.why else ''}: {_consequence(expression, tree, node, name)}",
                place=expression.at(selector),
                help=f"leave out what has no limit, `… / ({name} > 0)`, or set one: {limit.what}",
                subject=name,
            )


def _divisor(expr: promql.Expr) -> promql.VectorSelector | None:
    """The selector whose value is that of the expression, but for a factor; None where anything else is done to it."""
    while True:
        match expr:
            case promql.VectorSelector():
                return expr
            case promql.Paren(expr=inner):
                expr = inner
            case promql.Aggregation(op=op, expr=inner) if op in _KEEPING:
                expr = inner
            case promql.Binary(op="*" | "/", lhs=lhs, rhs=rhs) if rhs.type is promql.ValueType.SCALAR:
                expr = lhs
            case promql.Binary(op="*", lhs=lhs, rhs=rhs) if lhs.type is promql.ValueType.SCALAR:
                expr = rhs
            case _:
                return None


def _guarded(tree: promql.Expr, name: str) -> bool:
    """Whether the limit itself is compared with a number anywhere, or the result with infinity."""
    for node in promql.walk(tree):
        if isinstance(node, promql.Binary) and node.op in ("unless", "ifnot"):
            return True
    for found in promql.thresholds(tree):
        divisor = _divisor(found.value)
        if math.isinf(found.limit) or (divisor is not None and divisor.metric_name == name):
            return True
    return False


def _consequence(expression: Expression, tree: promql.Expr, division: promql.Binary, name: str) -> str:
    sign = _direction(tree, division, name)
    alerting = expression.rule is not None and expression.rule.alerting
    if sign is None or not alerting:
        return "the result is infinite there, or no number"
    return "there it fires for ever, whatever is used" if sign else "there it never fires, whatever is used"


def _direction(tree: promql.Expr, division: promql.Binary, name: str) -> bool | None:
    """Whether the infinite result passes the comparison it goes into; None where that cannot be told."""
    for found in promql.thresholds(tree):
        positive: bool | None = not _subtracts_from(division.lhs, name)  # (limit - used) / limit is minus infinity
        expr = found.value
        while expr is not division:
            match expr:
                case promql.Paren(expr=inner):
                    expr = inner
                case promql.Binary(op="*" | "/", lhs=lhs, rhs=rhs) if rhs.type is promql.ValueType.SCALAR:
                    expr = lhs
                case promql.Binary(op="*", lhs=lhs, rhs=rhs) if lhs.type is promql.ValueType.SCALAR:
                    expr = rhs
                case promql.Binary(op="-", lhs=lhs, rhs=rhs) if lhs.type is promql.ValueType.SCALAR:
                    expr, positive = rhs, not positive
                case _:
                    break
        if expr is division and found.op in (">", ">=", "<", "<="):
            return positive == (found.op in (">", ">="))
    return None


def _subtracts_from(expr: promql.Expr, name: str) -> bool:
    while isinstance(expr, promql.Paren):
        expr = expr.expr
    if not isinstance(expr, promql.Binary) or expr.op != "-":
        return False
    return any(selector.metric_name == name for selector in promql.selectors(expr.lhs))
