"""Services that keep state: where, whether a mount covers it, and whether anyone decided how long it is kept."""

from __future__ import annotations

import posixpath

from obslint.facts.logs import LokiFile
from obslint.facts.prometheus import PrometheusFile
from obslint.graph import nodes
from obslint.graph.answers import Answer, no, unknown, yes
from obslint.graph.configs import config_path
from obslint.graph.containers import mount_of
from obslint.knowledge import Component, DataPath

_STORES = frozenset(("metrics-store", "log-store", "trace-store", "profile-store"))


def build_store(service: nodes.Service, config: object | None, config_read: bool) -> nodes.Store | None:
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
    names = (*service.environment, *(flag.name for flag in service.flags))
    if any(name in data.unless for name in names) or (data.unless and service.environment_open):
        return None
    path, evidence, given = data.path, "the image's default", False
    flag = service.flag(*data.flags) if data.flags else None
    if flag is not None:
        path, evidence, given = flag.value, f"`{flag.name}`", True
    elif any(name in service.environment for name in data.env):
        name = next(name for name in data.env if name in service.environment)
        path, evidence, given = service.environment[name].value, f"`{name}`", True
    elif data.keys and isinstance(config, LokiFile):
        return _loki_directory(service, config) if data.essential else None
    elif (data.keys and not config_read) or (data.env and service.environment_open):
        return None
    elif data.set_by == "command" and service.fact.command is not None:
        path = data.path_if_command_overridden
    elif data.set_by == "config" and config is not None:
        path = data.path_if_config_replaced
    if path is None or not path.startswith("/") or "\x00" in path:
        return None
    covered = _covered(service, path)
    return nodes.DataDirectory(posixpath.normpath(path), data.what, evidence, given, data.essential, covered)


def _loki_directory(service: nodes.Service, config: LokiFile) -> nodes.DataDirectory | None:
    """Loki's chunks, where its current period keeps them on the local file system."""
    if not config.periods:
        return None
    latest = max(config.periods, key=lambda period: period.start.text if period.start else "")
    if latest.object_store is None or latest.object_store.text != "filesystem":
        return None
    written = {entry.name.text: entry.value for entry in config.directories if entry.value is not None}
    value = written.get("storage_config.filesystem.directory") or written.get(
        "common.storage.filesystem.chunks_directory"
    )
    if value is None or not value.text.startswith("/") or "$" in value.text:
        return None
    return nodes.DataDirectory(
        posixpath.normpath(value.text),
        "logs (chunks)",
        f"`{value.text}` in {config.path}",
        True,
        True,
        _covered(service, value.text),
    )


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
    elif retention.keys and not config_read:
        return unknown("its configuration file was not read")
    if service.scripted or service.amended.unknown or (service.environment_open and retention.env):
        return unknown("its flags are not fully known")
    return no(f"the default decides: {retention.default}")
