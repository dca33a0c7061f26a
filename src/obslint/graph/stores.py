"""Services that keep state: where, whether a mount covers it, and whether anyone decided how long it is kept."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from obslint.facts import compose as compose_facts
from obslint.facts.common import Scalar
from obslint.facts.logs import LokiFile
from obslint.facts.prometheus import PrometheusFile
from obslint.facts.tempo import TempoFile
from obslint.findings import Place
from obslint.graph import nodes
from obslint.graph.answers import Answer, no, unknown, yes
from obslint.graph.configs import config_path
from obslint.graph.containers import mount_of
from obslint.knowledge import Component, DataPath
from obslint.lang.interpolation import HOLE

_STORES = frozenset(("metrics-store", "log-store", "trace-store", "profile-store"))
# Directories that hold much besides one program's data.
_COMMON = frozenset(
    ("/", "/etc", "/home", "/mnt", "/opt", "/root", "/srv", "/tmp", "/usr", "/var", "/var/lib", "/var/log")
)
# How a volume is called, or the directory where it is mounted, that is meant for data.
_DATA = re.compile(r"data|storage|tsdb|(?:^|[^a-z])(?:db|store)(?:$|[^a-z])")
_NOT_DATA = ("/etc/", "/var/log/", "/usr/", "/run/", "/var/run/")


@dataclass(frozen=True, slots=True)
class Volumes:
    """The named volumes of a stack."""

    declared: Mapping[str, compose_facts.Declaration]
    shared: frozenset[str]
    """Those that several services mount."""

    @classmethod
    def of(cls, stack: nodes.Stack) -> Volumes:
        users = Counter(
            name
            for service in stack.services.values()
            for name in {mount.source for mount in service.mounts if mount.kind == "volume" and mount.source}
        )
        declared = {item.key.text: item for item in stack.compose.volumes} if stack.compose is not None else {}
        return cls(declared, frozenset(name for name, count in users.items() if count > 1))


def build_store(
    service: nodes.Service, volumes: Volumes, config: object | None, config_read: bool
) -> nodes.Store | None:
    """The store of a service; None where it keeps nothing worth keeping.

    `config` is its parsed configuration where it was read; `config_read` is false where a file decides that was not.
    """
    component = service.component
    if component is None or not (component.data or component.retention):
        return None
    config_read = config_read or _own_config(service, component)
    store = nodes.Store(service.stack, service.place, service, component)
    for data in component.data:
        directory = _directory(service, data, config, config_read)
        if directory is not None:
            store.directories.append(directory)
    if isinstance(config, LokiFile):
        store.directories.extend(_loki_directories(service, component, config))
    store.directories = [_located(directory, service, volumes) for directory in store.directories]
    _look_for_misplaced(store, volumes, config)
    store.retention = _retention(service, component, config, config_read)
    return store


def _directory(
    service: nodes.Service, data: DataPath, config: object | None, config_read: bool
) -> nodes.DataDirectory | None:
    """One data directory, where it is known for certain."""
    version = service.image.version if service.image else None
    if data.applies_to(version) is False:
        return None
    if data.applies_to(version) is None and (data.since or data.until):
        return None
    features = (flag.value or "" for flag in service.all_flags("enable-feature"))
    names = {*service.environment, *(flag.name for flag in service.flags), *",".join(features).split(",")}
    if not names.isdisjoint(data.unless):
        return None
    if service.environment_open and any(name.isupper() for name in data.unless):
        return None
    path, evidence, place, essential = data.path, "the image's default", None, data.essential
    written: Scalar | None = None
    if isinstance(config, TempoFile):
        written = next((entry.value for entry in config.directories if entry.name.text in data.keys), None)
        if config.backend is not None and config.backend.text != "local":
            if "storage.trace.local.path" in data.keys:
                return None
            essential = False  # the blocks lie in a bucket: it is taken to be meant without state
    flag = service.flag(*data.flags) if data.flags else None
    if flag is not None:
        path, evidence, place = flag.value, f"`{flag.name}`", flag.place
    elif any(name in service.environment for name in data.env):
        variable = next(service.environment[name] for name in data.env if name in service.environment)
        path, evidence, place = variable.value, f"`{variable.name}`", variable.place
    elif written is not None:
        path, evidence, place = written.text, f"`{data.keys[0]}`", written.place
    elif data.keys and isinstance(config, LokiFile):
        return None  # `_loki_directories` reads them all
    elif (data.keys and not config_read) or (data.env and service.environment_open):
        return None
    elif data.set_by == "command" and service.fact.command is not None:
        path = None if service.fact.working_dir else data.path_if_command_overridden
    elif data.set_by == "config" and config is not None:
        path = data.path_if_config_replaced
    if path is None or not path.startswith("/") or HOLE in path or "$" in path:
        return None
    return _placed(service, path, data, evidence, place, place is not None, essential)


def _placed(
    service: nodes.Service,
    path: str,
    data: DataPath,
    evidence: str,
    place: Place | None,
    given: bool,
    essential: bool,
) -> nodes.DataDirectory:
    """A directory with the mount that covers it; `place` is where its path is written, if it is."""
    return nodes.DataDirectory(
        path=posixpath.normpath(path),
        what=data.what,
        evidence=evidence,
        given=given,
        essential=essential,
        covered=_covered(service, path),
        place=place,
        exclusive=data.exclusive,
        local=data.local,
        mount=mount_of(service, posixpath.normpath(path)),
    )


def _located(directory: nodes.DataDirectory, service: nodes.Service, volumes: Volumes) -> nodes.DataDirectory:
    """The directory with the volume or directory of the host that holds it, and where in it."""
    mount = directory.mount
    if mount is None or mount.kind not in ("volume", "bind") or not mount.known or not mount.source or not mount.target:
        return directory
    if any(entry.place == mount.place and entry.subpath is not None for entry in service.fact.mounts):
        return directory
    source, declared = mount.source, volumes.declared.get(mount.source) if mount.kind == "volume" else None
    if mount.kind == "volume":
        source = f"volume {declared.name.text if declared and declared.name else source}"
    location = posixpath.normpath(posixpath.join(source, posixpath.relpath(directory.path, mount.target)))
    return replace(directory, location=location, volume=declared)


# Where Loki puts what only `common.path_prefix` decides (pkg/loki/config_wrapper.go, since 2.4).
_BELOW_PREFIX = {
    "ingester.wal.dir": "wal",
    "compactor.working_directory": "compactor",
    "storage_config.tsdb_shipper.active_index_directory": "tsdb-shipper-active",
    "storage_config.boltdb_shipper.active_index_directory": "boltdb-shipper-active",
}
_LOKI_INDEX = {
    "tsdb": "storage_config.tsdb_shipper.active_index_directory",
    "boltdb-shipper": "storage_config.boltdb_shipper.active_index_directory",
}


def _loki_directories(service: nodes.Service, component: Component, config: LokiFile) -> Iterator[nodes.DataDirectory]:
    """Loki's chunks, where its current period keeps them on the local file system, its index, WAL and compactor.

    What is not the chunks holds the last hours only: it is essential where the chunks are kept here too, and a Loki
    whose chunks lie in a bucket is taken to be meant without state.
    """
    if not config.periods:
        return
    latest = max(config.periods, key=lambda period: period.start.text if period.start else "")
    local = latest.object_store is not None and latest.object_store.text == "filesystem"
    written = {entry.name.text: entry.value for entry in config.directories if entry.value is not None}
    keys = ["ingester.wal.dir", "compactor.working_directory"]
    if config.wal_enabled is not None and config.wal_enabled.text.lower() != "true":
        keys.remove("ingester.wal.dir")
    if latest.store is not None and latest.store.text in _LOKI_INDEX:
        keys.insert(0, _LOKI_INDEX[latest.store.text])
    if local:
        keys = ["storage_config.filesystem.directory", "common.storage.filesystem.chunks_directory", *keys]
    told: set[str] = set()
    for key in keys:
        data = next((data for data in component.data if key in data.keys), None)
        value = written.get(key) or _below_prefix(config, key)
        if data is None or data.what in told or (data.flags and service.flag(*data.flags)):
            continue
        if value is None or not value.text.startswith("/") or "$" in value.text:
            continue
        told.add(data.what)
        evidence = f"`{key if key in written else 'common.path_prefix'}`"
        essential = data.essential and local
        yield _placed(service, value.text, data, evidence, value.place, key in written, essential)


def _below_prefix(config: LokiFile, key: str) -> Scalar | None:
    """A directory that is not written, below `common.path_prefix`; its place is that of the prefix."""
    prefix, name = config.path_prefix, _BELOW_PREFIX.get(key)
    if prefix is None or name is None:
        return None
    return Scalar(f"{prefix.text.rstrip('/')}/{name}", prefix.place)


def _look_for_misplaced(store: nodes.Store, volumes: Volumes, config: object | None) -> None:
    """Note a mount that was meant for the data and covers none of it."""
    service, directories = store.service, store.kept or store.directories
    if not directories or not all(directory.covered.no for directory in directories):
        return
    usual = {
        above
        for data in store.component.data
        for path in (data.path, data.path_if_command_overridden, data.path_if_config_replaced)
        for above in _with_parents(path)
    }
    used = {above for path in _named(service, config) for above in _with_parents(path)}
    found: list[tuple[bool, nodes.Mount]] = []
    for mount in service.mounts:
        target = mount.target
        if target is None or not mount.known or not mount.source or mount.read_only or target in _COMMON:
            continue
        if mount.kind not in ("volume", "bind") or target in used:
            continue
        if target in usual:
            found.append((True, mount))
        elif mount.kind == "volume" and mount.source not in volumes.shared and _for_data(service, mount.source, target):
            found.append((False, mount))
    if found:
        store.usual, store.misplaced = max(found, key=lambda item: item[0])


def _with_parents(path: str | None) -> Iterator[str]:
    """An absolute path and the directories above it; a path that is longer than Linux allows is nobody's."""
    while path and path.startswith("/") and path != "/" and len(path) < 4096:
        path = path.rstrip("/")
        yield path
        path = posixpath.dirname(path)


def _for_data(service: nodes.Service, source: str, target: str) -> bool:
    """Whether a volume's name and target say that it is meant for the service's data."""
    if f"{target}/".startswith(_NOT_DATA):
        return False
    component = service.component.id if service.component else service.name
    return bool(_DATA.search(source.lower()) or posixpath.basename(target) in (service.name, component))


def _named(service: nodes.Service, config: object | None) -> Iterator[str]:
    """Every path in the container that the service is told of: a mount that holds one has its use."""
    for word in (*(service.fact.entrypoint or ()), *(service.fact.command or ())):
        yield from re.findall(r"/[^\s\"',:;=]*", word.text)
    for flag in service.flags:
        yield flag.value or ""
    for variable in service.environment.values():
        yield variable.value or ""
    for file in service.component.config if service.component else ():
        yield config_path(service, file) or ""
    scalars: list[Scalar] = []
    if isinstance(config, LokiFile):
        scalars.extend(entry.value for entry in config.directories if entry.value is not None)
        scalars.extend(value for value in (config.path_prefix, config.rules_directory) if value is not None)
    elif isinstance(config, PrometheusFile):
        scalars.extend((*config.rule_files, *config.scrape_config_files, *config.paths))
        scalars.extend(path for job in config.jobs for path in job.file_discoveries)
    for scalar in scalars:
        yield scalar.text


def _own_config(service: nodes.Service, component: Component) -> bool:
    """Whether the component reads the configuration file of its image: nothing names or mounts another."""
    files = [config for config in component.config if not config.dir]
    for config in files:
        path = config_path(service, config)
        named = service.flag(*config.flags) is not None or any(name in service.environment for name in config.env)
        if path is None and config.path is None and not named:
            continue  # a file that is read only where it is named
        if path is None or path != config.path or mount_of(service, path) is not None:
            return False
        if config.env and service.environment_open:
            return False
    return bool(files) and not service.scripted and service.amended.no


def _covered(service: nodes.Service, path: str) -> Answer:
    """Whether a volume or bind holds a container path."""
    if any(not mount.known and mount.target is None for mount in service.mounts):
        return unknown("a mount cannot be read")
    mount = mount_of(service, posixpath.normpath(path))
    if mount is None:
        if service.amended.unknown:
            return service.amended
        return no("no mount covers it")
    if mount.kind == "tmpfs":
        return unknown("a tmpfs was chosen for it")
    if mount.kind in ("config", "secret"):
        return unknown(f"a {mount.kind} covers it")
    return yes(f"{mount.source or 'an anonymous volume'} is mounted at {mount.target}")


def _retention(service: nodes.Service, component: Component, config: object | None, config_read: bool) -> Answer:
    """Whether anyone set how long a store keeps its data."""
    retention = component.retention
    if retention is None or component.role not in _STORES:
        return unknown("not a store of telemetry")
    flag = service.flag(*retention.flags) if retention.flags else None
    if flag is not None:
        return yes(f"`{flag.name}` is set")
    if any(name in service.environment for name in retention.env):
        return yes("an environment variable sets it")
    if isinstance(config, PrometheusFile):
        if config.retention is not None:
            return yes(f"{config.path} sets it")
    elif isinstance(config, LokiFile):
        if config.retention_period is not None or config.retention_streams or config.table_manager_deletes is not None:
            return yes(f"{config.path} sets it")
        if any(period.object_store and period.object_store.text != "filesystem" for period in config.periods):
            return unknown("the bucket may have a lifecycle of its own")
    elif isinstance(config, TempoFile):
        if config.block_retention is not None or config.override_retention is not None:
            return yes(f"{config.path} sets it")
        if any(flag.name.endswith("compaction.block-retention") for flag in service.flags):
            return yes("a flag sets it")
        if config.overrides_file is not None:
            return unknown("a file of overrides may set it")
    elif retention.keys and not config_read:
        return unknown("its configuration file was not read")
    if service.scripted or service.amended.unknown or (service.environment_open and retention.env):
        return unknown("its flags are not fully known")
    return no(f"the default decides: {retention.default}")
