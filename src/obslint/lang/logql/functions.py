"""LogQL's aggregations, stages and template functions, with the Loki versions that have them.

Facts from `pkg/logql/syntax` (its lexer, grammar and `ast.go`) and `pkg/logql/log/fmt.go` of every minor release from
2.0 to 3.7. A version is the first minor one that has something, None for what all of them have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Unwrapping = Literal["needed", "allowed", "refused"]


@dataclass(frozen=True, slots=True)
class RangeAggregation:
    """An aggregation over a log range. `unwrap` is whether the range must, may or must not have one.

    `groups` is whether it takes `by` and `without`, `param` whether a number stands before the range.
    """

    name: str
    unwrap: Unwrapping
    groups: bool
    param: bool = False
    since: str | None = None


@dataclass(frozen=True, slots=True)
class VectorAggregation:
    """An aggregation of an instant vector; `param` is whether a whole number stands before the vector."""

    name: str
    param: bool = False
    groups: bool = True
    since: str | None = None


# What unwrap is to it, whether it groups, the version, the names.
_RANGE_AGGREGATIONS: Final = """\
refused   -       -       bytes_over_time bytes_rate count_over_time
allowed   -       -       rate
allowed   -       2.2     absent_over_time
needed    -       -       sum_over_time
needed    -       2.6     rate_counter
needed    groups  -       avg_over_time max_over_time min_over_time stddev_over_time stdvar_over_time
needed    groups  -       quantile_over_time
needed    groups  2.3     first_over_time last_over_time
"""
_UNWRAPPING: Final[dict[str, Unwrapping]] = {"needed": "needed", "allowed": "allowed", "refused": "refused"}


def _range_aggregations() -> Iterator[RangeAggregation]:
    for line in _RANGE_AGGREGATIONS.splitlines():
        unwrap, groups, since, *names = line.split()
        for name in names:
            yield RangeAggregation(
                name,
                _UNWRAPPING[unwrap],
                groups == "groups",
                name == "quantile_over_time",
                None if since == "-" else since,
            )


RANGE_AGGREGATIONS: Final = {aggregation.name: aggregation for aggregation in _range_aggregations()}

VECTOR_AGGREGATIONS: Final = {
    aggregation.name: aggregation
    for aggregation in (
        *(VectorAggregation(name) for name in ("avg", "count", "max", "min", "stddev", "stdvar", "sum")),
        *(VectorAggregation(name, param=True) for name in ("bottomk", "topk")),
        *(VectorAggregation(name, groups=False, since="2.8") for name in ("sort", "sort_desc")),
        VectorAggregation("approx_topk", param=True, groups=False, since="3.3"),
    )
}

FUNCTIONS: Final[dict[str, str | None]] = {"label_replace": "2.2", "variants": "3.5", "vector": "2.7"}
"""What else is called like a function where a metric is expected."""

CONVERSIONS: Final[dict[str, str | None]] = {"bytes": "2.1", "duration": None, "duration_seconds": None}
"""Conversions of `unwrap`."""

LINE_FILTERS: Final[dict[str, str | None]] = {
    **dict.fromkeys(("|=", "!=", "|~", "!~")),
    **dict.fromkeys(("|>", "!>"), "3.0"),
}

STAGES: Final[dict[str, str | None]] = {
    **dict.fromkeys(("json", "label_format", "line_format", "logfmt", "regexp", "unwrap")),
    "unpack": "2.2",
    "pattern": "2.3",
    "decolorize": "2.8",
    "drop": "2.8",
    "keep": "2.9",
    "xml": "3.8",
}
"""What follows `|`; `xml` is in the grammar after 3.7."""

PARSER_FLAGS: Final[dict[str, str | None]] = dict.fromkeys(("--keep-empty", "--strict"), "2.9")
"""Flags of the logfmt parser."""

_TEMPLATE_FUNCTIONS: Final = """\
-    and call eq ge gt html index js le len lt ne not or print printf println slice urlquery
-    Replace ToLower ToUpper Trim TrimLeft TrimPrefix TrimRight TrimSpace TrimSuffix regexReplaceAll
-    regexReplaceAllLiteral
2.1  contains hasPrefix hasSuffix indent lower nindent repeat replace substr title trim trimAll trimPrefix trimSuffix
2.1  trunc upper
2.3  add addf ceil div divf float64 floor fromJson int max maxf min minf mod mul mulf round sub subf
2.4  date now toDate unixEpoch
2.5  __line__
2.6  default
2.7  __timestamp__
2.8  b64dec b64enc bytes count duration duration_seconds toDateInZone unixEpochMillis unixEpochNanos urldecode urlencode
2.9  alignLeft alignRight unixToTime
"""
TEMPLATE_FUNCTIONS: Final[dict[str, str | None]] = {
    name: None if since == "-" else since
    for since, *names in map(str.split, _TEMPLATE_FUNCTIONS.splitlines())
    for name in names
}
"""Functions that the templates of `line_format` and `label_format` may call; the first line are those of Go."""
