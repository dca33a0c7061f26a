"""Text that was written in UTF-8, read in a one-byte encoding, and written in UTF-8 again: `’` becomes `â€™`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RUN = re.compile(r"[^\x00-\x7f]{2,}")
_LOST = "\N{REPLACEMENT CHARACTER}"
_CLOSING = frozenset("»“”’‘…™–—")
_TWO_BYTES = re.compile("[\xa0-\u024f\u0370-\u04ff]+")
"""Latin, Greek and Cyrillic: what two bytes that belong together are most likely to be."""


def _bytes_of(encoding: str) -> dict[int, int]:
    """Characters to bytes; the bytes that the encoding leaves out stand for themselves, as in browsers."""
    found = {byte: byte for byte in range(128, 256)}
    for byte in range(128, 256):
        character = bytes((byte,)).decode(encoding, "ignore")
        if character:
            found[ord(character)] = byte
    return found


_ENCODINGS = tuple(_bytes_of(encoding) for encoding in ("cp1252", "cp1254"))
"""Western and Turkish Windows; the first takes in Latin-1."""


@dataclass(frozen=True, slots=True)
class Garbled:
    """A part of a text that is not what was meant; `meant` is None where that is lost (U+FFFD)."""

    start: int
    end: int
    meant: str | None


def garbled(text: str) -> list[Garbled]:
    """The parts that were encoded twice, in order, and the replacement characters."""
    if text.isascii():
        return []
    found = [
        Garbled(match.start(), match.end(), meant)
        for match in _RUN.finditer(text)
        if (meant := _repaired(match.group())) is not None and not _closes_a_word(text, match.start(), match.end())
    ]
    found += [Garbled(at, at + 1, None) for at, character in enumerate(text) if character == _LOST]
    return sorted(found, key=lambda part: part.start)


def _repaired(run: str) -> str | None:
    for table in _ENCODINGS:
        numbers = [table.get(ord(character)) for character in run]
        try:
            meant = bytes(number for number in numbers if number is not None).decode("utf-8")
        except UnicodeDecodeError:
            continue
        if None not in numbers and (len(run) > 2 or _TWO_BYTES.fullmatch(meant)):
            return meant
    return None


def _closes_a_word(text: str, start: int, end: int) -> bool:
    """Whether a pair is a capital and a closing mark, as in «CAFÉ», which two bytes may be as well."""
    return end - start == 2 and text[end - 1] in _CLOSING and start > 0 and text[start - 1].isupper()
