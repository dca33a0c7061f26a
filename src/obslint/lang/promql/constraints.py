"""What the matchers of a selector say of the labels of the series it finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from obslint.lang.promql.ast import METRIC_NAME, VectorSelector
from obslint.lang.promql.labels import Labels
from obslint.lang.tokens import matches_empty, re2_pattern
from obslint.lang.tree import Matcher

_LITERALS: Final = re.compile(r"\(?(?:\?:)?([\w :/@%,-]*(?:\|[\w :/@%,-]*)*)\)?")
"""A regex that is nothing but an alternation of literal words."""


def constrained(labels: Labels, node: VectorSelector, matchers: Iterable[Matcher]) -> Labels | None:
    """What a selector's name and these of its matchers leave of series; None where they leave nothing."""
    if node.name is not None:
        narrowed = _equal(labels, METRIC_NAME, node.name, node)
        if narrowed is None:
            return None
        labels = narrowed
    for matcher in matchers:
        narrowed = _matched(labels, matcher, node)
        if narrowed is None:
            return None
        labels = narrowed
    return labels


def _matched(labels: Labels, matcher: Matcher, node: VectorSelector) -> Labels | None:
    name, value = matcher.label, matcher.value
    match matcher.op:
        case "=":
            return _equal(labels, name, value, node)
        case "!=":
            if value == "":
                return _present(labels, name)
            return _filtered(labels, name, lambda other: other != value)
        case "=~":
            empty = matches_empty(value)
            literals = _LITERALS.fullmatch(value)
            if literals is not None and value.startswith("(") == value.endswith(")"):
                words = frozenset(literals.group(1).split("|"))
                if words == {""}:
                    return _equal(labels, name, "", node)
                if (narrowed := _among(labels, name, words - {""})) is None:
                    return None
                return _present(narrowed, name) if "" not in words else narrowed
            narrowed = _filtered(labels, name, _regex_holds(value))
            return _present(narrowed, name) if narrowed is not None and empty is False else narrowed
        case _:
            holds = _regex_holds(value)
            narrowed = _filtered(labels, name, lambda other: not holds(other))
            return _present(narrowed, name) if narrowed is not None and matches_empty(value) else narrowed


def _equal(labels: Labels, name: str, value: str, node: VectorSelector) -> Labels | None:
    if value == "":
        return None if labels.has(name) else labels.without((name,), node)
    narrowed = _among(labels, name, frozenset((value,)))
    return None if narrowed is None else _present(narrowed, name)


def _present(labels: Labels, name: str) -> Labels | None:
    if labels.has(name) is False or labels.values.get(name) == frozenset():
        return None
    return replace(labels, sure=labels.sure | {name}) if name not in labels.sure else labels


def _among(labels: Labels, name: str, values: frozenset[str]) -> Labels | None:
    known = labels.values.get(name)
    left = values if known is None else known & values
    if not left and name in labels.sure:
        return None
    return replace(labels, values={**labels.values, name: left})


def _filtered(labels: Labels, name: str, holds: Callable[[str], bool]) -> Labels | None:
    known = labels.values.get(name)
    return labels if known is None else _among(labels, name, frozenset(filter(holds, known)))


def _regex_holds(regex: str) -> Callable[[str], bool]:
    pattern = re2_pattern(regex)
    return lambda value: pattern is None or bool(pattern.fullmatch(value))
