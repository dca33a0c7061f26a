"""What obslint.yaml says of the stacks, which the files alone do not tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Declared:
    """`stacks`: name → globs of the compose and config files that belong together, in `.gitignore` syntax, relative to
    the directory `base` (empty: the working directory). `exposure`: glob of service names → who may reach their
    published ports.
    """

    stacks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    base: str = ""
    exposure: Mapping[str, str] = field(default_factory=dict)
