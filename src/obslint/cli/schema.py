"""`obslint schema`: the JSON schema of one kind of config."""

from __future__ import annotations

import click

_NOT_OF_KINDS = frozenset(("graph", "report", "vocabulary"))
"""Schemas of what obslint prints, and of the schemas."""


@click.command()
@click.argument("kind")
def schema(kind: str) -> int:
    """Print the JSON schema of KIND, for an editor that completes and checks while you write."""
    from obslint import resources
    from obslint.cli.output import emit

    files = {file.stem: file for file in resources.path("schemas").glob("*.json") if file.stem not in _NOT_OF_KINDS}
    if kind not in files:
        raise click.ClickException(f"no schema is called `{kind}`; there are {', '.join(sorted(files))}")
    emit(files[kind].read_text(encoding="utf-8"))
    return 0
