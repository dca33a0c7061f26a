"""ALR001."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from obslint.facts.common import Scalar
from obslint.facts.prometheus import Rule as AlertingRule
from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.heartbeats import is_heartbeat
from obslint.graph.nodes import Alertmanager, GrafanaAlerting, RuleFile
from obslint.rules.alerts.alike import entry, listed, others, subject
from obslint.rules.base import Rule

_LABEL = "severity"
_MENTIONED = re.compile(rf"\b{_LABEL}\b")
# Anything else is filled in: by a template, an environment variable, whoever copies the file.
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]*")


@dataclass(frozen=True, slots=True)
class Settings:
    severities: tuple[str, ...] = field(
        default=("critical", "warning", "info", "page", "ticket", "none"),
        metadata={"help": "The values that the label `severity` may have."},
    )


class SeverityMissingOrUnknown(Rule[RuleFile | GrafanaAlerting]):
    """An alert has no label `severity`, or one outside the taxonomy.

    Routes, inhibitions and silences go by it. An alert without it, or with a value that nobody routes, falls through to
    the root receiver: the page for a dead database ends in the channel for everything else. Alerts whose expression
    speaks of `severity` may take it from there and are left alone, and so are those that fire always. Values that a
    route or an inhibit rule of an Alertmanager here asks for are known, too. The alerts of one file are one finding.
    Whoever has a scale of their own sets `severities`.
    """

    code, name, severity, proof = "ALR001", "severity-missing-or-unknown", Severity.WARNING, Proof.LIKELY
    on = (RuleFile, GrafanaAlerting)
    options = Settings()

    def check(self, node: RuleFile | GrafanaAlerting, graph: Graph) -> Iterator[Claim]:
        known: tuple[str, ...] = self.options.severities
        routed = graph.values_matched.get(_LABEL, ())
        missing: list[AlertingRule] = []
        strange: dict[str, list[tuple[AlertingRule, Scalar]]] = {}
        for alert in node.alerts:
            label = entry(alert.labels, _LABEL)
            if label is None or label.value is None:
                if not _given_elsewhere(alert):
                    missing.append(alert)
            elif label.value.text not in known and label.value.text not in routed and _WORD.fullmatch(label.value.text):
                strange.setdefault(label.value.text, []).append((alert, label.value))
        if missing:
            yield self._missing(node, missing)
        own_scale: list[tuple[AlertingRule, Scalar]] = []
        for value, found in strange.items():
            meant = _meant(value, known)
            if meant:
                yield self._strange(node, found, f"did you mean `{meant}`?", Proof.LIKELY)
            else:
                own_scale += found
        if own_scale:
            setting = f"rules: {{{self.code}: {{severities: […]}}}}"
            help_ = f"use {listed(known)}, or tell obslint.yaml of a scale of your own: `{setting}`"
            unrouted = bool(graph.all(Alertmanager)) and not any(map(_routes, graph.all(Alertmanager)))
            yield self._strange(
                node, own_scale, help_, Proof.HEURISTIC, Severity.INFO if unrouted else Severity.WARNING
            )

    def _missing(self, node: RuleFile | GrafanaAlerting, alerts: list[AlertingRule]) -> Claim:
        places = [alert.name.place for alert in alerts]
        return self.claim(
            node,
            f"{subject(alerts)} {'have' if len(alerts) > 1 else 'has'} no label `{_LABEL}`: "
            "routes, inhibitions and silences cannot tell how bad it is",
            place=places[0],
            related=others(alerts, places, "has none, either"),
            help=f"add `{_LABEL}` under `labels`: {listed(self.options.severities)}",
            subject="missing",
        )

    def _strange(
        self,
        node: RuleFile | GrafanaAlerting,
        found: list[tuple[AlertingRule, Scalar]],
        help_: str,
        proof: Proof,
        severity: Severity = Severity.WARNING,
    ) -> Claim:
        alerts, values = [alert for alert, _ in found], [value for _, value in found]
        words = list(dict.fromkeys(value.text for value in values))
        return self.claim(
            node,
            f"{subject(alerts)} {'have' if len(alerts) > 1 else 'has'} the severity {listed(words)}, "
            f"which is none of {', '.join(self.options.severities)}: "
            + (
                "what routes by these passes it over" if severity is Severity.WARNING else "nothing here routes by them"
            ),
            place=values[0].place,
            related=others(alerts, [value.place for value in values], "has such a value, too"),
            help=help_,
            subject=", ".join(words),
            proof=proof,
            severity=severity,
        )


def _given_elsewhere(alert: AlertingRule) -> bool:
    """Whether the label may come from the expression, or the alert is one that nobody rates."""
    return (alert.expr is not None and bool(_MENTIONED.search(alert.expr.text))) or is_heartbeat(alert)


def _meant(value: str, known: tuple[str, ...]) -> str:
    """The value of the taxonomy that a misspelt or shortened one stands for; else empty."""
    small = value.lower().strip()
    if len(small) > 3:
        beginning = [word for word in known if word.startswith(small) or small.startswith(word)]
        close = get_close_matches(small[:64], known, n=1, cutoff=0.8)
        return next(iter((*beginning, *close)), "")
    return small if small in known else ""


def _routes(alertmanager: Alertmanager) -> bool:
    """Whether a route or an inhibition asks for a severity, or for what cannot be read."""
    fact = alertmanager.fact
    conditions = [side for rule in fact.inhibitions for side in (rule.source, rule.target)]
    stack = [fact.route] if fact.route is not None else []
    while stack:
        route = stack.pop()
        conditions.append(route.conditions)
        stack.extend(route.routes)
    return any(
        not condition.complete or any(matcher.name == _LABEL for matcher, _ in condition.matchers)
        for condition in conditions
    )
