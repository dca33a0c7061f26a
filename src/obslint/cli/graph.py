"""`obslint graph`: what the files mean together, drawn or explained."""

from __future__ import annotations

import click

FORMATS = ("text", "json", "dot", "mermaid")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format."
)
@click.option("--stack", metavar="NAME", help="Only the stacks of this name, compose file, project or group.")
@click.option("--focus", metavar="NODE", help="Only what lies around this node: an id or a label.")
@click.option("--depth", type=click.IntRange(0), default=1, show_default=True, help="How many edges around --focus.")
@click.option("--explain-unknown", is_flag=True, help="List the links that stayed unknown, with the reasons.")
@click.option("--include-archives", is_flag=True, help="Also read archive, example, backup and template directories.")
@click.option("--config", type=click.Path(), help="The obslint.yaml to use instead of the nearest one.")
def graph(
    paths: tuple[str, ...],
    format_: str,
    stack: str | None,
    focus: str | None,
    depth: int,
    explain_unknown: bool,
    include_archives: bool,
    config: str | None,
) -> int:
    """Print the graph of the files below PATHS: services, networks, ports, configs, and the links between them.

    Each link is yes, no or unknown, with the reason. The JSON is described by schemas/graph.json.
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
    if stack is not None:
        picture = picture.of_stack(stack)
        if not picture.stacks:
            raise click.ClickException(f"no stack, compose file, project or group is called `{stack}`")
    if focus is not None:
        picture = picture.around(focus, depth)
        if not picture.points:
            raise click.ClickException(f"no node of the graph is called `{focus}`")
    emit(report.unknowns(picture) if explain_unknown else report.FORMATS[format_](picture))
    return 0
