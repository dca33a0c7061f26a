"""What Alertmanager's integrations are told and what they do unasked, as data: `notifiers.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Meaning = Literal["target", "login", "sender"]


@dataclass(frozen=True, slots=True)
class NotifierSetting:
    """A setting that decides where a notification goes, as whom it is sent, or what is shown as its sender."""

    meaning: Meaning
    inherits: str | None
    """The setting of `global` that stands in for it; not where one of `unless` is set."""
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notifier:
    """One kind of integration. The settings are by dotted path."""

    title: str
    send_resolved: bool
    """Whether it tells of the end of an alert where the file does not say."""
    settings: Mapping[str, NotifierSetting]


_HTTP = {
    path: NotifierSetting("login", None, ())
    for path in (
        "http_config.authorization.credentials",
        "http_config.basic_auth.username",
        "http_config.basic_auth.password",
        "http_config.bearer_token",
        "http_config.oauth2.client_id",
        "http_config.oauth2.client_secret",
        "http_config.oauth2.token_url",
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
            {
                **{
                    path: NotifierSetting(item["is"], item.get("inherits"), (*item.get("unless", ()), f"{path}_file"))
                    for path, item in raw["settings"].items()
                },
                **_HTTP,
            },
        )
        for kind, raw in data.items()
    }
