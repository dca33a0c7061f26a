"""The duration grammars of the field: Prometheus' `model.Duration`, Go's `time.Duration`, and Grafana's spans."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from obslint.lang.tokens import shortened

MAX_NANOSECONDS: Final = 2**63 - 1
"""Both are held as signed 64-bit nanoseconds, some 292 years."""

_PROMETHEUS_UNITS: Final = {
    "y": 365 * 24 * 3_600_000,
    "w": 7 * 24 * 3_600_000,
    "d": 24 * 3_600_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
"""Milliseconds, in the order in which the units must stand."""

_GO_UNITS: Final = {
    "h": 3_600_000_000_000,
    "m": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1_000,
    "\N{MICRO SIGN}s": 1_000,
    "\N{GREEK SMALL LETTER MU}s": 1_000,
    "ns": 1,
}

_PROMETHEUS_PART: Final = re.compile(r"([0-9]+)([^0-9]*)")
_GO_PART: Final = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^0-9.]*)")
_GRAFANA_UNITS: Final = {**_PROMETHEUS_UNITS, "M": 30 * _PROMETHEUS_UNITS["d"]}
_GRAFANA_SPAN: Final = re.compile(r"([0-9]+)(ms|[smhdwMy])?")
_SPOKEN: Final = re.compile(r"\s*([0-9]{1,6})\s*([A-Za-z]{1,12})\s*")
_WORDS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "week", "weeks"), "w"),
    **dict.fromkeys(("y", "year", "years"), "y"),
}
_MAX_DIGITS: Final = 19
"""More digits overflow 64 bits whatever the unit; Python refuses to read very long ones at all."""


def prometheus_duration(text: str) -> int:
    """Milliseconds of a Prometheus duration such as `15d`, `1h30m` or `0`; ValueError says what is wrong.

    Units go from the biggest to the smallest, each at most once; no sign, no fractions (prometheus/common
    `model.ParseDuration`).
    """
    if text == "0":
        return 0
    if not text:
        raise ValueError("empty duration")
    total = position = 0
    shown = shortened(text)
    units = iter(_PROMETHEUS_UNITS)
    while position < len(text):
        part = _PROMETHEUS_PART.match(text, position)
        if part is None:
            raise ValueError(f"`{shown}` is not a duration: a number is expected before the unit")
        digits, unit = part.groups()
        if not unit:
            raise ValueError(f"`{shown}` is not a duration: `{shortened(digits)}` has no unit")
        if unit == ".":
            raise ValueError(f"`{shown}` has a fraction, and takes whole numbers only, such as `1h30m`")
        if unit not in _PROMETHEUS_UNITS:
            raise ValueError(f"unknown unit `{shortened(unit)}` in `{shown}`; units are y, w, d, h, m, s and ms")
        if unit not in units:  # consumes the iterator up to the unit
            raise ValueError(f"`{shown}` is not a duration: units go from the biggest to the smallest, each once")
        total += _within(digits, shown) * _PROMETHEUS_UNITS[unit]
        if total * 1_000_000 > MAX_NANOSECONDS:
            raise ValueError(f"duration `{shown}` is out of range: more than 292 years")
        position = part.end()
    return total


def format_duration(milliseconds: int) -> str:
    """A duration as Prometheus writes it, such as `1m30s`; no weeks and years, which people do not count in."""
    parts, left = [], milliseconds
    for unit, size in _PROMETHEUS_UNITS.items():
        if unit not in ("y", "w") and left >= size:
            parts.append(f"{left // size}{unit}")
            left %= size
    return "".join(parts) or "0s"


def go_duration(text: str) -> int:
    """Nanoseconds of a Go duration such as `1h30m`, `-1.5s` or `0`; ValueError says what is wrong.

    Units may repeat and stand in any order, fractions are cut at a nanosecond, there are no days (Go
    `time.ParseDuration`).
    """
    shown = shortened(text)
    unsigned = text[1:] if text[:1] in ("-", "+") else text
    if unsigned == "0":
        return 0
    if not unsigned:
        raise ValueError(f"`{shown}` is not a duration" if text else "empty duration")
    total = position = 0
    while position < len(unsigned):
        part = _GO_PART.match(unsigned, position)
        if part is None or not (part[1] or part[2]):
            raise ValueError(f"`{shown}` is not a duration: a number is expected before the unit")
        digits, fraction, unit = part[1], (part[2] or "")[:_MAX_DIGITS], part[3]
        if not unit:
            raise ValueError(f"missing unit in duration `{shown}`")
        if unit not in _GO_UNITS:
            raise ValueError(f"unknown unit `{shortened(unit)}` in `{shown}`; units are h, m, s, ms, us and ns")
        scale = _GO_UNITS[unit]
        total += _within(digits or "0", shown) * scale
        total += int(fraction or "0") * scale // 10 ** len(fraction)
        if total > MAX_NANOSECONDS:
            raise ValueError(f"duration `{shown}` is out of range: more than 292 years")
        position = part.end()
    return -total if text[0] == "-" else total


def spelled(text: str, parse: Callable[[str], object]) -> str | None:
    """What `30days`, `2 h` or Go's missing `5d` is in a grammar; None where the text is none of these."""
    match = _SPOKEN.fullmatch(text)
    unit = _WORDS.get(match[2].lower()) if match else None
    if match is None or unit is None or match[2] == "M":  # months, for many
        return None
    hours = int(match[1]) * _PROMETHEUS_UNITS[unit] // _PROMETHEUS_UNITS["h"]
    for one in (f"{int(match[1])}{unit}", f"{hours}h"):
        try:
            parse(one)
        except ValueError:
            continue
        return one
    return None


def _within(digits: str, shown: str) -> int:
    significant = digits.lstrip("0")
    if len(significant) > _MAX_DIGITS:
        raise ValueError(f"duration `{shown}` is out of range: more than 292 years")
    return int(significant or "0")


def grafana_span(text: str) -> int:
    """Milliseconds of a span of time as Grafana's panels and data sources have it: `30s`, `7d`, `1M`; bare: seconds.

    One number and one unit (Grafana `rangeUtil.isValidTimeSpan`, `gtime.ParseInterval`); months have 30 days here.
    ValueError for anything else, such as `now/d` and variables.
    """
    match = _GRAFANA_SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"`{shortened(text)}` is not a span of time")
    number, unit = match.groups()
    value = _within(number, shortened(text)) * (_GRAFANA_UNITS[unit or "s"])
    if value * 1_000_000 > MAX_NANOSECONDS:
        raise ValueError(f"`{shortened(text)}` is out of range")
    return value
