"""REF006."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import grafana_variables, promql
from obslint.rules.base import Rule

_LITERALS = re.compile(r"\(?(?:\?:)?([A-Za-z0-9_/ -]+(?:\|[A-Za-z0-9_/ -]+)*)\)?\Z")


class UnknownJobMatcher(Rule[Expression]):
    """An expression asks for a `job` that no scrape job gives.

    Every series carries the name of the job that scraped it. Where all jobs are known and nothing renames them, a
    matcher for another name matches nothing, now and for ever: the alert cannot fire, the panel stays empty, and an
    `absent()` fires always.
    """

    code, name, severity = "REF006", "unknown-job-matcher", Severity.ERROR
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        servers = expression.servers
        if not servers or not all(server.job_world.yes for server in servers) or "job" not in expression.text:
            return
        text = expression.text
        if expression.panel is not None:
            text = grafana_variables.substitute(text).text
        try:
            tree = promql.parse(text)
        except promql.SyntaxProblem:
            return
        jobs = sorted({name for server in servers for name in server.job_names})
        required = set(map(id, promql.required_selectors(tree)))
        missed = {id(selector) for selector in _under_absent(tree)}
        for selector in promql.selectors(tree):
            for matcher in selector.matchers:
                wanted = _wanted(matcher, expression.text)
                dead = [value for value in wanted if value not in jobs]
                if not dead or (len(dead) < len(wanted) and expression.panel is not None):
                    continue
                part = len(dead) < len(wanted)
                absent, needed = id(selector) in missed and not part, id(selector) in required and not part
                proven = expression.rule is not None and (absent or needed)
                close = get_close_matches(dead[0], jobs, 1, 0.6)
                yield self.claim(
                    expression,
                    f"{expression.what} asks for job {' and '.join(f'`{value}`' for value in dead)}, "
                    f"but no scrape job has {'that name' if len(dead) == 1 else 'these names'}"
                    + _consequence(expression, absent, needed),
                    place=expression.within(matcher.value_start, matcher.value_end),
                    related=[Related(server.fact.jobs_place or server.place, "the scrape jobs") for server in servers],
                    help=(f"did you mean `{close[0]}`? " if close else "") + f"the jobs are {', '.join(jobs)}",
                    subject=matcher.value,
                    proven=proven,
                )


def _wanted(matcher: promql.Matcher, text: str) -> list[str]:
    """The job names a matcher asks for; none where it is a real pattern, a variable or a negation."""
    written = text[matcher.value_start : matcher.value_end]
    if matcher.label != "job" or not matcher.value or "$" in written or "[[" in written:
        return []
    if matcher.op == "=":
        return [matcher.value]
    match = _LITERALS.match(matcher.value) if matcher.op == "=~" else None
    return match.group(1).split("|") if match else []


def _under_absent(tree: promql.Expr) -> Iterator[promql.VectorSelector]:
    """The selectors that stand directly in an `absent` or `absent_over_time`."""
    for node in promql.walk(tree):
        if isinstance(node, promql.Call) and node.function in ("absent", "absent_over_time"):
            yield from (selector for argument in node.args for selector in promql.required_selectors(argument))


def _consequence(expression: Expression, absent: bool, needed: bool) -> str:
    if absent:
        return ", so its `absent()` is always true"
    if not needed:
        return ""
    if expression.rule is None:
        return ", so this query finds nothing"
    return ", so it can never fire" if expression.rule.alerting else ", so it records nothing"
