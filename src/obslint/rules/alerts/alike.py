"""Alerts of a file that all lack the same: one finding, which shows the first of them and names the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from obslint.facts.common import Entry
from obslint.facts.prometheus import Rule
from obslint.findings import Place, Related

_MANY = 12
"""Others that are shown; the message tells how many there are."""


def subject(alerts: Sequence[Rule]) -> str:
    """Which alerts, at the head of a sentence."""
    first = f"alert `{alerts[0].name}`"
    others = len(alerts) - 1
    return f"{first} and {others} other{'s' if others > 1 else ''} of this file" if others else first


def others(alerts: Sequence[Rule], places: Iterable[Place], note: str) -> list[Related]:
    """The places of all but the first, each once."""
    first, *rest = places
    found = {first: ""} | {place: alert.name.text for alert, place in zip(alerts[1:], rest, strict=True)}
    return [Related(place, f"alert `{name}` {note}") for place, name in list(found.items())[1 : _MANY + 1]]


def entry(entries: Iterable[Entry], name: str) -> Entry | None:
    """The label or annotation of that name, if it has a value that is more than blanks."""
    return next((item for item in entries if item.name.text == name and item.value and item.value.text.strip()), None)


def listed(words: Iterable[str]) -> str:
    """`a`, `b` or `c`."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
