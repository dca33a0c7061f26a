"""`obslint explain`: the manual page of one rule."""

from __future__ import annotations

import click


@click.command()
@click.argument("rule")
def explain(rule: str) -> int:
    """Print the manual of RULE, a code such as EXP001 or a name."""
    from obslint import manual
    from obslint.cli.output import emit
    from obslint.rules import registry

    try:
        rules = registry.load()
    except registry.PluginError as error:
        raise click.ClickException(str(error)) from error
    found = next((item for item in rules if rule.upper() == item.code or rule == item.name), None)
    if found is None:
        close = [item.code for item in rules if rule.lower() in item.name or rule.upper() in item.code]
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        raise click.ClickException(f"no rule is called `{rule}`{hint}")
    emit(manual.page(found.info()))
    return 0
