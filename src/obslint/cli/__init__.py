"""The command line: argv to exit code. `--version` answers before anything else is imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command. Exit code 0 clean, 1 findings at or above `--fail-on`, 2 obslint could not do its job."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        from obslint import __version__

        print(f"obslint {__version__}")
        return 0
    from obslint.cli.app import run

    return run(words)
