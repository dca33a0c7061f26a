"""Where commands write to: standard output, whoever reads it and however far."""

from __future__ import annotations

import os
import sys

import click


def emit(text: str, color: bool | None = None) -> None:
    """Write text that ends with a newline. A reader who goes away (`obslint … | head`) does not change the verdict."""
    try:
        click.echo(text, nl=False, color=color)
    except BrokenPipeError:
        # The interpreter flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
