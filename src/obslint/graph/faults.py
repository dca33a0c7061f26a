"""The faults of single files, as each service meets them that loads the file."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from obslint.facts.common import Fault, FileFacts
from obslint.facts.prometheus import ScrapeJob
from obslint.findings import Place
from obslint.graph.nodes import FileFault, Prometheus, Service, Stack

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
    for service in met.values():
        stack = service.stack if service else Stack(name=file.path, directory=posixpath.dirname(file.path))
        for fault in file.faults:
            # Without a service, it is only likely that the program is the one that gave the kind its name.
            if not fault.program or (service is not None and service.component and fault.program == reader):
                yield FileFault(stack, fault.place, fault, file.reader, service)


def same_jobs(server: Prometheus, others: Sequence[ScrapeJob]) -> Iterator[FileFault]:
    """Jobs of the files that `scrape_config_files` names whose names the main file or another of them has too."""
    if server.service is not None and not server.service.runs("prometheus"):
        return
    first: dict[str, Place] = {job.name.text: job.name.place for job in server.fact.jobs if job.name is not None}
    for job in others:
        if job.name is None:
            continue
        known = first.setdefault(job.name.text, job.name.place)
        if known.path != job.name.place.path:
            message = f"the job name `{job.name}` is in {known.path} too, and `scrape_config_files` loads both"
            fault = Fault("meaning", message, job.name.place, "rename or remove one of the two", known)
            yield FileFault(server.stack, fault.place, fault, "Prometheus", server.service)
