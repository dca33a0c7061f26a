"""Symbolic labels of expressions: cases by hand, and a real Prometheus that must never return what was not foretold."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from obslint.lang import promql
from obslint.lang.promql import Inference, Labels
from obslint.lang.promql.bounds import bounds
from prometheus_server import Series, ask, serving


def shown(expr: str) -> list[str]:
    """Every source of a result: sure labels, then those that may be there, with values and what cannot be."""
    return [_shown(source.labels) for source in Inference(promql.parse(expr)).result]


def _shown(labels: Labels) -> str:
    parts = []
    for label in sorted(labels.sure | (labels.possible or frozenset())):
        values = labels.values.get(label)
        known = "" if values is None else "=" + "|".join(sorted(values))
        parts.append(f"{label}{'' if label in labels.sure else '?'}{known}")
    if labels.possible is None:
        parts.append("*")
    parts += [f"-{label}" for label in sorted(labels.never)] if labels.possible is None else []
    return " ".join(parts)


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("1", [""]),
        ("vector(1)", [""]),
        ("time()", [""]),
        ("hour()", [""]),
        ("m", ["__name__=m *"]),
        ('m{a="x"}', ["__name__=m a=x *"]),
        ('m{a=""}', ["__name__=m * -a"]),
        ('m{a!=""}', ["__name__=m a *"]),
        ('m{a=~"x|y"}', ["__name__=m a=x|y *"]),
        ('m{a=~"(x|y)"}', ["__name__=m a=x|y *"]),
        ('m{a=~"x|"}', ["__name__=m *"]),
        ('m{a=~".+"}', ["__name__=m a *"]),
        ('m{a!~"|x"}', ["__name__=m a *"]),
        ('m{a=~"x|y",a!="x"}', ["__name__=m a=y *"]),
        ('m{a=~"x|y",a!~"y.*"}', ["__name__=m a=x *"]),
        ('m{a="x",a="y"}', []),
        ('m{a="x",a=""}', []),
        ('m{a="",a=~".+"}', []),
        ("rate(m[5m])", ["* -__name__"]),
        ("last_over_time(m[5m])", ["__name__=m *"]),
        ("-m", ["* -__name__"]),
        ("+m", ["__name__=m *"]),
        ("sum(m)", [""]),
        ("sum by (a, b) (m)", ["a? b?"]),
        ('sum by (a, b) (m{a="x"})', ["a=x b?"]),
        ('sum by (a) (m{a=""})', [""]),
        ("sum by (__name__) (m)", ["__name__=m"]),
        ("sum without (a) (m)", ["* -__name__ -a"]),
        ("topk by (a) (1, m)", ["__name__=m *"]),
        ('count_values("v", m)', ["v"]),
        ('count_values by (a) ("v", m)', ["a? v"]),
        ("max(sum by (a) (m)) by (b)", [""]),
        ("m > 1", ["__name__=m *"]),
        ("m > bool 1", ["* -__name__"]),
        ("2 * m", ["* -__name__"]),
        ('m{a="x"} / n{b="y"}', ["a=x b=y * -__name__"]),
        ('m{a="x"} / n{a="y"}', []),
        ('m / on (a) n{a="x"}', ["a=x"]),
        ('m / ignoring (a) n{a="x"}', ["* -__name__ -a"]),
        ('m * on (a) group_left (v) n{v="1"}', ["v=1 * -__name__"]),
        ("m * on (a) group_left (v) sum by (a, v) (n)", ["* -__name__"]),
        ("m * on (a) group_left (v) sum by (a) (n)", ["* -__name__ -v"]),
        ("sum by (a) (m) * on (a) group_right n", ["* -__name__"]),
        ("sum by (a) (m) > on (a) group_right n", ["__name__=n *"]),
        ("sum(m) / n", [""]),
        ('sum(m) / n{a="x"}', []),
        ('sum by (a) (m{a="x"}) / sum by (b) (m{b="x"})', []),
        ("sum by (a) (m) / sum by (b) (m)", [""]),
        ('m and on (a) n{a="x"}', ["__name__=m a=x *"]),
        ("m unless n", ["__name__=m *"]),
        ("sum by (a) (m) or vector(0)", ["a?", ""]),
        ("absent(m)", [""]),
        ('absent(m{a="x", b!="y", c=~"z"})', ["a=x"]),
        ('absent(m{a="x", a!="y"})', [""]),
        ('absent(m{a!="y", a="x"})', ["a=x"]),
        ('absent(sum(m{a="x"}))', [""]),
        ('label_replace(m, "a", "x", "", "")', ["__name__=m a=x *"]),
        ('label_replace(m, "a", "$1", "b", "(.*)")', ["__name__=m *"]),
        ('label_replace(m{b="y"}, "a", "$1", "b", "(.*)")', ["__name__=m a=y b=y *"]),
        ('label_replace(m, "a", "x", "b", "y")', ["__name__=m *"]),
        ('label_replace(m{a="z"}, "a", "x", "b", "y")', ["__name__=m a=x|z *"]),
        ('label_replace(m, "a", "", "b", ".*")', ["__name__=m * -a"]),
        ('label_join(m{b="y"}, "a", "-", "b")', ["__name__=m a b=y *"]),
        ('label_join(m, "a", "-", "b", "c")', ["__name__=m a *"]),
        ("histogram_quantile(0.9, sum by (le, a) (rate(m[5m])))", ["a?"]),
        ("sum_over_time(m[5m:1m])", ["* -__name__"]),
        ("scalar(m) + 1", [""]),
        ("m * scalar(n)", ["* -__name__"]),
    ],
)
def test_labels(expr: str, expected: list[str]) -> None:
    assert shown(expr) == expected


@pytest.mark.parametrize(
    ("expr", "label", "whole"),
    [
        ('sum(m) / n{a="x"}', "a", True),
        ('m{a="x"} / n{a="y"}', "a", True),
        ('(sum(m) or sum by (a) (m)) / n{a="x"}', "a", False),
        ('m{a="x"} and sum without (a) (n)', "a", True),
        ('m{a="x"} unless sum without (a) (n)', "a", True),
    ],
)
def test_what_cannot_match_is_told(expr: str, label: str, whole: bool) -> None:
    mismatches = Inference(promql.parse(expr)).mismatches
    assert [(mismatch.label, mismatch.whole) for mismatch in mismatches] == [(label, whole)]


@pytest.mark.parametrize(
    "expr",
    ['sum(m) / on () n{a="x"}', 'sum(m) / ignoring (a) group_right n{a="x"}', "m / n", "sum(m) / sum(n)", "m / 2"],
)
def test_what_may_match_is_not_told(expr: str) -> None:
    assert not Inference(promql.parse(expr)).mismatches


def test_why_a_label_is_not_there() -> None:
    expr = "sum by (a) (sum without (b) (m))"
    labels = Inference(promql.parse(expr)).common
    for label, part in (("b", "sum without (b) (m)"), ("c", expr)):
        why = labels.why_not(label)
        assert why is not None
        assert expr[why.start : why.end] == part


def test_many_alternatives_become_one() -> None:
    tree = promql.parse(" or ".join(f'm{{a="{index}"}}' for index in range(200)))
    assert Inference(tree).common.sure == {"__name__", "a"}
    assert len(Inference(tree).result) <= 8


def test_products_of_alternatives_stay_small() -> None:
    side = "(" + " or ".join(f'm{{a="{index}"}}' for index in range(8)) + ")"
    found = Inference(promql.parse(" * on () ".join([side] * 40)))
    assert len(found.result) <= 8


# -- a real Prometheus -----------------------------------------------------------------------------------------------

_NAMES = ("m", "n", "h_bucket")
_SERIES: list[Series] = [
    ("m", {"a": "x", "b": "y"}, 1),
    ("m", {"a": "x"}, 2),
    ("m", {"a": "z", "c": "y"}, 0),
    ("m", {"b": "x", "c": "z"}, 3),
    ("n", {"a": "x", "b": "y"}, 4),
    ("n", {"a": "z"}, 5),
    ("n", {"b": "x", "le": "1"}, 6),
    ("h_bucket", {"a": "x", "le": "1"}, 3),
    ("h_bucket", {"a": "x", "le": "2"}, 5),
    ("h_bucket", {"a": "x", "le": "+Inf"}, 6),
    ("h_bucket", {"le": "+Inf", "b": "y"}, 6),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("prometheus"), _SERIES) as address:
        yield address


_LABEL = st.sampled_from(("a", "b", "c", "le"))
_MATCHER = st.builds(
    lambda label, op, value: f'{label}{op}"{value}"',
    _LABEL,
    st.sampled_from(("=", "!=", "=~", "!~")),
    st.sampled_from(("x", "y", "", "x|y", "x|", ".+", ".*", "[xy]", "z.*", "(x|z)")),
)
_SELECTOR = st.builds(
    lambda name, matchers: f"{name}{{{','.join(matchers)}}}", st.sampled_from(_NAMES), st.lists(_MATCHER, max_size=3)
)
_LIST = st.lists(_LABEL, max_size=3, unique=True).map(", ".join)


def _parts(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    matching = st.builds(
        lambda word, labels, group, include: f"{word} ({labels}) {group and f'{group} ({include})'}",
        st.sampled_from(("on", "ignoring")),
        _LIST,
        st.sampled_from(("", "", "group_left", "group_right")),
        _LIST,
    )
    return st.one_of(
        st.builds(
            "{} {} ({}) ({})".format,
            st.sampled_from(("sum", "max", "avg", "count", "topk", "stddev", "count_values")).map(str),
            st.sampled_from(("by", "without")),
            _LIST,
            inner,
        ).map(_with_parameter),
        st.builds("sum({})".format, inner),
        st.builds(
            "({}) {} {} ({})".format,
            inner,
            st.sampled_from(("+", "-", "*", "/", "%", ">", "== bool", "<=")),
            st.one_of(st.just(""), matching),
            inner,
        ),
        st.builds(
            "({}) {} {} ({})".format,
            inner,
            st.sampled_from(("and", "or", "unless")),
            st.one_of(st.just(""), st.builds("{} ({})".format, st.sampled_from(("on", "ignoring")), _LIST)),
            inner,
        ),
        st.builds("({}) {} 1".format, inner, st.sampled_from(("*", ">", "> bool"))),
        st.builds("-({})".format, inner),
        st.builds("{}({})".format, st.sampled_from(("abs", "sgn", "floor", "ceil", "hour", "month", "sqrt")), inner),
        st.builds("{}({}, 2)".format, st.sampled_from(("clamp_min", "clamp_max", "round")), inner),
        st.builds("({}) {} scalar({})".format, inner, st.sampled_from(("*", "-", "/", "<", ">=")), inner),
        st.builds("absent({})".format, inner),
        st.builds("histogram_quantile(0.5, {})".format, inner),
        st.builds(
            "{}(({})[2m:30s])".format,
            st.sampled_from(
                ("max_over_time", "sum_over_time", "count_over_time", "rate", "changes", "stddev_over_time")
            ),
            inner,
        ),
        st.builds(
            'label_replace({}, "{}", "{}", "{}", "{}")'.format,
            inner,
            _LABEL,
            st.sampled_from(("", "x", "$1", "$1-q", "${1}")),
            st.one_of(_LABEL, st.just("")),
            st.sampled_from(("", ".*", "(.*)", "x", "(x|y)", "(.+)", ".+")),
        ),
        st.builds(
            'label_join({}, "{}", "{}", {})'.format,
            inner,
            _LABEL,
            st.sampled_from(("", "-")),
            st.lists(_LABEL.map('"{}"'.format), min_size=1, max_size=2).map(", ".join),
        ),
    )


def _with_parameter(expr: str) -> str:
    parameter = {"topk": "1, ", "count_values": '"v", '}
    op = expr.split(" ", 1)[0]
    at = expr.index(") (") + 3
    return f"{expr[:at]}{parameter.get(op, '')}{expr[at:]}"


_LEAF = st.one_of(
    _SELECTOR,
    _SELECTOR.map("rate({}[5m])".format),
    _SELECTOR.map("last_over_time({}[5m])".format),
    _SELECTOR.map("absent({})".format),
    st.sampled_from(("vector(1)", "vector(0)", "-vector(3)")),
)
_EXPRESSION = st.recursive(_LEAF, _parts, max_leaves=6)


def _foretold(labels: Labels, series: dict[str, str]) -> bool:
    return (
        labels.sure <= series.keys()
        and labels.never.keys().isdisjoint(series)
        and (labels.possible is None or series.keys() <= labels.possible)
        and all(series[label] in values for label, values in labels.values.items() if label in series)
    )


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expr=_EXPRESSION, holes=st.lists(st.integers(0, 150), max_size=3))
def test_a_real_server_returns_what_was_foretold(server: str, expr: str, holes: list[int]) -> None:
    """So it does where some characters of the expression are taken for those of variables."""
    try:
        tree = promql.parse(expr)
    except promql.SyntaxProblem:
        assume(False)
        raise
    returned = ask(server, expr)
    assume(returned is not None)
    sources = Inference(tree).result
    less = Inference(tree, open_at=lambda start, end: any(start <= hole < end for hole in holes)).result
    low, high = bounds(tree)[id(tree)]
    for series, value in returned or ():
        for known in (sources, less):
            assert any(_foretold(source.labels, series) for source in known), (series, shown(expr), holes)
        assert math.isnan(value) or low <= value <= high, (value, low, high)
