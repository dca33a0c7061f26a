"""The grammars in which flags take durations and sizes."""

from __future__ import annotations

import pytest

from obslint.lang.flag_values import refusal, spelling

TAKEN = {
    "duration-prometheus": ["15d", "1h30m", "0", "1y2w3d"],
    "duration-go": ["1.5h", "120h", "-1s", "0", "1m1h"],
    "duration": ["31d", "1.5h", "0", "744h", "500ms"],
    "duration-victoria": ["1", "1.5", "1e2", "30d", "100Y", "1M", "1h30m", "500us", "-1s", "5i"],
    "size-prometheus": ["512MB", "1.5GiB", "0", "1GB512MB", "100B"],
    "size-victoria": ["0", "2gb", "1.5GiB", "1e9", "100000"],
}
REFUSED = {
    "duration-prometheus": ["30days", "1.5d", "2 h", "15", "1m1h", "-1d"],
    "duration-go": ["5d", "30", "1 h", "h"],
    "duration": ["31days", "1 d", "30"],
    "duration-victoria": ["30days", "2 h", "one"],
    "size-prometheus": ["20G", "20", "20gb", "20 GB", "20kB"],
    "size-victoria": ["2G", "2 GB", "lots"],
}


@pytest.mark.parametrize(("grammar", "text"), [(grammar, text) for grammar, texts in TAKEN.items() for text in texts])
def test_taken(grammar: str, text: str) -> None:
    assert refusal(grammar, text) is None


@pytest.mark.parametrize(("grammar", "text"), [(grammar, text) for grammar, texts in REFUSED.items() for text in texts])
def test_refused(grammar: str, text: str) -> None:
    assert text in (refusal(grammar, text) or "")


def test_nothing_is_said_of_other_grammars_and_of_long_texts() -> None:
    assert refusal("", "anything") is None
    assert refusal("size-victoria", "9" * 10_000 + "x") is None


@pytest.mark.parametrize(
    ("grammar", "text", "meant"),
    [
        ("duration-prometheus", "30days", "30d"),
        ("duration-prometheus", "2 h", "2h"),
        ("duration-prometheus", "15 Min", "15m"),
        ("duration-go", "5d", "120h"),
        ("duration-go", "2 weeks", "336h"),
        ("duration-prometheus", "1.5d", None),
        ("duration-prometheus", "15", None),
        ("duration-prometheus", "1 month", None),
        ("duration-prometheus", "1M", None),
        ("size-prometheus", "20G", None),
    ],
)
def test_spelling(grammar: str, text: str, meant: str | None) -> None:
    assert spelling(grammar, text) == meant
