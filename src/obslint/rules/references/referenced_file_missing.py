"""REF019."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph, configs, containers
from obslint.graph.nodes import Mount
from obslint.rules.base import Rule

# What a config is written in: such a file has to be there before the container starts.
_CONFIG = frozenset((".yml", ".yaml", ".json", ".toml", ".conf", ".cfg", ".ini", ".rules", ".tmpl", ".alloy", ".river"))
_NEARBY = 3
"""Directories between a missing file and one of the same name that may be meant."""
_SECRET = re.compile(
    r"(?:^|/)(?:secrets?|credentials?|private)/|(?:secret|credential|passw|token|private)[^/]*$", re.IGNORECASE
)


class ReferencedFileMissing(Rule[Mount]):
    """A mounted config file does not exist in the repository.

    Docker does not complain about a bind mount whose source is missing: it makes an empty *directory* of that name, and
    the component finds a directory where its configuration should be. Compose refuses a missing file of `configs`.
    Secrets, and files that git ignores, that have an example beside them, or that a script of the repository writes,
    are taken to be made later. It is an error where a component is left without the configuration that this stack is
    about: Prometheus, its rules, Alertmanager, Loki, Promtail, Grafana's provisioning. It is a warning where the file
    is found from a directory above, from which the stack may be run, and for other known programs; an info for programs
    that are not known and so may do without.
    """

    code, name, severity = "REF019", "referenced-file-missing", Severity.ERROR
    on = Mount

    def check(self, mount: Mount, graph: Graph) -> Iterator[Claim]:
        source, target, service = mount.source, mount.target, mount.service
        if mount.kind not in ("bind", "config") or not mount.known or source is None or target is None:
            return
        if source.startswith(("/", "~")) or graph.tree.status(source) != "missing":
            return
        wanted = _config_in(mount, target)
        if not (_is_config(source) and _is_config(target)) and wanted is None:
            return
        if _SECRET.search(source) or containers.made_outside(source, graph.tree):
            return
        above = _from_above(mount, source, graph)
        severity = _severity(mount, target, wanted)
        if above is not None or (severity is Severity.ERROR and not service.amended.no):
            severity = Severity.WARNING
        yield self.claim(
            mount,
            f"`{source}` does not exist: {_consequence(mount, wanted)}",
            place=mount.source_place,
            related=[Related(service.place, f"mounted by service `{service.name}` at {target}")],
            help=_help(mount, source, above, graph),
            subject=f"{service.name}:{target}",
            severity=severity,
            proof=Proof.PROVEN if severity is Severity.ERROR else Proof.LIKELY,
        )


def _severity(mount: Mount, target: str, wanted: str | None) -> Severity:
    service = mount.service
    path = wanted or target
    for config in service.component.config if service.component else ():
        if config.kind not in configs.MONITORING:
            continue
        own = configs.config_path(service, config)
        if own is not None and (path == own or path.startswith((own if config.dir else posixpath.dirname(own)) + "/")):
            return Severity.ERROR
    return Severity.WARNING if service.component is not None or mount.kind == "config" else Severity.INFO


def _is_config(path: str) -> bool:
    return posixpath.splitext(path)[1].lower() in _CONFIG


def _config_in(mount: Mount, target: str) -> str | None:
    """The configuration that a known component reads from a directory mounted here."""
    component = mount.service.component
    for config in component.config if component is not None else ():
        path = None if config.dir else configs.config_path(mount.service, config)
        if path is not None and path.startswith(target.rstrip("/") + "/"):
            return path
    return None


def _consequence(mount: Mount, wanted: str | None) -> str:
    if mount.kind == "config":
        return "Compose refuses to start the service"
    return (
        f"Docker makes an empty directory of it, and `{mount.service.name}` finds no file at {wanted or mount.target}"
    )


def _from_above(mount: Mount, source: str, graph: Graph) -> str | None:
    """Where the source would be found, were the path read from a directory above that of the compose file.

    So it is where Compose is given several files, the first of which lies there, or a project directory; a file of
    the usual name is run from its own.
    """
    directory = mount.stack.directory
    written = posixpath.relpath(source, directory or ".")
    if mount.stack.loaded_alone:
        return None
    while directory and not written.startswith("../"):
        directory = posixpath.dirname(directory)
        candidate = posixpath.normpath(posixpath.join(directory, written))
        if graph.tree.status(candidate) in ("file", "directory"):
            return candidate
    return None


def _help(mount: Mount, source: str, above: str | None, graph: Graph) -> str:
    """Names the file that is meant, or one of the same name nearby; of the kind the component reads, if any is."""
    if above is not None:
        start = f"Paths in {posixpath.basename(mount.stack.name)} start at its own directory"
        return f"did you mean `{above}`? {start}, unless `--project-directory` is set"
    component = mount.service.component
    kinds = {config.kind for config in component.config} if component else set()
    name, folder = posixpath.basename(source), posixpath.dirname(source) or "."
    twins = [
        (not any(file.kind in kinds for file in files), posixpath.relpath(path, folder).count("/"), path)
        for path, files in graph.files.items()
        if posixpath.basename(path) == name
    ]
    nearby = min((twin for twin in twins if twin[1] <= _NEARBY), default=None)
    return f"did you mean `{nearby[2]}`?" if nearby else "add the file, or remove the mount"
