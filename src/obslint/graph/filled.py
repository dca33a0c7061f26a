"""What fills in the values that a file leaves open."""

from __future__ import annotations

from obslint.graph.graph import Graph
from obslint.graph.nodes import Service


def filled_in_by(mark: str, graph: Graph) -> str | None:
    """The script, pipeline or service that names what stands for a value, and so may replace it; None if none does."""
    for service in graph.all(Service):
        if any(mark in text for text in _commands(service)):
            return f"`{service.name}`"
    for path, text in graph.tree.scripts():
        if not path.endswith(".md") and mark in text:
            return path
    return None


def _commands(service: Service) -> list[str]:
    return [word.text for word in (*(service.fact.entrypoint or ()), *(service.fact.command or ()))]
