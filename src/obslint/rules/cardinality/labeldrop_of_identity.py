"""CAR005."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from obslint.facts.alloy import AlloyFile
from obslint.facts.common import Relabel
from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph, relabel
from obslint.graph.nodes import Collector, ScrapeJob
from obslint.knowledge.identity_labels import identity_labels
from obslint.rules.base import Rule

_TAKING_OFF = ("labeldrop", "labelkeep")
# What any program may expose, and what the label tells apart.
_ANYWHERE = {"le": ("x_bucket", "the buckets of histograms"), "quantile": ("x", "the quantiles of summaries")}


@dataclass(frozen=True, slots=True)
class _Lost:
    """A label that is taken off: what becomes of it, and whether that is known of what the job scrapes."""

    label: str
    effect: str
    proven: bool = False
    severity: Severity = Severity.WARNING


class LabeldropOfIdentity(Rule[ScrapeJob]):
    """`labeldrop` or `labelkeep` takes off a label by which series differ.

    Two series of a target that differ only in the label become one: Prometheus keeps the first sample of each scrape
    and drops the others ("duplicate sample for timestamp"), so what is left is the idle time of the first CPU, one
    bucket of a histogram, one of several targets. To get rid of such series, `drop` the metric, or the values that
    nobody needs.

    `labelkeep` has to keep Prometheus' own labels as well: without `__name__` in `metric_relabel_configs` no sample can
    be stored, without `__address__` in `relabel_configs` no target can be scraped. This is an error, and so is a lost
    `le` or `quantile` where the target is known to have histograms or summaries.
    """

    code, name, severity = "CAR005", "labeldrop-of-identity", Severity.WARNING
    on = ScrapeJob

    def check(self, job: ScrapeJob, graph: Graph) -> Iterator[Claim]:
        alloy = isinstance(job.scraper, Collector) and isinstance(job.scraper.fact, AlloyFile)
        for step in job.fact.relabels:
            if relabel.takes_off(step, "__address__") and relabel.action(step) == "labelkeep" and not alloy:
                yield self._own(job, step, "__address__", "no target of the job has an address, and none is scraped")
            elif relabel.takes_off(step, "job") and not _set_again(job.fact.relabels, step, "job"):
                yield self._claim(job, step, [_Lost("job", "no series of the job has one")])
        for step in job.fact.metric_relabels:
            if relabel.action(step) not in _TAKING_OFF:
                continue
            if relabel.takes_off(step, "__name__") and relabel.action(step) == "labelkeep":
                yield self._own(job, step, "__name__", "no sample has a name any more, and none can be stored")
                return
            lost = list(_lost(job, step))
            if lost:
                yield self._claim(job, step, lost)

    def _own(self, job: ScrapeJob, step: Relabel, name: str, effect: str) -> Claim:
        return self.claim(
            job,
            f"`labelkeep` of job `{job.name}` takes off `{name}`, too: {effect}",
            place=(step.regex or step.action or step).place,
            help=f"keep it, e.g. `regex: __.*|{step.regex}`",
            subject=f"{job.name}:{name}",
            severity=Severity.ERROR,
        )

    def _claim(self, job: ScrapeJob, step: Relabel, lost: Sequence[_Lost]) -> Claim:
        worst = next((one for one in lost if one.severity is Severity.ERROR), lost[0])
        names = ", ".join(f"`{one.label}`" for one in lost)
        return self.claim(
            job,
            f"`{relabel.action(step)}` takes {names} off the series of job `{job.name}`: {worst.effect}",
            place=(step.regex or step.action or step).place,
            help="leave the label; to store less, `drop` metrics by their `__name__` or by a value of the label",
            subject=f"{job.name}:{names}",
            severity=worst.severity,
            proof=Proof.PROVEN if worst.proven else Proof.LIKELY,
        )


def _lost(job: ScrapeJob, step: Relabel) -> Iterator[_Lost]:
    """The labels that a step of `metric_relabel_configs` takes off for good, with what comes of it."""
    steps = job.fact.metric_relabels
    components = {link.server.component.id for link in job.links if link.server and link.server.component}
    known = {label: metric for component in sorted(components) for label, metric in identity_labels(component).items()}
    for label, metric in known.items():
        if relabel.takes_off(step, label) and _goes(steps, metric, label):
            severity = Severity.ERROR if label in _ANYWHERE else Severity.WARNING
            yield _Lost(label, f"several of `{metric}` become one, of which the first is stored", True, severity)
    for label, (metric, told_apart) in _ANYWHERE.items():
        if label not in known and relabel.takes_off(step, label) and _goes(steps, metric, label):
            yield _Lost(label, f"{told_apart} are no longer told apart, and all but one are dropped")
    if relabel.takes_off(step, "instance") and _goes(steps, "x", "instance") and _alike(job):
        yield _Lost("instance", "its targets write the same series, and all samples but one are dropped")
    if relabel.takes_off(step, "job") and _goes(steps, "x", "job"):
        yield _Lost("job", "rules and dashboards that select by it find nothing")


def _goes(steps: Sequence[Relabel], metric: str, label: str) -> bool:
    """Whether the metric is stored and has lost the label; no where that cannot be told."""
    labels: relabel.Labels = {"__name__": metric, label: None}
    try:
        kept = all(relabel.apply(step, labels, hidden=lambda name: name != label) for step in steps)
    except relabel.UnknownOutcomeError:
        return False
    return kept and label not in labels


def _alike(job: ScrapeJob) -> bool:
    """Whether the job has several targets that only `instance` tells apart."""
    several = bool(job.fact.discoveries) or sum(len(group.targets) for group in job.groups) > 1
    labelled = any(group.labels for group in job.groups) or any(
        relabel.action(step) == "labelmap"
        or (step.target_label is not None and not step.target_label.text.startswith(("__", "instance")))
        for step in job.fact.relabels
    )
    return several and not labelled


def _set_again(steps: Sequence[Relabel], step: Relabel, label: str) -> bool:
    later = steps[steps.index(step) + 1 :]
    return any(other.target_label is not None and other.target_label.text == label for other in later)
