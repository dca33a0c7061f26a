"""Which compose files are run together, and how we know: each plausible invocation is a view of the stack.

What Compose does by itself (the files it looks for, `COMPOSE_FILE` in `.env`) and what scripts, documents and comments
of the repository do is certain. For every other file it can only be supposed that it is run alone, or on top of a
default one; then the files that may be added to it are its companions, and what these say stays unknown.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from obslint.facts import compose as facts
from obslint.graph.project import Library
from obslint.graph.scope import host_path
from obslint.lang.interpolation import HOLE

if TYPE_CHECKING:
    from obslint.graph.invocations import Invocation

# The names Compose looks for, in its order (compose-go, cli/options.go, `DefaultFileNames`).
_DEFAULT = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDE = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


_MAX_WAYS = 100
"""Ways of running one base file that are looked at: each is a model of its own, and nobody writes so many by hand."""


@dataclass(frozen=True, slots=True)
class View:
    """One way of running compose files. `directory` is the project directory, `files` stand in `-f` order."""

    files: tuple[str, ...]
    directory: str
    environment: Mapping[str, str]
    evidence: str
    certain: bool
    project: str = ""
    """The name given on the command line; empty where the files or the directory give it."""
    group: str = ""
    """What runs it together with others, such as a Make target; empty where nothing does."""
    companions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The files, and the directory where it is not that of the first: no two views have one name."""
        files = " + ".join(self.files)
        usual = self.directory == posixpath.dirname(self.files[0])
        return files if usual else f"{files} (project directory {self.directory or '.'})"


def views(library: Library, invocations: Sequence[Invocation]) -> list[View]:
    """Every plausible invocation, the certain ones first of all; in the order of their files."""
    found: dict[tuple[tuple[str, ...], str], View] = {}

    def add(view: View) -> None:
        found.setdefault((view.files, view.directory), view)

    directories: dict[str, list[str]] = defaultdict(list)
    for path in library.compose:
        directories[posixpath.dirname(path)].append(path)
    ways: Counter[str] = Counter()
    last: dict[str, View] = {}
    passed_over: set[str] = set()
    for invocation in invocations:
        if not invocation.complete or invocation.directory is None:
            continue
        directory = "" if invocation.directory == "." else invocation.directory
        given = invocation.files or _default(directory, directories, library)
        if given and (given, directory) not in found and all(path in library.compose for path in given):
            ways[given[0]] += 1
            if ways[given[0]] > _MAX_WAYS:
                passed_over.update(given)
                continue
            last[given[0]] = View(
                given,
                directory,
                _environment((directory,), invocation.env_files, library),
                invocation.evidence,
                True,
                invocation.project_name or "",
                invocation.group,
            )
            add(last[given[0]])
    for base, count in ways.items():
        if count > _MAX_WAYS:
            view = last[base]
            why = f"{view.evidence}; {count - _MAX_WAYS} more runs of {base} are not looked at, only {_MAX_WAYS} are"
            found[view.files, view.directory] = replace(view, evidence=why)
    defaults: dict[str, View] = {}
    homes = {posixpath.dirname(path) for path in library.env if posixpath.basename(path) == ".env"}
    for directory in sorted({*directories, *homes}):
        default = _default(directory, directories, library)
        if default:
            home = posixpath.dirname(default[0])
            environment = _environment((directory, home), (), library)
            how = "`.env` sets COMPOSE_FILE" if "COMPOSE_FILE" in environment else "Compose looks for these names"
            add(View(default, home, environment, how, True))
            defaults[directory] = found[(default, home)]
    placed = {path for view in found.values() for path in view.files}
    placed.update(_referenced(library))
    loose = sorted(path for path in library.compose if path not in placed)
    for path in loose:
        if path not in passed_over:
            add(_supposed(path, defaults, library))
    fragments = _Around(path for path in loose if incomplete(library.compose[path]))
    unplaced = frozenset(loose)
    return [
        replace(view, companions=_companions(view, unplaced, fragments, directories, library))
        for _, view in sorted(found.items(), key=lambda item: item[0])
    ]


def incomplete(documents: Iterable[facts.ComposeFile]) -> str:
    """The first service that a file alone cannot run, so that it must be merged with another; else empty."""
    return next(_bare(documents), "")


def _bare(documents: Iterable[facts.ComposeFile]) -> Iterator[str]:
    """The services without image, build and `extends`."""
    for file in documents:
        for service in file.services:
            if service.image is None and service.build is None and service.extends is None:
                yield service.name.text


def _completes(path: str, base: Sequence[str], library: Library) -> bool:
    """Whether a file that cannot stand alone may belong on others: they write one of its services, or include more."""
    written = [file for part in base for file in library.compose[part]]
    names = {service.name.text for file in written for service in file.services}
    return any(file.includes for file in written) or not names.isdisjoint(_bare(library.compose[path]))


def _default(directory: str, directories: Mapping[str, Sequence[str]], library: Library) -> tuple[str, ...]:
    """The files of a plain `docker compose` in a directory; none where one of them was not read."""
    variables = library.variables(posixpath.join(directory, ".env"), {})
    written = variables.get("COMPOSE_FILE", "")
    if written:
        separator = variables.get("COMPOSE_PATH_SEPARATOR") or ":"
        files = tuple(host_path(directory, path) for path in written.split(separator) if path)
        return files if all(path in library.compose for path in files) and HOLE not in written else ()
    here = {posixpath.basename(path): path for path in directories.get(directory, ())}
    base = next((here[name] for name in _DEFAULT if name in here), None)
    if base is None:
        return ()
    override = next((here[name] for name in _OVERRIDE if name in here), None)
    return (base, override) if override else (base,)


def _environment(directories: Sequence[str], env_files: Sequence[str], library: Library) -> dict[str, str]:
    """What env files given on the command line assign, the last winning; else the `.env` of directories, the first."""
    values: dict[str, str] = {}
    for path in env_files or [posixpath.join(directory, ".env") for directory in reversed(directories)]:
        values.update(library.variables(path, values))
    return values


def _referenced(library: Library) -> Iterator[str]:
    """Files that others include or extend; those are read with them."""
    for documents in library.compose.values():
        for file in documents:
            directory = posixpath.dirname(file.path)
            written = [path.text for include in file.includes for path in include.paths]
            written += [
                service.extends.file.text for service in file.services if service.extends and service.extends.file
            ]
            for path in written:
                found = host_path(directory, path)
                if found != file.path and posixpath.basename(found) not in _DEFAULT:
                    yield found


def _supposed(path: str, defaults: Mapping[str, View], library: Library) -> View:
    """How a file is run of which nothing says so: alone, or on top of a default one nearby that it must complete."""
    directory = posixpath.dirname(path)
    missing = incomplete(library.compose[path])
    if missing:
        near = [
            base
            for base in defaults.values()
            if nearby(base.directory, directory) and _completes(path, base.files, library)
        ]
        base = min(
            near,
            key=lambda view: (
                posixpath.relpath(directory or ".", view.directory or ".").count("/"),
                view.directory != directory,
                view.files,
            ),
            default=None,
        )
        if base is not None:
            why = f"service `{missing}` has no image in {posixpath.basename(path)}, which must be merged with another"
            return replace(base, files=(*base.files, path), evidence=why, certain=False, group="")
    return View((path,), directory, _environment((directory,), (), library), "nothing shows how it is run", False)


def _companions(
    view: View,
    loose: frozenset[str],
    fragments: _Around,
    directories: Mapping[str, Sequence[str]],
    library: Library,
) -> tuple[str, ...]:
    """Files that may be added to a view: those beside it of which nothing shows how they are run.

    If nothing shows how the view itself is run, every file beside it may be. One that cannot stand alone may be added
    from a directory nearby, too.
    """
    homes = {posixpath.dirname(path) for path in view.files}
    found = {path for home in homes for path in directories[home] if not view.certain or path in loose}
    for home in homes:
        found.update(path for path in fragments.near(home) if _completes(path, view.files, library))
    return tuple(sorted(found.difference(view.files)))


class _Around:
    """Files by the directories that are `nearby` theirs: many files and many views make no pairs of both."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for path in paths:
            home = posixpath.dirname(path)
            self._found["in", home].append(path)
            self._found["beside", posixpath.dirname(home)].append(path)
            for above in _upwards(home):
                self._found["below", above].append(path)

    def near(self, directory: str) -> Iterator[str]:
        yield from self._found.get(("below", directory), ())
        yield from self._found.get(("beside", posixpath.dirname(directory)), ())
        for above in _upwards(directory):
            yield from self._found.get(("in", above), ())


def _upwards(directory: str) -> Iterator[str]:
    """A directory and all that hold it; the working directory is the last."""
    yield directory
    while directory not in ("", "/"):
        directory = posixpath.dirname(directory)
        yield directory


def nearby(one: str, other: str) -> bool:
    """Whether one directory lies below the other, or both in the same one."""
    above = posixpath.commonpath((one, other)) if one and other else ""
    return above in (one, other) or above == posixpath.dirname(one) == posixpath.dirname(other)
