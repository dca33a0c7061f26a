"""`obslint query`: one expression explained and judged."""

from __future__ import annotations

import click

FORMATS = ("text", "json")


@click.command()
@click.argument("expression")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format."
)
@click.option("--alert", is_flag=True, help="Judge it as the condition of an alert.")
@click.option("--select", multiple=True, metavar="RULES", help="Run only these: codes, families or names.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Do not run these: codes, families or names.")
@click.option("--config", type=click.Path(), help="The obslint.yaml to use instead of the nearest one.")
def query(
    expression: str,
    paths: tuple[str, ...],
    format_: str,
    alert: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    config: str | None,
) -> int:
    """Explain an EXPRESSION of PromQL or LogQL: its tree, types, labels, the metrics it requires, findings.

    With PATHS it is judged as if the Prometheus servers there evaluated it: with their scrape intervals, jobs and
    recorded series.

    Exit code 0: clean. 1: an error was found. 2: obslint could not do its job.
    """
    from dataclasses import replace

    from obslint import engine
    from obslint.cli.output import emit
    from obslint.cli.settings import settle
    from obslint.discover import InputError
    from obslint.findings import Severity
    from obslint.report import query as report
    from obslint.rules import registry

    if not expression.strip():
        raise click.ClickException("there is no expression")
    options = settle(paths, config, select, ignore)
    try:
        explanation, outcome = engine.query(expression, options if paths else replace(options, paths=()), alert)
    except (InputError, registry.PluginError, registry.UnknownRuleError) as error:
        raise click.ClickException(str(error)) from error
    emit(report.json(explanation, outcome) if format_ == "json" else report.text(explanation, outcome))
    return int(any(finding.severity is Severity.ERROR for finding in outcome.active))
