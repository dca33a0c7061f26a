"""What a kind of config is: how it is recognised, and which facts it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from obslint.facts.common import Entry, Fault, Relabel, Scalar
from obslint.parse import Cursor


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of config file.

    `reader` is the component that loads such files. `recognise` answers why a parsed document is of this kind, or None.
    `outline` judges a text that does not parse by its top-level keys and is strict: a syntax error is reported only
    where the reader would load the file. `strict` says that the reader refuses a mapping with the same key twice.
    `check` says what the reader refuses that a schema cannot tell. `first_only` says that the reader takes the first
    document of a file and drops the rest without a word, as Go's YAML libraries do unless told otherwise.
    """

    name: str
    reader: str
    recognise: Callable[[Cursor], str | None]
    extract: Callable[[Cursor], object]
    outline: Callable[[frozenset[str], str], bool] = lambda keys, text: False
    strict: bool = True
    check: Callable[[Cursor], Iterable[Fault]] = lambda root: ()
    first_only: bool = False


def scalar(cursor: Cursor) -> Scalar | None:
    """A value with its place; None where nothing, a mapping or a list stands."""
    text = cursor.text
    return None if text is None else Scalar(text, cursor.place)


def scalars(cursor: Cursor) -> tuple[Scalar, ...]:
    """The scalars of a list, or the one scalar where a single value is allowed too."""
    return tuple(found for item in cursor.each() if (found := scalar(item)) is not None)


def dotted(cursor: Cursor, path: str) -> Cursor:
    """A value by its dotted path, which a file may write as `a.b: 1`, `a: {b: 1}` or any mixture; the first found."""
    if path in cursor:
        return cursor.get(path)
    at = path.find(".")
    while at >= 0:
        if path[:at] in cursor:
            found = dotted(cursor.get(path[:at]), path[at + 1 :])
            if found:
                return found
        at = path.find(".", at + 1)
    return Cursor(cursor.document, None, (*cursor.at, path))


def settings(root: Cursor, paths: Iterable[tuple[str, ...]]) -> tuple[Entry, ...]:
    """The values that stand at these paths, by dotted key."""
    return tuple(
        Entry(Scalar(".".join(keys), root.get(*keys).key), value)
        for keys in paths
        if (value := scalar(root.get(*keys))) is not None
    )


def entries(cursor: Cursor, separator: str = "=") -> tuple[Entry, ...]:
    """A mapping's entries, or those of a list of `name=value` strings."""
    found = [Entry(Scalar(name, value.key), scalar(value)) for name, value in cursor.pairs()]
    for item in cursor.items():
        text = item.text
        if text is None:
            continue
        name, sep, value_text = text.partition(separator)
        at = len(name) + len(sep)
        value = Scalar(value_text, item.place.within(at, len(text))) if sep else None
        found.append(Entry(Scalar(name, item.place.within(0, len(name))), value))
    return tuple(found)


def relabels(cursor: Cursor) -> tuple[Relabel, ...]:
    """The steps of a `relabel_configs` list."""
    return tuple(
        Relabel(
            place=item.place,
            action=scalar(item.get("action")),
            source_labels=scalars(item.get("source_labels")),
            separator=scalar(item.get("separator")),
            regex=scalar(item.get("regex")),
            target_label=scalar(item.get("target_label")),
            replacement=scalar(item.get("replacement")),
        )
        for item in cursor.items()
    )


def named_files(cursor: Cursor, depth: int = 12) -> tuple[Scalar, ...]:
    """Every value below whose key says that it names a file: `*_file`, except the lists a kind reads itself."""
    found: list[Scalar] = []
    stack = [(cursor, depth)]
    seen: set[int] = set()  # an alias used a thousand times is read once
    while stack:
        node, left = stack.pop()
        if left == 0 or id(node.value) in seen:
            continue
        if isinstance(node.value, (dict, list)):
            seen.add(id(node.value))
        stack.extend((item, left - 1) for item in node.items())
        for key, value in node.pairs():
            if key.endswith("_file") and (written := scalar(value)) is not None:
                found.append(written)
            else:
                stack.append((value, left - 1))
    return tuple(sorted(found, key=lambda written: [str(step) for step in written.place.at]))
