"""What an OpenTelemetry Collector configuration says. Jaeger 2 reads the same format."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Connection, Listener, Scalar
from obslint.facts.prometheus import ScrapeJob
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class Component:
    """A declared receiver, processor, exporter, connector or extension.

    `group` is the section's key, e.g. `receivers`; `id` is its key there, `type` or `type/name`.
    """

    group: str
    id: Scalar
    type: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One entry of `service.pipelines`. What the file does not write is None: another file may add it."""

    id: Scalar
    signal: str
    receivers: tuple[Scalar, ...] | None
    processors: tuple[Scalar, ...] | None
    exporters: tuple[Scalar, ...] | None


@dataclass(frozen=True, slots=True)
class Scraper:
    """A `prometheus` receiver and its scrape jobs, as Prometheus reads them: `$$` is already `$`."""

    part: str
    jobs: tuple[ScrapeJob, ...]
    open: bool
    """Whether targets come from elsewhere too: a target allocator or `scrape_config_files`."""


@dataclass(frozen=True, slots=True)
class MemoryLimiter:
    """A `memory_limiter` processor."""

    part: str
    place: Place
    check_interval: Scalar | None
    limit_mib: Scalar | None
    limit_percentage: Scalar | None
    spike_limit_mib: Scalar | None
    spike_limit_percentage: Scalar | None


@dataclass(frozen=True, slots=True)
class PullReader:
    """A reader of `service.telemetry.metrics` that serves Prometheus."""

    place: Place
    host: Scalar | None
    port: Scalar | None


@dataclass(frozen=True, slots=True)
class OwnMetrics:
    """`service.telemetry.metrics`: the collector's metrics about itself, on port 8888 where nothing else is written."""

    place: Place
    level: Scalar | None
    address: Scalar | None
    readers: tuple[PullReader, ...] | None
    """None where the file has no `readers`."""


@dataclass(frozen=True, slots=True)
class OtelFile:
    """One configuration, or a part of one: a collector merges all files it is started with.

    Values hold `${env:NAME}` and `${NAME}`, which a collector always replaces.
    """

    path: str
    place: Place
    components: tuple[Component, ...]
    opaque: tuple[str, ...]
    """Sections in which no mapping stands, e.g. `receivers: ${file:receivers.yaml}`: what they declare is unknown."""
    pipelines: tuple[Pipeline, ...]
    extensions: tuple[Scalar, ...]
    """`service.extensions`: those that run."""
    listeners: tuple[Listener, ...]
    """Of every part that is declared, whether or not it is used. Where no endpoint is written, the host is `localhost`
    since 0.104 and every address before; Jaeger's own extensions differ by its releases."""
    connections: tuple[Connection, ...]
    scrapers: tuple[Scraper, ...]
    memory_limiters: tuple[MemoryLimiter, ...]
    own_metrics: OwnMetrics | None
