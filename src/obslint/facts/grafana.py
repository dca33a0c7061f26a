"""What Grafana provisioning files and dashboards say."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Scalar
from obslint.facts.prometheus import Rule
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a `grafana.ini`; `name` is its dotted name, `section.key`, in lower case."""

    name: str
    key: Scalar
    value: Scalar


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A `grafana.ini`."""

    path: str
    place: Place
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Datasource:
    """One provisioned data source."""

    place: Place
    name: Scalar | None
    uid: Scalar | None
    type: Scalar | None
    url: Scalar | None
    access: Scalar | None
    default: bool
    time_interval: Scalar | None = None
    """`jsonData.timeInterval`: the scrape interval that `$__rate_interval` and `$__interval` go by."""
    http_method: Scalar | None = None
    """`jsonData.httpMethod`."""
    headers: tuple[tuple[Scalar, Scalar | None], ...] = ()
    """HTTP headers that are sent along, with their values; None for one that is not in the file."""


@dataclass(frozen=True, slots=True)
class DatasourceFile:
    """A data source provisioning file."""

    path: str
    place: Place
    datasources: tuple[Datasource, ...]


@dataclass(frozen=True, slots=True)
class Provider:
    """One dashboard provider."""

    place: Place
    name: Scalar | None
    type: Scalar | None
    path: Scalar | None


@dataclass(frozen=True, slots=True)
class ProviderFile:
    """A dashboard provider file."""

    path: str
    place: Place
    providers: tuple[Provider, ...]


@dataclass(frozen=True, slots=True)
class GrafanaAlertingFile:
    """Grafana-managed alerting. The name of an alert is its title, its expression the text of all its queries."""

    path: str
    place: Place
    alerts: tuple[Rule, ...]
    contact_points: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class DatasourceRef:
    """How a dashboard names a data source: by uid (object form) or by name or uid in one string (old form)."""

    value: Scalar
    type: str | None
    legacy: bool


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel."""

    place: Place
    expr: Scalar | None
    datasource: DatasourceRef | None
    hidden: bool = False
    """Whether its result is not drawn, only used by other queries."""
    instant: bool = False
    """Whether it asks for one moment alone, not for a graph."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel."""

    place: Place
    title: str
    type: str
    datasource: DatasourceRef | None
    queries: tuple[Query, ...]
    unnamed: bool = False
    """Whether an object without a uid stands for the data source: Grafana then takes a default one for all queries."""
    time_from: Scalar | None = None
    """A range of its own, from so long ago to now, whatever the dashboard shows."""
    time_shift: Scalar | None = None
    """By how much the range is moved into the past."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One template variable."""

    place: Place
    name: str
    type: str
    query: str
    datasource: DatasourceRef | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard. `form` is `classic`, `wrapped` (an API payload) or `resource` (Kubernetes style, V1 or V2)."""

    path: str
    place: Place
    form: str
    uid: Scalar | None
    title: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...]
    annotations: tuple[DatasourceRef, ...]
    inputs: tuple[str, ...]
