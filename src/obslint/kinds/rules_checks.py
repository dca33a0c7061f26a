"""What Prometheus, Loki and vmalert refuse in rule files beyond keys and types (model/rulefmt, vmalert/config)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts.common import Fault
from obslint.kinds import template_checks
from obslint.kinds.checks import duplicates, meaning, said
from obslint.kinds.relabel_checks import label_name
from obslint.lang.durations import prometheus_duration
from obslint.lang.references import rendered
from obslint.lang.tokens import shortened
from obslint.parse import Cursor

_UTF8 = "3.0"
"""The first Prometheus that takes any UTF-8 in names (its migration guide)."""
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def check(root: Cursor, utf8_since: str | None = _UTF8) -> Iterator[Fault]:
    """What is wrong; `utf8_since` is the reader's first version that takes any UTF-8 in names, None if not known."""
    yield from template_checks.in_rules(root, versions=utf8_since is not None)
    groups = list(root.get("groups").items())
    yield from duplicates([group.get("name") for group in groups], "group")
    for group in groups:
        if not isinstance(group.value, dict):
            continue
        yield from _labels(group.get("labels"), utf8_since)
        yield from _vmalert(group)
        for rule in group.get("rules").items():
            if isinstance(rule.value, dict):
                yield from _rule(rule, utf8_since)


def _vmalert(group: Cursor) -> Iterator[Fault]:
    """Fields that vmalert alone has: Prometheus refuses them whatever they hold."""
    for field in ("headers", "notifier_headers"):
        for header in group.get(field).items():
            if header.text is not None and ":" not in header.text and not rendered(header.text):
                yield meaning(f"`{shortened(header.text)}` is no HTTP header", header.place, "write `Name: value`")
    offset, interval = group.get("eval_offset"), group.get("interval")
    if said(offset) and said(group.get("eval_delay")):
        yield meaning(
            "`eval_offset` and `eval_delay` exclude each other", offset.key, other=group.get("eval_delay").key
        )
    if said(offset) and said(interval) and _longer(offset.text or "", interval.text or ""):
        message = f"`eval_offset` {offset.text} is more than the group's `interval` {interval.text}"
        yield meaning(message, offset.place, "an offset lies within one interval", interval.place)
    concurrency = group.get("concurrency")
    if isinstance(concurrency.value, int) and concurrency.value < 0:
        yield meaning("`concurrency` is negative", concurrency.place, "write how many rules may run at once")


def _longer(one: str, other: str) -> bool:
    try:
        return prometheus_duration(one.removeprefix("-")) > prometheus_duration(other)
    except ValueError:
        return False  # SYN004


def _rule(rule: Cursor, utf8_since: str | None) -> Iterator[Fault]:
    record, alert = rule.get("record"), rule.get("alert")
    if not said(record) and not said(alert):
        empty = next((rule.get(key) for key in ("record", "alert") if key in rule), None)
        yield meaning("a rule has neither `record` nor `alert`", empty.key if empty else rule.place, "name it by one")
    if said(record):
        yield from _recording(rule, record, utf8_since)
    yield from _labels(rule.get("labels"), utf8_since)
    yield from _labels(rule.get("annotations"), utf8_since, "annotation")


def _recording(rule: Cursor, record: Cursor, utf8_since: str | None) -> Iterator[Fault]:
    for name in ("for", "keep_firing_for", "annotations"):
        field = rule.get(name)
        if not field.value or (name != "annotations" and _is_zero(field.text or "")):
            continue
        yield meaning(
            f"a recording rule takes no `{name}`", field.key, f"remove `{name}`, or make it an alert", record.key
        )
    name = record.text or ""
    if not name or rendered(name):
        return
    if "{" in name or "}" in name:
        message = f"`{shortened(name)}` is no metric's name: it has braces"
        yield meaning(message, record.place, "put matchers into `expr` and labels under `labels`")
    elif not _METRIC.fullmatch(name) and utf8_since is not None:
        message = f"`{shortened(name)}` is no metric's name before {utf8_since}"
        yield meaning(message, record.place, "letters, digits, `_` and `:` only", since=utf8_since)


def _is_zero(duration: str) -> bool:
    try:
        return prometheus_duration(duration) == 0
    except ValueError:
        return True  # no duration at all: SYN004


def _labels(labels: Cursor, utf8_since: str | None, what: str = "label") -> Iterator[Fault]:
    for name, value in labels.pairs():
        if name == "":
            yield meaning(f"a name of an {what} is empty" if what[0] == "a" else "a label's name is empty", value.key)
        elif name == "__name__" and what == "label":
            yield meaning("the label `__name__` may not be set by a rule", value.key, "name the metric by `record`")
        elif not label_name(name) and utf8_since is not None and not rendered(name):
            message = f"`{shortened(name)}` is no name of {'a label' if what == 'label' else 'an annotation'}"
            yield meaning(f"{message} before {utf8_since}", value.key, "letters, digits and `_` only", since=utf8_since)
