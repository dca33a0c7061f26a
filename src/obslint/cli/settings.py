"""Command-line options and obslint.yaml together: what a run is told."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from obslint.engine import Options


_FILE_NAME = "obslint.yaml"


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
            exclude=settings.exclude,
            kinds=settings.kinds,
            base=base,
            include_archives=include_archives or settings.include_archives,
            declared=Declared(settings.stacks, base, settings.exposure),
        ),
        fail_on or settings.fail_on,
    )


def _split(values: Sequence[str]) -> tuple[str, ...]:
    """Options may be repeated or hold a list: `--select EXP,REF001`."""
    return tuple(part for value in values for part in value.replace(",", " ").split())


def _nearest(start: Path) -> Path | None:
    """The nearest obslint.yaml from a directory upwards, not beyond the repository that holds it."""
    directory = start if start.is_dir() else start.parent
    for candidate in (directory, *directory.resolve().parents):
        if (candidate / _FILE_NAME).is_file():
            return candidate / _FILE_NAME
        if (candidate / ".git").exists():
            return None
    return None
