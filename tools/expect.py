"""Writes what obslint says of a bad fixture beside it, to be read line by line before it is committed.

python tools/expect.py fixtures/bad/clisonix
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from obslint import config, engine


def main() -> int:
    for directory in [Path(name).resolve() for name in sys.argv[1:]]:
        with tempfile.TemporaryDirectory() as temporary:  # apart from what this repository says of its own files
            os.chdir(shutil.copytree(directory, Path(temporary) / directory.name))
            settings, paths = Path("obslint.yaml"), [Path()]
            options = config.options(settings, paths) if settings.is_file() else engine.Options(paths)
            findings = engine.check(options).active
            os.chdir(directory)
        lines = ["# Every finding obslint has on this stack. `about` is for the reader; the rest is compared."]
        for finding in findings:
            at = finding.primary
            place = f"path: {at.path}, line: {at.line}, column: {at.column}"
            about = finding.message.split(":")[0].replace('"', "'")
            lines.append(f'- {{code: {finding.code}, severity: {finding.severity.value}, {place}, about: "{about}"}}')
        directory.with_name(f"{directory.name}.expected.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
