"""Nodes of a LogQL expression. `start` and `end` are code points of the parsed text, half-open."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias

from obslint.lang.tree import Duration, Label, Matcher, Matching, Node


class ValueType(enum.StrEnum):
    """What an expression evaluates to. `logs` are streams of lines, `vector` is an instant vector."""

    LOGS = "logs"
    VECTOR = "vector"
    SCALAR = "scalar"


TYPE_NAMES: Final = {
    ValueType.LOGS: "a stream of log lines",
    ValueType.VECTOR: "an instant vector",
    ValueType.SCALAR: "a scalar",
}
"""For messages."""

Comparison: TypeAlias = Literal["=", "==", "!=", ">", ">=", "<", "<="]


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A string with its quotes; `value` is unquoted."""

    value: str


# -- stages ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineFilter(Node):
    """`op "text" or "text" …`; where `ip` is true at the same index, the text is an address in `ip("…")`."""

    op: Literal["|=", "!=", "|~", "!~", "|>", "!>"]
    texts: tuple[Text, ...]
    ip: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Extraction(Node):
    """`label="expression"` of json, logfmt or xml; without an expression the label's own name is read."""

    label: str
    expression: Text | None


@dataclass(frozen=True, slots=True)
class LabelParser(Node):
    """A stage that makes labels of the line. `text` is the expression of regexp and pattern.

    `labels` are those it can make, None where that depends on the line.
    """

    name: Literal["json", "logfmt", "pattern", "regexp", "unpack", "xml"]
    flags: tuple[str, ...]
    extractions: tuple[Extraction, ...]
    text: Text | None
    labels: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ValueFilter(Node):
    """`label op value` where the value is no string: a number, a duration in seconds, bytes, or an address."""

    label: str
    op: Comparison
    value: float | Text
    unit: Literal["number", "duration", "bytes", "ip"]


@dataclass(frozen=True, slots=True)
class FilterGroup(Node):
    """Label filters of which all, or any, must hold; `(…)` is a group of one."""

    op: Literal["and", "or"]
    filters: tuple[Filter, ...]


Filter: TypeAlias = Matcher | ValueFilter | FilterGroup


@dataclass(frozen=True, slots=True)
class LabelFilter(Node):
    """`| filter`."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class LineFormat(Node):
    """`| line_format "template"`."""

    template: Text


@dataclass(frozen=True, slots=True)
class Format(Node):
    """`label="template"`, or `label=other`, which renames the other."""

    label: str
    value: Text | Label


@dataclass(frozen=True, slots=True)
class LabelFormat(Node):
    """`| label_format …`."""

    formats: tuple[Format, ...]


@dataclass(frozen=True, slots=True)
class Decolorize(Node):
    """`| decolorize`."""


@dataclass(frozen=True, slots=True)
class Selection(Node):
    """`| drop …` or `| keep …`."""

    name: Literal["drop", "keep"]
    labels: tuple[Label | Matcher, ...]


@dataclass(frozen=True, slots=True)
class Unwrap(Node):
    """`| unwrap label`, or `| unwrap conversion(label)`, with the label filters behind it."""

    label: Label
    conversion: str | None
    filters: tuple[LabelFilter, ...]


Stage: TypeAlias = LineFilter | LabelParser | LabelFilter | LineFormat | LabelFormat | Decolorize | Selection

# -- expressions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StreamSelector(Node):
    """`{matchers}`."""

    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class LogQuery(Node):
    """A stream selector with its pipeline."""

    type: ClassVar[ValueType] = ValueType.LOGS
    selector: StreamSelector
    stages: tuple[Stage, ...]

    @property
    def line_filters(self) -> tuple[LineFilter, ...]:
        """The stages that look for something in the line."""
        return tuple(stage for stage in self.stages if isinstance(stage, LineFilter))


@dataclass(frozen=True, slots=True)
class LogRange(Node):
    """What a range aggregation aggregates: the lines of a query, or a label of them, over some time."""

    type: ClassVar[ValueType] = ValueType.LOGS
    query: LogQuery
    unwrap: Unwrap | None
    range: Duration
    offset: Duration | None


@dataclass(frozen=True, slots=True)
class NumberLiteral(Node):
    """A number; a sign in front belongs to it."""

    type: ClassVar[ValueType] = ValueType.SCALAR
    value: float


@dataclass(frozen=True, slots=True)
class RangeAggregation(Node):
    """`op(param, range) by (grouping)`; `op` is in lower case, `grouping` None without by and without."""

    type: ClassVar[ValueType] = ValueType.VECTOR
    op: str
    param: NumberLiteral | None
    range: LogRange
    grouping: tuple[Label, ...] | None
    without: bool


@dataclass(frozen=True, slots=True)
class VectorAggregation(Node):
    """`op by (grouping) (param, expr)`; `op` is in lower case, `grouping` None without by and without."""

    type: ClassVar[ValueType] = ValueType.VECTOR
    op: str
    param: NumberLiteral | None
    expr: Expr
    grouping: tuple[Label, ...] | None
    without: bool


@dataclass(frozen=True, slots=True)
class LabelReplace(Node):
    """`label_replace(expr, "destination", "replacement", "source", "regex")`."""

    type: ClassVar[ValueType] = ValueType.VECTOR
    expr: Expr
    destination: Text
    replacement: Text
    source: Text
    regex: Text


@dataclass(frozen=True, slots=True)
class VectorLiteral(Node):
    """`vector(1)`."""

    type: ClassVar[ValueType] = ValueType.VECTOR
    value: float


@dataclass(frozen=True, slots=True)
class Variants(Node):
    """`variants(exprs) of (source)`."""

    type: ClassVar[ValueType] = ValueType.VECTOR
    exprs: tuple[Expr, ...]
    source: LogRange | LogQuery


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
class Paren(Node):
    """`(expr)`."""

    expr: Expr
    type: ValueType


Expr: TypeAlias = (
    LogQuery
    | LogRange
    | NumberLiteral
    | RangeAggregation
    | VectorAggregation
    | LabelReplace
    | VectorLiteral
    | Variants
    | Binary
    | Paren
)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct subexpressions, in the order of the text; those of a pipeline are its `stages`."""
    match expr:
        case Binary(lhs=lhs, rhs=rhs):
            return (lhs, rhs)
        case RangeAggregation(param=param, range=inner):
            return (inner,) if param is None else (param, inner)
        case VectorAggregation(param=param, expr=operand):
            return (operand,) if param is None else (param, operand)
        case LogRange(query=query):
            return (query,)
        case Paren(expr=operand) | LabelReplace(expr=operand):
            return (operand,)
        case Variants(exprs=exprs, source=source):
            return (*exprs, source)
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """Every expression in it, itself first, parents before children, left to right; not recursive."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def value_type(expr: Expr) -> ValueType:
    """What the expression evaluates to."""
    return expr.type


def queries(expr: Expr) -> Iterator[LogQuery]:
    """Every selector with its pipeline in it, left to right."""
    return (node for node in walk(expr) if isinstance(node, LogQuery))


def selectors(expr: Expr) -> Iterator[StreamSelector]:
    """Every stream selector in it, left to right."""
    return (query.selector for query in queries(expr))


def filters(filter_: Filter) -> Iterator[Matcher | ValueFilter]:
    """The single filters of a label filter, left to right; not recursive."""
    stack = [filter_]
    while stack:
        node = stack.pop()
        if isinstance(node, FilterGroup):
            stack.extend(reversed(node.filters))
        else:
            yield node
