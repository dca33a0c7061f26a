"""Links in texts for people: annotations of alerts, messages of notifications."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from obslint.lang.addresses import Address, parse_url

_URL = re.compile(r"https?://[^\s\"'`<>|(){}\\,;]+", re.IGNORECASE)
_MADE = re.compile(r"(?:\]\(|<|href\s{0,4}=\s{0,4}[\"']?)\Z")
_FILLED = re.compile(r"\{\{.*?(?:\}\}|\Z)", re.DOTALL)  # an open end keeps it linear
_COMMAND = re.compile(r"(?:^|[\s`(|;&$])(?:curl|wget|http|https|nc|xdg-open)\s[^\n]*\Z")
_BEFORE = 200
"""Characters before a URL that are looked at."""


@dataclass(frozen=True, slots=True)
class Link:
    """A URL in a text: the range `start` to `end`, up to the first part that a template fills in."""

    address: Address
    start: int
    end: int


def find(text: str, plain: bool) -> Iterator[Link]:
    """The links of a text, without what a command such as `curl` is given.

    A URL that merely stands in the text counts only where `plain` says so; otherwise one that is the whole text, or
    that Markdown, Slack or HTML make a link of.
    """
    plain = plain or not re.search(r"\s", _FILLED.sub("", text.strip()))
    for match in _URL.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        if _COMMAND.search(before) or not (plain or _MADE.search(before)):
            continue
        authority = match.group().split("/", 3)
        if len(authority) < 4 and text[match.end() : match.end() + 2] == "{{":
            continue  # what follows may belong to the host
        address = parse_url(match.group().rstrip(".:!?]"))
        if address is not None:
            yield Link(address, match.start(), match.end())
