"""PQL007."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.rules.base import Rule

_PARTS = ("_sum", "_count")
"""What a histogram or a summary exposes besides its buckets or quantiles."""


class HistogramQuantileMisuse(Rule[Expression]):
    """`histogram_quantile` gets something that it can make no quantile of.

    It reads the buckets of a classic histogram, told apart by the label `le`, and interpolates in the one where the
    quantile falls. Where an aggregation has dropped `le` nothing is left to read; `_sum` and `_count` have no buckets.
    A metric that is no `…_bucket` has none either, unless it is a native histogram. The buckets are counters: without
    `rate` they describe all that happened since the process started, which hardly moves any more. A quantile is a
    number from 0 to 1: 95 yields `+Inf`.
    """

    code, name, severity = "PQL007", "histogram-quantile-misuse", Severity.ERROR
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        if expression.tree is None or "quantile" not in expression.text or "loki" in expression.readers:
            return
        for node in promql.walk(expression.tree):
            match node:
                case promql.Call(function="histogram_quantile", args=(quantile, buckets)):
                    yield from self._beyond(expression, "histogram_quantile", quantile)
                    yield from self._buckets(expression, graph, buckets)
                case promql.Call(function="quantile_over_time", args=(quantile, _)):
                    yield from self._beyond(expression, "quantile_over_time", quantile)
                case promql.Aggregation(op="quantile", param=promql.NumberLiteral() as quantile):
                    yield from self._beyond(expression, "quantile", quantile)

    def _beyond(self, expression: Expression, function: str, quantile: promql.Expr) -> Iterator[Claim]:
        number = promql.bare(quantile)
        if not isinstance(number, promql.NumberLiteral) or 0 <= number.value <= 1 or not expression.written(number):
            return
        if number.value != number.value:  # NaN asks for NaN
            return
        share = number.value / 100
        yield self.claim(
            expression,
            f"{expression.what} asks `{function}` for the quantile {number.value:g}, which is not between 0 and 1: "
            f"the result is always {'+' if number.value > 0 else '-'}Inf",
            place=expression.at(quantile),
            help=f"write `{share:g}` for the {number.value:g}th percentile" if 0 < share <= 1 else "",
            subject=f"{function} {number.value:g}",
        )

    def _buckets(self, expression: Expression, graph: Graph, buckets: promql.Expr) -> Iterator[Claim]:
        found = list(promql.selectors(buckets))
        classic = [selector for selector in found if _is_bucket(selector, expression)]
        inference = graph.inference(expression)
        sources = inference.of(buckets) if inference is not None else ()
        if classic and len(classic) == len(found) and sources:
            if all(_without_bounds(source.labels) for source in sources):
                yield self._no_le(expression, buckets, sources[0])
            elif raw := _without_rate(buckets, classic):
                yield self.claim(
                    expression,
                    f"{expression.what} takes the quantile of `{raw.metric_name}` without `rate`: the buckets have "
                    "counted since the process started, so what happens now hardly shows",
                    place=expression.at(raw),
                    help=f"write `rate({raw.metric_name}[5m])`",
                    subject=f"raw {raw.metric_name}",
                    proven=False,
                )
        plain = promql.bare(buckets)
        if isinstance(plain, promql.VectorSelector) and _is_plain(plain, expression, graph):
            yield self.claim(
                expression,
                f"{expression.what} takes a quantile of `{plain.metric_name}`, which has no buckets unless it is a "
                "native histogram: the buckets of a classic histogram are in `…_bucket`",
                place=expression.at(plain),
                help=f"write `rate({plain.metric_name}_bucket[5m])`, or `rate({plain.metric_name}[5m])` of a native "
                "histogram",
                subject=f"plain {plain.metric_name}",
                proven=False,
            )
        for selector in found:
            name = selector.metric_name
            if name is not None and name.endswith(_PARTS) and ":" not in name and expression.written(selector):
                base = name.rpartition("_")[0]
                yield self.claim(
                    expression,
                    f"{expression.what} takes a quantile of `{name}`, which has no buckets: nothing comes out",
                    place=expression.at(selector),
                    help=f"use `{base}_bucket`, kept apart by `le`",
                    subject=name,
                    proven=False,
                )

    def _no_le(self, expression: Expression, buckets: promql.Expr, source: promql.Source) -> Claim:
        taken = source.labels.why_not("le")
        inside = taken is not None and any(node is taken for node in promql.walk(buckets))
        grouping = taken.grouping if isinstance(taken, promql.Aggregation) and not taken.without else None
        names = ", ".join(["le", *(label.name for label in grouping or ())])
        return self.claim(
            expression,
            f"{expression.what} takes a quantile of buckets that have lost their label `le`: nothing comes out",
            place=expression.at(taken) if taken is not None and inside else expression.at(buckets),
            related=[Related(expression.at(source.origin), "the buckets")],
            help=f"keep the buckets apart: `by ({names})`",
            subject="le",
        )


def _without_bounds(labels: promql.Labels) -> bool:
    """Whether nothing tells the buckets apart: neither Prometheus' `le`, nor `vmrange` of VictoriaMetrics."""
    return labels.has("le") is False and (labels.possible is None or "vmrange" not in labels.possible)


def _is_bucket(selector: promql.VectorSelector, expression: Expression) -> bool:
    """Whether it names the buckets of a classic histogram, as scraped or as a rule records them; native ones have none.

    A matcher for `le` picks a bucket, which is a mistake of another sort.
    """
    name = selector.metric_name
    return (
        name is not None
        and any(part.endswith("_bucket") for part in name.split(":"))
        and expression.written(promql.Node(selector.start, selector.start + len(name)))
        and all(matcher.label != "le" for matcher in selector.matchers)
    )


def _is_plain(selector: promql.VectorSelector, expression: Expression, graph: Graph) -> bool:
    """Whether it names neither a part of a classic histogram nor what a rule records; a label `le` tells of buckets."""
    name = selector.metric_name
    return (
        name is not None
        and ":" not in name
        and not name.endswith(("_bucket", *_PARTS))
        and expression.written(promql.Node(selector.start, selector.start + len(name)))
        and all(matcher.label not in ("le", "vmrange") for matcher in selector.matchers)
        and not graph.recordings(name, expression)
    )


def _without_rate(buckets: promql.Expr, classic: list[promql.VectorSelector]) -> promql.VectorSelector | None:
    """A bucket of a scrape that is taken as it stands."""
    ranged = {
        id(selector)
        for node in promql.walk(buckets)
        if isinstance(node, (promql.MatrixSelector, promql.Subquery))
        for selector in promql.selectors(node)
    }
    changed = any(isinstance(node, promql.Binary) and node.op == "-" for node in promql.walk(buckets))
    return next(
        (item for item in classic if id(item) not in ranged and ":" not in (item.metric_name or ":") and not changed),
        None,
    )
