"""The jobs and rules of one server whose series a selector can match, found without trying each on each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from obslint.facts import prometheus as facts
from obslint.facts.common import Scalar
from obslint.graph import nodes
from obslint.graph.answers import Answer
from obslint.graph.intervals import evaluation_interval, scrape_interval
from obslint.graph.metrics import federates
from obslint.graph.targets import Followed, follow
from obslint.knowledge import metric_facts, metrics
from obslint.lang import promql
from obslint.lang.tokens import re2_pattern

_MANY_VALUES: Final = 1_000
"""Values of one label that a regex is tried on; those that only list words are looked up."""
_WORDS: Final = re.compile(r"[A-Za-z0-9_:/-]+(?:\|[A-Za-z0-9_:/-]+)*")
_ALERTS: Final = ("ALERTS", "ALERTS_FOR_STATE")


@dataclass(frozen=True, slots=True)
class Recording:
    """A rule that writes series of a server, and its group; also an alert, which writes `ALERTS`."""

    group: facts.RuleGroup
    rule: facts.Rule


@dataclass(frozen=True, slots=True)
class Matched:
    """Where the series come from that a selector can match in one server."""

    server: nodes.Prometheus
    recordings: tuple[Recording, ...]
    """The rules whose series may match."""
    complete: Answer
    """Whether nothing else can match: yes or unknown."""
    _index: Index
    _rows: int

    @property
    def jobs(self) -> tuple[nodes.ScrapeJob, ...]:
        """The jobs of which some series may match, in the order of the file."""
        return self._index.jobs_of(self._rows)

    @property
    def intervals(self) -> Mapping[int | None, Scalar | None]:
        """How often the series get a sample, in milliseconds, and where one of the jobs or groups says so."""
        return self._index.intervals_of(self._rows, self.recordings)


Question = tuple[str | None, tuple[tuple[str, str, str], ...]]
"""A metric's name, where it is known, and matchers as label, operator and value."""


def question(selector: promql.VectorSelector, expression: nodes.Expression | None) -> Question:
    def known(node: promql.Node) -> bool:
        return expression is None or expression.written(node)

    name = selector.name
    if name is not None and expression is not None and expression.substitution is not None:
        quoted = expression.substitution.text.startswith("{", selector.start)
        end = selector.end if quoted else selector.start + len(name)  # variables behind the name leave it as it is
        if expression.substitution.touches(selector.start, end):
            name = None
    elif name is None:
        equal = [m for m in selector.matchers if m.label == promql.METRIC_NAME and m.op == "=" and known(m)]
        name = equal[0].value if equal else None
    matchers = {(m.label, m.op, m.value) for m in selector.matchers if m.label != promql.METRIC_NAME and known(m)}
    return name, tuple(sorted(matchers))


@dataclass(frozen=True, slots=True)
class _Row:
    """One target of a job, or all of a job's that are not known; a label that is missing here may be anything."""

    job: int
    labels: Mapping[str, str]


class Index:
    """What is asked of one server again and again. Sets of rows are numbers: bit i is row i."""

    def __init__(self, server: nodes.Prometheus) -> None:
        self.server = server
        self.rows = [row for number, found in enumerate(follow(server)) for row in _rows(number, found)]
        self.all = (1 << len(self.rows)) - 1
        self.values: dict[str, dict[str, int]] = defaultdict(dict)
        """Label → value → the rows that certainly have it."""
        for at, row in enumerate(self.rows):
            for name, value in row.labels.items():
                self.values[name][value] = self.values[name].get(value, 0) | (1 << at)
        self.settled = {name: sum(values.values()) for name, values in self.values.items()}
        of_job: dict[int, int] = defaultdict(int)
        for at, row in enumerate(self.rows):
            of_job[row.job] |= 1 << at
        self.components: dict[frozenset[str], int] = defaultdict(int)
        """What is behind all targets of some jobs → the rows of these."""
        self.federating = 0
        self.intervals: dict[int | None, int] = defaultdict(int)
        """Interval → the rows that are scraped so often."""
        for number, job in enumerate(server.jobs):
            self.intervals[scrape_interval(job)] |= of_job[number]
            if federates(job.fact):
                self.federating |= of_job[number]
            elif (known := _components(job)) is not None:
                self.components[known] |= of_job[number]
        self.every_recording = tuple(
            Recording(group, rule)
            for rule_file in server.rule_files
            for group in rule_file.fact.groups
            for rule in group.rules
        )
        by_name: dict[str, list[Recording]] = defaultdict(list)
        for recording in self.every_recording:
            for name in _ALERTS if recording.rule.alerting else (recording.rule.name.text,):
                by_name[name].append(recording)
        self.recordings = {name: tuple(found) for name, found in by_name.items()}
        self.evaluated: dict[int, dict[int | None, Scalar | None]] = {}
        self.found: dict[Question, Matched] = {}
        self.masks: dict[tuple[str, str, str], int] = {}
        self.names: dict[str, int] = {}
        self.jobs: dict[int, tuple[nodes.ScrapeJob, ...]] = {}

    def matched(self, question: Question) -> Matched:
        if question not in self.found:
            self.found[question] = self._matched(question)
        return self.found[question]

    def _matched(self, question: Question) -> Matched:
        name, matchers = question
        rows = self.all if name is None else self._exposing(name)
        for matcher in matchers:
            rows &= self._matching(*matcher)
        recordings = self.every_recording if name is None else self.recordings.get(name, ())
        return Matched(self.server, recordings, self.server.closed, self, rows)

    def intervals_of(self, rows: int, recordings: tuple[Recording, ...]) -> Mapping[int | None, Scalar | None]:
        """The intervals of some rows and recordings, each with where it is written."""
        found: dict[int | None, Scalar | None] = {}
        for value, owned in self.intervals.items():
            if both := owned & rows:
                job = self.server.jobs[self.rows[(both & -both).bit_length() - 1].job]
                found[value] = job.fact.interval or self.server.fact.scrape_interval
        key = id(recordings)  # each is kept, by its name or in `every_recording`
        if key not in self.evaluated:
            self.evaluated[key] = {
                evaluation_interval(one.group, self.server): one.group.interval or self.server.fact.evaluation_interval
                for one in recordings
            }
        return found | self.evaluated[key]

    def jobs_of(self, rows: int) -> tuple[nodes.ScrapeJob, ...]:
        if rows not in self.jobs:
            numbers, left = set(), rows
            while left:
                numbers.add(self.rows[left.bit_length() - 1].job)
                left ^= 1 << (left.bit_length() - 1)
            self.jobs[rows] = tuple(job for number, job in enumerate(self.server.jobs) if number in numbers)
        return self.jobs[rows]

    def _matching(self, label: str, op: str, value: str) -> int:
        """The rows that a matcher leaves: all but those whose label certainly has another value."""
        key = (label, op, value)
        if key not in self.masks:
            self.masks[key] = self._judged(label, op, value)
        return self.masks[key]

    def _judged(self, label: str, op: str, value: str) -> int:
        if label not in self.values:
            return self.all
        open_ = self.all & ~self.settled[label]
        values = self.values[label]
        if op in ("=", "!="):
            same = values.get(value, 0)
            return open_ | (same if op == "=" else self.settled[label] & ~same)
        if _WORDS.fullmatch(value):
            same = sum(values.get(word, 0) for word in set(value.split("|")))
            return open_ | (same if op == "=~" else self.settled[label] & ~same)
        if len(values) > _MANY_VALUES:
            return self.all
        try:
            pattern = re2_pattern(f"^(?s:{value})$")
        except ValueError:
            return self.all
        if pattern is None:
            return self.all
        found = sum(rows for one, rows in values.items() if bool(pattern.fullmatch(one)) == (op == "=~"))
        return open_ | found

    def _exposing(self, name: str) -> int:
        """The rows of the jobs that may expose a metric."""
        if name not in self.names:
            self.names[name] = self._judged_name(name)
        return self.names[name]

    def _judged_name(self, name: str) -> int:
        if name in _ALERTS or ":" in name:  # no exporter has them: rules and federation alone
            return self.federating
        rows = self.all
        for components, owned in self.components.items():
            # of any version: since when a name exists is less certain than that it does
            if all(metrics.exposes(component, name) is False for component in components):
                rows &= ~owned
        return rows


def index(server: nodes.Prometheus) -> Index:
    """The index of a server of a graph that is built."""
    if not isinstance(server.index, Index):
        server.index = Index(server)
    return server.index


def _rows(number: int, found: Followed) -> Iterator[_Row]:
    job = found.job
    kept = _Kept(job)
    for target in found.targets:
        labels = dict(target.labels)
        yield _Row(number, {name: value for name, value in labels.items() if "$" not in value and kept.says(name)})
    if not found.complete:
        name = "job"
        known = job.name is not None and "$" not in job.name and kept.says(name) and _job_stays(job)
        yield _Row(number, {name: job.name} if known and job.name else {})


class _Kept:
    """Which labels of its targets a job's series have for certain: what is scraped may override or change some."""

    def __init__(self, job: nodes.ScrapeJob) -> None:
        fact = job.fact
        self.open = fact.honor_labels or federates(fact)
        self.written: set[str] = set()
        for step in fact.metric_relabels:
            action = step.action.text.lower() if step.action else "replace"
            target = step.target_label.text if step.target_label else ""
            if action in ("labelmap", "labeldrop", "labelkeep") or "$" in target:
                self.open = True
            self.written.add(target)

    def says(self, name: str) -> bool:
        return not self.open and name not in self.written


def _job_stays(job: nodes.ScrapeJob) -> bool:
    """Whether the targets that are not known carry the name of their job: discovery by file or HTTP may set another."""
    if not job.files_read or any(discovery.text == "http_sd_configs" for discovery in job.fact.discoveries):
        return False
    for step in job.fact.relabels:
        action = step.action.text.lower() if step.action else "replace"
        target = step.target_label.text if step.target_label else ""
        if action in ("labelmap", "labeldrop", "labelkeep") or target == "job" or "$" in target:
            return False
    return not any(entry.name.text == "job" for group in job.groups for entry in group.labels)


def services(job: nodes.ScrapeJob) -> tuple[nodes.Service, ...] | None:
    """The services that a job scrapes, where these are all known."""
    found = [link.server for link in job.links]
    if not job.closed or not found:
        return None
    known = tuple(service for service in found if service is not None)
    return known if len(known) == len(found) else None


def _components(job: nodes.ScrapeJob) -> frozenset[str] | None:
    """The components behind a job's targets, where they are known and expose what they are known for."""
    scraped = services(job)
    if scraped is None or any(_renames(step.target_label) for step in job.fact.metric_relabels):
        return None
    found = set()
    for service in scraped:
        component = service.component
        if component is None or service.scripted or service.amended.unknown or not _as_shipped(service, component.id):
            return None
        found.add(component.id)
    return frozenset(found)


def _as_shipped(service: nodes.Service, component: str) -> bool:
    """Whether no flag or variable makes it expose names of others, such as those of text files."""
    opening = metric_facts.opened_by(component)
    return opening is None or not service.may_be_set(*opening.flags, *opening.env)


def _renames(target: Scalar | None) -> bool:
    return target is not None and (target.text == promql.METRIC_NAME or "$" in target.text)
