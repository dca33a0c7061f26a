"""PQL012."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph, values
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.lang.promql.bounds import Bounds, bounds, verdict
from obslint.rules.base import Rule

_EXISTENCE = frozenset(("absent", "absent_over_time", "count", "group", "present_over_time", "count_over_time"))
"""Comparing what these yield, or what has passed another comparison, is an idiom for asking whether there is any."""
_ANY = frozenset(((">", 0), (">=", 1)))
"""Whether there is any, of a count, as everyone asks in LogQL; a selector without a name may be of that."""
_RATES = frozenset(("rate", "irate", "increase"))


class ConstantComparison(Rule[Expression]):
    """A comparison in a rule holds for every value, or for none.

    `up` is 0 or 1, `rate` is never negative, and `count` never 0: where nothing matches there is no result at all, so
    `count(…) == 0` is empty just when it is meant to fire. An alert on such a comparison never fires, or fires as long
    as there is a series. Use `absent(…)`. A count without `by` may be filled with `or vector(0)` before it is compared;
    one with `by` may not, for what `vector(0)` yields has no labels, is no group's, and is 0 always. It is an error
    where the whole expression can never yield anything and functions or `up` show it; what rests on the meaning of an
    exporter's metric is a warning.
    """

    code, name, severity = "PQL012", "constant-comparison", Severity.ERROR
    on = Expression

    def check(self, node: Expression, graph: Graph) -> Iterator[Claim]:
        tree = node.tree
        if tree is None or node.rule is None:
            return
        comparisons = [part for part in promql.walk(tree) if _compares(part)]
        if not comparisons:
            return
        proven, likely = bounds(tree, values.proven(node)), bounds(tree, values.likely(node))
        required, operands = _needed(tree), _operands(tree)
        for part in comparisons:
            assert isinstance(part, promql.Binary)
            value, op, limit = _sides(part)
            if limit is None:
                continue
            sure = verdict(op, proven[id(value)], limit)
            if sure and (part is not promql.bare(tree) or _asks_existence(value)):
                continue
            holds = sure if sure is not None else verdict(op, likely[id(value)], limit)
            if holds is None or (holds and sure is None):  # `some_info == 1` asks whether there is any
                continue
            low, high = (proven if sure is not None else likely)[id(value)]
            if low > high:
                continue  # an inner comparison has been told of already
            if holds and _unnamed(value) and (op, limit) in _ANY:
                continue
            whole = id(part) in required
            yield self.claim(
                node,
                f"{node.what} compares in vain: `{node.quoted(value)}` {_range(low, high)}, so "
                f"`{op} {limit:g}` {_consequence(node, holds, whole)}",
                place=node.at(part) if part is not tree else node.within(part.op_start, part.end),
                help=_help_bool(node, filtering)
                if (filtering := part if id(part) in operands else _filtering(value, operands)) is not None
                else _help(node, value, Bounds(low, high), op, limit, holds),
                subject=f"{node.quoted(part)}",
                proven=sure is False and whole,
            )


def _compares(part: promql.Expr) -> bool:
    return isinstance(part, promql.Binary) and part.op in promql.COMPARISONS and not part.return_bool


_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "==", "!=": "!="}


def _sides(part: promql.Binary) -> tuple[promql.Expr, str, float | None]:
    """The side that varies, the operator as if it stood on the left, and the constant on the other side."""
    if (limit := promql.scalar_value(part.rhs)) is not None:
        return part.lhs, part.op, limit
    return part.rhs, _TURNED[part.op], promql.scalar_value(part.lhs)


def _needed(tree: promql.Expr) -> set[int]:
    """The parts without which there is no result: those that no `or` replaces and no `unless` takes away."""
    found: set[int] = set()
    stack = [tree]
    while stack:
        part = stack.pop()
        found.add(id(part))
        match part:
            case promql.Paren(expr=inner) | promql.Unary(expr=inner):
                stack.append(inner)
            case promql.Aggregation(expr=inner):
                stack.append(inner)
            case promql.Binary(op="unless", lhs=lhs):
                stack.append(lhs)
            case promql.Binary(op=op, lhs=lhs, rhs=rhs) if op != "or":
                stack += [lhs, rhs]
            case _:
                pass
    return found


def _asks_existence(value: promql.Expr) -> bool:
    value = promql.bare(value)
    if any(map(_compares, promql.walk(value))):
        return True
    asked = (
        value.function if isinstance(value, promql.Call) else value.op if isinstance(value, promql.Aggregation) else ""
    )
    return asked in _EXISTENCE


def _range(low: float, high: float) -> str:
    if low == high:
        return f"is always {low:g}"
    if high == float("inf"):
        return f"is never below {low:g}"
    if low == -float("inf"):
        return f"is never above {high:g}"
    return f"is never outside of {low:g} to {high:g}"


def _consequence(node: Expression, holds: bool, whole: bool) -> str:
    alerting = node.rule is not None and node.rule.alerting
    if holds:
        return "always holds" + (": the alert fires as long as there is a series" if alerting else "")
    if whole:
        return "never holds: " + ("the alert never fires" if alerting else "nothing is ever recorded")
    return "never holds, and this part of it never yields anything"


def _operands(tree: promql.Expr) -> set[int]:
    """What something is calculated with."""
    return {
        id(promql.bare(side))
        for part in promql.walk(tree)
        if isinstance(part, promql.Binary) and part.op in promql.ARITHMETIC
        for side in (part.lhs, part.rhs)
    }


def _filtering(value: promql.Expr, operands: set[int]) -> promql.Binary | None:
    """A comparison that something is calculated with."""
    found = (part for part in promql.walk(value) if isinstance(part, promql.Binary) and _compares(part))
    return next((part for part in found if id(part) in operands), None)


def _help_bool(node: Expression, part: promql.Binary) -> str:
    shown = " ".join(node.text[part.op_start : part.end].split())
    return f"`bool` may be missing: what `{shown}` lets pass keeps its value, `{part.op} bool …` yields 1 or 0"


def _unnamed(value: promql.Expr) -> bool:
    """Whether all series are selected by labels other than their name, as the streams of LogQL are."""
    found = list(promql.selectors(value))
    return bool(found) and not any(
        selector.name is not None or any(matcher.label == promql.METRIC_NAME for matcher in selector.matchers)
        for selector in found
    )


def _help(node: Expression, value: promql.Expr, values: Bounds, op: str, limit: float, holds: bool) -> str:
    if holds:
        return "compare with a value that it can miss, or drop the comparison"
    value = promql.bare(value)
    calls = [part for part in promql.walk(value) if isinstance(part, promql.Call)]
    if values.low == 1 >= limit and op in ("<", "<=", "==") and any(promql.selectors(value)):
        return _help_count(node, value, calls)
    if values.low == 0 >= limit and (call := next((call for call in calls if call.function in _RATES), None)):
        change = "delta" if call.function == "increase" else "deriv"
        return (
            f"`{call.function}` is never negative: for a counter that stands still write `== 0`, for a gauge that "
            f"falls `{change}(…) < 0`"
        )
    return "compare with a value that it can have"


def _help_count(node: Expression, value: promql.Expr, calls: list[promql.Call]) -> str:
    """What tells that there is nothing, in place of a count that is never 0."""
    if any(call.function in ("absent", "absent_over_time") for call in calls):
        return "where there is something, `absent` has no result: ask whether there is any by `count(…) > 0`"
    if _unnamed(value):
        ranges = [part for part in promql.walk(value) if isinstance(part, promql.MatrixSelector)]
        counted = node.quoted(ranges[0]) if len(ranges) == 1 else "…"
        return f"where nothing matches there is no result: use `absent_over_time({counted})`"
    if isinstance(value, promql.Aggregation) and not value.grouping and not value.without:
        return "where nothing matches there is no result: use `absent(…)`, or add `or vector(0)` before comparing"
    return "where nothing matches there is no result, not even of a group: use `absent(…)`"
