"""How long the stores that answer a query keep their samples."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from obslint.facts.common import Scalar
from obslint.findings import Place
from obslint.graph import nodes
from obslint.lang.durations import prometheus_duration

_DAY: Final = 24 * 3_600_000
_TIME_FLAGS: Final = ("storage.tsdb.retention.time", "storage.tsdb.retention")
_SIZE_FLAGS: Final = ("storage.tsdb.retention.size", "storage.tsdb.retention.percentage")
_BY_SIZE: Final = "only the size of the store is limited"
_VICTORIA: Final = re.compile(r"([0-9]{1,6})(h|d|w|M|y)?\Z")
_VICTORIA_UNITS: Final = {"h": 3_600_000, "d": _DAY, "w": 7 * _DAY, "M": 31 * _DAY, "y": 365 * _DAY, None: 31 * _DAY}
"""VictoriaMetrics lib/flagutil RetentionDuration: a bare number means months, of 31 days."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a store keeps samples. `milliseconds` is None where that is unknown, or only the size is limited."""

    milliseconds: int | None
    place: Place | None
    """What decides it; the service where that is the default, None where nothing is known."""
    why: str
    """What decides it, in words, or why it is not known."""


def retention(expression: nodes.Expression) -> Retention:
    """The longest retention of the servers that evaluate an expression; unknown where that of any is."""
    found = [retention_of(server) for server in expression.servers] or [_unknown("what evaluates it is not known")]
    unknown = next((one for one in found if one.milliseconds is None), None)
    return unknown or max(found, key=lambda one: one.milliseconds or 0)


def retention_of(server: nodes.Prometheus) -> Retention:
    """How long a Prometheus, or a VictoriaMetrics that scrapes, keeps what it has scraped.

    Not known where it reads from a remote store, keeps nothing itself (an agent, vmagent), or its flags are not known.
    """
    service = server.service
    if service is None:
        return _unknown("no service shows with which flags it runs")
    if service.scripted or service.amended.unknown:
        return _unknown("its flags are not fully known")
    if server.agent or server.fact.remote_reads:
        return _unknown("it reads from another store, or keeps nothing")
    if service.runs("prometheus"):
        return _prometheus(server, service)
    if service.runs("victoria_metrics"):
        return _victoria(service)
    return _unknown("it is no store whose retention is known")


def _prometheus(server: nodes.Prometheus, service: nodes.Service) -> Retention:
    fact, flag = server.fact, service.flag(*_TIME_FLAGS)
    by_size = service.flag(*_SIZE_FLAGS) is not None
    if fact.retention is not None:
        if flag is not None or by_size:
            return _unknown("flags and the file both limit it, and the version decides which counts")
        if fact.retention_time is None:
            return _unknown(_BY_SIZE)
        return _duration(fact.retention_time, "`storage.tsdb.retention.time`")
    if flag is not None:
        return _duration(Scalar(flag.value or "", flag.place), f"`{flag.name}`")
    if by_size:
        return _unknown(_BY_SIZE)
    default = _default(service)
    if default is None:
        return _unknown("the default of this image is not known")
    return Retention(prometheus_duration(default), service.place, f"the default of {default}")


def _default(service: nodes.Service) -> str | None:
    component = service.component
    return component.retention.default if component and component.retention else None


def _victoria(service: nodes.Service) -> Retention:
    flag, default = service.flag("retentionPeriod"), _default(service)
    match = _VICTORIA.match((flag.value if flag is not None else default) or "")
    if match is None or int(match[1]) == 0:
        return _unknown("its retention cannot be read")
    value = int(match[1]) * _VICTORIA_UNITS[match[2]]
    if flag is not None:
        return Retention(value, flag.place, f"`{flag.name}`")
    return Retention(value, service.place, f"the default of {default}")


def _duration(written: Scalar, what: str) -> Retention:
    try:
        value = prometheus_duration(written.text)
    except ValueError:
        return _unknown("its retention cannot be read")
    if value == 0:  # as if it were not written, so a size or the default decides
        return _unknown("its retention is 0")
    return Retention(value, written.place, what)


def _unknown(why: str) -> Retention:
    return Retention(None, None, why)
