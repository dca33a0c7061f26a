"""CAR001."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from obslint.facts.common import Scalar
from obslint.facts.logs import LabelStage, LogJob, Stage
from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph, identifiers
from obslint.graph.nodes import LogShipper
from obslint.rules.base import Rule

# Names are compared without case and separators: `requestId`, `request-id` and `REQUEST_ID` are `requestid`.
# One stream for each value: these are new with each request, user session or line.
_UNBOUNDED = frozenset(
    ("requestid", "reqid", "traceid", "spanid", "correlationid", "session", "sessionid", "transactionid", "rayid",
     "uuid", "userid", "message", "msg", "timestamp", "time", "ts")
)  # fmt: skip
# The same with anything before it: `http_request_id`, `parent_span_id`, `cf_ray_id`.
_UNBOUNDED_ENDINGS = frozenset(
    (("request", "id"), ("trace", "id"), ("span", "id"), ("correlation", "id"), ("session", "id"), ("ray", "id"))
)
# Bounded in principle, many in practice.
_LARGE = frozenset(
    ("accountid", "customerid", "orderid", "tenantid", "ip", "clientip", "remoteip", "remoteaddr", "ipaddress", "url",
     "uri", "requesturi", "requestpath", "path", "email", "username", "phone", "containerid", "useragent", "referer",
     "referrer")
)  # fmt: skip
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class _Label:
    """A dangerous label: its name where it is set, and what it is made from."""

    label: Scalar
    source: str
    severity: Severity


@dataclass(slots=True)
class _State:
    """What the pipeline has extracted, and which dangerous labels stand so far."""

    extracted: set[str] = field(default_factory=set)
    rewritten: set[str] = field(default_factory=set)
    labels: dict[str, _Label] = field(default_factory=dict)


class LokiHighCardinalityLabel(Rule[LogShipper]):
    """A value without bounds becomes a stream label.

    Loki keeps one stream, with chunks and index entries of its own, for each combination of label values. An id, a URL
    or an address as a label makes a stream of each value: the index explodes, chunks stay tiny, queries slow down and
    ingestion meets the stream limit. Keep the value in the line or as structured metadata (schema v13); filter on it.

    What is new with each request is an error; what is merely many, such as addresses, paths or container ids, is a
    warning. A value that a template or a replacement has changed before is left alone.
    """

    code, name, severity, proof = "CAR001", "loki-high-cardinality-label", Severity.ERROR, Proof.PROVEN
    on = LogShipper

    def check(self, shipper: LogShipper, graph: Graph) -> Iterator[Claim]:
        for job in shipper.fact.jobs:
            state = _State()
            for name, made in identifiers.labels(job.relabels, _discoveries(job)).items():
                state.labels[name] = _Label(made.label, made.source.text, Severity.WARNING)
            _run(job.stages, state)
            for found in state.labels.values():
                source = f" (from `{found.source}`)" if found.source != found.label.text else ""
                error = found.severity is Severity.ERROR
                each = "each value" if error else "each of its many values"
                yield self.claim(
                    shipper,
                    f"`{found.label}`{source} becomes a stream label: {each} opens a stream of its own in Loki",
                    place=found.label.place,
                    help="keep it in the log line or move it to a `structured_metadata` stage; query it with a filter",
                    subject=found.label.text,
                    severity=found.severity,
                    proof=Proof.PROVEN if error else Proof.LIKELY,
                )


def _discoveries(job: LogJob) -> set[str]:
    """The discoveries that give a job its targets; beside one of files that of Docker is not asked (LOG004)."""
    asked = {item.text for item in job.discoveries}
    return asked - {"docker_sd_configs"} if job.docker and job.statics is not None else asked


def _run(stages: Sequence[Stage], state: _State) -> None:
    for stage in stages:
        if stage.kind == "match":
            _run(stage.stages, state)
        state.extracted.update(stage.extracts)
        state.rewritten.update(stage.rewrites)
        for label in stage.labels:
            severity = _danger(label)
            if label.source in state.extracted and label.source not in state.rewritten and severity is not None:
                state.labels.setdefault(label.label.text, _Label(label.label, label.source, severity))
        for name in stage.removes:
            state.labels.pop(name, None)
        if stage.keeps is not None:
            for name in [name for name in state.labels if name not in stage.keeps]:
                del state.labels[name]


def _danger(stage: LabelStage) -> Severity | None:
    """How unbounded a label is, by the words of its name or source."""
    names = [tuple(word.lower() for word in _WORDS.split(name) if word) for name in (stage.label.text, stage.source)]
    if any("".join(words) in _UNBOUNDED or words[-2:] in _UNBOUNDED_ENDINGS for words in names):
        return Severity.ERROR
    return Severity.WARNING if any("".join(words) in _LARGE for words in names) else None
