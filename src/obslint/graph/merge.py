"""Compose facts of several files to those of one, as Compose merges `-f` files and `extends`.

What Compose does (its Specification, "Merge", and the reference implementation, tried): scalars and commands are
replaced, lists grow and lose their duplicates, mappings are merged key by key, `volumes`, `configs` and `secrets` by
their path in the container. `!reset` empties what was there, `!override` replaces it. Each value keeps the place it
came from.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from obslint.facts import compose as facts
from obslint.facts.common import Entry, Scalar
from obslint.findings import KeyPath
from obslint.graph.scope import Scope
from obslint.lang import mounts, ports

T = TypeVar("T")

_RESET, _OVERRIDE = "!reset", "!override"

# The keys of a service whose later value takes the place of the earlier one.
_REPLACED = {
    "image": "image",
    "extends": "extends",
    "entrypoint": "entrypoint",
    "command": "command",
    "network_mode": "network_mode",
    "container_name": "container_name",
    "hostname": "hostname",
    "working_dir": "working_dir",
    "deploy": "replicas",
    "scale": "replicas",
    "mem_limit": "memory_limit",
}
# The keys of a service whose items are merged by their names, or grow; the fields they are read into.
_GROWING = {
    "environment": "environment",
    "env_file": "env_files",
    "ports": "ports",
    "expose": "expose",
    "networks": "networks",
    "volumes": "mounts",
    "tmpfs": "tmpfs",
    "configs": "configs",
    "secrets": "secrets",
    "extra_hosts": "extra_hosts",
    "links": "links",
    "labels": "labels",
    "profiles": "profiles",
    "depends_on": "depends_on",
}
_REPLACING = frozenset(("environment", "labels", "networks", "mounts", "depends_on", "configs", "secrets", "ports"))
"""Fields in which a later item takes the place of an earlier one; elsewhere one that is there already is dropped."""
_OPTIONAL = frozenset(("networks",))
"""Fields for which nothing said differs from an empty list."""


class Tags:
    """The `!reset` and `!override` of a file, by the path they stand at."""

    def __init__(self, file: facts.ComposeFile) -> None:
        self._tags = dict(file.tags)
        self._below: dict[KeyPath, list[tuple[str | int, str]]] = defaultdict(list)
        for path, tag in self._tags.items():
            self._below[path[:-1]].append((path[-1], tag))

    def get(self, path: KeyPath) -> str | None:
        return self._tags.get(path)

    def below(self, path: KeyPath, wanted: str) -> set[str | int]:
        """The keys of a mapping that bear a tag."""
        return {key for key, tag in self._below.get(path, ()) if tag == wanted}


def merge(base: facts.ComposeFile, over: facts.ComposeFile, scope: Scope) -> facts.ComposeFile:
    """`over` on top of `base`; `base` keeps the path."""
    tags = Tags(over)
    return replace(
        base,
        name=over.name or base.name,
        services=_named(
            base.services,
            over.services,
            ("services",),
            tags,
            lambda service: service.name.text,
            lambda one, two: merge_service(one or _blank(two), two, scope, tags, ("services", two.name.text)),
        ),
        networks=_declarations(base.networks, over.networks, "networks", tags),
        volumes=_declarations(base.volumes, over.volumes, "volumes", tags),
        configs=_declarations(base.configs, over.configs, "configs", tags),
        secrets=_declarations(base.secrets, over.secrets, "secrets", tags),
        includes=(*base.includes, *over.includes),
        tags=(),
    )


def _blank(service: facts.Service) -> facts.Service:
    """A service of that name of which nothing is said."""
    nothing: dict[str, Any] = dict.fromkeys(_GROWING.values(), ())
    nothing.update(dict.fromkeys((*_REPLACED.values(), *_OPTIONAL, "build", "healthcheck", "logging")))
    return replace(service, own_dns=False, **nothing)


def settle(file: facts.ComposeFile, scope: Scope) -> facts.ComposeFile:
    """A file alone: what it resets itself is gone, and what a list holds twice is there once."""
    nothing = facts.ComposeFile(file.path, None, (), (), (), (), (), ())
    return merge(nothing, file, scope)


def _named(
    base: Sequence[T],
    over: Sequence[T],
    at: KeyPath,
    tags: Tags,
    name: Callable[[T], str],
    join: Callable[[T | None, T], T],
) -> tuple[T, ...]:
    """Two lists of named things: those of both are joined, new ones with nothing."""
    found = {name(item): item for item in base}
    if tags.get(at) == _RESET:
        return ()
    if tags.get(at) == _OVERRIDE:
        found = {}
    for item in over:
        tag = tags.get((*at, name(item)))
        if tag == _RESET:
            found.pop(name(item), None)
        else:
            found[name(item)] = join(None if tag == _OVERRIDE else found.get(name(item)), item)
    return tuple(found.values())


def _declarations(
    base: Sequence[facts.Declaration], over: Sequence[facts.Declaration], kind: str, tags: Tags
) -> tuple[facts.Declaration, ...]:
    return _named(base, over, (kind,), tags, lambda item: item.key.text, _declaration)


def _declaration(base: facts.Declaration | None, over: facts.Declaration) -> facts.Declaration:
    if base is None:
        return over
    return replace(
        base,
        name=over.name or base.name,
        external=over.external if over.external_place else base.external,
        external_place=over.external_place or base.external_place,
        internal=base.internal or over.internal,
        file=over.file or base.file,
        content=over.content or base.content,
        driver=over.driver or base.driver,
        options=_entries(base.options, over.options),
        subnets=(*base.subnets, *over.subnets),
    )


def merge_service(base: facts.Service, over: facts.Service, scope: Scope, tags: Tags, at: KeyPath) -> facts.Service:
    """One service on top of another; the name is that of `base`. `tags` are those of the file of `over`."""
    changes: dict[str, Any] = {}
    for key, field in _REPLACED.items():
        if tags.get((*at, key)) == _RESET:
            changes[field] = None
        elif getattr(over, field) is not None:
            changes[field] = getattr(over, field)
    for key, field in _GROWING.items():
        tag = tags.get((*at, key))
        mine, theirs = getattr(base, field), getattr(over, field)
        if tag == _RESET:
            changes[field] = None if field in _OPTIONAL else ()
        elif theirs is not None:
            changes[field] = _grow(field, () if tag == _OVERRIDE else mine or (), theirs, scope)
        dropped, replaced = tags.below((*at, key), _RESET), tags.below((*at, key), _OVERRIDE)
        if dropped or replaced:
            kept = changes.get(field, mine) or ()
            named = {_key(field, item, scope): item for item in theirs or ()}
            changes[field] = tuple(
                named.get(_key(field, item, scope), item) if str(_key(field, item, scope)) in replaced else item
                for item in kept
                if str(_key(field, item, scope)) not in dropped
            )
    changes["build"] = _build(base.build, over.build, tags.get((*at, "build")))
    changes["healthcheck"] = _healthcheck(base.healthcheck, over.healthcheck, tags, (*at, "healthcheck"))
    changes["logging"] = _logging(base.logging, over.logging, tags, (*at, "logging"))
    changes["own_dns"] = base.own_dns or over.own_dns
    return replace(base, **changes)


def extend(service: facts.Service, base: facts.Service, scope: Scope, tags: Tags) -> facts.Service:
    """`service` with everything of `base` that it does not say itself; the name and its place are its own."""
    merged = merge_service(base, service, scope, tags, ("services", service.name.text))
    return replace(merged, name=service.name, extends=base.extends)


def _grow(field: str, base: Sequence[Any], over: Sequence[Any], scope: Scope) -> tuple[Any, ...]:
    found = {_key(field, item, scope): item for item in base}
    for item in over:
        key = _key(field, item, scope)
        earlier = found.get(key)
        if isinstance(item, facts.Dependency) and earlier is not None and not item.bare:
            required = item.required and earlier.required
            found[key] = facts.Dependency(item.service, item.condition or earlier.condition, required, False)
        elif field == "networks" and earlier is not None:
            aliases = {alias.text: alias for alias in (*earlier.aliases, *item.aliases)}
            found[key] = facts.NetworkJoin(earlier.network, tuple(aliases.values()))
        elif earlier is None or field in _REPLACING:
            found[key] = item
    return tuple(found.values())


def _key(field: str, item: Any, scope: Scope) -> Hashable:
    """What makes two items of a list the same to Compose."""
    if isinstance(item, Scalar):
        return scope.read(item).text
    if isinstance(item, Entry):
        name = scope.read(item.name).text
        return (name, item.value and item.value.text) if field == "extra_hosts" else name
    if isinstance(item, facts.NetworkJoin):
        return item.network.text
    if isinstance(item, facts.Dependency):
        return item.service.text
    if isinstance(item, facts.EnvFileUse):
        return scope.path(scope.read(item.path).text, item.path)
    if isinstance(item, facts.PortEntry):
        return _port_key(item, scope)
    if isinstance(item, facts.MountEntry):
        return _mount_key(item, scope)
    if isinstance(item, facts.FileUse):
        default = "/run/secrets/" if field == "secrets" else "/"
        return scope.read(item.target).text if item.target else default + scope.read(item.source).text
    raise TypeError(f"{type(item).__name__} is no item of a service's lists")


def _port_key(item: facts.PortEntry, scope: Scope) -> Hashable:
    if item.short is not None:
        mapping = ports.parse_mapping(scope.read(item.short).text)
        if mapping is None or mapping.target is None:
            return scope.read(item.short).text
        return (
            mapping.host_ip or "0.0.0.0",
            str(mapping.published or ""),
            str(mapping.target),
            mapping.protocol.lower(),
        )
    parts = [scope.read(part).text if part else "" for part in (item.host_ip, item.published, item.target)]
    parts[0] = parts[0] or "0.0.0.0"
    return (*parts, scope.read(item.protocol).text.lower() if item.protocol else "tcp")


def _mount_key(item: facts.MountEntry, scope: Scope) -> Hashable:
    if item.short is not None:
        parts = mounts.parse(scope.read(item.short).text)
        return parts.target if parts else scope.read(item.short).text
    return posixpath.normpath(scope.read(item.target).text) if item.target else item.place


def _entries(base: Sequence[Entry], over: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple({entry.name.text: entry for entry in (*base, *over)}.values())


def _build(base: facts.Build | None, over: facts.Build | None, tag: str | None) -> facts.Build | None:
    if tag == _RESET:
        return None
    if base is None or over is None or tag == _OVERRIDE:
        return over or base
    return facts.Build(
        over.place,
        over.context or base.context,
        over.dockerfile or base.dockerfile,
        over.target or base.target,
        over.inline or base.inline,
    )


def _healthcheck(
    base: facts.Healthcheck | None, over: facts.Healthcheck | None, tags: Tags, at: KeyPath
) -> facts.Healthcheck | None:
    if tags.get(at) == _RESET:
        return None
    if base is None or over is None or tags.get(at) == _OVERRIDE:
        return over or base
    if over.test is None and tags.get((*at, "test")) != _RESET:
        over = replace(over, test=base.test, shell=base.shell)
    return replace(over, disable=base.disable if over.disable is None else over.disable)


def _logging(base: facts.Logging | None, over: facts.Logging | None, tags: Tags, at: KeyPath) -> facts.Logging | None:
    """Options are merged only where both are of one driver, or one names none."""
    if tags.get(at) == _RESET:
        return None
    if base is None or over is None or tags.get(at) == _OVERRIDE:
        return over or base
    if base.driver and over.driver and base.driver.text != over.driver.text:
        return over
    return facts.Logging(over.place, over.driver or base.driver, _entries(base.options, over.options))
