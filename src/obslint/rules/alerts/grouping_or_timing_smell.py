"""ALR010."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.alertmanager import Receiver
from obslint.facts.common import Scalar
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph, notifications
from obslint.graph.answers import Verdict
from obslint.graph.nodes import Alertmanager
from obslint.graph.routing import Delivery, deliveries, milliseconds
from obslint.lang.durations import prometheus_duration
from obslint.lang.interpolation import HOLE
from obslint.lang.matchers import Matcher
from obslint.rules.base import Rule

_SECOND, _MINUTE, _HOUR = 1_000, 60_000, 3_600_000
_SHORTEST_GROUP = 30 * _SECOND
_SHORTEST_REPEAT = 10 * _MINUTE
_LONGEST_CRITICAL = 24 * _HOUR
_CRITICAL = Matcher("severity", "=~", "critical|page|emergency|disaster")
_EACH = frozenset(("instance", "pod", "container", "container_id", "id"))
"""Labels by which grouping makes a group of nearly each alert."""


class GroupingOrTimingSmell(Rule[Alertmanager]):
    """A route groups or repeats notifications so that people get too many, or too few.

    What a route does not set it inherits, so the values are judged where they end up, for the integrations that people
    read (chat, mail, push), not for programs that group by themselves:

    - `group_by: ['...']` makes a message of each alert (a warning), grouping by `instance` or `pod` one of each of
      these: an outage of a hundred hosts is a hundred messages;
    - `group_interval` below 30s sends another message with each alert that joins while an outage spreads;
    - `repeat_interval` below 10m says the same again and again until nobody reads it;
    - `repeat_interval` above 24h for critical alerts lets one be forgotten over the shift.

    For every integration: a `repeat_interval` below `group_interval` has no effect, since groups are looked at once in
    a `group_interval`; one above `--data.retention` (120h) has none either, since by then it is forgotten that anybody
    was told.
    """

    code, name, severity = "ALR010", "grouping-or-timing-smell", Severity.INFO
    on = Alertmanager

    def check(self, node: Alertmanager, graph: Graph) -> Iterator[Claim]:
        if node.fact.route is None:
            return
        receivers = {receiver.name.text: receiver for receiver in node.fact.receivers}
        seen: set[tuple[object, ...]] = set()
        for delivery in deliveries(node.fact.route):
            receiver = receivers.get(delivery.receiver.text) if delivery.receiver else None
            if receiver is None or not receiver.integrations:
                continue  # nobody is told
            for claim in self._of(node, delivery, receiver):
                if (claim.place, claim.subject) not in seen:
                    seen.add((claim.place, claim.subject))
                    yield claim

    def _of(self, node: Alertmanager, delivery: Delivery, receiver: Receiver) -> Iterator[Claim]:
        people = next((item for item in receiver.integrations if notifications.is_message(item)), None)
        if people is not None:
            who = notifications.where(receiver, people)
            yield from self._grouping(node, delivery, who)
            yield from self._pace(node, delivery, who)
        yield from self._unheeded(node, delivery)

    def _grouping(self, node: Alertmanager, delivery: Delivery, who: str) -> Iterator[Claim]:
        for label in delivery.options.group_by:
            if label.text == "...":
                yield self.claim(
                    node,
                    f"`group_by: ['...']` groups nothing: {who} gets a message for each single alert",
                    place=label.place,
                    help="group by what an outage has in common, e.g. `group_by: [alertname, cluster]`",
                    subject="each alert",
                    severity=Severity.WARNING,
                )
            elif label.text in _EACH and delivery.labels.value(label.text) is None:
                yield self.claim(
                    node,
                    f"grouped by `{label}`, {who} gets a message for each: an outage of many is as many messages",
                    place=label.place,
                    help=f"leave out `{label}`; the message lists all alerts of its group",
                    subject=label.text,
                )

    def _pace(self, node: Alertmanager, delivery: Delivery, who: str) -> Iterator[Claim]:
        options = delivery.options
        group, repeat = milliseconds(options, "group_interval"), milliseconds(options, "repeat_interval")
        if options.group_interval is not None and group is not None and 0 < group < _SHORTEST_GROUP:
            yield self.claim(
                node,
                f"`group_interval` {options.group_interval}: while an outage spreads, {who} gets another message "
                "for each alert that joins its group",
                place=options.group_interval.place,
                help="5m, the default, lets alerts gather; `group_wait` decides on the first message",
                subject="group_interval",
            )
        if options.repeat_interval is None or repeat is None or group is None or repeat <= 0:
            return
        if group <= repeat < _SHORTEST_REPEAT:
            yield self.claim(
                node,
                f"`repeat_interval` {options.repeat_interval}: {who} gets the same message "
                f"{_HOUR // repeat} times an hour while an alert fires",
                place=options.repeat_interval.place,
                help="an hour or more; the default is 4h",
                subject="repeat_interval",
            )
        elif repeat > _LONGEST_CRITICAL and delivery.labels.fulfils(_CRITICAL) is Verdict.YES:
            yield self.claim(
                node,
                f"`repeat_interval` {options.repeat_interval}: of a critical alert that goes on {who} hears again "
                "only after more than a day",
                place=options.repeat_interval.place,
                help="repeat critical alerts at least once in a shift, e.g. each 4h",
                subject="critical",
            )

    def _unheeded(self, node: Alertmanager, delivery: Delivery) -> Iterator[Claim]:
        options = delivery.options
        group, repeat = milliseconds(options, "group_interval"), milliseconds(options, "repeat_interval")
        if group is None or repeat is None:
            return
        place = options.repeat_interval or options.group_interval
        if place is not None and 0 < repeat < group:
            yield self.claim(
                node,
                f"`repeat_interval` {_shown(options.repeat_interval, '4h')} is below `group_interval` "
                f"{_shown(options.group_interval, '5m')}: nothing is repeated before that is over",
                place=place.place,
                related=_other(options.group_interval, place, "`group_interval`"),
                help="make `repeat_interval` a multiple of `group_interval`",
                subject="below",
            )
        keeps = _retention(node)
        if options.repeat_interval is not None and keeps is not None and repeat > keeps[0]:
            flag = node.service.flag("data.retention") if node.service else None
            yield self.claim(
                node,
                f"`repeat_interval` {options.repeat_interval} is above `--data.retention` ({keeps[1]}): "
                "it is repeated when that is over",
                place=options.repeat_interval.place,
                related=[Related(flag.place, "`--data.retention`")] if flag else [],
                help="raise `--data.retention`, or repeat more often",
                subject="retention",
            )


def _shown(written: Scalar | None, default: str) -> str:
    return written.text if written is not None else f"{default} (the default)"


def _other(written: Scalar | None, place: Scalar, note: str) -> list[Related]:
    return [Related(written.place, note)] if written is not None and written is not place else []


def _retention(node: Alertmanager) -> tuple[int, str] | None:
    """How long the Alertmanager keeps its log of notifications; None where that is unknown."""
    service = node.service
    if service is None or service.component is None or service.component.retention is None or service.scripted:
        return None
    flag = service.flag(*service.component.retention.flags)
    text = service.component.retention.default if flag is None else flag.value
    if text is None or HOLE in text or (flag is None and service.amended.unknown):
        return None
    try:
        return prometheus_duration(text), text
    except ValueError:
        return None
