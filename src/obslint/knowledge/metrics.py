"""Which metrics the well-known exporters and servers expose, as data: `metric_families.tsv` and its companions."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast, get_args

from obslint.knowledge import Version, reaches

MetricType = Literal["counter", "gauge", "histogram", "summary"]
SeriesType = Literal["counter", "gauge", "histogram", "summary"]
"""What one series is; `histogram` are native histograms, `summary` the quantiles of a summary."""
Coverage = Literal["full", "full-unvalidated", "partial", "library", "none"]
"""`full`: every name is listed, checked against dashboards and rules; `library`: what a client library adds."""

SYNTHETIC: Final = "synthetic"
"""The component of series that Prometheus itself writes: `up`, `scrape_*`, `ALERTS`, `ALERTS_FOR_STATE`."""

_ALERTS: Final = ("ALERTS", "ALERTS_FOR_STATE")
_HERE = Path(__file__).parent
_DERIVED: Final[dict[str, tuple[MetricType, ...]]] = {
    "_bucket": ("histogram",),
    "_sum": ("histogram", "summary"),
    "_count": ("histogram", "summary"),
}
"""Which series of a family carry a suffix."""
_OBSERVED: Final = ("harvest", "fixture")


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric family as one component exposes it.

    A counter has the name that is exposed, with or without `_total`; a histogram `x` has the series `x_bucket`, `x_sum`
    and `x_count`.
    """

    name: str
    component: str
    """As `knowledge` calls it, or a client library such as `client_golang`."""
    type: MetricType | None
    labels: frozenset[str]
    """Those that are known, without the target's. There may be more."""
    via: str
    """How it became known: harvest, fixture (both of a real scrape), docs, static (its sources), manual."""
    since: str | None
    removed: str | None
    """The first version that no longer has it."""
    replaced_by: str | None
    when: str | None
    """What has to be turned on for it; None where it is there by default, or that is unknown."""
    guessed: bool
    """Whether the type is inferred from the name."""

    @property
    def observed(self) -> bool:
        """Whether a real scrape showed it: only then is a label that is missing in `labels` likely to be missing."""
        return self.via in _OBSERVED

    def in_version(self, version: Version | None) -> bool | None:
        """Whether this version of the component has it; None where the version cannot tell."""
        begun = self.since is None or reaches(version, self.since)
        over = self.removed is not None and reaches(version, self.removed)
        if begun is False or over is True:
            return False
        return None if begun is None or over is None else True

    def type_of(self, series: str) -> SeriesType | None:
        """What a series of the family is."""
        return "counter" if series != self.name else self.type


@dataclass(frozen=True, slots=True)
class Rename:
    """A metric that a version of a component renamed or removed."""

    old: str
    component: str
    new: str | None
    """The name or selector that took its place; None where nothing did."""
    since: str | None
    """The version that did so."""
    verified: bool
    """Whether the sources of both versions were read."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of all the metrics of a component."""

    coverage: Coverage
    includes: tuple[str, ...]
    """Client libraries and embedded programs, whose families it exposes as well."""
    prefixes: tuple[str, ...]
    """How the names of its own families begin."""
    open: tuple[re.Pattern[str], ...]
    """Names that it may expose besides those listed."""


def families(series: str) -> tuple[Metric, ...]:
    """Every component's family that a series of this name belongs to: of `x_bucket` the histograms `x` as well."""
    found = list(_named(series))
    for suffix, types in _DERIVED.items():
        if series.endswith(suffix):
            found.extend(metric for metric in _named(series.removesuffix(suffix)) if metric.type in types)
    return tuple(found)


def series_type(series: str, components: Collection[str] | None = None) -> SeriesType | None:
    """What a series is where all components that expose one of the name agree, or all of `components` do.

    None where nothing is known, a type is only guessed or not known, or they do not agree. A client library counts for
    whatever includes it.
    """
    known = families(series)
    if components is not None:
        own = {name for component in components for name in _closure(component)}
        known = tuple(metric for metric in known if metric.component in own)
    if not known or any(metric.guessed for metric in known):
        return None
    types = {metric.type_of(series) for metric in known}
    return types.pop() if len(types) == 1 else None


def exposes(component: str, series: str, version: Version | None = None) -> bool | None:
    """Whether a component exposes a series of this name, in some configuration; with a version, in that one.

    None where that is unknown: only a list that is complete can say no. Custom queries, textfiles and the like add
    more: see `metric_facts.opened_by`.
    """
    known = families(series)
    if any(metric.component == SYNTHETIC for metric in known):
        return series not in _ALERTS
    closure = _closure(component)
    own = [metric for metric in known if metric.component in closure]
    if own:
        answers = {True if version is None else metric.in_version(version) for metric in own}
        return True if True in answers else None if None in answers else False
    source = source_of(component)
    if source is None or source.coverage != "full" or any(pattern.fullmatch(series) for pattern in source.open):
        return None
    for name in closure[1:]:
        part = source_of(name)
        if part is None or any(pattern.fullmatch(series) for pattern in part.open) or series.startswith(part.prefixes):
            return None
    return False


def source_of(component: str) -> Source | None:
    """How much is known of a component's metrics; None where it is not in the catalogue."""
    return _sources()[0].get(_catalogued(component))


def rename(name: str) -> Rename | None:
    """How a metric of this name, or the family of a series, was renamed or removed."""
    table = _renames()
    for suffix in ("", *_DERIVED):
        if name.endswith(suffix) and (found := table.get(name.removesuffix(suffix) if suffix else name)):
            return found
    return None


def every() -> Iterator[Metric]:
    """All families of all components, in the order of their names."""
    return (_metric(line) for line in _lines())


@cache
def _named(name: str) -> tuple[Metric, ...]:
    lines = _lines()
    start = f"{name}\t"
    at = bisect_left(lines, start)
    found = []
    while at < len(lines) and lines[at].startswith(start):
        found.append(_metric(lines[at]))
        at += 1
    return tuple(found)


def _metric(line: str) -> Metric:
    columns = [*line.split("\t"), *[""] * 8][:9]
    name, component, type_, labels, via, since, removed, replaced_by, when = columns
    word = type_.removesuffix("?")
    return Metric(
        name=name,
        component=component,
        type=cast(MetricType, word) if word in get_args(MetricType) else None,
        labels=frozenset(labels.split(",")) if labels else frozenset(),
        via=via,
        since=since or None,
        removed=removed or None,
        replaced_by=replaced_by or None,
        when=when or None,
        guessed=type_.endswith("?"),
    )


def _closure(component: str) -> tuple[str, ...]:
    """The component, as the families call it, and whatever it includes, itself first."""
    found = [_catalogued(component)]
    for name in found:
        source = source_of(name)
        found.extend(part for part in (source.includes if source else ()) if part not in found)
    return tuple(found)


@cache
def _lines() -> list[str]:
    # Split once and bisected: 2 ms, where a mapping of all families takes 40.
    return _read("metric_families.tsv").split("\n")[1:-1]


@cache
def _renames() -> dict[str, Rename]:
    found = {}
    for line in _read("metric_renames.tsv").split("\n")[1:-1]:
        old, component, new, since, verified, note = [*line.split("\t"), *[""] * 5][:6]
        found[old] = Rename(old, component, new or None, since or None, bool(verified), note or None)
    return found


def _catalogued(component: str) -> str:
    return _sources()[1].get(component, component)


@cache
def _sources() -> tuple[dict[str, Source], dict[str, str]]:
    """What is known of each, and those that expose what another one does."""
    raw = json.loads(_read("metric_sources.json"))
    same = {name: value["same_as"] for name, value in raw.items() if "same_as" in value}
    return {
        name: Source(
            coverage=value["coverage"],
            includes=tuple(value.get("includes", ())),
            prefixes=tuple(value.get("prefixes", ())),
            open=tuple(re.compile(pattern) for pattern in value.get("open", ())),
        )
        for name, value in raw.items()
        if name not in same
    }, same


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
