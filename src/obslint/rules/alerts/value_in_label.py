"""ALR008."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.common import Scalar
from obslint.facts.prometheus import Rule as AlertingRule
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph, alert_texts
from obslint.graph.nodes import RuleFile
from obslint.lang import promql
from obslint.lang.alert_templates import ValueUse
from obslint.rules.base import Rule


class ValueInLabel(Rule[RuleFile]):
    """A label of an alert holds the value of its expression.

    Labels are the identity of an alert. With each new value the alert of before is resolved and another begins: `for`
    starts anew, so that it may never fire; Alertmanager notifies again, and no silence or inhibition holds. Put the
    value into an annotation. A label may be chosen by the value, as with `{{ if gt $value 90.0 }}critical{{ else
    }}warning{{ end }}`: that has few values.
    """

    code, name, severity = "ALR008", "value-in-label", Severity.ERROR
    on = RuleFile

    def check(self, node: RuleFile, graph: Graph) -> Iterator[Claim]:
        seen = set()  # a label of a group is that of each of its rules
        for alert in node.alerts:
            for label in alert.labels:
                if label.value is None or "{{" not in label.value.text or label.value.place in seen:
                    continue
                part = _printed(label.value)
                if part is not None and not _settled(alert):
                    seen.add(label.value.place)
                    yield self._claim(node, alert, label.name.text, label.value, part)

    def _claim(self, node: RuleFile, alert: AlertingRule, label: str, value: Scalar, part: ValueUse) -> Claim:
        text = value.text[part.start : part.end]
        hold = f", and `for: {alert.hold}` starts anew" if alert.hold is not None else ""
        return self.claim(
            node,
            f"`{text}` in the label `{label}` makes alert `{alert.name}` another one with every new value: "
            f"it is resolved and notified again{hold}",
            place=value.place.within(part.start, part.end),
            related=[Related(alert.hold.place, "starts anew with each")] if alert.hold is not None else [],
            help=f"move `{label}` to `annotations`",
            subject=label,
        )


def _printed(value: Scalar) -> ValueUse | None:
    """What puts a sample's value into the label's text."""
    found = alert_texts.reading(value.text)
    return next(iter(found.values), None) if found is not None else None


def _settled(alert: AlertingRule) -> bool:
    """Whether the expression's value is one of few: it is compared for equality, or only tells that there is any."""
    if alert.expr is None:
        return True
    try:
        tree = promql.parse(alert.expr.text, promql.Dialect.METRICSQL)
    except promql.SyntaxProblem:  # LogQL, most likely
        return "==" in alert.expr.text or "absent_over_time" in alert.expr.text
    return promql.few_values(tree)
