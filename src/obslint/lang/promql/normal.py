"""Whether two expressions are the same but for how they are written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import Final

from obslint.lang.promql.arithmetic import COMPARISONS
from obslint.lang.promql.ast import (
    METRIC_NAME,
    Aggregation,
    At,
    Binary,
    Call,
    Expr,
    MatrixSelector,
    NumberLiteral,
    Paren,
    StringLiteral,
    Subquery,
    Unary,
    ValueType,
    VectorSelector,
    children,
    selectors,
    walk,
)
from obslint.lang.tokens import re2_pattern
from obslint.lang.tree import Duration, Label, Matching

_PLAIN: Final = re.compile(r"[\w \-/:,;=@%&~<>!\"'`]*")
"""A regular expression that matches itself alone."""
_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_ORDERED: Final = frozenset({"<", "<=", ">", ">="})

Form = bytes
"""Equal for expressions that yield the same, whatever the data; it says nothing of those whose forms differ."""


def normal_form(expr: Expr) -> Form | None:
    """Without blanks, comments, parentheses, the order of matchers and of label names, spellings of a duration.

    `a + b` is `b + a` and `a * b` is `b * a` where series are not matched many to one; `80 < a` is `a > 80`. Where
    values or labels could differ, as in `a and b`, order counts. None where durations depend on who asks.
    """
    return _form(expr)


def form_without_matchers(expr: Expr) -> Form | None:
    """The form whatever labels its selectors ask for; the names of metrics count."""
    return _form(expr, matchers=False)


def selects_within(inner: Expr, outer: Expr) -> bool:
    """Whether each selector of one finds only series that the selector in its place in the other finds, too.

    Asked of expressions that are of one form without matchers.
    """
    pairs = list(zip_longest(selectors(inner), selectors(outer)))
    return all(one is not None and other is not None and _narrower(one, other) for one, other in pairs)


def _narrower(one: VectorSelector, other: VectorSelector) -> bool:
    own = _matchers(one)
    fixed = {label: value for label, op, value in own if op == "="}
    return all(matcher in own or _holds(matcher, fixed) for matcher in _matchers(other))


def _holds(matcher: tuple[str, str, str], fixed: Mapping[str, str]) -> bool:
    label, op, value = matcher
    if label not in fixed:
        return False
    if op in ("=~", "!~"):
        pattern = re2_pattern(value)
        return pattern is not None and bool(pattern.fullmatch(fixed[label])) is (op == "=~")
    return (fixed[label] == value) is (op == "=")


def form_without_threshold(expr: Expr) -> Form | None:
    """The form of `a > 80` whatever the number: of two with one form and another number, one fires within the other.

    None for what does not compare with a number by `<`, `<=`, `>` or `>=`.
    """
    compared = _unwrapped(expr)
    if isinstance(compared, Binary) and compared.op in _ORDERED and not compared.return_bool:
        sides = _unwrapped(compared.lhs), _unwrapped(compared.rhs)
        if isinstance(sides[0], NumberLiteral) != isinstance(sides[1], NumberLiteral):
            return _form(compared, threshold=False)
    return None


class _Dependent(Exception):  # noqa: N818 - no error of the text
    pass


def _form(expr: Expr, threshold: bool = True, matchers: bool = True) -> Form | None:
    try:
        return _digested(expr, threshold, matchers)
    except _Dependent:
        return None


def _digested(expr: Expr, threshold: bool, matchers: bool) -> Form:
    top = _unwrapped(expr)
    known: dict[int, Form] = {}
    for node in reversed(list(walk(expr))):  # children first
        below = [known[id(child)] for child in children(node)]
        if isinstance(node, Paren) or (isinstance(node, Unary) and node.op == "+"):
            known[id(node)] = below[0]
        elif isinstance(node, Binary):
            if node is top and not threshold:
                below = [
                    b"" if isinstance(_unwrapped(side), NumberLiteral) else form
                    for side, form in zip((node.lhs, node.rhs), below, strict=True)
                ]
            known[id(node)] = _digest(*_binary(node, *below))
        elif isinstance(node, VectorSelector):
            asked = _matchers(node) if matchers else node.metric_name
            known[id(node)] = _digest(asked, _duration(node.offset), _at(node.at), node.extension)
        else:
            known[id(node)] = _digest(type(node).__name__, *_own(node), *below)
    return known[id(expr)]


def _unwrapped(expr: Expr) -> Expr:
    while isinstance(expr, Paren):
        expr = expr.expr
    return expr


def _digest(*parts: object) -> Form:
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _own(node: Expr) -> tuple[object, ...]:
    """What a node says besides its children."""
    match node:
        case NumberLiteral(value=value):
            return (value + 0.0,)
        case StringLiteral(value=text):
            return (text,)
        case MatrixSelector():
            return (_duration(node.range), _duration(node.offset), _at(node.at), node.extension)
        case Subquery():
            return (_duration(node.range), node.step and _duration(node.step), _duration(node.offset), _at(node.at))
        case Call(function=function):
            return (function,)
        case Aggregation(op=op, grouping=grouping, without=without):
            return (op, _names(grouping or ()), without, node.param is not None)
        case Unary(op=op):
            return (op,)
        case _:
            raise TypeError(type(node).__name__)


def _binary(node: Binary, lhs: Form, rhs: Form) -> tuple[object, ...]:
    op, matching = node.op, node.matching
    if op in COMPARISONS and ValueType.SCALAR in (node.lhs.type, node.rhs.type):
        if node.lhs.type is ValueType.SCALAR and node.rhs.type is not ValueType.SCALAR:
            op, lhs, rhs = _FLIPPED[op], rhs, lhs
    elif op in ("+", "*") and (matching is None or _one_to_one(matching)):
        lhs, rhs = sorted((lhs, rhs))
    return ("Binary", op, node.return_bool, _matching(matching), lhs, rhs)


def _one_to_one(matching: Matching) -> bool:
    return matching.group is None and matching.fill_left is None and matching.fill_right is None


def _matching(matching: Matching | None) -> tuple[object, ...]:
    """Without `on` and `ignoring`, all labels are matched, as with `ignoring ()`."""
    if matching is None:
        return (False, (), None, (), None, None)
    fills = matching.fill_left, matching.fill_right
    return (matching.on, _names(matching.labels), matching.group, _names(matching.include), *fills)


def _matchers(node: VectorSelector) -> tuple[tuple[str, str, str], ...]:
    found = {(matcher.label, *_matched(matcher.op, matcher.value)) for matcher in node.matchers}
    if node.name is not None:
        found.add((METRIC_NAME, "=", node.name))
    return tuple(sorted(found))


def _matched(op: str, value: str) -> tuple[str, str]:
    """A regular expression that matches one text alone is that text."""
    if op in ("=~", "!~") and _PLAIN.fullmatch(value):
        return ("=" if op == "=~" else "!=", value)
    return (op, value)


def _names(labels: tuple[Label, ...]) -> tuple[str, ...]:
    return tuple(sorted({label.name for label in labels}))


def _duration(duration: Duration | None) -> int:
    """Milliseconds; no offset is one of none."""
    if duration is None:
        return 0
    if duration.milliseconds is None:
        raise _Dependent
    return duration.milliseconds


def _at(at: At | None) -> float | None:
    if at is None:
        return None
    if at.timestamp is None:  # `start()` or `end()`, which the tree does not tell apart
        raise _Dependent
    return at.timestamp
