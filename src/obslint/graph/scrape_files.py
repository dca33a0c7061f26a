"""The jobs of the files that `scrape_config_files` names, beside those of the main file."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.common import Fault
from obslint.findings import Place
from obslint.graph.nodes import FileFault, Prometheus


def same_jobs(server: Prometheus) -> Iterator[FileFault]:
    """Jobs of the files that `scrape_config_files` names whose names the main file or another of them has too."""
    if server.service is not None and not server.service.runs("prometheus"):
        return
    first: dict[str, Place] = {job.name.text: job.name.place for job in server.fact.jobs if job.name is not None}
    for job in (job.fact for job in server.jobs):
        if job.name is None or job.place.path == server.fact.path:
            continue
        known = first.setdefault(job.name.text, job.name.place)
        if known.path != job.name.place.path:
            message = f"the job name `{job.name}` is in {known.path} too, and `scrape_config_files` loads both"
            fault = Fault("meaning", message, job.name.place, "rename or remove one of the two", known)
            yield FileFault(server.stack, fault.place, fault, "Prometheus", server.service)
