"""PQL022."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.knowledge.capacities import NEVER_ZERO
from obslint.lang import promql
from obslint.lang.promql import zeros
from obslint.rules.base import Rule

_SPOILT = frozenset({"sum", "avg", "stddev", "stdvar"})
"""Aggregations whose result is NaN or infinite as soon as one value is."""
_PASSING = frozenset(
    {"abs", "avg_over_time", "ceil", "clamp", "clamp_max", "clamp_min", "exp", "floor", "label_join", "label_replace",
     "last_over_time", "ln", "log10", "log2", "round", "sgn", "sort", "sort_desc", "sqrt", "sum_over_time"}
)  # fmt: skip
"""Functions of which one NaN makes a NaN."""
_MOVING = frozenset({"delta", "deriv", "idelta", "increase", "irate", "rate"})


class NanInAggregation(Rule[Expression]):
    """A division inside a sum or an average may be one by zero, which spoils the result for all series.

    `0 / 0` is NaN, `1 / 0` is infinite, and one such value makes a whole `sum`, `avg`, `stddev` or `stdvar` NaN or
    infinite. A rate is zero for every series that is idle, so the average response time of ten instances is lost as
    soon as one has no requests: an alert on NaN never fires, and a recording rule keeps it for all who read it.

    Divide the sums instead, `sum(rate(x_sum[5m])) / sum(rate(x_count[5m]))`, or filter the divisor, `a / (b > 0)`.
    A divisor that is merely not known not to be zero is an info; one that is a rate or a difference is a warning.
    """

    code, name, severity, proof = "PQL022", "nan-in-aggregation", Severity.WARNING, Proof.LIKELY
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        if expression.rule is None or expression.tree is None or not ("/" in expression.text or "%" in expression.text):
            return
        said: set[int] = set()
        for node in promql.walk(expression.tree):
            if not isinstance(node, promql.Aggregation) or node.op not in _SPOILT:
                continue
            for division in _divisions(node.expr):
                if id(division) in said:
                    continue
                said.add(id(division))
                values = zeros.values(division.rhs, _known)
                if values.never_zero:
                    continue
                divisor = expression.text[division.rhs.start : division.rhs.end]
                shown = f"`{divisor}`" if len(divisor) <= 60 and "\n" not in divisor else "the divisor"
                always = values == zeros.Values(0, 0)
                yield self.claim(
                    expression,
                    f"{expression.what} divides inside `{node.op}`: where {shown} is zero the quotient is NaN or "
                    f"infinite, and so is the whole `{node.op}`",
                    place=expression.at(division.rhs),
                    help="divide the sums instead of summing quotients, or drop the zeros first: `… / (… > 0)`",
                    subject=divisor,
                    severity=None if always or _moves(division.rhs) else Severity.INFO,
                    proof=Proof.PROVEN if always else None,
                )


def _known(selector: promql.VectorSelector) -> zeros.Values:
    name = selector.metric_name or ""
    if name in NEVER_ZERO:
        return zeros.Values(0, nonzero=True)
    return zeros.Values(0) if name.endswith(("_total", "_count", "_bucket")) else zeros.Values()


def _divisions(expr: promql.Expr) -> Iterator[promql.Binary]:
    """The divisions whose quotients reach the result of an expression with no filter in between."""
    stack = [expr]
    while stack:
        node = stack.pop()
        match node:
            case promql.Binary(op="/" | "%"):
                if node.type is not promql.ValueType.SCALAR:
                    yield node
                stack += (node.rhs, node.lhs)
            case promql.Binary(op="+" | "-" | "*" | "^" | "atan2" | "or", lhs=lhs, rhs=rhs):
                stack += (rhs, lhs)
            case promql.Binary(op="and" | "unless", lhs=lhs, rhs=rhs) if not _compares(rhs):
                stack.append(lhs)
            case promql.Paren(expr=inner) | promql.Unary(expr=inner) | promql.Subquery(expr=inner):
                stack.append(inner)
            case promql.Call(function=function, args=args) if function in _PASSING:
                stack += args[:1]
            case promql.Aggregation(op="topk" | "bottomk" | "limitk" | "limit_ratio", expr=inner):
                stack.append(inner)
            case _:
                pass


def _compares(expr: promql.Expr) -> bool:
    return any(isinstance(node, promql.Binary) and node.op in promql.COMPARISONS for node in promql.walk(expr))


def _moves(divisor: promql.Expr) -> bool:
    """Whether it is zero whenever nothing happens."""
    return any(isinstance(node, promql.Call) and node.function in _MOVING for node in promql.walk(divisor))
