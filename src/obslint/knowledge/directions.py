"""Which way a number should go, by the words of names, as data: `direction_words.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True, slots=True)
class DirectionWords:
    """Sets of words in lower case; what each means is told in the file."""

    high: frozenset[str]
    low: frozenset[str]
    left: frozenset[str]
    used: frozenset[str]
    whole: frozenset[str]


def words(name: str) -> frozenset[str]:
    """The words of a name in camel case, with underscores or blanks, in lower case."""
    return frozenset(word.lower() for word in _WORD.findall(name))


@cache
def direction_words() -> DirectionWords:
    """The lists of the file."""
    import yaml  # only runs that ask for it pay for it

    text = Path(__file__).with_name("direction_words.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    return DirectionWords(**{name: frozenset(listed) for name, listed in data.items()})
