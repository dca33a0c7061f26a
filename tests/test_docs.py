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

_SETTINGS = re.compile(r"^```yaml title=\"obslint.yaml\"\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("guide", sorted(DOCS.glob("*.md")), ids=lambda path: path.stem)
def test_a_guide_names_rules_that_there_are(guide: Path) -> None:
    registered = {rule.code for rule in registry.load()}
    named = set(_CODE.findall(guide.read_text(encoding="utf-8")))
    assert named <= registered, sorted(named - registered)


def test_settings_in_the_guides_can_be_used(tmp_path: Path) -> None:
    texts = [text for guide in DOCS.glob("*.md") for text in _YAML.findall(guide.read_text(encoding="utf-8"))]
    assert texts
    for text in texts:
        path = tmp_path / "obslint.yaml"
        path.write_text(text, encoding="utf-8")
        assert config.rule_settings(config.load(path))


def test_the_page_of_the_configuration_shows_every_setting(tmp_path: Path) -> None:
    shown: set[str] = set()
    for text in _SETTINGS.findall((DOCS / "configuration.md").read_text(encoding="utf-8")):
        path = tmp_path / "obslint.yaml"
        path.write_text(text, encoding="utf-8")
        shown |= config.load(path).model_dump(exclude_unset=True).keys()
    assert shown == config.Config.model_fields.keys()


@pytest.mark.parametrize("rule", [rule for rule in registry.load() if "    rules:\n" in (rule.__doc__ or "")], ids=str)
def test_settings_in_a_manual_can_be_used(rule: object, tmp_path: Path) -> None:
    lines = [line[8:] for line in (rule.__doc__ or "").splitlines() if line.startswith("        ")]
    path = tmp_path / "obslint.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert config.rule_settings(config.load(path))
