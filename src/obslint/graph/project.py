"""One invocation of Compose to one model: its files read with their variables, extended, included and merged."""

from __future__ import annotations

import posixpath
import re
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from obslint.facts import compose as facts
from obslint.facts.dockerfile import Dockerfile
from obslint.graph import merge
from obslint.graph.scope import Scope
from obslint.lang.interpolation import HOLE, interpolate

_NOT_PROJECT = re.compile(r"[^-_a-z0-9]")
_MAX_DEPTH = 20
"""How deep files may include and services extend one another; also what ends a circle."""


@dataclass(slots=True)
class Library:
    """Every compose file, env file and Dockerfile that was read, by path; a compose file may hold several documents."""

    compose: Mapping[str, Sequence[facts.ComposeFile]]
    env: Mapping[str, facts.EnvFile]
    dockerfiles: Mapping[str, Dockerfile]

    def variables(self, path: str, known: Mapping[str, str]) -> dict[str, str]:
        """What an env file assigns; variables in it see those of `known` and the ones above."""
        values: dict[str, str] = {}
        seen = ChainMap(dict(known), values)
        file = self.env.get(path)
        for entry in file.entries if file else ():
            if entry.value is not None:
                values[entry.name.text] = interpolate(entry.value.text, seen).known or ""
        return values


@dataclass(slots=True)
class Project:
    """A merged model. `open` says what could not be followed, so that more may be in it; else empty."""

    model: facts.ComposeFile
    scope: Scope
    name: str = ""
    """What Compose prefixes to the names of networks and volumes."""
    named: bool = False
    """Whether the name is given, not that of the directory."""
    open: str = ""
    unfollowed: frozenset[str] = frozenset()
    """Services of which a part could not be read: what they extend is elsewhere."""
    included: frozenset[str] = frozenset()
    """The files that were read besides those of the invocation."""


def assemble(files: Sequence[str], scope: Scope, library: Library, given: str = "") -> Project:
    """The model of `-f` files in their order; `given` is the project's name on the command line."""
    written = given or scope.environment.get("COMPOSE_PROJECT_NAME") or _written_name(files, scope, library)
    directory = Path(scope.directory).absolute().name
    name = _NOT_PROJECT.sub("", (written or directory).lower()).lstrip("-_")
    scope.environment = {**scope.environment, "COMPOSE_PROJECT_NAME": name}
    return replace(_Assembly(library).load(files, scope, _MAX_DEPTH), name=name, named=bool(written))


def _written_name(files: Sequence[str], scope: Scope, library: Library) -> str | None:
    """The top-level `name` of the last file that has one, where it is known."""
    names = [file.name for path in files for file in library.compose[path] if file.name is not None]
    return scope.read(names[-1]).known if names else None


class _Parts:
    """A file as `extends` looks things up in it."""

    def __init__(self, file: facts.ComposeFile) -> None:
        self.file = file  # so that its id stays its own
        self.services = {service.name.text: service for service in reversed(file.services)}
        self.tags = merge.Tags(file)


class _Assembly:
    """One reading of a project; remembers what it could not follow."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.open = ""
        self.unfollowed: set[str] = set()
        self.read: set[str] = set()
        self.included: set[str] = set()
        self.parts: dict[int, _Parts] = {}

    def load(self, files: Sequence[str], scope: Scope, depth: int) -> Project:
        model: facts.ComposeFile | None = None
        for path in files:
            for document in self.library.compose[path]:
                whole = self._include(self._extended(document, scope), scope, depth)
                model = merge.settle(whole, scope) if model is None else merge.merge(model, whole, scope)
        assert model is not None, "an invocation has files"
        read = frozenset((self.read | self.included) - set(files))
        return Project(model, scope, open=self.open, unfollowed=frozenset(self.unfollowed), included=read)

    def _extended(self, file: facts.ComposeFile, scope: Scope) -> facts.ComposeFile:
        """The file with every `extends` followed."""
        if not any(service.extends for service in file.services):
            return file
        services = tuple(self._follow(service, file, scope, ()) for service in file.services)
        return replace(file, services=services)

    def _follow(
        self, service: facts.Service, file: facts.ComposeFile, scope: Scope, seen: tuple[tuple[str, str], ...]
    ) -> facts.Service:
        if service.extends is None:
            return service
        base_file = self._file_of(service.extends, file, scope)
        name = scope.read(service.extends.service).text
        base = self._parts(base_file).services.get(name) if base_file else None
        here = (file.path, service.name.text)
        if base is None or base_file is None or here in seen or len(seen) > _MAX_DEPTH:
            self.unfollowed.add(seen[0][1] if seen else service.name.text)
            return service
        followed = self._follow(base, base_file, scope, (*seen, here))
        return replace(merge.extend(service, followed, scope, self._parts(file).tags), extends=None)

    def _parts(self, file: facts.ComposeFile) -> _Parts:
        if id(file) not in self.parts:
            self.parts[id(file)] = _Parts(file)
        return self.parts[id(file)]

    def _file_of(self, extends: facts.Extends, file: facts.ComposeFile, scope: Scope) -> facts.ComposeFile | None:
        if extends.file is None:
            return file
        written = scope.read(extends.file).text
        if HOLE in written:
            return None
        path = scope.path(written, extends.file)
        if path == file.path:
            return file
        found = self.library.compose.get(path)
        if not found:
            return None
        self.read.add(path)
        scope.directories.setdefault(path, posixpath.dirname(path))
        if file.path in scope.environments:
            scope.environments.setdefault(path, scope.environments[file.path])
        return found[0]

    def _include(self, file: facts.ComposeFile, scope: Scope, depth: int) -> facts.ComposeFile:
        """The file with what it includes; its own parts win."""
        for include in file.includes:
            paths = [scope.read(path).text for path in include.paths]
            files = [scope.path(path, at) for path, at in zip(paths, include.paths, strict=True)]
            if not files or depth == 0 or any(HOLE in path or path not in self.library.compose for path in files):
                self.open = self.open or "an included file was not read"
                continue
            inner = self._inner(include, files, scope)
            if self.included.issuperset(files):
                continue  # twice, or by itself
            self.included.update(files)
            part = self.load(files, inner, depth - 1)
            scope.environments.update(dict.fromkeys(files, inner.environment) | inner.environments)
            scope.directories.update(dict.fromkeys(files, inner.directory) | inner.directories)
            file = merge.merge(replace(part.model, path=file.path, name=None), file, scope)
        return replace(file, includes=())

    def _inner(self, include: facts.Include, files: Sequence[str], scope: Scope) -> Scope:
        """The scope of included files: a project of their own, whose variables the including one overrides."""
        directory = posixpath.dirname(files[0])
        if include.project_directory is not None:
            directory = scope.path(scope.read(include.project_directory).text, include.project_directory)
        written = [scope.path(scope.read(path).text, path) for path in include.env_files]
        values: dict[str, str] = {}
        for path in written or [posixpath.join(directory, ".env")]:
            values.update(self.library.variables(path, scope.environment))
        return Scope({**values, **scope.environment}, directory)
