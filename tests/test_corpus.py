"""Config files of public repositories: obslint reads every one of them, and says the same thing twice."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from obslint import engine, report
from obslint.cli import main

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
REPOSITORIES = sorted(path.name for path in CORPUS.iterdir() if path.is_dir()) if CORPUS.is_dir() else []

pytestmark = pytest.mark.skipif(not REPOSITORIES, reason="no corpus of public repositories beside the checkout")


@pytest.mark.parametrize("name", REPOSITORIES)
def test_repository_is_checked_without_a_crash_and_twice_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(CORPUS / name)
    code = main(["check", "--format", "json"])
    first = capsys.readouterr()
    assert first.err == ""
    assert code in (0, 1)
    assert main(["check", "--format", "json"]) == code
    assert capsys.readouterr() == first


@pytest.mark.parametrize("name", REPOSITORIES)
def test_every_place_lies_in_its_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS / name)
    outcome = engine.check(engine.Options([Path()], include_archives=True))
    for finding in outcome.findings:
        for place in (finding.primary, *finding.related):
            lines = re.split(r"\r\n|\n|\r", Path(place.path).read_bytes().decode("utf-8-sig", "replace"))
            assert 1 <= place.line <= place.end_line <= len(lines), place
            assert place.column <= len(lines[place.line - 1]) + 1, place
            assert (place.line, place.column) <= (place.end_line, place.end_column), place
    for format_ in report.FORMATS:
        report.renderer(format_)(outcome).encode()


def test_repository_is_checked_by_a_process_of_its_own() -> None:
    command = (sys.executable, "-m", "obslint", "check", "--format", "json", str(CORPUS / REPOSITORIES[0]))
    printed = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.stderr == ""
        assert done.returncode in (0, 1)
        printed.add(done.stdout)
    assert len(printed) == 1
