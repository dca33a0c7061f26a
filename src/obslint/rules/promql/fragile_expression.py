"""PQL021."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.lang.durations import prometheus_duration
from obslint.lang.promql import lineage
from obslint.rules.base import Rule

_MAX_OPERATIONS = 40
"""Of one expression; the sides of each are looked through as a whole."""


class FragileExpression(Rule[Expression]):
    """An alert's expression gives other results although nothing has changed.

    `topk`, `bottomk` and `limitk` pick series, and another pick is another set of alerts: each time two series change
    ranks one alert resolves and another fires, and `for` begins anew. Alert on a threshold of the values instead, or
    aggregate what was picked.

    An alert without `for` that calculates with two aggregations fires on whatever is there when it is evaluated. After
    a restart Prometheus has scraped the targets of one side before those of the other, or has the past and not the
    present, so the quotient of both is nonsense for one scrape interval. A `for` of two scrape intervals waits for it.
    """

    code, name, severity, proof = "PQL021", "fragile-expression", Severity.WARNING, Proof.LIKELY
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        rule, tree = expression.rule, expression.tree
        if rule is None or not rule.alerting or tree is None:
            return
        carriers = list(lineage.carriers(tree))
        for node in carriers:
            if (
                isinstance(node, promql.Aggregation)
                and node.op in lineage.SELECTING
                and not _single(node, expression, graph)
            ):
                yield self.claim(
                    expression,
                    f"{expression.what} alerts on what `{node.op}` picks, which may change with each evaluation: "
                    "alerts resolve and others fire while nothing has happened",
                    place=expression.within(node.start, node.start + len(node.op)),
                    help=f"compare the values with a threshold, or aggregate around it, such as `sum({node.op}(…))`",
                    subject=node.op,
                )
        if _waits(expression) or not any(isinstance(node, promql.Binary) and _filters(node) for node in carriers):
            return
        operations = [node for node in carriers if isinstance(node, promql.Binary) and node.op in promql.ARITHMETIC]
        for node in operations[:_MAX_OPERATIONS]:
            if _uneven(node):
                yield self.claim(
                    expression,
                    f"{expression.what} calculates with two aggregations and fires at once: after a restart one side "
                    "is there before the other is complete",
                    place=expression.within(node.op_start, node.op_end),
                    help="add a `for` of at least two scrape intervals, such as `for: 2m`",
                    subject=node.op,
                    severity=Severity.INFO,
                )


def _single(node: promql.Aggregation, expression: Expression, graph: Graph) -> bool:
    """Whether there is only one series to pick from."""
    inference = graph.inference(expression)
    return inference is not None and all(
        source.labels.possible is not None and not source.labels.possible for source in inference.of(node.expr)
    )


def _waits(expression: Expression) -> bool:
    """Whether the alert has a `for`; what is no duration is for another rule to say."""
    hold = expression.rule.hold if expression.rule is not None else None
    try:
        return hold is not None and prometheus_duration(hold.text) > 0
    except ValueError:
        return True


def _filters(node: promql.Binary) -> bool:
    return node.op in promql.COMPARISONS and not node.return_bool


def _uneven(node: promql.Binary) -> bool:
    """Whether both sides are aggregations, of metrics that are not scraped together or not of the same time."""
    if node.matching is not None and node.matching.include:  # joined for its labels
        return False
    sides = [list(lineage.sources(side)) for side in (node.lhs, node.rhs)]
    if not all(side and all(isinstance(source, promql.Aggregation) for source in side) for side in sides):
        return False
    left, right = (frozenset(scrape for source in side for scrape in _scrapes(source)) for side in sides)
    return left != right


def _scrapes(expr: promql.Expr) -> Iterator[tuple[str, tuple[str, ...], int | None]]:
    """What the series of an expression are scraped with: the exporter, by the first word of the name, job and time."""
    inside: set[int] = set()
    for node in promql.walk(expr):
        if isinstance(node, promql.MatrixSelector):
            inside.add(id(node.selector))
            yield _scrape(node.selector, node.offset or node.selector.offset)
        elif isinstance(node, promql.VectorSelector) and id(node) not in inside:
            yield _scrape(node, node.offset)


def _scrape(selector: promql.VectorSelector, offset: promql.Duration | None) -> tuple[str, tuple[str, ...], int | None]:
    parts = (selector.metric_name or "").split(":")
    metric = parts[1] if len(parts) > 1 else parts[0]
    jobs = tuple(f"{matcher.op}{matcher.value}" for matcher in selector.matchers if matcher.label == "job")
    return metric.split("_")[0], jobs, 0 if offset is None else offset.milliseconds
