"""ALR007."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph, alert_texts
from obslint.graph.nodes import Expression
from obslint.lang.alert_templates import ValueUse
from obslint.lang.promql.scales import Scale, times_hundred
from obslint.rules.base import Rule

_PERCENT_SIGN = re.compile(r"\s?%")
_FORMATTED = re.compile(r"printf [^%]*%[-+0-9.]*[fgvds]\s?%%")
_NEUTRAL = re.compile(r"humanize|printf [^%]*%[-+0-9.]*[fgvds](?:\s?%%)?")


class PercentFormattingTwice(Rule[Expression]):
    """The text of an alert shows a percentage a hundred times too large, or a share as a percentage.

    `humanizePercentage` multiplies by 100 and adds the sign. Where the expression has multiplied by 100 already, 65 %
    is shown as 6500%; and `{{ $value }}%` of a share from 0 to 1 shows 65 % as 0.65%. At three in the morning somebody
    believes it.
    """

    code, name, severity = "ALR007", "percent-formatting-twice", Severity.WARNING
    on = Expression

    def check(self, node: Expression, graph: Graph) -> Iterator[Claim]:
        if node.tree is None or node.rule is None or not node.rule.alerting:
            return
        scale = graph.scales(node).get(id(node.tree))
        shown = graph.scales(node, named=False).get(id(node.tree))
        hundred = times_hundred(node.tree)
        percent = scale is Scale.PERCENT or hundred is not None
        for where, text in alert_texts.texts(node.rule):
            found = alert_texts.reading(text.text)
            for use in found.values if found is not None else ():
                if not use.own:
                    continue
                if percent and "humanizePercentage" in use.functions:
                    said = "is multiplied by 100 twice, by the expression and by `humanizePercentage`"
                    fix = 'write `printf "%.1f%%"` instead of `humanizePercentage`'
                elif shown is Scale.RATIO and _as_percentage(use):
                    said = "is shown as a percentage, but the expression yields a share from 0 to 1"
                    fix = "use `humanizePercentage`, which multiplies by 100 and adds the sign"
                else:
                    continue
                yield self.claim(
                    node,
                    f"the value in {where} {said}",
                    place=text.place.within(use.start, use.end),
                    related=[Related(node.at(hundred or node.tree), "the expression")],
                    help=fix,
                    subject=where,
                )


def _as_percentage(use: ValueUse) -> bool:
    """Whether a percent sign follows the value, which nothing has multiplied."""
    if not all(_NEUTRAL.fullmatch(function) for function in use.functions):
        return False
    return bool(_PERCENT_SIGN.match(use.after)) or any(map(_FORMATTED.fullmatch, use.functions))
