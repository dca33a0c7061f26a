"""LOG004."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from obslint.facts.alloy import AlloyFile
from obslint.facts.logs import LogJob, PromtailFile, Stage
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Collector, LogShipper
from obslint.rules.base import Rule


class DockerStageWithDockerSd(Rule[LogShipper | Collector]):
    """A job that reads containers from Docker's API is set up as if it read Docker's files.

    The API gives the bare lines with their times. A `docker` stage, which unwraps the JSON of Docker's log files, finds
    nothing in them, or takes the `log`, `time` and `stream` of an application's own JSON for Docker's and puts them in
    place of line and time; a label `__path__` is not read at all. Remove both.

    With `static_configs`, or any other discovery of files, in the same job it is a warning: Promtail then takes the job
    for one that reads files, and reads no container. A label for every line of a job is set by a step of
    `relabel_configs` that has only `target_label` and `replacement`, or by a `static_labels` stage.
    """

    code, name, severity = "LOG004", "docker-stage-with-docker-sd", Severity.INFO
    on = (LogShipper, Collector)

    def check(self, node: LogShipper | Collector, graph: Graph) -> Iterator[Claim]:
        fact = node.fact
        if not isinstance(fact, (PromtailFile, AlloyFile)):
            return
        # In Alloy, lines of several sources may run through the same stages.
        needed = {stage.place for job in fact.jobs if job.source != "docker" for stage in _all(job.stages)}
        seen = set()
        for job in fact.jobs:
            if job.statics is not None and job.docker:
                yield self._files_alone(node, job)
            if job.source != "docker":
                continue
            for stage in _all(job.stages):
                if stage.kind == "docker" and stage.place not in needed and stage.place not in seen:
                    seen.add(stage.place)
                    yield self._stage(node, job, stage)
            yield from self._paths(node, job)

    def _files_alone(self, node: LogShipper | Collector, job: LogJob) -> Claim:
        return self.claim(
            node,
            f"{_named(job)} has a discovery of files beside `docker_sd_configs`: Promtail takes the files alone and "
            "reads no container",
            place=job.docker[0].place,
            related=[Related(job.statics, "what Promtail takes instead")] if job.statics else (),
            help="make two jobs of it; labels for containers are set by `relabel_configs` with only `target_label` and "
            "`replacement`, or by a `static_labels` stage",
            subject=f"{job.name}:files",
            severity=Severity.WARNING,
        )

    def _stage(self, node: LogShipper | Collector, job: LogJob, stage: Stage) -> Claim:
        return self.claim(
            node,
            f"{_named(job)} reads Docker's API, which gives bare lines: the `docker` stage has nothing to unwrap, and "
            "of lines that are JSON themselves it takes `log` and `time` for Docker's",
            place=stage.place,
            related=[Related(job.docker[0].place, "what it reads")] if job.docker else (),
            help="remove the stage; it is for jobs that read /var/lib/docker/containers",
            subject=f"{job.name}:docker",
        )

    def _paths(self, node: LogShipper | Collector, job: LogJob) -> Iterator[Claim]:
        for step in job.relabels:
            if step.target_label is not None and step.target_label.text == "__path__":
                yield self.claim(
                    node,
                    f"{_named(job)} reads Docker's API: `__path__` is not read",
                    place=step.target_label.place,
                    related=[Related(job.docker[0].place, "what it reads")] if job.docker else (),
                    help="remove the step",
                    subject=f"{job.name}:__path__",
                )


def _named(job: LogJob) -> str:
    return f"job `{job.name}`" if job.name else "this job"


def _all(stages: Sequence[Stage]) -> Iterator[Stage]:
    """Every stage, those within a match too."""
    waiting: list[Iterable[Stage]] = [stages]
    while waiting:
        for stage in waiting.pop():
            yield stage
            waiting.append(stage.stages)
