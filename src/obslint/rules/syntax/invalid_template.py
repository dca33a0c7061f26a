"""SYN007."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import FileFault
from obslint.rules.base import Rule
from obslint.rules.syntax import refusals


class InvalidTemplate(Rule[FileFault]):
    """A Go template of an alert or a notification does not parse, or calls what does not exist.

    Prometheus and Loki's ruler read the templates in labels and annotations when they load the rules, and refuse the
    whole file for one that is wrong. Alertmanager reads those of its receivers when it notifies: the configuration is
    taken, and the notification then fails, every time. There are the functions of Go's text/template and the
    component's own, none of Sprig; rules have `$labels`, `$value`, `$externalLabels` and `$externalURL`.
    """

    code, name, severity = "SYN007", "invalid-template", Severity.ERROR
    on = FileFault

    def check(self, node: FileFault, graph: Graph) -> Iterator[Claim]:
        if node.fault.sort == "template":
            notifies = node.reader == "Alertmanager"
            yield from refusals.claims(self, node, "cannot send the notification" if notifies else "refuses the file")
