"""What an expression says, part by part: types, labels, values, and the metrics it cannot do without."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from obslint.facts import prometheus as facts
from obslint.facts.common import Scalar
from obslint.graph import nodes, values
from obslint.graph.graph import Graph
from obslint.lang import logql, promql
from obslint.lang.promql.bounds import ANY, Bounds, bounds
from obslint.lang.promql.scales import Scale
from obslint.lang.tokens import STRING

_STRING = re.compile(STRING, re.VERBOSE)


@dataclass(frozen=True, slots=True)
class Part:
    """One node of the syntax tree; `start` and `end` are code points of the expression."""

    depth: int
    what: str
    start: int
    end: int
    type: str
    labels: tuple[str, ...]
    """Of each alternative of its series, in words; none: it is always empty, or no series at all."""
    values: str
    """What is known of its values, in words."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One expression. `parts` are in the order of the tree, parents first; none where it does not parse."""

    text: str
    parts: tuple[Part, ...] = ()
    requires: tuple[str, ...] = ()
    """The selectors each of which must find a series, or the result is empty."""
    result: str = ""
    """Whether there is one, in words."""


def asked(written: Scalar, graph: Graph, alert: bool) -> nodes.Expression:
    """An expression that stands in no file, as if each Prometheus of the graph evaluated it, in an alert or not.

    What is no PromQL but LogQL is Loki's.
    """
    rule = facts.Rule(Scalar("query", written.place), written, True, (), ()) if alert else None
    if is_logql(written.text):
        stack = nodes.Stack("query", ".")
        readers = frozenset(("loki",))
        return nodes.Expression(stack, written.place, written.text, "the query", (), rule, None, readers, "logql")
    servers = tuple(graph.all(nodes.Prometheus))
    stack = servers[0].stack if servers else nodes.Stack("query", ".")
    readers = frozenset(("prometheus",)) if servers else frozenset[str]()
    return nodes.Expression(stack, written.place, written.text, "the query", servers, rule, None, readers)


def is_logql(text: str) -> bool:
    """Whether a text that stands alone is LogQL, or is meant to be: PromQL has no `|` outside of strings."""
    try:
        promql.parse(text)
    except promql.SyntaxProblem:
        return "|" in _STRING.sub("", text) or _parses_as_logql(text)
    return False


def _parses_as_logql(text: str) -> bool:
    try:
        logql.parse(text)
    except logql.SyntaxProblem:
        return False
    return True


def explain(expression: nodes.Expression, graph: Graph) -> Explanation:
    """The expression as the graph understands it."""
    if expression.language == "logql":
        return _explain_logql(expression.text)
    tree, inference = expression.tree, graph.inference(expression)
    if tree is None or inference is None:
        return Explanation(expression.text)
    limits, measures = bounds(tree, values.likely(expression)), graph.scales(expression)
    parts = []
    stack: list[tuple[int, promql.Expr]] = [(0, tree)]
    while stack:
        depth, node = stack.pop()
        stack.extend((depth + 1, child) for child in reversed(promql.children(node)))
        series = node.type in (promql.ValueType.VECTOR, promql.ValueType.MATRIX)
        parts.append(
            Part(
                depth,
                _what(node, expression.text),
                node.start,
                node.end,
                _TYPES[node.type],
                tuple(_labels(source.labels) for source in inference.of(node)) if series else (),
                "always empty"
                if series and not inference.of(node)
                else _values(limits.get(id(node), ANY), measures.get(id(node))),
            )
        )
    requires = dict.fromkeys(
        expression.text[selector.start : selector.end] for selector in promql.required_selectors(tree)
    )
    return Explanation(expression.text, tuple(parts), tuple(requires), _result(tree, inference))


def _explain_logql(text: str) -> Explanation:
    try:
        tree = logql.parse(text)
    except logql.SyntaxProblem:
        return Explanation(text)
    parts = []
    stack: list[tuple[int, logql.Expr]] = [(0, tree)]
    while stack:
        depth, node = stack.pop()
        stack.extend((depth + 1, child) for child in reversed(logql.children(node)))
        parts.append(Part(depth, _what_logql(node, text), node.start, node.end, _LOGQL_TYPES[node.type], (), ""))
        if isinstance(node, logql.LogQuery):
            for stage in node.stages:
                written = " ".join(text[stage.start : stage.end].split())
                made = stage.labels if isinstance(stage, logql.LabelParser) else None
                labels = (f"makes {', '.join(made)}",) if made else ()
                parts.append(Part(depth + 1, written, stage.start, stage.end, "stage", labels, ""))
    requires = dict.fromkeys(text[selector.start : selector.end] for selector in logql.selectors(tree))
    return Explanation(text, tuple(parts), tuple(requires), "empty or not, as the logs are")


_LOGQL_TYPES = {
    logql.ValueType.LOGS: "log lines",
    logql.ValueType.VECTOR: "instant vector",
    logql.ValueType.SCALAR: "scalar",
}


def _what_logql(node: logql.Expr, text: str) -> str:
    """The node without its operands, as it is written."""
    match node:
        case logql.Binary(op_start=start, rhs=rhs):
            return " ".join(text[start : rhs.start].split())
        case logql.RangeAggregation(op=op) | logql.VectorAggregation(op=op):
            names = ", ".join(label.name for label in node.grouping or ())
            grouped = "" if node.grouping is None else f" {'without' if node.without else 'by'} ({names})"
            return f"{op}{grouped or '()'}"
        case logql.LogRange(query=query):
            return " ".join(text[query.end : node.end].split())
        case logql.LogQuery(selector=selector):
            return text[selector.start : selector.end]
        case logql.LabelReplace():
            return "label_replace()"
        case logql.Variants():
            return "variants()"
        case logql.Paren():
            return "( )"
        case _:
            return " ".join(text[node.start : node.end].split())


_TYPES = {
    promql.ValueType.SCALAR: "scalar",
    promql.ValueType.VECTOR: "instant vector",
    promql.ValueType.MATRIX: "range vector",
    promql.ValueType.STRING: "string",
}


def _what(node: promql.Expr, text: str) -> str:
    """The node without its operands, as it is written."""
    match node:
        case promql.Binary(op_start=start, rhs=rhs):
            return " ".join(text[start : rhs.start].split())
        case promql.Call(function=function):
            return f"{function}()"
        case promql.Aggregation(op=op, grouping=None):
            return f"{op}()"
        case promql.Aggregation(op=op, grouping=grouping, without=without):
            names = ", ".join(label.name for label in grouping or ())
            return f"{op} {'without' if without else 'by'} ({names})"
        case promql.Paren():
            return "( )"
        case promql.Unary(op=op):
            return op
        case promql.MatrixSelector(selector=selector):
            return text[selector.end : node.end].strip()
        case promql.Subquery(expr=inner):
            return text[inner.end : node.end].strip()
        case _:
            return " ".join(text[node.start : node.end].split())


def _labels(labels: promql.Labels) -> str:
    sure = [_label(name, labels) for name in sorted(labels.sure)]
    if labels.possible is not None:
        maybe = [f"{_label(name, labels)}?" for name in sorted(labels.possible - labels.sure)]
        return f"{{{', '.join(sure + maybe)}}}"
    lost = f" without {', '.join(sorted(labels.never))}" if labels.never else ""
    return f"{{{', '.join([*sure, '…'])}}}{lost}"


def _label(name: str, labels: promql.Labels) -> str:
    values = labels.values.get(name)
    if values is None:
        return name
    known = "|".join(sorted(values))
    return f'{name}="{known}"'


def _values(limits: Bounds, scale: Scale | None) -> str:
    low, high = limits
    if low > high:
        said = "no value"
    elif low == high:
        said = f"always {low:g}"
    elif not math.isinf(low) and not math.isinf(high):
        said = f"{low:g} to {high:g}"
    elif not math.isinf(low):
        said = f"{low:g} or more"
    else:
        said = "" if math.isinf(high) else f"{high:g} or less"
    kind = {Scale.RATIO: "a ratio", Scale.PERCENT: "a percentage", None: ""}[scale]
    return ", ".join(filter(None, (said, kind)))


def _result(tree: promql.Expr, inference: promql.Inference) -> str:
    constant = promql.constant_value(tree)
    if constant is promql.NEVER or not inference.result:
        return "always empty, whatever the data"
    if isinstance(constant, promql.Always):
        value = "" if constant.value is None else f" of {constant.value:g}"
        return f"never empty: there is always a result{value}"
    return "empty or not, as the data are"
