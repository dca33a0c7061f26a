"""Whole stacks: the bad ones give exactly what stands beside them, the good ones nothing at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from obslint import config, engine
from obslint.findings import Outcome

FIXTURES = Path(__file__).parents[1] / "fixtures"
BAD = sorted(path.name for path in (FIXTURES / "bad").iterdir() if path.is_dir())
GOOD = sorted(path.name for path in (FIXTURES / "good").iterdir() if path.is_dir())
SHOWN_RULES = frozenset(
    [
        "EXP001",
        "EXP002",
        "EXP005",
        "RET001",
        "RET003",
        "RET005",
        "CAR001",
        "CAR003",
        "MON001",
        "MON003",
        "MON004",
        "MON005",
        "REF001",
        "REF003",
        "REF004",
        "REF006",
        "REF012",
        "REF018",
        "REF019",
        "REF024",
        "SYN001",
        "SYN002",
        "SYN009",
        "COH005",
        "COH006",
        "EXP003",
        "EXP004",
        "EXP009",
        "REF002",
        "REF005",
        "REF020",
        "REF021",
        "REF022",
        "REF023",
        "REF029",
        "REF031",
        "REF033",
        "RES003",
        "RES011",
        "RET006",
    ]
)


def check(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """In a copy: what scripts and documents of this repository say of their own files is not said of a fixture's."""
    monkeypatch.chdir(shutil.copytree(directory, tmp_path / directory.name))
    settings, paths = Path("obslint.yaml"), [Path()]
    return engine.check(config.options(settings, paths) if settings.is_file() else engine.Options(paths))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_stack_gives_exactly_the_expected_findings(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = yaml.safe_load((FIXTURES / "bad" / f"{name}.expected.yaml").read_text(encoding="utf-8"))
    outcome = check(FIXTURES / "bad" / name, tmp_path, monkeypatch)
    found = [
        (finding.code, finding.severity.value, finding.primary.path, finding.primary.line, finding.primary.column)
        for finding in outcome.active
    ]
    wanted = [(item["code"], item["severity"], item["path"], item["line"], item["column"]) for item in expected]
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_stack_is_silent_even_about_infos(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = check(FIXTURES / "good" / name, tmp_path, monkeypatch)
    assert [(finding.code, finding.primary.path, finding.primary.line) for finding in outcome.findings] == []
    assert sum(outcome.summary.files.values()) > 5


def test_the_bad_stacks_show_every_rule_at_least_once() -> None:
    shown = {
        item["code"]
        for name in BAD
        for item in yaml.safe_load((FIXTURES / "bad" / f"{name}.expected.yaml").read_text(encoding="utf-8"))
    }
    assert shown >= SHOWN_RULES
