"""Data files that ship with obslint: inside the wheel, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path


def path(*parts: str) -> Path:
    """A data file or folder, e.g. `path("schemas", "compose.json")`."""
    package = Path(__file__).parent
    shipped = package.joinpath("data", *parts)
    return shipped if shipped.exists() else package.parents[1].joinpath(*parts)
