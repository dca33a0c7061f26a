"""Traefik's static and dynamic configuration in YAML. What it refuses in them is not judged here: it has no schema."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts import traefik as facts
from obslint.facts.common import Scalar
from obslint.kinds.kind import Kind, scalar, scalars
from obslint.parse import Cursor

_STATIC = frozenset(
    ("global", "serverstransport", "tcpserverstransport", "entrypoints", "providers", "api", "metrics", "ping", "log",
     "accesslog", "tracing", "hostresolver", "certificatesresolvers", "experimental", "core", "spiffe", "pilot", "ocsp",
     "acme")
)  # fmt: skip
_PROVIDERS = frozenset(
    ("docker", "swarm", "file", "kubernetesingress", "kubernetescrd", "kubernetesgateway", "rest", "rancher",
     "marathon", "consulcatalog", "nomad", "ecs", "consul", "etcd", "zookeeper", "redis", "http", "plugin",
     "providersthrottleduration")
)  # fmt: skip
_DYNAMIC = frozenset(("http", "tcp", "udp", "tls"))
_SECTIONS = frozenset(("routers", "services", "middlewares", "serverstransports", "models"))


def _get(cursor: Cursor, *keys: str) -> Cursor:
    """The value below; Traefik takes keys in any case."""
    for key in keys:
        if key in cursor:
            cursor = cursor.get(key)
            continue
        cursor = next((value for name, value in cursor.pairs() if name.lower() == key.lower()), cursor.get(key))
    return cursor


def recognise(root: Cursor) -> str | None:
    keys = {key.lower() for key, _ in root.pairs()}
    if keys and all(key in _DYNAMIC or key.startswith("x-") for key in keys) and _dynamic(root):
        return "`routers`, `services` or `middlewares` of Traefik"
    if not keys <= _STATIC | {key for key in keys if key.startswith("x-")}:
        return None
    points = [point for _, point in _get(root, "entryPoints").pairs()]
    if points and all(not point or isinstance(point.value, dict) for point in points):
        return "`entryPoints`" if any(_get(point, "address") for point in points) else None
    providers = {key.lower() for key, _ in _get(root, "providers").pairs()}
    return "`providers` of Traefik" if providers and providers <= _PROVIDERS and len(keys) > 1 else None


def _dynamic(root: Cursor) -> bool:
    """Whether sections have the names that Traefik gives them, and hold what it reads."""
    sections = [
        (name.lower(), section) for protocol in ("http", "tcp", "udp") for name, section in _get(root, protocol).pairs()
    ]
    if not sections or not all(name in _SECTIONS for name, _ in sections):
        return False
    return any(
        _get(entry, "rule") or _get(entry, "loadBalancer") or _get(entry, "weighted") or name == "middlewares"
        for name, section in sections
        for _, entry in section.pairs()
    )


def outline(keys: frozenset[str], text: str) -> bool:
    return "entryPoints" in keys and "address:" in text and {key.lower() for key in keys} <= _STATIC


def extract(root: Cursor) -> facts.TraefikFile:
    metrics, api = _get(root, "metrics", "prometheus"), _get(root, "api")
    return facts.TraefikFile(
        path=root.document.path,
        place=root.place,
        static=any(key.lower() in _STATIC for key, _ in root.pairs()),
        entry_points=tuple(
            facts.EntryPoint(
                Scalar(name, point.key),
                scalar(_get(point, "address")),
                scalars(_get(point, "http", "middlewares")),
            )
            for name, point in _get(root, "entryPoints").pairs()
        ),
        docker=tuple(
            _docker(provider)
            for name, provider in _get(root, "providers").pairs()
            if name.lower() in ("docker", "swarm") and provider.flag is not False
        ),
        files=tuple(
            found
            for key in ("filename", "directory")
            if (found := scalar(_get(root, "providers", "file", key))) is not None
        ),
        api=api.key if _written(root, "api") and api.flag is not False else None,
        api_insecure=scalar(_get(api, "insecure")),
        metrics=facts.Metrics(
            metrics.key, scalar(_get(metrics, "entryPoint")), _get(metrics, "manualRouting").flag is True
        )
        if _written(_get(root, "metrics"), "prometheus") and metrics.flag is not False
        else None,
        routers=tuple(_router(name, protocol, item) for protocol, name, item in _entries(root, "routers")),
        services=tuple(_service(name, protocol, item) for protocol, name, item in _entries(root, "services")),
        middlewares=tuple(
            facts.Middleware(
                Scalar(name, entry.key), protocol, Scalar(kind, item.key), scalars(_get(item, "middlewares"))
            )
            for protocol, name, entry in _entries(root, "middlewares")
            for kind, item in entry.pairs()
        ),
    )


def _written(cursor: Cursor, key: str) -> bool:
    """Whether a key stands there, if only with nothing behind it, which switches a part on all the same."""
    return any(name.lower() == key for name, _ in cursor.pairs())


def _docker(provider: Cursor) -> facts.DockerProvider:
    exposed = _get(provider, "exposedByDefault")
    return facts.DockerProvider(provider.key, exposed.flag if exposed else True, scalar(_get(provider, "network")))


def _entries(root: Cursor, section: str) -> Iterator[tuple[str, str, Cursor]]:
    """Protocol, name and value of each entry of a section."""
    for protocol in ("http", "tcp", "udp"):
        for name, item in _get(root, protocol, section).pairs():
            yield protocol, name, item


def _router(name: str, protocol: str, item: Cursor) -> facts.Router:
    points = _get(item, "entryPoints")
    return facts.Router(
        name=Scalar(name, item.key),
        protocol=protocol,
        rule=scalar(_get(item, "rule")),
        service=scalar(_get(item, "service")),
        entry_points=scalars(points) if points else None,
        middlewares=scalars(_get(item, "middlewares")),
        tls=_written(item, "tls") and _get(item, "tls").flag is not False,
    )


def _service(name: str, protocol: str, item: Cursor) -> facts.Service:
    urls = (
        scalar(_get(server, "url" if protocol == "http" else "address"))
        for server in _get(item, "loadBalancer", "servers").items()
    )
    return facts.Service(Scalar(name, item.key), protocol, tuple(url for url in urls if url is not None))


KIND = Kind("traefik", "Traefik", recognise, extract, outline)
