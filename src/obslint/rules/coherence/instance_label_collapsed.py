"""COH005."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Prometheus
from obslint.graph.targets import Target, targets
from obslint.rules.base import Rule


class InstanceLabelCollapsed(Rule[Prometheus]):
    """Several targets end up with the same labels, so their series cannot be told apart.

    `instance` and `job` are what keeps the series of two targets apart. Where relabelling or a static label gives
    several targets the same values, or a prober's job does not copy `__param_target` to `instance`, their samples are
    written over each other: `up` jumps between them, counters seem to reset, and Prometheus logs "duplicate sample for
    timestamp". Let `instance` differ, or give the targets another label that does.
    """

    code, name, severity = "COH005", "instance-label-collapsed", Severity.WARNING
    on = Prometheus

    def check(self, server: Prometheus, graph: Graph) -> Iterator[Claim]:
        alike: defaultdict[tuple[tuple[str, str], ...], dict[tuple[object, ...], Target]] = defaultdict(dict)
        for target in targets(server):
            if not target.job.fact.honor_labels:
                alike[target.labels].setdefault(target.asked, target)
        for group in alike.values():
            if len(group) > 1:
                yield self._claim(server, list(group.values()))

    def _claim(self, server: Prometheus, group: Sequence[Target]) -> Claim:
        jobs = list(dict.fromkeys(f"`{target.job.name}`" for target in group))
        last = group[-1]
        return self.claim(
            server,
            f"{len(group)} targets of job{'s' if len(jobs) > 1 else ''} {' and '.join(jobs)} get the same labels, "
            f'`instance="{last.instance}"` among them: their series are written over each other',
            place=last.decided or last.written.place,
            related=[Related(target.written.place, f'gets `instance="{target.instance}"`') for target in group[:2]],
            help=_help(last),
            subject=f"{jobs[0]}:{last.instance}",
        )


def _help(target: Target) -> str:
    """How to tell the targets apart, by what makes them alike."""
    if target.instance != target.address:
        return "let `instance` keep the address of each target; for a name they share, use another label"
    differs = "__param_target" if any(name == "target" for name, _ in target.params) else "__metrics_path__"
    label = "instance" if target.moved else "path"
    return f"add `- {{source_labels: [{differs}], target_label: {label}}}` to `relabel_configs`"
