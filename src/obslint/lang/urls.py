"""URLs as components check them when they load a configuration."""

from __future__ import annotations

import re

from obslint.lang.tokens import shortened

_HTTP = re.compile(r"https?:(?://(?:[^/?#]*@)?([^/?#]*))?", re.IGNORECASE)


def check_http_url(text: str) -> None:
    """ValueError where a URL is not absolute or not of HTTP (Alertmanager's `parseURL`)."""
    found = _HTTP.match(text)
    if found is None:
        raise ValueError(f"`{shortened(text)}` does not begin with `http://` or `https://`")
    if not found[1]:
        raise ValueError(f"`{shortened(text)}` names no host")
