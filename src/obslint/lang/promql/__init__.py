"""PromQL, and the part of MetricsQL it shares: parser, syntax tree with places, what can be told without data."""

from __future__ import annotations

from obslint.lang.cursor import MAX_DEPTH
from obslint.lang.promql.analysis import (
    NEVER,
    Always,
    Constant,
    Empty,
    constant_value,
    few_values,
    required_selectors,
    scalar_value,
)
from obslint.lang.promql.arithmetic import ARITHMETIC, COMPARISONS
from obslint.lang.promql.ast import (
    METRIC_NAME,
    Aggregation,
    At,
    Binary,
    Call,
    Dialect,
    Expr,
    MatrixSelector,
    NumberLiteral,
    Paren,
    StringLiteral,
    Subquery,
    Unary,
    ValueType,
    VectorSelector,
    bare,
    children,
    selectors,
    value_type,
    walk,
)
from obslint.lang.promql.counters import rated, raw_counters
from obslint.lang.promql.features import Need, needs
from obslint.lang.promql.functions import AGGREGATORS, FUNCTIONS, POINTWISE, Aggregator, Function
from obslint.lang.promql.inference import Inference, Known, Mismatch, Source
from obslint.lang.promql.labels import ANY_LABELS, NO_LABELS, Labels
from obslint.lang.promql.normal import (
    Form,
    form_without_matchers,
    form_without_threshold,
    normal_form,
    selects_within,
)
from obslint.lang.promql.parser import parse
from obslint.lang.promql.reach import Reach, reaches
from obslint.lang.promql.refusals import metricsql_refuses, refusal
from obslint.lang.promql.thresholds import Threshold, thresholds
from obslint.lang.tokens import Check, SyntaxProblem, Unsupported
from obslint.lang.tree import Duration, Label, Matcher, Matching, Node

__all__ = [
    "AGGREGATORS",
    "ANY_LABELS",
    "ARITHMETIC",
    "COMPARISONS",
    "FUNCTIONS",
    "MAX_DEPTH",
    "METRIC_NAME",
    "NEVER",
    "NO_LABELS",
    "POINTWISE",
    "Aggregation",
    "Aggregator",
    "Always",
    "At",
    "Binary",
    "Call",
    "Check",
    "Constant",
    "Dialect",
    "Duration",
    "Empty",
    "Expr",
    "Form",
    "Function",
    "Inference",
    "Known",
    "Label",
    "Labels",
    "Matcher",
    "Matching",
    "MatrixSelector",
    "Mismatch",
    "Need",
    "Node",
    "NumberLiteral",
    "Paren",
    "Reach",
    "Source",
    "StringLiteral",
    "Subquery",
    "SyntaxProblem",
    "Threshold",
    "Unary",
    "Unsupported",
    "ValueType",
    "VectorSelector",
    "bare",
    "children",
    "constant_value",
    "few_values",
    "form_without_matchers",
    "form_without_threshold",
    "metricsql_refuses",
    "needs",
    "normal_form",
    "parse",
    "rated",
    "raw_counters",
    "reaches",
    "refusal",
    "required_selectors",
    "scalar_value",
    "selectors",
    "selects_within",
    "thresholds",
    "value_type",
    "walk",
]
