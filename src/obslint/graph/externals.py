"""Networks and volumes that others look for by name: which compose files create them, and what is made by hand."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from obslint.graph.containers import Tree
from obslint.graph.nodes import Definition
from obslint.graph.resolve import fits
from obslint.lang.interpolation import HOLE


class Created:
    """The networks and volumes that compose files create, by name and by what may be taken for it."""

    def __init__(self, items: Iterable[Definition]) -> None:
        self._names: set[tuple[str, str]] = set()
        self._holed: list[Definition] = []
        self._near: dict[tuple[str, str], list[Definition]] = defaultdict(list)
        for item in items:
            if HOLE in item.name:
                self._holed.append(item)
                continue
            self._names.add((item.kind, item.name))
            near = {plain(item.name)}
            if item.given is None:
                near.add(plain(item.key))
            for name in near:
                self._near[item.kind, name].append(item)

    def has(self, kind: str, name: str) -> bool:
        """Whether one has this name, or may have it with the right variables."""
        return (kind, name) in self._names or any(item.kind == kind and fits(name, item.name) for item in self._holed)

    def like(self, kind: str, name: str) -> list[Definition]:
        """Those whose name, or whose key without the project's name before it, is spelt alike."""
        return self._near.get((kind, plain(name)), [])


def plain(name: str) -> str:
    """A name without separators and case."""
    return re.sub(r"[-_.]", "", name).lower()


def made_by_hand(kind: str, name: str, tree: Tree) -> str | None:
    """Where a script or manual makes a network or volume of this name, or may, since a variable names it."""
    from obslint.graph.invocations import created_networks, created_volumes  # reading shells takes long to import

    made = created_networks(tree) if kind == "network" else created_volumes(tree)
    return next((where for known, where in made.items() if fits(name, known)), None)
