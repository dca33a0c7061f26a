"""Command-line options and obslint.yaml together: what a run is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from obslint.engine import Options


_FILE_NAME = "obslint.yaml"


def settle(
    paths: Sequence[str],
    config: str | None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    include_archives: bool = False,
    fail_on: str | None = None,
) -> Options:
    """Read obslint.yaml, if there is one, and let the command line win. Raises `click.ClickException`."""
    from obslint.engine import Options

    named = [Path(path) for path in paths or ["."]]
    file = Path(config) if config else _nearest(named[0])
    options = Options(named)
    if file is not None:
        from obslint import config as configuration  # pydantic: only where there is something to read
        from obslint.rules import registry

        try:
            options = configuration.options(file, named)
        except (configuration.ConfigError, registry.PluginError) as error:
            raise click.ClickException(str(error)) from error
    return replace(
        options,
        select=_split(select) or options.select,
        ignore=(*options.ignore, *_split(ignore)),
        include_archives=include_archives or options.include_archives,
        fail_on=fail_on or options.fail_on,
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
