"""Compose facts to services: interpolated values, real network names, ports, mounts, and how others reach them."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from collections.abc import Mapping

from obslint.facts import compose as facts
from obslint.facts.common import Entry, Scalar
from obslint.graph import builds, containers, nodes
from obslint.graph.answers import Answer, no, unknown
from obslint.graph.project import Library, Project
from obslint.graph.scope import Read, Scope
from obslint.graph.views import View, incomplete
from obslint.knowledge import component_for, normalise_repository
from obslint.lang import flags, images, mounts, ports, shellwords
from obslint.lang.interpolation import HOLE

_SHELLS = frozenset(("sh", "bash", "ash", "/bin/sh", "/bin/bash", "/bin/ash", "/usr/bin/env"))
_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,5}(?![0-9])")


def build_stack(view: View, project: Project, library: Library, tree: containers.Tree) -> nodes.Stack:
    """The stack of one invocation."""
    model, read = project.model, project.scope.read
    name = project.name
    declared = {item.key.text: item for item in model.networks}
    undeclared = [
        join.network.text
        for service in model.services
        for join in service.networks or ()
        if join.network.text not in declared and join.network.text != "default"
    ]
    stack = nodes.Stack(
        name=view.name,
        directory=view.directory,
        files=view.files,
        included=project.included,
        evidence=view.evidence,
        certain=view.certain,
        compose=model,
        project=name,
        named=project.named,
        run_with=view.group,
        external_volumes=frozenset(_real_name(item, name, read) for item in model.volumes if item.external),
        gateways=frozenset(
            gateway for item in model.networks for subnet in item.subnets if (gateway := _gateway(read(subnet).text))
        ),
        internal_networks=frozenset(_real_name(item, name, read) for item in model.networks if item.internal),
        external_networks=frozenset(_real_name(item, name, read) for item in model.networks if item.external),
    )
    also = {
        service.name.text for path in view.companions for file in library.compose[path] for service in file.services
    }
    missing = incomplete((model,))
    stack.whole = not (project.open or tree.unseen or missing)
    if project.open or tree.unseen:
        stack.open_names = unknown(project.open or tree.unseen)
    elif missing:
        stack.open_names = unknown(f"service `{missing}` has no image here: the file is merged with another")
    elif undeclared:
        stack.open_names = unknown(f"network `{undeclared[0]}` is not declared here: the file is merged with another")
    for fact in model.services:
        amended = (
            unknown("another compose file of the project also writes this service")
            if fact.name.text in also
            else unknown("`extends` takes parts from a service that was not read")
            if fact.name.text in project.unfollowed
            else no()
        )
        image = builds.built(fact.build, project.scope, library.dockerfiles, tree)
        stack.services[fact.name.text] = _service(stack, fact, declared, project.scope, library, amended, image)
    _share_networks(stack)
    _name(stack, declared, read)
    return stack


def _gateway(subnet: str) -> str | None:
    """The address that Docker gives the host in a subnet unless told otherwise: its first."""
    try:
        network = ipaddress.ip_network(subnet, strict=False)
    except ValueError:
        return None
    return str(network[1]) if network.num_addresses > 2 else None


def _real_name(item: facts.Declaration, project: str, read: Read) -> str:
    if item.name is not None:
        return read(item.name).text
    return item.key.text if item.external else f"{project}_{item.key.text}"


def definitions(stack: nodes.Stack, project: Project) -> list[nodes.Definition]:
    """The networks and volumes that a stack declares."""
    joined: set[str] = set()
    for fact in project.model.services:
        joined.update(join.network.text for join in fact.networks or ())
        if fact.networks is None and fact.network_mode is None:
            joined.add("default")
    mounted = {
        mount.source for service in stack.services.values() for mount in service.mounts if mount.kind == "volume"
    }
    return [
        nodes.Definition(
            stack=stack,
            place=item.key.place,
            kind=kind,
            key=item.key.text,
            name=_real_name(item, stack.project, project.scope.read),
            external=item.external,
            given=item.name.place if item.name else None,
            used=item.key.text in used,
        )
        for kind, items, used in (
            ("network", project.model.networks, joined),
            ("volume", project.model.volumes, mounted),
        )
        for item in items
    ]


def _network(join: facts.NetworkJoin, project: str, declared: Mapping[str, facts.Declaration], read: Read) -> str:
    """The real name of a network that a service joins."""
    item = declared.get(join.network.text)
    return _real_name(item, project, read) if item else f"{project}_{join.network.text}"


def _service(
    stack: nodes.Stack,
    fact: facts.Service,
    declared: Mapping[str, facts.Declaration],
    scope: Scope,
    library: Library,
    amended: Answer,
    built: builds.Built | None,
) -> nodes.Service:
    read = scope.read
    image = images.parse(read(fact.image).text) if fact.image else None
    known = image if not fact.build else None
    if built is not None and built.base is not None:
        fact = built.service(fact)
        image = known = images.parse(built.base)
    component = component_for(normalise_repository(known.repository)) if known else None
    mode = read(fact.network_mode).text if fact.network_mode else ""
    joined = fact.networks or (facts.NetworkJoin(Scalar("default", fact.name.place), ()),)
    networks = set()
    if not mode:
        for join in joined:
            networks.add(_network(join, stack.project, declared, read))
    words, scripted = _words(fact, read)
    variables, environment_open = _environment(fact, scope, library)
    service = nodes.Service(
        stack=stack,
        place=fact.name.place,
        name=fact.name.text,
        fact=fact,
        image=image,
        component=component,
        flags=words,
        scripted=scripted,
        environment=variables,
        environment_open=environment_open,
        networks=frozenset(networks),
        network_mode=mode,
        names={},
        amended=amended,
        numbers=frozenset(),
    )
    if fact.logging is not None and fact.logging.driver is not None:
        service.log_driver = read(fact.logging.driver).known
    service.numbers = _numbers(service)
    service.ports.extend(_port(service, entry, read) for entry in fact.ports)
    service.mounts.extend(_mounts(stack, service, fact, scope))
    service.carried.extend(
        nodes.Mount(stack, item.written.place, service, "copy", item.source, item.target, item.written.place, True)
        for item in (built.carried if built else ())
    )
    return service


def _numbers(service: nodes.Service) -> frozenset[int]:
    fact = service.fact
    words = [word.text for word in (*(fact.entrypoint or ()), *(fact.command or ()))]
    words += [variable.value for variable in service.environment.values() if variable.value is not None]
    words = [word for word in words if "://" not in word]  # a URL is for others to call
    if fact.healthcheck is not None:
        words += [word.text for word in fact.healthcheck.test or ()]
    return frozenset(number for word in words for text in _NUMBER.findall(word) if (number := int(text)) < 65536)


def _environment(fact: facts.Service, scope: Scope, library: Library) -> tuple[dict[str, nodes.Variable], bool]:
    """A container's variables, those of its env files first, and whether some of these could not be read."""
    found: dict[str, nodes.Variable] = {}
    unread = False
    for use in fact.env_files:
        path = scope.read(use.path).known
        file = library.env.get(scope.path(path, use.path)) if path else None
        unread = unread or file is None
        for entry in file.entries if file else ():
            found[entry.name.text] = _variable(entry, scope)
    for entry in fact.environment:
        found[entry.name.text] = _variable(entry, scope)
    return found, unread


def _variable(entry: Entry, scope: Scope) -> nodes.Variable:
    if entry.value is None:
        return nodes.Variable(entry.name.text, None, entry.name.place, entry.name.place)
    read = scope.read(entry.value)
    return nodes.Variable(entry.name.text, read.known, entry.value.place, entry.name.place, read.defaulted)


def _words(fact: facts.Service, read: Read) -> tuple[tuple[nodes.Flag, ...], bool]:
    """The flags of entrypoint and command, also those inside a shell script, and whether a shell is involved."""
    written = [*(fact.entrypoint or ()), *(fact.command or ())]
    words: list[tuple[str, Scalar, int]] = []
    for scalar in written:
        text = read(scalar).text
        inner = shellwords.split(text) if any(char in text for char in " \n") and not text.startswith("-") else []
        if inner:
            words.extend((word, scalar, start) for word, start, _ in inner)
        else:
            words.append((text, scalar, 0))
    scripted = any(word in _SHELLS or word.endswith(".sh") for word, _, _ in words)
    found = []
    for name, value, index, offset in flags.parse([word for word, _, _ in words]):
        _, scalar, start = words[index]
        # A value may be a word of its own.
        spelt, named, first = words[index - 1 if value is not None and not offset else index]
        dashes = len(spelt) - len(spelt.lstrip("-"))
        word = named.place
        if "$" not in named.text:
            word = word.part(first, first + dashes + len(name), len(named.text))
        place = scalar.place
        if value is not None and "$" not in scalar.text:
            place = place.part(start + offset, start + offset + len(value), len(scalar.text))
        found.append(nodes.Flag(name, value, place, word, dashes, read(scalar).defaulted))
    return tuple(found), scripted


def _port(service: nodes.Service, entry: facts.PortEntry, read: Read) -> nodes.Port:
    if entry.short is not None:
        result = read(entry.short)
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
            protocol=mapping.protocol.lower(),
            host_given=mapping.published_given,
            defaulted=result.defaulted,
            written=entry.short.text,
        )
    parts = {
        name: read(value) if value else None
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
        protocol=read(entry.protocol).text.lower() if entry.protocol else "tcp",
        host_given=published is not None,
        defaulted=any(part is not None and part.defaulted for part in parts.values()),
        written=None,
        swarm=entry.mode is not None,
    )


def _mounts(stack: nodes.Stack, service: nodes.Service, fact: facts.Service, scope: Scope) -> list[nodes.Mount]:
    read = scope.read
    volumes = {item.key.text: item for item in stack.compose.volumes} if stack.compose else {}
    found = []
    for entry in fact.mounts:
        if entry.short is not None:
            parts = mounts.parse(read(entry.short).text)
            place = entry.short.place
            if parts is None:
                found.append(nodes.Mount(stack, place, service, "bind", None, None, place, False))
                continue
            kind = "bind" if parts.is_path or HOLE in (parts.source or "") else "volume"
            source: str | None = parts.source
            target: str | None = parts.target
            read_only = parts.read_only
            if "$" not in entry.short.text and parts.source:
                place = place.within(0, len(parts.source))
        else:
            source = read(entry.source).text if entry.source else None
            target = posixpath.normpath(read(entry.target).text) if entry.target else None
            kind = entry.type.text if entry.type else "volume"
            place = entry.source.place if entry.source else entry.place
            read_only = entry.read_only
        known = HOLE not in (source or "") and HOLE not in (target or HOLE)
        if kind == "bind" and source and known:
            source = scope.path(source, entry.short or entry.source or fact.name)
        name = ""
        if kind == "volume" and source:
            name = (
                _real_name(volumes[source], stack.project, read) if source in volumes else f"{stack.project}_{source}"
            )
        found.append(nodes.Mount(stack, entry.place, service, kind, source, target, place, known, read_only, name))
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
            file = read(item.file).known if item and item.file else None
            target = use.target.text if use.target else default + use.source.text
            if not target.startswith("/"):
                target = default + target
            source = scope.path(file, item.file) if item and item.file and file else None
            place = item.file.place if item and item.file else use.place
            found.append(nodes.Mount(stack, use.place, service, kind, source, target, place, source is not None))
    return found


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


def _name(stack: nodes.Stack, declared: Mapping[str, facts.Declaration], read: Read) -> None:
    """Names that resolve inside networks: service key, aliases, container name and hostname (Docker 25 and later).

    Several services may bear one name: `names` then lists it for each of them. An alias holds on its own network only.
    A name that a variable decides keeps its `HOLE`.
    """
    for service in stack.services.values():
        fact = service.fact
        if service.network_mode:
            continue
        everywhere = [fact.name.text]
        if fact.container_name is None:
            everywhere.extend(f"{stack.project}-{fact.name.text}-{index}" for index in (1, 2, 3))
        everywhere.extend(read(part).text for part in (fact.container_name, fact.hostname) if part is not None)
        for name in everywhere:
            service.names[name.lower()] = service.networks
        for join in fact.networks or ():
            network = frozenset((_network(join, stack.project, declared, read),))
            for alias in join.aliases:
                name = read(alias).text.lower()
                service.names[name] = service.names.get(name, frozenset()) | network
