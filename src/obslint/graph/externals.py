"""Networks and volumes made outside Compose: what scripts and documents of the repository create by hand."""

from __future__ import annotations

import re

from obslint.graph.containers import Tree

_OPTION = r"(?:-\S+(?:[ =][^-\s]\S*)?\s+)*"


def made_by_hand(kind: str, name: str, tree: Tree) -> str | None:
    """The file whose `docker network create` or `docker volume create` makes it, or may, since a variable names it."""
    named = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])")
    for path, line in tree.naming(f"{kind} create"):
        rest = line.partition(f"{kind} create")[2]
        if named.search(rest) or re.match(rf"\s*{_OPTION}[\"']?\$", rest):
            return path
    return None
