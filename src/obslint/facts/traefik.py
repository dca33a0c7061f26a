"""What Traefik's own files say: the static configuration, and the dynamic one of its file provider."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Scalar
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """One entry of `entryPoints`; its address is `[host]:port[/protocol]`."""

    name: Scalar
    address: Scalar | None
    middlewares: tuple[Scalar, ...]
    """Those that every router behind it gets."""


@dataclass(frozen=True, slots=True)
class DockerProvider:
    """`providers.docker` or `providers.swarm`."""

    place: Place
    exposed_by_default: bool | None
    """True where nothing is said."""
    network: Scalar | None


@dataclass(frozen=True, slots=True)
class Metrics:
    """`metrics.prometheus`."""

    place: Place
    entry_point: Scalar | None
    """Where nothing is said, the one called `traefik`, on port 8080."""
    manual_routing: bool


@dataclass(frozen=True, slots=True)
class Router:
    """One entry of `routers`. None for entry points that are not said."""

    name: Scalar
    protocol: str
    rule: Scalar | None
    service: Scalar | None
    entry_points: tuple[Scalar, ...] | None
    middlewares: tuple[Scalar, ...]
    tls: bool


@dataclass(frozen=True, slots=True)
class Service:
    """One entry of `services`: the URLs of its servers, of TCP and UDP their addresses."""

    name: Scalar
    protocol: str
    urls: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Middleware:
    """One entry of `middlewares`, e.g. of type `basicAuth`, as written."""

    name: Scalar
    protocol: str
    type: Scalar
    members: tuple[Scalar, ...]
    """Of a `chain`, what it is made of."""


@dataclass(frozen=True, slots=True)
class TraefikFile:
    """One file of Traefik's. `static` and the dynamic parts do not stand in one file, unless someone is mistaken."""

    path: str
    place: Place
    static: bool
    entry_points: tuple[EntryPoint, ...]
    docker: tuple[DockerProvider, ...]
    files: tuple[Scalar, ...]
    """`filename` and `directory` of the file provider."""
    api: Place | None
    api_insecure: Scalar | None
    metrics: Metrics | None
    routers: tuple[Router, ...]
    services: tuple[Service, ...]
    middlewares: tuple[Middleware, ...]
