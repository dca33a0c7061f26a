"""Scrape targets as Prometheus sees them after relabelling: where each is asked, and the labels its series get."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Scalar
from obslint.facts.prometheus import TargetGroup
from obslint.findings import Place
from obslint.graph import relabel
from obslint.graph.nodes import Prometheus, ScrapeJob

_EFFORT = 500_000
"""Labels times relabelling steps that are followed for one server; real ones have some thousands."""


@dataclass(frozen=True, slots=True)
class Target:
    """One written target after `relabel_configs`. `labels` are those of its series, sorted."""

    job: ScrapeJob
    written: Scalar
    scheme: str
    address: str
    path: str
    params: tuple[tuple[str, tuple[str, ...]], ...]
    labels: tuple[tuple[str, str], ...]
    moved: bool
    """Whether relabelling decides the address, as for a prober."""
    decided: Place | None
    """What makes `instance` another than the written address: a relabelling step or a label of the group."""

    @property
    def instance(self) -> str:
        return dict(self.labels).get("instance", "")

    @property
    def asked(self) -> tuple[object, ...]:
        """What is asked of whom; equal for two scrapes of the same."""
        return (self.scheme, self.address, self.path, self.params)


@dataclass(frozen=True, slots=True)
class Followed:
    """The targets of one job. `complete` says whether these are all it can have, discoveries included."""

    job: ScrapeJob
    targets: tuple[Target, ...]
    complete: bool


def targets(server: Prometheus) -> list[Target]:
    """The targets written in the file and in its target files, as far as relabelling can be followed."""
    return [target for followed in follow(server) for target in followed.targets]


def follow(server: Prometheus) -> list[Followed]:
    """The targets of each job, in the order of the jobs, as far as relabelling can be followed."""
    found: list[Followed] = []
    left = _EFFORT
    for job in server.jobs:
        fact = job.fact
        known: list[Target] = []
        complete = job.files_read and not fact.discoveries
        for group in job.groups:
            left -= len(group.targets) * (len(fact.relabels) + 1) * (len(group.labels) + len(fact.params) + 4)
            if left < 0:
                complete = False
                break
            for written in group.targets:
                try:
                    target = _target(job, group, written)
                except relabel.UnknownOutcomeError:
                    complete = False
                    continue
                if target is not None:
                    known.append(target)
        found.append(Followed(job, tuple(known), complete))
    return found


def _target(job: ScrapeJob, group: TargetGroup, written: Scalar) -> Target | None:
    """The target; None where relabelling drops it. Defaults and order are those of Prometheus' `PopulateLabels`."""
    fact = job.fact
    given: relabel.Labels = {
        "job": job.name or "",
        "__scheme__": fact.scheme.text if fact.scheme else "http",
        "__metrics_path__": fact.metrics_path.text if fact.metrics_path else "/metrics",
        **{f"__param_{name}": values[0] for name, values in fact.params if values},
    }
    decided: dict[str, Place] = {}
    for entry in group.labels:
        given[entry.name.text] = entry.value.text if entry.value else ""
        decided[entry.name.text] = entry.value.place if entry.value else entry.name.place
    given["__address__"] = written.text
    for step in fact.relabels:
        discovered = any(source.text.startswith("__meta_") for source in step.source_labels)
        if discovered or relabel.action(step) == "labelmap":
            raise relabel.UnknownOutcomeError
        if not relabel.apply(step, given, decided):
            return None
    labels = {name: value for name, value in given.items() if value is not None}
    if len(labels) < len(given):
        raise relabel.UnknownOutcomeError
    address = labels.get("__address__", "")
    if not labels.get("instance"):
        decided.pop("instance", None)
        labels["instance"] = address
    params = dict(fact.params)
    for name, value in labels.items():
        if name.startswith("__param_"):
            name = name.removeprefix("__param_")
            params[name] = (value, *params.get(name, ())[1:])
    return Target(
        job=job,
        written=written,
        scheme=labels.get("__scheme__", ""),
        address=address,
        path=labels.get("__metrics_path__", ""),
        params=tuple(sorted(params.items())),
        labels=tuple(sorted((name, value) for name, value in labels.items() if value and not name.startswith("__"))),
        moved="__address__" in decided,
        decided=decided.get("instance") or decided.get("__address__"),
    )
