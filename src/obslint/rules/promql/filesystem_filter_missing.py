"""PQL015."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph, series
from obslint.graph.nodes import Expression
from obslint.knowledge import metric_facts
from obslint.lang import promql
from obslint.rules.base import Rule


class FilesystemFilterMissing(Rule[Expression]):
    """An alert on disk space takes every mounted file system.

    node_exporter has a series for each mount, also for tmpfs, the EFI partition and whatever is attached for an hour.
    An alert without a matcher for type or mount point fires for those nobody can or need mend, until it is muted with
    the disks that matter. It is silent where flags of the exporter leave file systems out.
    """

    code, name, severity, proof = "PQL015", "filesystem-filter-missing", Severity.WARNING, Proof.LIKELY
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        tree, rule = expression.tree, expression.rule
        if tree is None or rule is None or not rule.alerting or "loki" in expression.readers:
            return
        measured: promql.VectorSelector | None = None
        flags: tuple[str, ...] = ()
        for selector in promql.selectors(tree):
            name = series.metric_name(selector, expression)
            fact = metric_facts.filesystem(name) if name is not None else None
            if fact is None:
                continue
            # one side of an operation or join that is filtered filters the other
            if any(matcher.label in (*fact.labels, "device") for matcher in selector.matchers):
                return
            if measured is None and metric_facts.values(name or "") is None and name not in graph.recorded:
                measured, flags = selector, fact.flags
        if measured is None or next(promql.thresholds(tree), None) is None or _left_out(flags, expression, graph):
            return
        name = measured.metric_name
        yield self.claim(
            expression,
            f"{expression.what} takes `{name}` of every mount: it fires for tmpfs, boot partitions and attached media",
            place=expression.at(measured),
            help=f'name what counts, such as `{name}{{fstype!~"tmpfs|ramfs|vfat",mountpoint!~"/run.*|/boot.*"}}`',
            subject=name or "",
        )


def _left_out(flags: tuple[str, ...], expression: Expression, graph: Graph) -> bool:
    """Whether an exporter of the stacks that belong together is told which file systems to leave out, or may be."""
    groups = {server.stack.group for server in expression.servers}
    stacks = [stack for stack in graph.stacks if not groups or stack.group in groups]
    exporters = [one for stack in stacks for one in stack.services.values() if one.runs("node_exporter")]
    return any(one.may_be_set(*flags) for one in exporters)
