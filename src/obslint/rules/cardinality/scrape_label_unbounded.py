"""CAR002."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts.common import Entry
from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph, identifiers, relabel
from obslint.graph.nodes import ScrapeJob
from obslint.rules.base import Rule

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
# Names of what is new with each build, deployment or run; words are compared without case and separators.
_CHANGING = frozenset(
    ("commit", "sha", "revision", "git_commit", "git_sha", "git_hash", "commit_sha", "commit_hash", "commit_id",
     "build", "build_id", "build_number", "build_time", "build_date", "build_timestamp", "deploy_id", "deployment_id",
     "deploy_time", "deployed_at", "started_at", "start_time", "run_id", "container_id", "pod_uid", "task_id",
     "timestamp", "request_id", "session_id", "trace_id")
)  # fmt: skip
_VALUE = re.compile(
    r"(?i:[0-9a-f]{7,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dt?.*|\d{2,}|.*\$\{?\w.*)"
)
"""Hashes, UUIDs, times, numbers, and what something else fills in each time."""


class ScrapeLabelUnbounded(Rule[ScrapeJob]):
    """A scrape job puts an identifier on every series of its targets.

    The id of a container, pod or task, a commit, a build or a time of deployment is new each time. As a label it makes
    all series of the target anew with each restart or release: the head block and the index grow by as much, and rates,
    `for` and dashboards break at the seam. Keep to what stays, such as service, container name or pod name; say the
    build in one metric of its own, like `app_build_info{revision="…"} 1`, and join it where it is needed.
    """

    code, name, severity, proof = "CAR002", "scrape-label-unbounded", Severity.WARNING, Proof.LIKELY
    on = ScrapeJob

    def check(self, job: ScrapeJob, graph: Graph) -> Iterator[Claim]:
        for name, found in identifiers.labels(job.fact.relabels, {item.text for item in job.fact.discoveries}).items():
            if not any(relabel.takes_off(step, name) is not False for step in job.fact.metric_relabels):
                yield self.claim(
                    job,
                    f"job `{job.name}` puts `{found.source}` on every series as `{name}`: all series of a target are "
                    "new with each container or deployment",
                    place=found.label.place,
                    related=[Related(found.source.place, "what is new each time")],
                    help="use what stays, e.g. the name of the service, container or pod",
                    subject=f"{job.name}:{name}",
                )
        seen = set()
        for group in job.groups:
            for label in group.labels:
                if _changes(label) and label.value is not None and label.value.place not in seen:
                    seen.add(label.value.place)
                    yield self.claim(
                        job,
                        f'job `{job.name}` puts `{label.name}="{label.value}"` on every series: all are new when it '
                        "changes",
                        place=label.value.place,
                        help="leave it out, or let the target say it in one metric, like `app_build_info`",
                        subject=f"{job.name}:{label.name}",
                    )


def _changes(label: Entry) -> bool:
    """Whether name and value both say that it is new each time."""
    words = "_".join(word.lower() for word in _WORDS.split(label.name.text) if word)
    return words in _CHANGING and label.value is not None and _VALUE.fullmatch(label.value.text) is not None
