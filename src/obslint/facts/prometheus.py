"""What prometheus.yml and rule files say."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Entry, Relabel, Scalar
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """One item of `static_configs`."""

    place: Place
    targets: tuple[Scalar, ...]
    labels: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class TargetFile:
    """A file that `file_sd_configs` reads."""

    path: str
    place: Place
    groups: tuple[TargetGroup, ...]


@dataclass(frozen=True, slots=True)
class ScrapeJob:
    """One item of `scrape_configs`. `discoveries` names the service discoveries other than `static_configs`."""

    place: Place
    name: Scalar | None
    metrics_path: Scalar | None
    scheme: Scalar | None
    params: tuple[tuple[str, tuple[str, ...]], ...]
    interval: Scalar | None
    honor_labels: bool
    groups: tuple[TargetGroup, ...]
    discoveries: tuple[Scalar, ...]
    file_discoveries: tuple[Scalar, ...]
    relabels: tuple[Relabel, ...]
    metric_relabels: tuple[Relabel, ...]
    proxied: bool
    identified: bool
    """Whether the scrape carries credentials or headers, by which the target may tell who asks."""
    timeout: Scalar | None = None


@dataclass(frozen=True, slots=True)
class AlertmanagerSet:
    """One item of `alerting.alertmanagers`."""

    place: Place
    groups: tuple[TargetGroup, ...]
    discoveries: tuple[Scalar, ...]
    relabels: tuple[Relabel, ...]
    api_version: Scalar | None = None
    alert_relabels: tuple[Relabel, ...] = ()
    """Steps for alerts that go to these Alertmanagers alone, behind those of the file."""


@dataclass(frozen=True, slots=True)
class Remote:
    """One item of `remote_write` or `remote_read`."""

    place: Place
    url: Scalar | None


@dataclass(frozen=True, slots=True)
class PrometheusFile:
    """One Prometheus configuration. `alertmanagers` is None where the file has no `alerting.alertmanagers`."""

    path: str
    place: Place
    external_labels: tuple[Entry, ...]
    scrape_interval: Scalar | None
    evaluation_interval: Scalar | None
    rule_files: tuple[Scalar, ...]
    rule_files_place: Place | None
    jobs: tuple[ScrapeJob, ...]
    jobs_place: Place | None
    scrape_config_files: tuple[Scalar, ...]
    alertmanagers: tuple[AlertmanagerSet, ...] | None
    alertmanagers_place: Place | None
    remote_writes: tuple[Remote, ...]
    remote_reads: tuple[Remote, ...]
    retention_time: Scalar | None
    """`storage.tsdb.retention.time`, which Prometheus reads from the file since 3.8."""
    retention_size: Scalar | None
    paths: tuple[Scalar, ...]
    """Every other file the configuration names: credentials, certificates, passwords."""
    alert_relabels: tuple[Relabel, ...] = ()
    """`alerting.alert_relabel_configs`, for every alert that is sent."""

    @property
    def retention(self) -> Scalar | None:
        """What the file says of how much is kept, by time or by size."""
        return self.retention_time or self.retention_size


@dataclass(frozen=True, slots=True)
class Rule:
    """One alerting or recording rule."""

    name: Scalar
    expr: Scalar | None
    alerting: bool
    labels: tuple[Entry, ...]
    annotations: tuple[Entry, ...]
    hold: Scalar | None = None
    """`for`: how long an alert is pending before it fires."""
    keep_firing: Scalar | None = None
    """`keep_firing_for`: how long it fires on once the expression yields nothing."""


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """One group of rules. Labels of the group are among those of its rules."""

    name: Scalar | None
    rules: tuple[Rule, ...]
    interval: Scalar | None = None
    query_offset: Scalar | None = None
    limit: Scalar | None = None
    scope: str = ""
    """What confines the group to some of the data, such as `tenant`: equal texts, equal data; empty for nothing."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file. `logql` is true where an expression can only be LogQL."""

    path: str
    place: Place
    groups: tuple[RuleGroup, ...]
    logql: bool
