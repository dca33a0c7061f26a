"""Reverse proxies: which services nginx and Traefik show to the world, and whether anyone asks who comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from obslint.facts import nginx
from obslint.facts.common import Scalar
from obslint.facts.traefik import TraefikFile
from obslint.graph import containers, metrics, nodes
from obslint.graph.resolve import Names
from obslint.lang import traefik
from obslint.lang.interpolation import HOLE, interpolate

_NGINX_DIRECTORY = "/etc/nginx/"
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Traefik's middlewares that let only some in, in lower case as labels have them.
_GUARDS = frozenset(("basicauth", "digestauth", "forwardauth", "ipallowlist", "ipwhitelist"))
_MAX_LOCATIONS = 2_000


def nginx_links(
    service: nodes.Service, files: Mapping[str, nginx.NginxFile], names: Names
) -> Iterator[tuple[nodes.Link, nodes.PublicRoute | None]]:
    """Where an nginx passes requests on to, each with the way from outside that this opens."""
    loaded = [
        file
        for path, file in files.items()
        if any(shown.startswith(_NGINX_DIRECTORY) for shown in containers.container_paths(service, path))
    ]
    upstreams = {upstream.name.text: upstream.servers for file in loaded for upstream in file.upstreams}
    for file in loaded:
        for server in file.servers:
            entry = _entry(service, [listen.port for listen in server.listens] or [80])
            for location, passed in _passes(server):
                guarded = location.guarded if location else server.guarded
                path = location.path.text if location else ""
                for written in _targets(passed, upstreams):
                    link = metrics.link(service.stack, "proxy", service, written, names)
                    if link is None:
                        continue
                    route = None
                    if link.server is not None:
                        port = link.address.port or _DEFAULT_PORTS.get(link.address.scheme)
                        route = nodes.PublicRoute(
                            service.stack, written.place, service, link.server, port, path, guarded, entry
                        )
                    yield link, route


def _passes(server: nginx.Server) -> Iterator[tuple[nginx.Location | None, nginx.Pass]]:
    yield from ((None, passed) for passed in server.passes)
    waiting = list(reversed(server.locations))
    for _ in range(_MAX_LOCATIONS):
        if not waiting:
            return
        location = waiting.pop()
        waiting.extend(reversed(location.locations))
        if location.returns is None and not location.internal:
            yield from ((location, passed) for passed in location.passes)


def _targets(passed: nginx.Pass, upstreams: Mapping[str, Sequence[Scalar]]) -> Iterator[Scalar]:
    """The addresses that a request is passed on to: one, or those of the upstream that is named."""
    if passed.target is None or HOLE in passed.target or "$" in passed.target:
        return
    scheme, separator, rest = passed.target.partition("://")
    host = (rest if separator else scheme).split("/", 1)[0]
    if host in upstreams:
        for server in upstreams[host]:
            if not server.text.startswith("unix:"):
                yield server
        return
    place = (
        passed.value.place
        if passed.target == passed.value.text
        else passed.value.place.within(0, len(passed.value.text))
    )
    if not host.startswith("unix:"):
        yield Scalar(passed.target, place)


def _entry(proxy: nodes.Service, ports: Sequence[int | None]) -> nodes.Port | None:
    """A port of the proxy that is published to the world, among those it listens on."""
    return next(
        (
            port
            for port in proxy.ports
            if port.public is True and port.container and any(number in port.container for number in ports if number)
        ),
        None,
    )


def traefik_routes(proxy: nodes.Service, config: TraefikFile | None) -> Iterator[nodes.PublicRoute]:
    """The services of its stack that a Traefik shows by their labels."""
    flags = {flag.name.lower(): flag.value for flag in proxy.flags}
    docker = any(name.startswith(("providers.docker", "providers.swarm")) for name in flags) or bool(
        config and config.docker
    )
    if not docker:
        return
    by_default = flags.get("providers.docker.exposedbydefault", "true") != "false"
    if config is not None and config.docker:
        by_default = config.docker[0].exposed_by_default is not False
    entry = next((port for port in proxy.ports if port.public is True), None)
    entry_guarded = any(".http.middlewares" in name for name in flags) or any(
        point.middlewares for point in (config.entry_points if config else ())
    )
    for service in proxy.stack.services.values():
        written = {label.name.text: label for label in service.fact.labels}
        texts = {name: label.value.text if label.value else "" for name, label in written.items()}
        found = traefik.labels({name: interpolate(text, {}).text for name, text in texts.items()})
        enabled = found.enable.value.lower() == "true" if found.enable else by_default
        if service is proxy or not enabled:
            continue
        ports = [one.port.value for one in found.services.values() if one.port is not None]
        for router in found.routers.values():
            label = written.get(router.rule.label if router.rule else router.label)
            if router.protocol != "http" or label is None:
                continue
            guarded = _guarded(router.middlewares, found.middlewares)
            yield nodes.PublicRoute(
                stack=service.stack,
                place=label.value.place if label.value else label.name.place,
                proxy=proxy,
                server=service,
                port=int(ports[0]) if len(ports) == 1 and ports[0].isdigit() else None,
                path=router.rule.value.replace(HOLE, "…") if router.rule else "",
                guarded=None if guarded is False and entry_guarded else guarded,
                entry=entry,
            )


def _guarded(used: Sequence[str], known: Mapping[str, tuple[str, str]]) -> bool | None:
    """Whether one of a router's middlewares lets only some in; None where one is defined elsewhere."""
    types = [known.get(name.partition("@")[0], ("", ""))[0] for name in used]
    if any(type_ in _GUARDS for type_ in types):
        return True
    return None if any(type_ in ("", "chain", "plugin") for type_ in types) else False
