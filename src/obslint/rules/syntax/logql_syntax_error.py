"""SYN006."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression, FileFault
from obslint.lang import grafana_variables, logql, promql
from obslint.lang.tokens import STRING
from obslint.rules.base import Rule
from obslint.rules.syntax import refusals
from obslint.rules.syntax.expressions import RENDERED, place_of

_STRING = re.compile(STRING, re.VERBOSE)
_LOGSQL = re.compile(r"\b_time:|\|\s*stats\b")
"""VictoriaLogs' language, which has pipes, too; vmalert evaluates such rules."""

_HELP = {
    logql.Check.FUNCTION: "use a function that Loki has",
    logql.Check.GROUPING: "group in an aggregation around it, such as `sum by (label) (…)`",
    logql.Check.LITERAL: "write durations as `5m` or `1h30m`, strings in double quotes or backticks",
    logql.Check.MATCHER: "add a matcher such as `job=\"…\"` that needs at least one character",
    logql.Check.MODIFIER: "put the query, its `unwrap` and its range into an aggregation such as `rate(… [5m])`",
    logql.Check.PATTERN: "mend the pattern here",
    logql.Check.REGEX: "write the regex in RE2, which has no look-around and no back-references",
    logql.Check.TEMPLATE: "mend the template; it is one of Go's with Loki's functions",
    logql.Check.TYPE: "count or measure the lines first, as `count_over_time(… [5m])` does",
    logql.Check.UNWRAP: "`unwrap` a label where numbers are aggregated, and only there",
}  # fmt: skip


class LogqlSyntaxError(Rule[Expression | FileFault]):
    """An expression is not LogQL, or one that Loki cannot run.

    Loki's ruler refuses a file of rules for one expression that does not parse, or whose selector has no matcher that
    needs a value. Some mistakes it finds only when it runs the query: a regex, pattern or template in the pipeline that
    is broken, and a rule that yields log lines where a rule needs numbers. Then the file is loaded and each evaluation
    fails, so the alert never fires. A panel shows an error; that is a warning, and silent where a variable may hold
    syntax.

    So it is with the selectors of Loki's `retention_stream` and of `match` stages in Promtail and Alloy, which do not
    start with one that does not parse.
    """

    code, name, severity = "SYN006", "logql-syntax-error", Severity.ERROR
    on = (Expression, FileFault)

    def check(self, node: Expression | FileFault, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, Expression):
            yield from self._expression(node)
        elif node.fault.sort == "selector":
            yield from refusals.claims(self, node)

    def _expression(self, node: Expression) -> Iterator[Claim]:
        text = node.text
        loki = "loki" in node.readers
        if node.language != "logql" or not text.strip() or (not loki and (node.readers or _LOGSQL.search(text))):
            return
        panel = node.panel is not None
        substitution = grafana_variables.substitute(text) if panel else grafana_variables.Substitution(text, ())
        if not substitution.certain:
            return
        text = substitution.text
        problem, what = logql.refusal(text), "is not LogQL"
        effect = "Loki's ruler refuses the file"
        if problem is None:
            problem = _cannot_run(text, node)
            what, effect = "cannot run", "every evaluation fails"
        if problem is None or substitution.touches(problem.start, problem.end):
            return
        if not panel and _rendered(problem, text):
            return
        yield self.claim(
            node,
            f"{node.itself} {what}, {'so it shows an error' if node.rule is None else effect}: {problem.message}",
            place=node.within(*place_of(problem, text)),
            related=[Related(ruler.place, "Loki is told here where its rules lie") for ruler in node.rulers],
            help=_help(problem, text, panel),
            subject=problem.message,
            proven=(node.rule is not None or node.alone)
            and (loki or not (problem.check is logql.Check.TEMPLATE or _is_promql(problem, text))),
        )


def _cannot_run(text: str, node: Expression) -> logql.SyntaxProblem | None:
    """What Loki finds wrong only when it runs a query that parses."""
    try:
        tree = logql.parse(text)
    except logql.SyntaxProblem:
        return None
    if node.rule is not None and tree.type is logql.ValueType.LOGS:
        message = "it yields log lines, and a rule needs numbers"
        return logql.SyntaxProblem(message, tree.start, tree.end, logql.Check.TYPE)
    return next(logql.broken_stages(tree), None)


def _rendered(problem: logql.SyntaxProblem, text: str) -> bool:
    """Whether another program may yet change what is wrong. Braces in strings are Loki's own templates."""
    inside = next((m for m in _STRING.finditer(text) if m.start() < problem.start and problem.end < m.end()), None)
    if inside is not None:
        return bool(RENDERED.search(inside[0].replace("{{", "").replace("<", "")))
    return bool(RENDERED.search(_STRING.sub('""', text)))


def _help(problem: logql.SyntaxProblem, text: str, panel: bool) -> str:
    if "$__" in text:
        return "Grafana's macros exist in dashboards only; write a duration such as `5m`"
    if "never closed" in problem.message:
        return "close it, or remove it"
    if _is_promql(problem, text):
        if panel:
            return "this is PromQL: choose a data source of type prometheus for the panel"
        return "this is PromQL: move the rule to a file that Prometheus loads"
    return _HELP.get(problem.check, "mend the expression here or just before")


def _is_promql(problem: logql.SyntaxProblem, text: str) -> bool:
    return problem.check is logql.Check.SYNTAX and promql.refusal(text) is None
