"""Labels that relabelling makes of identifiers: what is new with each container, pod, task or deployment."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from obslint.facts.common import Relabel, Scalar
from obslint.graph import relabel

# Some ids as they are given, to see whether a relabelling step lets them through.
_HASHES = tuple(hashlib.sha256(bytes((number,))).hexdigest() for number in range(8))
_UUIDS = tuple(f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:32]}" for one in _HASHES)
_SHORT = tuple(one[:25] for one in _HASHES)
_IDENTIFIERS = {
    "__meta_docker_container_id": _HASHES,
    "__meta_dockerswarm_task_id": _SHORT,
    "__meta_dockerswarm_task_container_id": _HASHES,
    "__meta_kubernetes_pod_uid": _UUIDS,
    "__meta_kubernetes_pod_container_id": tuple(f"containerd://{one}" for one in _HASHES),
    "__meta_kubernetes_pod_label_pod_template_hash": tuple(one[:10] for one in _HASHES),
    "__meta_kubernetes_pod_label_controller_revision_hash": tuple(one[:10] for one in _HASHES),
    "__meta_docker_container_label_com_docker_compose_config_hash": _HASHES,
}
_GROUP = re.compile(r"\$(?:(\d)|\{(\d)\})")


@dataclass(frozen=True, slots=True)
class Identified:
    """A label that is an identifier: where it is set, and the label of discovery it is made from."""

    label: Scalar
    source: Scalar


def labels(steps: Sequence[Relabel], discoveries: Collection[str]) -> dict[str, Identified]:
    """The labels that are identifiers at the end; one that a later step may take off or change is left out.

    `discoveries` are the job's, such as `docker_sd_configs`: without the one it comes from a label is not there.
    """
    found: dict[str, Identified] = {}
    for step in steps:
        for name in [name for name in found if relabel.takes_off(step, name) is not False]:
            del found[name]
        if step.target_label is not None and not step.target_label.text.startswith("__"):
            target = step.target_label
            found.pop(target.text, None)
            if relabel.action(step) == "replace" and _lets_through(step) and _found(step, discoveries):
                found[target.text] = Identified(target, step.source_labels[0])
    return found


def _found(step: Relabel, discoveries: Collection[str]) -> bool:
    """Whether a discovery of the job gives the label that a step reads: `docker_sd_configs`, `discovery.docker.x`."""
    names = {name.removeprefix("discovery.").partition(".")[0].removesuffix("_sd_configs") for name in discoveries}
    return any(step.source_labels[0].text.startswith(f"__meta_{name}_") for name in names)


def _lets_through(step: Relabel) -> bool:
    """Whether each container, pod or deployment gets a value of its own: tried with some ids."""
    ids = _IDENTIFIERS.get(step.source_labels[0].text, ()) if len(step.source_labels) == 1 else ()
    if not ids:
        return False
    try:
        pattern = relabel.pattern(step.regex)
    except relabel.UnknownOutcomeError:
        return False
    replacement = step.replacement.text if step.replacement else "$1"
    values = set()
    for one in ids:
        match = pattern.fullmatch(one)
        groups = ("", *match.groups()) if match else ()
        numbers = (int(first or second) for first, second in _GROUP.findall(replacement))
        values.add("\0".join(groups[number] or "" for number in numbers if number < len(groups)))
    return len(values) == len(ids)
