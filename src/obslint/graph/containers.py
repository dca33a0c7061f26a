"""Container paths to repository files, through mounts, and back."""

from __future__ import annotations

import posixpath
from typing import Protocol

from obslint.facts.common import Scalar
from obslint.graph.answers import Answer, no, unknown, yes
from obslint.graph.nodes import Loaded, Mount, Service
from obslint.lang import globs
from obslint.lang.interpolation import HOLE


class Tree(Protocol):
    """What the graph asks of the file system; never beyond the root."""

    def status(self, path: str) -> str:
        """`file`, `directory`, `missing`, `ignored` (missing and git-ignored) or `outside`."""

    def files_under(self, path: str) -> tuple[str, ...]:
        """Every regular file below a directory."""


def mount_of(service: Service, path: str) -> Mount | None:
    """The mount that provides a container path: the one with the longest target."""
    best: Mount | None = None
    for mount in service.mounts:
        target = mount.target
        if target is None or not (path == target or path.startswith(target.rstrip("/") + "/")):
            continue
        if best is None or best.target is None or len(target) >= len(best.target):
            best = mount
    return best


def repository_path(service: Service, path: str) -> tuple[str | None, Answer]:
    """The repository path that a container path shows, with the reason where there is none."""
    path = posixpath.normpath(path)
    if any(not mount.known and (mount.target is None or HOLE in mount.target) for mount in service.mounts):
        return None, unknown("a mount's target is unknown")
    mount = mount_of(service, path)
    if mount is None:
        if service.fact.build or service.component is None:
            return None, unknown("the image may contain it")
        return None, no(f"no mount of `{service.name}` provides {path}")
    if mount.kind not in ("bind", "config", "secret") or not mount.known or not mount.source:
        return None, unknown(f"{path} lies on a {mount.kind} that is not in the repository")
    rest = path[len((mount.target or "").rstrip("/")) :].lstrip("/")
    return posixpath.normpath(posixpath.join(mount.source, rest)) if rest else mount.source, yes(
        f"{mount.source} is mounted at {mount.target}"
    )


def load(service: Service | None, written: Scalar, directory: str, tree: Tree) -> Loaded:
    """The files that a path or pattern in a config leads to.

    `directory` is where relative paths start: a container directory where `service` runs the component, else a
    directory of the repository. An absolute path without a service cannot be followed.
    """
    pattern = written.text
    if HOLE in pattern or "${" in pattern:
        return Loaded(written, (), unknown("the path holds a variable"))
    if service is None:
        if pattern.startswith("/"):
            return Loaded(written, (), unknown("an absolute path, and no service to show what is mounted there"))
        return _in_repository(written, posixpath.normpath(posixpath.join(directory, pattern)), tree)
    return _in_container(service, written, posixpath.normpath(posixpath.join(directory, pattern)), tree)


def _in_repository(written: Scalar, pattern: str, tree: Tree) -> Loaded:
    if not globs.is_glob(pattern):
        status = tree.status(pattern)
        if status == "file":
            return Loaded(written, (pattern,), yes())
        return Loaded(written, (), unknown(f"{pattern} is {status}"))
    compiled = globs.compile_glob(pattern)
    files = tuple(
        file for file in tree.files_under(globs.static_directory(pattern) or ".") if compiled and compiled.match(file)
    )
    return Loaded(written, files, yes() if files else unknown(f"no file matches {pattern}"))


def _in_container(service: Service, written: Scalar, pattern: str, tree: Tree) -> Loaded:
    if not globs.is_glob(pattern):
        source, answer = repository_path(service, pattern)
        if source is None:
            return Loaded(written, (), answer)
        status = tree.status(source)
        if status == "file":
            return Loaded(written, (source,), yes())
        if status == "missing":
            return Loaded(written, (), no(f"{source} does not exist"))
        return Loaded(written, (), unknown(f"{source} is {status}"))
    compiled = globs.compile_glob(pattern)
    if compiled is None:
        return Loaded(written, (), unknown("not a valid pattern"))
    files: list[str] = []
    doubts: list[str] = []
    directory = globs.static_directory(pattern)
    for mount in service.mounts:
        target = mount.target
        if target is None:
            doubts.append("a mount's target is unknown")
            continue
        inside = target == directory or target.startswith(directory.rstrip("/") + "/")
        above = directory.startswith(target.rstrip("/") + "/")
        if not (inside or above):
            continue
        if mount.kind not in ("bind", "config", "secret") or not mount.known or not mount.source:
            doubts.append(f"{target} is a {mount.kind} that is not in the repository")
            continue
        status = tree.status(mount.source)
        if status == "file":
            shown = [(mount.source, target)]
        elif status == "directory":
            shown = [
                (file, posixpath.join(target, posixpath.relpath(file, mount.source)))
                for file in tree.files_under(mount.source)
            ]
        else:
            doubts.append(f"{mount.source} is {status}")
            continue
        files.extend(file for file, path in shown if compiled.match(path) and mount_of(service, path) is mount)
    provided = mount_of(service, directory) or any(
        mount.target and mount.target.startswith(directory.rstrip("/") + "/") for mount in service.mounts
    )
    if not provided and (service.fact.build or service.component is None):
        doubts.append("the image may contain it")
    complete = unknown(*doubts) if doubts else yes() if files else no(f"nothing in the container matches {pattern}")
    return Loaded(written, tuple(sorted(set(files))), complete)


def container_paths(service: Service, file: str, tree: Tree) -> list[str]:
    """Where a repository file appears inside a container."""
    found = []
    for mount in service.mounts:
        if mount.kind not in ("bind", "config", "secret") or not mount.source or not mount.target or not mount.known:
            continue
        if file == mount.source:
            found.append(mount.target)
        elif file.startswith(mount.source.rstrip("/") + "/") or mount.source == ".":
            path = posixpath.join(mount.target, posixpath.relpath(file, mount.source))
            if mount_of(service, path) is mount:
                found.append(path)
    return found
