"""The jobs of the files that `scrape_config_files` names, beside those of the main file."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.common import Fault, Scalar
from obslint.findings import Place
from obslint.graph.nodes import FileFault, Prometheus
from obslint.lang.durations import prometheus_duration

_DEFAULT_INTERVAL = 60_000  # milliseconds


def faults(server: Prometheus) -> Iterator[FileFault]:
    """What is wrong in the files that `scrape_config_files` names, as this server reads them beside its main file."""
    if server.service is not None and not server.service.runs("prometheus"):
        return
    for fault in (*_same_jobs(server), *_timing(server)):
        yield FileFault(server.stack, fault.place, fault, "Prometheus", server.service)


def _timing(server: Prometheus) -> Iterator[Fault]:
    """Jobs without an interval of their own that may take longer than that of the main file's `global`."""
    common = server.fact.scrape_interval
    interval = _milliseconds(common) if common is not None else _DEFAULT_INTERVAL
    for job in (job.fact for job in server.jobs):
        timeout = _milliseconds(job.timeout)
        if job.timeout is None or job.interval is not None or job.place.path == server.fact.path:
            continue
        if timeout and interval and timeout > interval:
            shown = f"`scrape_interval` {common} in {server.fact.path}" if common else "the default interval of 1m"
            message = f"`scrape_timeout` {job.timeout} is longer than {shown}"
            help = "lower the timeout, or give the job an interval"
            yield Fault("meaning", message, job.timeout.place, help, common.place if common else None)


def _milliseconds(written: Scalar | None) -> int | None:
    try:
        return prometheus_duration(written.text) if written is not None else None
    except ValueError:
        return None


def _same_jobs(server: Prometheus) -> Iterator[Fault]:
    """Jobs whose names the main file or another of them has too."""
    first: dict[str, Place] = {job.name.text: job.name.place for job in server.fact.jobs if job.name is not None}
    for job in (job.fact for job in server.jobs):
        if job.name is None or job.place.path == server.fact.path:
            continue
        known = first.setdefault(job.name.text, job.name.place)
        if known.path != job.name.place.path:
            message = f"the job name `{job.name}` is in {known.path} too, and `scrape_config_files` loads both"
            yield Fault("meaning", message, job.name.place, "rename or remove one of the two", known)
