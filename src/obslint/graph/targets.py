"""Scrape targets as Prometheus sees them after relabelling: where each is asked, and the labels its series get."""

from __future__ import annotations

import re
from dataclasses import dataclass

from obslint.facts.common import Relabel, Scalar
from obslint.facts.prometheus import TargetGroup
from obslint.findings import Place
from obslint.graph.nodes import Prometheus, ScrapeJob
from obslint.lang.tokens import re2_pattern

_EFFORT = 500_000
"""Labels times relabelling steps that are followed for one server; real ones have some thousands."""
_LENGTH = 1024
"""Characters of a label value that are followed."""
_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})", re.ASCII)


class _UnknownError(Exception):
    """A step whose outcome the file does not tell."""


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
                except _UnknownError:
                    complete = False
                    continue
                if target is not None:
                    known.append(target)
        found.append(Followed(job, tuple(known), complete))
    return found


def _target(job: ScrapeJob, group: TargetGroup, written: Scalar) -> Target | None:
    """The target; None where relabelling drops it. Defaults and order are those of Prometheus' `PopulateLabels`."""
    fact = job.fact
    labels = {
        "job": job.name or "",
        "__scheme__": fact.scheme.text if fact.scheme else "http",
        "__metrics_path__": fact.metrics_path.text if fact.metrics_path else "/metrics",
        **{f"__param_{name}": values[0] for name, values in fact.params if values},
    }
    decided: dict[str, Place] = {}
    for entry in group.labels:
        labels[entry.name.text] = entry.value.text if entry.value else ""
        decided[entry.name.text] = entry.value.place if entry.value else entry.name.place
    labels["__address__"] = written.text
    for step in fact.relabels:
        if not _apply(step, labels, decided):
            return None
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


def _apply(step: Relabel, labels: dict[str, str], decided: dict[str, Place]) -> bool:
    """One step of `relabel_configs`, as Prometheus' `relabel.Process` does it; False where it drops the target."""
    action = step.action.text.lower() if step.action else "replace"
    if any(source.text.startswith("__meta_") for source in step.source_labels):
        raise _UnknownError
    separator = step.separator.text if step.separator else ";"
    value = separator.join(labels.get(source.text, "") for source in step.source_labels)
    if len(value) > _LENGTH:
        raise _UnknownError
    target = step.target_label.text if step.target_label else ""
    if action in ("keepequal", "dropequal"):
        return (labels.get(target, "") == value) == (action == "keepequal")
    if action in ("lowercase", "uppercase"):
        _set(labels, decided, target, value.lower() if action == "lowercase" else value.upper(), step)
        return True
    pattern = _pattern(step.regex)
    if action in ("keep", "drop"):
        return bool(pattern.fullmatch(value)) == (action == "keep")
    if action in ("labeldrop", "labelkeep"):
        for name in [name for name in labels if bool(pattern.fullmatch(name)) == (action == "labeldrop")]:
            del labels[name]
        return True
    if action != "replace" or "$" in target:
        raise _UnknownError
    match = pattern.fullmatch(value)
    if match is not None:
        _set(labels, decided, target, _expand(step.replacement.text if step.replacement else "$1", match), step)
    return True


def _set(labels: dict[str, str], decided: dict[str, Place], name: str, value: str, step: Relabel) -> None:
    if len(value) > _LENGTH:
        raise _UnknownError
    labels[name] = value
    says = step.replacement or step.target_label
    decided[name] = says.place if says else step.place


def _pattern(regex: Scalar | None) -> re.Pattern[str]:
    try:
        pattern: re.Pattern[str] | None = re2_pattern(f"^(?s:{regex.text if regex else '(.*)'})$")
    except ValueError:
        raise _UnknownError from None
    if pattern is None:
        raise _UnknownError
    return pattern


def _expand(template: str, match: re.Match[str]) -> str:
    """Go's `Regexp.Expand`. A name that is no group may be a variable that something replaces before: unknown."""

    def one(reference: re.Match[str]) -> str:
        dollar, *names = reference.groups()
        if dollar:
            return "$"
        name = next(name for name in names if name)
        if name.isdigit() and len(name) < 4:
            return (match.group(int(name)) or "") if int(name) <= match.re.groups else ""
        raise _UnknownError

    return _REFERENCE.sub(one, template)
