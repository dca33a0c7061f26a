"""What a compose file says, before interpolation and before any name is resolved."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Entry, Scalar
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class PortEntry:
    """One item of `ports`: the short syntax in one string, or the long syntax in parts."""

    place: Place
    short: Scalar | None = None
    host_ip: Scalar | None = None
    published: Scalar | None = None
    target: Scalar | None = None
    protocol: Scalar | None = None


@dataclass(frozen=True, slots=True)
class MountEntry:
    """One item of `volumes`, short or long."""

    place: Place
    short: Scalar | None = None
    type: Scalar | None = None
    source: Scalar | None = None
    target: Scalar | None = None


@dataclass(frozen=True, slots=True)
class FileUse:
    """One item of a service's `configs` or `secrets`."""

    place: Place
    source: Scalar
    target: Scalar | None


@dataclass(frozen=True, slots=True)
class NetworkJoin:
    """One network that a service joins, by its key in the file."""

    network: Scalar
    aliases: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One entry of `services`."""

    name: Scalar
    image: Scalar | None
    build: bool
    entrypoint: tuple[Scalar, ...] | None
    command: tuple[Scalar, ...] | None
    environment: tuple[Entry, ...]
    env_files: tuple[Scalar, ...]
    ports: tuple[PortEntry, ...]
    expose: tuple[Scalar, ...]
    networks: tuple[NetworkJoin, ...] | None
    network_mode: Scalar | None
    mounts: tuple[MountEntry, ...]
    tmpfs: tuple[Scalar, ...]
    configs: tuple[FileUse, ...]
    secrets: tuple[FileUse, ...]
    container_name: Scalar | None
    hostname: Scalar | None
    extra_hosts: tuple[Scalar, ...]
    links: tuple[Scalar, ...]
    """`links` and `external_links`, each `container[:alias]`."""
    own_dns: bool
    """Whether `dns` or `dns_search` has names resolved beyond Docker."""
    labels: tuple[Entry, ...]
    profiles: tuple[Scalar, ...]
    borrowed: bool
    """Whether `extends` takes parts from a service that is not written here."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One entry of the top-level `networks`, `volumes`, `configs` or `secrets`."""

    key: Scalar
    name: Scalar | None
    external: bool
    internal: bool = False
    """Of a network: without a way out of the host, and so without published ports."""
    file: Scalar | None = None
    device: Scalar | None = None


@dataclass(frozen=True, slots=True)
class ComposeFile:
    """One compose file."""

    path: str
    name: Scalar | None
    services: tuple[Service, ...]
    networks: tuple[Declaration, ...]
    volumes: tuple[Declaration, ...]
    configs: tuple[Declaration, ...]
    secrets: tuple[Declaration, ...]
    includes: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class EnvFile:
    """An env file's assignments."""

    path: str
    entries: tuple[Entry, ...]
