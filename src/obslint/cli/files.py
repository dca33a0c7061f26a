"""`obslint files`: every file with its kind and why."""

from __future__ import annotations

import click


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--include-archives", is_flag=True, help="Also read archive, example, backup and template directories.")
@click.option("--config", type=click.Path(), help="The obslint.yaml to use instead of the nearest one.")
def files(paths: tuple[str, ...], include_archives: bool, config: str | None) -> int:
    """List the files below PATHS with the kind each was taken for, or the reason it was passed over."""
    from obslint import engine
    from obslint.cli.output import emit
    from obslint.cli.settings import settle
    from obslint.discover import InputError
    from obslint.report.escape import visible, without_commands

    try:
        loaded = engine.load(settle(paths, config, include_archives=include_archives))
    except InputError as error:
        raise click.ClickException(str(error)) from error
    rows = [(item.document.path, item.kind, item.why) for item in loaded.recognised]
    rows.extend(
        (item.path, "-", f"{item.reason}: {item.detail}" if item.detail else item.reason)
        for item in loaded.discovery.skipped
    )
    rows.extend((path, "-", "no kind that obslint knows") for path in loaded.unrecognised)
    rows.extend((crash.place.path, "-", crash.message) for crash in loaded.crashes)
    width = max((len(kind) for _, kind, _ in rows), default=0)
    listed = "".join(f"{visible(path)}  {kind:<{width}}  {visible(why)}\n" for path, kind, why in sorted(rows))
    emit(without_commands(listed))
    return 2 if loaded.crashes else 0
