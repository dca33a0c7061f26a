"""alertmanager.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts import alertmanager as facts
from obslint.facts.common import Scalar
from obslint.findings import Place
from obslint.kinds import alertmanager_checks
from obslint.kinds.checks import regex
from obslint.kinds.kind import Kind, entries, named_files, scalar, scalars
from obslint.lang import matchers
from obslint.lang.matchers import Matcher
from obslint.lang.references import rendered
from obslint.parse import Cursor

MAX_DEPTH = 50
_MAX_SETTINGS = 2_000
"""Values of one integration; templates and headers have some dozens."""
_LEGACY = ("match", "match_re", "source_match", "source_match_re", "target_match", "target_match_re")
_TEMPLATE = re.compile(r"\{\{-?\s*template\s+(?:\"([^\"]*)\"|`([^`]*)`)")
_MATCHERS = ("matchers", "source_matchers", "target_matchers")
_MATCHER = re.compile(r"(?<![\w.-])\"?([A-Za-z_][\w.-]*)\"?\s*=~?\s*(\"(?:[^\"\\]|\\.)*\"|[^\s,\"}]+)")
_ANNOTATION = re.compile(r"(?:Annotations\.|Annotations\s+\")(\w+)")
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
        values_matched=tuple(sorted(set(_values_matched(root)))),
        annotations_shown=tuple(sorted(set(_annotations(root.get("receivers"))))),
        common=_settings(root.get("global")),
        inhibitions=tuple(_inhibition(item) for item in root.get("inhibit_rules").items()),
    )


def _route(item: Cursor, depth: int) -> facts.Route:
    children = tuple(_route(child, depth - 1) for child in item.get("routes").items()) if depth else ()
    intervals = (*scalars(item.get("mute_time_intervals")), *scalars(item.get("active_time_intervals")))
    continues = item.get("continue")
    return facts.Route(
        place=item.place,
        receiver=scalar(item.get("receiver")),
        intervals=intervals,
        routes=children,
        conditions=_conditions(item, ""),
        continues=continues.flag if continues else False,
        continues_place=continues.key if continues else None,
        group_by=scalars(item.get("group_by")),
        group_wait=scalar(item.get("group_wait")),
        group_interval=scalar(item.get("group_interval")),
        repeat_interval=scalar(item.get("repeat_interval")),
    )


def _inhibition(item: Cursor) -> facts.Inhibition:
    source, target = _conditions(item, "source_"), _conditions(item, "target_")
    return facts.Inhibition(item.place, source, target, scalars(item.get("equal")))


def _conditions(item: Cursor, prefix: str) -> facts.Conditions:
    """The matchers of `match`, `match_re` and `matchers`, all of which must hold."""
    found: list[tuple[Matcher, Place]] = []
    complete = True
    for key, operator in (("match", "="), ("match_re", "=~")):
        block = item.get(prefix + key)
        complete &= not block or isinstance(block.value, dict)
        for name, value in block.pairs():
            text = "" if value.value is None else value.text
            if text is None or rendered(text) or rendered(name) or (operator == "=~" and regex(text) is not None):
                complete = False
            else:
                found.append((Matcher(name, operator, text), value.place if value else value.key))
    lines = item.get(f"{prefix}matchers")
    complete &= not lines or isinstance(lines.value, list)
    for line in lines.items():
        try:
            if line.text is None or rendered(line.text):
                raise ValueError("rendered first, or no text")
            found.extend((matcher, line.place) for matcher in matchers.parse(line.text))
        except ValueError:
            complete = False
    return facts.Conditions(tuple(found), complete)


def _selecting(root: Cursor) -> Iterator[Cursor]:
    """Every inhibit rule and every route from the top, but for those that a YAML alias repeats."""
    stack = [*reversed(list(root.get("inhibit_rules").items())), root.get("route")]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if id(node.value) in seen or len(node.at) > 2 * MAX_DEPTH:
            continue
        seen.add(id(node.value))
        stack.extend(reversed(list(node.get("routes").items())))
        yield node


def _values_matched(root: Cursor) -> Iterator[tuple[str, str]]:
    for node in _selecting(root):
        for name in _MATCHERS:
            for item in node.get(name).each():
                for label, value in _MATCHER.findall(item.text or ""):
                    yield label, value.strip('"')
        for name in _LEGACY:
            yield from ((entry.name.text, entry.value.text) for entry in entries(node.get(name)) if entry.value)


def _legacy_matches(root: Cursor) -> Iterator[facts.LegacyMatch]:
    """What `matchers` replaced."""
    for node in _selecting(root):
        for name in _LEGACY:
            below = node.get(name)
            if isinstance(below.value, dict) and below.value:
                yield facts.LegacyMatch(Scalar(name, below.key), name.endswith("_re"), entries(below))


def _integrations(receiver: Cursor) -> tuple[facts.Integration, ...]:
    return tuple(
        facts.Integration(
            kind.removesuffix("_configs"),
            item.place,
            scalar(item.get("url")),
            _settings(item),
            item.get("send_resolved").flag,
            item.get("send_resolved").place if item.get("send_resolved") else None,
        )
        for kind, items in receiver.pairs()
        if kind.endswith("_configs")
        for item in items.items()
    )


def _settings(item: Cursor) -> tuple[tuple[str, Scalar], ...]:
    found: list[tuple[str, Scalar]] = []
    stack = [(item, "")]
    while stack and len(found) < _MAX_SETTINGS:
        node, path = stack.pop()
        if path.count(".") > MAX_DEPTH:
            continue
        value = scalar(node)
        if value is not None and path:
            found.append((path, value))
        below = [*node.pairs(), *((str(at), child) for at, child in enumerate(node.items()))]
        stack.extend((child, f"{path}.{name}" if path else name) for name, child in reversed(below))
    return tuple(found)


def _texts(root: Cursor) -> Iterator[tuple[Cursor, str]]:
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node.value, str):
            yield node, node.value
        stack.extend(node.items())
        stack.extend(value for _, value in node.pairs())


def _annotations(receivers: Cursor) -> Iterator[str]:
    """Of one alert or of all of a group, as a field or by `index`."""
    for _, text in _texts(receivers):
        yield from _ANNOTATION.findall(text)


def _template_uses(receivers: Cursor) -> tuple[Scalar, ...]:
    found: list[Scalar] = []
    for node, text in _texts(receivers):
        own = {match.group(1) or match.group(2) for match in _DEFINE.finditer(text)}
        for match in _TEMPLATE.finditer(text):
            group = 1 if match.group(1) is not None else 2
            if match.group(group) not in own:
                found.append(Scalar(match.group(group), node.place.within(*match.span(group))))
    return tuple(sorted(found, key=lambda use: ([str(step) for step in use.place.at], use.place.inside or (0, 0))))


KIND = Kind(
    "alertmanager", "Alertmanager", recognise, extract, outline, check=alertmanager_checks.check, first_only=True
)
