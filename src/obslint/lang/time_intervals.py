"""The parts of Alertmanager's time intervals (timeinterval/timeinterval.go): ValueError says what is wrong."""

from __future__ import annotations

import re
from typing import Final

from obslint.lang.tokens import shortened

_TIME: Final = re.compile(r"(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)", re.ASCII)
_DAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS: Final = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                  "november", "december")  # fmt: skip
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)


def minutes(text: str) -> int:
    """Minutes since midnight of `HH:MM`; `24:00` is the end of the day."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"`{shortened(text)}` is no time of day: two digits, `:`, two digits, up to 24:00")
    return int(match[1]) * 60 + int(match[2]) if match[1] else 24 * 60


def weekdays(text: str) -> None:
    """`monday` or `monday:friday`; a week begins with Sunday."""
    first, last = _range(text)
    for name in (first, last):
        if name not in _DAYS:
            raise ValueError(f"`{shortened(name)}` is no weekday: English names in full")
    if _DAYS.index(first) > _DAYS.index(last):
        raise ValueError(f"`{text}` runs backwards: a week begins with sunday; write two ranges")


def days_of_month(text: str) -> None:
    """`1:5`, or from the month's end `-3:-1`."""
    first, last = (_integer(part, "day of the month") for part in _range(text))
    for day in (first, last):
        if day == 0 or not -31 <= day <= 31:
            raise ValueError(f"`{day}` is no day of the month: 1 to 31, or -1 to -31 from its end")
    if first < 0 < last:
        raise ValueError(f"`{text}`: the last day must be negative too where the first is")
    # Where one is counted from the end, as in a month of 28 days.
    if (first + 28 if first < 0 else first) > (last + 28 if last < 0 else last):
        raise ValueError(f"`{text}` always ends before it begins")


def months(text: str) -> None:
    """`january:march` or `1:3`."""
    first, last = (_MONTHS.index(part) + 1 if part in _MONTHS else _integer(part, "month") for part in _range(text))
    if first > last:
        raise ValueError(f"`{text}` runs backwards: write two ranges")


def years(text: str) -> None:
    """`2026` or `2026:2028`."""
    first, last = (_integer(part, "year") for part in _range(text))
    if first > last:
        raise ValueError(f"`{text}` runs backwards")


def location(text: str) -> None:
    """An IANA time zone; taken as it is where this machine has no database of them."""
    import zoneinfo  # few files have one

    if text in ("", "UTC", "Local"):
        return
    try:
        zoneinfo.ZoneInfo("Europe/Berlin")
    except zoneinfo.ZoneInfoNotFoundError:
        return
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"`{shortened(text)}` is no time zone such as `Europe/Berlin`") from None


def _range(text: str) -> tuple[str, str]:
    parts = text.lower().split(":")
    if len(parts) > 2:
        raise ValueError(f"`{shortened(text)}` is no range: `first:last` is expected")
    return parts[0], parts[-1]


def _integer(text: str, what: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"`{shortened(text)}` is no {what}")
    return int(text)
