"""The public API: small, typed, and free until it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import obslint
from obslint import engine, findings
from obslint.rules.base import Rule

COMPOSE = "services: {prometheus: {image: 'prom/prometheus:v3.5.0', ports: ['9090:9090']}}\n"


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_all_is_what_is_promised() -> None:
    assert obslint.__all__ == [
        "Finding", "Location", "Outcome", "Proof", "Rule", "Severity", "__version__", "lint"
    ]  # fmt: skip
    assert all(getattr(obslint, name) is not None for name in obslint.__all__)
    assert set(obslint.__all__) <= set(dir(obslint))


def test_names_are_the_very_classes_that_the_engine_uses() -> None:
    assert (obslint.Finding, obslint.Outcome, obslint.Rule) == (findings.Finding, findings.Outcome, Rule)
    assert obslint.Severity.ERROR is findings.Severity.ERROR


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        _ = obslint.nope  # type: ignore[attr-defined]


def test_importing_obslint_imports_nothing_of_it() -> None:
    code = (
        "import sys, obslint; print([name for name in sys.modules if name.startswith(('obslint.', 'yaml', 'click'))])"
    )
    assert python(code) == "[]"


def test_finding_can_be_imported_without_the_parsers() -> None:
    assert python("import sys; from obslint import Finding; print('yaml' in sys.modules)") == "False"


def test_lint_gives_what_the_engine_gives(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    outcome = obslint.lint([str(tmp_path)], select=["EXP"])
    assert [(finding.code, finding.primary.line) for finding in outcome.findings] == [("EXP001", 1)]
    assert obslint.lint([tmp_path], select=["EXP"], ignore=["EXP001"]).findings == ()
    assert obslint.lint([tmp_path], exclude=["compose.yaml"]).findings == ()
    assert outcome.findings == engine.check(engine.Options([tmp_path], select=["EXP"])).findings


def test_lint_refuses_what_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`NOPE1`"):
        obslint.lint([tmp_path], select=["NOPE1"])
    with pytest.raises(ValueError, match="`nope`"):
        obslint.lint([tmp_path], kinds={"*.yml": "nope"})


def test_types_are_seen_by_mypy(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    program = tmp_path / "program.py"
    program.write_text(
        "import obslint\n"
        "outcome: obslint.Outcome = obslint.lint(['.'])\n"
        "severity: obslint.Severity = outcome.findings[0].severity\n"
        "reveal_type(outcome.findings[0].primary)\n"
        "obslint.lint('x', nope=1)\n"
    )
    command = (sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path)
    assert 'Revealed type is "obslint.findings.Location"' in done.stdout
    assert 'Unexpected keyword argument "nope"' in done.stdout
    assert "Found 1 error" in done.stdout
