"""The few touches of the disk, safe on a hostile tree: links are followed by hand, only regular files are opened."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from pathlib import Path

_MAX_HOPS = 40
"""Links followed before a path counts as a loop; Linux gives up at the same number (path_resolution(7))."""
MAX_PATH = 4096
"""Length beyond which no path can exist (PATH_MAX of Linux), so that none costs much to look up."""

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class TooLargeError(OSError):
    """The file is larger than the caller is willing to read."""


def is_text(name: str) -> bool:
    """Whether a name is text at all; one of bytes that are no UTF-8 cannot be shown or compared."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def inside(root: str, path: str) -> bool:
    """Whether `path` is `root` or lies below it; both absolute and normalised."""
    return path == root or path.startswith(root if root.endswith("/") else f"{root}/")


def resolve(root: str, path: str) -> str | None:
    """Real path of `path`, every link followed; None where it leaves `root`, beyond which nothing is looked at.

    `root` is a real path and `path` a normalised one. Parts that do not exist are kept as written; a loop gives the
    path of a link, so callers ask for the `mode` of the result.
    """
    if not inside(root, path):
        return None
    if len(path) > MAX_PATH:
        return path
    current, hops = root, 0
    todo = path[len(root) :].split("/")[::-1]
    while todo:
        name = todo.pop()
        if name in ("", "."):
            continue
        if name == "..":
            current = posixpath.dirname(current)
            if not inside(root, current):
                return None
            continue
        step = posixpath.join(current, name)
        try:
            target = Path(step).readlink().as_posix()
        except (OSError, ValueError):  # no link, nothing there, or a name that cannot be
            current = step
            continue
        hops += 1
        if hops > _MAX_HOPS:
            return step
        if posixpath.isabs(target):
            target = posixpath.normpath(target)
            if not inside(root, target):
                return None
            current, target = root, target[len(root) :]
        todo.extend(target.split("/")[::-1])
    return current


def mode(path: str) -> int:
    """`st_mode` of what stands at a path, not following a link; 0 where nothing does or it may not be asked."""
    try:
        return os.lstat(path).st_mode
    except (OSError, ValueError):
        return 0


def read(path: str, limit: int) -> bytes:
    """Content of a regular file of at most `limit` bytes. OSError for everything else; a pipe never blocks."""
    descriptor = os.open(path, _OPEN_FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if status.st_size > limit:
            raise TooLargeError(errno.EFBIG, f"{status.st_size} bytes")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(content) > limit:  # grew meanwhile, or a file system that does not know its sizes
        raise TooLargeError(errno.EFBIG, f"more than {limit} bytes")
    return content
