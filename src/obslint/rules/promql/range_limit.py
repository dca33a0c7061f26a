"""PQL025."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.lang.durations import prometheus_duration
from obslint.rules.base import Rule


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of PQL025."""

    max: str = field(default="", metadata={"help": "the longest range or subquery of a rule, such as `4h`"})

    def __post_init__(self) -> None:
        if self.max:
            prometheus_duration(self.max)


class RangeLimit(Rule[Expression]):
    """A rule reads a longer range than your conventions in obslint.yaml allow.

    A rule is evaluated again and again, and each time reads every sample of its ranges: `rate(x[1d])` reads a day of
    samples every minute. Record the short range and build on that. Silent until the settings give a limit:

        rules:
          PQL025: {max: 4h}
    """

    code, name, severity = "PQL025", "range-limit", Severity.WARNING
    on = Expression
    options = Settings()

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        limit = self.options.max
        if not limit or expression.rule is None or expression.tree is None:
            return
        for node in promql.walk(expression.tree):
            if not isinstance(node, (promql.MatrixSelector, promql.Subquery)):
                continue
            length = node.range.milliseconds
            if length is not None and length > prometheus_duration(limit):
                yield self.claim(
                    expression,
                    f"{expression.what} reads {expression.text[node.range.start : node.range.end]} of samples at each "
                    f"evaluation; the conventions allow {limit}",
                    place=expression.at(node.range),
                    help="record a shorter range and build on what is recorded",
                    subject=expression.text[node.start : node.end],
                )
