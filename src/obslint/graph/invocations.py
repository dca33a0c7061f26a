"""How scripts and documents of the repository run its compose files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command that runs compose files."""

    files: tuple[str, ...]
    directory: str
    project_name: str | None
    env_files: tuple[str, ...]
    profiles: tuple[str, ...]
    evidence: str
    group: str
    complete: bool


def invocations(tree: object) -> list[Invocation]:
    return []
