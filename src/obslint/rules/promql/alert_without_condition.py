"""PQL013."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.heartbeats import named_heartbeat
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.rules.base import Rule

_STATES = frozenset(("ALERTS", "ALERTS_FOR_STATE"))
"""Series that exist only while an alert is pending or fires."""
_MAX_DEPTH = 5
"""Recordings that build on one another deeper than this are not followed."""


@dataclass(frozen=True, slots=True)
class _Always:
    """A part of an expression that yields something whatever the values are, and the word that does it."""

    node: promql.Expr
    because: str = ""


class AlertWithoutCondition(Rule[Expression]):
    """An alert fires for everything that its expression finds.

    An alert fires for each series of the result, whatever its value: for 0, too. What filters is a comparison,
    `absent`, `and` or `unless`. Without any it fires for as long as the metric exists. So it does where a comparison
    has `bool`, which turns the filter into a 0 or 1, and where `or vector(0)` fills what the comparison left out. A
    watchdog, which is meant to fire always, is told by a constant expression or its name.
    """

    code, name, severity = "PQL013", "alert-without-condition", Severity.WARNING
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        rule, tree = expression.rule, expression.tree
        if rule is None or not rule.alerting or tree is None or "loki" in expression.readers:
            return
        if named_heartbeat(rule) or next(promql.selectors(tree), None) is None:
            return
        always = _always(tree, _Recordings(graph, expression), _MAX_DEPTH)
        if always is None:
            return
        yield self.claim(
            expression,
            f"{expression.what} {_why(always)}",
            place=expression.at(always.node),
            help=_HELP[always.because],
            subject=always.because,
            proof=Proof.PROVEN if always.because in ("bool", "or") else Proof.LIKELY,
        )


_HELP = {
    "": "compare it with a threshold, such as `> 0`",
    "bool": "leave `bool` out: the comparison then keeps only what it holds for",
    "and": "compare the sides with thresholds, such as `> 0`",
    "or": "compare after the `or`, as in `(… or vector(0)) > 1`, or leave this branch out",
}


def _why(always: _Always) -> str:
    match always.because:
        case "bool":
            return "compares with `bool`, which yields a 0 or 1 for every series and filters none: it fires always"
        case "and":
            return "has no condition on either side of `and`: it fires wherever both find anything, whatever the values"
        case "or":
            constant = isinstance(promql.constant_value(always.node), promql.Always)
            when = "always" if constant else "for as long as this branch finds anything"
            return f"has a condition on one side of its `or` only: it fires {when}"
        case _:
            return "has no condition: it fires for every series found, whatever its value"


class _Recordings:
    """Whether the values decide on what rules record, looked up once for a name."""

    def __init__(self, graph: Graph, expression: Expression) -> None:
        self._graph, self._expression = graph, expression
        self._known: dict[str, bool] = {}

    def filtered(self, name: str, depth: int) -> bool:
        """Whether they decide, or may; not where nothing records the name and it is none of a recording."""
        if name not in self._known:
            self._known[name] = True  # rules in a circle
            rules = self._graph.recordings(name, self._expression)
            self._known[name] = (
                any(not depth or rule.tree is None or _always(rule.tree, self, depth - 1) is None for rule in rules)
                if rules
                else ":" in name
            )
        return self._known[name]


def _always(tree: promql.Expr, recordings: _Recordings, depth: int) -> _Always | None:
    """What makes the expression yield something whatever the values are; None where they decide, or may."""
    found: dict[int, _Always | None] = {}
    for node in reversed(list(promql.walk(tree))):  # children first
        if isinstance(node, promql.VectorSelector):
            name = node.metric_name
            unsure = name is None or name in _STATES or recordings.filtered(name, depth)
            found[id(node)] = None if unsure else _Always(node)
        else:
            found[id(node)] = _combined(node, [found[id(child)] for child in promql.children(node)])
    return found[id(tree)]


def _combined(node: promql.Expr, parts: Sequence[_Always | None]) -> _Always | None:
    match node:
        case promql.Binary(op=op) if op in promql.COMPARISONS:
            return _Always(node, "bool") if node.return_bool and all(parts) else None
        case promql.Binary(op=op, lhs=lhs, rhs=rhs) if op in promql.ARITHMETIC:
            vectors = [
                part for side, part in zip((lhs, rhs), parts, strict=True) if side.type is not promql.ValueType.SCALAR
            ]
            if not all(vectors):
                return None
            return next((part for part in vectors if part and part.because), _Always(node))
        case promql.Binary(op="or" | "default"):
            if not any(parts):
                return None
            branch = next(part for part in parts if part)
            return branch if all(parts) else _Always(branch.node, "or")
        case promql.Binary(op="and", lhs=lhs, rhs=rhs):
            # That a series is there at all may say something; that a rate or a sum has a value does not.
            there = any(isinstance(promql.bare(side), promql.VectorSelector) for side in (lhs, rhs))
            return _Always(node, "and") if all(parts) and not there else None
        case promql.Binary():
            return None
        case promql.Call(function=function, args=args):
            if function not in promql.FUNCTIONS or function in ("absent", "absent_over_time"):
                return None
            of = [part for arg, part in zip(args, parts, strict=True) if arg.type in _VECTORS]
            return _wider(node, of[0]) if of and function not in ("vector", "scalar") else _Always(node)
        case promql.Aggregation(op=op):
            return _wider(node, parts[-1]) if op in promql.AGGREGATORS else None
        case promql.NumberLiteral() | promql.StringLiteral():
            return _Always(node)
        case _:
            return _wider(node, parts[0]) if parts else None


_VECTORS = (promql.ValueType.VECTOR, promql.ValueType.MATRIX)


def _wider(node: promql.Expr, part: _Always | None) -> _Always | None:
    """The same of a whole as of its part; a word that does it is shown where it stands."""
    return part if part is None or part.because else _Always(node)
