"""SYN010."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.nodes import FileFault
from obslint.rules.base import Rule


class MojibakeText(Rule[FileFault]):
    """A text for people is garbled: encoded twice, or with characters lost.

    An editor or script that took UTF-8 for Windows-1252 or -1254 turned `’` into `â€™` and `é` into `Ã©`; one that gave
    up left U+FFFD. Alerts and dashboards show it so to whoever has to read them at night. Only what reads as UTF-8
    again when it is turned back is reported, in rules, Alertmanager's receivers, Grafana's alerting and dashboards.
    """

    code, name, severity, proof = "SYN010", "mojibake-text", Severity.WARNING, Proof.LIKELY
    on = FileFault

    def check(self, node: FileFault, graph: Graph) -> Iterator[Claim]:
        fault = node.fault
        if fault.sort == "text":
            yield self.claim(
                node,
                fault.message,
                help=fault.help or "write the text anew, and save the file as UTF-8",
                subject=".".join(map(str, fault.place.at)),
            )
