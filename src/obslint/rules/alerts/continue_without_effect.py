"""ALR015."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.alertmanager import Route
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph, routing
from obslint.graph.nodes import Alertmanager
from obslint.graph.routing import Continuation
from obslint.rules.base import Rule

_SHOWN = 3


class ContinueWithoutEffect(Rule[Alertmanager]):
    """A route has `continue: true`, but no later route on its level can match its alerts.

    `continue` leads an alert on to the routes that follow beside this one, and only to those: neither to the routes of
    other levels nor to the receiver of the parent, which takes only what none of its routes has matched. Where no route
    follows, or each wants another value of a label that this one pins, nobody else is told. Often somebody was meant
    to be: then a last route without matchers is missing.
    """

    code, name, severity = "ALR015", "continue-without-effect", Severity.INFO
    on = Alertmanager

    def check(self, node: Alertmanager, graph: Graph) -> Iterator[Claim]:
        if node.fact.route is None:
            return
        for found in routing.continuations(node.fact.route):
            if not found.followed:
                yield self.claim(
                    node,
                    f"`continue: true` has no effect: {_why(found)}",
                    place=found.route.continues_place,
                    related=[Related(other.place, f"matches only {_wanted(other)}") for other in found.later[:_SHOWN]],
                    help=_help(found),
                )


def _why(found: Continuation) -> str:
    if not found.later:
        return "no route follows on this level"
    what = _wanted(found.route)
    if len(found.later) == 1:
        return f"the one route that follows on this level matches no alert with {what}"
    return f"none of the {len(found.later)} routes that follow on this level matches an alert with {what}"


def _wanted(route: Route) -> str:
    return ", ".join(f"`{matcher}`" for matcher, _ in route.conditions.matchers) or "such labels"


def _help(found: Continuation) -> str:
    around, own = found.around.receiver, found.route.receiver or found.around.receiver
    if around is None or own is None or around.text == own.text:
        return "remove it"
    return f"remove it; if `{around}` is to be told, too, add a last route with `receiver: {around}` and no matchers"
