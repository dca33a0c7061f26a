"""PQL004."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph, alert_texts
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.rules.base import Rule

_SPACE = re.compile(r"\s+")


class SelfRatioIdentity(Rule[Expression]):
    """A ratio divides every series of a metric by itself: it is 1, or NaN.

    Without an aggregation, `on` or `ignoring`, two sides match where all of their labels are equal. Of one metric that
    is only ever one and the same series, whatever the matchers are: `hits{result="hit"} / hits` divides the hits by the
    hits. That is 1, and NaN where there are none (0/0), whatever their share is. Add up both sides first, each by the
    labels that the ratio is wanted for.
    """

    code, name, severity = "PQL004", "self-ratio-identity", Severity.ERROR
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        if expression.tree is None or "loki" in expression.readers or "/" not in expression.text:
            return
        found = list(_identities(expression, expression.tree))
        inference = graph.inference(expression) if found else None
        apart = {id(mismatch.node) for mismatch in inference.mismatches} if inference else set()
        bounds = _bounds(expression.tree) if found else {}
        groupings = _groupings(expression) if found else []
        for node, name, value in found:
            if id(node) in apart:  # the sides have nothing in common at all, which is another mistake
                continue
            left, right = expression.text[node.lhs.start : node.lhs.end], expression.text[node.rhs.start : node.rhs.end]
            meant = len(left) + len(right) < 120 and expression.written(node)
            total = _total(node, groupings)
            yield self.claim(
                expression,
                f"{expression.what} divides each series of `{name}` by itself, as the sides match where all labels are "
                f"equal: the result is {value:g} or NaN for every series, whatever the share"
                f"{_outcome(expression, bounds.get(id(node)), value)}",
                place=expression.at(node),
                related=[Related(expression.at(node.rhs), "what it is divided by")],
                help="add up both sides"
                + (f": `{total}({left}) / {total}({right})`" if meant else f" with `{total.strip() or 'sum'}`"),
                subject=expression.text[node.start : node.end],
                # The same twice may be a way to write a 1 with the labels of a metric.
                proven=_SPACE.sub("", left) != _SPACE.sub("", right),
            )


def _identities(expression: Expression, tree: promql.Expr) -> Iterator[tuple[promql.Binary, str, float]]:
    """The divisions of a metric by itself, with its name and what they come to."""
    for node in promql.walk(tree):
        if isinstance(node, promql.Binary) and node.op == "/" and _by_all_labels(node.matching):
            (above, upper), (below, lower) = _factor(node.lhs), _factor(node.rhs)
            path = _path(expression, upper)
            if path is not None and below and path == _path(expression, lower):
                yield node, path[-1], above / below


def _by_all_labels(matching: promql.Matching | None) -> bool:
    return matching is None or not (matching.on or matching.labels or matching.group)


def _factor(node: promql.Expr) -> tuple[float, promql.Expr]:
    """A number that all of it is multiplied by, and the rest."""
    factor = 1.0
    while isinstance(node := promql.bare(node), promql.Binary):
        left, right = promql.bare(node.lhs), promql.bare(node.rhs)
        if node.op == "*" and isinstance(left, promql.NumberLiteral):
            factor, node = factor * left.value, right
        elif node.op == "*" and isinstance(right, promql.NumberLiteral):
            factor, node = factor * right.value, left
        elif node.op == "/" and isinstance(right, promql.NumberLiteral) and right.value:
            factor, node = factor / right.value, left
        else:
            break
    return factor, node


def _path(expression: Expression, node: promql.Expr) -> tuple[str, ...] | None:
    """What is done to each series of a metric, as written, and its name at the end; None where series are combined."""
    text, steps = expression.text, []
    while True:
        match node:
            case promql.VectorSelector():
                name = node.metric_name
                if name is None or not _one_name(expression, node):
                    return None
                steps += [_text(text, item.start, item.end) for item in (node.offset, node.at) if item is not None]
                written = text[node.start : node.start + len(name)]
                return (*steps, written if node.name == name and text[node.start] not in "\"'{" else name)
            case promql.Paren(expr=inner):
                node = inner
                continue
            case promql.MatrixSelector(selector=inner) | promql.Subquery(expr=inner) | promql.Unary(expr=inner):
                pass
            case promql.Call(function=function, args=args) if function in promql.POINTWISE:
                series = [arg for arg in args if arg.type in (promql.ValueType.VECTOR, promql.ValueType.MATRIX)]
                if len(series) != 1:
                    return None
                inner = series[0]
            case promql.Binary(lhs=lhs, rhs=rhs) if promql.ValueType.SCALAR in (lhs.type, rhs.type):
                inner = rhs if lhs.type is promql.ValueType.SCALAR else lhs
            case _:
                return None
        steps.append(_text(text, node.start, inner.start) + "…" + _text(text, inner.end, node.end))
        node = inner


def _one_name(expression: Expression, node: promql.VectorSelector) -> bool:
    """Whether the name is one, not a regex or a variable that may hold several."""
    return node.name is not None or all(
        expression.written(matcher) for matcher in node.matchers if matcher.label == promql.METRIC_NAME
    )


def _text(text: str, start: int, end: int) -> str:
    return _SPACE.sub("", text[start:end])


def _groupings(expression: Expression) -> list[tuple[promql.Node, list[str]]]:
    """Which labels of a part of the expression are asked for: by an aggregation, of the whole by the alert's texts."""
    tree, rule = expression.tree, expression.rule
    assert tree is not None
    found: list[tuple[promql.Node, list[str]]] = [
        (part.expr, [label.name for label in part.grouping if expression.written(label)])
        for part in promql.walk(tree)
        if isinstance(part, promql.Aggregation) and part.grouping and not part.without
    ]
    if rule is not None and rule.alerting:
        own = {"alertname", *(str(label.name) for label in rule.labels)}
        for _, text in alert_texts.texts(rule):
            reading = alert_texts.reading(text.text)
            uses = reading.labels if reading is not None else ()
            found.append((tree, [use.name for use in uses if use.query is None and use.name not in own]))
    return found


def _total(node: promql.Binary, groupings: list[tuple[promql.Node, list[str]]]) -> str:
    """The aggregation that keeps what is asked for."""
    names = [name for part, asked in groupings if part.start <= node.start and node.end <= part.end for name in asked]
    left, right = (
        {(item.label, item.op, item.value) for selector in promql.selectors(side) for item in selector.matchers}
        for side in (node.lhs, node.rhs)
    )
    apart = {label for label, *_ in left ^ right}  # what the share is a share by
    kept = [name for name in dict.fromkeys(names) if name not in apart]
    return f"sum by ({', '.join(kept)}) " if kept else "sum"


_Bound: TypeAlias = tuple[promql.Binary, float, float]


def _bounds(tree: promql.Expr) -> dict[int, _Bound]:
    """By what is compared with a number: the comparison, what is multiplied with before, and the number."""
    found: dict[int, _Bound] = {}
    for node in promql.walk(tree):
        if isinstance(node, promql.Binary) and node.op in promql.COMPARISONS and not node.return_bool:
            right = promql.bare(node.rhs)
            if isinstance(right, promql.NumberLiteral):
                factor, inner = _factor(node.lhs)
                found[id(inner)] = node, factor, right.value
    return found


def _outcome(expression: Expression, bound: _Bound | None, value: float) -> str:
    """What the comparison comes to, where the ratio is compared with a number; NaN passes `!=` alone."""
    if bound is None or not expression.written(bound[0].rhs):
        return ""
    node, factor, limit = bound
    shown = " ".join(expression.text[node.op_start : node.rhs.end].split())
    if promql.COMPARISONS[node.op](value * factor, limit):
        return f", so `{shown}` holds for each {'' if node.op == '!=' else 'that is not NaN'}".rstrip()
    return f", so `{shown}` holds for NaN alone" if node.op == "!=" else f", so `{shown}` never holds"
