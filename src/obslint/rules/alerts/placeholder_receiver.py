"""ALR011."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from obslint.facts.alertmanager import Integration, Receiver
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph, configs, notifications
from obslint.graph.filled import filled_in_by
from obslint.graph.nodes import Alertmanager
from obslint.graph.notifications import Setting
from obslint.lang import samples
from obslint.lang.samples import Sample
from obslint.rules.base import Rule

_EXAMPLE = re.compile(r"(?:^|[/._-])(?:examples?|samples?|templates?|tutorials?)(?=[/._-])", re.IGNORECASE)
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Use:
    """A value that was never filled in, and the integration that notifies with it."""

    receiver: Receiver
    integration: Integration
    setting: Setting
    sample: Sample

    @property
    def fatal(self) -> bool:
        """Whether no notification can arrive with it."""
        return self.sample.certain and self.setting.known.meaning != "detail"


class PlaceholderReceiver(Rule[Alertmanager]):
    """A receiver notifies an address, or with a credential, that was never filled in.

    `https://hooks.slack.com/services/YOUR/SLACK/WEBHOOK`, `changeme` or a mailbox at example.com are accepted when
    Alertmanager starts, and fail when an alert fires: Prometheus shows the alert, Alertmanager logs an error, and
    nobody is told. Keep the real value in a file and name it with `api_url_file` and the like.

    It is an error where an Alertmanager of a compose file loads the configuration as it is, an alert can reach the
    receiver, and nothing can be delivered so; otherwise a warning, and an info for the sender of a mail and the channel
    of a chat. Variables that something renders (`${URL}`), what a
    script replaces, and files that are called examples are left alone.
    """

    code, name, severity = "ALR011", "placeholder-receiver", Severity.ERROR
    on = Alertmanager

    def check(self, node: Alertmanager, graph: Graph) -> Iterator[Claim]:
        if _EXAMPLE.search(node.fact.path):
            return
        reached = notifications.reached(node.fact)
        for uses in _by_place(node).values():
            uses = [use for use in uses if filled_in_by(use.sample.mark, graph) is None]
            uses.sort(key=lambda use: (not use.fatal, use.receiver.name.text not in reached))
            if uses:
                yield self._claim(node, uses, reached)

    def _claim(self, node: Alertmanager, uses: list[_Use], reached: frozenset[str]) -> Claim:
        use, sample = uses[0], uses[0].sample
        arrives = use.receiver.name.text in reached
        others = [other for other in uses[1:] if other.setting.value.place != use.setting.value.place]
        related = [
            Related(other.setting.value.place, f"`{other.setting.path}`: `{other.sample.text}` {other.sample.why}")
            for other in others[:_SHOWN]
        ]
        if use.setting.inherited:
            users = list(dict.fromkeys(notifications.where(user.receiver, user.integration) for user in uses))
            who = users[0] + (f" and {len(users) - 1} more" if len(users) > 1 else "")
            related.append(Related(use.integration.place, f"used by {who}"))
        else:
            who = notifications.where(use.receiver, use.integration)
        service = node.service
        if service is not None:
            related.append(Related(service.place, service.introduction))
        lost = "no notification arrives" if use.fatal else "notifications may not arrive"
        unused = "" if arrives else ", to which no route leads yet"
        return self.claim(
            node,
            f"`{sample.text}` in `{use.setting.path}` {sample.why}: {lost} by {who}{unused}",
            place=use.setting.value.place,
            related=related,
            help=_help(use, service.image.version if service and service.image else None),
            subject=f"{use.setting.path}:{use.receiver.name if not use.setting.inherited else 'global'}",
            severity=Severity.INFO if use.setting.known.meaning == "detail" else None,
            proven=use.fatal and arrives and _read_as_it_is(node),
        )


def _by_place(node: Alertmanager) -> dict[object, list[_Use]]:
    """What was never filled in: by integration, or by the value in `global`, which several may share."""
    found: dict[object, list[_Use]] = {}
    for receiver in node.fact.receivers:
        for integration in receiver.integrations:
            for setting in notifications.settings(node.fact, integration):
                sample = samples.find(setting.value.text)
                if sample is not None:
                    place = setting.value.place if setting.inherited else integration.place
                    found.setdefault(place, []).append(_Use(receiver, integration, setting, sample))
    return found


def _read_as_it_is(node: Alertmanager) -> bool:
    service = node.service
    return (
        service is not None
        and service.runs("alertmanager")
        and configs.may_rewrite(service) is None
        and not service.development
    )


def _help(use: _Use, version: tuple[int, ...] | None) -> str:
    since = use.setting.known.file_since
    if since is None or (version is not None and version < tuple(int(part) for part in since.split("."))):
        return "write the real value"
    return f"put the real value into a file outside of git and name it with `{use.setting.path}_file`"
