"""CAR003."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import RelabelSteps
from obslint.rules.base import Rule

# Everything after a container's or pod's label or annotation prefix; labels of nodes and services are few and stable.
_EVERYTHING = re.compile(
    r"\^?\(?(?P<prefix>__meta_(?:docker_container_label|dockerswarm_(?:container|service|task)_label"
    r"|kubernetes_pod_(?:label|annotation))_)\(?(?:\.\+|\.\*)\)?\$?\Z"
)
_LATER = frozenset(("labeldrop", "labelkeep"))


class LabelmapUnbounded(Rule[RelabelSteps]):
    """`labelmap` copies every label of a container or pod.

    Container and pod labels are written by build systems and orchestrators: commit ids, config hashes, template hashes
    that change with each deployment. Each becomes a label of every series or stream, and each deployment makes all of
    them anew. Copy the labels you query by, one by one, or drop the rest afterwards with `labelkeep`.
    """

    code, name, severity = "CAR003", "labelmap-unbounded", Severity.WARNING
    on = RelabelSteps

    def check(self, node: RelabelSteps, graph: Graph) -> Iterator[Claim]:
        for index, step in enumerate(node.steps):
            if step.action is None or step.action.text.lower() != "labelmap" or step.regex is None:
                continue
            match = _EVERYTHING.match(step.regex.text)
            if match is None:
                continue
            later = (other.action.text.lower() for other in node.steps[index + 1 :] if other.action is not None)
            if _LATER & set(later):
                continue
            yield self.claim(
                node,
                f"job `{node.job}` copies every `{match.group('prefix')}*` to a label",
                place=step.regex.place,
                help="name the labels you need, e.g. `…_label_(app|team)`, or drop the rest with `labelkeep`",
                subject=f"{node.job}:{step.regex}",
            )
