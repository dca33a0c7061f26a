"""Alerts that fire always, so that their silence tells of an outage."""

from __future__ import annotations

import re

from obslint.facts.prometheus import Rule
from obslint.lang import promql

_NAMES = re.compile(r"watchdog|dead_?mans?_?(?:switch|snitch)|heartbeat|always_?firing", re.IGNORECASE)


def named_heartbeat(alert: Rule) -> bool:
    """Whether an alert is called so."""
    return _NAMES.search(alert.name.text) is not None


def is_heartbeat(alert: Rule) -> bool:
    """Whether an alert is called so, or has an expression that yields something whatever the data."""
    if named_heartbeat(alert):
        return True
    if alert.expr is None:
        return False
    try:
        return isinstance(promql.constant_value(promql.parse(alert.expr.text)), promql.Always)
    except promql.SyntaxProblem:
        return False
