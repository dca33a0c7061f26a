"""REF031."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.externals import made_by_hand
from obslint.graph.nodes import Definition
from obslint.lang.interpolation import HOLE
from obslint.rules.base import Rule


class ExternalNetworkUndeclared(Rule[Definition]):
    """An external network or volume has a name that is nearly, but not quite, that of one another stack creates.

    Compose does not create what is `external: true`; it looks for exactly that name and refuses to start without it.
    What another compose file declares under the key `shop` without a `name:` is called `<project>_shop`. A network made
    by hand or by a script is fine, so this is said only where another file shows which one was meant.
    """

    code, name, severity, proof = "REF031", "external-network-undeclared", Severity.WARNING, Proof.LIKELY
    on = Definition

    def check(self, declared: Definition, graph: Graph) -> Iterator[Claim]:
        if not declared.external or not declared.used or HOLE in declared.name:
            return
        if graph.created.has(declared.kind, declared.name) or _is_default(declared, graph):
            return
        near = _nearest(declared, graph.created.like(declared.kind, declared.name))
        if near is None or made_by_hand(declared.kind, declared.name, graph.tree) is not None:
            return
        file, own = near.place.path, near.given is not None
        yield self.claim(
            declared,
            f"no compose file here creates the external {declared.kind} `{declared.name}`: {file} "
            + (f"creates `{near.name}`" if own else f"declares `{near.key}`, which Docker knows as `{near.name}`")
            + "; Compose refuses to start without the exact name",
            place=declared.given,
            related=[Related(near.given or near.place, f"this {near.kind} is called `{near.name}`")],
            help=f"write `name: {near.name}` here"
            if own
            else f"write `name: {declared.name}` below `{near.key}` in {file}",
            subject=f"{declared.kind}:{declared.name}",
        )


def _is_default(declared: Definition, graph: Graph) -> bool:
    """Whether it is the network that Compose makes for a project without being told."""
    return declared.kind == "network" and (
        declared.name.endswith("_default") or any(declared.name == f"{stack.project}_default" for stack in graph.stacks)
    )


def _nearest(declared: Definition, like: list[Definition]) -> Definition | None:
    """The one in another file that was meant: the closest first."""
    directory = posixpath.dirname(declared.place.path) or "."

    def distance(item: Definition) -> tuple[int, str, str]:
        path = item.place.path
        return posixpath.relpath(posixpath.dirname(path) or ".", directory).count("/"), path, item.name

    return min((item for item in like if item.place.path != declared.place.path), key=distance, default=None)
