"""The faults of single files, as each service meets them that loads the file."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from obslint.facts.common import FileFacts
from obslint.graph.nodes import FileFault, Service, Stack

READERS = {
    "prometheus": "prometheus",
    "rules": "prometheus",
    "loki-rules": "loki",
    "alertmanager": "alertmanager",
    "loki": "loki",
    "promtail": "promtail",
    "tempo": "tempo",
    "blackbox": "blackbox_exporter",
}
"""The component by whose rules a kind is judged, as `knowledge` calls it.

Another that reads such files too, as vmagent does those of Prometheus, knows other keys; nothing is said of it.
"""


def find(file: FileFacts, services: Sequence[Service]) -> Iterator[FileFault]:
    """Each fault once for every version that meets it; where no service loads the file, the version is unknown."""
    if not file.faults:
        return
    reader = READERS.get(file.kind)
    met: dict[object, Service | None] = {}
    for service in services:
        component = service.component.id if service.component else reader
        if reader is None or component == reader:
            version = service.image.version if service.component and service.image else None
            met.setdefault(version, service)
    if not services:
        met[None] = None
    for loader in met.values():
        stack = loader.stack if loader else Stack(name=file.path, directory=posixpath.dirname(file.path))
        for fault in file.faults:
            # Without a service, it is only likely that the program is the one that gave the kind its name.
            if not fault.program or (loader is not None and loader.component and fault.program == reader):
                yield FileFault(stack, fault.place, fault, file.reader, loader)
