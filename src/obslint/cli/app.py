"""The click group, its commands, and the one place that turns errors into exit code 2."""

from __future__ import annotations

import gc
import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from obslint import __version__
from obslint.cli.check import check
from obslint.cli.explain import explain
from obslint.cli.files import files
from obslint.cli.graph import graph
from obslint.cli.query import query
from obslint.cli.rules import rules
from obslint.cli.schema import schema
from obslint.cli.stacks import stacks


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="obslint %(version)s")
def app() -> None:
    """Find what is broken between the files of a self-hosted observability stack."""


for command in (check, explain, files, graph, query, rules, schema, stacks):
    app.add_command(command)


def run(words: Sequence[str]) -> int:
    """Run one command line; a message for the user on standard error, never a traceback."""
    # What is read stays until the end, so looking for garbage in it is in vain: a quarter of the time of a large tree.
    gc.set_threshold(50_000, 20, 100)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal or pipe may know fewer characters than the files
            stream.reconfigure(errors="backslashreplace")
    try:
        # Not `app.main`, which makes exit code 1 of a broken pipe: that means findings.
        with app.make_context("obslint", list(words)) as context:
            result = app.invoke(context)
    except click.exceptions.Exit as done:  # --help
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception as error:
        if os.environ.get("OBSLINT_DEBUG"):
            traceback.print_exc()
        else:
            click.echo(_crashed(error), err=True)
        return 2
    return result if isinstance(result, int) else 0


def _crashed(error: Exception) -> str:
    """One line for what should never happen."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return (
        f"obslint: internal error: {said} ({Path(where.filename).name}:{where.lineno}). "
        "This is a bug: please report it; OBSLINT_DEBUG=1 shows the traceback."
    )
