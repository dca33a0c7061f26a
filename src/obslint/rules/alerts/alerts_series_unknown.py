"""ALR021."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression, Prometheus
from obslint.lang import promql, regexes
from obslint.rules.base import Rule

_SERIES = frozenset({"ALERTS", "ALERTS_FOR_STATE"})


class AlertsSeriesUnknown(Rule[Expression]):
    """An expression asks `ALERTS` for an alert that no rule has.

    Prometheus writes `ALERTS{alertname="…"}` for the rules it evaluates itself. Where all of these are known and none
    has the name, the selector finds nothing, now and for ever: an alert on it never fires, an exception with `unless`
    never holds, a panel stays empty. Mostly the alert was renamed or its file is no longer loaded.
    """

    code, name, severity = "ALR021", "alerts-series-unknown", Severity.ERROR
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        servers = expression.servers
        if "ALERTS" not in expression.text or expression.tree is None or not servers or not all(map(_closed, servers)):
            return
        names = {alert.name.text for server in servers for rules in server.rule_files for alert in rules.alerts}
        required = {id(selector) for selector in promql.required_selectors(expression.tree)}
        for selector in promql.selectors(expression.tree):
            if selector.metric_name not in _SERIES:
                continue
            for matcher in selector.matchers:
                wanted = _wanted(matcher) if expression.written(matcher) else ()
                dead = [name for name in wanted if name and name not in names]
                if not dead:
                    continue
                needed = id(selector) in required and len(dead) == len(wanted)
                close = get_close_matches(dead[0][:64], sorted(names), 1, 0.6)
                yield self.claim(
                    expression,
                    f"{expression.what} asks `{selector.metric_name}` for {_listed(dead)}, but no alert of Prometheus "
                    f"has {'that name' if len(dead) == 1 else 'these names'}"
                    + (_consequence(expression) if needed else ""),
                    place=expression.within(matcher.value_start, matcher.value_end),
                    related=[Related(server.fact.rule_files_place or server.place, "its rules") for server in servers],
                    help=f"did you mean `{close[0]}`?" if close else "name an alert that is loaded, or load its file",
                    subject=matcher.value,
                    proven=needed and expression.rule is not None,
                )


def _closed(server: Prometheus) -> bool:
    """Whether no `ALERTS` can come from elsewhere: all rules and all scrapes are known."""
    return server.rules_complete.yes and server.job_world.yes


def _wanted(matcher: promql.Matcher) -> tuple[str, ...]:
    """The names that a matcher asks for; none where it is a real pattern or a negation."""
    if matcher.label != "alertname":
        return ()
    if matcher.op == "=":
        return (matcher.value,)
    regex = regexes.read(matcher.value) if matcher.op == "=~" else None
    return (regex.words or ()) if regex is not None else ()


def _listed(names: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _consequence(expression: Expression) -> str:
    if expression.rule is None:
        return ", so this query finds nothing"
    return ", so it can never fire" if expression.rule.alerting else ", so it records nothing"
