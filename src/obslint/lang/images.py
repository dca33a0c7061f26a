"""Image references: `[registry/]repository[:tag][@digest]`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from obslint.lang.interpolation import HOLE

_VERSION = re.compile(r"v?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(?=[-+_]|\Z)")


@dataclass(frozen=True, slots=True)
class Image:
    """A parsed reference. `tag` is None where none is written or where it is unknown (`tag_known` tells)."""

    repository: str
    tag: str | None
    digest: str | None
    tag_known: bool

    @property
    def version(self) -> tuple[int, int, int] | None:
        """The version that the tag names; None for `latest`, other words and floating tags such as `v3`."""
        match = _VERSION.match(self.tag) if self.tag else None
        if match is None or match.group(2) is None:
            return None
        return (int(match.group(1)), int(match.group(2)), int(match.group(3) or 0))


def parse(text: str) -> Image | None:
    """The parts of a reference after interpolation; None where the repository itself is unknown."""
    name, _, digest = text.strip().partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        head, tag = name, ""
    if not head or HOLE in head:
        return None
    known = HOLE not in tag
    return Image(head.lower(), tag if tag and known else None, digest or None, known)
