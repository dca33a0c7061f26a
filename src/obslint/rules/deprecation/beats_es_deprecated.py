"""DEP010."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.elastic import BeatsFile
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Setup
from obslint.rules.base import Rule

_DEPRECATED = (7, 16, 0)  # elastic.co, filebeat-input-log and migrate-to-filestream
_DISABLED = (9, 0, 0)


class BeatsEsDeprecated(Rule[Setup]):
    """Filebeat reads files with its `log` input, which `filestream` replaced.

    `log` is deprecated since Filebeat 7.16. From 9.0 on Filebeat refuses it, and `container`, which is a preset of it,
    unless the input says `allow_deprecated_use: true`: nothing is read. Each `filestream` needs an `id` of its own, and
    one that is to go on where a `log` input stopped, and not to send all files again, has to be migrated to.
    """

    code, name, severity = "DEP010", "beats-es-deprecated", Severity.WARNING
    on = Setup

    def check(self, node: Setup, graph: Graph) -> Iterator[Claim]:
        fact, service = node.fact, node.service
        if not isinstance(fact, BeatsFile) or fact.beat != "filebeat":
            return
        known = service is not None and service.runs("filebeat") and service.image is not None
        version = service.image.version if known and service is not None and service.image is not None else None
        if version is not None and version < _DEPRECATED:
            return
        refused = version is not None and version >= _DISABLED
        for item in fact.inputs:
            if item.type is None or item.enabled is False or item.allow_deprecated_use:
                continue
            if item.type.text != "log" and not (refused and item.type.text == "container"):
                continue
            if refused and service is not None and service.image is not None:
                message = f"the input `{item.type.text}` is disabled from Filebeat 9.0 on, and `{service.name}` runs "
                message += f"{service.image.tag}: nothing is read with it"
            else:
                message = "the input `log` is deprecated since Filebeat 7.16 and disabled from 9.0 on"
            parsers = " and `parsers: [{container: {}}]`" if item.type.text == "container" else ""
            yield self.claim(
                node,
                message,
                place=item.type.place,
                related=[Related(service.place, f"service `{service.name}` loads the file")] if service else [],
                help=f"use `type: filestream` with an `id` of its own{parsers}; `take_over` keeps the read positions",
                subject=f"{fact.path}:{item.type.place.at}",
                proven=version is not None,
            )
