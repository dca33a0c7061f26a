"""Values that an example leaves to be filled in: `YOUR/SLACK/WEBHOOK`, `changeme`, `<token>`, `ops@example.com`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from obslint.lang.references import rendered

_WORD_START, _WORD_END = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_CERTAIN = re.compile(
    rf"""
    <[A-Za-z][^<>@]{{0,60}}>
    | {_WORD_START}(?i:your)(?=[-_ /.]|(?i:domain|company|org|e?mail|name|server|team|webhook|key|token|host|channel))
    | {_WORD_START}(?i:change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this|with)|fill[-_ ]?me|fixme|placeholder
        |insert[-_ ]?(?:here|your)|to[-_ ]?do|dummy){_WORD_END}
    | {_WORD_START}[xX]{{3,}}{_WORD_END} | [xX]{{8,}}
    | (?<=/)T0{{6,}}(?=/)
    """,
    re.VERBOSE,
)
_HOST = re.compile(r"(?:(?<=@)|(?<=://)|^)(?:[^\s/@]*@)?([A-Za-z0-9.-]+)(?=[:/>,\s]|$)")
_RESERVED = re.compile(r"(?:^|\.)(?:example\.(?:com|net|org)|example|invalid)$", re.IGNORECASE)
_SUPPOSED = re.compile(
    r"(?:^|\.)(?:test|example\.[a-z]{2,}|(?:my|some)?(?:company|domain)\.(?:com|org|net))$", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<!\d)(?:-100)?1234567890?(?!\d)|ABC-DEF1234")
"""What manuals write for an id or a token."""
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|__\w+__|@[A-Z]\w*@|%\w+%")
_RUN = re.compile(r"[^\s\"'|]*")


@dataclass(frozen=True, slots=True)
class Sample:
    """What shows that a value was never filled in: the text's range `start` to `end`."""

    text: str
    start: int
    end: int
    why: str
    certain: bool
    """Whether it cannot be anything else, unless something replaces it before it is read."""
    mark: str
    """The longest text without blanks from there on: what a script that replaces it would name."""


def find(text: str) -> Sample | None:
    """The first sign that a value is a sample; None for a real one, and for one that a program renders."""
    if rendered(text):
        return None
    sign = _CERTAIN.search(text)
    if sign is not None:
        return _sample(text, sign.start(), sign.end(), "was never filled in", True)
    for host in _HOST.finditer(text):
        if _RESERVED.search(host[1]):
            return _sample(text, host.start(1), host.end(1), "is reserved for examples (RFC 2606)", True)
        if _SUPPOSED.search(host[1]):
            return _sample(text, host.start(1), host.end(1), "looks like an example's", False)
    number = _NUMBER.search(text)
    if number is not None:
        return _sample(text, number.start(), number.end(), "looks like an example's", False)
    if _NAME.fullmatch(text):
        return _sample(text, 0, len(text), "looks like the name of a value, not the value", False)
    return None


def _sample(text: str, start: int, end: int, why: str, certain: bool) -> Sample:
    run = _RUN.match(text, start)
    return Sample(text[start:end], start, end, why, certain, run[0] if run else text[start:end])
