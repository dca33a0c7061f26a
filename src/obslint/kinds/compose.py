"""Compose files: services, networks, volumes, and the files they hand to containers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from obslint.facts import compose as facts
from obslint.facts.common import Entry, Scalar
from obslint.findings import KeyPath
from obslint.kinds import compose_checks
from obslint.kinds.kind import Kind, entries, scalar, scalars
from obslint.lang import shellwords
from obslint.parse import Cursor

_TOP_KEYS = frozenset(("version", "name", "include", "services", "networks", "volumes", "configs", "secrets", "models"))
_SERVICE_KEYS = frozenset(
    ("image", "build", "extends", "command", "entrypoint", "ports", "expose", "environment", "env_file", "volumes",
     "depends_on", "networks", "network_mode", "container_name", "restart", "healthcheck", "logging", "deploy",
     "profiles", "configs", "secrets", "labels")
)  # fmt: skip
_DECLARATIONS = ("networks", "volumes", "configs", "secrets")
_MERGE_TAGS = ("!reset", "!override")
_NAME = re.compile(r"(?:\A|/)(?:docker-)?compose[^/]*\Z", re.IGNORECASE)


def recognise(root: Cursor) -> str | None:
    """Other programs have `services` too: their files have other keys at the top, which Compose refuses."""
    services = root.get("services")
    if not isinstance(root.value, dict):
        return None
    named = _NAME.search(root.document.path) is not None
    if not (services or root.get("include")):
        declares = any(isinstance(root.get(key).value, dict) for key in _DECLARATIONS)
        return "its name and what it declares" if named and declares and _only_compose(root.value.keys()) else None
    if not _only_compose(root.value.keys()) and not named:
        return None
    known = [name for name, service in services.pairs() if any(key in service for key in _SERVICE_KEYS)]
    if known:
        return f"`services` with {known[0]}"
    if named and all(isinstance(service.value, dict) for _, service in services.pairs()):
        return "its name and `services`" if services else "its name and `include`"
    return None


def outline(keys: frozenset[str], text: str) -> bool:
    if "services" not in keys or not ("image:" in text or "build:" in text):
        return False
    return _only_compose(keys) or ("container_name:" in text and "apiVersion" not in keys)


def _only_compose(keys: Iterable[str]) -> bool:
    return all(key in _TOP_KEYS or key.startswith("x-") for key in keys)


def extract(root: Cursor) -> facts.ComposeFile:
    return facts.ComposeFile(
        path=root.document.path,
        name=scalar(root.get("name")),
        services=tuple(_service(name, service) for name, service in root.get("services").pairs()),
        networks=_declarations(root.get("networks")),
        volumes=_declarations(root.get("volumes")),
        configs=_declarations(root.get("configs")),
        secrets=_declarations(root.get("secrets")),
        includes=tuple(_include(item) for item in root.get("include").items()),
        tags=(
            *(_tags(root) if any(tag in root.document.text.text for tag in _MERGE_TAGS) else ()),
            # Empty, these bring the image's own back, unlike any other empty value (tried with Compose 2.40).
            *(
                (("services", name, key), "!reset")
                for name, service in root.get("services").pairs()
                for key in ("command", "entrypoint")
                if key in service and not service.get(key)
            ),
        ),
    )


def _tags(cursor: Cursor, depth: int = 8) -> Iterator[tuple[KeyPath, str]]:
    tag = cursor.document.tag(cursor.at)
    if tag in _MERGE_TAGS:
        yield cursor.at, tag
    elif depth:
        for _, value in cursor.pairs():
            yield from _tags(value, depth - 1)


def _include(item: Cursor) -> facts.Include:
    written = item.get("path") if isinstance(item.value, dict) else item
    return facts.Include(
        item.place, scalars(written), scalar(item.get("project_directory")), scalars(item.get("env_file"))
    )


def _service(name: str, service: Cursor) -> facts.Service:
    return facts.Service(
        name=Scalar(name, service.key),
        image=scalar(service.get("image")),
        build=_build(service.get("build")),
        extends=_extends(service.get("extends")),
        entrypoint=_command(service.get("entrypoint")),
        command=_command(service.get("command")),
        environment=entries(service.get("environment")),
        env_files=tuple(
            facts.EnvFileUse(path, item.get("required").flag is not False)
            for item in service.get("env_file").each()
            if (path := scalar(item.get("path") if isinstance(item.value, dict) else item)) is not None
        ),
        ports=tuple(_port(item) for item in service.get("ports").items()),
        expose=scalars(service.get("expose")),
        networks=_networks(service.get("networks")),
        network_mode=scalar(service.get("network_mode")),
        mounts=(
            *(_mount(item) for item in service.get("volumes").items()),
            # What another container's volumes show, and where, is not followed.
            *(facts.MountEntry(place=item.place) for item in service.get("volumes_from").items()),
        ),
        tmpfs=scalars(service.get("tmpfs")),
        configs=_uses(service.get("configs")),
        secrets=_uses(service.get("secrets")),
        container_name=scalar(service.get("container_name")),
        hostname=scalar(service.get("hostname")),
        extra_hosts=tuple(_host(entry) for entry in entries(service.get("extra_hosts"), ":")),
        links=(*scalars(service.get("links")), *scalars(service.get("external_links"))),
        own_dns=bool(service.get("dns") or service.get("dns_search")),
        labels=entries(service.get("labels")),
        profiles=scalars(service.get("profiles")),
        depends_on=_dependencies(service.get("depends_on")),
        healthcheck=_healthcheck(service.get("healthcheck")),
        replicas=scalar(service.get("deploy", "replicas")) or scalar(service.get("scale")),
        working_dir=scalar(service.get("working_dir")),
        logging=_logging(service.get("logging")),
        memory_limit=scalar(service.get("mem_limit")) or scalar(service.get("deploy", "resources", "limits", "memory")),
    )


def _host(entry: Entry) -> Entry:
    """An extra host, which may also be written `name=address`."""
    name, equals, rest = entry.name.text.partition("=")
    if not equals:
        return entry
    length = len(entry.name.text)
    place = entry.name.place.part(len(name) + 1, length, length)
    # An IPv6 address has colons, at the first of which the item was cut: its rest is not needed to tell the host by.
    return Entry(Scalar(name, entry.name.place.part(0, len(name), length)), Scalar(rest, place))


def _build(cursor: Cursor) -> facts.Build | None:
    if not cursor:
        return None
    if not isinstance(cursor.value, dict):
        return facts.Build(cursor.place, scalar(cursor), None, None, False)
    return facts.Build(
        cursor.key,
        scalar(cursor.get("context")),
        scalar(cursor.get("dockerfile")),
        scalar(cursor.get("target")),
        bool(cursor.get("dockerfile_inline")),
    )


def _extends(cursor: Cursor) -> facts.Extends | None:
    service = scalar(cursor.get("service") if isinstance(cursor.value, dict) else cursor)
    return facts.Extends(service, scalar(cursor.get("file"))) if service is not None else None


def _dependencies(cursor: Cursor) -> tuple[facts.Dependency, ...]:
    listed = scalars(cursor) if isinstance(cursor.value, list) else ()
    found = [facts.Dependency(name, None, True, True) for name in listed]
    found.extend(
        facts.Dependency(
            Scalar(name, entry.key), scalar(entry.get("condition")), entry.get("required").flag is not False, False
        )
        for name, entry in cursor.pairs()
    )
    return tuple(found)


def _healthcheck(cursor: Cursor) -> facts.Healthcheck | None:
    if not isinstance(cursor.value, dict):
        return None
    test = cursor.get("test")
    words = scalars(test) if test else None
    return facts.Healthcheck(
        place=cursor.key,
        test=words,
        shell=not isinstance(test.value, list) or bool(words and words[0].text == "CMD-SHELL"),
        disable=cursor.get("disable").flag,
    )


def _logging(cursor: Cursor) -> facts.Logging | None:
    if not isinstance(cursor.value, dict):
        return None
    return facts.Logging(cursor.key, scalar(cursor.get("driver")), entries(cursor.get("options")))


def _command(cursor: Cursor) -> tuple[Scalar, ...] | None:
    """A command as the words a container is started with; None where the image's own stands."""
    if not cursor:
        return None
    if isinstance(cursor.value, list):
        return scalars(cursor)
    text = cursor.text or ""
    return tuple(Scalar(word, cursor.place.within(start, end)) for word, start, end in shellwords.split(text))


def _port(item: Cursor) -> facts.PortEntry:
    if isinstance(item.value, dict):
        return facts.PortEntry(
            place=item.place,
            host_ip=scalar(item.get("host_ip")),
            published=scalar(item.get("published")),
            target=scalar(item.get("target")),
            protocol=scalar(item.get("protocol")),
            mode=scalar(item.get("mode")),
        )
    return facts.PortEntry(place=item.place, short=scalar(item))


def _mount(item: Cursor) -> facts.MountEntry:
    if isinstance(item.value, dict):
        return facts.MountEntry(
            place=item.place,
            type=scalar(item.get("type")),
            source=scalar(item.get("source")),
            target=scalar(item.get("target")),
            read_only=item.get("read_only").flag is True,
            subpath=scalar(item.get("volume", "subpath")),
        )
    return facts.MountEntry(place=item.place, short=scalar(item))


def _networks(cursor: Cursor) -> tuple[facts.NetworkJoin, ...] | None:
    """The networks a service joins; None where it says nothing and so joins `default`."""
    if not cursor:
        return None
    joins = [facts.NetworkJoin(name, ()) for name in scalars(cursor)] if isinstance(cursor.value, list) else []
    joins.extend(
        facts.NetworkJoin(Scalar(name, entry.key), scalars(entry.get("aliases"))) for name, entry in cursor.pairs()
    )
    return tuple(joins)


def _uses(cursor: Cursor) -> tuple[facts.FileUse, ...]:
    uses = []
    for item in cursor.items():
        source = scalar(item.get("source") if isinstance(item.value, dict) else item)
        if source is not None:
            uses.append(facts.FileUse(item.place, source, scalar(item.get("target"))))
    return tuple(uses)


def _declarations(cursor: Cursor) -> tuple[facts.Declaration, ...]:
    return tuple(
        facts.Declaration(
            key=Scalar(key, entry.key),
            name=scalar(entry.get("name")) or scalar(entry.get("external", "name")),
            external=bool(entry.get("external")) and entry.get("external").flag is not False,
            external_place=entry.get("external").key if "external" in entry else None,
            internal=entry.get("internal").flag is True,
            file=scalar(entry.get("file")),
            content=scalar(entry.get("content")),
            driver=scalar(entry.get("driver")),
            options=entries(entry.get("driver_opts")),
            subnets=tuple(
                subnet
                for config in entry.get("ipam", "config").items()
                if (subnet := scalar(config.get("subnet"))) is not None
            ),
        )
        for key, entry in cursor.pairs()
    )


KIND = Kind("compose", "Docker Compose", recognise, extract, outline, check=compose_checks.check)
