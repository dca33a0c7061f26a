"""What an Alertmanager configuration says."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Entry, Scalar
from obslint.findings import Place
from obslint.lang.matchers import Matcher


@dataclass(frozen=True, slots=True)
class Conditions:
    """What an alert must fulfil: all the matchers of a route, or of one side of an inhibit rule."""

    matchers: tuple[tuple[Matcher, Place], ...] = ()
    """Each with the place where it is written."""
    complete: bool = True
    """Whether these are all: one that is rendered first, or refused, is left out."""


@dataclass(frozen=True, slots=True)
class Route:
    """One node of the routing tree. What it does not set it inherits from the node above."""

    place: Place
    receiver: Scalar | None
    intervals: tuple[Scalar, ...]
    """`mute_time_intervals` and `active_time_intervals`."""
    routes: tuple[Route, ...]
    conditions: Conditions = Conditions()
    continues: bool | None = False
    """`continue`; None where a value that is rendered first decides."""
    continues_place: Place | None = None
    """Its key, where it is written."""
    group_by: tuple[Scalar, ...] = ()
    group_wait: Scalar | None = None
    group_interval: Scalar | None = None
    repeat_interval: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Integration:
    """One notification integration of a receiver, e.g. an item of `slack_configs`."""

    kind: str
    place: Place
    url: Scalar | None = None
    """A webhook's address, where it is written in the file."""
    settings: tuple[tuple[str, Scalar], ...] = ()
    """Every value below, by its dotted path, e.g. `http_config.basic_auth.username` or `actions.0.url`."""
    send_resolved: bool | None = None
    """None where it is not written, or rendered first."""
    send_resolved_place: Place | None = None
    """Its value, where it is written."""

    def setting(self, path: str) -> Scalar | None:
        return next((value for name, value in self.settings if name == path), None)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A named receiver."""

    name: Scalar
    integrations: tuple[Integration, ...]


@dataclass(frozen=True, slots=True)
class Inhibition:
    """An inhibit rule: while an alert of `source` fires, those of `target` with the same `equal` labels are silent."""

    place: Place
    source: Conditions
    target: Conditions
    equal: tuple[Scalar, ...]


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
    common: tuple[tuple[str, Scalar], ...] = ()
    """Every value of `global`, by its dotted path."""
    inhibitions: tuple[Inhibition, ...] = ()
