"""How a repository's scripts, workflows, manuals and comments run its compose files, and what they create for them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from obslint.graph.containers import Tree
from obslint.lang import compose_command, shell
from obslint.lang.compose_command import ComposeCommand, NetworkCreate, VolumeCreate
from obslint.lang.interpolation import HOLE

_FORMS = (
    (re.compile(r"\.(?:sh|bash)\Z"), "shell"),
    (re.compile(r"\.mk\Z|(?:\A|/)(?:GNUm|M|m)akefile\Z"), "make"),
    (re.compile(r"\.md\Z"), "markdown"),
    (re.compile(r"\.ps1\Z"), "powershell"),
    (re.compile(r"\.(?:bat|cmd)\Z"), "batch"),
    (re.compile(r"(?:\A|/)[Jj]ustfile\Z"), "just"),
    (re.compile(r"(?:\A|/)Taskfile\.ya?ml\Z"), "task"),
    (re.compile(r"(?:\A|/)package\.json\Z"), "package"),
    (re.compile(r"(?:\A|/)\.github/workflows/[^/]+\Z"), "workflow"),
    (re.compile(r"(?:\A|/)\.gitlab-ci\.ya?ml\Z"), "gitlab"),
    (re.compile(r"(?:\A|/)Jenkinsfile\Z"), "jenkins"),
    (re.compile(r"(?:compose|stack)[^/]*\.ya?ml\Z"), "comments"),
)
_RUN = re.compile(r"compose|\bstack\b")
_CREATE_NETWORK = re.compile(r"\bnetwork\b[\s\\`^]*create\b")
_CREATE_VOLUME = re.compile(r"\bvolume\b[\s\\`^]*create\b")
_FROM_ROOT = ("workflow", "gitlab", "jenkins")
"""Forms whose commands start in the root of the checkout, wherever the file lies."""
_DEFAULT_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""Files that Compose looks for, in a directory and those above, where none is named (docker compose, `-f`)."""
_MAX_PARENTS = 40
_MAX_TEXT = 4 << 20
_MAX_COMMANDS = 5_000
"""Characters of scripts that are read for commands, and commands that are looked at, nearest to the root first."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of compose files of the repository. Paths are as in `Source.path`."""

    files: tuple[str, ...]
    """Those that exist, in the order they are merged; empty where Compose looks for the default names."""
    directory: str | None
    """The project directory; None where it is unknown, never so where `files` is empty."""
    project_name: str | None
    env_files: tuple[str, ...]
    profiles: tuple[str, ...]
    complete: bool
    """Whether this is all that is given, every file exists, and where it runs is known."""
    evidence: str
    """Path and line of the command."""
    group: str
    """The file and the target, function, job or block in it: what bears one group runs together."""


def invocations(tree: Tree) -> list[Invocation]:
    """Every run of compose files, in the order of the files; the same run is given once in a group."""
    found: dict[tuple[object, ...], Invocation] = {}
    for path, form, command in _commands(tree, _RUN):
        if isinstance(command, ComposeCommand):
            invocation = _Place(tree, path, form).invocation(command)
            if invocation is not None:
                run = (invocation.files, invocation.directory, invocation.project_name, invocation.env_files)
                found.setdefault((*run, invocation.profiles, invocation.complete, invocation.group), invocation)
    return list(found.values())


def created_networks(tree: Tree) -> Mapping[str, str]:
    """Networks that `docker network create` makes: name → path and line. Names that cannot be told hold a `HOLE`."""
    return _created(tree, NetworkCreate, _CREATE_NETWORK)


def created_volumes(tree: Tree) -> Mapping[str, str]:
    """Volumes that `docker volume create` makes: name → path and line. Names that cannot be told hold a `HOLE`."""
    return _created(tree, VolumeCreate, _CREATE_VOLUME)


def _created(tree: Tree, what: type[NetworkCreate | VolumeCreate], hint: re.Pattern[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, _, command in _commands(tree, hint):
        if isinstance(command, what):
            found.setdefault(command.name, f"{path}:{command.line}")
    return found


def _commands(tree: Tree, hint: re.Pattern[str]) -> Iterator[tuple[str, str, compose_command.Command]]:
    """What the scripts run that have the words of `hint`."""
    return islice(_all_commands(tree, hint), _MAX_COMMANDS)


def _all_commands(tree: Tree, hint: re.Pattern[str]) -> Iterator[tuple[str, str, compose_command.Command]]:
    left = _MAX_TEXT
    for path, text in tree.scripts():
        form = next((form for pattern, form in _FORMS if pattern.search(path)), None)
        if form is not None and hint.search(text):
            left -= len(text)
            if left < 0:
                return
            for command in compose_command.commands(text, form):
                yield path, form, command


class _Place:
    """Where a script lies, and what its relative paths may begin at."""

    def __init__(self, tree: Tree, path: str, form: str) -> None:
        self.tree = tree
        self.path = path
        self.own = posixpath.dirname(path) or "."
        self.starts = (tree.root,) if form in _FROM_ROOT else tuple(dict.fromkeys((self.own, tree.root)))

    def invocation(self, command: ComposeCommand) -> Invocation | None:
        """The run of a command; None where no compose file of the repository can be told to be in it."""
        bases = self._bases(command.directory)
        if not command.files:
            unknown = command.directory is None or command.directory.startswith("/")
            found = None if unknown else next(filter(None, map(self._default, bases)), None)
            return None if found is None else self._made(command, (), *found, True)
        best: list[str] = []
        best_base, all_there = bases[0], False
        for base in bases:
            there = [file for name in command.files if (file := self._file(base, name)) is not None]
            if len(there) > len(best):
                best, best_base, all_there = there, base, len(there) == len(command.files)
            if all_there:
                break
        if not best:
            return None
        first = self._file(best_base, command.files[0])
        directory = None if first is None else posixpath.dirname(first) or "."
        return self._made(command, tuple(best), best_base, directory, all_there)

    def _bases(self, directory: str | None) -> list[str]:
        """The directories that a command may run in, the likeliest first."""
        found = [self._at(start, directory or ".") for start in self.starts]
        return list(dict.fromkeys(base for base in found if base is not None)) or list(self.starts)

    def _at(self, base: str, path: str) -> str | None:
        """A path of a command as one of the repository; None where it leads elsewhere or is unknown."""
        if HOLE in path or path.startswith(("/", "~", "-")):
            return None
        if path[:1] == shell.HERE:
            base, path = self.own, path[1:].lstrip("/")
        elif path[:1] == shell.TOP:
            base, path = self.tree.root, path[1:].lstrip("/")
        return posixpath.normpath(posixpath.join(base, path))

    def _file(self, base: str, name: str) -> str | None:
        path = self._at(base, name)
        return path if path is not None and self.tree.status(path) == "file" else None

    def _default(self, base: str) -> tuple[str, str] | None:
        """A directory with the nearest directory, it or above, that holds a compose file of a default name."""
        if self.tree.status(base) != "directory":
            return None
        for steps in range(_MAX_PARENTS):
            above = posixpath.normpath(posixpath.join(base, *[".."] * steps))
            if self.tree.status(above) != "directory":
                break
            if any(self._file(above, name) is not None for name in _DEFAULT_NAMES):
                return base, above
        return None

    def _made(
        self, command: ComposeCommand, files: tuple[str, ...], base: str, directory: str | None, known: bool
    ) -> Invocation:
        if command.project_directory is not None:
            directory = self._at(base, command.project_directory)
            known = known and directory is not None
        env_files = [self._at(base, file) for file in command.env_files]
        name = command.project_name
        return Invocation(
            files=tuple(self.tree.resolve(file) for file in files),
            directory=None if directory is None else self.tree.resolve(directory),
            project_name=None if name is None or HOLE in name else name,
            env_files=tuple(self.tree.resolve(file) for file in env_files if file is not None),
            profiles=tuple(profile for profile in command.profiles if HOLE not in profile),
            complete=command.complete and known and None not in env_files,
            evidence=f"{self.path}:{command.line}",
            group=f"{self.path}#{command.group}",
        )
