"""The small languages inside LogQL's strings: captures of regexes and patterns, paths into a line, addresses."""

from __future__ import annotations

import ipaddress
import re
from itertools import pairwise
from typing import Final

from obslint.lang.tokens import check_regex, shortened

_GROUP: Final = re.compile(r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*+\]|\(\?P?<(\w+)>", re.DOTALL)
_CAPTURE: Final = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*)>")

_JSON_STEP: Final = r'\[[ \t\n]*(?:"[^"]*"|[0-9]+)[ \t\n]*\]'
_JSON_FIELD: Final = r"[A-Za-z_][A-Za-z0-9_]*+"
_JSON: Final = re.compile(
    rf"(?:[ \t\n]*(?:{_JSON_FIELD}|{_JSON_STEP})(?:[ \t\n]*(?:\.[ \t\n]*{_JSON_FIELD}|{_JSON_STEP}))*+)?[ \t\n]*"
)
_LOGFMT: Final = re.compile(r'(?:[ \t\n]*+(?:[A-Za-z_][A-Za-z0-9_]*+|"[^"\]]*+(?:["\]]|\Z)))?[ \t\n]*+')


def regex_captures(regex: str) -> tuple[str, ...]:
    """Names of the groups of `regexp`; ValueError where RE2 refuses it, one is there twice, or there are none."""
    check_regex(regex)
    names = tuple(match[1] for match in _GROUP.finditer(regex) if match[1])
    if not names:
        raise ValueError("at least one named group is needed, such as `(?P<name>.*)`")
    _each_once(names)
    return names


def pattern_captures(pattern: str) -> tuple[str, ...]:
    """Names of the captures of `pattern`, but for `<_>`; ValueError says why Loki refuses it."""
    names = tuple(match[1] for match in _CAPTURE.finditer(pattern) if match[1] != "_")
    if not names:
        raise ValueError("at least one named capture is needed, such as `<name>`")
    parts = _parts(pattern)
    if any(one and other for one, other in zip(parts[::2], parts[1::2], strict=False)):  # so does Loki look at them
        raise ValueError("two captures have nothing between them")
    _each_once(names)
    return names


def check_line_pattern(pattern: str) -> None:
    """ValueError where `|>` and `!>` refuse the pattern: they take only `<_>`, and something between two of them."""
    named = next((match[0] for match in _CAPTURE.finditer(pattern) if match[1] != "_"), None)
    if named is not None:
        raise ValueError(f"`{shortened(named)}` has a name, here only `<_>` can stand")
    if any(one and other for one, other in pairwise(_parts(pattern))):
        raise ValueError("two captures have nothing between them")


def _parts(pattern: str) -> list[bool]:
    """Captures and literals in turn, true for captures."""
    parts: list[bool] = []
    position = 0
    for match in _CAPTURE.finditer(pattern):
        parts += [False, True] if match.start() > position else [True]
        position = match.end()
    return [*parts, False] if position < len(pattern) else parts


def _each_once(names: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"`{shortened(name)}` is captured twice")
        seen.add(name)


def check_json_path(path: str) -> None:
    """ValueError where the json parser refuses an expression such as `request.headers["X-Id"][0]`."""
    if not _JSON.fullmatch(path):
        raise ValueError(f'`{shortened(path)}` is no path into JSON: `a.b`, `a[0]` or `a["b c"]` is expected')


def check_logfmt_key(key: str) -> None:
    """ValueError where the logfmt parser refuses an expression: it takes a word or a quoted string."""
    if not _LOGFMT.fullmatch(key):
        raise ValueError(f"`{shortened(key)}` is no key of logfmt")


def check_address(text: str) -> None:
    """ValueError where `ip(…)` refuses the text: an address, a range with `-`, or a network with `/`."""
    try:
        if "/" in text:
            ipaddress.ip_interface(text)
        else:
            ends = [ipaddress.ip_address(part) for part in text.split("-")]
            if len(ends) > 2 or len({end.version for end in ends}) > 1:
                raise ValueError
    except ValueError:
        raise ValueError(f"`{shortened(text)}` is no address, network or range of addresses") from None
