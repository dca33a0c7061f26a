"""What a compose file says, before interpolation and before any name is resolved."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Entry, Scalar
from obslint.findings import KeyPath, Place


@dataclass(frozen=True, slots=True)
class PortEntry:
    """One item of `ports`: the short syntax in one string, or the long syntax in parts."""

    place: Place
    short: Scalar | None = None
    host_ip: Scalar | None = None
    published: Scalar | None = None
    target: Scalar | None = None
    protocol: Scalar | None = None
    mode: Scalar | None = None
    """`host` or `ingress`, which only a swarm tells apart."""


@dataclass(frozen=True, slots=True)
class MountEntry:
    """One item of `volumes`, short or long."""

    place: Place
    short: Scalar | None = None
    type: Scalar | None = None
    source: Scalar | None = None
    target: Scalar | None = None
    read_only: bool = False
    subpath: Scalar | None = None


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
class Build:
    """How a service's image is built. Without a context it is the project directory."""

    place: Place
    context: Scalar | None
    dockerfile: Scalar | None
    target: Scalar | None
    inline: bool
    """Whether the Dockerfile stands in the compose file itself."""


@dataclass(frozen=True, slots=True)
class Extends:
    """Whose settings a service starts from: a service of the same file, or of another."""

    service: Scalar
    file: Scalar | None


@dataclass(frozen=True, slots=True)
class Dependency:
    """One entry of `depends_on`; without a condition it is `service_started`."""

    service: Scalar
    condition: Scalar | None
    required: bool
    bare: bool
    """Whether it stands in a list, which says all of it: started, and required."""


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """A health check; `test` is None where only its timing is written, and the image's own command stands."""

    place: Place
    test: tuple[Scalar, ...] | None
    shell: bool
    """Whether `test` is one string, which a shell runs."""
    disable: bool | None

    @property
    def disabled(self) -> bool:
        return self.disable is True or bool(self.test and self.test[0].text == "NONE")


@dataclass(frozen=True, slots=True)
class Logging:
    """What becomes of a container's output; without a driver the daemon's own holds, `json-file` as Docker comes."""

    place: Place
    driver: Scalar | None
    options: tuple[Entry, ...]

    def option(self, name: str) -> Scalar | None:
        return next((entry.value for entry in self.options if entry.name.text == name), None)


@dataclass(frozen=True, slots=True)
class EnvFileUse:
    """One item of `env_file`. One that is not required may be missing."""

    path: Scalar
    required: bool


@dataclass(frozen=True, slots=True)
class Service:
    """One entry of `services`; merged from several files, each part keeps the place it came from."""

    name: Scalar
    image: Scalar | None
    build: Build | None
    extends: Extends | None
    entrypoint: tuple[Scalar, ...] | None
    command: tuple[Scalar, ...] | None
    environment: tuple[Entry, ...]
    env_files: tuple[EnvFileUse, ...]
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
    extra_hosts: tuple[Entry, ...]
    """Name → address of the container's own hosts file."""
    links: tuple[Scalar, ...]
    """`links` and `external_links`, each `container[:alias]`."""
    own_dns: bool
    """Whether `dns` or `dns_search` has names resolved beyond Docker."""
    labels: tuple[Entry, ...]
    profiles: tuple[Scalar, ...]
    depends_on: tuple[Dependency, ...]
    healthcheck: Healthcheck | None
    replicas: Scalar | None
    """`deploy.replicas` or `scale`."""
    working_dir: Scalar | None = None
    logging: Logging | None = None
    memory_limit: Scalar | None = None
    """`mem_limit` or `deploy.resources.limits.memory`."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One entry of the top-level `networks`, `volumes`, `configs` or `secrets`."""

    key: Scalar
    name: Scalar | None
    external: bool
    external_place: Place | None = None
    internal: bool = False
    """Of a network: without a way out of the host, and so without published ports."""
    file: Scalar | None = None
    content: Scalar | None = None
    """Of a config or secret: its text, in the compose file itself."""
    driver: Scalar | None = None
    options: tuple[Entry, ...] = ()
    """`driver_opts`; of the local volume driver `type`, `o` and `device`."""
    subnets: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class Include:
    """One item of `include`: files merged into a project of their own, whose parts this file then has, too."""

    place: Place
    paths: tuple[Scalar, ...]
    project_directory: Scalar | None
    env_files: tuple[Scalar, ...]


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
    includes: tuple[Include, ...]
    tags: tuple[tuple[KeyPath, str], ...] = ()
    """Where `!reset` and `!override` stand."""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """An env file's assignments."""

    path: str
    entries: tuple[Entry, ...]
