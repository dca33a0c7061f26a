"""What answers behind an address: on which ports a container listens, and which APIs are there at which paths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from obslint.findings import Place
from obslint.graph import configs, containers
from obslint.graph.build import Graph
from obslint.graph.exposure import moved_to
from obslint.graph.nodes import Link, Loki, Service
from obslint.graph.resolve import listening, sharing
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


@dataclass(slots=True)
class _Known:
    """What was found out of the services of one graph, by their identity."""

    ports: dict[int, Ports] = field(default_factory=dict)
    variables: dict[int, dict[Place, str]] = field(default_factory=dict)


_known: WeakKeyDictionary[Graph, _Known] = WeakKeyDictionary()


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
        return not any(_named(service, port) or _probed(service, port) for service in self.services)

    @property
    def listed(self) -> str:
        return ", ".join(str(number) for number in sorted(self.numbers))


def ports(service: Service, graph: Graph) -> Ports:
    """The ports of the container in which a service runs; asked only of a graph that is built."""
    known = _known.setdefault(graph, _Known()).ports
    if id(service) not in known:
        found = _ports(service, graph)
        known.update((id(one), found) for one in found.services)
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


def _named(service: Service, port: int) -> bool:
    """Whether the command or a variable of the service names the port, so that it may be told to listen there."""
    number = re.compile(rf"(?<!\d){port}(?!\d)")
    words = [word.text for word in (*(service.fact.entrypoint or ()), *(service.fact.command or ()))]
    words += [variable.value for variable in service.environment.values() if variable.value is not None]
    return any(number.search(word) for word in words if "://" not in word)  # a URL is for others to call


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


def way_to(server: Service, client: Service, number: int | None) -> str:
    """How a client reaches a service by another name than one that does not lead to it, as advice."""
    port = f":{number}" if number else ""
    kind, _, owner = server.network_mode.partition(":")
    if kind == "service":
        return f"use `{owner}{port}`"
    if kind == "host":
        return (
            f"use `host.docker.internal{port}`, and give `{client.name}` the line "
            '`extra_hosts: ["host.docker.internal:host-gateway"]`'
        )
    if server.networks & client.networks:
        return f"use `{server.name}{port}`"
    return f"put `{server.name}` on a network of `{client.name}`"


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


def variable_of(link: Link, graph: Graph) -> str:
    """The environment variable that holds the address; empty for any other link."""
    client = link.client
    if link.kind != "variable" or client is None:
        return ""
    known = _known.setdefault(graph, _Known()).variables
    if id(client) not in known:
        known[id(client)] = {variable.place: variable.name for variable in client.environment.values()}
    return known[id(client)].get(link.written.place, "")


def dialled(link: Link, graph: Graph) -> bool:
    """Whether the client itself connects to the address, as far as a variable's name tells."""
    return link.kind != "variable" or not _NOT_DIALLED.search(variable_of(link, graph))


def telemetry(link: Link, graph: Graph) -> bool:
    """Whether a link sends or reads telemetry: any but a variable, and a variable of an SDK or client."""
    return link.kind != "variable" or bool(_TELEMETRY.fullmatch(variable_of(link, graph)))


def certain(link: Link) -> bool:
    """Whether the client uses the address for sure; who reads a variable is not known."""
    return link.certain and link.kind != "variable"
