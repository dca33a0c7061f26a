"""PQL023."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.lang.promql import lineage
from obslint.rules import patterns
from obslint.rules.base import Rule


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of PQL023; names of rules are patterns."""

    keep: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict, metadata={"help": "name of a rule → labels that its aggregations must keep"}
    )
    strip: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict, metadata={"help": "name of a rule → labels that its aggregations must remove"}
    )

    def __post_init__(self) -> None:
        patterns.check(*self.keep, *self.strip)


class AggregationLabels(Rule[Expression]):
    """An aggregation removes a label that your conventions keep, or keeps one that they remove.

    Alerts are routed by labels such as `cluster` or `team`, and what is recorded for the whole cluster should not have
    an `instance`. Silent until the settings name labels, for all rules or those whose whole name matches:

        rules:
          PQL023:
            keep:
              ".+": [cluster, job]
            strip:
              "cluster:.+": [instance]

    What is judged is the result of the whole expression, whatever aggregation is to blame; a label that the rule or its
    group sets is there in any case. An expression without aggregation is left alone.
    """

    code, name, severity = "PQL023", "aggregation-labels", Severity.WARNING
    on = Expression
    options = Settings()

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        rule = expression.rule
        settings: Settings = self.options
        if rule is None or expression.tree is None or not (settings.keep or settings.strip):
            return
        inference = graph.inference(expression)
        if inference is None:
            return
        own = {entry.name.text for entry in rule.labels}
        keep, strip = (_asked(policy, rule.name.text) - own for policy in (settings.keep, settings.strip))
        removed: set[tuple[str, int]] = set()
        for source in inference.result:
            aggregations = [
                node
                for node in promql.walk(expression.tree)
                if isinstance(node, promql.Aggregation)
                and node.op not in lineage.SELECTING
                and node.start <= source.origin.start <= source.origin.end <= node.end
            ]
            if not aggregations:
                continue
            for label in sorted(keep):
                why = source.labels.why_not(label) if source.labels.has(label) is False else None
                if isinstance(why, promql.Aggregation) and (label, why.start) not in removed:
                    removed.add((label, why.start))
                    yield self._claim(expression, why, label, f"removes `{label}`, which the conventions keep", True)
            for label in sorted(strip):
                outer = aggregations[0]
                if source.labels.has(label) is not False and (label, outer.start) not in removed:
                    removed.add((label, outer.start))
                    yield self._claim(expression, outer, label, f"keeps `{label}`, which the conventions remove", False)

    def _claim(self, expression: Expression, node: promql.Aggregation, label: str, what: str, listed: bool) -> Claim:
        """`listed`: whether the label is to be in the result."""
        names = [item.name for item in node.grouping or () if item.name != label]
        if listed != node.without:
            names.append(label)
        return self.claim(
            expression,
            f"{expression.what}: `{node.op}` {what}",
            place=expression.within(node.start, node.start + len(node.op)),
            help=f"write `{node.op} {'without' if node.without else 'by'} ({', '.join(names)})`",
            subject=f"{node.op}:{label}",
        )


def _asked(policy: Mapping[str, tuple[str, ...]], name: str) -> set[str]:
    return {label for pattern, labels in policy.items() if patterns.matches(pattern, name) for label in labels}
