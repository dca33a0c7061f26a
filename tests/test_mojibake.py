"""Text that was encoded twice: what is turned back, and what is left alone."""

from __future__ import annotations

import pytest

from obslint.lang.mojibake import Garbled, garbled


def twice(text: str, encoding: str) -> str:
    """As a program that decodes UTF-8 like this leaves it; bytes that the encoding lacks stand for themselves."""
    return "".join(bytes((byte,)).decode(encoding, "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("encoding", ["cp1252", "cp1254", "latin-1"])
@pytest.mark.parametrize("text", ["’", "”", "é", "É", "Vëlla", "ğ", "Ж", "🎯", "±", "100 °C", "naïve “Œuvre”"])
def test_what_was_encoded_twice_is_turned_back(text: str, encoding: str) -> None:
    written = twice(text, encoding)
    repaired, last = "", 0
    for part in garbled(written):
        assert part.meant is not None
        repaired += written[last : part.start] + part.meant
        last = part.end
    assert repaired + written[last:] == text


@pytest.mark.parametrize(
    "text", ["", "plain", "«CAFÉ»", "«IRMÃ»", "„TROJÄ“", "磁盘🎯🎯", "Диск", "ÖÇĞİŞÜ", "±§", "Ü", "Ã\ud800", "É»x"]
)
def test_what_was_encoded_once_is_left_alone(text: str) -> None:
    assert garbled(text) == []


def test_a_lost_character_has_no_meaning() -> None:
    assert garbled("gr\N{REPLACEMENT CHARACTER}n") == [Garbled(2, 3, None)]


def test_a_long_text_takes_no_longer_than_it_is_long() -> None:
    assert len(garbled("é ’ " * 100_000)) == 0
    assert len(garbled((twice("é", "cp1252") + " ") * 100_000)) == 100_000
