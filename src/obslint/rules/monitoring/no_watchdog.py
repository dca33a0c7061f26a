"""MON005."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.heartbeats import is_heartbeat
from obslint.graph.nodes import Evaluator, Prometheus, Service
from obslint.rules.base import Rule


class NoWatchdog(Rule[Prometheus]):
    """No alert fires always, so silence cannot be told from an outage of the alerting itself.

    When Prometheus, Alertmanager or the way between them breaks, no alert arrives, which looks just like a quiet day. A
    rule that always fires, routed to an outside service that expects it, turns that silence into a page.
    """

    code, name, severity = "MON005", "no-watchdog", Severity.WARNING
    on = Prometheus

    def check(self, server: Prometheus, graph: Graph) -> Iterator[Claim]:
        if server.agent or not server.rules_complete.yes or not (server.service and server.service.runs("prometheus")):
            return
        alerts = [alert for rule_file in server.rule_files if not rule_file.fact.logql for alert in rule_file.alerts]
        if not alerts or not server.alertmanagers or any(is_heartbeat(alert) for alert in alerts):
            return
        others = graph.in_stack(Evaluator, server.stack)
        known = {id(other.service) for other in others if all(load.complete.yes for load in other.loads)}
        if any(_evaluates(service) and id(service) not in known for service in server.stack.services.values()):
            return
        if any(is_heartbeat(alert) for other in others for rule_file in other.rule_files for alert in rule_file.alerts):
            return
        if graph.grafana_may_alert(server.stack):
            return  # Grafana may send the heartbeat
        what = f"none of the {len(alerts)} alerts that Prometheus sends" if len(alerts) > 1 else "the one alert sent"
        yield self.claim(
            server,
            f"{what} to Alertmanager {'fires' if len(alerts) > 1 else 'does not fire'} always: "
            "if the alerting breaks, nobody is told",
            place=server.fact.rule_files_place,
            related=[Related(server.alertmanagers[0].place, f"sent to {server.alertmanagers[0].written}")],
            help="add a rule such as `- alert: Watchdog` with `expr: vector(1)` and route it to a heartbeat service",
        )


def _evaluates(service: Service) -> bool:
    return service.component is not None and service.component.role == "evaluator"
