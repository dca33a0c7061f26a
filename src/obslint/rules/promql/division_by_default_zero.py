"""PQL006."""

from __future__ import annotations

import math
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
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

    code, name, severity, proof = "PQL006", "division-by-default-zero", Severity.WARNING, Proof.LIKELY
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        tree = expression.tree
        if tree is None or expression.rule is None or "loki" in expression.readers:
            return
        guarded, passing = _guarded(tree), _passing(tree)
        if guarded is None:
            return
        said: set[str] = set()
        for node in promql.walk(tree):
            if not isinstance(node, promql.Binary) or node.op != "/":
                continue
            selector = _divisor(node.rhs)
            name = series.metric_name(selector, expression) if selector is not None else None
            limit = metric_facts.unlimited(name) if name is not None else None
            if selector is None or name is None or limit is None or limit.value != 0 or limit.empty:
                continue
            if not limit.default or name in guarded or name in said:
                continue
            said.add(name)
            answer = limited(limit, selector, expression, graph)
            if not answer.no:
                continue
            yield self.claim(
                expression,
                f"{expression.what} divides by `{name}`, which is 0 where there is no limit"
                f"{f' ({answer.why[0]})' if answer.why else ''}: "
                + _consequence(expression.rule.alerting, passing.get(id(node)), node, name),
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


def _guarded(tree: promql.Expr) -> frozenset[str | None] | None:
    """The metrics that are compared with a number anywhere; None where something guards the whole expression.

    That is a comparison with infinity, and `unless`, whose right side may say anything.
    """
    if any(isinstance(node, promql.Binary) and node.op in ("unless", "ifnot") for node in promql.walk(tree)):
        return None
    compared = set()
    for found in promql.thresholds(tree):
        if math.isinf(found.limit):
            return None
        divisor = _divisor(found.value)
        if divisor is not None:
            compared.add(divisor.metric_name)
    return frozenset(compared)


def _passing(tree: promql.Expr) -> dict[int, bool]:
    """The divisions that are compared with a number, by `id`: whether plus infinity would pass."""
    found = {}
    for threshold in promql.thresholds(tree):
        expr, upward = threshold.value, threshold.op in (">", ">=")
        while threshold.op not in ("==", "!="):
            match expr:
                case promql.Paren(expr=inner):
                    expr = inner
                case promql.Binary(op="*" | "/", lhs=lhs, rhs=rhs) if rhs.type is promql.ValueType.SCALAR:
                    expr = lhs
                case promql.Binary(op="*", lhs=lhs, rhs=rhs) if lhs.type is promql.ValueType.SCALAR:
                    expr = rhs
                case promql.Binary(op="-", lhs=lhs, rhs=rhs) if lhs.type is promql.ValueType.SCALAR:
                    expr, upward = rhs, not upward
                case promql.Binary(op="/"):
                    found[id(expr)] = upward
                    break
                case _:
                    break
    return found


def _consequence(alerting: bool, passes: bool | None, division: promql.Binary, name: str) -> str:
    if passes is None or not alerting:
        return "the result is infinite there, or no number"
    if _subtracted_from(division.lhs, name):  # (limit - used) / limit is minus infinity
        passes = not passes
    return "there it fires for ever, whatever is used" if passes else "there it never fires, whatever is used"


def _subtracted_from(expr: promql.Expr, name: str) -> bool:
    while isinstance(expr, promql.Paren):
        expr = expr.expr
    if not isinstance(expr, promql.Binary) or expr.op != "-":
        return False
    whole = _divisor(expr.lhs)
    return whole is not None and whole.metric_name == name
