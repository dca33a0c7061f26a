"""alertmanager.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts import alertmanager as facts
from obslint.facts.common import Scalar
from obslint.kinds import alertmanager_checks
from obslint.kinds.kind import Kind, entries, named_files, scalar, scalars
from obslint.parse import Cursor

MAX_DEPTH = 50
_LEGACY = ("match", "match_re", "source_match", "source_match_re", "target_match", "target_match_re")
_TEMPLATE = re.compile(r"\{\{-?\s*template\s+(?:\"([^\"]*)\"|`([^`]*)`)")
_DEFINE = re.compile(r"\{\{-?\s*(?:define|block)\s+(?:\"([^\"]*)\"|`([^`]*)`)")


def recognise(root: Cursor) -> str | None:
    if "apiVersion" in root or not isinstance(root.get("route").value, dict):
        return None
    return "`route` and `receivers`" if isinstance(root.get("receivers").value, list) else None


def outline(keys: frozenset[str], text: str) -> bool:
    return {"route", "receivers"} <= keys and "apiVersion" not in keys and "receiver:" in text


def extract(root: Cursor) -> facts.AlertmanagerFile:
    intervals = [*root.get("time_intervals").items(), *root.get("mute_time_intervals").items()]
    return facts.AlertmanagerFile(
        path=root.document.path,
        place=root.place,
        route=_route(root.get("route"), MAX_DEPTH) if root.get("route") else None,
        receivers=tuple(
            facts.Receiver(name, _integrations(item))
            for item in root.get("receivers").items()
            if (name := scalar(item.get("name"))) is not None
        ),
        intervals=tuple(name for item in intervals if (name := scalar(item.get("name"))) is not None),
        templates=scalars(root.get("templates")),
        template_uses=_template_uses(root.get("receivers")),
        paths=named_files(root),
        legacy_matches=tuple(_legacy_matches(root)),
    )


def _route(item: Cursor, depth: int) -> facts.Route:
    children = tuple(_route(child, depth - 1) for child in item.get("routes").items()) if depth else ()
    intervals = (*scalars(item.get("mute_time_intervals")), *scalars(item.get("active_time_intervals")))
    return facts.Route(item.place, scalar(item.get("receiver")), intervals, children)


def _legacy_matches(root: Cursor) -> Iterator[facts.LegacyMatch]:
    """What `matchers` replaced, of every route from the top and every inhibit rule."""
    stack = [*reversed(list(root.get("inhibit_rules").items())), root.get("route")]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if id(node.value) in seen or len(node.at) > 2 * MAX_DEPTH:
            continue
        seen.add(id(node.value))
        stack.extend(reversed(list(node.get("routes").items())))
        for name in _LEGACY:
            below = node.get(name)
            if isinstance(below.value, dict) and below.value:
                yield facts.LegacyMatch(Scalar(name, below.key), name.endswith("_re"), entries(below))


def _integrations(receiver: Cursor) -> tuple[facts.Integration, ...]:
    return tuple(
        facts.Integration(kind.removesuffix("_configs"), item.place, scalar(item.get("url")))
        for kind, items in receiver.pairs()
        if kind.endswith("_configs")
        for item in items.items()
    )


def _template_uses(receivers: Cursor) -> tuple[Scalar, ...]:
    found: list[Scalar] = []
    stack = [receivers]
    while stack:
        node = stack.pop()
        if isinstance(node.value, str):
            own = {match.group(1) or match.group(2) for match in _DEFINE.finditer(node.value)}
            for match in _TEMPLATE.finditer(node.value):
                group = 1 if match.group(1) is not None else 2
                if match.group(group) in own:
                    continue
                found.append(Scalar(match.group(group), node.place.within(*match.span(group))))
        stack.extend(node.items())
        stack.extend(value for _, value in node.pairs())
    return tuple(sorted(found, key=lambda use: ([str(step) for step in use.place.at], use.place.inside or (0, 0))))


KIND = Kind(
    "alertmanager", "Alertmanager", recognise, extract, outline, check=alertmanager_checks.check, first_only=True
)
