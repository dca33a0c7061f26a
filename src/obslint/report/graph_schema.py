"""The shape of the graph as types; `schemas/graph.json` is generated from them, no run imports them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, PositiveInt


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class GraphPlace(_Model):
    """Where a node or an edge is written."""

    path: str
    """Relative to the working directory, with forward slashes."""
    line: PositiveInt
    column: PositiveInt
    """In code points."""


class GraphStack(_Model):
    """One way of running compose files, or a config that no service loads."""

    name: str
    """The compose files in the order in which they are merged, or the file that stands alone."""
    group: str
    """Stacks of one group belong together."""
    project: str
    """The project's name as Compose makes it; empty for a file that stands alone."""
    files: tuple[str, ...]
    evidence: str
    """How it is known that the files are run so."""
    certain: bool
    """Whether that is known, not merely supposed."""
    together: tuple[str, ...]
    """What joined it to the others of its group."""


class GraphNode(_Model):
    """A node."""

    id: str
    """Names the node in `edges`."""
    kind: Literal["service", "network", "volume", "port", "file", "job", "address"]
    label: str
    stack: str
    """The name of the stack it belongs to."""
    place: GraphPlace | None
    attributes: dict[str, str]


class GraphEdge(_Model):
    """A link between two nodes, and whether it holds."""

    kind: Literal[
        "joins",
        "publishes",
        "mounts",
        "copies",
        "depends-on",
        "loads",
        "runs",
        "scrapes",
        "evaluates",
        "provisions",
        "notifies",
        "writes",
        "reads",
        "passes-to",
        "connects",
    ]
    source: str
    target: str
    verdict: Literal["yes", "no", "unknown"]
    why: tuple[str, ...]
    """The reasons, in words."""
    place: GraphPlace | None


class GraphDocument(_Model):
    """What `obslint graph --format json` prints."""

    version: Literal[1]
    stacks: tuple[GraphStack, ...]
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
