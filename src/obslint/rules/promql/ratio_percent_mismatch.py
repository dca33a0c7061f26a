"""PQL011."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.lang.promql.scales import Scale
from obslint.rules.base import Rule


class RatioPercentMismatch(Rule[Expression]):
    """A share from 0 to 1 is compared with a percentage, or the other way round.

    `used / total > 80` never fires, for the quotient is at most 1, and `used / total * 100 > 0.8` fires at one percent.
    What is shown by the calculation itself is a warning; what only the name of a metric says (`_ratio`, `_percent`), or
    a percentage compared with a fraction, which may be meant, is an info.
    """

    code, name, severity = "PQL011", "ratio-percent-mismatch", Severity.WARNING
    on = Expression

    def check(self, node: Expression, graph: Graph) -> Iterator[Claim]:
        if node.tree is None or node.rule is None:
            return
        named, shown = graph.scales(node), graph.scales(node, named=False)
        for part in promql.walk(node.tree):
            if not isinstance(part, promql.Binary) or part.op not in promql.COMPARISONS:
                continue
            for side, other in ((part.lhs, part.rhs), (part.rhs, part.lhs)):
                scale = named.get(id(side))
                limit = promql.scalar_value(other)
                if limit is None or scale is None:
                    continue
                if scale is Scale.RATIO and 1 < limit <= 100:
                    said, fix = "a share from 0 to 1", f"compare with {limit / 100:g}, or multiply by 100"
                    severity = Severity.WARNING if id(side) in shown else Severity.INFO
                elif scale is Scale.PERCENT and 0.5 <= limit < 1:
                    said, fix = (
                        "a percentage",
                        f"if {limit * 100:g} % is meant, compare with {limit * 100:g}",
                    )
                    severity = Severity.INFO
                else:
                    continue
                text = node.quoted(side, None)
                yield self.claim(
                    node,
                    f"{node.what} compares {said} with {limit:g}: `{node.quoted(side, 80)}`",
                    place=node.at(other),
                    help=fix,
                    subject=text,
                    severity=severity,
                )
