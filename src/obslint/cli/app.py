"""The click group, its commands, and the one place that turns errors into exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from obslint import __version__
from obslint.cli.check import check
from obslint.cli.explain import explain
from obslint.cli.files import files
from obslint.cli.rules import rules


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="obslint %(version)s")
def app() -> None:
    """Find what is broken between the files of a self-hosted observability stack."""


for command in (check, explain, files, rules):
    app.add_command(command)


def run(words: Sequence[str]) -> int:
    """Run one command line; a message for the user on standard error, never a traceback."""
    try:
        result = app.main(list(words), prog_name="obslint", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        return 130
    except BrokenPipeError:  # `obslint … | head`
        sys.stderr.close()
        return 0
    return result if isinstance(result, int) else 0
