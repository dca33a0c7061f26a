"""The short syntax of a compose file's `volumes`: `[source:]target[:mode]`."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]")


@dataclass(frozen=True, slots=True)
class MountParts:
    """Source and target of a mount; no source means an anonymous volume."""

    source: str | None
    target: str
    read_only: bool

    @property
    def is_path(self) -> bool:
        """Whether the source is a path of the host and not a volume's name (Compose Specification, "volumes")."""
        return self.source is not None and (
            self.source[:1] in ("/", ".", "~", "\\") or bool(_WINDOWS.match(self.source))
        )


def parse(text: str) -> MountParts | None:
    """The parts of a short-syntax item after interpolation; None where it cannot be split for certain."""
    drive = ""
    if _WINDOWS.match(text):
        drive, text = text[:2], text[2:]
    parts = text.split(":")
    if len(parts) == 1:
        return MountParts(None, _clean(parts[0]), False) if parts[0].startswith("/") and not drive else None
    if len(parts) > 3 or not parts[0] or not parts[1].startswith("/"):
        return None
    mode = parts[2].split(",") if len(parts) == 3 else []
    return MountParts(drive + parts[0], _clean(parts[1]), "ro" in mode)


def _clean(path: str) -> str:
    return posixpath.normpath("/" + path.lstrip("/"))
