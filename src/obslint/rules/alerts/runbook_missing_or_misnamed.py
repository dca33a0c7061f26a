"""ALR003."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

from obslint.facts.common import Entry
from obslint.facts.prometheus import Rule as AlertingRule
from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.heartbeats import is_heartbeat
from obslint.graph.nodes import Alertmanager, RuleFile
from obslint.rules.alerts.alike import entry, listed, others, subject
from obslint.rules.base import Rule

_OTHER_NAMES = re.compile(r"run[-_]?books?(?:[-_]?(?:url|uri|link|href))?", re.IGNORECASE)
_LINK = re.compile(r"\w+://|\{\{")
_ALIKE = 0.85


@dataclass(frozen=True, slots=True)
class Settings:
    annotation: str = field(default="runbook_url", metadata={"help": "The annotation that links an alert's runbook."})
    severities: tuple[str, ...] = field(
        default=("critical", "page"), metadata={"help": "Values of the label `severity` that call for a runbook."}
    )


class RunbookMissingOrMisnamed(Rule[RuleFile]):
    """An alert that pages somebody links no runbook, or links it under a name that nothing reads.

    At night the link decides between minutes and hours. Notification templates, Grafana and most tools look for the
    annotation `runbook_url`; a link under `runbook` or `runbookUrl` is not shown. A name that an Alertmanager of the
    repository shows in its messages is right, and where it loads template files, any may be. The alerts of one file
    are one finding.
    """

    code, name, severity, proof = "ALR003", "runbook-missing-or-misnamed", Severity.INFO, Proof.LIKELY
    on = RuleFile
    options = Settings()

    def check(self, node: RuleFile, graph: Graph) -> Iterator[Claim]:
        wanted: str = self.options.annotation
        missing = self._without(node)
        if missing and any(_names_runbook(name, wanted) for name in graph.annotations):
            yield self._missing(node, [missing])
        elif missing:  # nobody here keeps runbooks: that is one thing to say, not one for each file
            found = ((other, alerts) for other in graph.all(RuleFile) if (alerts := self._without(other)))
            if next(found)[0] is node:
                yield self._missing(node, [missing, *(alerts for _, alerts in found)])
        misnamed: dict[str, list[tuple[AlertingRule, Entry]]] = {}
        for alert in node.alerts:
            other = _other_runbook(alert, wanted)
            if other is not None and other.value is not None and _LINK.match(other.value.text.strip()):
                misnamed.setdefault(other.name.text, []).append((alert, other))
        for name, written in misnamed.items():
            if not _may_be_shown(name, graph):
                yield self._misnamed(node, name, written, wanted)

    def _without(self, node: RuleFile) -> list[AlertingRule]:
        """The alerts of a file that page somebody and link no runbook under any name."""
        return [
            alert
            for alert in node.alerts
            if _severity(alert) in self.options.severities
            and not entry(alert.annotations, self.options.annotation)
            and _other_runbook(alert, self.options.annotation) is None
            and not is_heartbeat(alert)
        ]

    def _missing(self, node: RuleFile, files: list[list[AlertingRule]]) -> Claim:
        wanted = self.options.annotation
        alerts = [alert for found in files for alert in found]
        shown = alerts if len(files) == 1 else [found[0] for found in files]
        many = len(alerts) > 1
        who = subject(alerts) if len(files) == 1 else f"{len(alerts)} alerts in {len(files)} files"
        return self.claim(
            node,
            f"{who} {'are' if many else 'is'} {listed(dict.fromkeys(map(_severity, alerts)))} "
            f"and {'have' if many else 'has'} no `{wanted}`: whoever is paged has to find out alone what to do",
            place=shown[0].name.place,
            related=others(shown, [alert.name.place for alert in shown], "has none, either"),
            help=f"add the annotation `{wanted}` with a link to what to look at and what to do",
            subject="missing",
        )

    def _misnamed(self, node: RuleFile, name: str, found: list[tuple[AlertingRule, Entry]], wanted: str) -> Claim:
        alerts, places = [alert for alert, _ in found], [item.name.place for _, item in found]
        return self.claim(
            node,
            f"{subject(alerts)} {'link their' if len(alerts) > 1 else 'links its'} runbook as `{name}`, "
            f"but templates and tools read `{wanted}`",
            place=places[0],
            related=others(alerts, places, f"has `{name}`, too"),
            help=f"rename the annotation to `{wanted}`",
            subject=name,
        )


def _severity(alert: AlertingRule) -> str:
    label = entry(alert.labels, "severity")
    return label.value.text if label and label.value else ""


def _other_runbook(alert: AlertingRule, wanted: str) -> Entry | None:
    """What is, by its name, the runbook of an alert that has none of the name that is wanted."""
    if entry(alert.annotations, wanted):
        return None
    names = (item.name.text for item in alert.annotations)
    found = (entry(alert.annotations, name) for name in names if _names_runbook(name, wanted))
    return next((item for item in found if item is not None), None)


@lru_cache(maxsize=1024)
def _names_runbook(name: str, wanted: str) -> bool:
    """Whether an annotation of this name is the runbook; `wanted` misspelt counts."""
    if name == wanted or _OTHER_NAMES.fullmatch(name):
        return True
    return len(name) < 2 * len(wanted) and SequenceMatcher(None, name.lower(), wanted).ratio() >= _ALIKE


def _may_be_shown(name: str, graph: Graph) -> bool:
    """Whether an Alertmanager of the repository shows the annotation of that name, or may do so in a template file."""
    return any(node.fact.templates or name in node.fact.annotations_shown for node in graph.all(Alertmanager))
