"""REF020."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph, configs, containers
from obslint.graph.nodes import Mount, Service
from obslint.knowledge import ConfigFile, normalise_repository
from obslint.rules.base import Rule


class ConfigPathUnprovided(Rule[Service]):
    """A component is told to load a configuration file that nothing puts into its container.

    A flag, a variable, or a command that loses the flag of the image's own, names a path where no mount and no file of
    the image is; the component stops at once, and a restart policy has it stop again for ever. It is an error for the
    components of the monitoring itself, where all mounts are known, and a warning for others and where the path lies in
    a directory in which the image has files of its own. A missing source of a mount is REF019.
    """

    code, name, severity = "REF020", "config-path-unprovided", Severity.ERROR
    on = Service

    def check(self, service: Service, graph: Graph) -> Iterator[Claim]:
        component, image = service.component, service.image
        if component is None or image is None or normalise_repository(image.repository) not in component.images:
            return
        for config in component.config:
            if config.dir or config.kind == "rules" or config.applies_to(image.version) is False:
                continue
            path = configs.config_path(service, config)
            if path is None or any(char in path for char in "*?["):
                continue
            named = _named(service, config)
            if named is None and service.fact.entrypoint is not None:
                continue  # it may be another program of the image, and the image's own command is gone too
            mount = containers.mount_of(service, path)
            source, answer = containers.repository_path(service, path)
            if source is None:
                if not answer.no or path == config.path:
                    continue
                missing = f"no mount of `{service.name}` provides it"
            else:
                if mount is None or not _lacks(service, mount, source, graph):
                    continue
                missing = f"`{mount.source}`, which is mounted at {mount.target}, has no such file"
            own = (
                config.path is not None and mount is None and posixpath.dirname(path) == posixpath.dirname(config.path)
            )
            proven = config.kind in configs.MONITORING and not own and (named is not None or path != config.path)
            yield self.claim(
                service,
                f"{component.title} of service `{service.name}` loads {path}, but {missing}: it will not start",
                place=named or _command(service),
                related=[Related(mount.place, f"mounted at {mount.target}")] if mount is not None else _near(service),
                help=_help(service, config, path, named),
                subject=f"{service.name}:{path}",
                proven=proven,
            )


def _named(service: Service, config: ConfigFile) -> Place | None:
    """Where the path is written, as a flag, a variable or an argument."""
    flag = service.flag(*config.flags)
    if flag is not None:
        return flag.place
    variable = next((service.environment[name] for name in config.env if name in service.environment), None)
    if variable is not None:
        return variable.place
    words = service.fact.command or ()
    return next((words[index + 1].place for index, word in enumerate(words[:-1]) if word.text == config.argument), None)


def _command(service: Service) -> Place:
    """The command that took the image's own flag away; the service's name where none stands."""
    return service.fact.command[0].place if service.fact.command else service.place


def _lacks(service: Service, mount: Mount, source: str, graph: Graph) -> bool:
    """Whether the directory that is mounted is in the repository, and the file is not."""
    if mount.kind != "bind" or not mount.source:
        return False
    if graph.tree.status(mount.source) != "directory" or graph.tree.status(source) != "missing":
        return False
    return service.amended.no and not service.scripted and not containers.made_outside(source, graph.tree)


def _near(service: Service) -> list[Related]:
    """The mounts of files, one of which may be the one that is meant."""
    return [
        Related(mount.place, f"mounted at {mount.target}")
        for mount in service.mounts
        if mount.kind in ("bind", "config") and mount.target and posixpath.splitext(mount.target)[1]
    ][:3]


def _help(service: Service, config: ConfigFile, path: str, named: Place | None) -> str:
    if named is None and path == config.path_if_command_overridden:
        flag = f"--{config.flags[0]}" if config.flags else "the flag"
        return f"a `command` replaces the image's own: give `{flag}={config.path}` again"
    same = next(
        (
            mount.target
            for mount in service.mounts
            if mount.kind in ("bind", "config")
            and mount.target
            and posixpath.splitext(mount.target)[1] in (".yml", ".yaml")
        ),
        None,
    )
    return f"mount the file at {path}" + (f", or name {same}, which is mounted" if same else "")
