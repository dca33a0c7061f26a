"""CAR001."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from obslint.facts.logs import LabelStage, Stage
from obslint.findings import Claim, Place, Proof, Severity
from obslint.graph import Graph
from obslint.graph.nodes import LogShipper
from obslint.rules.base import Rule

# One stream for each value: these are new with each request, user session or line.
_UNBOUNDED = frozenset(
    ("request_id", "req_id", "trace_id", "span_id", "correlation_id", "session", "session_id", "transaction_id",
     "uuid", "user_id", "message", "msg", "timestamp", "time", "ts")
)  # fmt: skip
# Bounded in principle, many in practice.
_LARGE = frozenset(
    ("account_id", "customer_id", "order_id", "tenant_id", "ip", "client_ip", "remote_addr", "ip_address", "url",
     "request_uri", "path", "email", "username", "phone", "container_id", "user_agent", "referer")
)  # fmt: skip
_META = {
    "__meta_docker_container_id": Severity.WARNING,
    "__meta_kubernetes_pod_uid": Severity.WARNING,
    "__meta_kubernetes_pod_container_id": Severity.WARNING,
}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


@dataclass(slots=True)
class _State:
    """What the pipeline has extracted, and which dangerous labels it has set so far."""

    extracted: set[str] = field(default_factory=set)
    rewritten: set[str] = field(default_factory=set)
    labels: dict[str, tuple[LabelStage, Severity]] = field(default_factory=dict)


class LokiHighCardinalityLabel(Rule[LogShipper]):
    """A value without bounds becomes a stream label.

    Loki keeps one stream, with chunks and index entries of its own, for each combination of label values. An id, a URL
    or an address as a label makes a stream of each value: the index explodes, chunks stay tiny, queries slow down and
    ingestion meets the stream limit. Keep the value in the line or as structured metadata (schema v13); filter on it.
    """

    code, name, severity, proof = "CAR001", "loki-high-cardinality-label", Severity.ERROR, Proof.PROVEN
    on = LogShipper

    def check(self, shipper: LogShipper, graph: Graph) -> Iterator[Claim]:
        for job in shipper.fact.jobs:
            state = _State()
            _run(job.stages, state)
            for label, (stage, severity) in state.labels.items():
                source = f" (from `{stage.source}`)" if stage.source != label else ""
                yield self._report(shipper, label, source, stage.label.place, severity)
            for step in job.relabels:
                if step.target_label is None or len(step.source_labels) != 1 or step.regex is not None:
                    continue
                severity_of = _META.get(step.source_labels[0].text)
                target = step.target_label
                if severity_of is not None and not target.text.startswith("__"):
                    source = f" (from `{step.source_labels[0]}`)"
                    yield self._report(shipper, target.text, source, target.place, severity_of)

    def _report(self, shipper: LogShipper, label: str, source: str, place: Place, severity: Severity) -> Claim:
        each = "each value" if severity is Severity.ERROR else "each of its many values"
        return self.claim(
            shipper,
            f"`{label}`{source} becomes a stream label: {each} opens a stream of its own in Loki",
            place=place,
            help="keep it in the log line or move it to a `structured_metadata` stage; query it with a filter",
            subject=label,
            severity=severity,
            proof=Proof.PROVEN if severity is Severity.ERROR else Proof.LIKELY,
        )


def _run(stages: Sequence[Stage], state: _State) -> None:
    for stage in stages:
        if stage.kind == "match":
            _run(stage.stages, state)
        state.extracted.update(stage.extracts)
        state.rewritten.update(stage.rewrites)
        for label in stage.labels:
            severity = _danger(label)
            if label.source in state.extracted and label.source not in state.rewritten and severity is not None:
                state.labels.setdefault(label.label.text, (label, severity))
        for name in stage.removes:
            state.labels.pop(name, None)
        if stage.keeps is not None:
            for name in [name for name in state.labels if name not in stage.keeps]:
                del state.labels[name]


def _danger(stage: LabelStage) -> Severity | None:
    """How unbounded a label is, by the words of its name or source: `requestId` is `request_id`."""
    found = {"_".join(word.lower() for word in _WORDS.split(name) if word) for name in (stage.label.text, stage.source)}
    if found & _UNBOUNDED:
        return Severity.ERROR
    return Severity.WARNING if found & _LARGE else None
