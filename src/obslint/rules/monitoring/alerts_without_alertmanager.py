"""MON004."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Prometheus, RuleFile
from obslint.rules.base import Rule


class AlertsWithoutAlertmanager(Rule[Prometheus]):
    """Alerting rules are loaded, but Prometheus knows no Alertmanager.

    The alerts fire, and nobody is told: without a target under `alerting.alertmanagers` Prometheus shows them on its
    own page and nowhere else. It is a warning where Prometheus runs here with another configuration than this.
    """

    code, name, severity = "MON004", "alerts-without-alertmanager", Severity.ERROR
    on = Prometheus

    def check(self, server: Prometheus, graph: Graph) -> Iterator[Claim]:
        if server.agent or (server.service is not None and not server.service.runs("prometheus")) or _notifies(server):
            return
        alerts = [
            alert
            for rule_file in server.rule_files
            if not rule_file.fact.logql and not _sent_by_another(rule_file, server, graph)
            for alert in rule_file.alerts
        ]
        if not alerts:
            return
        spare = server.service is None and any(
            other.service is not None and other.stack.group == server.stack.group for other in graph.all(Prometheus)
        )
        count = f"{len(alerts)} alerting rules are" if len(alerts) > 1 else "an alerting rule is"
        yield self.claim(
            server,
            f"{count} loaded, but {_why(server)}: nobody is told when {'they fire' if len(alerts) > 1 else 'it fires'}",
            place=server.fact.alertmanagers_place or server.fact.rule_files_place,
            related=[Related(alerts[0].name.place, f"for example alert `{alerts[0].name}`")],
            help="run an Alertmanager and name it: "
            "`alerting: {alertmanagers: [{static_configs: [{targets: ['alertmanager:9093']}]}]}`",
            severity=Severity.WARNING if spare else Severity.ERROR,
            proof=Proof.LIKELY if spare else Proof.PROVEN,
        )


def _notifies(server: Prometheus) -> bool:
    groups = server.fact.alertmanagers or ()
    return any(group.discoveries or any(part.targets for part in group.groups) for group in groups)


def _sent_by_another(rule_file: RuleFile, server: Prometheus, graph: Graph) -> bool:
    """Whether vmalert, Thanos or another Prometheus of the stack evaluates the same rules and may notify."""
    servers = [other for other in graph.all(Prometheus) if rule_file in other.rule_files]
    if len(rule_file.loaders) > len(servers):
        return True
    return any(other is not server and other.stack is server.stack and _notifies(other) for other in servers)


def _why(server: Prometheus) -> str:
    if server.fact.alertmanagers_place is None:
        return "`alerting.alertmanagers` is missing"
    return "`alerting.alertmanagers` " + ("has no target" if server.fact.alertmanagers else "is empty")
