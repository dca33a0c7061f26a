"""SYN001."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import BrokenFile
from obslint.kinds import KINDS
from obslint.rules.base import Rule


class ParseError(Rule[BrokenFile]):
    """A file that a component will load is not valid YAML or JSON.

    The component refuses the file: it does not start, or keeps running with the configuration it had. Nothing else in
    the file is judged until it parses.
    """

    code, name, severity = "SYN001", "yaml-or-json-parse-error", Severity.ERROR
    on = BrokenFile

    def check(self, broken: BrokenFile, graph: Graph) -> Iterator[Claim]:
        if broken.other is None:
            yield self.claim(
                broken,
                f"{KINDS[broken.kind].title} cannot read this file: {broken.message}",
                help="mend the syntax here or just before",
            )
