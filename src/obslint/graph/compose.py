"""Compose facts to services: interpolated values, real network names, ports, mounts, and how others reach them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from obslint.facts import compose as facts
from obslint.facts.common import Scalar
from obslint.graph import nodes
from obslint.graph.answers import Answer, no, unknown
from obslint.knowledge import component_for, normalise_repository
from obslint.lang import flags, images, mounts, ports, shellwords
from obslint.lang.interpolation import HOLE, interpolate

_SHELLS = frozenset(("sh", "bash", "ash", "/bin/sh", "/bin/bash", "/bin/ash", "/usr/bin/env"))
_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,5}(?![0-9])")
_NOT_PROJECT = re.compile(r"[^-_a-z0-9]")


def project_name(file: facts.ComposeFile, environment: Mapping[str, str]) -> str:
    """The name Compose prefixes to networks and volumes: `name:`, COMPOSE_PROJECT_NAME, or the directory's name."""
    written = interpolate(file.name.text, environment).known if file.name else environment.get("COMPOSE_PROJECT_NAME")
    directory = Path(file.path).absolute().parent.name
    return _NOT_PROJECT.sub("", (written or directory).lower()).lstrip("-_")


def incomplete(file: facts.ComposeFile) -> str:
    """The first service that the file alone cannot run, so that it must be merged with another; else empty."""
    return next(
        (
            service.name.text
            for service in file.services
            if service.image is None and not service.build and service.extends is None
        ),
        "",
    )


def build_stack(
    file: facts.ComposeFile, siblings: Sequence[facts.ComposeFile], environment: Mapping[str, str]
) -> nodes.Stack:
    """The stack of one compose file; `siblings` are the files that may be merged with it."""
    project = project_name(file, environment)
    declared = {item.key.text: item for item in file.networks}
    undeclared = [
        join.network.text
        for service in file.services
        for join in service.networks or ()
        if join.network.text not in declared and join.network.text != "default"
    ]
    stack = nodes.Stack(
        name=file.path,
        directory=posixpath.dirname(file.path),
        compose=file,
        project=project,
        internal_networks=frozenset(_real_name(item, project, environment) for item in file.networks if item.internal),
        external_networks=frozenset(_real_name(item, project, environment) for item in file.networks if item.external),
    )
    also = {service.name.text for sibling in siblings for service in sibling.services}
    missing = incomplete(file)
    if file.includes:
        stack.open_names = unknown("the compose file includes others")
    elif missing:
        stack.open_names = unknown(f"service `{missing}` has no image here: the file is merged with another")
    elif undeclared:
        stack.open_names = unknown(f"network `{undeclared[0]}` is not declared here: the file is merged with another")
    for fact in file.services:
        amended = (
            unknown("another compose file of the project also writes this service")
            if fact.name.text in also
            else unknown("`extends` takes parts from another service")
            if fact.extends is not None
            else no()
        )
        stack.services[fact.name.text] = _service(stack, fact, declared, environment, amended)
    _share_networks(stack)
    _name(stack, declared, environment)
    return stack


def _real_name(item: facts.Declaration, project: str, environment: Mapping[str, str]) -> str:
    if item.name is not None:
        return interpolate(item.name.text, environment).text
    return item.key.text if item.external else f"{project}_{item.key.text}"


def _network(
    join: facts.NetworkJoin, project: str, declared: Mapping[str, facts.Declaration], environment: Mapping[str, str]
) -> str:
    """The real name of a network that a service joins."""
    item = declared.get(join.network.text)
    return _real_name(item, project, environment) if item else f"{project}_{join.network.text}"


def _service(
    stack: nodes.Stack,
    fact: facts.Service,
    declared: Mapping[str, facts.Declaration],
    environment: Mapping[str, str],
    amended: Answer,
) -> nodes.Service:
    image = images.parse(interpolate(fact.image.text, environment).text) if fact.image else None
    component = component_for(normalise_repository(image.repository)) if image and not fact.build else None
    mode = interpolate(fact.network_mode.text, environment).text if fact.network_mode else ""
    joined = (
        fact.networks if fact.networks is not None else (facts.NetworkJoin(Scalar("default", fact.name.place), ()),)
    )
    networks = set()
    if not mode:
        for join in joined:
            networks.add(_network(join, stack.project, declared, environment))
    words, scripted = _words(fact, environment)
    service = nodes.Service(
        stack=stack,
        place=fact.name.place,
        name=fact.name.text,
        fact=fact,
        image=image,
        component=component,
        flags=words,
        scripted=scripted,
        environment={
            entry.name.text: nodes.Variable(
                entry.name.text,
                None if entry.value is None else interpolate(entry.value.text, environment).known,
                entry.value.place if entry.value else entry.name.place,
            )
            for entry in fact.environment
        },
        environment_open=bool(fact.env_files),
        networks=frozenset(networks),
        network_mode=mode,
        names={},
        amended=amended,
        numbers=frozenset(),
    )
    service.numbers = _numbers(service)
    service.ports.extend(_port(service, entry, environment) for entry in fact.ports)
    service.mounts.extend(_mounts(stack, service, fact, environment))
    return service


def _numbers(service: nodes.Service) -> frozenset[int]:
    fact = service.fact
    words = [word.text for word in (*(fact.entrypoint or ()), *(fact.command or ()))]
    words += [variable.value for variable in service.environment.values() if variable.value is not None]
    words = [word for word in words if "://" not in word]  # a URL is for others to call
    if fact.healthcheck is not None:
        words += [word.text for word in fact.healthcheck.test or ()]
    return frozenset(number for word in words for text in _NUMBER.findall(word) if (number := int(text)) < 65536)


def _words(fact: facts.Service, environment: Mapping[str, str]) -> tuple[tuple[nodes.Flag, ...], bool]:
    """The flags of entrypoint and command, also those inside a shell script, and whether a shell is involved."""
    written = [*(fact.entrypoint or ()), *(fact.command or ())]
    words: list[tuple[str, Scalar, int]] = []
    for scalar in written:
        text = interpolate(scalar.text, environment).text
        inner = shellwords.split(text) if any(char in text for char in " \n") and not text.startswith("-") else []
        if inner:
            words.extend((word, scalar, start) for word, start, _ in inner)
        else:
            words.append((text, scalar, 0))
    scripted = any(word in _SHELLS or word.endswith(".sh") for word, _, _ in words)
    found = []
    for name, value, index, offset in flags.parse([word for word, _, _ in words]):
        _, scalar, start = words[index]
        place = scalar.place
        if value is not None and "$" not in scalar.text and place.inside is None:
            place = place.within(start + offset, start + offset + len(value))
        found.append(nodes.Flag(name, value, place))
    return tuple(found), scripted


def _port(service: nodes.Service, entry: facts.PortEntry, environment: Mapping[str, str]) -> nodes.Port:
    if entry.short is not None:
        result = interpolate(entry.short.text, environment)
        mapping = ports.parse_mapping(result.text)
        if mapping is None:
            mapping = ports.PortMapping(HOLE, None, None, "tcp", True)
        return nodes.Port(
            stack=service.stack,
            place=entry.place,
            service=service,
            container=mapping.target,
            host=mapping.published,
            host_ip=mapping.host_ip,
            protocol=mapping.protocol,
            host_given=mapping.published_given,
            defaulted=result.defaulted,
            written=entry.short.text,
        )
    parts = {
        name: interpolate(value.text, environment) if value else None
        for name, value in (("ip", entry.host_ip), ("published", entry.published), ("target", entry.target))
    }
    ip, published, target = parts["ip"], parts["published"], parts["target"]
    return nodes.Port(
        stack=service.stack,
        place=entry.published.place if entry.published else entry.target.place if entry.target else entry.place,
        service=service,
        container=ports.parse_range(target.text) if target else None,
        host=ports.parse_range(published.text) if published else None,
        host_ip=ip.text if ip else None,
        protocol=entry.protocol.text if entry.protocol else "tcp",
        host_given=published is not None,
        defaulted=any(part is not None and part.defaulted for part in parts.values()),
        written=None,
    )


def _mounts(
    stack: nodes.Stack, service: nodes.Service, fact: facts.Service, environment: Mapping[str, str]
) -> list[nodes.Mount]:
    found = []
    for entry in fact.mounts:
        if entry.short is not None:
            parts = mounts.parse(interpolate(entry.short.text, environment).text)
            place = entry.short.place
            if parts is None:
                found.append(nodes.Mount(stack, place, service, "bind", None, None, place, False))
                continue
            kind = "bind" if parts.is_path or HOLE in (parts.source or "") else "volume"
            source: str | None = parts.source
            target: str | None = parts.target
            if "$" not in entry.short.text and parts.source:
                place = place.within(0, len(parts.source))
        else:
            source = interpolate(entry.source.text, environment).text if entry.source else None
            target = interpolate(entry.target.text, environment).text if entry.target else None
            kind = entry.type.text if entry.type else "volume"
            place = entry.source.place if entry.source else entry.place
        known = HOLE not in (source or "") and HOLE not in (target or HOLE)
        if kind == "bind" and source and known:
            source = host_path(stack.directory, source)
        found.append(nodes.Mount(stack, entry.place, service, kind, source, target, place, known))
    found.extend(
        nodes.Mount(stack, tmpfs.place, service, "tmpfs", None, tmpfs.text.split(":")[0], tmpfs.place, True)
        for tmpfs in fact.tmpfs
    )
    compose = stack.compose
    for kind, uses, declarations, default in (
        ("config", fact.configs, compose.configs if compose else (), "/"),
        ("secret", fact.secrets, compose.secrets if compose else (), "/run/secrets/"),
    ):
        declared = {item.key.text: item for item in declarations}
        for use in uses:
            item = declared.get(use.source.text)
            file = interpolate(item.file.text, environment).known if item and item.file else None
            target = use.target.text if use.target else default + use.source.text
            if not target.startswith("/"):
                target = default + target
            source = host_path(stack.directory, file) if file else None
            place = item.file.place if item and item.file else use.place
            found.append(nodes.Mount(stack, use.place, service, kind, source, target, place, source is not None))
    return found


def host_path(directory: str, source: str) -> str:
    """A bind's source as a path from the working directory; absolute and home paths stay as they are."""
    if source.startswith(("/", "~")) or ":" in source[:3]:
        return source
    return posixpath.normpath(posixpath.join(directory, source.replace("\\", "/")))


def _share_networks(stack: nodes.Stack) -> None:
    """`network_mode: service:x` uses the networks, and so the names, of x."""
    for service in stack.services.values():
        seen = {service.name}
        other = service
        while other.network_mode.startswith("service:"):
            target = stack.services.get(other.network_mode.removeprefix("service:"))
            if target is None or target.name in seen:
                break
            seen.add(target.name)
            other = target
        if other is not service:
            service.networks = other.networks


def _name(stack: nodes.Stack, declared: Mapping[str, facts.Declaration], environment: Mapping[str, str]) -> None:
    """Names that resolve inside networks: service key, aliases, container name and hostname (Docker 25 and later).

    Several services may bear one name: `names` then lists it for each of them. An alias holds on its own network only.
    A name that a variable decides keeps its `HOLE`.
    """
    for service in stack.services.values():
        fact = service.fact
        if service.network_mode:
            continue
        everywhere = [fact.name.text, *(f"{stack.project}-{fact.name.text}-{index}" for index in (1, 2, 3))]
        everywhere.extend(
            interpolate(part.text, environment).text
            for part in (fact.container_name, fact.hostname)
            if part is not None
        )
        for name in everywhere:
            service.names[name.lower()] = service.networks
        for join in fact.networks or ():
            network = frozenset((_network(join, stack.project, declared, environment),))
            for alias in join.aliases:
                name = interpolate(alias.text, environment).text.lower()
                service.names[name] = service.names.get(name, frozenset()) | network


__all__ = ["build_stack", "host_path", "incomplete", "project_name"]
