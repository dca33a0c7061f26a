"""ALR007."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts.common import Scalar
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.knowledge.templates import template_language
from obslint.lang import gotemplate
from obslint.lang.alert_templates import ValueUse, read
from obslint.lang.promql.scales import Scale, scales, times_hundred
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
        scale = scales(node.tree).get(id(node.tree))
        shown = scales(node.tree, named=False).get(id(node.tree))
        hundred = times_hundred(node.tree)
        percent = scale is Scale.PERCENT or hundred is not None
        for what, entries in (("label", node.rule.labels), ("annotation", node.rule.annotations)):
            for entry in entries:
                for use in _uses(entry.value):
                    assert entry.value is not None
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
                        f"the value in {what} `{entry.name}` of alert `{node.rule.name}` {said}",
                        place=entry.value.place.within(use.start, use.end),
                        related=[Related(node.at(hundred or node.tree), "the expression")],
                        help=fix,
                        subject=f"{what} {entry.name}",
                    )


def _uses(text: Scalar | None) -> Iterator[ValueUse]:
    """Where the alert's own value is shown."""
    if text is None or "{{" not in text.text:
        return
    language = template_language("prometheus")
    functions = {*language.functions, *language.elsewhere}
    template = gotemplate.parse(text.text, functions, [*language.variables, *sorted(language.elsewhere)])
    if template.problem is None:
        yield from (use for use in read(text.text, template).values if use.own)


def _as_percentage(use: ValueUse) -> bool:
    """Whether a percent sign follows the value, which nothing has multiplied."""
    if not all(_NEUTRAL.fullmatch(function) for function in use.functions):
        return False
    return bool(_PERCENT_SIGN.match(use.after)) or any(map(_FORMATTED.fullmatch, use.functions))
