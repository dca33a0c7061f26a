"""What configurations of Beats, Kibana and Elasticsearch say."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Connection, Scalar
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class BeatInput:
    """One item of `filebeat.inputs`, `metricbeat.modules` or `heartbeat.monitors`, or one autodiscover provider."""

    place: Place
    type: Scalar | None
    paths: tuple[Scalar, ...]
    hosts: tuple[Scalar, ...]
    enabled: bool | None = None
    """None where nothing, or a variable, is written."""
    allow_deprecated_use: bool | None = None


@dataclass(frozen=True, slots=True)
class BeatsFile:
    """The configuration of a Beat. Values hold `${NAME}` and `${NAME:default}`, which a Beat always replaces."""

    path: str
    place: Place
    beat: str
    """`filebeat`, `metricbeat` or `heartbeat`."""
    inputs: tuple[BeatInput, ...]
    autodiscover: tuple[BeatInput, ...]
    connections: tuple[Connection, ...]
    """Where the outputs write to, and Kibana for the set-up."""


@dataclass(frozen=True, slots=True)
class KibanaFile:
    """`kibana.yml`."""

    path: str
    place: Place
    server_host: Scalar | None
    server_port: Scalar | None
    connections: tuple[Connection, ...]


@dataclass(frozen=True, slots=True)
class ElasticsearchFile:
    """`elasticsearch.yml`."""

    path: str
    place: Place
    network_host: Scalar | None
    http_port: Scalar | None
    security: Scalar | None
    """`xpack.security.enabled`."""
    data: tuple[Scalar, ...]
    """`path.data`: one directory or, before 9, several."""
    discovery_type: Scalar | None
