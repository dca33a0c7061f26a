"""ALR016."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts import prometheus as facts
from obslint.facts.common import Scalar
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Flag, Prometheus, RuleFile
from obslint.lang.durations import prometheus_duration
from obslint.rules.base import Rule

_FLAG = "query.lookback-delta"
_LOOKBACK = 5 * 60_000
"""Milliseconds; the default of the flag."""


class GroupIntervalTooLong(Rule[RuleFile]):
    """A group is evaluated so rarely that its series vanish between two evaluations.

    A query sees the newest sample of the last five minutes (`--query.lookback-delta`). What a group records every ten
    minutes is there for five and gone for five: panels have gaps, alerts on the recorded series resolve and fire again,
    and `ALERTS` of its own alerts comes and goes, whatever their `keep_firing_for`: it is written by evaluations alone.
    Evaluate the group more often. Where a group records nothing, this is an info, and a `keep_firing_for` of at least
    the interval counts as a sign that rare evaluation is meant.
    """

    code, name, severity = "ALR016", "group-interval-too-long", Severity.WARNING
    on = RuleFile

    def check(self, rule_file: RuleFile, graph: Graph) -> Iterator[Claim]:
        if rule_file.fact.logql:
            return
        for group in rule_file.fact.groups:
            interval = _milliseconds(group.interval)
            if group.interval is None or interval is None or interval <= _LOOKBACK:
                continue
            seen, flag = _lookback(rule_file, graph)
            affected = [rule for rule in group.rules if not _meant(rule, interval)]
            if seen is None or interval <= seen or not affected:
                continue
            first = affected[0]
            recorded = next((rule for rule in affected if not rule.alerting), None)
            what = f"what it records, such as `{recorded.name}`," if recorded else f"`ALERTS` of `{first.name}`"
            yield self.claim(
                rule_file,
                f"the group is evaluated every {group.interval}, but a query looks back {seen // 1000} s only: {what} "
                "vanishes between two evaluations",
                place=group.interval.place,
                related=[] if flag is None else [Related(flag.place, "how far a query looks back")],
                help=f"evaluate it at least every {seen // 1000} s",
                subject=group.name.text if group.name else "",
                severity=None if recorded else Severity.INFO,
            )


def _lookback(rule_file: RuleFile, graph: Graph) -> tuple[int | None, Flag | None]:
    """The milliseconds that queries look back on every server that loads the file; None where that is not known."""
    servers = [server for server in graph.all(Prometheus) if rule_file in server.rule_files]
    if len(servers) != len(rule_file.loaders):
        return None, None
    furthest: tuple[int, Flag | None] = (_LOOKBACK, None)
    for service in (server.service for server in servers):
        if service is None:
            continue
        flag = service.flag(_FLAG)
        if flag is None:
            if service.may_be_set(_FLAG):
                return None, None
            continue
        try:
            furthest = max(furthest, (prometheus_duration(flag.value or ""), flag), key=lambda item: item[0])
        except ValueError:
            return None, None
    return furthest


def _meant(rule: facts.Rule, interval: int) -> bool:
    """Whether an alert is made to fire on until the next evaluation, though its `ALERTS` does not last so long."""
    kept = _milliseconds(rule.keep_firing)
    return rule.alerting and kept is not None and kept >= interval


def _milliseconds(written: Scalar | None) -> int | None:
    try:
        return None if written is None else prometheus_duration(written.text)
    except ValueError:
        return None
