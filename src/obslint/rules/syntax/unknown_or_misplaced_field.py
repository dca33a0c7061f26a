"""SYN003."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.nodes import FileFault
from obslint.rules.base import Rule
from obslint.rules.syntax import refusals


class UnknownOrMisplacedField(Rule[FileFault]):
    """A file sets a field that its component does not know, or not there.

    Prometheus, Alertmanager, Loki, Promtail, Tempo and Compose refuse a file with a key that they do not know: a typing
    error, a key in the wrong block, one that a later release brought or dropped. The component does not start, or keeps
    running with the configuration it had. Which release runs is read from the image's tag; where that cannot be told, a
    field that newer releases dropped is a warning. So is a misspelt key of what Grafana is provisioned with: Grafana
    drops it without a word.
    """

    code, name, severity = "SYN003", "unknown-or-misplaced-field", Severity.ERROR
    on = FileFault

    def check(self, node: FileFault, graph: Graph) -> Iterator[Claim]:
        if node.fault.sort == "field":
            yield from refusals.claims(self, node)
        elif node.fault.sort == "ignored":
            yield self.claim(
                node,
                f"{node.fault.message}: {node.reader} drops it without a word",
                help=node.fault.help,
                subject=node.fault.message,
                severity=Severity.WARNING,
                proof=Proof.LIKELY,
            )
