"""ALR018."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import ClassVar

from obslint.facts import prometheus as facts
from obslint.facts.common import Entry
from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import RuleFile
from obslint.rules import patterns
from obslint.rules.base import Rule


@dataclass(frozen=True, slots=True)
class Convention:
    """What is asked of the labels or annotations with one name."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    required: bool = False
    forbidden: bool = False
    values: tuple[str, ...] = ()
    """The only values allowed."""
    pattern: str = ""
    """What the whole value has to match."""
    reject: str = ""
    """What the whole value must not match."""
    separator: str = ""
    """The value is a list, parted by this, and each part is judged."""

    def __post_init__(self) -> None:
        if self.required and self.forbidden:
            raise ValueError("what is required cannot be forbidden")
        patterns.check(self.pattern, self.reject)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of ALR018; names are patterns, so a plain name means itself."""

    alert_labels: Mapping[str, Convention] = field(
        default_factory=dict, metadata={"help": "labels of alerts: name → convention"}
    )
    recording_labels: Mapping[str, Convention] = field(
        default_factory=dict, metadata={"help": "labels of recording rules: name → convention"}
    )
    annotations: Mapping[str, Convention] = field(
        default_factory=dict, metadata={"help": "annotations of alerts: name → convention"}
    )

    def __post_init__(self) -> None:
        patterns.check(*self.alert_labels, *self.recording_labels, *self.annotations)


class RuleMetadataConvention(Rule[RuleFile]):
    """A label or annotation of a rule is not as your conventions in obslint.yaml ask for.

    Silent until the settings name labels or annotations. A convention says `required: true` or `forbidden: true`, the
    only `values` allowed, a `pattern` that the whole value matches, or one that it must not, `reject`. With a
    `separator` the value is a list and each part of it is judged. Names and patterns are regexes of the whole text; in
    them `{{ $alert }}`, `{{ $record }}` and `{{ $for }}` stand for those of the rule:

        rules:
          ALR018:
            alert-labels:
              severity: {required: true, values: [critical, warning, info]}
              components: {pattern: "[a-z-]+", separator: " "}
              "team|owner": {required: true}
            recording-labels:
              ".*": {forbidden: true}
            annotations:
              runbook_url: {required: true, pattern: "https://runbooks\\\\.example\\\\.org/{{ $alert }}"}
              description: {reject: ".*(TODO|FIXME).*"}

    Labels of the group count as the rule's. An empty value counts as none. Values that are templates are not judged.
    """

    code, name, severity = "ALR018", "rule-metadata-convention", Severity.WARNING
    on = RuleFile
    options = Settings()

    def check(self, rule_file: RuleFile, graph: Graph) -> Iterator[Claim]:
        settings: Settings = self.options
        for rule in rule_file.rules():
            labels = settings.alert_labels if rule.alerting else settings.recording_labels
            for name, convention in labels.items():
                yield from self._judge(rule_file, rule, "label", name, convention, rule.labels)
            if rule.alerting:
                for name, convention in settings.annotations.items():
                    yield from self._judge(rule_file, rule, "annotation", name, convention, rule.annotations)

    def _judge(
        self,
        rule_file: RuleFile,
        rule: facts.Rule,
        what: str,
        name: str,
        convention: Convention,
        entries: Sequence[Entry],
    ) -> Iterator[Claim]:
        whose = f"{'alert' if rule.alerting else 'recording rule'} `{rule.name}`"
        found = [entry for entry in entries if patterns.matches(name, entry.name.text, rule)]
        if convention.forbidden:
            for entry in found:
                yield self.claim(
                    rule_file,
                    f"{whose} has the {what} `{entry.name}`, which the conventions forbid",
                    place=entry.name.place,
                    help="remove it",
                    subject=f"{rule.name}:{entry.name}",
                )
            return
        filled = [entry for entry in found if entry.value is not None and entry.value.text]
        if convention.required and not filled:
            yield self.claim(
                rule_file,
                f"{whose} has no {what} `{name}`, which the conventions require",
                place=found[0].name.place if found else rule.name.place,
                help=f"add the {what}" + (f": one of {_listed(convention.values)}" if convention.values else ""),
                subject=f"{rule.name}:{name}",
            )
        for entry in filled:
            problem = _problem(convention, entry, rule)
            if problem is not None:
                yield self.claim(
                    rule_file,
                    f"the {what} `{entry.name}` of {whose} {problem[0]}",
                    place=entry.value.place if entry.value else None,
                    help=problem[1],
                    subject=f"{rule.name}:{entry.name}",
                )


def _problem(convention: Convention, entry: Entry, rule: facts.Rule) -> tuple[str, str] | None:
    """What is wrong with a value, and what to do."""
    text = entry.value.text if entry.value is not None else ""
    if "{{" in text:
        return None
    parts = [part.strip() for part in text.split(convention.separator)] if convention.separator else [text]
    for part in filter(None, parts):
        if convention.values and part not in convention.values:
            close = get_close_matches(part[:64], convention.values, 1, 0.6)
            hint = f"did you mean `{close[0]}`? " if close else ""
            return f"is `{part}`, none of the values allowed", f"{hint}allowed are {_listed(convention.values)}"
        if convention.pattern and not patterns.matches(convention.pattern, part, rule):
            return f"is `{part}` and does not match the conventions", f"it has to match `{convention.pattern}`"
        if convention.reject and patterns.matches(convention.reject, part, rule):
            return f"is `{part}`, which the conventions reject", f"it must not match `{convention.reject}`"
    return None


def _listed(values: Sequence[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)
