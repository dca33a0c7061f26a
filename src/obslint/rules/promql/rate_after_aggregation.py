"""PQL009."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.rules.base import Rule

_RATES = frozenset(("rate", "irate", "increase"))
_BLENDS = frozenset(("sum", "avg"))
_COUNTER = re.compile(r"_(?:total|count|sum|bucket)\Z")
_MANY = 20
"""More rules of one name are not looked into."""
_SUMMED = re.compile(r"[^:]*:\w*_(?:total|count|sum|bucket):sum\Z")
"""A recording called after the counter that it sums, as Prometheus' naming of rules has it."""


class RateAfterAggregation(Rule[Expression]):
    """Counters are added up before `rate` is taken of them.

    `rate` sees a restart as the fall of a counter and starts anew from there. In a sum the fall of one counter is
    smaller than the sum, which goes on: `rate` then takes the whole of what is left for new events, and the graph shows
    a spike that never was. A series that comes or goes does the same. Take the rate of each counter, then the sum.
    """

    code, name, severity = "PQL009", "rate-after-aggregation", Severity.WARNING
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        if expression.tree is None or "loki" in expression.readers:
            return
        for node in promql.walk(expression.tree):
            if not isinstance(node, promql.Call) or node.function not in _RATES or len(node.args) != 1:
                continue
            match promql.bare(node.args[0]):
                case promql.Subquery(expr=inner):
                    blend = _blend(inner)
                    if blend is not None and expression.written(promql.Node(blend.start, blend.start + len(blend.op))):
                        yield self._claim(
                            expression, node, f"`{blend.op}`", [Related(expression.at(blend), "added up here")]
                        )
                    elif isinstance(inner := promql.bare(inner), promql.VectorSelector):
                        yield from self._recorded(expression, graph, node, inner)
                case promql.MatrixSelector(selector=selector):
                    yield from self._recorded(expression, graph, node, selector)

    def _recorded(
        self, expression: Expression, graph: Graph, call: promql.Call, selector: promql.VectorSelector
    ) -> Iterator[Claim]:
        name = selector.metric_name
        if name is None or not expression.written(promql.Node(selector.start, selector.start + 1)):
            return
        rules = graph.recordings(name, expression)
        if len(rules) > _MANY:
            return
        summing = [rule for rule in rules if rule.tree is not None and _blend(rule.tree) is not None]
        if rules and len(summing) == len(rules):
            yield self._claim(
                expression,
                call,
                f"`{name}`, which a rule adds up,",
                [Related(rule.place, "added up here") for rule in summing[:3]],
            )
        elif not rules and _SUMMED.match(name):
            yield self._claim(expression, call, f"`{name}`, a sum by its name,", [])

    def _claim(self, expression: Expression, call: promql.Call, what: str, related: list[Related]) -> Claim:
        return self.claim(
            expression,
            f"{expression.what} takes the `{call.function}` of {what} of counters: when one of them restarts or "
            "disappears, it shows a spike that never was",
            place=expression.at(call),
            related=related,
            help=f"take the `{call.function}` of each counter first: `sum({call.function}(…[5m]))`",
            subject=expression.text[call.start : call.end],
        )


def _blend(node: promql.Expr) -> promql.Aggregation | None:
    """The outermost aggregation, if it adds up counters as they stand."""
    while True:
        match promql.bare(node):
            case promql.Aggregation(op=op, expr=inner) as found if op in _BLENDS:
                return found if _counters(inner) else None
            case promql.Call(function=function, args=args) if function in promql.POINTWISE and len(args) == 1:
                node = args[0]
                if function in _RATES or node.type is promql.ValueType.MATRIX:
                    return None
            case promql.Binary(lhs=lhs, rhs=rhs) if promql.ValueType.SCALAR in (lhs.type, rhs.type):
                node = rhs if lhs.type is promql.ValueType.SCALAR else lhs
            case _:
                return None


def _counters(node: promql.Expr) -> bool:
    """Whether it is nothing but counters by their names, of which no range was taken."""
    found = list(promql.selectors(node))
    ranged = any(isinstance(part, (promql.MatrixSelector, promql.Subquery)) for part in promql.walk(node))
    return bool(found) and not ranged and all(_COUNTER.search(selector.metric_name or "") for selector in found)
