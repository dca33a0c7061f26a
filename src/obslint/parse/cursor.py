"""A value of a document together with its place, so that whatever is read from a file knows where it stood."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import KeyPath, Place, Step
from obslint.parse.document import Document


class Cursor:
    """Reads a document without raising: what is missing or of another type reads as None, empty or nothing."""

    __slots__ = ("at", "document", "value")

    def __init__(self, document: Document, value: object, at: KeyPath = ()) -> None:
        self.document = document
        self.value = value
        self.at = at

    def __bool__(self) -> bool:
        """Whether anything but null stands here."""
        return self.value is not None

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def get(self, *keys: Step) -> Cursor:
        """The value below, or a cursor on nothing."""
        value, at = self.value, self.at
        for key in keys:
            at = (*at, key)
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
                value = value[key]
            else:
                value = None
        return Cursor(self.document, value, at)

    def items(self) -> Iterator[Cursor]:
        """The elements of a sequence; nothing for anything else."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Cursor(self.document, value, (*self.at, index))

    def pairs(self) -> Iterator[tuple[str, Cursor]]:
        """The entries of a mapping; nothing for anything else."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield str(key), Cursor(self.document, value, (*self.at, key))

    def each(self) -> Iterator[Cursor]:
        """The elements of a sequence, or the value itself where a component takes one or many."""
        if isinstance(self.value, list):
            yield from self.items()
        elif self.value is not None:
            yield self

    @property
    def text(self) -> str | None:
        """A scalar as a Go loader reads it into a string: as written, so that `3.10` stays `3.10`; else None."""
        if isinstance(self.value, str):
            return self.value
        return self.document.raw(self.at) if isinstance(self.value, (int, float)) else None

    @property
    def flag(self) -> bool | None:
        """A boolean as YAML 1.1 loaders read it where one is expected; None for anything else."""
        if isinstance(self.value, bool):
            return self.value
        if isinstance(self.value, str):
            word = self.value.lower()
            if word in ("yes", "on", "y", "true"):
                return True
            if word in ("no", "off", "n", "false"):
                return False
        return None

    @property
    def number(self) -> int | None:
        """An integer, also when it was quoted; None for anything else."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        if isinstance(self.value, str) and self.value.isascii() and self.value.isdigit() and len(self.value) < 19:
            return int(self.value)
        return None

    @property
    def place(self) -> Place:
        return Place(self.document.path, self.at, document=self.document.index)

    @property
    def key(self) -> Place:
        """The place of this value's key."""
        return Place(self.document.path, self.at, True, document=self.document.index)
