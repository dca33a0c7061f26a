"""ALR002."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.heartbeats import is_heartbeat
from obslint.graph.nodes import GrafanaAlerting, RuleFile
from obslint.rules.alerts.alike import entry, listed, others, subject
from obslint.rules.base import Rule


@dataclass(frozen=True, slots=True)
class Settings:
    annotations: tuple[str, ...] = field(
        default=("summary", "description", "message"),
        metadata={"help": "Annotations of which an alert needs one that is not empty."},
    )


class SummaryMissing(Rule[RuleFile | GrafanaAlerting]):
    """An alert has no annotation that says in words what is wrong.

    Whoever is woken by it reads its name and its labels, and has to find the rule to learn what they mean. `summary` is
    what most notification templates show; `description` and `message` count, too. The alerts of one file are one
    finding; those that fire always are left alone.
    """

    code, name, severity = "ALR002", "summary-missing", Severity.INFO
    on = (RuleFile, GrafanaAlerting)
    options = Settings()

    def check(self, node: RuleFile | GrafanaAlerting, graph: Graph) -> Iterator[Claim]:
        wanted: tuple[str, ...] = self.options.annotations
        alerts = [
            alert
            for alert in node.alerts
            if not any(entry(alert.annotations, name) for name in wanted) and not is_heartbeat(alert)
        ]
        if not alerts or not wanted:
            return
        places = [alert.name.place for alert in alerts]
        yield self.claim(
            node,
            f"{subject(alerts)} {'have' if len(alerts) > 1 else 'has'} no annotation {listed(wanted)}: "
            "a notification shows only names and labels",
            place=places[0],
            related=others(alerts, places, "has none, either"),
            help=f"say under `annotations` in one sentence what is wrong and where, as `{wanted[0]}`",
        )
