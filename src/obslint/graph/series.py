"""Which series a selector can match: the jobs that scrape them, the rules that record them, and how often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from obslint.facts import prometheus as facts
from obslint.facts.common import Scalar
from obslint.graph import nodes
from obslint.graph.answers import Answer, unknown, yes
from obslint.graph.matching import Matched, Recording, index, question, services
from obslint.lang import promql
from obslint.lang.durations import prometheus_duration

DEFAULT_INTERVAL: Final = 60_000
"""Milliseconds between scrapes and evaluations where nothing is written (Prometheus config.DefaultGlobalConfig)."""

__all__ = [
    "DEFAULT_INTERVAL",
    "Intervals",
    "Matched",
    "Recording",
    "evaluation_interval",
    "external_labels",
    "intervals",
    "matched",
    "metric_name",
    "producers",
    "scrape_interval",
]


@dataclass(frozen=True, slots=True)
class Intervals:
    """Milliseconds between two samples of the series that a selector can match; None where they are not known."""

    minimum: int | None
    maximum: int | None
    complete: Answer
    """Whether these are the intervals of all series that can match, not only of those that the files show."""
    decided: tuple[Scalar, ...] = ()
    """Where the shortest interval is written; none where the default decides it."""


def matched(
    selector: promql.VectorSelector, server: nodes.Prometheus, expression: nodes.Expression | None = None
) -> Matched:
    """The jobs and recording rules of whose series a selector can match some.

    Matchers are judged against the labels that targets get by relabelling; a matcher on any other label may match. Jobs
    that certainly do not expose the metric are left out. With the expression, what a variable of its dashboard decides
    may be anything.
    """
    return index(server).matched(question(selector, expression))


def metric_name(selector: promql.VectorSelector, expression: nodes.Expression) -> str | None:
    """The one metric that can match; None where it is not fixed, or a variable of a dashboard decides it."""
    return question(selector, expression)[0]


def intervals(selector: promql.VectorSelector, expression: nodes.Expression) -> Intervals:
    """How often the series that a selector can match get a sample, over all servers that evaluate the expression."""
    if not expression.servers:
        return Intervals(None, None, unknown("what evaluates it is not known"))
    parts = [_intervals_in(matched(selector, server, expression)) for server in expression.servers]
    shortest = _least(part.minimum for part in parts)
    longest = [part.maximum for part in parts]
    doubts = [part.complete for part in parts if part.complete.unknown]
    return Intervals(
        minimum=shortest,
        maximum=None if None in longest else max((one for one in longest if one is not None), default=None),
        complete=doubts[0] if doubts else yes(),
        decided=tuple(scalar for part in parts if part.minimum == shortest for scalar in part.decided),
    )


def scrape_interval(job: nodes.ScrapeJob) -> int | None:
    """Milliseconds between two scrapes of a job's targets: its own, else the file's, else a minute.

    None where it cannot be read, a variable decides it, or relabelling may set `__scrape_interval__`.
    """
    scraper = job.scraper
    if not isinstance(scraper, nodes.Prometheus) or _interval_moved(job):
        return None
    return _first_duration(job.fact.interval, scraper.fact.scrape_interval)


def evaluation_interval(group: facts.RuleGroup, server: nodes.Prometheus) -> int | None:
    """Milliseconds between two evaluations of a rule group: its own, else the file's, else a minute."""
    return _first_duration(group.interval, server.fact.evaluation_interval)


def external_labels(server: nodes.Prometheus) -> Mapping[str, str | None]:
    """The labels that a server adds to alerts and to what it sends elsewhere; None for what a variable decides."""
    return {
        entry.name.text: None if entry.value is None or "$" in entry.value.text else entry.value.text
        for entry in server.fact.external_labels
    }


def producers(found: Matched) -> tuple[nodes.Service, ...] | None:
    """The services whose series match; None where any is not known, or where a rule writes some."""
    if not found.complete.yes or found.recordings:
        return None
    found_services: dict[int, nodes.Service] = {}
    for job in found.jobs:
        known = services(job)
        if known is None:
            return None
        found_services.update((id(service), service) for service in known)
    return tuple(found_services.values())


def _interval_moved(job: nodes.ScrapeJob) -> bool:
    if any(entry.name.text == "__scrape_interval__" for group in job.groups for entry in group.labels):
        return True
    return any(
        step.target_label is not None and ("$" in step.target_label.text or "__scrape_" in step.target_label.text)
        for step in job.fact.relabels
    )


def _intervals_in(found: Matched) -> Intervals:
    known: list[tuple[int | None, Scalar | None]] = []
    for job in found.jobs:
        written = job.fact.interval or found.server.fact.scrape_interval
        known.append((scrape_interval(job), written))
    for recording in found.recordings:
        written = recording.group.interval or found.server.fact.evaluation_interval
        known.append((evaluation_interval(recording.group, found.server), written))
    values = [value for value, _ in known]
    if None in values or not values:
        return Intervals(None, None, found.complete)
    shortest = _least(values)
    return Intervals(
        minimum=shortest,
        maximum=max(value for value in values if value is not None),
        complete=found.complete,
        decided=tuple(dict.fromkeys(written for value, written in known if value == shortest and written is not None)),
    )


def _least(values: Iterable[int | None]) -> int | None:
    known = list(values)
    return None if not known or None in known else min(value for value in known if value is not None)


def _first_duration(*written: Scalar | None) -> int | None:
    """The first duration that is written and not 0, which means unset; a minute where none is. None: unreadable."""
    for scalar in written:
        if scalar is None:
            continue
        try:
            value = prometheus_duration(scalar.text)
        except ValueError:
            return None
        if value:
            return value
    return DEFAULT_INTERVAL
