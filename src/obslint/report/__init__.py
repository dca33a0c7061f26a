"""Outcome → what a person or a machine reads; one module a format, imported only when that format is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from obslint.findings import Outcome

FORMATS = ("text", "json", "sarif", "github")


class Renderer(Protocol):
    """Writes an outcome in one format: empty, or ending with a newline. Only `text` knows colours."""

    def __call__(self, outcome: Outcome, color: bool = False) -> str: ...


def renderer(name: str) -> Renderer:
    """The renderer of one of `FORMATS`; ValueError for any other name."""
    if name not in FORMATS:
        raise ValueError(f"unknown format {name!r}, expected one of {', '.join(FORMATS)}")
    render: Renderer = import_module(f"obslint.report.{name}").render
    return render
