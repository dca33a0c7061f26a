"""Which series a selector can match: the jobs that scrape them, the rules that record them, and how often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from obslint.facts.common import Scalar
from obslint.graph import nodes
from obslint.graph.answers import Answer, unknown, yes
from obslint.graph.intervals import DEFAULT_INTERVAL, evaluation_interval, scrape_interval
from obslint.graph.matching import Matched, Recording, index, question, services
from obslint.lang import promql

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
    """Where the shortest interval is written, once for each server; none where the default decides it."""


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


def _intervals_in(found: Matched) -> Intervals:
    known = found.intervals
    if None in known or not known:
        return Intervals(None, None, found.complete)
    values = {value: written for value, written in known.items() if value is not None}
    shortest = min(values)
    written = values[shortest]
    return Intervals(shortest, max(values), found.complete, () if written is None else (written,))


def _least(values: Iterable[int | None]) -> int | None:
    known = list(values)
    return None if not known or None in known else min(value for value in known if value is not None)
