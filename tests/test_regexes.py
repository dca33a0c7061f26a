"""What is told about a regex holds for every text, as RE2 matches it."""

from __future__ import annotations

import re2
from hypothesis import given
from hypothesis import strategies as st

from obslint.lang import regexes

_PARTS = st.sampled_from(
    ["a", "b", ".", "^", "$", "|", "(", ")", "(?:", "*", "+", "?", "{2}", "[ab]", "\\.", "\\A", "\\z"]
)
_TEXTS = ["", "a", "b", "ab", "aa", "ba", "aab", "abab", ".", "a\nb", "aba", "bb"]


def _matched(regex: str) -> list[str] | None:
    options = re2.Options()
    options.log_errors, options.dot_nl = False, True
    try:
        pattern = re2.compile(regex, options)
    except re2.error:
        return None
    return [text for text in _TEXTS if pattern.fullmatch(text)]


@given(st.lists(_PARTS, max_size=8).map("".join))
def test_needless_anchors_and_literals(text: str) -> None:
    matched = _matched(text)
    regex = regexes.read(text)
    if matched is None or regex is None:
        return
    assert _matched(regex.unanchored) == matched
    if regex.literal is not None:
        assert set(matched) <= {regex.literal}
        assert _matched(re2.escape(regex.literal)) == matched
    if regex.words is not None:
        assert set(matched) <= set(regex.words)
        assert all(_matched(re2.escape(word)) in ([word], []) for word in regex.words)
        assert {word for word in regex.words if word in _TEXTS} == set(matched)
    if regex.wildcard is not None:
        assert matched == [text for text in _TEXTS if text or regex.wildcard == "*"]


def test_flags_and_quoting_are_left_alone() -> None:
    assert all(regexes.read(text) is None for text in ("(?i)a", "(?i:a)", r"\Qa\E", r"\pN", r"\x41", "[a"))
    assert regexes.read("(?P<name>a)").literal == "a"  # type: ignore[union-attr]


def test_deep_nesting_is_read_in_linear_time() -> None:
    text = "(" * 100_000 + "^a" + ")" * 100_000
    regex = regexes.read(text)
    assert regex is not None and regex.literal == "a"
