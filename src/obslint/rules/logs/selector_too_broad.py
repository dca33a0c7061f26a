"""LOG001."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import grafana_variables, logql
from obslint.rules.base import Rule

_ANYTHING = re.compile(r"[\^]?\(*(?:\?:)?(?:\.[*+]\??|\.\.\*|\[\^?\\s\\S\][*+])\)*\$?")


class SelectorTooBroad(Rule[Expression]):
    """A stream selector picks no streams: all its matchers take any value, or only leave some out.

    Loki finds lines by the labels of their streams; everything behind the selector, line filters too, is a search
    through what it picked. `{job=~".+"}` is the trick that gets past Loki's demand for a matcher, and reads every
    stream of the tenant: a rule does that at each evaluation. In a panel this is an information, for there it may be
    meant, and nothing is said where a variable stands in the selector.
    """

    code, name, severity = "LOG001", "logql-selector-too-broad", Severity.WARNING
    on = Expression

    def check(self, node: Expression, graph: Graph) -> Iterator[Claim]:
        if node.language != "logql":
            return
        text = node.text
        substitution = grafana_variables.substitute(text)
        try:
            tree = logql.parse(substitution.text if node.panel is not None else text)
        except logql.SyntaxProblem:
            return
        seen: set[str] = set()
        for selector, groups in _grouped(tree):
            written = text[selector.start : selector.end]
            if written in seen or substitution.touches(selector.start, selector.end):
                continue
            seen.add(written)
            asked = any(matcher.op == "=~" and matcher.label in groups for matcher in selector.matchers)
            if asked or not all(map(_is_broad, selector.matchers)):
                continue
            panel = node.panel is not None
            yield self.claim(
                node,
                f"{node.what} reads the streams of `{written}`, which is {_what(selector)}, "
                f"{'whenever it is shown' if panel else 'at every evaluation'}",
                place=node.within(selector.start, selector.end),
                help='add a matcher for a value, such as `job="app"` or `namespace=~"a|b"`',
                subject=written,
                severity=Severity.INFO if panel else None,
            )


def _grouped(tree: logql.Expr) -> Iterator[tuple[logql.StreamSelector, frozenset[str]]]:
    """The selectors, left to right, with the labels by which aggregations around them group."""
    stack: list[tuple[logql.Expr, frozenset[str]]] = [(tree, frozenset())]
    while stack:
        node, groups = stack.pop()
        if isinstance(node, logql.LogQuery):
            yield node.selector, groups
        if isinstance(node, (logql.RangeAggregation, logql.VectorAggregation)) and not node.without:
            groups = groups | {label.name for label in node.grouping or ()}
        stack.extend((child, groups) for child in reversed(logql.children(node)))


def _is_broad(matcher: logql.Matcher) -> bool:
    if matcher.op == "=~":
        return _ANYTHING.fullmatch(matcher.value) is not None
    return matcher.op in ("!=", "!~")


def _what(selector: logql.StreamSelector) -> str:
    labels = sorted({f"`{matcher.label}`" for matcher in selector.matchers if matcher.op == "=~"})
    if len(labels) == len(selector.matchers):
        return f"every stream that has a label {' and '.join(labels)}"
    return "every stream but those it leaves out"
