"""File name patterns as Go's `path/filepath.Match` reads them: `*` and `?` stop at a slash."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=512)
def compile_glob(pattern: str) -> re.Pattern[str] | None:
    """A matcher for a whole path; None for a malformed pattern, which Go refuses too."""
    out: list[str] = []
    i = 0
    while i < len(pattern):
        char = pattern[i]
        if char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            end = pattern.find("]", i + 2)
            if end < 0:
                return None
            body = pattern[i + 1 : end]
            negated = body.startswith("^")
            out.append("[" + ("^/" if negated else "") + body[negated:].replace("\\", "\\\\").replace("[", "\\[") + "]")
            i = end
        elif char == "\\" and i + 1 < len(pattern):
            i += 1
            out.append(re.escape(pattern[i]))
        else:
            out.append(re.escape(char))
        i += 1
    try:
        return re.compile("".join(out) + r"\Z")
    except re.error:
        return None


def static_directory(pattern: str) -> str:
    """The directory part before the first wildcard."""
    first = min((pattern.find(char) for char in "*?[" if char in pattern), default=len(pattern))
    return pattern[:first].rpartition("/")[0] or ("/" if pattern.startswith("/") else "")


def is_glob(pattern: str) -> bool:
    return any(char in pattern for char in "*?[")
