"""`obslint rules`: every rule in one line each."""

from __future__ import annotations

import click


@click.command()
def rules() -> int:
    """List every rule: code, severity, name, what it finds."""
    from obslint.cli.output import emit
    from obslint.rules import registry

    try:
        found = [rule.info() for rule in registry.load()]
    except registry.PluginError as error:
        raise click.ClickException(str(error)) from error
    width = max((len(rule.name) for rule in found), default=0)
    lines = (
        f"{rule.code}  {rule.severity.value if rule.enabled else 'off':<7}  {rule.name:<{width}}  {rule.summary}\n"
        for rule in found
    )
    emit("".join(lines))
    return 0
