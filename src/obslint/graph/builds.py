"""Images built from a Dockerfile of the repository: what they start from, what they run, which files they carry."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from obslint.facts import compose as facts
from obslint.facts.common import Scalar
from obslint.facts.dockerfile import Command, Copy, Dockerfile, Stage
from obslint.graph.containers import Tree
from obslint.graph.scope import Scope
from obslint.lang import globs
from obslint.lang.interpolation import HOLE


@dataclass(frozen=True, slots=True)
class Carried:
    """A file or directory of the repository that an image holds at `target`."""

    source: str
    target: str
    written: Scalar


@dataclass(frozen=True, slots=True)
class Built:
    """An image: `base` is the reference it starts from, None where a variable decides it."""

    base: str | None
    stages: tuple[Stage, ...]
    carried: tuple[Carried, ...]

    def service(self, fact: facts.Service) -> facts.Service:
        """The service with the commands of its image, where it has none of its own; else those of the base stand."""
        entrypoint, command = fact.entrypoint, fact.command
        for stage in self.stages:
            if fact.entrypoint is None and stage.entrypoint is not None:
                entrypoint = _words(stage.entrypoint)
                command = fact.command if fact.command is not None else ()  # ENTRYPOINT takes the base's CMD away
            if fact.command is None and fact.entrypoint is None and stage.command is not None:
                command = _words(stage.command)
        return replace(fact, entrypoint=entrypoint, command=command)


def built(build: facts.Build | None, scope: Scope, dockerfiles: Mapping[str, Dockerfile], tree: Tree) -> Built | None:
    """The image of a `build`, if its Dockerfile is here and was read; its `COPY` is followed one level deep."""
    if build is None or build.inline:
        return None
    context = scope.read(build.context).known if build.context else "."
    name = scope.read(build.dockerfile).known if build.dockerfile else "Dockerfile"
    target = scope.read(build.target).known if build.target else None
    if context is None or name is None or "://" in context or (build.target and target is None):
        return None
    at = build.context or build.dockerfile or Scalar("", build.place)
    root = scope.path(context, at)
    file = dockerfiles.get(posixpath.normpath(posixpath.join(root, name)))
    stages = file.chain(target) if file else ()
    if not stages:
        return None
    carried = tuple(found for stage in stages for copy in stage.copies for found in _carried(copy, root, tree))
    return Built(stages[0].base, stages, carried)


def _carried(copy: Copy, root: str, tree: Tree) -> Iterator[Carried]:
    if copy.origin is not None or copy.target is None:
        return
    target = posixpath.normpath(copy.target)
    into = copy.target.endswith("/") or len(copy.sources) > 1
    for source in copy.sources:
        if "://" in source.text or "$" in source.text or HOLE in source.text:
            continue
        path = posixpath.normpath(posixpath.join(root, source.text.lstrip("/")))
        if tree.status(path) == "directory":
            yield Carried(path, target, source)  # its content, not itself
            continue
        for file in _matching(path, tree) if globs.is_glob(path) else (path,):
            several = into or globs.is_glob(path)
            yield Carried(file, posixpath.join(target, posixpath.basename(file)) if several else target, source)


def _matching(pattern: str, tree: Tree) -> list[str]:
    compiled = globs.compile_glob(pattern)
    files = tree.files_under(globs.static_directory(pattern) or ".")
    return [file for file in files if compiled is not None and compiled.match(file)]


def _words(command: Command) -> tuple[Scalar, ...]:
    if not command.shell:
        return command.words
    return (Scalar("/bin/sh", command.place), Scalar("-c", command.place), *command.words)
