"""Texts for people in rules, notifications and dashboards that were encoded twice."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.common import Fault
from obslint.lang.mojibake import garbled
from obslint.lang.tokens import shortened
from obslint.parse import Cursor

KINDS = frozenset(("rules", "loki-rules", "alertmanager", "dashboard", "grafana-alerting"))
_MACHINES = frozenset(("expr", "query", "rawSql", "regex", "definition", "password", "token", "credentials"))
"""Keys whose values are not for people, or not to be shown."""
_AROUND = 15


def check(kind: str, root: Cursor) -> Iterator[Fault]:
    """One fault for each text in which something is garbled."""
    if kind not in KINDS:
        return
    stack, seen = [root], set[int]()
    while stack:
        node = stack.pop()
        if isinstance(node.value, str):
            yield from _fault(node, node.value)
        elif isinstance(node.value, (dict, list)) and id(node.value) not in seen:
            seen.add(id(node.value))  # an alias used a thousand times is read once
            stack.extend(node.items())
            stack.extend(
                value for key, value in node.pairs() if key not in _MACHINES and not key.endswith(("url", "_key"))
            )


def _fault(node: Cursor, text: str) -> Iterator[Fault]:
    parts = garbled(text)
    if not parts:
        return
    first = next((part for part in parts if part.meant is not None), parts[0])
    place = node.place.within(first.start, first.end)
    more = f", and {len(parts) - 1} more in this text" if len(parts) > 1 else ""
    if first.meant is None:
        yield Fault("text", f"`\N{REPLACEMENT CHARACTER}` stands where a character was lost{more}", place)
        return
    shown = text[max(first.start - _AROUND, 0) : first.start] + first.meant + text[first.end : first.end + _AROUND]
    yield Fault(
        "text",
        f"`{text[first.start : first.end][:40]}` was encoded twice: `{first.meant[:40]}` is meant{more}",
        place,
        help=f"write `{shortened(' '.join(shown.split()))}`, and save the file as UTF-8",
    )
