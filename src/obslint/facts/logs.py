"""What Loki and Promtail configurations say."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Entry, Relabel, Scalar
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class SchemaPeriod:
    """One item of `schema_config.configs`."""

    place: Place
    start: Scalar | None
    store: Scalar | None
    object_store: Scalar | None
    schema: Scalar | None
    index: Place | None = None
    """`index`, where the period has one."""
    index_period: Scalar | None = None
    """`index.period`: which time one table of the index spans."""


@dataclass(frozen=True, slots=True)
class LokiFile:
    """One Loki configuration: what decides retention, and where state lies."""

    path: str
    place: Place
    auth_enabled: Scalar | None
    retention_period: Scalar | None
    retention_streams: tuple[Scalar, ...]
    retention_enabled: Scalar | None
    """`compactor.retention_enabled`."""
    misplaced_retention_enabled: tuple[Place, ...]
    """`retention_enabled` keys anywhere but under `compactor`."""
    table_manager_deletes: Scalar | None
    delete_request_store: Scalar | None
    """`compactor.delete_request_store`."""
    shared_store: Scalar | None
    """`compactor.shared_store`, which Loki 3 no longer has."""
    compactor: Place | None
    periods: tuple[SchemaPeriod, ...]
    path_prefix: Scalar | None
    directories: tuple[Entry, ...]
    """Directories the configuration sets, by dotted key."""
    alertmanager_url: Scalar | None
    rules_directory: Scalar | None
    target: Scalar | None = None
    """Which of Loki's parts the process runs; all of them where nothing is written."""
    wal_enabled: Scalar | None = None
    serving: tuple[Entry, ...] = ()
    """On which ports and below which path it serves, by dotted key."""
    structured_metadata: Scalar | None = None
    """`limits_config.allow_structured_metadata`."""
    alertmanager_v2: Scalar | None = None
    """`ruler.enable_alertmanager_v2`."""
    no_auth_tenant: Scalar | None = None
    """Whose everything is where `auth_enabled` is false."""


@dataclass(frozen=True, slots=True)
class LabelStage:
    """One entry of a `labels` stage: an extracted value becomes a stream label."""

    label: Scalar
    source: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One pipeline stage, in order; `match` carries its own."""

    place: Place
    kind: str
    labels: tuple[LabelStage, ...] = ()
    extracts: tuple[str, ...] = ()
    rewrites: tuple[str, ...] = ()
    """Keys whose value this stage replaces, e.g. by a template or a hash."""
    removes: tuple[str, ...] = ()
    """Labels taken off again (`labeldrop`, `structured_metadata`, `pack`)."""
    keeps: tuple[str, ...] | None = None
    """The only labels left after a `labelallow`."""
    stages: tuple[Stage, ...] = ()
    sources: tuple[Scalar, ...] = ()
    """Keys that must have been extracted before for this stage to do anything; those of `labels` are in `labels`."""
    sets: tuple[str, ...] = ()
    """Labels that this stage sets without `labels`."""
    open: bool = False
    """Whether it may extract keys and set labels that the file does not name."""
    selector: Scalar | None = None
    """Of `match`: which lines it is for."""
    action: str | None = None
    """Of `match`: `keep`, where nothing is written, or `drop`."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of a discovery of containers, as Docker's API takes it."""

    name: Scalar | None
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class DockerDiscovery:
    """Which containers a Docker daemon is asked for. Each filter must let a container through."""

    place: Place
    host: Scalar | None
    filters: tuple[Filter, ...]
    known: bool = True
    """Whether the filters are all written out."""


@dataclass(frozen=True, slots=True)
class LogClient:
    """What lines are pushed to, and as whose."""

    place: Place
    url: Scalar | None
    tenant: Scalar | None = None
    headers: tuple[Entry, ...] = ()
    proxied: bool = False


@dataclass(frozen=True, slots=True)
class LogJob:
    """One scrape config of Promtail, or one way of lines through an Alloy."""

    place: Place
    name: Scalar | None
    discoveries: tuple[Scalar, ...]
    labels: tuple[Entry, ...]
    relabels: tuple[Relabel, ...]
    stages: tuple[Stage, ...]
    source_labels: tuple[str, ...] = ()
    """Labels that the settings of a source other than files set, e.g. `journal.labels`."""
    labels_open: bool = False
    """Whether lines come with labels that the file does not name: pushed ones, or targets of other files."""
    source: str = ""
    """Where lines come from: `docker` (its API), `files`, or any other by its name, e.g. `journal`."""
    docker: tuple[DockerDiscovery, ...] = ()
    paths: tuple[Scalar, ...] = ()
    """Files and patterns of files, as far as they are written out: the labels `__path__`."""
    excluded: tuple[Scalar, ...] = ()
    """Patterns of files that are left out: the labels `__path_exclude__`."""
    statics: Place | None = None
    """`static_configs` of Promtail, or another discovery of files."""
    relabels_known: bool = True
    """Whether `relabels` are all steps, and tell which targets they choose."""
    destination: str = ""
    """The id of Alloy's component that pushes the lines; Promtail pushes all to every client."""


@dataclass(frozen=True, slots=True)
class PromtailFile:
    """One Promtail configuration."""

    path: str
    place: Place
    clients: tuple[LogClient, ...]
    jobs: tuple[LogJob, ...]
