"""File name patterns as Go's `path/filepath.Match` reads them: `*` and `?` stop at a slash."""

from __future__ import annotations

import re
from functools import lru_cache

_CLASS_CHARACTER = re.compile(r"\\(.)|([^\\\]-])", re.DOTALL)


@lru_cache(maxsize=512)
def compile_glob(pattern: str) -> re.Pattern[str] | None:
    """A matcher for a whole path; None for a malformed pattern, which Go refuses too."""
    chunks = [""]  # what stands between stars
    i = 0
    while i < len(pattern):
        char = pattern[i]
        i += 1
        if char == "*":
            chunks.append("")
        elif char == "?":
            chunks[-1] += "[^/]"
        elif char == "[":
            found = _character_class(pattern, i)
            if found is None:
                return None
            expression, i = found
            chunks[-1] += expression
        else:
            if char == "\\":
                if i == len(pattern):
                    return None
                char = pattern[i]
                i += 1
            chunks[-1] += re.escape(char)
    first, *more = chunks
    if not more:
        return re.compile(first + r"\Z", re.DOTALL)
    # The earliest place that fits a chunk leaves most to the next star, so nothing has to be tried twice.
    middle = "".join(f"(?>[^/]*?{chunk})" for chunk in more[:-1] if chunk)
    return re.compile(rf"{first}{middle}[^/]*{more[-1]}\Z", re.DOTALL)


def _character_class(pattern: str, start: int) -> tuple[str, int] | None:
    """Our expression for the character class whose bracket stands before `start`, and where the pattern goes on."""
    negated = pattern.startswith("^", start)
    i = start + negated
    ranges: list[str] = []
    while not (ranges and pattern.startswith("]", i)):
        low = high = _CLASS_CHARACTER.match(pattern, i)
        if low is not None and pattern.startswith("-", low.end()):
            high = _CLASS_CHARACTER.match(pattern, low.end() + 1)
        if low is None or high is None:
            return None
        first, last = low[1] or low[2], high[1] or high[2]
        # To Go, a range from z to a holds nothing.
        ranges.append(f"{re.escape(first)}-{re.escape(last)}" if first <= last else "")
        i = high.end()
    inside = "".join(ranges)
    if not inside:
        return ("." if negated else "(?!)"), i + 1
    return f"[{'^' * negated}{inside}]", i + 1


def static_directory(pattern: str) -> str:
    """The directory part before the first wildcard."""
    first = min((pattern.find(char) for char in "*?[" if char in pattern), default=len(pattern))
    return pattern[:first].rpartition("/")[0] or ("/" if pattern.startswith("/") else "")


def is_glob(pattern: str) -> bool:
    return any(char in pattern for char in "*?[")


def tree_match(pattern: str, path: str) -> bool | None:
    """Whether a pattern of the doublestar library, in which `**` stands for any directories, matches a whole path.

    None for what is not understood: alternatives in braces, and malformed patterns.
    """
    if "{" in pattern:
        return None
    names = path.split("/")
    reached = {0}
    for segment in pattern.split("/"):
        if segment == "**":
            reached = set(range(min(reached), len(names) + 1)) if reached else reached
            continue
        matcher = compile_glob(segment)
        if matcher is None:
            return None
        reached = {at + 1 for at in reached if at < len(names) and matcher.match(names[at])}
    return len(names) in reached


def tree_sample(pattern: str) -> str | None:
    """A path that the pattern matches and that hardly any other does unless it covers this one; None as above."""
    if any(char in pattern for char in "{[\\"):
        return None
    segments = ("0any/0where" if segment == "**" else segment for segment in pattern.split("/"))
    return "/".join(segments).replace("*", "0some0").replace("?", "0")
