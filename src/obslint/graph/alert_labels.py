"""What is known of the labels with which an alert reaches Alertmanager."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from obslint.facts.common import Entry, Relabel
from obslint.facts.prometheus import Rule
from obslint.graph.answers import Verdict
from obslint.lang.label_values import contradictory, holds
from obslint.lang.matchers import Matcher
from obslint.lang.tokens import re2_pattern

_MAX_CONDITIONS = 32
_MAX_LABELS = 100
"""Conditions kept of one label, and labels with conditions; what is left out makes more possible, never less."""


@dataclass(frozen=True, slots=True)
class SymbolicLabels:
    """A label set of which not everything is known. A label that is missing has the empty value, as in Alertmanager."""

    values: Mapping[str, str | None] = field(default_factory=dict)
    """The value of each label that is looked into; None where it is unknown."""
    open: bool = True
    """Whether labels that `values` does not name may be there, with any value."""
    conditions: Mapping[str, tuple[Matcher, ...]] = field(default_factory=dict)
    """What holds of labels whose value is unknown."""

    def value(self, name: str) -> str | None:
        """The value of a label, empty where it is provably missing; None where it is unknown."""
        return self.values.get(name, None if self.open else "")

    def fulfils(self, matcher: Matcher) -> Verdict:
        """Whether a label set like this fulfils a matcher."""
        value = self.value(matcher.name)
        if value is not None:
            held = holds(matcher, value)
            return Verdict.UNKNOWN if held is None else Verdict.YES if held else Verdict.NO
        known = self.conditions.get(matcher.name, ())
        if contradictory((*known, matcher)):
            return Verdict.NO
        return Verdict.YES if contradictory((*known, matcher.negated)) else Verdict.UNKNOWN

    def given(self, matcher: Matcher) -> SymbolicLabels:
        """The same where a matcher is fulfilled."""
        known = self.conditions.get(matcher.name, ())
        if self.value(matcher.name) is not None or matcher in known:
            return self
        if matcher.operator == "=":
            return replace(self, values={**self.values, matcher.name: matcher.value})
        if len(known) >= _MAX_CONDITIONS or (not known and len(self.conditions) >= _MAX_LABELS):
            return self
        return replace(self, conditions={**self.conditions, matcher.name: (*known, matcher)})


ANY_LABELS = SymbolicLabels()
"""Those of any alert."""


def alert_labels(
    rule: Rule,
    result: SymbolicLabels = ANY_LABELS,
    external: Iterable[Entry] = (),
    relabels: Iterable[Relabel] = (),
) -> SymbolicLabels:
    """The labels of a rule's alerts as they are sent.

    `result` are those of what the expression yields. Labels of the rule replace them, and its name is `alertname`
    (Prometheus `rules/alerting.go`); `external` are the sender's `external_labels`, for labels that are missing then,
    and `relabels` its `alert_relabel_configs` (`notifier`).
    """
    values = dict(result.values)
    conditions = dict(result.conditions)
    for written in rule.labels:
        text = written.value.text if written.value else ""
        values[written.name.text] = None if "{{" in text else text
    values |= {"alertname": rule.name.text, "__name__": ""}
    for name in ("alertname", *(written.name.text for written in rule.labels)):
        conditions.pop(name, None)
    labels = SymbolicLabels(values, result.open, conditions)
    for entry in external:
        name, text = entry.name.text, entry.value.text if entry.value else ""
        if labels.value(name) == "" and text:
            values[name] = None if "$" in text else text
        conditions.pop(name, None)  # they hold of the result, which may lack the label
    for step in relabels:
        labels = _relabelled(labels, step)
    return labels


def _relabelled(labels: SymbolicLabels, step: Relabel) -> SymbolicLabels:
    """The labels behind one relabelling step; what it may have changed is unknown."""
    action = step.action.text.lower() if step.action else "replace"
    if action in ("keep", "drop", "keepequal", "dropequal"):
        return labels  # alerts may be dropped, but none is changed
    if action in ("labeldrop", "labelkeep"):
        return _filtered(labels, step, action == "labelkeep")
    target = step.target_label.text if step.target_label else ""
    if action == "labelmap" or "$" in target:
        return ANY_LABELS
    replacement = step.replacement.text if step.replacement else "$1"
    always = action == "replace" and not step.source_labels and step.regex is None and "$" not in replacement
    conditions = {name: known for name, known in labels.conditions.items() if name != target}
    return SymbolicLabels({**labels.values, target: replacement if always else None}, labels.open, conditions)


def _filtered(labels: SymbolicLabels, step: Relabel, keep: bool) -> SymbolicLabels:
    try:
        pattern = re2_pattern(f"^(?s:{step.regex.text if step.regex else '(.*)'})$")
        if pattern is None:
            return ANY_LABELS
        names: Sequence[str] = [*labels.values, *labels.conditions]
        gone = {name for name in names if (pattern.fullmatch(name) is not None) != keep}
    except ValueError:
        return ANY_LABELS
    conditions = {name: known for name, known in labels.conditions.items() if name not in gone}
    return SymbolicLabels({**labels.values, **dict.fromkeys(gone, "")}, labels.open, conditions)
