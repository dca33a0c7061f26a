"""Every rule has a page, and every page says what the rule does."""

from __future__ import annotations

from pathlib import Path

import pytest

from obslint import testing
from obslint.rules import rules

PAGES = Path(__file__).parent / "rules"
CASES = [case for page in sorted(PAGES.glob("*.md")) for case in testing.load(page).cases]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_page(case: testing.Case, tmp_path: Path) -> None:
    case.run(tmp_path)


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {rule.code for rule in rules()}
