"""URLs as components check them when they load a configuration."""

from __future__ import annotations

import re

_HTTP = re.compile(r"https?:(?://(?:[^/?#]*@)?([^/?#]*))?", re.IGNORECASE)


def check_http_url(text: str) -> None:
    """ValueError where a URL is not absolute or not of HTTP (Alertmanager's `parseURL`).

    A URL may be a secret, so it is not told.
    """
    found = _HTTP.match(text)
    if found is None:
        raise ValueError("the URL does not begin with `http://` or `https://`")
    if not found[1]:
        raise ValueError("the URL names no host")
