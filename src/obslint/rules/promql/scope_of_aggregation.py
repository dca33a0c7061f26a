"""PQL016."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph, series
from obslint.graph.nodes import Expression, ScrapeJob
from obslint.knowledge import components, metric_facts, metrics
from obslint.lang import promql
from obslint.rules.base import Rule

_OF_MACHINES = "node_exporter"
"""The exporter whose series each speak of one machine."""
_KEEPING = frozenset(("rate", "irate", "increase", "abs", "round", "ceil", "floor", "clamp_max", "clamp_min"))


class ScopeOfAggregation(Rule[Expression]):
    """A limit is held against another whole than the one that is meant.

    The average of all machines hides the one that stands still: of four, one at 100 % and three at 20 % make 40 %.
    The other way round, some metrics have a series for each part of one whole, such as the connections of PostgreSQL
    by database and state: a limit of 80 is then that of each part, and 200 in all pass it. Write `avg by (instance)`,
    and `sum without (datname, state)`.
    """

    code, name, severity, proof = "PQL016", "scope-of-aggregation", Severity.INFO, Proof.HEURISTIC
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        tree, rule = expression.tree, expression.rule
        if tree is None or rule is None or not rule.alerting or "loki" in expression.readers:
            return
        said: set[str] = set()
        for found in promql.thresholds(tree):
            for node in _operands(found.value):
                for claim in self._judge(expression, node, graph):
                    if claim.subject not in said:
                        said.add(claim.subject)
                        yield claim

    def _judge(self, expression: Expression, node: promql.Expr, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, promql.Aggregation) and node.op == "avg" and not node.grouping and not node.without:
            yield from self._hidden(expression, node)
        elif isinstance(node, promql.VectorSelector):
            yield from self._parts(expression, node, graph)

    def _hidden(self, expression: Expression, node: promql.Aggregation) -> Iterator[Claim]:
        selectors = list(promql.selectors(node.expr))
        name = series.metric_name(selectors[0], expression) if len(selectors) == 1 else None
        if name is None or not _of_machines(name) or any(m.label == "instance" for m in selectors[0].matchers):
            return
        for server in expression.servers:
            jobs = series.matched(selectors[0], server, expression).jobs
            machines = [target for job in jobs if _exposes(job) for group in job.groups for target in group.targets]
            if len(machines) > 1:
                yield self.claim(
                    expression,
                    f"{expression.what} averages `{name}` over {len(machines)} machines: the others "
                    "hide the one in trouble",
                    place=expression.within(node.start, node.start + len(node.op)),
                    related=[Related(machines[1].place, "not the only machine")],
                    help="write `avg by (instance) (…)`",
                    subject=f"avg {name}",
                )
                return

    def _parts(self, expression: Expression, selector: promql.VectorSelector, graph: Graph) -> Iterator[Claim]:
        name = series.metric_name(selector, expression)
        parts = metric_facts.meant_whole(name) if name is not None else ()
        named = {matcher.label for matcher in selector.matchers}
        if name is None or not parts or not named.isdisjoint(parts) or name in graph.recorded:
            return
        labels = ", ".join(parts)
        yield self.claim(
            expression,
            f"{expression.what} compares `{name}` of each {' and '.join(parts)} alone: the limit is that of a part, "
            "however much they are together",
            place=expression.at(selector),
            help=f"for the whole write `{'avg' if 'cpu' in parts else 'sum'} without ({labels}) (…)`",
            subject=name,
        )


def _operands(expr: promql.Expr) -> Iterator[promql.Expr]:
    """What is compared: through arithmetic, and functions that leave each series by itself."""
    stack = [expr]
    while stack:
        node = stack.pop()
        match node:
            case promql.Paren(expr=inner) | promql.Unary(expr=inner):
                stack.append(inner)
            case promql.MatrixSelector(selector=selector):
                stack.append(selector)
            case promql.Binary(lhs=lhs, rhs=rhs) if node.op in "+-*/":
                stack += [rhs, lhs]
            case promql.Call(function=function, args=args) if function in _KEEPING or function.endswith("_over_time"):
                stack += reversed(args)
            case _:
                yield node


def _of_machines(name: str) -> bool:
    source = metrics.source_of(_OF_MACHINES)
    return source is not None and name.startswith(source.prefixes) and bool(metrics.families(name))


def _exposes(job: ScrapeJob) -> bool:
    """Whether all targets of a job are known to run node_exporter, or listen where it does."""
    exporter = components()[_OF_MACHINES].exporter
    return job.static and all(
        link.server.runs(_OF_MACHINES) if link.server else exporter is not None and link.address.port == exporter.port
        for link in job.links
    )
