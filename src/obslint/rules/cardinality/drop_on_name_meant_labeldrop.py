"""CAR004."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph, relabel
from obslint.graph.nodes import RelabelSteps
from obslint.rules.base import Rule

_METRIC = "__name__"
# What the names of labels end in. Those of metrics seldom do, and then begin with their program: `etcd_server_id`.
_LABEL = re.compile(
    r"(?:[A-Za-z]+_)?(?:id|uid|uuid|guid|sha|path|url|uri|email|ip|ip_address|addr|token|username|user_agent|session|"
    r"hostname)"
)
# Labels whose whole names are nobody's metric.
_LABELS = frozenset(
    ("instance", "job", "le", "quantile", "pod", "container", "namespace", "image", "device", "method", "status_code",
     "endpoint", "handler", "route")
)  # fmt: skip
_WILD = re.compile(r"\.[*+]\??")


class DropOnNameMeantLabeldrop(Rule[RelabelSteps]):
    """`action: drop` on `__name__` is given names of labels.

    `drop` with `source_labels: [__name__]` throws away the metrics whose *names* match. Where the regex lists labels,
    such as `user_id|.*_path`, no metric is called so and nothing is dropped: the labels stay, and so does their
    cardinality. `action: labeldrop` takes labels off; it has a `regex` and no `source_labels`. See first that the
    series differ without the label, or they collide.
    """

    code, name, severity, proof = "CAR004", "drop-on-name-meant-labeldrop", Severity.WARNING, Proof.LIKELY
    on = RelabelSteps

    def check(self, node: RelabelSteps, graph: Graph) -> Iterator[Claim]:
        for step in node.steps:
            if relabel.action(step) != "drop" or step.regex is None:
                continue
            if [source.text for source in step.source_labels] != [_METRIC]:
                continue
            names = _labels(step.regex.text)
            if names:
                yield self.claim(
                    node,
                    f"`drop` on `{_METRIC}` throws away metrics by name, but "
                    + ", ".join(f"`{name}`" for name in names)
                    + (" looks like a label: it" if len(names) == 1 else " look like labels: they")
                    + (" stays on every series" if len(names) == 1 else " stay on every series"),
                    place=step.regex.place,
                    help="to take labels off, write `action: labeldrop` with this `regex` and without `source_labels`; "
                    "to drop series by a label's value, name the label in `source_labels`",
                    subject=f"{node.job}:{step.regex}",
                )


def _labels(regex: str) -> list[str]:
    """The members of the regex where each of them reads like a label's name; none otherwise."""
    text = regex.removeprefix("^").removesuffix("$")
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1].removeprefix("?:")
    members = text.split("|")
    return members if all(_is_label(member) for member in members) else []


def _is_label(member: str) -> bool:
    name = _WILD.sub("", member.removeprefix("^").removesuffix("$"), count=1).lstrip("_")
    # What is open at its end is the beginning of a name, as of metrics: `session.*`.
    return not member.endswith(("*", "+")) and (name in _LABELS or _LABEL.fullmatch(name) is not None)
