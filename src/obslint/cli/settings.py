"""Command-line options and obslint.yaml together: what a run is told."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from obslint.engine import Options


_FILE_NAME = "obslint.yaml"
_ANY_NAME = ("[!.]*", ".[!.]*")
"""Globs of every name but `..`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of a run and the severity that makes it fail."""

    options: Options
    fail_on: str


def settle(
    paths: Sequence[str],
    config: str | None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    include_archives: bool = False,
    fail_on: str | None = None,
) -> Settings:
    """Read obslint.yaml, if there is one, and let the command line win. Raises `click.ClickException`."""
    from obslint.engine import Options

    named = [Path(path) for path in paths or ["."]]
    file = Path(config) if config else _nearest(named[0])
    if file is None:
        options = Options(named, _split(select), _split(ignore), include_archives=include_archives)
        return Settings(options, fail_on or "error")
    from obslint import config as configuration  # pydantic: only where there is something to read
    from obslint.graph import Declared
    from obslint.rules import registry

    try:
        settings = configuration.load(file)
    except (configuration.ConfigError, registry.PluginError) as error:
        raise click.ClickException(str(error)) from error
    base = Path(os.path.relpath(file.parent)).as_posix()
    return Settings(
        Options(
            paths=named,
            select=_split(select) or settings.select,
            ignore=(*settings.ignore, *_split(ignore)),
            exclude=[rebased for glob in settings.exclude for rebased in _rebased(glob, base)],
            kinds={rebased: kind for glob, kind in settings.kinds.items() for rebased in _rebased(glob, base)},
            include_archives=include_archives or settings.include_archives,
            declared=Declared(
                stacks={
                    name: [rebased for glob in globs for rebased in _rebased(glob, base)]
                    for name, globs in settings.stacks.items()
                },
                exposure=settings.exposure,
            ),
        ),
        fail_on or settings.fail_on,
    )


def _split(values: Sequence[str]) -> tuple[str, ...]:
    """Options may be repeated or hold a list: `--select EXP,REF001`."""
    return tuple(part for value in values for part in value.replace(",", " ").split())


def _rebased(glob: str, base: str) -> list[str]:
    """Globs relative to the working directory for one that is relative to `base`, both in `.gitignore` syntax."""
    negation = "!" * glob.startswith("!")
    pattern = glob.removeprefix("!")
    path = pattern.lstrip("/")
    named = "/" not in pattern.rstrip("/")  # a name, at any depth
    above = not base.strip("./")
    if named:
        rebased = [pattern if above else f"{_literal(base)}/**/{pattern}"]
    else:
        rebased = [f"/{path}" if base == "." else f"{_literal(base)}/{path}"]
    if above and base != ".":
        # What lies here is not shown as below `..`: the pattern's first segments have to lead here.
        segments = ["**"] * named + path.rstrip("/").split("/")
        rests = _rests(segments, Path.cwd().parts[-base.count("..") :])
        rebased += [f"/{rest}{'/' * pattern.endswith('/')}" for rest in rests]
    return [negation + line for line in rebased]


def _rests(segments: Sequence[str], here: Sequence[str]) -> list[str]:
    """What is left of a pattern below the directories `here`; nothing where it leads elsewhere."""
    from obslint.lang.globs import compile_glob

    rests: list[str] = []
    states = {0}  # how many segments have been matched, of each way to match them
    for depth, name in enumerate((*here, "")):
        for state in range(len(segments)):
            if state in states and segments[state] == "**":
                states.add(state + 1)
        if len(segments) in states:  # the whole pattern stands for a directory above, which is shown like this
            rests.append("/".join([".."] * (len(here) - depth)) or ".")
        if depth < len(here):
            matchers = {state: compile_glob(segments[state]) for state in states if state < len(segments)}
            states = {
                state + (segments[state] != "**")
                for state, matcher in matchers.items()
                if segments[state] == "**" or (matcher is not None and matcher.match(name))
            }
    for state in sorted(states - {len(segments)}):
        first, *rest = segments[state:]
        # A star would take in `..`, where everything lies that is not below.
        heads = _ANY_NAME if first in ("*", "**") else (first,)
        deeper = ["**"] if first == "**" and rest else []
        rests += ["/".join((head, *deeper, *rest)) for head in heads]
    return rests


def _literal(path: str) -> str:
    return re.sub(r"([*?\[\]\\])", r"\\\1", path)


def _nearest(start: Path) -> Path | None:
    """The nearest obslint.yaml from a directory upwards, not beyond the repository that holds it."""
    directory = start if start.is_dir() else start.parent
    for candidate in (directory, *directory.resolve().parents):
        if (candidate / _FILE_NAME).is_file():
            return candidate / _FILE_NAME
        if (candidate / ".git").exists():
            return None
    return None
