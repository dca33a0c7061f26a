"""What values and labels of well-known metrics mean, as data: `metric_facts.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Metrics of which one thing holds, and where that was read."""

    source: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlimited(Group):
    """Limits that may be unset: `value` means that there is none, or the series is `absent` then."""

    what: str
    """When that is so, in words."""
    default: bool
    """Whether it is so as shipped."""
    value: int | None = None
    absent: bool = False
    empty: bool = False
    """Whether there is nothing to be limited then, so that what is used of it is 0, too."""
    programs: tuple[str, ...] = ()
    """The components that have the limit, as `knowledge` calls them."""
    flags: tuple[str, ...] = ()
    """Of these programs: they set it."""
    memory: bool = False
    """Whether Compose's memory limits of containers set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values(Group):
    """Metrics that have no other values."""

    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partitioned(Group):
    """Metrics whose series are parts of one whole."""

    by: tuple[str, ...]
    """The labels that tell the parts apart."""
    whole: tuple[str, ...] = ()
    """Those of them for which a limit of each part is seldom meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUp(Group):
    """How an exporter says whether the service behind it answers."""

    component: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filesystem(Group):
    """Metrics with a series for each mounted file system, tmpfs and the like included."""

    labels: tuple[str, ...]
    flags: tuple[str, ...]
    """Of the exporter: they leave file systems out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Names, as regexes, of gauges by type that only grow."""

    source: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Flags and variables by which a component exposes names that no list can have."""

    component: str
    source: str
    flags: tuple[str, ...] = ()
    env: tuple[str, ...] = ()


SECTIONS: Mapping[str, type[Group] | type[Counting] | type[Opening]] = {
    "unlimited": Unlimited,
    "values": Values,
    "info": Group,
    "not_info": Group,
    "partitioned": Partitioned,
    "service_up": ServiceUp,
    "filesystem": Filesystem,
    "levels": Group,
    "counting": Counting,
    "opened_by": Opening,
}
_SECTION = re.compile(r"^(\w+):\n", re.MULTILINE)
_LEVELS = frozenset(("levels", "unlimited", "values", "filesystem"))


def unlimited(series: str) -> Unlimited | None:
    """What says that a limit is unset: 0, another value, or no series at all; None for what is no such limit."""
    found = _of(series).get("unlimited")
    return found if isinstance(found, Unlimited) else None


def values(series: str) -> tuple[int, ...] | None:
    """All values that a series can have, such as 0 and 1 for `up`; None where they are not known."""
    found = _of(series).get("values")
    return found.values if isinstance(found, Values) else (1,) if is_info(series) else None


def is_info(series: str) -> bool:
    """Whether a series has the value 1 and is there for its labels: `node_uname_info`, `kube_pod_labels`."""
    known = _of(series)
    return "info" in known or (series.endswith("_info") and "not_info" not in known)


def partitioned_by(series: str) -> tuple[str, ...]:
    """The labels over which one sums for the whole, such as `datname` and `state`; none where that is not known."""
    found = _of(series).get("partitioned")
    return found.by if isinstance(found, Partitioned) else ()


def meant_whole(series: str) -> tuple[str, ...]:
    """The labels of parts that are seldom held against a limit each by itself: the connections of one server."""
    found = _of(series).get("partitioned")
    return found.whole if isinstance(found, Partitioned) else ()


def filesystem(series: str) -> Filesystem | None:
    """How file systems are told apart, for a metric with a series for each."""
    found = _of(series).get("filesystem")
    return found if isinstance(found, Filesystem) else None


def is_level(series: str) -> bool:
    """Whether a gauge is known to rise and fall, so that a function for counters is wrong for it."""
    return not _LEVELS.isdisjoint(_of(series))


def may_count(series: str) -> bool:
    """Whether a series may only grow though its type is gauge, by its name."""
    return not is_level(series) and _counting().fullmatch(series) is not None


def service_up(component: str) -> tuple[str, ...]:
    """The metrics by which an exporter says whether the service behind it answers."""
    return tuple(
        name
        for group in _groups("service_up")
        if isinstance(group, ServiceUp) and group.component == component
        for name in group.names
    )


def opened_by(component: str) -> Opening | None:
    """What makes a component expose more than its list can have; None where nothing is known to."""
    return next((one for one in _groups("opened_by") if isinstance(one, Opening) and one.component == component), None)


@cache
def _counting() -> re.Pattern[str]:
    groups = [group for group in _groups("counting") if isinstance(group, Counting)]
    return re.compile("|".join(pattern for group in groups for pattern in group.patterns))


@cache
def _groups(section: str) -> tuple[Group | Counting | Opening, ...]:
    """The groups of one section; the others are not parsed for it."""
    import yaml  # only rules that ask pay for it

    data = yaml.load(_texts()[section], Loader=yaml.CSafeLoader)
    return tuple(SECTIONS[section](**_frozen(item)) for item in data)


@cache
def _texts() -> Mapping[str, str]:
    _, *sections = _SECTION.split(Path(__file__).with_name("metric_facts.yaml").read_text(encoding="utf-8"))
    return dict(zip(sections[::2], sections[1::2], strict=True))


@cache
def _by_series() -> Mapping[str, Mapping[str, Group]]:
    found: dict[str, dict[str, Group]] = {}
    for section in SECTIONS:
        for group in _groups(section):
            if isinstance(group, Group):
                for name in group.names:
                    found.setdefault(name, {})[section] = group
    return found


def _of(series: str) -> Mapping[str, Group]:
    return _by_series().get(series, {})


def _frozen(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
