"""What the files mean together: stacks, services, links with verdicts."""

from __future__ import annotations

from obslint.graph.build import build
from obslint.graph.declared import Declared
from obslint.graph.explain import asked, explain
from obslint.graph.graph import Graph
from obslint.graph.picture import draw

__all__ = ["Declared", "Graph", "asked", "build", "draw", "explain"]
