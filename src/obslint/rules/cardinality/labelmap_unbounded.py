"""CAR003."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import RelabelSteps
from obslint.rules.base import Rule

# Labels and annotations of containers and pods; those of nodes and services are few and stable.
_WRITTEN_BY_MACHINES = (
    "__meta_docker_container_label_",
    "__meta_dockerswarm_container_label_",
    "__meta_dockerswarm_service_label_",
    "__meta_dockerswarm_task_label_",
    "__meta_kubernetes_pod_label_",
    "__meta_kubernetes_pod_annotation_",
)
_EVERYTHING = re.compile(r"\^?(?P<prefix>__meta_[a-z_]*)\((?:\?:)?(?:\.\+|\.\*)\)\$?\Z")
_FILTERS = frozenset(("labeldrop", "labelkeep"))


class LabelmapUnbounded(Rule[RelabelSteps]):
    """`labelmap` copies every label of a container or pod.

    Container and pod labels are written by build systems and orchestrators: commit ids, config hashes, template hashes
    that change with each deployment. Each becomes a label of every series or stream, and each deployment makes all of
    them anew. Copy the labels you query by, one by one, or drop the rest afterwards with `labelkeep`.
    """

    code, name, severity = "CAR003", "labelmap-unbounded", Severity.WARNING
    on = RelabelSteps

    def check(self, node: RelabelSteps, graph: Graph) -> Iterator[Claim]:
        if node.dropped_later:
            return
        for index, step in enumerate(node.steps):
            if step.action is None or step.action.text.lower() != "labelmap" or step.regex is None:
                continue
            match = _EVERYTHING.match(step.regex.text)
            if match is None or not any(name.startswith(match.group("prefix")) for name in _WRITTEN_BY_MACHINES):
                continue
            later = (other.action.text.lower() for other in node.steps[index + 1 :] if other.action is not None)
            if _FILTERS & set(later):
                continue
            job = f"job `{node.job}`" if node.job else "this job"
            what = "streams" if node.component == "Promtail" else "series"
            yield self.claim(
                node,
                f"{job} copies every `{match.group('prefix')}*` to a label: hashes and ids among them make new {what} "
                "with each deployment",
                place=step.regex.place,
                help=f"name the labels you query by, e.g. `{match.group('prefix')}(app|team)`, "
                "or drop the rest afterwards with `labelkeep`",
                subject=f"{node.job}:{step.regex}",
            )
