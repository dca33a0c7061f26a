"""Whether a result is a share from 0 to 1 or a percentage from 0 to 100, as far as the expression itself shows."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from obslint.lang.promql.analysis import scalar_value
from obslint.lang.promql.arithmetic import COMPARISONS
from obslint.lang.promql.ast import (
    Aggregation,
    Binary,
    Call,
    Expr,
    MatrixSelector,
    NumberLiteral,
    Paren,
    Subquery,
    ValueType,
    VectorSelector,
    bare,
    children,
    selectors,
    walk,
)
from obslint.lang.tree import Matcher


class Scale(enum.Enum):
    """What a result measures: a share of a whole, or that share in percent."""

    RATIO = 1
    PERCENT = 100


_KEEPING: Final = frozenset(
    {
        *("abs", "clamp", "clamp_max", "clamp_min", "round", "sort", "sort_desc", "label_replace", "label_join"),
        *("avg_over_time", "max_over_time", "min_over_time", "last_over_time", "quantile_over_time"),
    }
)
"""Functions whose result measures what their argument does."""
_AVERAGING: Final = frozenset({"avg", "min", "max", "topk", "bottomk", "quantile"})
_MAX_LENGTH: Final = 2000
"""Characters of a side of a division that are looked at: divisions of divisions would take a square of the time."""
_NAMED: Final = ((re.compile(r".*_ratio"), Scale.RATIO), (re.compile(r".*_percent(?:age)?"), Scale.PERCENT))
"""What the naming conventions say (prometheus.io/docs/practices/naming, base units: `ratio` is 0 to 1)."""
_CPU: Final = frozenset({"node_cpu_seconds_total"})
"""Seconds of one CPU in one mode: its rate is a share, as long as nothing is summed."""
_PART: Final = re.compile(
    r"(?:^|_)(?:used|usage|working|free|avail|available|memavailable|memfree|open|current|inuse)(?:_|$)"
)
_WHOLE: Final = re.compile(r"(?:^|_)(?:max|limit|limits|total|memtotal|size|capacity|quota|hard)(?:_|$)")
_UNIT: Final = re.compile(r"_(bytes|seconds|fds|files|connections|inodes|cores)(?:_total)?$")


def scales(
    expr: Expr, *, named: bool = True, of_series: Callable[[VectorSelector], Scale | None] | None = None
) -> dict[int, Scale]:
    """The scale of each part of which it is known, by `id`; without `named`, what only a metric's name says is not.

    `of_series` says what else is known of the series that a selector finds.
    """
    found: dict[int, Scale] = {}
    for node in reversed(list(walk(expr))):  # children first
        scale = of_series(node) if of_series is not None and isinstance(node, VectorSelector) else None
        scale = scale or _scale(node, found, named)
        if scale is not None:
            found[id(node)] = scale
    return found


def times_hundred(expr: Expr) -> Expr | None:
    """The part of a result that multiplies a quotient by 100, which makes it a percentage whatever is divided."""
    node = bare(expr)
    while isinstance(node, Binary) and (node.op in COMPARISONS or node.op in ("and", "unless")):
        node = bare(node.rhs if node.lhs.type is ValueType.SCALAR else node.lhs)
    multiplied = _hundredfold(node)
    if multiplied is None:
        return None
    share = bare(multiplied)
    return node if (isinstance(share, Binary) and share.op == "/") or _share_left(share) else None


def _share_left(node: Expr) -> bool:
    """Whether it is what a quotient leaves of 1."""
    if not isinstance(node, Binary) or node.op != "-" or scalar_value(node.lhs) != 1:
        return False
    rest = bare(node.rhs)
    return isinstance(rest, Binary) and rest.op == "/"


def _scale(node: Expr, known: dict[int, Scale], named: bool) -> Scale | None:
    match node:
        case VectorSelector():
            name = (node.metric_name or "") if named else ""
            return next((scale for pattern, scale in _NAMED if pattern.fullmatch(name)), None)
        case Paren() | Subquery() | MatrixSelector():
            return known.get(id(children(node)[0]))
        case Call(function="rate" | "irate", args=(MatrixSelector(selector=selector),)):
            return Scale.RATIO if selector.metric_name in _CPU else None
        case Call(function=function) if function in _KEEPING:
            arguments = [arg for arg in node.args if arg.type in (ValueType.VECTOR, ValueType.MATRIX)]
            return known.get(id(arguments[0])) if arguments else None
        case Aggregation(op=op, expr=inner) if op in _AVERAGING:
            return known.get(id(inner))
        case Binary():
            return _combined(node, known)
        case _:
            return None


def _combined(node: Binary, known: dict[int, Scale]) -> Scale | None:
    left, right = known.get(id(node.lhs)), known.get(id(node.rhs))
    match node.op:
        case op if op in COMPARISONS:
            if node.return_bool:
                return None
            return right if node.lhs.type is ValueType.SCALAR else left
        case "and" | "unless":
            return left
        case "or":
            return left if left is right else None
        case "*":
            factor, other = (scalar_value(node.rhs), left) if left is not None else (scalar_value(node.lhs), right)
            return Scale.PERCENT if factor == 100 and other is Scale.RATIO else None
        case "/":
            if left is Scale.PERCENT and scalar_value(node.rhs) == 100:
                return Scale.RATIO
            if (hundredfold := _hundredfold(node.lhs)) is not None and _part_of(hundredfold, node.rhs):
                return Scale.PERCENT
            return Scale.RATIO if _part_of(node.lhs, node.rhs) else None
        case "-":
            whole = scalar_value(node.lhs)
            return right if right is not None and whole == right.value else None
        case _:
            return None


def _hundredfold(expr: Expr) -> Expr | None:
    """What is multiplied by 100 here."""
    node = bare(expr)
    if not isinstance(node, Binary) or node.op != "*":
        return None
    return node.lhs if scalar_value(node.rhs) == 100 else node.rhs if scalar_value(node.lhs) == 100 else None


def _part_of(part: Expr, whole: Expr) -> bool:
    """Whether one side of a division cannot be more than the other: it counts some of the same, or its name says so."""
    if max(part.end - part.start, whole.end - whole.start) > _MAX_LENGTH:
        return False
    part, whole = bare(part), bare(whole)
    if isinstance(part, Binary) and part.op == "-" and _alike(part.lhs, whole):
        return True  # (total - free) / total
    if isinstance(whole, Binary) and whole.op == "+":
        return any(_alike(part, summand) for summand in _summands(whole))  # hits / (hits + misses)
    part = _unfiltered(part)
    counted, counting = list(selectors(part)), list(selectors(whole))
    if len(counted) != 1 or len(counting) != 1:
        return False
    few, many = counted[0], counting[0]
    name, base = few.metric_name, many.metric_name
    if name is None or base is None:
        return False
    if name == base:
        return _shape(part) == _shape(whole) and _narrower(few, many)
    unit, of = _UNIT.search(name), _UNIT.search(base)
    same_unit = unit is not None and of is not None and unit[1] == of[1] and name.split("_")[0] == base.split("_")[0]
    return (
        same_unit
        and bool(_PART.search(name.lower()) and _WHOLE.search(base.lower()))
        and not _WHOLE.search(re.sub(r"_total$", "", name.lower()))
    )


def _unfiltered(expr: Expr) -> Expr:
    """`count(x)` for `count(x == 0)`, which counts some of the same; anything else as it is."""
    if not isinstance(expr, Aggregation) or expr.op != "count":
        return expr
    inner = bare(expr.expr)
    if not isinstance(inner, Binary) or inner.op not in COMPARISONS or inner.rhs.type is not ValueType.SCALAR:
        return expr
    return expr if inner.return_bool else replace(expr, expr=bare(inner.lhs))


def _summands(node: Expr) -> list[Expr]:
    found, stack = [], [node]
    while stack:
        item = bare(stack.pop())
        if isinstance(item, Binary) and item.op == "+":
            stack += [item.lhs, item.rhs]
        else:
            found.append(item)
    return found


def _shape(expr: Expr) -> list[object]:
    """What an expression does to its selectors, which it leaves out: functions, aggregations, ranges and offsets."""
    return [_doing(node) for node in walk(expr) if not isinstance(node, Paren)]


def _doing(node: Expr) -> object:
    match node:
        case Call(function=function):
            return function
        case Aggregation(op=op, without=without, grouping=grouping):
            return op, without, frozenset(label.name for label in grouping or ())
        case Binary(op=op):
            return op
        case NumberLiteral(value=value):
            return value
        case MatrixSelector() | Subquery():
            return node.range.milliseconds, _shift(node)
        case VectorSelector():
            return _shift(node)
        case _:
            return type(node)


def _shift(node: VectorSelector | MatrixSelector | Subquery) -> object:
    return node.offset and node.offset.milliseconds, node.at and node.at.timestamp


def _matchers(selector: VectorSelector) -> frozenset[tuple[str, str, str]]:
    return frozenset(map(_matcher, selector.matchers))


def _matcher(matcher: Matcher) -> tuple[str, str, str]:
    return matcher.label, matcher.op, matcher.value


def _narrower(few: VectorSelector, many: VectorSelector) -> bool:
    return _matchers(many) <= _matchers(few)


def _alike(one: Expr, other: Expr) -> bool:
    """Whether two expressions select the same in the same way."""
    first, second = list(selectors(one)), list(selectors(other))
    return (
        len(first) == len(second) == 1
        and first[0].metric_name == second[0].metric_name is not None
        and _matchers(first[0]) == _matchers(second[0])
        and _shape(one) == _shape(other)
    )
