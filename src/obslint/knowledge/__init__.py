"""What obslint knows about the world, as data: which component a container image holds, and how it is packed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

Role = Literal[
    "metrics-store",
    "log-store",
    "trace-store",
    "profile-store",
    "dashboards",
    "alert-router",
    "evaluator",
    "scraper",
    "log-shipper",
    "collector",
    "exporter",
    "push-gateway",
    "prober",
    "datastore",
    "object-store",
    "queue",
    "search",
    "proxy",
    "auth",
    "ui",
    "other",
]
Auth = Literal["none", "login", "password", "optional", "unknown"]
Scheme = Literal["http", "https", "grpc", "tcp", "udp"]
Purpose = Literal[
    "ui", "api", "metrics", "push", "protocol", "cluster", "admin", "debug", "health", "sampling", "proxy"
]
When = Literal["always", "optional"]
LinkKind = Literal[
    "remote-write",
    "remote-read",
    "query",
    "alertmanager",
    "log-push",
    "trace-push",
    "otlp",
    "search",
    "datastore",
    "queue",
    "cluster",
    "monitor",
    "render",
    "proxy",
    "ui",
    "other",
]
Serves = Literal[
    "remote-write",
    "remote-read",
    "log-push",
    "alertmanager",
    "prometheus",
    "loki",
    "tempo",
    "jaeger",
    "graphite",
    "logsql",
    "pushgateway",
]
Version = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact that holds from version `since` and before version `until`."""

    since: str | None = None
    until: str | None = None

    def applies_to(self, version: Version | None) -> bool | None:
        """Whether the fact holds for a version; None where the version, or a short one such as `(2,)`, cannot tell."""
        begun = self.since is None or reaches(version, self.since)
        over = self.until is not None and reaches(version, self.until)
        if begun is False or over is True:
            return False
        return None if begun is None or over is None else True


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen(Fact):
    """A port of the container. `always`: each run listens there unless one of `flags`, `env`, `keys` moves it."""

    port: int
    purpose: Purpose
    scheme: Scheme = "http"
    when: When = "optional"
    loopback: bool = False
    push: bool = False
    flags: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def takes_telemetry(self) -> bool:
        """Whether telemetry can be sent to this port as shipped."""
        return self.push or self.purpose == "push"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Fact):
    """Where Prometheus metrics are served."""

    port: int
    path: str
    when: When = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api(Fact):
    """An API of the main port. `paths` are all URL paths that a client may be given for it."""

    serves: Serves
    paths: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix(Fact):
    """What puts a prefix before every path."""

    flags: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalUrl(Fact):
    """What says under which address people open the component: it stands in the notifications of its alerts."""

    flags: tuple[str, ...] = ()
    env: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile(Fact):
    """A config file that the component reads: where the image has it and what names another one."""

    kind: str
    path: str | None = None
    set_by: Literal["binary", "command"] = "binary"
    path_if_command_overridden: str | None = None
    dir: bool = False
    subdir: str | None = None
    argument: str | None = None
    flags: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    expands_env: Literal["never", "always", "partial", "percent", "flag"] | None = None
    expands_env_flag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPath(Fact):
    """State that is lost with the container unless `path` lies on a volume."""

    what: str
    essential: bool
    path: str | None = None
    set_by: Literal["binary", "command", "config"] = "binary"
    path_if_command_overridden: str | None = None
    path_if_config_replaced: str | None = None
    argument: str | None = None
    flags: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    exclusive: bool = False
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin(Fact):
    """An API that changes or steers the component; `can` is what its caller may do.

    It is off until one of `flags`, or of `features` in `--enable-feature`, turns it on; without these it is on, unless
    one of `closed_by` is set.
    """

    can: str
    grave: bool = False
    flags: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    closed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed(Fact):
    """What is gone from version `since` on: flags, features of `--enable-feature`, parts of a configuration.

    It refuses to start with such a flag or part, and ignores such a feature. `harmless`: what the feature did is done
    always.
    """

    flags: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    instead: str | None = None
    harmless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Connects(Fact):
    """Flags and variables that carry an address the component connects to, and what for."""

    kind: LinkKind
    flags: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    form: Literal["url", "host-port", "either", "dsn"] = "url"
    many: bool = False
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a store keeps its data: a duration as the component writes it, `infinite`, or None where unknown."""

    default: str | None
    flags: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A program as its image ships it. The meaning of every field stands at the head of `components.yaml`."""

    id: str
    title: str
    role: Role
    images: tuple[str, ...]
    source: str
    forks: tuple[str, ...] = ()
    auth: Auth = "unknown"
    auth_since: str | None = None
    auth_switches: tuple[str, ...] = ()
    auth_off: tuple[str, ...] = ()
    without_healthcheck: tuple[str, ...] = ()
    exported_by: tuple[str, ...] = ()
    unauthenticated: bool = False
    entrypoint_flag_style: Literal["go", "gnu"] | None = None
    listens: tuple[Listen, ...] = ()
    exporter: Endpoint | None = None
    metrics: Endpoint | None = None
    connects: tuple[Connects, ...] = ()
    apis: tuple[Api, ...] = ()
    prefix: Prefix | None = None
    external_url: ExternalUrl | None = None
    config: tuple[ConfigFile, ...] = ()
    data: tuple[DataPath, ...] = ()
    retention: Retention | None = None
    admin: tuple[Admin, ...] = ()
    removed: tuple[Removed, ...] = ()

    def auth_in(self, version: Version | None) -> Auth:
        """The authentication that this version ships with."""
        begun = self.auth_since is None or reaches(version, self.auth_since)
        return "unknown" if begun is None else self.auth if begun else "none"


ANY_PROGRAM = (
    Connects(
        kind="otlp",
        env=(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
        ),
        form="either",  # the specification wants a URL; SDKs that speak gRPC take `host:port` too
    ),
    Connects(kind="trace-push", env=("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "OTEL_EXPORTER_JAEGER_ENDPOINT")),
)
"""Variables that mean the same in any program: those the OpenTelemetry specification has every SDK read."""


def components() -> Mapping[str, Component]:
    """All components by id; each is built when it is first asked for."""
    return _entries()


@cache
def component_for(repository: str) -> Component | None:
    """The component in an image, by its repository without tag; None for images that are not in the catalogue.

    Only names that the catalogue holds are known: `registry.example.com/proxy/prom/prometheus` may be anything. For a
    fork, what may differ from the original is left out.
    """
    name = normalise_repository(repository)
    if name.startswith("bitnamilegacy/"):  # where Bitnami moved its versioned images on 2025-08-28
        name = "bitnami/" + name.removeprefix("bitnamilegacy/")
    entries = _entries()
    found = entries.id_of(name)
    if found is None:
        return None
    component = entries[found]
    return component if name in component.images else _as_fork(component)


@cache
def spoken_on(port: int) -> Component | None:
    """Whose own protocol a port number stands for by long custom; None where anything known serves HTTP there."""
    found: Component | None = None
    for name in _entries().naming(port):
        component = _entries()[name]
        if port in (endpoint.port for endpoint in (component.metrics, component.exporter) if endpoint):
            return None
        for listen in component.listens:
            if listen.port != port:
                continue
            if listen.scheme in ("http", "https"):
                return None
            if found is None and (listen.scheme, listen.purpose, listen.when) == ("tcp", "protocol", "always"):
                found = component
    return found


def normalise_repository(text: str) -> str:
    """A repository without the registries that serve Docker Hub under other names, and without `library/`."""
    for registry in _DOCKER_HUB:
        if text.startswith(registry):
            text = text.removeprefix(registry)
            break
    return text.removeprefix("library/")


_DOCKER_HUB = (
    "docker.io/",
    "index.docker.io/",
    "registry-1.docker.io/",
    "mirror.gcr.io/",
    "public.ecr.aws/docker/library/",
)
_PARTS = {
    "listens": Listen,
    "exporter": Endpoint,
    "metrics": Endpoint,
    "connects": Connects,
    "apis": Api,
    "prefix": Prefix,
    "external_url": ExternalUrl,
    "config": ConfigFile,
    "data": DataPath,
    "retention": Retention,
    "admin": Admin,
    "removed": Removed,
}
_ENTRY = re.compile(r"^(?=- id: )", re.MULTILINE)
_IMAGES = re.compile(r"^  (?:images|forks):(?: \[([^\]]*)\]|((?:\n    - .+)+))", re.MULTILINE)


class _Entries(Mapping[str, Component]):
    """The entries of `components.yaml`, cut apart by text and parsed one by one.

    A stack holds some ten known images: they take 4 ms, all entries some 25 ms.
    """

    def __init__(self, text: str) -> None:
        _, *entries = _ENTRY.split(text)
        self._texts = {entry[len("- id: ") :].split("\n", 1)[0]: entry for entry in entries}
        self._built: dict[str, Component] = {}
        self._ids = {image: name for name, entry in self._texts.items() for image in _images(entry)}

    def id_of(self, repository: str) -> str | None:
        return self._ids.get(repository)

    def naming(self, port: int) -> list[str]:
        """The entries in which a port of this number is written."""
        written = re.compile(rf"\bport: {port}\b")
        return [name for name, text in self._texts.items() if written.search(text)]

    def __getitem__(self, name: str) -> Component:
        if name not in self._built:
            import yaml

            (raw,) = yaml.load(self._texts[name], Loader=yaml.CSafeLoader)
            self._built[name] = _component(raw)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@cache
def _entries() -> _Entries:
    return _Entries(Path(__file__).with_name("components.yaml").read_text(encoding="utf-8"))


def _images(entry: str) -> Iterator[str]:
    for flow, block in _IMAGES.findall(entry):
        yield from re.findall(r"[^\s,]+", flow or block.replace("\n    - ", " "))


def _component(raw: Mapping[str, Any]) -> Component:
    values: dict[str, Any] = {}
    for key, value in raw.items():
        part = _PARTS.get(key)
        if part is None:
            values[key] = tuple(value) if isinstance(value, list) else value
        elif isinstance(value, list):
            values[key] = tuple(part(**_frozen(item)) for item in value)
        else:
            values[key] = part(**_frozen(value))
    return Component(**values)


def _frozen(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}


def _as_fork(component: Component) -> Component:
    """What still holds for the same program packed by others: role and ports, and the names of flags and keys."""
    return replace(
        component,
        auth="unknown",
        auth_since=None,
        auth_off=(),
        listens=tuple(replace(listen, when="optional", loopback=False) for listen in component.listens),
        config=tuple(replace(file, path=None, path_if_command_overridden=None) for file in component.config),
        data=tuple(
            replace(data, path=None, path_if_command_overridden=None, path_if_config_replaced=None)
            for data in component.data
        ),
        retention=component.retention and replace(component.retention, default=None),
        removed=tuple(removed for removed in component.removed if not removed.parts),
    )


def reaches(version: Version | None, bound: str) -> bool | None:
    """Whether a version is at least `bound`; None where it is unknown, or a short one such as `(2,)` cannot tell."""
    if version is None:
        return None
    parts = tuple(int(part) for part in bound.split("."))
    if len(version) < len(parts) and version == parts[: len(version)]:
        return None if any(parts[len(version) :]) else True  # every 3.x is 3.0 or newer
    return version >= parts
