"""SYN004."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import FileFault, Service
from obslint.rules.base import Rule
from obslint.rules.syntax import flag_values, refusals


class InvalidDurationSizeOrEnum(Rule[FileFault | Service]):
    """A field or a flag has a value that its component cannot read.

    A duration without its unit, a size in a unit that the component does not know, a word that is none of the choices,
    a list where a mapping belongs, a field that has to be set and is not. Each component reads by its own grammar:
    `30d` is a duration of Prometheus and none of Go. The component refuses the file.

    So it is with the flags in the `command` of a compose file: the program prints what it does not understand and does
    not start. Those of Prometheus and Alertmanager stand but once, and those for yes or no take no value there:
    `--web.enable-lifecycle=true` is refused. Where the release is not known, or a variable's default decides, it is a
    warning.
    """

    code, name, severity = "SYN004", "invalid-duration-size-or-enum", Severity.ERROR
    on = (FileFault, Service)

    def check(self, node: FileFault | Service, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, Service):
            yield from flag_values.claims(self, node)
        elif node.fault.sort == "value":
            yield from refusals.claims(self, node)
