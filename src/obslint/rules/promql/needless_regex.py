"""PQL020."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql, regexes
from obslint.rules.base import Rule


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The settings of PQL020."""

    substrings: bool = dataclasses.field(
        default=False, metadata={"help": "also report patterns that pick words out of a label, such as `.*_prod_.*`"}
    )
    dashboards: bool = dataclasses.field(default=False, metadata={"help": "also look at the queries of dashboards"})


class NeedlessRegex(Rule[Expression]):
    """A matcher is a regex where none is needed.

    `job=~"api"` asks the same as `job="api"` and makes its reader look for the pattern. Prometheus anchors every regex
    at both ends, so `^` and `$` change nothing; `=~".*"` lets every series through, with the label or without. `!~".*"`
    is worse: it lets none through, so the selector never finds anything, and that is a warning.

    A pattern such as `.*_prod_.*` works, but it takes apart a label that should have been two. That is a question of
    how targets are labelled, so it is only reported where `substrings` is set.
    """

    code, name, severity = "PQL020", "needless-regex", Severity.INFO
    on = Expression
    options = Settings()

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        if expression.tree is None or (expression.rule is None and not self.options.dashboards):
            return
        said: set[tuple[str, str, str]] = set()
        for selector in promql.selectors(expression.tree):
            for matcher in selector.matchers:
                same = (matcher.label, matcher.op, matcher.value)
                if matcher.op not in ("=~", "!~") or same in said or not expression.written(matcher):
                    continue
                regex = regexes.read(matcher.value)
                if regex is None:
                    continue
                said.add(same)
                yield from self._judge(expression, matcher, regex)

    def _judge(self, expression: Expression, matcher: promql.Matcher, regex: regexes.Regex) -> Iterator[Claim]:
        written = _written(matcher, matcher.op, matcher.value)
        positive = matcher.op == "=~"
        equal = "=" if positive else "!="
        severity = None
        if regex.literal is not None:
            message = f"`{written}` is a regex that matches one text only"
            help = f"write `{_written(matcher, equal, regex.literal)}`"
        elif regex.wildcard == "*" and positive:
            message = f"`{written}` matches every series, whether it has the label or not"
            help = f"leave the matcher out, or write `{_written(matcher, '!=', '')}` if the label must be there"
        elif regex.wildcard == "*":
            severity = Severity.WARNING
            message = f"`{written}` matches no series at all, so the selector never finds anything"
            help = f"write `{_written(matcher, '=', '')}` if series without the label are meant, or leave it out"
        elif regex.wildcard == "+" and not positive:
            message = f"`{written}` is a regex that matches only series without the label"
            help = f"write `{_written(matcher, '=', '')}`"
        elif regex.unanchored != regex.text:
            message = f"`{written}` has anchors, which every regex of PromQL has anyway"
            help = f"write `{_written(matcher, matcher.op, regex.unanchored)}`"
        elif self.options.substrings and regex.cuts:
            message = f"`{written}` picks words out of the middle of a label"
            help = "give the targets a label for each of the parts, and match those"
        else:
            return
        yield self.claim(
            expression,
            f"{expression.what}: {message}",
            place=expression.at(matcher),
            help=help,
            subject=written,
            severity=severity,
        )


def _written(matcher: promql.Matcher, op: str, value: str) -> str:
    """A matcher as one writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{matcher.label}{op}"{escaped}"'
