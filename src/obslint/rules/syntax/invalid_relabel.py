"""SYN008."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import FileFault
from obslint.rules.base import Rule
from obslint.rules.syntax import refusals


class InvalidRelabel(Rule[FileFault]):
    """A relabelling step is refused, or refers to a group that its regex does not have.

    The regex must be RE2, which has neither look-around nor back-references; each action needs its own fields and
    refuses others; a label that is written must have a valid name. Prometheus, Promtail and Alloy refuse the whole file
    for one such step. What they do not refuse, and is a warning, is `$2` where the regex has one group, or `$1_total`,
    read as the group named `1_total`: it is empty, and the label is lost without a word. Write `${1}_total`.
    """

    code, name, severity = "SYN008", "invalid-relabel", Severity.ERROR
    on = FileFault

    def check(self, node: FileFault, graph: Graph) -> Iterator[Claim]:
        fault = node.fault
        if fault.sort == "relabel":
            yield from refusals.claims(self, node)
        elif fault.sort == "group":
            related = [Related(fault.other, "the regex")] if fault.other else []
            yield self.claim(
                node,
                fault.message,
                related=related,
                help=fault.help,
                subject=fault.message,
                severity=Severity.WARNING,
            )
