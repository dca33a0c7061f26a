"""ALR019."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from obslint.facts.common import Scalar
from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import RuleFile
from obslint.rules import patterns
from obslint.rules.base import Rule


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of ALR019."""

    alerts: str = field(default="", metadata={"help": "what the names of alerts match"})
    recordings: str = field(default="", metadata={"help": "what the names of recorded metrics match"})
    groups: str = field(default="", metadata={"help": "what the names of groups match"})

    def __post_init__(self) -> None:
        patterns.check(self.alerts, self.recordings, self.groups)


class RuleNameConvention(Rule[RuleFile]):
    """The name of a rule or a group is not as your conventions in obslint.yaml ask for.

    Silent until the settings give a pattern, a regex of the whole name. Prometheus recommends `level:metric:operations`
    for what is recorded:

        rules:
          ALR019:
            alerts: "[A-Z][A-Za-z0-9]+"
            recordings: "[a-z_]+:[a-z0-9_]+:[a-z0-9_]+"
            groups: "[a-z0-9.-]+"
    """

    code, name, severity = "ALR019", "rule-name-convention", Severity.WARNING
    on = RuleFile
    options = Settings()

    def check(self, rule_file: RuleFile, graph: Graph) -> Iterator[Claim]:
        settings: Settings = self.options
        for group in rule_file.fact.groups:
            if group.name is not None:
                yield from self._judge(rule_file, "group", group.name, settings.groups)
            for rule in group.rules:
                if rule.alerting:
                    yield from self._judge(rule_file, "alert", rule.name, settings.alerts)
                else:
                    yield from self._judge(rule_file, "recording rule", rule.name, settings.recordings)

    def _judge(self, rule_file: RuleFile, what: str, name: Scalar, pattern: str) -> Iterator[Claim]:
        if pattern and not patterns.matches(pattern, name.text):
            yield self.claim(
                rule_file,
                f"the name of {what} `{name}` does not match the conventions",
                place=name.place,
                help=f"it has to match `{pattern}`",
                subject=f"{what}:{name}",
            )
