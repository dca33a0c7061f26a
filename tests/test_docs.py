"""The guides name rules that there are, and obslint.yaml as it is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from obslint import config
from obslint.rules import registry
from obslint.rules.base import FAMILIES

DOCS = Path(__file__).parents[1] / "docs"
_CODE = re.compile(rf"\b(?:{'|'.join(FAMILIES)})\d{{3}}\b")
_YAML = re.compile(r"^```yaml\n(rules:\n.*?)^```$", re.DOTALL | re.MULTILINE)

_COMING = {
    *("ALR001", "ALR002", "ALR003", "ALR005", "ALR006", "ALR007", "ALR008", "ALR009"),
    *("PQL001", "PQL003", "PQL005", "PQL007", "PQL008", "PQL009", "PQL013", "PQL014", "PQL019", "SYN006"),
}
"""Codes that a guide names before their rules are here."""


@pytest.mark.parametrize("guide", sorted(DOCS.glob("*.md")), ids=lambda path: path.stem)
def test_a_guide_names_rules_that_there_are(guide: Path) -> None:
    registered = {rule.code for rule in registry.load()}
    named = set(_CODE.findall(guide.read_text(encoding="utf-8")))
    assert named <= registered | _COMING, sorted(named - registered - _COMING)


def test_settings_in_the_guides_can_be_used(tmp_path: Path) -> None:
    texts = [text for guide in DOCS.glob("*.md") for text in _YAML.findall(guide.read_text(encoding="utf-8"))]
    assert texts
    for text in texts:
        path = tmp_path / "obslint.yaml"
        path.write_text(text, encoding="utf-8")
        assert config.rule_settings(config.load(path))


@pytest.mark.parametrize("rule", [rule for rule in registry.load() if "    rules:\n" in (rule.__doc__ or "")], ids=str)
def test_settings_in_a_manual_can_be_used(rule: object, tmp_path: Path) -> None:
    lines = [line[8:] for line in (rule.__doc__ or "").splitlines() if line.startswith("        ")]
    path = tmp_path / "obslint.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert config.rule_settings(config.load(path))
