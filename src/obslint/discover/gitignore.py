"""git's ignore files, and the glob syntax users know from them.

The semantics are git's own (gitignore(5), wildmatch.c); tests compare with `git check-ignore`. Patterns come from
strangers, so a glob becomes an expression that does not backtrack across its wildcards.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from obslint.discover import disk

_MAX_BYTES, _MAX_LINES = 1 << 18, 10_000
"""Bounds on what one ignore file may cost: a larger file is left out, and so are further lines."""

_SPECIAL = re.compile(r"[*?\[\\]")


@dataclass(frozen=True, slots=True)
class Glob:
    """One pattern in `.gitignore` syntax: a name at any depth, or with a slash a path below the base."""

    source: str
    """The line it was made from."""
    negated: bool
    directories: bool
    by_name: bool
    expression: re.Pattern[str] | str

    @classmethod
    def parse(cls, line: str) -> Glob | None:
        """The pattern of a line; None for blanks, comments and what git would never match."""
        pattern = _trim(line)
        if not pattern or pattern.startswith("#"):
            return None
        negated = pattern.startswith("!")
        pattern = pattern[negated:]
        directories = pattern.endswith("/")
        pattern = pattern[: len(pattern) - directories]
        by_name = "/" not in pattern
        pattern = pattern.removeprefix("/")
        if not pattern:
            return None
        if not _SPECIAL.search(pattern):
            return cls(line, negated, directories, by_name, pattern)
        expression = _name(pattern) if by_name else _path(pattern.split("/"))
        return None if expression is None else cls(line, negated, directories, by_name, re.compile(expression, re.S))

    def matches(self, path: str, directory: bool) -> bool:
        """Whether it matches this very entry, `path` relative to the base; what lies below is the caller's matter."""
        if self.directories and not directory:
            return False
        subject = posixpath.basename(path) if self.by_name else path
        if isinstance(self.expression, str):
            return self.expression == subject
        return self.expression.fullmatch(subject) is not None


def _trim(line: str) -> str:
    """The line without its end and trailing blanks, but for a blank that a backslash protects."""
    line = line.rstrip("\r\n")
    bare = line.rstrip(" ")
    escapes = len(bare) - len(bare.rstrip("\\"))
    return line[: len(bare) + 1] if escapes % 2 and len(bare) < len(line) else bare


def _path(segments: list[str]) -> str | None:
    """Expression of a pattern with slashes; `**` stands for any directories, and what is between two matches at its
    first place."""
    groups: list[list[str]] = [[]]
    for segment in segments:
        if len(segment) > 1 and not segment.strip("*"):
            if groups[-1] or len(groups) == 1:
                groups.append([])
            continue
        name = _name(segment)
        if name is None:
            return None
        groups[-1].append(name)
    first, *later = ("/".join(group) for group in groups)
    if not later:
        return first
    *middle, last = later
    return "".join(
        (
            f"{first}/" if first else "",
            *(f"(?>(?:[^/]+/)*?{group}/)" for group in middle),
            f"(?:[^/]+/)*{last}" if last else ".+",
        )
    )


def _name(pattern: str) -> str | None:
    """Expression of a pattern within one name, None if nothing can match it. What follows a `*` matches at its first
    place, which is as good as any later one, so that place is final."""
    chunks, index = [""], 0
    while index < len(pattern):
        char = pattern[index]
        index += 1
        if char == "*":
            if chunks[-1] or len(chunks) == 1:
                chunks.append("")
        elif char == "?":
            chunks[-1] += "[^/]"
        elif char == "[":
            found = _bracket(pattern, index)
            if found is None:
                return None
            chunks[-1] += found[0]
            index = found[1]
        elif char == "\\":
            if index == len(pattern):
                return None
            chunks[-1] += re.escape(pattern[index])
            index += 1
        else:
            chunks[-1] += re.escape(char)
    first, *later = chunks
    if not later:
        return first
    *middle, last = later
    return first + "".join(f"(?>[^/]*?{chunk})" for chunk in middle) + "[^/]*" + last


def _bracket(pattern: str, index: int) -> tuple[str, int] | None:
    """Character class that starts after the `[` before `index`, and the index after its `]`; None if it is unclosed."""
    negated = pattern[index : index + 1] in ("!", "^")
    index += negated
    ranges: list[tuple[str, str]] = []
    previous, start = "", index
    while index < len(pattern):
        char = pattern[index]
        if char == "]" and index > start:
            members = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges if low <= high)
            if not members:
                return ("[^/]" if negated else "(?!)"), index + 1
            return f"(?!/)[{'^' if negated else ''}{members}]", index + 1
        if pattern.startswith("[:", index):  # a POSIX class: too rare in ignore files to carry their tables
            return None
        spans = char == "-" and previous != "" and pattern[index + 1 : index + 2] not in ("", "]")
        index += spans
        index += pattern[index] == "\\"
        if index >= len(pattern):
            return None
        char = pattern[index]
        ranges.append((previous, char) if spans else (char, char))
        previous = "" if spans else char
        index += 1
    return None


def decisive(globs: Sequence[Glob], path: str, directory: bool) -> Glob | None:
    """The glob that takes an entry in: the last that matches, if it is not negated."""
    last = next((glob for glob in reversed(globs) if glob.matches(path, directory)), None)
    return None if last is None or last.negated else last


def covered(globs: Sequence[Glob], path: str) -> bool:
    """Whether globs take in a file, or a directory above it."""
    parts = path.split("/")
    above = ("/".join(parts[:end]) for end in range(1, len(parts)))
    return any(decisive(globs, directory, True) for directory in above) or decisive(globs, path, False) is not None


def below(base: str, path: str) -> str | None:
    """A path from the working directory as globs relative to the directory `base` see it; None outside of `base`.

    Without a base globs are relative to the working directory, and see what lies outside of it, too.
    """
    if not base:
        return path
    found = posixpath.relpath(path, base)
    return None if found in (".", "..") or found.startswith("../") else found


class Ignore:
    """The ignore files of a repository from `top` (a real, absolute path) downwards, each read when first needed."""

    def __init__(self, top: str) -> None:
        self.top = top
        self._files: dict[str, tuple[tuple[int, Glob], ...]] = {}

    def decides(self, path: str, directory: bool, floor: str | None = None) -> str | None:
        """`FILE:LINE` of the pattern that makes git ignore this entry, its parents aside; None if it is not ignored.

        Ignore files above the directory `floor` are left out of account.
        """
        floor = floor or self.top
        base = posixpath.dirname(path)
        while disk.inside(floor, base):
            origin = posixpath.join(base, ".gitignore")
            verdict = self._verdict(origin, path[len(base) :].lstrip("/"), directory)
            if verdict is not None:
                return verdict or None
            if base == self.top:
                origin = posixpath.join(base, ".git/info/exclude")
                return self._verdict(origin, path[len(base) :].lstrip("/"), directory) or None
            base = posixpath.dirname(base)
        return None

    def covers(self, path: str) -> str | None:
        """`FILE:LINE` of the pattern that makes git ignore `path` or a directory above it, existing or not."""
        if not disk.inside(self.top, path) or path == self.top:
            return None
        base = self.top
        *parents, name = path[len(self.top) :].strip("/").split("/")
        for parent in parents:
            base = posixpath.join(base, parent)
            line = self.decides(base, directory=True)
            if line is not None:
                return line
        path = posixpath.join(base, name)
        return self.decides(path, directory=False) or self.decides(path, directory=True)

    def _verdict(self, origin: str, path: str, directory: bool) -> str | None:
        """What one ignore file says: `FILE:LINE` if it ignores, empty if it takes back, None if it is silent."""
        for number, glob in self._patterns(origin):
            if glob.matches(path, directory):
                return "" if glob.negated else f"{origin}:{number}"
        return None

    def _patterns(self, origin: str) -> tuple[tuple[int, Glob], ...]:
        """Line numbers and patterns of an ignore file, the last first, for the last that matches decides."""
        known = self._files.get(origin)
        if known is None:
            try:
                lines = disk.read(origin, _MAX_BYTES).decode("utf-8-sig", "replace").split("\n")
            except OSError:
                lines = []
            numbered = ((number, Glob.parse(line)) for number, line in enumerate(lines[:_MAX_LINES], 1))
            known = self._files[origin] = tuple((number, glob) for number, glob in numbered if glob is not None)[::-1]
        return known
