"""ALR017."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import RuleFile
from obslint.lang.durations import prometheus_duration
from obslint.rules.base import Rule


class NeedlessFor(Rule[RuleFile]):
    """A `for` or `keep_firing_for` of zero says what holds anyway.

    An alert without `for` fires at the first evaluation that finds something; `for: 0s` is the same in more words. Many
    write it on purpose, to show that no delay is meant, so this is only reported where it is asked for.
    """

    code, name, severity = "ALR017", "needless-for", Severity.INFO
    on = RuleFile
    enabled = False

    def check(self, rule_file: RuleFile, graph: Graph) -> Iterator[Claim]:
        for alert in rule_file.alerts:
            for key, written in (("for", alert.hold), ("keep_firing_for", alert.keep_firing)):
                try:
                    needless = written is not None and prometheus_duration(written.text) == 0
                except ValueError:
                    continue
                if written is not None and needless:
                    yield self.claim(
                        rule_file,
                        f"`{key}: {written}` of alert `{alert.name}` is what holds without it",
                        place=written.place,
                        help=f"remove the line, or give it the time that the condition has to last: `{key}: 5m`",
                        subject=f"{alert.name}:{key}",
                    )
