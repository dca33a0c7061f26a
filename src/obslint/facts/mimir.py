"""What Mimir configurations and object store files of Thanos say."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Connection, Entry, Scalar
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class MimirFile:
    """One Mimir configuration."""

    path: str
    place: Place
    target: Scalar | None
    multitenancy: Scalar | None
    http_port: Scalar | None
    grpc_port: Scalar | None
    backends: tuple[Entry, ...]
    """Storage backends, by dotted key."""
    directories: tuple[Entry, ...]
    """Directories the configuration sets, by dotted key."""
    connections: tuple[Connection, ...]
    retention: Scalar | None
    """`limits.compactor_blocks_retention_period`."""
    rules_directory: Scalar | None


@dataclass(frozen=True, slots=True)
class ObjectStoreFile:
    """The bucket a Thanos component keeps blocks in."""

    path: str
    place: Place
    type: Scalar
    bucket: Scalar | None
    endpoint: Scalar | None
    directory: Scalar | None
    """Of the type `FILESYSTEM`."""
