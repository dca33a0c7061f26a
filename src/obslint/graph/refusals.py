"""The faults of single files, as each service meets them that loads the file."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from obslint import shape
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
    """The faults of a file, each once for every version that meets it, or once where all versions are alike.

    Where no service loads the file, the version is unknown.
    """
    if not file.faults:
        return
    reader = READERS.get(file.kind)
    known = shape.releases(file.kind)
    met: dict[tuple[int, int, int] | None, tuple[Service | None, bool]] = {}
    for service in services:
        component = service.component.id if service.component else reader
        if reader is None or component == reader:
            version = service.image.version if service.component and service.image else None
            beyond = known is not None and version is not None and not known[0] <= version[:2] <= known[1]
            met.setdefault(version, (service, beyond))
    if not services:
        met[None] = (None, False)
    alike = sorted(met.values(), key=lambda one: one[1])[:1]
    for fault in file.faults:
        by_version = fault.since is not None or fault.until is not None
        for loader, beyond in met.values() if by_version else alike:
            # Without a service, it is only likely that the program is the one that gave the kind its name.
            if fault.program and (loader is None or loader.component is None or fault.program != reader):
                continue
            stack = loader.stack if loader else Stack(name=file.path, directory=posixpath.dirname(file.path))
            yield FileFault(stack, fault.place, fault, file.reader, loader, beyond)
