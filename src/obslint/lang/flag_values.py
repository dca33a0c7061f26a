"""The grammars in which command-line flags take durations and sizes, by the names that the flag tables give them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from obslint.lang.durations import go_duration, prometheus_duration, spelled
from obslint.lang.tokens import shortened

_EITHER_DURATION: Final = re.compile(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w|y))+)")
_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
_VICTORIA_DURATION: Final = re.compile(rf"{_NUMBER}|-?(?:\d+(?:\.\d*)?(?:ms|[smhdwyi]))+", re.IGNORECASE)
_VICTORIA_SIZE: Final = re.compile(rf"{_NUMBER}(?:[kmgt]i?b)?", re.IGNORECASE)
_BASE2_SIZE: Final = re.compile(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i?)?B)+)")
_MAX_TEXT: Final = 200
"""Characters of a value that is looked at: no duration or size is longer."""


def refusal(grammar: str, text: str) -> str | None:
    """Why a flag of this grammar does not take a text; None where it may."""
    check = _CHECKS.get(grammar)
    if check is None or not text or len(text) > _MAX_TEXT:
        return None
    try:
        check(text)
    except ValueError as error:
        return str(error)
    return None


def spelling(grammar: str, text: str) -> str | None:
    """How a duration that was refused is written in this grammar; None where that cannot be told."""
    check = _CHECKS.get(grammar) if grammar.startswith("duration") else None
    return spelled(text, check) if check is not None else None


def _matching(pattern: re.Pattern[str], wanted: str) -> Callable[[str], object]:
    def check(text: str) -> None:
        if not pattern.fullmatch(text):
            raise ValueError(f"`{shortened(text)}` is not {wanted}")

    return check


def _victoria_duration(text: str) -> None:
    if not _VICTORIA_DURATION.fullmatch(text):
        go_duration(text)


_CHECKS: Final[dict[str, Callable[[str], object]]] = {
    "duration-prometheus": prometheus_duration,
    "duration-go": go_duration,
    # Go's or Prometheus', of which the manual does not say which.
    "duration": _matching(_EITHER_DURATION, "a duration such as `30s` or `24h`"),
    # Go's, or that of MetricsQL, where a bare number may be months (lib/flagutil/duration.go).
    "duration-victoria": _victoria_duration,
    # alecthomas/units `ParseBase2Bytes`, as kingpin's `BytesVar` reads.
    "size-prometheus": _matching(_BASE2_SIZE, "a size with a unit such as `512MB`"),
    # lib/flagutil/bytes.go
    "size-victoria": _matching(_VICTORIA_SIZE, "a size such as `512MB`"),
}
