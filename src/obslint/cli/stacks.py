"""`obslint stacks`: which files are run together, and how we know."""

from __future__ import annotations

import click


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--include-archives", is_flag=True, help="Also read archive, example, backup and template directories.")
@click.option("--config", type=click.Path(), help="The obslint.yaml to use instead of the nearest one.")
def stacks(paths: tuple[str, ...], include_archives: bool, config: str | None) -> int:
    """List the stacks below PATHS: each way of running the compose files, and which of them belong together.

    Where the partition is wrong, `stacks:` in obslint.yaml says which files belong together.
    """
    from obslint import engine
    from obslint.cli.output import emit
    from obslint.cli.settings import settle
    from obslint.discover import InputError
    from obslint.report import graph as report

    try:
        picture = engine.draw(settle(paths, config, include_archives=include_archives))
    except InputError as error:
        raise click.ClickException(str(error)) from error
    emit(report.partition(picture.stacks))
    return 0
