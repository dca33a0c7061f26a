"""From the paths of the command line to the files worth parsing, and an honest account of those that are not."""

from __future__ import annotations

import os
import posixpath
import stat
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from obslint.discover import disk, names, sniff
from obslint.discover.gitignore import Glob, Ignore, below, decisive
from obslint.discover.templates import templated
from obslint.discover.tree import Tree, Unseen

MAX_BYTES = 16 * 1024 * 1024

Reason = Literal[
    "git-ignored",
    "vendored",
    "excluded",
    "archive",
    "templated",
    "too-large",
    "unreadable",
    "not-text",
    "not-a-file",
    "symlink-outside",
    "duplicate",
    "other",
]

_ROOT_MARKS = (".git", "obslint.yaml")


class InputError(Exception):
    """A path the user named does not exist or cannot be read. The message is for the user."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file worth parsing."""

    path: str
    """POSIX, relative to the working directory; may begin with `../`."""
    format: str
    """One of `obslint.parse.FORMATS`."""
    text: str
    """Without a byte order mark, undecodable bytes replaced."""
    named: bool
    """Given on the command line itself."""
    outline: frozenset[str]
    """Keys a cheap look saw at its top, in all its documents, before any parsing."""
    bad_utf8: tuple[int, int] | None
    """Offset of the first byte that is no UTF-8, and of its replacement in `text`."""
    kind: str | None = None
    """What the user says it is, whatever its content."""
    marked: bool = False
    """Whether a byte order mark begins the file."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was passed over and why: a file, or a whole directory if `path` ends with a slash."""

    path: str
    reason: Reason
    detail: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True)
class Discovery:
    """The result, sorted by path: the same for any order of paths or directory entries."""

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...]
    tree: Tree | Unseen


@dataclass(frozen=True, slots=True)
class _Directory:
    shown: str
    """Absolute path as the user sees it, through links."""
    real: str
    floor: str | None
    """Ignore files above this directory do not count: the user named it although they match it."""
    passed_over: tuple[Reason, str] | None = None
    """Why nothing below is read, though counted."""
    given: str = ""
    """What the user wrote, of a named directory."""


def discover(
    paths: Sequence[Path],
    *,
    exclude: Sequence[str] = (),
    include_archives: bool = False,
    kinds: Mapping[str, str] = {},
    kind: str | None = None,
    base: str = "",
    max_bytes: int = MAX_BYTES,
    markers: frozenset[str] = sniff.MARKERS,
) -> Discovery:
    """Find the files worth parsing.

    Named files are always read. Below named directories candidates are told by their ending, then by their content,
    which must have one of `markers` among its top keys. `exclude` and the keys of `kinds` are globs in `.gitignore`
    syntax, relative to the directory `base` and silent on what lies outside of it, or without one relative to the
    working directory; a file that one of `kinds` matches is read whatever its name and keys. `kind` is that of the
    named paths, which must then be files. Raises `InputError`.
    """
    try:
        cwd = Path.cwd().as_posix()
    except OSError as error:
        raise InputError(f"the working directory cannot be read: {error.strerror}") from error
    tops = {_locate(path): path.as_posix() for path in reversed(paths)}
    finder = _Finder(
        root=_root(tops) if tops else cwd,
        cwd=cwd,
        exclude=_globs(exclude),
        kinds=kinds,
        kind=kind,
        base=base,
        include_archives=include_archives,
        max_bytes=max_bytes,
        markers=markers,
    )
    return finder.run(tops)


def _globs(lines: Iterable[str]) -> tuple[Glob, ...]:
    return tuple(glob for glob in map(Glob.parse, lines) if glob is not None)


def _locate(path: Path) -> str:
    """The path absolute, and real up to its last name, which may be a link."""
    try:
        if path.name in ("", ".."):
            located = path.resolve(strict=True)
        else:
            located = path.parent.resolve(strict=True) / path.name
            located.lstat()
            if located.is_symlink() and located.is_dir() and _project(located.parent.as_posix()) is None:
                located = located.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop of links, up to Python 3.12
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a path"
        raise InputError(f"{_printable(path.as_posix())}: {reason}") from error
    return located.as_posix()


def _project(directory: str) -> str | None:
    """The nearest directory, this one or above, with a mark of a project's root."""
    while True:
        if any(disk.mode(posixpath.join(directory, mark)) for mark in _ROOT_MARKS):
            return directory
        above = posixpath.dirname(directory)
        if above == directory:
            return None
        directory = above


def _root(tops: Iterable[str]) -> str:
    """The directory beyond which nothing is read."""
    directories = [top if stat.S_ISDIR(disk.mode(top)) else posixpath.dirname(top) for top in tops]
    common = posixpath.commonpath(directories)
    return _project(common) or common


def _repository(root: str) -> str:
    """Where git's ignore files begin to count: the repository's top, which a root with `obslint.yaml` may lie below."""
    directory = root
    while not disk.mode(posixpath.join(directory, ".git")):
        above = posixpath.dirname(directory)
        if above == directory:
            return root
        directory = above
    return directory


class _Finder:
    def __init__(
        self,
        *,
        root: str,
        cwd: str,
        exclude: tuple[Glob, ...],
        kinds: Mapping[str, str],
        kind: str | None,
        base: str,
        include_archives: bool,
        max_bytes: int,
        markers: frozenset[str],
    ) -> None:
        self.root = root
        self.cwd = cwd
        self.exclude = exclude
        self.kinds = kinds
        self.kind_globs = _globs(kinds)
        self.kind = kind
        self.base = base
        self.include_archives = include_archives
        self.max_bytes = max_bytes
        self.markers = markers
        self.ignore = Ignore(_repository(root))
        self.sources: dict[str, Source] = {}
        self.skipped: dict[str, Skipped] = {}
        self.read_as: dict[str, str] = {}
        self.linked_files: list[tuple[str, str]] = []
        self.linked_directories: list[_Directory] = []

    def run(self, tops: Mapping[str, str]) -> Discovery:
        """Walk from absolute paths; their values are what the user wrote."""
        directories: list[_Directory] = []
        for top, given in sorted(tops.items()):
            if not disk.is_text(self._shown(top)):
                raise InputError(f"{_printable(given)}: a name that is not UTF-8")
            real = disk.resolve(self.root, top)
            if real is None:
                raise InputError(f"{given}: a symbolic link that leads out of the project")
            mode = disk.mode(real)
            if stat.S_ISDIR(mode):
                if self.kind is not None:
                    raise InputError(f"{given}: a directory, whose files are not all of kind `{self.kind}`")
                floor = real if self.ignore.covers(real) else None
                directories.append(_Directory(top, real, floor, self._inside_chart(real), given))
            elif stat.S_ISREG(mode):
                self._named_file(given, top, real)
            else:
                broken = stat.S_IFMT(mode) in (0, stat.S_IFLNK)
                raise InputError(f"{given}: {'a broken symbolic link' if broken else 'not a regular file'}")
        self._walk(directories)
        sources = tuple(self.sources[path] for path in sorted(self.sources))
        skipped = tuple(self.skipped[path] for path in sorted(self.skipped) if path not in self.sources)
        return Discovery(sources, skipped, Tree(self.root, self.cwd, self.ignore, self.read_as))

    def _named_file(self, given: str, top: str, real: str) -> None:
        path = self._shown(top)
        chart = self._inside_chart(real)
        if chart is not None and self._kind(path) is None:
            self._skip(path, *chart, named=True)
            return
        try:
            self._read(path, real, named=True)
        except OSError as error:
            raise InputError(f"{given}: {error.strerror or 'cannot be read'}") from error

    def _walk(self, directories: Iterable[_Directory]) -> None:
        """Every directory once: named ones first, links last, so that a file keeps its own path where it has one."""
        queue = deque(directories)
        visited: set[str] = set()
        while queue or self.linked_directories:
            if not queue:
                self.linked_directories.sort(key=lambda directory: directory.shown, reverse=True)
                queue.append(self.linked_directories.pop())
            directory = queue.popleft()
            if directory.real in visited:
                continue
            visited.add(directory.real)
            try:
                with os.scandir(directory.real) as scan:
                    entries = sorted(scan, key=lambda entry: entry.name)
            except OSError as error:
                if directory.given:
                    raise InputError(f"{directory.given}: {error.strerror or 'cannot be read'}") from error
                self._skip(f"{self._shown(directory.shown)}/", "unreadable", error.strerror or "")
                continue
            for entry in entries:
                below = self._entry(directory, entry)
                if below is not None:
                    queue.append(below)
        for path, real in sorted(self.linked_files):
            self._try(path, real)

    def _entry(self, parent: _Directory, entry: os.DirEntry[str]) -> _Directory | None:
        """Take in one entry of a directory; a directory to go into next is returned."""
        name = entry.name
        path = self._shown(posixpath.join(parent.shown, name))
        if not disk.is_text(name):
            self._skip(_printable(path), "unreadable", "a name that is not UTF-8")
            return None
        here = posixpath.join(parent.real, name)
        linked = entry.is_symlink()
        real = disk.resolve(self.root, here) if linked else here
        if real is None:
            self._skip(path, "symlink-outside")
            return None
        form = stat.S_IFMT(disk.mode(real)) if linked else _form(entry)
        if form == stat.S_IFDIR:
            below = self._directory(parent, name, path, real, linked)
            if below is None or not linked:
                return below
            self.linked_directories.append(below)
            return None
        if names.read_as(path) is None and self._kind(path) is None:
            return None
        passed_over = self._passed_over(parent, name, path)
        if passed_over is not None:
            self._skip(path, *passed_over)
        elif form in (0, stat.S_IFLNK):
            self._skip(path, "unreadable", "a broken symbolic link" if linked else "")
        elif form != stat.S_IFREG:
            self._skip(path, "not-a-file")
        elif linked:
            self.linked_files.append((path, real))
        else:
            self._try(path, real)
        return None

    def _directory(self, parent: _Directory, name: str, path: str, real: str, linked: bool) -> _Directory | None:
        """A directory to go into, or None if it is left out as a whole."""
        if name == ".git":
            return None
        if name in names.VENDORED:
            self._skip(f"{path}/", "vendored", name)
            return None
        # to git a link is no directory, whatever it leads to
        line = self.ignore.decides(posixpath.join(parent.real, name), directory=not linked, floor=parent.floor)
        if line is not None:
            self._skip(f"{path}/", "git-ignored", self._place(line))
            return None
        glob = self._decisive(self.exclude, path, directory=True)
        if glob is not None:
            self._skip(f"{path}/", "excluded", glob.source)
            return None
        passed_over = parent.passed_over
        if passed_over is None and name == "templates" and disk.mode(posixpath.join(parent.real, "Chart.yaml")):
            passed_over = ("templated", "Helm chart")
        if passed_over is None and names.archive_directory(name) and not self.include_archives:
            passed_over = ("archive", f"{name}/")
        return _Directory(posixpath.join(parent.shown, name), real, parent.floor, passed_over)

    def _passed_over(self, parent: _Directory, name: str, path: str) -> tuple[Reason, str] | None:
        """Why a candidate is not even opened."""
        line = self.ignore.decides(posixpath.join(parent.real, name), directory=False, floor=parent.floor)
        if line is not None:
            return "git-ignored", self._place(line)
        glob = self._decisive(self.exclude, path, directory=False)
        if glob is not None:
            return "excluded", glob.source
        if self._kind(path) is not None:
            return None
        archive, template = names.archive_ending(name), names.template_ending(path)
        if template is not None and archive is None:
            return "templated", f"`{template}` ending"
        if parent.passed_over is not None:
            live = parent.passed_over == ("archive", "templates/") and names.nginx_template(path)
            return None if live else parent.passed_over
        if archive is not None and not self.include_archives:
            return "archive", archive
        return None

    def _try(self, path: str, real: str) -> None:
        try:
            self._read(path, real)
        except OSError as error:
            self._skip(path, "unreadable", error.strerror or "")

    def _read(self, path: str, real: str, named: bool = False) -> None:
        """Make a source of a regular file, or say why not; OSError if it cannot be opened."""
        known = self.read_as.get(real)
        if known is not None:
            if known != path:
                self._skip(path, "duplicate", f"same file as {known}", named)
            return
        try:
            data = disk.read(real, self.max_bytes)
        except disk.TooLargeError as error:
            self._skip(path, "too-large", error.strerror or "", named)
            return
        if is_binary(data):
            self._skip(path, "not-text", named=named)
            return
        text, bad_utf8 = decode(data)
        kind = self._kind(path)
        promised = names.read_as(path) or sniff.format_of(text)
        form = format_as(promised, kind, text)
        outline = sniff.outline(text, form, self.markers)
        if not named and kind is None:
            foreign = form not in names.ONE_KIND and not (outline if form == "ini" else outline & self.markers)
            if foreign or form != promised:
                self._skip(path, "other")
                return
        marker = templated(text, form, path if kind is None else "")
        if marker is not None:
            self._skip(path, "templated", marker, named)
            return
        self.read_as[real] = path
        self.sources[path] = Source(path, form, text, named, outline, bad_utf8, kind, data.startswith(MARK))

    def _kind(self, path: str) -> str | None:
        """The kind that a file is told to be, whatever its content."""
        if self.kind is not None:
            return self.kind
        glob = self._decisive(self.kind_globs, path, directory=False)
        return None if glob is None else self.kinds[glob.source]

    def _decisive(self, globs: tuple[Glob, ...], path: str, directory: bool) -> Glob | None:
        """The glob of the configuration that takes in an entry, if any does."""
        seen = below(self.base, path) if globs else None
        return None if seen is None else decisive(globs, seen, directory)

    def _skip(self, path: str, reason: Reason, detail: str = "", named: bool = False) -> None:
        if path not in self.skipped or not self.skipped[path].named:
            self.skipped[path] = Skipped(path, reason, detail, named)

    def _shown(self, path: str) -> str:
        return posixpath.relpath(path, self.cwd)

    def _place(self, line: str) -> str:
        file, _, number = line.rpartition(":")
        return f"{self._shown(file)}:{number}"

    def _inside_chart(self, path: str) -> tuple[Reason, str] | None:
        """Helm renders whatever lies in the `templates` directory of a chart."""
        while path != self.root and disk.inside(self.root, path):
            above, name = posixpath.split(path)
            if name == "templates" and disk.mode(posixpath.join(above, "Chart.yaml")):
                return "templated", "Helm chart"
            path = above
        return None


def format_as(promised: str, kind: str | None, text: str) -> str:
    """The format to read a text in, by the kind it is given, or what its name promises if its content agrees."""
    if kind in names.ONE_KIND:
        return kind
    if kind == "grafana-ini":
        return "ini"
    if kind is not None and promised in (*names.ONE_KIND, "ini"):
        return "yaml"
    if promised == "nginx":
        return promised if sniff.is_nginx(text) else "yaml"
    if promised == "dockerfile":
        return promised if sniff.is_dockerfile(text) else "yaml"
    return promised


def _form(entry: os.DirEntry[str]) -> int:
    """File type bits of an entry itself; 0 if it may not be asked."""
    try:
        if entry.is_dir(follow_symlinks=False):
            return stat.S_IFDIR
        return stat.S_IFREG if entry.is_file(follow_symlinks=False) else stat.S_IFMT(disk.mode(entry.path))
    except OSError:
        return 0


def _printable(path: str) -> str:
    return os.fsencode(path).decode(errors="backslashreplace")


def is_binary(data: bytes) -> bool:
    """Whether content is no text at all."""
    return b"\0" in data[:8192]


MARK = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8."""


def decode(data: bytes) -> tuple[str, tuple[int, int] | None]:
    """Text without its byte order mark, and the place of the first byte that is no UTF-8."""
    mark = len(MARK) if data.startswith(MARK) else 0
    body = data[mark:]
    try:
        return body.decode(), None
    except UnicodeDecodeError as error:
        return body.decode(errors="replace"), (mark + error.start, len(body[: error.start].decode()))
