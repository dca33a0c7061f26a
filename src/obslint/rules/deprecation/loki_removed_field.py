"""DEP005."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import FileFault, Service
from obslint.rules.base import Rule
from obslint.rules.deprecation.removal import flag_claims


class LokiRemovedField(Rule[FileFault | Service]):
    """Loki is given a flag that its release no longer has, or a field that the next one drops.

    Loki 3.0 dropped `shared_store`, `max_look_back_period`, `enable_fifocache`, `max_transfer_retries`,
    `enforce_metric_name` and more, as fields and as flags, and does not start with any of them. A flag is an error
    where the tag names such a release, and a warning where it names none. A field that the running release still takes
    is an info: it stands in the way of the upgrade. A field that it refuses is told by SYN003.
    """

    code, name, severity = "DEP005", "loki-removed-field", Severity.ERROR
    on = (FileFault, Service)

    def check(self, node: FileFault | Service, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, FileFault):
            yield from self._field(node)
        elif node.runs("loki"):
            yield from flag_claims(self, node)

    def _field(self, node: FileFault) -> Iterator[Claim]:
        fault, service, running = node.fault, node.service, node.version
        if fault.sort != "field" or fault.until is None or running is None:
            return
        if service is None or service.image is None or not service.runs("loki"):
            return
        until = tuple(int(part) for part in fault.until.split("."))
        since = tuple(int(part) for part in fault.since.split(".")) if fault.since else ()
        if not since <= running < until:
            return
        yield self.claim(
            node,
            f"{fault.message}: `{service.name}` runs Loki {service.image.tag}, and cannot be upgraded with it",
            related=[Related(service.place, f"service `{service.name}` loads the file")],
            help=fault.help or "remove it",
            subject=fault.message,
            severity=Severity.INFO,
            proof=Proof.PROVEN,
        )
