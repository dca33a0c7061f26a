"""PQL008."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.lang.tokens import matches_empty
from obslint.rules.base import Rule

_PARTS = {"_sum": "the sum of observations", "_count": "the number of observations", "_bucket": "a histogram's buckets"}
_UNITS = ("_seconds", "_milliseconds", "_ms", "_bytes", "_duration", "_latency")
"""What the names of observed quantities end with."""
_BLENDS = frozenset(("avg", "sum"))
_INSTANCES = frozenset(("instance", "pod", "host", "hostname", "node"))
_ENDS = frozenset(("0", "1", "0.0", "1.0"))
"""The least and the greatest observation, which some do average."""


class QuantileLabelMisuse(Rule[Expression]):
    """The label `quantile` is asked of a series that cannot have it, or quantiles are added up.

    A summary exposes its quantiles as `x{quantile="0.99"}`, and the sum and the number of its observations as `x_sum`
    and `x_count`, which are one series each; a histogram has `x_bucket` with `le`. So `x_sum{quantile="0.99"}` finds
    nothing. Quantiles of several instances cannot be combined: the average of two 99th percentiles is no percentile of
    anything. Take the worst with `max`, or make the quantile of a histogram's buckets, which can be added up.
    """

    code, name, severity = "PQL008", "quantile-label-misuse", Severity.ERROR
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        if expression.tree is None or "quantile" not in expression.text or "loki" in expression.readers:
            return
        for node in promql.walk(expression.tree):
            if isinstance(node, promql.VectorSelector):
                yield from self._impossible(expression, graph, node)
            elif isinstance(node, promql.Aggregation) and node.op in _BLENDS:
                yield from self._blended(expression, graph, node)

    def _impossible(self, expression: Expression, graph: Graph, node: promql.VectorSelector) -> Iterator[Claim]:
        name = node.metric_name
        ending = next((ending for ending in _PARTS if name is not None and name.endswith(ending)), None)
        if (
            name is None
            or ending is None
            or ":" in name
            or not expression.written(promql.Node(node.start, node.start + 1))
        ):
            return
        matcher = next((item for item in node.matchers if item.label == "quantile" and _asks(item)), None)
        if matcher is None or not expression.written(matcher) or graph.recordings(name, expression):
            return
        base = name.removesuffix(ending)
        yield self.claim(
            expression,
            f"{expression.what} asks `{name}` for a `quantile`, but it is {_PARTS[ending]} and never has that label: "
            "nothing is found",
            place=expression.at(matcher),
            help=f'a summary\'s quantile is `{base}{{quantile="…"}}`; of a histogram it is '
            f"`histogram_quantile(…, sum by (le) (rate({base}_bucket[5m])))`",
            subject=name,
            # A gauge or a summary may have been called `x_count`; nobody calls one `x_seconds_count`.
            proven=ending == "_bucket" or base.endswith(_UNITS),
        )

    def _blended(self, expression: Expression, graph: Graph, node: promql.Aggregation) -> Iterator[Claim]:
        if not _across_instances(node):
            return
        inference = graph.inference(expression)
        sources = inference.of(node.expr) if inference is not None else ()
        related = promql.bare(node.expr)
        histograms = isinstance(related, promql.Call) and related.function == "histogram_quantile"
        if not histograms:
            if not sources or not all(_is_quantile(source.labels) for source in sources):
                return
            related = sources[0].origin
        yield self.claim(
            expression,
            f"{expression.what} {'averages' if node.op == 'avg' else 'adds up'} quantiles of several "
            f"{'histograms' if histograms else 'series'}: the result is no quantile of anything",
            place=expression.within(node.start, node.start + len(node.op)),
            related=[Related(expression.at(related), "the quantiles")],
            help="add up the buckets inside, with `sum by (le)`" if histograms else "take the worst with `max`",
            subject=f"{node.op} {expression.text[node.start : node.end]}",
            proven=False,
        )


def _asks(matcher: promql.Matcher) -> bool:
    """Whether a matcher finds only series that have its label."""
    if matcher.op == "=":
        return matcher.value != ""
    return matcher.op == "=~" and matches_empty(matcher.value) is False


def _is_quantile(labels: promql.Labels) -> bool:
    """Whether the series are quantiles, other than the least and the greatest value."""
    values = labels.values.get("quantile")
    return labels.has("quantile") is True and values is not None and values.isdisjoint(_ENDS)


def _across_instances(node: promql.Aggregation) -> bool:
    """Whether it puts several instances together, as far as its labels tell."""
    names = {label.name for label in node.grouping or ()}
    return not _INSTANCES.isdisjoint(names) if node.without else _INSTANCES.isdisjoint(names)
