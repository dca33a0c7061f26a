"""ALR012."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.alertmanager import Integration, Receiver
from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph, notifications
from obslint.graph.nodes import Alertmanager
from obslint.rules.base import Rule

_SHOWN = 8


class ResolveNotificationOff(Rule[Alertmanager]):
    """Some integrations tell when an alert is over, and others of the same kind or receiver leave it to their default.

    Slack, e-mail, WeChat and Rocket.Chat are silent about the end of an alert unless `send_resolved: true` is set, the
    other integrations are not. Where it is set here and forgotten there, whoever reads the one channel believes that
    the alert still burns. `send_resolved: false` says that this is meant.
    """

    code, name, severity = "ALR012", "resolve-notification-off", Severity.INFO
    on = Alertmanager

    def check(self, node: Alertmanager, graph: Graph) -> Iterator[Claim]:
        both = [(receiver, item) for receiver in node.fact.receivers for item in receiver.integrations]
        told: dict[str | Place, tuple[Receiver, Integration]] = {}
        for receiver, item in both:
            if item.send_resolved:
                told.setdefault(item.kind, (receiver, item))
                told.setdefault(receiver.name.place, (receiver, item))
        forgotten: dict[str, list[tuple[Receiver, Integration]]] = {}
        for receiver, item in both:
            silent = item.send_resolved_place is None and notifications.sends_resolved(item) is False
            if silent and (item.kind in told or receiver.name.place in told):
                forgotten.setdefault(item.kind, []).append((receiver, item))
        for found in forgotten.values():
            receiver, item = found[0]
            model = told[item.kind if item.kind in told else receiver.name.place]
            where = notifications.where(receiver, item)
            yield self.claim(
                node,
                f"{where}{_more(len(found) - 1)} does not tell when an alert is over: "
                f"`send_resolved` is false unless it is set, as for {notifications.where(*model)}",
                place=item.place,
                related=[
                    *([Related(model[1].send_resolved_place, "set here")] if model[1].send_resolved_place else []),
                    *(
                        Related(other.place, f"not set for {notifications.where(at, other)}")
                        for at, other in found[1:_SHOWN]
                    ),
                ],
                help="set `send_resolved: true`, or `false` if it is meant",
                subject=item.kind,
            )


def _more(count: int) -> str:
    return f", like {count} more," if count else ""
