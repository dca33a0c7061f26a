"""Signatures of PromQL's functions and aggregation operators, with the Prometheus versions that have them.

Facts from `promql/parser/functions.go` of every minor release from 2.24 to 3.14.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from obslint.lang.promql.ast import ValueType


@dataclass(frozen=True, slots=True)
class Function:
    """A signature: `args` are the types of the arguments, the last of which repeats up to `max_args` (None: no limit).

    `since` and `until` are the first minor version with and the first without it, None before 2.24 and still there.
    An experimental one needs `--enable-feature=promql-experimental-functions` up to `stable`, None: to this day.
    """

    name: str
    args: tuple[ValueType, ...]
    min_args: int
    max_args: int | None
    returns: ValueType
    since: str | None = None
    until: str | None = None
    experimental: bool = False
    stable: str | None = None


@dataclass(frozen=True, slots=True)
class Aggregator:
    """An aggregation operator; `param` is the type of its first argument where it takes two."""

    name: str
    param: ValueType | None = None
    since: str | None = None
    experimental: bool = False


# Signature: s scalar, t string, v vector, m matrix; `?` optional, `*` any number, `*n` up to n. Then the version range,
# `-` for always, then `exp` or `exp<stable` for experimental ones, then the names.
_VECTOR_FUNCTIONS: Final = """\
v        -         -         abs absent ceil exp floor ln log10 log2 sort sort_desc sqrt timestamp
v        2.26      -         sgn
v        2.31      -         acos acosh asin asinh atan atanh cos cosh deg rad sin sinh tan tanh
v        2.40      -         histogram_count histogram_sum
v        2.47      -         histogram_stddev histogram_stdvar
v        2.51      -         histogram_avg
v        3.14      exp       start_timestamp
v?       -         -         day_of_month day_of_week days_in_month hour minute month year
v?       2.36      -         day_of_year
vs       -         -         clamp_max clamp_min
vs?      -         -         round
vss      2.26      -         clamp
vtttt    -         -         label_replace
vttt*    -         -         label_join
vt*      2.49      exp       sort_by_label sort_by_label_desc
vv?      2.55      exp       info
sv       -         -         histogram_quantile
ssv      2.40      -         histogram_fraction
vtss*9   3.11      exp       histogram_quantiles
s        -         -         vector
m        -         -         absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate
m        -         -         max_over_time min_over_time rate resets stddev_over_time stdvar_over_time sum_over_time
m        2.26      -         last_over_time
m        2.29      -         present_over_time
m        2.49      exp       mad_over_time
m        3.5       exp       ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time
m        3.7       exp<3.14  first_over_time
m        3.7       exp       ts_of_first_over_time
ms       -         -         predict_linear
sm       -         -         quantile_over_time
mss      -..3.0    -         holt_winters
mss      3.0       exp       double_exponential_smoothing
"""

_SCALAR_FUNCTIONS: Final = """\
.        -         -         time
.        2.31      -         pi
.        3.12      exp       end range start step
v        -         -         scalar
ss       3.13      exp       max_of min_of
"""

_TYPES: Final = {"s": ValueType.SCALAR, "t": ValueType.STRING, "v": ValueType.VECTOR, "m": ValueType.MATRIX}


def _functions(table: str, returns: ValueType) -> Iterator[Function]:
    for line in table.splitlines():
        signature, versions, flag, *names = line.split()
        required, optional, repeats = signature.partition("?") if "?" in signature else signature.partition("*")
        args = tuple(_TYPES[code] for code in required if code != ".")
        min_args = len(args) - bool(optional)
        max_args = min_args + int(repeats) if repeats else None if optional == "*" else len(args)
        since, _, until = versions.partition("..")
        experimental, _, stable = flag.partition("<")
        for name in names:
            yield Function(
                name,
                args,
                min_args,
                max_args,
                returns,
                since=None if since == "-" else since,
                until=until or None,
                experimental=experimental == "exp",
                stable=stable or None,
            )


FUNCTIONS: Final = {
    function.name: function
    for table, returns in ((_VECTOR_FUNCTIONS, ValueType.VECTOR), (_SCALAR_FUNCTIONS, ValueType.SCALAR))
    for function in _functions(table, returns)
}
"""Every function that some Prometheus since 2.24 knows; names are case-sensitive."""

_HISTOGRAMS: Final = frozenset({"histogram_fraction", "histogram_quantile", "histogram_quantiles"})
_LABELLING: Final = frozenset({"absent", "absent_over_time", "info", "label_join", "label_replace", "vector"})
POINTWISE: Final = (
    frozenset(name for name, function in FUNCTIONS.items() if function.returns is ValueType.VECTOR)
    - _HISTOGRAMS
    - _LABELLING
)
"""The functions that make one series of each that they get, from its samples alone and with its labels."""

AGGREGATORS: Final = {
    aggregator.name: aggregator
    for aggregator in (
        *(Aggregator(name) for name in ("avg", "count", "group", "max", "min", "stddev", "stdvar", "sum")),
        *(Aggregator(name, ValueType.SCALAR) for name in ("bottomk", "quantile", "topk")),
        *(Aggregator(name, ValueType.SCALAR, "2.54", experimental=True) for name in ("limit_ratio", "limitk")),
        Aggregator("count_values", ValueType.STRING),
    )
}
"""The aggregation operators, in lower case as everywhere in this package; in a text their case does not matter."""
