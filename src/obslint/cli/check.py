"""`obslint check`: read the files, judge them, print what was found."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

import click

FORMATS = ("text", "json", "sarif", "github")
SEVERITIES = ("error", "warning", "info")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format."
)
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write to this file instead of standard output.")
@click.option(
    "--select", multiple=True, metavar="RULES", help="Run only these: codes, families or names, e.g. EXP,REF001."
)
@click.option("--ignore", multiple=True, metavar="RULES", help="Do not run these: codes, families or names.")
@click.option(
    "--fail-on", type=click.Choice(SEVERITIES), help="Lowest severity that makes the exit code 1.  [default: error]"
)
@click.option("--kind", metavar="KIND", help="What the files are, whatever their names and content, e.g. prometheus.")
@click.option("--include-archives", is_flag=True, help="Also read archive, example, backup and template directories.")
@click.option("--config", type=click.Path(), help="The obslint.yaml to use instead of the nearest one.")
@click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", show_default=True)
def check(
    paths: tuple[str, ...],
    format_: str,
    output: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str | None,
    kind: str | None,
    include_archives: bool,
    config: str | None,
    color: str,
) -> int:
    """Check the files and directories PATHS (default: the current directory), or standard input if PATHS is `-`.

    A file that is named is checked even where it would be passed over below a directory. Of standard input, nothing
    is judged that needs other files; its kind is told by its content or by --kind.

    Exit code 0: clean. 1: findings at or above --fail-on. 2: obslint could not do its job.
    """
    from obslint import engine, report
    from obslint.cli.output import emit
    from obslint.cli.settings import settle
    from obslint.discover import InputError
    from obslint.findings import Severity
    from obslint.rules import registry

    stdin = _standard_input(paths)
    named = paths if stdin is None else ()
    options = replace(settle(named, config, select, ignore, include_archives, fail_on), kind=_known(kind), stdin=stdin)
    try:
        outcome = engine.check(options)
    except (InputError, registry.PluginError, registry.UnknownRuleError) as error:
        raise click.ClickException(str(error)) from error
    colored = color == "always" or (
        color == "auto" and output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    )
    text = report.renderer(format_)(outcome, color=colored)
    if output is None:
        emit(text, colored)
    else:
        try:
            with open(output, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - the user's own path
                file.write(text)
        except OSError as error:
            raise click.ClickException(f"{output}: cannot be written: {error.strerror}") from error
    if any(finding.code == "OBS003" for finding in outcome.findings):  # no comment can silence a crash
        return 2
    worst = Severity(options.fail_on).rank
    return int(any(finding.severity.rank >= worst for finding in outcome.active))


def _standard_input(paths: Sequence[str]) -> bytes | None:
    """The content of standard input if `-` stands for the paths, as much of it as shows whether it is too large."""
    from obslint.discover import MAX_BYTES

    if "-" not in paths:
        return None
    if len(paths) > 1:
        raise click.ClickException("`-` stands alone: standard input is judged without other files")
    if sys.stdin is None:  # closed by whoever started us
        raise click.ClickException("<stdin>: closed")
    try:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"<stdin>: {error.strerror or 'cannot be read'}") from error


def _known(kind: str | None) -> str | None:
    """The kind, if it is one."""
    from obslint.kinds import KINDS

    if kind is not None and kind not in KINDS:
        raise click.ClickException(f"`{kind}` is no kind of config; the kinds are {', '.join(sorted(KINDS))}")
    return kind
