"""What answers behind an address: on which ports a container listens, and which APIs are there at which paths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from obslint.graph import configs, containers
from obslint.graph.build import Graph
from obslint.graph.exposure import moved_to
from obslint.graph.nodes import Link, Loki, Service
from obslint.graph.resolve import listening, may_listen, sharing
from obslint.knowledge import Api, normalise_repository
from obslint.lang.interpolation import HOLE

# Programs that open the ports their flags and configuration name and no other: no agents inside, no plugins that serve.
_PLAIN = frozenset(
    ("metrics-store", "log-store", "alert-router", "evaluator", "scraper", "exporter", "prober", "push-gateway",
     "dashboards")
)  # fmt: skip
# Config files in which no port or path can be set.
_NO_SERVER = frozenset(
    ("prometheus", "prometheus-web", "vmagent", "rules", "alertmanager", "grafana-datasources", "grafana-dashboards",
     "grafana-alerting")
)  # fmt: skip
# Variables that hold an address for browsers, for redirects or to compare with, to which nothing connects by itself.
_NOT_DIALLED = re.compile(
    r"ORIGIN|CORS|ALLOW|REFERER|CALLBACK|REDIRECT|ROOT_URL|PUBLIC|EXTERNAL|ADVERTIS|ISSUER|BROWSER|FRONTEND|DOMAIN|"
    r"HOSTNAME|SITE|BASE_URL|APP_URL|WEB_URL|SERVER_URL|SELF|LISTEN|BIND|PROXY",
    re.IGNORECASE,
)
# Variables in which telemetry SDKs and clients of the monitoring take the address they connect to.
_TELEMETRY = re.compile(
    r"OTEL_EXPORTER_\w+_ENDPOINT|"
    r"(?:LOKI|PROMETHEUS|PUSHGATEWAY|ALERTMANAGER|TEMPO|JAEGER|ZIPKIN|PYROSCOPE)_(?:\w+_)?(?:URL|ENDPOINT|ADDRESS|HOST)"
)


_known: WeakKeyDictionary[Graph, dict[int, Ports]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on which a container listens, each with the evidence, whichever services share its network.

    `closed` says whether these are all: certainly, likely (False), or unknown (None).
    """

    numbers: Mapping[int, str]
    closed: bool | None
    services: tuple[Service, ...]

    def exclude(self, port: int) -> bool:
        """Whether nothing listens on the port, as far as the ports are known."""
        if port in self.numbers or self.closed is None:
            return False
        return not any(may_listen(service, port) or _probed(service, port) for service in self.services)

    @property
    def listed(self) -> str:
        return ", ".join(str(number) for number in sorted(self.numbers))


def ports(service: Service, graph: Graph) -> Ports:
    """The ports of the container in which a service runs; asked only of a graph that is built."""
    known = _known.setdefault(graph, {})
    if id(service) not in known:
        known[id(service)] = _ports(service, graph)
    return known[id(service)]


def _ports(service: Service, graph: Graph) -> Ports:
    group = sharing(service)
    found: dict[int, str] = {}
    closed: list[bool | None] = [None] if all(_elsewhere(one) for one in group) else []
    for one in group:
        found.update(listening(one))
        settings = _settings(one, graph)
        for name, value in (settings or {}).items():
            if name.endswith("port") and value.isascii() and value.isdigit():
                found.setdefault(int(value), "its configuration")
        closed.append(_closed(one, settings))
    return Ports(found, None if None in closed else all(closed), tuple(group))


def _probed(service: Service, port: int) -> bool:
    """Whether the health check of the service names the port, which so is one of its own."""
    check = service.fact.healthcheck
    words = check.test if check is not None and check.test is not None else ()
    return any(re.search(rf":{port}(?!\d)", word.text) for word in words)


def _elsewhere(service: Service) -> bool:
    """Whether the service runs in the network of something that is not here, or on the host's."""
    return service.network_mode not in ("", "bridge", "default")


def _closed(service: Service, settings: Mapping[str, str] | None) -> bool | None:
    component, image = service.component, service.image
    if service.amended.unknown:
        return None
    if component is None or image is None:
        return False if service.ports or service.fact.expose else None
    version = image.version
    listens = [item for item in component.listens if item.scheme != "udp" and item.applies_to(version) is not False]
    if component.role not in _PLAIN or not any(item.when == "always" for item in listens):
        return None
    if settings is None and any(item.keys for item in listens):
        return None
    if any(-1 in (number for _, number in moved_to(service, item)) for item in listens):
        return None
    if service.scripted or (service.environment_open and any(item.env for item in listens)):
        return None
    return normalise_repository(image.repository) in component.images


def _settings(service: Service, graph: Graph) -> Mapping[str, str] | None:
    """Ports and path prefix of the configuration a service loads, by dotted key; None where it was not read."""
    for loki in graph.all(Loki):
        if loki.service is service:
            return {entry.name.text: entry.value.text for entry in loki.fact.serving if entry.value}
    for config in service.component.config if service.component else ():
        if config.kind in _NO_SERVER:
            continue
        path = configs.config_path(service, config)
        given = service.may_be_set(*config.flags, *config.env)
        if given and path is None:
            return None
        if path is not None and not containers.repository_path(service, path)[1].no:
            return None
    return {}


def offers(service: Service, *wanted: str) -> list[Api] | None:
    """The APIs of these kinds that a known component has; None where that is not known."""
    component = service.component
    if component is None or (not component.apis and component.role != "exporter"):
        return None
    return [api for api in component.apis if api.serves in wanted]


def switched_off(service: Service, api: Api) -> bool | None:
    """Whether an API waits for a flag that is not given; None where the flags are not all known."""
    if not api.flags:
        return False
    for written in api.flags:
        name, _, value = written.partition("=")
        given = [flag.value or "" for flag in service.all_flags(name)]
        if any(HOLE in text for text in given):
            return None
        if value:
            on = any(value in text.split(",") for text in given)
        else:
            on = any(text.lower() not in ("false", "0", "f") for text in given)
        if on:
            return False
    return None if service.scripted or service.amended.unknown else True


def at_path(link: Link, apis: list[Api]) -> bool:
    """Whether the path of a URL is one at which any of these APIs is found; an API whose paths are unknown fits all."""
    path = url_path(link)
    return any(
        not api.paths or any(re.fullmatch(_pattern(item), path) is not None for item in api.paths) for api in apis
    )


def url_path(link: Link) -> str:
    """The path of a link's URL without query, fragment and trailing slashes."""
    return re.split(r"[?#]", link.address.path, maxsplit=1)[0].rstrip("/")


def _pattern(path: str) -> str:
    return re.escape(path.rstrip("/")).replace(r"\*", "[^/]+")


def prefixed(service: Service, graph: Graph) -> bool | None:
    """Whether a prefix stands before every path of a component; None where a configuration that was not read says."""
    prefix = service.component.prefix if service.component else None
    if prefix is None:
        return False
    if service.may_be_set(*prefix.flags, *prefix.env):
        return True
    if not prefix.keys:
        return False
    settings = _settings(service, graph)
    return None if settings is None else any(key in settings for key in prefix.keys)


def dialled(link: Link) -> bool:
    """Whether the client itself connects to the address, as far as a variable's name tells."""
    return link.kind != "variable" or not _NOT_DIALLED.search(link.variable)


def telemetry(link: Link) -> bool:
    """Whether a link sends or reads telemetry: any but a variable, and a variable of an SDK or client."""
    return link.kind != "variable" or bool(_TELEMETRY.fullmatch(link.variable))
