"""What a Tempo configuration says."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Connection, Entry, Listener, Scalar
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class TempoFile:
    """One Tempo configuration: where it listens, where state lies, how long blocks are kept."""

    path: str
    place: Place
    http_port: Scalar | None
    grpc_port: Scalar | None
    listeners: tuple[Listener, ...]
    """Receivers. Where no endpoint is written, the host is `localhost` since Tempo 2.7 and every address before."""
    backend: Scalar | None
    directories: tuple[Entry, ...]
    """Directories the configuration sets, by dotted key."""
    block_retention: Scalar | None
    compacted_block_retention: Scalar | None
    override_retention: Scalar | None
    """`overrides.defaults.compaction.block_retention`, which takes precedence for every tenant."""
    generator: Place | None
    """`metrics_generator`."""
    remote_writes: tuple[Connection, ...]
    processors: tuple[Scalar, ...]
    """Processors of the generator that the overrides turn on for every tenant."""
    overrides_file: Scalar | None
    """A file with overrides per tenant, which may turn on more."""
