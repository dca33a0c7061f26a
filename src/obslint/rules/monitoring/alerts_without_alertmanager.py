"""MON004."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Prometheus
from obslint.rules.base import Rule


class AlertsWithoutAlertmanager(Rule[Prometheus]):
    """Alerting rules are loaded, but Prometheus knows no Alertmanager.

    The alerts fire, and nobody is told: without a target under `alerting.alertmanagers` Prometheus shows them on its
    own page and nowhere else.
    """

    code, name, severity = "MON004", "alerts-without-alertmanager", Severity.ERROR
    on = Prometheus

    def check(self, server: Prometheus, graph: Graph) -> Iterator[Claim]:
        if server.agent or (server.service is not None and not server.service.runs("prometheus")):
            return
        alerts = [(rule_file, alert) for rule_file in server.rule_files for alert in rule_file.alerts]
        groups = server.fact.alertmanagers
        if not alerts or any(group.discoveries or any(part.targets for part in group.groups) for group in groups or ()):
            return
        _, first = alerts[0]
        count = f"{len(alerts)} alerting rules are" if len(alerts) > 1 else "an alerting rule is"
        why = "`alerting.alertmanagers` is missing" if groups is None else "`alerting.alertmanagers` has no target"
        yield self.claim(
            server,
            f"{count} loaded, but {why}: nobody is told when they fire",
            place=server.fact.alertmanagers_place or server.fact.rule_files_place,
            related=[Related(first.name.place, f"for example alert `{first.name}`")],
            help="add `alerting: {alertmanagers: [{static_configs: [{targets: ['alertmanager:9093']}]}]}`",
        )
