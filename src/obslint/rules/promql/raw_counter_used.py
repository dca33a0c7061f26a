"""PQL002."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph, series
from obslint.graph.nodes import Expression
from obslint.knowledge import metrics
from obslint.lang import promql
from obslint.rules.base import Rule

_SUFFIXES = ("_total", "_sum", "_count", "_bucket")
_CONSEQUENCES = {
    **dict.fromkeys((">", ">="), "once it is past the limit, it stays there until the process restarts"),
    **dict.fromkeys(("<", "<="), "it is below the limit after each start of the process and never again"),
    "==": "it stands at the number until the next event and never again",
    "!=": "it stands at the number for a moment only",
}


class RawCounterUsed(Rule[Expression]):
    """A counter is compared or divided as it stands.

    A counter is the sum of all that happened since the process started. Compared with a limit, it is past it one day
    and stays so until a restart; the quotient of two is a mean since the start, which an outage of an hour hardly
    moves. Ask for the growth: `rate`, or `increase` over a window. Whether it counted anything at all (`> 0`, `>= 1`)
    may be asked. A name that obslint does not know is a counter if it ends like one and some expression takes its
    rate. In a panel the mean since the start may be meant, so there it is information.
    """

    code, name, severity, proof = "PQL002", "raw-counter-used", Severity.WARNING, Proof.LIKELY
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        tree = expression.tree
        if tree is None or "loki" in expression.readers:
            return
        names = {selector.metric_name for selector in promql.selectors(tree)}
        raw = promql.raw_counters(tree, lambda selector: _is_counter(selector, expression, graph, names))
        if not raw:
            return
        if expression.rule is not None:
            yield from self._compared(expression, tree, raw)
        for node in promql.walk(tree):
            if isinstance(node, promql.Binary) and node.op == "/":
                yield from self._divided(expression, node, raw)

    def _compared(
        self, expression: Expression, tree: promql.Expr, raw: dict[int, promql.VectorSelector]
    ) -> Iterator[Claim]:
        for found in promql.thresholds(tree):
            selector = raw.get(id(found.value))
            if selector is None or found.limit == 0 or (found.limit == 1 and found.op in (">=", "<")):
                continue
            name = selector.metric_name
            yield self.claim(
                expression,
                f"{expression.what} compares the counter `{name}`, the sum of all since a start, with {found.limit:g}: "
                f"{_CONSEQUENCES[found.op]}",
                place=expression.at(selector),
                help=f"compare its growth: `rate({name}[5m])` a second, or `increase({name}[1h])` in a window",
                subject=f"{name} {found.op}",
            )

    def _divided(
        self, expression: Expression, node: promql.Binary, raw: dict[int, promql.VectorSelector]
    ) -> Iterator[Claim]:
        part, whole = raw.get(id(node.lhs)), raw.get(id(node.rhs))
        if part is None or whole is None or promql.ValueType.SCALAR in (node.lhs.type, node.rhs.type):
            return
        others = sorted({selector.metric_name or "" for selector in promql.selectors(node.rhs)} - {part.metric_name})
        by = f"`{'`, `'.join(others)}`" if others else "another part of it"
        if others and len(others) < len(list(promql.selectors(node.rhs))):
            by = f"its sum with {by}"
        yield self.claim(
            expression,
            f"{expression.what} divides the counter `{part.metric_name}` by {by} as they stand: the result is a mean "
            "since the start, and what happens now hardly moves it",
            place=expression.at(part),
            help=f"divide their growth: `rate({part.metric_name}[5m])` and so on for each counter",
            subject=f"{part.metric_name} / {whole.metric_name}",
            severity=Severity.INFO if expression.rule is None else None,
        )


def _is_counter(selector: promql.VectorSelector, expression: Expression, graph: Graph, names: set[str | None]) -> bool:
    name = series.metric_name(selector, expression)
    if name is None or ":" in name or "uptime" in name or name in graph.recorded:  # how long it runs is read as it is
        return False
    named = name.endswith(_SUFFIXES)
    if metrics.families(name):  # a limit may be exposed as a counter, so the type alone does not count
        return metrics.series_type(name) == "counter" and (named or name in graph.rated)
    return named and (name in graph.rated or _pair(name) in names)


def _pair(name: str) -> str | None:
    """Of the sum of a histogram its count, and the other way round."""
    if name.endswith("_sum"):
        return f"{name.removesuffix('_sum')}_count"
    return f"{name.removesuffix('_count')}_sum" if name.endswith("_count") else None
