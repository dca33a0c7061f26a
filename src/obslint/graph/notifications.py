"""What a receiver's integrations are told, with what they inherit from `global`, and which receivers alerts reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from obslint.facts.alertmanager import AlertmanagerFile, Integration, Receiver
from obslint.facts.common import Scalar
from obslint.graph.routing import deliveries
from obslint.knowledge.notifiers import NotifierSetting, notifiers


@dataclass(frozen=True, slots=True)
class Setting:
    """An address or a credential of an integration."""

    path: str
    """Where it is written: below the integration or, if `inherited`, below `global`."""
    value: Scalar
    known: NotifierSetting
    inherited: bool


def settings(file: AlertmanagerFile, integration: Integration) -> Iterator[Setting]:
    """The addresses and credentials with which an integration notifies; none of an integration that is not known."""
    notifier = notifiers().get(integration.kind)
    own = {path: value for path, value in integration.settings if value.text}
    common = {path: value for path, value in file.common if value.text}
    for path, known in notifier.settings.items() if notifier else ():
        if path in own:
            yield Setting(path, own[path], known, False)
        elif known.inherits in common and not any(other in own for other in known.unless):
            yield Setting(known.inherits or "", common[known.inherits or ""], known, True)


def sends_resolved(integration: Integration) -> bool | None:
    """Whether an integration tells of the end of an alert; None where that is unknown."""
    if integration.send_resolved_place is not None:
        return integration.send_resolved
    notifier = notifiers().get(integration.kind)
    return notifier.send_resolved if notifier else None


def reached(file: AlertmanagerFile) -> frozenset[str]:
    """The names of the receivers that alerts may reach."""
    found = deliveries(file.route) if file.route is not None else ()
    return frozenset(delivery.receiver.text for delivery in found if delivery.receiver is not None)


def is_message(integration: Integration) -> bool:
    """Whether each notification is a message that people read."""
    notifier = notifiers().get(integration.kind)
    return notifier is not None and notifier.message


def title(integration: Integration) -> str:
    """The service that an integration notifies, in words."""
    notifier = notifiers().get(integration.kind)
    return notifier.title if notifier else integration.kind


def where(receiver: Receiver, integration: Integration) -> str:
    """What a finding says of an integration that it shows."""
    return f"{title(integration)} of receiver `{receiver.name}`"
