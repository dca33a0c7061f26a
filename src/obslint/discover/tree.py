"""What the graph may ask about the file system: whether paths exist and what lies below them, never beyond the root."""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Literal

from obslint.discover import disk
from obslint.discover.gitignore import Ignore
from obslint.discover.names import VENDORED

Status = Literal["file", "directory", "missing", "outside", "ignored"]

_MAX_FILES = 100_000
_MAX_SCRIPT = 256 << 10
_MAX_SCRIPTS = 16 << 20
"""Bytes of one script, and of all scripts together, that are searched."""
_SCRIPT = re.compile(
    r"\.(?:sh|bash|ps1|py|mk)\Z|(?:\A|/)(?:GNUm|M|m)akefile\Z|(?:\A|/)[Jj]ustfile\Z|(?:\A|/)Taskfile\.ya?ml\Z"
)
_MAX_DOCS = 4 << 20
"""Bytes of all manuals, workflows and compose files together that are looked at."""
_DOC = re.compile(
    r"\.(?:md|bat|cmd)\Z|(?:\A|/)\.github/workflows/[^/]+\.ya?ml\Z|(?:\A|/)\.gitlab-ci\.ya?ml\Z"
    r"|(?:\A|/)package\.json\Z|(?:\A|/)Jenkinsfile\Z|(?:compose|stack)[^/]*\.ya?ml\Z"
)
_ENGINE = re.compile(rb"docker|podman|nerdctl")
_TOLD = re.compile(
    r"\.(?:md|rst|adoc|txt|service)\Z|(?:\A|/)(?:[^/]*\.)?(?:Docker|Container)file[^/]*\Z|"
    r"(?:\A|/)(?:\.github/|\.gitlab-ci|\.circleci/|Jenkinsfile|azure-pipelines|Vagrantfile)",
    re.IGNORECASE,
)
"""Files besides scripts that tell what is done with others: documents, image builds, pipelines."""
_WRITES = re.compile(r">|\b(?:cp|mv|ln|tee|install|touch|curl|wget|open|write\w*|render\w*|output)\b|-o\b|^[^#\s]*:")


class Tree:
    """The project's directory. Paths are POSIX and relative to the working directory, as in `Source.path`."""

    unseen = ""

    def __init__(self, root: str, cwd: str, ignore: Ignore, read_as: Mapping[str, str]) -> None:
        """`root` and `cwd` are real and absolute; `read_as` leads from real paths to those of the sources."""
        self.root = posixpath.relpath(root, cwd)
        self._root = root
        self._cwd = cwd
        self._ignore = ignore
        self._read_as = read_as
        self._known: dict[str, Status] = {}
        self._files: dict[str, tuple[str, ...]] = {}
        self._scripts: list[tuple[str, str]] | None = None
        self._docs: list[tuple[str, str]] | None = None
        self._telling: list[tuple[str, str]] | None = None

    def status(self, path: str) -> Status:
        """What stands at a path, links followed within the root.

        `outside` is beyond the root and was not looked at. `ignored` is missing here but matched by an ignore file, so
        it may well exist elsewhere: generated, or a secret.
        """
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._status(self._absolute(path))
        return known

    def resolve(self, path: str) -> str:
        """The path under which the file at `path` was read as a source; else `path` normalised, links followed."""
        absolute = self._absolute(path)
        real = disk.resolve(self._root, absolute)
        if real is None:
            return posixpath.relpath(absolute, self._cwd)
        return self._read_as.get(real) or posixpath.relpath(real, self._cwd)

    def files_under(self, path: str) -> tuple[str, ...]:
        """All regular files below a directory, sorted; at most 100,000, each directory once, no vendored ones."""
        top = self._absolute(path)
        known = self._files.get(top)
        if known is None:
            known = self._files[top] = tuple(sorted(islice(self._below(top), _MAX_FILES)))
        return known

    def written_by(self, path: str) -> str | None:
        """The first script or makefile with a line that names the file and looks as if it wrote it."""
        name = posixpath.basename(path)
        for script, text in self._own_scripts():
            if name in text and any(name in line and _WRITES.search(line) for line in text.splitlines()):
                return script
        return None

    def scripts(self) -> Iterator[tuple[str, str]]:
        """Paths and texts of scripts and makefiles, then of manuals, workflows and compose files that name an engine.

        Of a tree with more than 4 MB of the latter those nearest to the root are read.
        """
        yield from self._own_scripts()
        if self._docs is None:
            self._docs = list(self._texts(_DOC, _MAX_DOCS, _ENGINE))
        yield from self._docs

    def naming(self, text: str) -> Iterator[tuple[str, str]]:
        """Lines of scripts, image builds, pipelines and documents that hold the text, with the path of the file."""
        if self._telling is None:
            self._telling = list(self._texts(_TOLD, _MAX_SCRIPTS))
        for path, content in (*self._own_scripts(), *self._telling):
            if text in content:
                yield from ((path, line) for line in content.splitlines() if text in line)

    def _own_scripts(self) -> list[tuple[str, str]]:
        if self._scripts is None:
            self._scripts = list(self._texts(_SCRIPT, _MAX_SCRIPTS))
        return self._scripts

    def _texts(
        self, names: re.Pattern[str], left: int, word: re.Pattern[bytes] | None = None
    ) -> Iterator[tuple[str, str]]:
        """Files of these names that hold a word, those nearest to the root first, as far as `left` bytes reach."""
        paths = (path for path in self.files_under(self.root) if names.search(path))
        for path in sorted(paths, key=lambda path: (path.count("/"), path)):
            content = self._content(path, min(_MAX_SCRIPT, left))
            left -= len(content)
            if word is None or word.search(content):
                yield path, content.decode("utf-8", "replace")

    def _content(self, path: str, limit: int) -> bytes:
        """A file's content; nothing if it is too large, unreadable, or not within the root."""
        real = disk.resolve(self._root, self._absolute(path))
        if real is None:
            return b""
        try:
            return disk.read(real, limit)
        except OSError:
            return b""

    def _below(self, top: str) -> Iterator[str]:
        visited: set[str] = set()
        stack = [(top, disk.resolve(self._root, top))]
        while stack:
            shown, directory = stack.pop()
            if directory is None or directory in visited:
                continue
            visited.add(directory)
            for name, linked in _entries(directory):
                here = posixpath.join(directory, name)
                real = disk.resolve(self._root, here) if linked else here
                mode = disk.mode(real) if real is not None else 0
                if stat.S_ISDIR(mode) and name != ".git" and name not in VENDORED:
                    stack.append((posixpath.join(shown, name), real))
                elif stat.S_ISREG(mode):
                    yield posixpath.relpath(posixpath.join(shown, name), self._cwd)

    def _absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self._cwd, path))

    def _status(self, path: str) -> Status:
        real = disk.resolve(self._root, path)
        if real is None:
            return "outside"
        mode = disk.mode(real)
        if stat.S_ISDIR(mode):
            return "directory"
        if stat.S_ISREG(mode):
            return "file"
        if len(path) > disk.MAX_PATH:
            return "missing"
        return "ignored" if not mode and (self._ignore.covers(path) or self._ignore.covers(real)) else "missing"


class Unseen:
    """The directory of a text that came without one: nothing in it was looked at, so nothing is known of any path."""

    root = "."
    unseen = "the file came without those around it"

    def status(self, path: str) -> Status:
        return "outside"

    def resolve(self, path: str) -> str:
        return posixpath.normpath(path)

    def files_under(self, path: str) -> tuple[str, ...]:
        return ()

    def written_by(self, path: str) -> str | None:
        return None

    def scripts(self) -> Iterator[tuple[str, str]]:
        return iter(())

    def naming(self, text: str) -> Iterator[tuple[str, str]]:
        return iter(())


def _entries(directory: str) -> list[tuple[str, bool]]:
    """Names in a directory, sorted, and which are links; none if it cannot be listed, and none that are not text."""
    try:
        with os.scandir(directory) as entries:
            return sorted((entry.name, entry.is_symlink()) for entry in entries if disk.is_text(entry.name))
    except OSError:
        return []
