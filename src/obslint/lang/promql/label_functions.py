"""The labels that `absent`, `label_replace` and `label_join` write."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from obslint.lang.promql.ast import METRIC_NAME, Call, MatrixSelector, Paren, StringLiteral, VectorSelector
from obslint.lang.promql.labels import ANY_LABELS, NO_LABELS, Labels

_EVERYTHING: Final = frozenset({".*", "(.*)", "^.*$"})
_SOMETHING: Final = frozenset({".+", "(.+)", "^.+$"})
_WHOLE: Final = frozenset({"$1", "${1}", "$0", "${0}"})


def absent(node: Call) -> Labels:
    """The labels that `absent` gives its one series: those its first equality fixes, until another matcher."""
    argument = node.args[0] if node.args else None
    wrapped = False
    while isinstance(argument, Paren):
        argument, wrapped = argument.expr, True
    if isinstance(argument, MatrixSelector):
        wrapped |= argument.at is not None
        argument = argument.selector
    if not isinstance(argument, VectorSelector):
        return replace(NO_LABELS, closer=node)
    fixed: dict[str, frozenset[str]] = {}
    seen = {METRIC_NAME}
    for matcher in argument.matchers:  # in their order: promql/functions.go, createLabelsForAbsentFunction
        if matcher.op == "=" and matcher.label not in seen:
            seen.add(matcher.label)
            fixed[matcher.label] = frozenset((matcher.value,) if matcher.value else ())
        else:
            fixed.pop(matcher.label, None)
    fixed = {label: values for label, values in fixed.items() if values}
    labels = frozenset(fixed)
    wrapped |= argument.at is not None
    return Labels(sure=frozenset() if wrapped else labels, possible=labels, values=fixed, closer=node)


def _text(node: Call, index: int) -> str | None:
    argument = node.args[index] if index < len(node.args) else None
    while isinstance(argument, Paren):
        argument = argument.expr
    return argument.value if isinstance(argument, StringLiteral) else None


def replaced(labels: Labels, node: Call) -> Labels:
    """`label_replace(v, target, replacement, source, regex)`: writes the target where the regex matches."""
    target, replacement, source, regex = (_text(node, index) for index in range(1, 5))
    if target is None or replacement is None or source is None or regex is None:
        return ANY_LABELS
    literal = "$" not in replacement
    written = frozenset((replacement,)) if literal and replacement else None
    has = labels.has(source) if source else False
    if regex in _EVERYTHING or (regex in _SOMETHING and has) or (regex == "" and has is False):
        if replacement == "":
            return labels.without((target,), node)
        if replacement in _WHOLE and "(" in regex:
            return labels.put(target, labels.values.get(source), has is True)
        return labels.put(target, written, literal)
    if (regex == "" and has) or (regex in _SOMETHING and has is False):
        return labels
    before = labels.values.get(target) if labels.has(target) is not False else frozenset()
    values = before | written if before is not None and written is not None else None
    if replacement == "":
        return labels.doubt((target,))
    return labels.put(target, values, target in labels.sure and literal)


def joined(labels: Labels, node: Call) -> Labels:
    """`label_join(v, target, separator, sources…)`: writes the sources' values, none where all of them are empty."""
    target, separator = _text(node, 1), _text(node, 2)
    sources = [_text(node, index) for index in range(3, len(node.args))]
    if target is None or separator is None or None in sources:
        return ANY_LABELS
    filled = bool(separator) and len(sources) > 1
    if filled or any(source in labels.sure for source in sources):
        return labels.put(target, None, True)
    if all(source is not None and labels.has(source) is False for source in sources):
        return labels.without((target,), node)
    return labels.put(target, None, False)
