"""SYN005."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import PROMQL_READERS, Expression, Service
from obslint.lang import grafana_variables, promql
from obslint.rules.base import Rule
from obslint.rules.syntax.expressions import RENDERED, place_of

_VICTORIA = ("victoria_metrics", "vmagent", "vmalert", "vmauth", "vminsert", "vmselect", "vmstorage")
_METRICSQL_FILE = re.compile(r"victoria|vmalert|metricsql", re.IGNORECASE)

_HELP = {
    promql.Check.FUNCTION: "use a function that Prometheus has",
    promql.Check.MODIFIER: "write `offset` and `@` right behind a selector or its range",
    promql.Check.MATCHER: "add a matcher such as `job=\"…\"` that needs at least one character",
    promql.Check.REGEX: "write the regex in RE2, which has no look-around and no back-references",
    promql.Check.LITERAL: "write numbers plainly and durations as `5m` or `1h30m`; escape `\\` as `\\\\` in quotes",
}  # fmt: skip


class PromqlSyntaxError(Rule[Expression]):
    """An expression is not PromQL.

    Prometheus refuses the whole file for one expression that does not parse: it does not start, or goes on with the
    rules it had. So are unknown functions, wrong types (`rate` of an instant vector) and selectors that match
    everything. A rule that vmalert loads is MetricsQL and judged by what both dialects refuse. A panel whose query does
    not parse, its variables replaced, shows an error; that is a warning, and silent where a variable may hold syntax.
    So is a query in the text of an alert, which is then sent with an error message in it.
    """

    code, name, severity = "SYN005", "promql-syntax-error", Severity.ERROR
    on = Expression

    def check(self, node: Expression, graph: Graph) -> Iterator[Claim]:
        text = node.text
        if node.language != "promql" or "loki" in node.readers or not text.strip():
            return
        if node.panel is not None:
            substitution = grafana_variables.substitute(text)
            if not substitution.certain:
                return
            text = substitution.text
        problem = promql.refusal(text)
        if problem is None or (node.panel is None and RENDERED.search(text)):
            return
        if not _is_promql(node, problem, graph) and not promql.metricsql_refuses(text):
            return
        shown = node.rule is None
        services = [server.service for server in node.servers if server.service is not None]
        yield self.claim(
            node,
            f"{node.itself} is not PromQL, {'so it shows an error' if shown else f'{_who(node)} refuses the file'}: "
            f"{problem.message}",
            place=node.within(*place_of(problem, text)),
            related=[
                Related(service.place, f"service `{service.name}` {'is asked' if shown else 'loads the file'}")
                for service in services
            ],
            help=_help(problem, text),
            subject=problem.message,
            proven=not shown or node.alone,
        )


def _is_promql(node: Expression, problem: promql.SyntaxProblem, graph: Graph) -> bool:
    """Whether something reads it as PromQL, or would, as nothing here hints at VictoriaMetrics."""
    if node.readers:
        known = node.readers & PROMQL_READERS
        # Thanos has functions of its own behind a flag.
        return bool(known) and (problem.check is not promql.Check.FUNCTION or "prometheus" in known)
    if _METRICSQL_FILE.search(node.place.path):
        return False
    return not any(_is_victoria(service) for stack in graph.stacks for service in stack.services.values())


def _is_victoria(service: Service) -> bool:
    return service.runs(*_VICTORIA)


def _who(node: Expression) -> str:
    return "Prometheus" if not node.readers or "prometheus" in node.readers else "what loads it"


def _help(problem: promql.SyntaxProblem, text: str) -> str:
    if "$__" in text:
        return "Grafana's macros exist in dashboards only; write a duration such as `5m`"
    if "never closed" in problem.message:
        return "close it, or remove it"
    if "needs a range vector" in problem.message:
        return "add a range such as `[5m]` to the selector"
    if problem.message.startswith("a range goes only"):
        return "put the range right behind the selector; over an expression write a subquery, `(…)[30m:]`"
    return _HELP.get(problem.check, "mend the expression here or just before")
