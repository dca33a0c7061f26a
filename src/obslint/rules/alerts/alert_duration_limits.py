"""ALR020."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from obslint.facts import prometheus as facts
from obslint.facts.common import Scalar
from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import RuleFile
from obslint.lang.durations import prometheus_duration
from obslint.rules.base import Rule


def _limit(written: str, otherwise: float) -> float:
    """Milliseconds. Raises ValueError for what is no duration."""
    return prometheus_duration(written) if written else otherwise


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of ALR020; durations such as `5m`."""

    for_min: str = field(default="", metadata={"help": "the shortest `for`; an alert without one has zero"})
    for_max: str = field(default="", metadata={"help": "the longest `for`"})
    keep_firing_for_min: str = field(default="", metadata={"help": "the shortest `keep_firing_for`"})
    keep_firing_for_max: str = field(default="", metadata={"help": "the longest `keep_firing_for`"})

    def __post_init__(self) -> None:
        for low, high in ((self.for_min, self.for_max), (self.keep_firing_for_min, self.keep_firing_for_max)):
            if _limit(low, 0.0) > _limit(high, float("inf")):
                raise ValueError(f"the shortest, {low}, is longer than the longest, {high}")


class AlertDurationLimits(Rule[RuleFile]):
    """An alert waits, or fires on, for less or more time than your conventions in obslint.yaml allow.

    Silent until the settings give a limit. `for-min: 1s` merely asks that there is a `for`:

        rules:
          ALR020:
            for-min: 1m
            for-max: 1h
            keep-firing-for-max: 30m
    """

    code, name, severity = "ALR020", "alert-duration-limits", Severity.WARNING
    on = RuleFile
    options = Settings()

    def check(self, rule_file: RuleFile, graph: Graph) -> Iterator[Claim]:
        settings: Settings = self.options
        for alert in rule_file.alerts:
            yield from self._judge(rule_file, alert, "for", alert.hold, settings.for_min, settings.for_max)
            yield from self._judge(
                rule_file,
                alert,
                "keep_firing_for",
                alert.keep_firing,
                settings.keep_firing_for_min,
                settings.keep_firing_for_max,
            )

    def _judge(
        self, rule_file: RuleFile, alert: facts.Rule, key: str, written: Scalar | None, low: str, high: str
    ) -> Iterator[Claim]:
        try:
            time = 0 if written is None else prometheus_duration(written.text)
        except ValueError:  # is said elsewhere
            return
        if _limit(low, 0.0) <= time <= _limit(high, float("inf")):
            return
        short = time < _limit(low, 0.0)
        has = f"`{key}: {written}`" if written is not None else f"no `{key}`"
        yield self.claim(
            rule_file,
            f"alert `{alert.name}` has {has}; the conventions ask for {'at least' if short else 'at most'} "
            f"{low if short else high}",
            place=written.place if written is not None else alert.name.place,
            help=f"write `{key}: {low if short else high}`",
            subject=f"{alert.name}:{key}",
        )
