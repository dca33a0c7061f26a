"""PQL019."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.knowledge import metric_facts
from obslint.lang import promql
from obslint.rules.base import Rule

_SET = frozenset(("and", "or", "unless"))
_FILTERS = frozenset(("==", "!=", "<", "<=", ">", ">=", "and", "unless"))
_SELECTING = frozenset(("topk", "bottomk", "limitk", "limit_ratio"))
"""Metrics whose value is 1 and whose labels are what they tell."""


@dataclass(frozen=True, slots=True)
class _Side:
    """What of a side keeps several series apart that the match takes for one."""

    extra: tuple[str, ...]
    node: promql.Expr


class JoinNeedsGrouping(Rule[Expression]):
    """Several series of one side would match one of the other, without the word that allows it.

    Prometheus matches one series with one. Where `on (…)` or `ignoring (…)` leaves out labels that keep the series of a
    side apart, the evaluation fails as soon as there are two of them: `group_left` allows many on the left side,
    `group_right` on the right, and nothing allows many on both. A metric like `node_uname_info` tells by its labels,
    which nothing else has: without `on (…)` it matches nothing.
    """

    code, name, severity = "PQL019", "join-needs-grouping", Severity.WARNING
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        if expression.tree is None or "loki" in expression.readers:
            return
        joins = "on" in expression.text or "ignoring" in expression.text
        narrowed = _narrowed(expression.tree) if joins else set()
        picked = _picked(expression, expression.tree) if joins else set()
        for node in promql.walk(expression.tree):
            if not isinstance(node, promql.Binary) or node.op in _SET or node.type is promql.ValueType.SCALAR:
                continue
            if promql.ValueType.SCALAR in (node.lhs.type, node.rhs.type):
                continue
            if node.matching is None:
                yield from self._info(expression, node)
            elif all(map(expression.written, (*node.matching.labels, *node.matching.include))):
                yield from self._many(expression, graph, node, narrowed, picked)

    def _info(self, expression: Expression, node: promql.Binary) -> Iterator[Claim]:
        """An info metric beside another metric, compared in all labels."""
        left, right = _metric(node.lhs), _metric(node.rhs)
        if left is None or right is None or left.metric_name == right.metric_name:
            return
        for info, other, side in ((right, left, "left"), (left, right, "right")):
            name, plain = info.metric_name, other.metric_name
            if name is None or plain is None or not _is_info(name) or _is_info(plain) or ":" in plain:
                continue
            if not expression.written(_name(info)) or not expression.written(_name(other)):
                continue
            yield self.claim(
                expression,
                f"{expression.what} matches `{plain}` with `{name}` in all labels: what `{name}` tells by its labels "
                f"`{plain}` most likely does not have, so nothing matches",
                place=expression.within(node.op_start, node.op_end),
                related=[Related(expression.at(info), "the labels of this are not those of the other side")],
                help=f"write `{node.op} on (job, instance) group_{side} (…)`, with the labels wanted from `{name}`",
                subject=name,
                proven=False,
            )
            return

    def _many(
        self,
        expression: Expression,
        graph: Graph,
        node: promql.Binary,
        narrowed: Container[int],
        picked: Container[str],
    ) -> Iterator[Claim]:
        """Sides with labels of their own that the match leaves out."""
        inference, matching = graph.inference(expression), node.matching
        if inference is None or matching is None or matching.fill_left is not None or matching.fill_right is not None:
            return
        sides = []
        for side, many in ((node.lhs, "left"), (node.rhs, "right")):
            extra = () if id(side) in narrowed else _extra(inference.of(side), matching)
            if matching.group not in (None, many):  # what is copied, or left out by name, is known to be one
                known = {label.name for label in (*matching.include, *(() if matching.on else matching.labels))}
                extra = tuple(label for label in extra if label not in known)
            sides.append(_Side(tuple(label for label in extra if label not in picked), side))
        left, right = sides
        wanted = [word for word, side in (("left", left), ("right", right)) if side.extra]
        if not wanted or wanted == [matching.group]:
            return
        words = {"left": left, "right": right}
        if len(wanted) == 2:
            problem = (
                f"both sides of `{node.op}` have several series for one match, kept apart by {_listed(left.extra)} on "
                f"the left and {_listed(right.extra)} on the right: that is never allowed"
            )
            help = (
                "aggregate one side to the labels that are matched, and add `group_left` or `group_right` for the other"
            )
            if matching.group is not None:
                help = f"aggregate the {_one(matching)} side to the labels that are matched"
        else:
            problem = (
                f"the {wanted[0]} side of `{node.op}` has several series for one match, kept apart by "
                f"{_listed(words[wanted[0]].extra)}: the evaluation fails as soon as there are two"
            )
            others = inference.of(node.lhs if matching.group == "left" else node.rhs)
            shared = [
                label
                for label in words[wanted[0]].extra
                if not others or any(source.labels.has(label) is not False for source in others)
            ]
            help = _help(matching, wanted[0], shared)
        yield self.claim(
            expression,
            f"{expression.what}: {problem}",
            place=expression.within(node.op_start, node.op_end),
            related=[Related(expression.at(words[wanted[0]].node), f"the {wanted[0]} side")],
            help=help,
            subject=f"{node.op} {' '.join(wanted)}",
            proven=False,
        )


def _one(matching: promql.Matching) -> str:
    """The side that has one series for each match."""
    return "left" if matching.group == "right" else "right"


def _help(matching: promql.Matching, side: str, shared: Sequence[str]) -> str:
    """`shared`: the labels that keep the series of this side apart and that the other may have, too."""
    if matching.group is None:
        return f"add `group_{side}`, or aggregate that side to the labels that are matched"
    aggregate = f"aggregate the {side} side to the labels that are matched"
    if not shared:
        return aggregate
    names = ", ".join([*(label.name for label in matching.labels), *shared])
    return f"match `on ({names})`, which `group_{matching.group}` allows, or {aggregate}"


def _metric(node: promql.Expr) -> promql.VectorSelector | None:
    """The one metric that is handed on with its own labels."""
    while True:
        match promql.bare(node):
            case promql.VectorSelector() as selector:
                return selector
            case promql.MatrixSelector(selector=selector):
                return selector
            case promql.Unary(expr=inner):
                node = inner
            case promql.Call(function=function, args=args) if function in promql.POINTWISE and len(args) == 1:
                node = args[0]
            case promql.Binary(lhs=lhs, rhs=rhs) if promql.ValueType.SCALAR in (lhs.type, rhs.type):
                node = rhs if lhs.type is promql.ValueType.SCALAR else lhs
            case _:
                return None


def _name(selector: promql.VectorSelector) -> promql.Node:
    return promql.Node(selector.start, selector.start + len(selector.name or "{"))


def _narrowed(tree: promql.Expr) -> set[int]:
    """The parts in which something but labels keeps one series of several: `topk`, a comparison, `and`, `unless`."""
    found: set[int] = set()
    for node in reversed(list(promql.walk(tree))):  # children first
        narrows = (isinstance(node, promql.Aggregation) and node.op in _SELECTING) or (
            isinstance(node, promql.Binary) and not node.return_bool and node.op in _FILTERS
        )
        if narrows or any(id(child) in found for child in promql.children(node)):
            found.add(id(node))
    return found


def _picked(expression: Expression, tree: promql.Expr) -> set[str]:
    """The labels of which a variable of the dashboard picks the values, so that it may be one."""
    return {
        matcher.label
        for selector in promql.selectors(tree)
        for matcher in selector.matchers
        if not expression.written(matcher)
    }


def _extra(sources: Sequence[promql.Source], matching: promql.Matching) -> tuple[str, ...]:
    """Labels that an aggregation kept by name and the match leaves out, so that they may keep series apart."""
    if len(sources) != 1:
        return ()
    labels = sources[0].labels
    named = {label.name for label in matching.labels}
    return tuple(
        sorted(
            label
            for label in labels.possible or ()
            if (label in named) != matching.on
            and label != promql.METRIC_NAME
            and len(labels.values.get(label, "??")) > 1
        )
    )


def _listed(labels: tuple[str, ...]) -> str:
    shown = [f"`{label}`" for label in labels[:4]]
    return ", ".join(shown if len(labels) <= 4 else [*shown, "…"])


def _is_info(name: str) -> bool:
    """Whether a metric is there for its labels, and no rule recorded it."""
    return ":" not in name and metric_facts.is_info(name)
