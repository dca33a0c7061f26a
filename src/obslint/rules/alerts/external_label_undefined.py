"""ALR023."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.rules.base import Rule

_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_USE = re.compile(
    r"(?:\$externalLabels|\.ExternalLabels)\.(\w+)|index\s+(?:\$externalLabels|\.ExternalLabels)\s+\"(\w+)\""
)
_ASKS = re.compile(r"\{\{-?\s*(?:if|with|else\s+if|else\s+with)\b")


class ExternalLabelUndefined(Rule[Expression]):
    """An alert's template prints an external label that the server does not set.

    `$externalLabels` holds what stands under `global.external_labels` of the Prometheus that evaluates the rule. A name
    that is not there prints nothing, without an error: the message says "in cluster " and no more. A template that asks
    first, with `if` or `with`, is left alone.
    """

    code, name, severity = "ALR023", "external-label-undefined", Severity.WARNING
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        rule = expression.rule
        if rule is None or not rule.alerting or not expression.servers:
            return
        for what, entries in (("label", rule.labels), ("annotation", rule.annotations)):
            for entry in entries:
                text = entry.value.text if entry.value is not None else ""
                if entry.value is None or "xternalLabels" not in text:
                    continue
                for start, end, label in _printed(text):
                    for server in expression.servers:
                        known = [item.name.text for item in server.fact.external_labels]
                        if label in known:
                            continue
                        close = get_close_matches(label, known, 1, 0.6)
                        listed = ", ".join(f"`{name}`" for name in known) or "none"
                        yield self.claim(
                            expression,
                            f"the {what} `{entry.name}` of alert `{rule.name}` prints the external label `{label}`, "
                            "which Prometheus does not set: it prints nothing",
                            place=entry.value.place.within(start, end),
                            related=[Related(server.place, f"its external labels: {listed}")],
                            help=f"did you mean `{close[0]}`?"
                            if close
                            else f"set `{label}` under `global.external_labels`",
                            subject=f"{rule.name}:{entry.name}:{label}",
                        )
                        break


def _printed(text: str) -> Iterator[tuple[int, int, str]]:
    """The external labels that a template prints, and where; not those of which it asks whether they are there."""
    asked: set[str] = set()
    found: list[tuple[int, int, str]] = []
    for action in _ACTION.finditer(text):
        for use in _USE.finditer(action.group()):
            label = use.group(1) or use.group(2)
            if _ASKS.match(action.group()):
                asked.add(label)
            found.append((action.start() + use.start(), action.start() + use.end(), label))
    return ((start, end, label) for start, end, label in found if label not in asked)
