"""What a value of a compose file means by the place it stands at: its variables, and where its paths start."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from obslint.facts.common import Scalar
from obslint.lang.interpolation import Interpolated, interpolate

Read = Callable[[Scalar], Interpolated]
"""Interpolates a value with the variables of the file it stands in."""


@dataclass(slots=True)
class Scope:
    """What a value means by the file it stands in: the variables it sees, and where its relative paths start."""

    environment: Mapping[str, str]
    directory: str
    """The project directory: where paths start, and the `.env` lies."""
    environments: dict[str, Mapping[str, str]] = field(default_factory=dict)
    directories: dict[str, str] = field(default_factory=dict)

    def read(self, scalar: Scalar) -> Interpolated:
        """A value with its variables replaced."""
        return interpolate(scalar.text, self.environments.get(scalar.place.path, self.environment))

    def path(self, written: str, at: Scalar) -> str:
        """A path of the host as one from the working directory; absolute and home paths stay as they are."""
        return host_path(self.directories.get(at.place.path, self.directory), written)


def host_path(directory: str, source: str) -> str:
    """A path from `directory`; absolute and home paths stay as they are."""
    if source.startswith(("/", "~")) or ":" in source[:3]:
        return source
    return posixpath.normpath(posixpath.join(directory, source.replace("\\", "/")))
