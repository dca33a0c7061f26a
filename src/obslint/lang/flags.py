"""Command-line flags as Go programs read them: `-name value`, `--name=value`, a bare `--name` for true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def parse(words: Sequence[str]) -> Iterator[tuple[str, str | None, int, int]]:
    """Flag name without dashes, value or None, index of the word that holds the value, and the value's offset in it.

    Whether a word after `-name` is its value cannot be told without the program's flag table: it is taken as the
    value when it does not start with a dash, which is right for every flag obslint asks about.
    """
    for index, word in enumerate(words):
        if word == "--":
            return
        if not word.startswith("-") or word.strip("-") == "":
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if equals:
            yield name, value, index, len(word) - len(value)
        elif index + 1 < len(words) and not words[index + 1].startswith("-"):
            yield name, words[index + 1], index + 1, 0
        else:
            yield name, None, index, 0
