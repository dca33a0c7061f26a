"""What fills in the values that a file leaves open."""

from __future__ import annotations

import re

from obslint.graph.graph import Graph
from obslint.graph.nodes import Service

_REPLACES = re.compile(r"\b(?:sed|perl|awk|yq|re\.sub|\w*replace\w*|substitute)\b|\bs[|/#,@!:]", re.IGNORECASE)


def filled_in_by(mark: str, graph: Graph) -> str | None:
    """The script, pipeline or service that seems to replace a text that stands for a value; None if none does."""
    for service in graph.all(Service):
        words = (*(service.fact.entrypoint or ()), *(service.fact.command or ()))
        if any(_replaces(mark, word.text) for word in words):
            return f"`{service.name}`"
    for path, text in graph.tree.scripts():
        if not path.endswith(".md") and _replaces(mark, text):
            return path
    return None


def _replaces(mark: str, text: str) -> bool:
    return mark in text and any(mark in line and _REPLACES.search(line) for line in text.splitlines())
