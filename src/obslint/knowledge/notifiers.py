"""What Alertmanager's integrations are told and what they do unasked, as data: `notifiers.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Meaning = Literal["target", "login", "detail"]


@dataclass(frozen=True, slots=True)
class NotifierSetting:
    """An address or a credential; `detail` is one without which a notification may arrive all the same."""

    meaning: Meaning
    inherits: str | None
    """The setting of `global` that stands in for it; not where one of `unless` is set."""
    unless: tuple[str, ...]
    file_since: str | None
    """The first release in which the same path with `_file` names a file that holds the value; None where none does."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """One kind of integration. The settings are by dotted path."""

    title: str
    send_resolved: bool
    """Whether it tells of the end of an alert where the file does not say."""
    message: bool
    """Whether each notification is a message for people, not an event for a program."""
    settings: Mapping[str, NotifierSetting]


_HTTP = {
    f"http_config.{path}": NotifierSetting("login", None, (), file)
    for path, file in (
        ("authorization.credentials", "0.22"),
        ("basic_auth.username", "0.27"),
        ("basic_auth.password", "0.20"),
        ("bearer_token", "0.20"),
        ("oauth2.client_id", None),
        ("oauth2.client_secret", "0.22"),
        ("oauth2.token_url", None),
    )
}
"""How the HTTP client of any integration identifies itself (prometheus/common, `config.HTTPClientConfig`)."""


@cache
def notifiers() -> Mapping[str, Notifier]:
    """All integrations by the key of their list in a receiver without `_configs`, e.g. `slack`."""
    import yaml  # only an Alertmanager pays for it

    text = Path(__file__).with_name("notifiers.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    return {
        kind: Notifier(
            raw["title"],
            raw["send_resolved"],
            raw.get("message", False),
            {
                **{
                    path: NotifierSetting(
                        item["is"],
                        item.get("inherits"),
                        (*item.get("unless", ()), *([f"{path}_file"] if "file" in item else [])),
                        item.get("file"),
                    )
                    for path, item in raw["settings"].items()
                },
                **_HTTP,
            },
        )
        for kind, raw in data.items()
    }
