"""REF006."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql
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
        try:
            tree = promql.parse(expression.text)
        except promql.SyntaxProblem:
            return
        jobs = sorted({name for server in servers for name in server.job_names})
        required = set(map(id, promql.required_selectors(tree)))
        for selector in promql.selectors(tree):
            for matcher in selector.matchers:
                if matcher.label != "job":
                    continue
                wanted = _wanted(matcher)
                dead = [value for value in wanted if value not in jobs]
                if not dead:
                    continue
                all_dead = len(dead) == len(wanted) and expression.rule is not None
                proven = all_dead and (id(selector) in required or "absent" in expression.text)
                close = get_close_matches(dead[0], jobs, 1, 0.5)
                yield self.claim(
                    expression,
                    f"{expression.what} asks for job {' and '.join(f'`{value}`' for value in dead)}, "
                    f"but no scrape job has {'that name' if len(dead) == 1 else 'these names'}",
                    place=expression.within(matcher.value_start, matcher.value_end),
                    related=[Related(server.fact.jobs_place or server.place, "the scrape jobs") for server in servers],
                    help=(f"did you mean `{close[0]}`? " if close else "") + f"the jobs are {', '.join(jobs)}",
                    subject=matcher.value,
                    severity=Severity.ERROR if proven else Severity.WARNING,
                    proof=Proof.PROVEN if proven else Proof.LIKELY,
                )


def _wanted(matcher: promql.Matcher) -> list[str]:
    """The job names a matcher asks for; none where it is a real pattern, a variable or a negation."""
    if "$" in matcher.value or not matcher.value:
        return []
    if matcher.op == "=":
        return [matcher.value]
    match = _LITERALS.match(matcher.value) if matcher.op == "=~" else None
    return match.group(1).split("|") if match else []
