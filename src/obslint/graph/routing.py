"""Which receivers an alert reaches: Alertmanager's routing tree, walked with what is known of the alert's labels.

Follows `Route.Match` of Alertmanager's `dispatch/route.go`: depth first, the first child that matches ends the search
among its siblings unless it has `continue`, and a node without a matching child takes the alert itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from obslint.facts.alertmanager import Conditions, Route
from obslint.facts.common import Scalar
from obslint.graph.alert_labels import ANY_LABELS, SymbolicLabels
from obslint.graph.answers import Verdict
from obslint.lang.durations import prometheus_duration

_MAX_LATER = 200
"""Siblings that are looked at behind a route with `continue`; of more it is supposed that one matches."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a node notifies: what it sets itself and what it inherits; None where the default holds (`DEFAULTS`)."""

    receiver: Scalar | None = None
    group_by: tuple[Scalar, ...] = ()
    group_wait: Scalar | None = None
    group_interval: Scalar | None = None
    repeat_interval: Scalar | None = None

    def of(self, route: Route) -> Options:
        """Those of a child."""
        own = route.receiver if route.receiver and route.receiver.text else None
        return Options(
            own or self.receiver,
            route.group_by or self.group_by,
            route.group_wait or self.group_wait,
            route.group_interval or self.group_interval,
            route.repeat_interval or self.repeat_interval,
        )


DEFAULTS = {"group_wait": 30_000, "group_interval": 300_000, "repeat_interval": 14_400_000}
"""Milliseconds (`DefaultRouteOpts`); alerts are not grouped by anything."""


def milliseconds(options: Options, name: str) -> int | None:
    """One of the timings of `DEFAULTS` as it holds; None where it is rendered first, or no duration."""
    written: Scalar | None = getattr(options, name)
    if written is None:
        return DEFAULTS[name]
    try:
        return prometheus_duration(written.text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A node of the routing tree that takes an alert, or may."""

    route: Route
    options: Options
    labels: SymbolicLabels
    """What is known of the alerts that it takes."""
    certain: bool
    """Whether it takes every alert with the labels asked for; otherwise it depends on what is not known of them."""

    @property
    def receiver(self) -> Scalar | None:
        """Its own, or the one it inherits."""
        return self.options.receiver


def deliveries(root: Route, labels: SymbolicLabels = ANY_LABELS) -> tuple[Delivery, ...]:
    """Where an alert with these labels goes, in the order of the tree; each node at most once.

    Nodes that are left out take none. Without `labels` these are all nodes that any alert can reach.
    """
    return tuple(_deliveries(root, labels, True, Options()))


def _deliveries(route: Route, labels: SymbolicLabels, certain: bool, inherited: Options) -> Iterator[Delivery]:
    options = inherited.of(route)
    taken = Verdict.NO  # by a child
    reached = certain
    for child in route.routes:
        verdict, inside = _fulfils(labels, child.conditions)
        if verdict is Verdict.NO:
            continue
        yield from _deliveries(child, inside, reached and verdict is Verdict.YES, options)
        taken = verdict if taken is not Verdict.YES else taken
        if child.continues is True:
            continue
        if verdict is Verdict.YES and child.continues is False:
            break
        reached = False
        if child.continues is False:
            labels = _not_taken(labels, child.conditions)
    if taken is not Verdict.YES:
        yield Delivery(route, options, labels, certain and taken is Verdict.NO)


@dataclass(frozen=True, slots=True)
class Continuation:
    """A route with `continue`, as far as alerts can reach it."""

    route: Route
    around: Options
    """Those of its parent."""
    later: tuple[Route, ...]
    """The siblings behind it."""
    followed: bool
    """Whether one of them may match an alert that the route matches."""


def continuations(root: Route) -> Iterator[Continuation]:
    """Every route with `continue` that some alert may reach."""
    yield from _continuations(root, ANY_LABELS, Options())


def _continuations(parent: Route, labels: SymbolicLabels, inherited: Options) -> Iterator[Continuation]:
    options = inherited.of(parent)
    for at, route in enumerate(parent.routes):
        verdict, inside = _fulfils(labels, route.conditions)
        if verdict is Verdict.NO:
            continue
        yield from _continuations(route, inside, options)
        if route.continues is True:
            later = parent.routes[at + 1 :]
            followed = len(later) > _MAX_LATER or any(
                _fulfils(inside, other.conditions)[0] is not Verdict.NO for other in later
            )
            yield Continuation(route, options, later, followed)
        elif route.continues is False:
            if verdict is Verdict.YES:
                return
            labels = _not_taken(labels, route.conditions)


def _fulfils(labels: SymbolicLabels, conditions: Conditions) -> tuple[Verdict, SymbolicLabels]:
    """Whether an alert fulfils all conditions, and what its labels are if it does."""
    verdict = Verdict.YES if conditions.complete else Verdict.UNKNOWN
    for matcher, _ in conditions.matchers:
        found = labels.fulfils(matcher)
        if found is Verdict.NO:
            return found, labels
        if found is Verdict.UNKNOWN:
            verdict = found
            labels = labels.given(matcher)
    return verdict, labels


def _not_taken(labels: SymbolicLabels, conditions: Conditions) -> SymbolicLabels:
    """What is known of an alert that does not fulfil conditions which it may have fulfilled.

    Where several are open, any of them may be the one that failed.
    """
    open_ = [matcher for matcher, _ in conditions.matchers if labels.fulfils(matcher) is Verdict.UNKNOWN]
    return labels.given(open_[0].negated) if conditions.complete and len(open_) == 1 else labels
