"""Nodes of a PromQL expression. `start` and `end` are code points of the parsed text, half-open."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias

from obslint.lang.tree import Duration, Label, Matcher, Matching, Node


class Dialect(enum.Enum):
    """PromQL as Prometheus takes it, or VictoriaMetrics' superset, of which only the common part is understood."""

    PROMQL = "promql"
    METRICSQL = "metricsql"


class ValueType(enum.StrEnum):
    """What an expression evaluates to; `vector` is an instant vector, `matrix` a range vector."""

    SCALAR = "scalar"
    VECTOR = "vector"
    MATRIX = "matrix"
    STRING = "string"


TYPE_NAMES: Final = {
    ValueType.SCALAR: "a scalar",
    ValueType.VECTOR: "an instant vector",
    ValueType.MATRIX: "a range vector",
    ValueType.STRING: "a string",
}
"""For messages."""

METRIC_NAME: Final = "__name__"


@dataclass(frozen=True, slots=True)
class At(Node):
    """An `@` modifier: a Unix timestamp in seconds, or None for `start()` and `end()`."""

    timestamp: float | None


@dataclass(frozen=True, slots=True)
class NumberLiteral(Node):
    """A number, or a duration as a number of seconds; a sign in front belongs to it."""

    type: ClassVar[ValueType] = ValueType.SCALAR
    value: float


@dataclass(frozen=True, slots=True)
class StringLiteral(Node):
    """A string; `value` is unquoted."""

    type: ClassVar[ValueType] = ValueType.STRING
    value: str


@dataclass(frozen=True, slots=True)
class VectorSelector(Node):
    """`name{matchers}`. `name` is what stands before the braces or as a quoted name in them, not `__name__="x"`."""

    type: ClassVar[ValueType] = ValueType.VECTOR
    name: str | None
    matchers: tuple[Matcher, ...]
    offset: Duration | None = None
    at: At | None = None
    extension: Literal["anchored", "smoothed"] | None = None

    @property
    def metric_name(self) -> str | None:
        """The one metric name that can match, None if it is not fixed."""
        if self.name is not None:
            return self.name
        return next((m.value for m in self.matchers if m.label == METRIC_NAME and m.op == "="), None)


@dataclass(frozen=True, slots=True)
class MatrixSelector(Node):
    """`selector[range]`; an offset or `@` after the bracket is here, not in the selector."""

    type: ClassVar[ValueType] = ValueType.MATRIX
    selector: VectorSelector
    range: Duration
    offset: Duration | None = None
    at: At | None = None
    extension: Literal["anchored", "smoothed"] | None = None


@dataclass(frozen=True, slots=True)
class Subquery(Node):
    """`expr[range:step]`; a step of None is the global evaluation interval."""

    type: ClassVar[ValueType] = ValueType.MATRIX
    expr: Expr
    range: Duration
    step: Duration | None
    offset: Duration | None = None
    at: At | None = None


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function call; the name is `start` to `start + len(function)`. MetricsQL's `(a, b)` is a call of `union`."""

    function: str
    args: tuple[Expr, ...]
    type: ValueType


@dataclass(frozen=True, slots=True)
class Aggregation(Node):
    """`op by (grouping) (param, expr)`; `op` is in lower case, `grouping` is None without by and without."""

    type: ClassVar[ValueType] = ValueType.VECTOR
    op: str
    param: Expr | None
    expr: Expr
    grouping: tuple[Label, ...] | None
    without: bool


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`lhs op rhs`; `op` is in lower case and stands at `op_start` to `op_end`, `matching` only where written."""

    op: str
    lhs: Expr
    rhs: Expr
    return_bool: bool
    matching: Matching | None
    op_start: int
    op_end: int
    type: ValueType


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """A sign before anything but a number."""

    op: Literal["+", "-"]
    expr: Expr
    type: ValueType


@dataclass(frozen=True, slots=True)
class Paren(Node):
    """`(expr)`."""

    expr: Expr
    type: ValueType


Expr: TypeAlias = (
    NumberLiteral
    | StringLiteral
    | VectorSelector
    | MatrixSelector
    | Subquery
    | Call
    | Aggregation
    | Binary
    | Unary
    | Paren
)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct subexpressions, in the order of the text."""
    match expr:
        case Binary(lhs=lhs, rhs=rhs):
            return (lhs, rhs)
        case Call(args=args):
            return args
        case Aggregation(param=param, expr=inner):
            return (inner,) if param is None else (param, inner)
        case Paren(expr=inner) | Unary(expr=inner) | Subquery(expr=inner):
            return (inner,)
        case MatrixSelector(selector=selector):
            return (selector,)
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """Every expression in it, itself first, parents before children, left to right; not recursive."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def bare(expr: Expr) -> Expr:
    """The expression without the parentheses around it."""
    while isinstance(expr, Paren):
        expr = expr.expr
    return expr


def value_type(expr: Expr) -> ValueType:
    """What the expression evaluates to."""
    return expr.type


def selectors(expr: Expr) -> Iterator[VectorSelector]:
    """Every vector selector in it, left to right."""
    return (node for node in walk(expr) if isinstance(node, VectorSelector))
