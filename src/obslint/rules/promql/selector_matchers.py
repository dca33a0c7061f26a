"""PQL024."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.rules import patterns
from obslint.rules.base import Rule


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of PQL024; names of metrics and functions are patterns."""

    metrics: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict, metadata={"help": "name of a metric → labels that each selector of it must match"}
    )
    functions: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict, metadata={"help": "name of a function → labels that each selector in it must match"}
    )

    def __post_init__(self) -> None:
        patterns.check(*self.metrics, *self.functions)


class SelectorMatchers(Rule[Expression]):
    """A selector of a rule lacks a matcher that your conventions ask for.

    Where many teams share a Prometheus, `errors_total` alone finds everybody's; and `absent(up{…})` gives its alert
    only those labels for which the selector has an equality. Silent until the settings name labels, by metric, by the
    function around the selector, or both:

        rules:
          PQL024:
            metrics:
              "up|http_.+": [job]
            functions:
              "absent(_over_time)?": [job, cluster]
    """

    code, name, severity = "PQL024", "selector-matchers", Severity.WARNING
    on = Expression
    options = Settings()

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        settings: Settings = self.options
        if expression.rule is None or expression.tree is None or not (settings.metrics or settings.functions):
            return
        around = _functions(expression.tree) if settings.functions else {}
        for selector in promql.selectors(expression.tree):
            asked = _asked(settings.metrics, [_name(selector)])
            asked |= _asked(settings.functions, around.get(id(selector), []))
            missing = sorted(asked - {matcher.label for matcher in selector.matchers})
            if missing:
                what = " and ".join(f"`{label}`" for label in missing)
                yield self.claim(
                    expression,
                    f"{expression.what} selects `{_name(selector) or 'any metric'}` without a matcher for {what}, "
                    "which the conventions ask for",
                    place=expression.at(selector),
                    help=f'add a matcher such as `{missing[0]}="…"`',
                    subject=f"{_name(selector)}:{','.join(missing)}",
                )


def _name(selector: promql.VectorSelector) -> str:
    """The metric's name, or the regex for it."""
    if selector.metric_name is not None:
        return selector.metric_name
    regexes = (matcher.value for matcher in selector.matchers if matcher.label == promql.METRIC_NAME)
    return next(regexes, "")


def _functions(tree: promql.Expr) -> dict[int, list[str]]:
    """The functions around each selector, by its id."""
    around: dict[int, list[str]] = {id(tree): []}
    for node in promql.walk(tree):  # parents before children
        names = around[id(node)]
        if isinstance(node, promql.Call) and node.function not in names:
            names = [*names, node.function]
        for child in promql.children(node):
            around[id(child)] = names
    return around


def _asked(policy: Mapping[str, tuple[str, ...]], names: list[str]) -> set[str]:
    return {
        label
        for pattern, labels in policy.items()
        if any(patterns.matches(pattern, name) for name in names)
        for label in labels
    }
