"""SYN003."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.nodes import FileFault, Service
from obslint.rules.base import Rule
from obslint.rules.syntax import refusals, unknown_flags


class UnknownOrMisplacedField(Rule[FileFault | Service]):
    """A file sets a field, or a command a flag, that its component does not know, or not there.

    Prometheus, Alertmanager, Loki, Promtail, Tempo and Compose refuse a file with a key that they do not know: a typing
    error, a key in the wrong block, one that a later release brought or dropped. The component does not start, or keeps
    running with the configuration it had. Which release runs is read from the image's tag; where that cannot be told, a
    field that newer releases dropped is a warning. So is a misspelt key of what Grafana is provisioned with: Grafana
    drops it without a word.

    So it is with flags in the `command` of a compose file: Prometheus, Alertmanager, Loki and VictoriaMetrics' programs
    print their usage and do not start. Images of others, and those started through a shell, are left alone; where the
    release is not known, a flag is told of only if it looks like a misspelt one.
    """

    code, name, severity = "SYN003", "unknown-or-misplaced-field", Severity.ERROR
    on = (FileFault, Service)

    def check(self, node: FileFault | Service, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, Service):
            yield from unknown_flags.claims(self, node)
        elif node.fault.sort == "field":
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
