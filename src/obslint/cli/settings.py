"""Command-line options and obslint.yaml together: what a run is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from obslint.engine import Options


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
    from obslint import config as configuration
    from obslint.engine import Options

    named = [Path(path) for path in paths or ["."]]
    file = Path(config) if config else configuration.find(named[0])
    try:
        settings = configuration.load(file) if file else None
    except configuration.ConfigError as error:
        raise click.ClickException(str(error)) from error
    if settings is None or file is None:
        return Settings(
            Options(named, _split(select), _split(ignore), include_archives=include_archives), fail_on or "error"
        )
    base = PurePosixPath(file.parent.as_posix())
    return Settings(
        Options(
            paths=named,
            select=_split(select) or settings.select,
            ignore=(*settings.ignore, *_split(ignore)),
            exclude=[str(base / glob) for glob in settings.exclude],
            kinds={str(base / glob): kind for glob, kind in settings.kinds.items()},
            include_archives=include_archives or settings.include_archives,
        ),
        fail_on or settings.fail_on,
    )


def _split(values: Sequence[str]) -> tuple[str, ...]:
    """Options may be repeated or hold a list: `--select EXP,REF001`."""
    return tuple(part for value in values for part in value.replace(",", " ").split())
