"""Which labels the result of an expression carries, told without data: the sources of each part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from obslint.lang.promql.analysis import Always, constant_value
from obslint.lang.promql.arithmetic import ARITHMETIC, COMPARISONS
from obslint.lang.promql.ast import (
    METRIC_NAME,
    Aggregation,
    Binary,
    Call,
    Expr,
    MatrixSelector,
    Paren,
    StringLiteral,
    Subquery,
    Unary,
    ValueType,
    VectorSelector,
    children,
    walk,
)
from obslint.lang.promql.constraints import constrained
from obslint.lang.promql.functions import AGGREGATORS, FUNCTIONS
from obslint.lang.promql.label_functions import absent, joined, replaced
from obslint.lang.promql.labels import ANY_LABELS, NO_LABELS, Compared, Labels
from obslint.lang.promql.lexer import SET_OPERATORS
from obslint.lang.tree import Matcher, Matching

MAX_SOURCES: Final = 8
"""Beyond this many, what is common to them stands for all."""

_KEEP_NAME: Final = frozenset(
    {"sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "last_over_time", "first_over_time", "info"}
)
"""Functions that leave the metric name; all others drop it (Prometheus `promql/engine.go`, `dropMetricName`)."""
_CHANGES: Final = frozenset({"rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets"})
_LEVELS: Final = frozenset({"avg_over_time", "min_over_time", "max_over_time"})
_SELECTING: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
"""Aggregations that hand on series as they are."""
_SAME_FOR_ONE: Final = frozenset({"sum", "avg", "min", "max"})
"""Aggregations that hand on the value of a lone series."""


@dataclass(frozen=True, slots=True)
class Source:
    """One alternative of a result: the labels of its series, and the part of the expression they begin at."""

    labels: Labels
    origin: Expr
    value: float | None = None
    """Of what always has one value, such as `vector(0)` and `absent(…)`, as long as only constants have changed it."""


Sources: TypeAlias = tuple[Source, ...]
"""All alternatives; none: the result is always empty."""

Known: TypeAlias = Callable[[VectorSelector], Sequence[Labels]]
"""What is known of the series that a selector finds besides its matchers: one of these holds for each series."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Two sides of an operation of which no series can match: they never agree in `label`.

    `lacking` is the side whose series do not have it, None where both have it with different values; `because` is what
    takes the label away there.
    """

    node: Binary
    label: str
    lhs: Source
    rhs: Source
    whole: bool
    """Whether nothing else matches there either, so that the operation as a whole never does."""

    @property
    def lacking(self) -> Source | None:
        return next((side for side in (self.lhs, self.rhs) if side.labels.has(self.label) is False), None)


class Inference:
    """The sources of every part of an expression, and the operations in it whose sides cannot match.

    `open_at` tells of two offsets whether the text between them is not what will be evaluated, but stands for a
    variable. With `usual`, series have every label that an aggregation keeps by name: what then does not match is no
    more than likely not to.
    """

    def __init__(
        self,
        expr: Expr,
        known: Known | None = None,
        open_at: Callable[[int, int], bool] | None = None,
        usual: bool = False,
    ) -> None:
        self._known = known
        self._open_at = open_at
        self._usual = usual
        self._sources: dict[int, Sources] = {}
        self.mismatches: list[Mismatch] = []
        self.expr = expr
        for node in reversed(list(walk(expr))):  # children first
            found = self._infer(node)
            self._sources[id(node)] = found if len(found) < 2 else _few(found, node)

    def of(self, node: Expr) -> Sources:
        """The sources of a part of the expression."""
        return self._sources[id(node)]

    @property
    def result(self) -> Sources:
        """The sources of the whole."""
        return self._sources[id(self.expr)]

    @property
    def common(self) -> Labels:
        """What holds for every series of the result, whatever its source."""
        sources = self.result
        if not sources:
            return NO_LABELS
        common = sources[0].labels
        for source in sources[1:]:
            common = common.either(source.labels)
        return common

    def _infer(self, node: Expr) -> Sources:
        if self._open_at is not None and not isinstance(node, VectorSelector) and self._open(node):
            return (Source(ANY_LABELS, node),)
        match node:
            case VectorSelector():
                return tuple(self._selected(node))
            case MatrixSelector(selector=inner) | Paren(expr=inner) | Subquery(expr=inner):
                if isinstance(node, Subquery) and inner.type is ValueType.SCALAR:  # MetricsQL takes `0[5m]`
                    return (Source(ANY_LABELS, node),)
                return self.of(inner)
            case Unary(op=op, expr=inner):
                return tuple(_unnamed(source, node) for source in self.of(inner)) if op == "-" else self.of(inner)
            case Call():
                return self._called(node)
            case Aggregation():
                return self._aggregated(node)
            case Binary():
                return self._combined(node)
            case _:
                return (Source(NO_LABELS, node),)

    def _open(self, node: Expr) -> bool:
        """Whether a variable stands in the node itself, or in a string that it reads."""
        assert self._open_at is not None
        position = node.start
        for child in sorted(children(node), key=lambda child: child.start):
            inside = isinstance(child, StringLiteral) and self._open_at(child.start, child.end)
            if inside or self._open_at(position, child.start):
                return True
            position = max(position, child.end)
        return self._open_at(position, node.end)

    def _selected(self, node: VectorSelector) -> Iterator[Source]:
        matchers: Sequence[Matcher] = node.matchers
        if self._open_at is not None:
            matchers = [matcher for matcher in matchers if not self._open_at(matcher.start, matcher.end)]
            if node.name is not None and self._open_at(node.start, node.start + len(node.name)):
                yield Source(ANY_LABELS, node)
                return
        for known in self._known(node) if self._known is not None else (ANY_LABELS,):
            labels = constrained(known.because(node), node, matchers)
            if labels is not None:
                yield Source(labels, node)

    # -- functions -----------------------------------------------------------------------------------------------------

    def _called(self, node: Call) -> Sources:
        function = FUNCTIONS.get(node.function)
        if function is None:
            return (Source(ANY_LABELS, node),)
        if node.type is ValueType.SCALAR:
            return (Source(NO_LABELS, node),)
        if node.function == "vector":
            constant = constant_value(node)
            return (Source(NO_LABELS, node, constant.value if isinstance(constant, Always) else None),)
        if node.function in ("absent", "absent_over_time"):
            return (Source(absent(node), node, 1.0),)
        vector = next((arg for arg in node.args if arg.type in (ValueType.VECTOR, ValueType.MATRIX)), None)
        if vector is None:  # `hour()` is that of now
            return (Source(NO_LABELS if not node.args else ANY_LABELS, node),)
        sources = self.of(vector)
        match node.function:
            case "label_replace":
                return tuple(replace(source, labels=replaced(source.labels, node)) for source in sources)
            case "label_join":
                return tuple(replace(source, labels=joined(source.labels, node)) for source in sources)
            case "histogram_quantile":
                return tuple(
                    Source(source.labels.without((METRIC_NAME, "le"), node), source.origin) for source in sources
                )
            case "histogram_fraction":  # of classic buckets, which newer versions take too, `le` is gone
                return tuple(_unnamed(replace(source, labels=source.labels.doubt(("le",))), node) for source in sources)
            case "histogram_quantiles":
                return tuple(Source(ANY_LABELS, source.origin) for source in sources)
            case "info":
                return tuple(Source(Labels(sure=source.labels.sure), source.origin) for source in sources)
            case name if name in _KEEP_NAME:
                return sources
            case name:
                return tuple(
                    replace(_unnamed(source, node), value=_of_constant(name, source.value)) for source in sources
                )

    # -- aggregations --------------------------------------------------------------------------------------------------

    def _aggregated(self, node: Aggregation) -> Sources:
        sources = self.of(node.expr)
        if node.op not in AGGREGATORS:
            return tuple(Source(ANY_LABELS, source.origin) for source in sources)
        if node.op in _SELECTING:
            return sources
        names = [label.name for label in node.grouping or ()]
        found = []
        for source in sources:
            if node.without:
                labels = source.labels.without((METRIC_NAME, *names), node)
            else:
                labels = source.labels.only(names, node)
                if self._usual and labels.possible is not None:
                    labels = replace(labels, sure=labels.possible)
            # A group with series of another source is one of that source, too.
            found.append(Source(labels, source.origin, source.value if node.op in _SAME_FOR_ONE else None))
        if node.op == "count_values" and isinstance(node.param, StringLiteral):
            found = [Source(source.labels.put(node.param.value, None, True), source.origin) for source in found]
        return tuple(found)

    # -- binary operations ---------------------------------------------------------------------------------------------

    def _combined(self, node: Binary) -> Sources:
        left, right = self.of(node.lhs), self.of(node.rhs)
        scalars = [side.type is ValueType.SCALAR for side in (node.lhs, node.rhs)]
        if node.op in ("or", "default"):
            return (*left, *right)
        if node.op in SET_OPERATORS:
            return self._set_operation(node, left, right)
        if node.op not in ARITHMETIC and node.op not in COMPARISONS:
            return tuple(Source(ANY_LABELS, source.origin) for source in left)
        drops = node.op in ARITHMETIC or node.return_bool
        if any(scalars):
            vector = right if scalars[0] else left
            if all(scalars):
                return (Source(NO_LABELS, node),)
            return tuple(_with_scalar(node, vector, scalars[0], drops))
        matching = node.matching or _DEFAULT
        if matching.fill_left is not None or matching.fill_right is not None:
            return (Source(ANY_LABELS, node),)
        found = [
            self._paired(node, matching, first, second, drops)
            for first, second in self._pairs(node, matching, left, right)
        ]
        return tuple(found)

    def _set_operation(self, node: Binary, left: Sources, right: Sources) -> Sources:
        if node.op not in ("and", "unless"):  # of MetricsQL
            return left
        matching = node.matching or _DEFAULT
        compared = _compared(matching)
        pairs = list(self._pairs(node, matching, left, right))
        if node.op == "unless":
            return left
        return tuple(
            Source(first.labels.agreeing(second.labels, compared, node), first.origin) for first, second in pairs
        )

    def _pairs(
        self, node: Binary, matching: Matching, left: Sources, right: Sources
    ) -> Iterator[tuple[Source, Source]]:
        """The sources that can match each other; all that cannot are noted."""
        compared = _compared(matching)
        clashes = [(first, second, first.labels.clash(second.labels, compared)) for first in left for second in right]
        whole = all(label is not None for *_, label in clashes)
        for first, second, label in clashes:
            if label is None:
                yield first, second
            else:
                self.mismatches.append(Mismatch(node, label, first, second, whole))

    def _paired(self, node: Binary, matching: Matching, first: Source, second: Source, drops: bool) -> Source:
        many, one = (second, first) if matching.group == "right" else (first, second)
        compared = _compared(matching)
        labels = many.labels.agreeing(one.labels, compared, node)
        named = frozenset(label.name for label in matching.labels)
        if matching.group is None:
            labels = labels.only(named, node) if matching.on else labels.without(named, node)
        if drops:
            labels = labels.without((METRIC_NAME,), node)
        for label in matching.include:
            labels = _included(labels, label.name, one.labels, node)
        return Source(labels, many.origin)


_DEFAULT: Final = Matching(0, 0, on=False, labels=())


def _compared(matching: Matching) -> Compared:
    names = frozenset(label.name for label in matching.labels)
    return Compared(names if matching.on else names | {METRIC_NAME}, matching.on)


def _included(labels: Labels, name: str, one: Labels, node: Binary) -> Labels:
    """`group_left(name)`: the label as the other side has it, or none."""
    if name == "*":  # MetricsQL: all of them
        return ANY_LABELS
    has = one.has(name)
    if has is False:
        return labels.without((name,), node)
    return labels.put(name, one.values.get(name), has is True)


def _of_constant(function: str, value: float | None) -> float | None:
    """What a function makes of series that always have one value."""
    if value is None:
        return None
    return 0.0 if function in _CHANGES else value if function in _LEVELS else None


def _with_scalar(node: Binary, vector: Sources, first: bool, drops: bool) -> Iterator[Source]:
    """An operation with a scalar, which is on the left if `first`; constants that a comparison drops are gone."""
    constant = constant_value(node.lhs if first else node.rhs)
    number = constant.value if isinstance(constant, Always) else None
    for source in vector:
        value = None
        if number is not None and source.value is not None:
            one, other = (number, source.value) if first else (source.value, number)
            if node.op in ARITHMETIC:
                value = ARITHMETIC[node.op](one, other)
            elif node.return_bool:
                value = float(COMPARISONS[node.op](one, other))
            elif COMPARISONS[node.op](one, other):
                value = source.value
            else:
                continue
        yield replace(_unnamed(source, node) if drops else source, value=value)


def _unnamed(source: Source, node: Expr) -> Source:
    return Source(source.labels.without((METRIC_NAME,), node), source.origin)


def _few(sources: Sources, node: Expr) -> Sources:
    """Without repetitions, and with one for all where there are too many."""
    distinct: list[Source] = []
    for source in sources:
        if not any(source.labels == other.labels and source.origin is other.origin for other in distinct):
            distinct.append(source)
    if len(distinct) <= MAX_SOURCES:
        return tuple(distinct)
    common = distinct[0].labels
    for source in distinct[1:]:
        common = common.either(source.labels)
    return (Source(common, node),)
