"""SYN004."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import FileFault
from obslint.rules.base import Rule
from obslint.rules.syntax import refusals


class InvalidDurationSizeOrEnum(Rule[FileFault]):
    """A field has a value that its component cannot read.

    A duration without its unit, a size in a unit that the component does not know, a word that is none of the choices,
    a list where a mapping belongs, a field that has to be set and is not. Each component reads by its own grammar:
    `30d` is a duration of Prometheus and none of Go. The component refuses the file.
    """

    code, name, severity = "SYN004", "invalid-duration-size-or-enum", Severity.ERROR
    on = FileFault

    def check(self, node: FileFault, graph: Graph) -> Iterator[Claim]:
        if node.fault.sort == "value":
            yield from refusals.claims(self, node)
