"""What Promtail refuses when it starts: clients, jobs, and stages (`targets/manager.go`, `pkg/logentry/stages`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from obslint.facts.common import Fault
from obslint.kinds import relabel_checks, selector_checks
from obslint.kinds.checks import at_most_one, duplicates, http_client, listed, meaning, needs, said
from obslint.lang import time_intervals
from obslint.lang.durations import go_duration
from obslint.lang.references import rendered
from obslint.parse import Cursor

MAX_DEPTH = 20
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_SOURCES = ("journal", "syslog", "gcplog", "loki_push_api", "windows_events", "kafka", "azure_event_hubs", "gelf",
            "cloudflare", "heroku_drain", "static_configs")  # fmt: skip
"""What a job may read; besides, every service discovery."""


def check(root: Cursor) -> Iterator[Fault]:
    """What is wrong in one configuration."""
    clients = root.get("clients")
    if clients.value == [] and "client" not in root:
        yield meaning("`clients` is empty", clients.key, "add the address of Loki")
    for client in clients.items():
        yield from http_client(client)
    yield from duplicates([client.get("name") for client in clients.items()], "client")
    jobs = list(root.get("scrape_configs").items())
    yield from duplicates([job.get("job_name") for job in jobs], "job name")
    for job in jobs:
        yield from relabel_checks.check(job.get("relabel_configs"))
        yield from _stages(job.get("pipeline_stages"), MAX_DEPTH)
        if isinstance(job.value, dict) and not any(
            value and (key in _SOURCES or key.endswith("_sd_configs")) for key, value in job.pairs()
        ):
            place = job.get("job_name").place if "job_name" in job else job.place
            yield meaning("the job reads from nowhere", place, "add `static_configs`, a discovery, or another source")


def _stages(stages: Cursor, depth: int) -> Iterator[Fault]:
    for item in stages.items():
        for kind, body in item.pairs():
            if kind in _STAGES:
                yield from _STAGES[kind](body)
            if kind == "match" and depth:
                yield from _stages(body.get("stages"), depth - 1)


def _timestamp(body: Cursor) -> Iterator[Fault]:
    location = body.get("location")
    if location.text and not rendered(location.text):
        try:
            time_intervals.location(location.text)
        except ValueError as error:
            yield meaning(str(error), location.place)


def _labels(body: Cursor) -> Iterator[Fault]:
    if not body.value:
        yield meaning("a `labels` stage names no label", body.key, "name one, or remove the stage")
    for name, value in body.pairs():
        if not _LABEL.fullmatch(name) and not rendered(name):
            yield meaning(f"`{name[:60]}` is no label name", value.key, "use letters, digits and `_`")


def _metrics(body: Cursor) -> Iterator[Fault]:
    for _, metric in body.pairs():
        idle = metric.get("max_idle_duration")
        try:
            short = idle.text is not None and go_duration(idle.text) < 1_000_000_000
        except ValueError:
            continue
        if short:
            yield meaning(f"`max_idle_duration` must be at least 1s, not `{idle.text}`", idle.place)


def _match(body: Cursor) -> Iterator[Fault]:
    yield from selector_checks.lines(body.get("selector"))
    action, stages = body.get("action"), body.get("stages")
    drops = action.text == "drop"
    if drops and stages.value:
        yield meaning("a `match` stage that drops lines has no `stages`", stages.key, "remove them", action.place)
    elif not drops and "selector" in body and not said(stages) and action.text in (None, "", "keep"):
        yield meaning("a `match` stage that keeps lines needs `stages`", body.key, "add them, or `action: drop`")


def _drop(body: Cursor) -> Iterator[Fault]:
    yield from needs(body, "a `drop` stage", "source", "expression", "older_than", "longer_than")
    yield from at_most_one(body, "value", "expression")


def _limit(body: Cursor) -> Iterator[Fault]:
    by = body.get("by_label_name")
    if said(by) and body.get("drop").flag is not True and not rendered(body.get("drop").text or ""):
        yield meaning("a limit by label has to drop lines", by.key, "set `drop: true`")


def _tenant(body: Cursor) -> Iterator[Fault]:
    names = [name for name in ("label", "source", "value") if said(body.get(name))]
    if len(names) > 1:
        yield meaning(f"{listed(names)} exclude each other", body.get(names[1]).key, "keep one", body.get(names[0]).key)
    elif not names and body.value is not None:
        yield from needs(body, "a `tenant` stage", "label", "source", "value")


_STAGES: dict[str, Callable[[Cursor], Iterator[Fault]]] = {
    "timestamp": _timestamp,
    "labels": _labels,
    "metrics": _metrics,
    "match": _match,
    "drop": _drop,
    "limit": _limit,
    "tenant": _tenant,
}
