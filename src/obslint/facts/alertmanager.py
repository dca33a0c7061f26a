"""What an Alertmanager configuration says."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Entry, Scalar
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class Route:
    """One node of the routing tree."""

    place: Place
    receiver: Scalar | None
    intervals: tuple[Scalar, ...]
    """`mute_time_intervals` and `active_time_intervals`."""
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Integration:
    """One notification integration of a receiver, e.g. an item of `slack_configs`."""

    kind: str
    place: Place
    url: Scalar | None = None
    """A webhook's address, where it is written in the file."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A named receiver."""

    name: Scalar
    integrations: tuple[Integration, ...]


@dataclass(frozen=True, slots=True)
class LegacyMatch:
    """One mapping of labels as it was written before `matchers`: `match`, `source_match_re` and the like."""

    key: Scalar
    regex: bool
    pairs: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class AlertmanagerFile:
    """One Alertmanager configuration."""

    path: str
    place: Place
    route: Route | None
    receivers: tuple[Receiver, ...]
    intervals: tuple[Scalar, ...]
    templates: tuple[Scalar, ...]
    template_uses: tuple[Scalar, ...]
    """Names in `{{ template "name" . }}` calls, each at its place."""
    paths: tuple[Scalar, ...]
    """Every file the configuration names: `*_file` keys and TLS files."""
    legacy_matches: tuple[LegacyMatch, ...] = ()
    """Of routes and inhibit rules, in the order of the file, but for those that a YAML alias repeats."""
    values_matched: tuple[tuple[str, str], ...] = ()
    """Labels with the values, or regular expressions, that routes and inhibit rules ask for; sorted, without `!=`."""
    annotations_shown: tuple[str, ...] = ()
    """Names of annotations that the receivers' own texts read, sorted."""
