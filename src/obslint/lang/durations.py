"""The two duration grammars of the field: Prometheus' `model.Duration` and Go's `time.Duration`."""

from __future__ import annotations

import re
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
        if unit not in _PROMETHEUS_UNITS:
            raise ValueError(f"unknown unit `{shortened(unit)}` in `{shown}`; units are y, w, d, h, m, s and ms")
        if unit not in units:  # consumes the iterator up to the unit
            raise ValueError(f"`{shown}` is not a duration: units go from the biggest to the smallest, each once")
        total += _within(digits, shown) * _PROMETHEUS_UNITS[unit]
        if total * 1_000_000 > MAX_NANOSECONDS:
            raise ValueError(f"duration `{shown}` is out of range: more than 292 years")
        position = part.end()
    return total


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


def _within(digits: str, shown: str) -> int:
    significant = digits.lstrip("0")
    if len(significant) > _MAX_DIGITS:
        raise ValueError(f"duration `{shown}` is out of range: more than 292 years")
    return int(significant or "0")
