"""REF031."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.externals import made_by_hand
from obslint.graph.nodes import Declared
from obslint.lang.interpolation import HOLE
from obslint.rules.base import Rule


class ExternalNetworkUndeclared(Rule[Declared]):
    """An external network or volume has a name that is nearly, but not quite, that of one another stack creates.

    Compose does not create what is `external: true`; it looks for exactly that name and refuses to start without it.
    What another compose file declares under the key `shop` without a `name:` is called `<project>_shop`. A network made
    by hand or by a script is fine, so this is said only where another file shows which one was meant.
    """

    code, name, severity, proof = "REF031", "external-network-undeclared", Severity.WARNING, Proof.LIKELY
    on = Declared

    def check(self, declared: Declared, graph: Graph) -> Iterator[Claim]:
        if not declared.external or not declared.used or HOLE in declared.name:
            return
        created = [item for item in graph.all(Declared) if item.kind == declared.kind and not item.external]
        if any(_is(item.name, declared.name) for item in created) or _is_default(declared, graph):
            return
        near = _nearest(declared, created)
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


def _is(name: str, wanted: str) -> bool:
    """Whether a name is, or with the right variables may be, the wanted one."""
    if HOLE not in name:
        return name == wanted
    return re.fullmatch(".*".join(re.escape(part) for part in name.split(HOLE)), wanted) is not None


def _is_default(declared: Declared, graph: Graph) -> bool:
    """Whether it is the network that Compose makes for a project without being told."""
    return declared.kind == "network" and (
        declared.name.endswith("_default") or any(declared.name == f"{stack.project}_default" for stack in graph.stacks)
    )


def _nearest(declared: Declared, created: list[Declared]) -> Declared | None:
    """The one that was meant: of the same key but prefixed, or spelt with other separators; the closest file first."""
    near = [
        item
        for item in created
        if item.place.path != declared.place.path
        and HOLE not in item.name
        and ((item.given is None and item.key == declared.name) or _plain(item.name) == _plain(declared.name))
    ]
    directory = posixpath.dirname(declared.place.path) or "."
    return min(
        near,
        key=lambda item: (
            posixpath.relpath(posixpath.dirname(item.place.path) or ".", directory).count("/"),
            item.place.path,
            item.name,
        ),
        default=None,
    )


def _plain(name: str) -> str:
    return re.sub(r"[-_.]", "", name).lower()
