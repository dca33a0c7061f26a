"""SYN002."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import BrokenFile
from obslint.rules.base import Rule


class DuplicateMappingKey(Rule[BrokenFile]):
    """The same key stands twice in one mapping.

    Prometheus, Alertmanager, Loki, Grafana and Compose read YAML strictly and refuse such a file; loaders that do not
    refuse it keep only the last value, and the first is lost without a word.
    """

    code, name, severity = "SYN002", "duplicate-mapping-key", Severity.ERROR
    on = BrokenFile

    def check(self, broken: BrokenFile, graph: Graph) -> Iterator[Claim]:
        if broken.other is not None:
            yield self.claim(
                broken,
                f"{broken.message}: {broken.reader} refuses the file",
                related=[Related(broken.other, "first set here")],
                help="keep one of the two, or merge them",
                subject=broken.message,
            )
