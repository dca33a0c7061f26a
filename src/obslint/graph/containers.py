"""Container paths to repository files, through mounts, and back."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Protocol

from obslint.facts.common import Scalar
from obslint.graph.answers import Answer, no, unknown, yes
from obslint.graph.nodes import Loaded, Mount, Service
from obslint.lang import globs
from obslint.lang.interpolation import HOLE

_SHOWS_FILES = ("bind", "config", "secret", "copy")
_MODELS = (
    *(".example", ".sample", ".template", ".tmpl", ".tpl", ".dist", ".j2", ".in"),
    *("-example", "-sample", "-template", "_example", "_sample", "_template"),
)


class Tree(Protocol):
    """What the graph asks of the file system; never beyond the root."""

    root: str
    """The project's directory, from the working directory."""
    unseen: str
    """Why nothing is known of the files around those that were read; empty where they can be asked for."""

    def status(self, path: str) -> str:
        """`file`, `directory`, `missing`, `ignored` (missing and git-ignored) or `outside`."""

    def resolve(self, path: str) -> str:
        """The path under which a file was read, links followed."""

    def files_under(self, path: str) -> tuple[str, ...]:
        """Every regular file below a directory."""

    def written_by(self, path: str) -> str | None:
        """A script that seems to write the file."""

    def scripts(self) -> Iterator[tuple[str, str]]:
        """Paths and texts of scripts, makefiles, workflows, manuals and compose files."""

    def naming(self, text: str) -> Iterator[tuple[str, str]]:
        """Lines of scripts, image builds and documents that hold the text, each after the path of its file."""


def made_outside(path: str, tree: Tree) -> str:
    """Why a file that is missing here may exist where the stack runs; empty where nothing says so."""
    if tree.status(path) == "ignored":
        return f"git ignores {path}"
    stem, ending = posixpath.splitext(path)
    for model in _MODELS:
        for candidate in (path + model, stem + model + ending, stem + model):
            if tree.status(candidate) == "file":
                return f"{path} is made from {candidate}"
    script = tree.written_by(path)
    return f"{script} seems to write {path}" if script is not None else ""


def mount_of(service: Service, path: str) -> Mount | None:
    """The mount that provides a container path: the one with the longest target."""
    best: Mount | None = None
    for mount in service.mounts:
        if mount.target is None or _below(mount.target, path) is None:
            continue
        if best is None or best.target is None or len(mount.target) >= len(best.target):
            best = mount
    return best


def provider_of(service: Service, path: str) -> Mount | None:
    """What provides a container path: a mount, else the last thing the image holds there."""
    mount = mount_of(service, path)
    if mount is not None:
        return mount
    held = (item for item in reversed(service.carried) if item.target and _below(item.target, path) is not None)
    return next(held, None)


def _below(directory: str, path: str) -> str | None:
    """`path` as seen from `directory`, `.` for itself; None where it lies elsewhere."""
    if directory == path:
        return "."
    above = path == ".." or path.startswith("../")
    if directory == ".":
        return None if above or path.startswith("/") else path
    if not above and (directory == ".." or directory.startswith("../")) and not path.startswith("/"):
        relative = posixpath.relpath(path, directory)  # needs the name of the working directory
        return None if relative.startswith("../") else relative
    prefix = directory.rstrip("/") + "/"
    return path[len(prefix) :] or "." if path.startswith(prefix) else None


def repository_path(service: Service, path: str) -> tuple[str | None, Answer]:
    """The repository path that a container path shows, with the reason where there is none."""
    path = posixpath.normpath(path)
    if any(not mount.known and (mount.target is None or HOLE in mount.target) for mount in service.mounts):
        return None, unknown("a mount's target is unknown")
    mount = provider_of(service, path)
    if mount is None or mount.target is None:
        return None, _absent(service, f"no mount of `{service.name}` provides {path}")
    if mount.kind not in _SHOWS_FILES or not mount.known or not mount.source:
        return None, unknown(f"{path} lies on a {mount.kind} that is not in the repository")
    source = posixpath.normpath(posixpath.join(mount.source, _below(mount.target, path) or "."))
    how = "copied to" if mount.kind == "copy" else "mounted at"
    return source, yes(f"{mount.source} is {how} {mount.target}")


def _absent(service: Service, why: str) -> Answer:
    """`no`, unless something that cannot be seen may put the file into the container."""
    if service.fact.build or service.component is None:
        return unknown("the image may contain it")
    if service.scripted:
        return unknown(f"`{service.name}` starts through a shell, which may make it")
    return service.amended if service.amended.unknown else no(why)


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
            return Loaded(written, (tree.resolve(pattern),), yes())
        return Loaded(written, (), unknown(f"{pattern} is {status}"))
    compiled = globs.compile_glob(pattern)
    files = {
        tree.resolve(file)
        for file in tree.files_under(globs.static_directory(pattern) or ".")
        if compiled and compiled.match(file)
    }
    return Loaded(written, tuple(sorted(files)), yes() if files else unknown(f"no file matches {pattern}"))


def _in_container(service: Service, written: Scalar, pattern: str, tree: Tree) -> Loaded:
    if not globs.is_glob(pattern):
        source, answer = repository_path(service, pattern)
        if source is None:
            return Loaded(written, (), answer)
        status = tree.status(source)
        if status == "file":
            return Loaded(written, (tree.resolve(source),), yes())
        if status != "missing":
            return Loaded(written, (), unknown(f"{source} is {status}"))
        maker = made_outside(source, tree)
        mount = provider_of(service, pattern)
        return Loaded(
            written,
            (),
            unknown(maker) if maker else _absent(service, f"{source} does not exist"),
            mount if mount is not None and mount.source == source else None,
        )
    compiled = globs.compile_glob(pattern)
    if compiled is None:
        return Loaded(written, (), unknown("not a valid pattern"))
    files: set[str] = set()
    doubts: list[str] = []
    missing: Mount | None = None
    maker = ""
    directory = globs.static_directory(pattern)
    for mount in (*service.mounts, *service.carried):
        target = mount.target
        if target is None or HOLE in target:
            doubts.append("a mount's target is unknown")
            continue
        if _below(directory, target) is None and _below(target, directory) is None:
            continue
        if mount.kind not in _SHOWS_FILES or not mount.known or not mount.source:
            if provider_of(service, directory) is mount or _below(directory, target) is not None:
                doubts.append(f"{target} is a {mount.kind} that is not in the repository")
            continue
        status = tree.status(mount.source)
        if status == "file":
            shown = [(mount.source, target)]
        elif status == "directory":
            shown = [
                (file, posixpath.normpath(posixpath.join(target, posixpath.relpath(file, mount.source))))
                for file in tree.files_under(mount.source)
            ]
        elif status == "missing" and mount.kind == "bind" and not (maker := made_outside(mount.source, tree)):
            missing = mount
            continue
        else:
            doubts.append(maker or f"{mount.source} is {status}")
            continue
        files.update(
            tree.resolve(file) for file, path in shown if compiled.match(path) and provider_of(service, path) is mount
        )
    if not doubts and not files:
        why = f"nothing in the container matches {pattern}"
        if missing is not None:
            why = f"{missing.source} does not exist, so Docker mounts an empty directory"
        return Loaded(written, (), _absent(service, why), missing)
    return Loaded(written, tuple(sorted(files)), unknown(*doubts) if doubts else yes())


class Shown:
    """Which services mount which part of the repository, looked up by the directories above a file."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services = list(services)
        self._mounting: dict[str, dict[int, None]] = {}  # positions of services by what they mount, in order
        self._beyond: dict[int, None] = {}
        for index, service in enumerate(self._services):
            for mount in (*service.mounts, *service.carried):
                if mount.kind in _SHOWS_FILES and mount.known and mount.source:
                    beyond = mount.source == ".." or mount.source.startswith("../")
                    places = self._beyond if beyond else self._mounting.setdefault(mount.source.rstrip("/"), {})
                    places[index] = None

    def services(self, file: str) -> Iterator[Service]:
        """The services that may show a file, in their order: `container_paths` tells where, if at all."""
        places = [self._mounting[path] for path in _upwards(file) if path in self._mounting]
        if self._beyond:
            places.append(self._beyond)
        indexes = places[0] if len(places) == 1 else sorted({index for found in places for index in found})
        return (self._services[index] for index in indexes)


def _upwards(file: str) -> Iterator[str]:
    """A path as it is written, and every directory above it; the working directory is `.`."""
    yield file
    end = file.rfind("/")
    while end >= 0:
        yield file[:end]
        end = file.rfind("/", 0, end)
    yield "."


def container_paths(service: Service, file: str) -> list[str]:
    """Where a repository file appears inside a container."""
    found = []
    for mount in (*service.mounts, *service.carried):
        if mount.kind not in _SHOWS_FILES or not mount.source or not mount.target or not mount.known:
            continue
        relative = _below(mount.source, file)
        if relative is None:
            continue
        path = posixpath.normpath(posixpath.join(mount.target, relative))
        if provider_of(service, path) is mount:
            found.append(path)
    return found
