"""Grafana's variables in PromQL: replaced by what fits, in place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obslint.lang.grafana_variables import Position, substitute
from obslint.lang.promql import SyntaxProblem, parse, selectors

SHARED = Path(__file__).parents[2] / "shared"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("up", "up", id="nothing to replace"),
        pytest.param("rate(a[$__rate_interval])", "rate(a[000000000000005m])", id="a range"),
        pytest.param("rate(a[$i])", "rate(a[5m])", id="the shortest range"),
        pytest.param("rate(a[${__range_s}s])", "rate(a[000000000001s])", id="a range whose unit is written"),
        pytest.param("rate(a[1${u}])", "rate(a[1005m])", id="a range whose number is written"),
        pytest.param("rate(a[$n$u])", "rate(a[015m])", id="a range of two variables"),
        pytest.param("a[$__interval:$step]", "a[0000000005m:0005m]", id="a subquery"),
        pytest.param("a[[[x]]]", "a[0005m]", id="the old notation in a range"),
        pytest.param("a offset $shift", "a offset 00005m", id="an offset"),
        pytest.param("a offset -${shift}", "a offset -0000005m", id="a negative offset"),
        pytest.param("a @ $__from", "a @ 0000001", id="a time"),
        pytest.param('a{b=~"$b"}', 'a{b=~"_b"}', id="a string"),
        pytest.param('a{b=~"x-${b:regex}.*"}', 'a{b=~"x-__b_regex_.*"}', id="a part of a string"),
        pytest.param("a{b=~'[[b:pipe]]'}", "a{b=~'__b_pipe__'}", id="the old notation in a string"),
        pytest.param('a{b=~"[[:alpha:]]+$"}', 'a{b=~"[[:alpha:]]+$"}', id="a regex that looks similar"),
        pytest.param(
            'label_replace(a,"b","$1${2}","c","(.)$")', 'label_replace(a,"b","$1${2}","c","(.)$")', id="groups"
        ),
        pytest.param("a{$label='x'}", "a{_label='x'}", id="a label"),
        pytest.param("a{b=$b}", 'a{b=""}', id="a value without quotes"),
        pytest.param("a{b=~${b:doublequote}}", 'a{b=~"______________"}', id="a value with quotes of its own"),
        pytest.param('a{b="c",$more}', 'a{b="c",_="_"}', id="a matcher"),
        pytest.param('a{$m,b="c"}', 'a{   b="c"}', id="a matcher that is too short"),
        pytest.param("a{$m}", "a{  }", id="all matchers"),
        pytest.param("sum by ($x, b) (a)", "sum by (_x, b) (a)", id="a label of a list"),
        pytest.param("sum($metric)", "sum(_metric)", id="a metric"),
        pytest.param("${ns}_up{a='b'}", "__ns__up{a='b'}", id="the beginning of a metric's name"),
        pytest.param("rate(a_$x[5m])", "rate(a__x[5m])", id="the end of a metric's name"),
        pytest.param("$query", "_query", id="everything"),
        pytest.param("a > $threshold", "a > _threshold", id="the other side of an operator"),
        pytest.param("topk($n, a)", "topk(01, a)", id="a number"),
        pytest.param("topk by (b) ($n, a)", "topk by (b) (01, a)", id="a number after the labels"),
        pytest.param("clamp_max(a, 100 * $x)", "clamp_max(a, 100 * 01)", id="a number of an arithmetic"),
        pytest.param("vector($__interval_ms)", "vector(00000000000001)", id="Grafana's own number"),
        pytest.param("a / $__range_s", "a / 0000000001", id="Grafana's own number as an operand"),
        pytest.param("time() - $__interval", "time() - 0000000005m", id="Grafana's own duration as an operand"),
        pytest.param("count_values($label, a)", 'count_values("____", a)', id="a string of a call"),
        pytest.param("rate($series)", "rate(___[5m])", id="a range vector"),
        pytest.param("$agg(a)", "sum (a)", id="an aggregation"),
        pytest.param("$agg by (b) (a)", "sum  by (b) (a)", id="an aggregation with labels"),
        pytest.param("${function}(a[5m])", "rate       (a[5m])", id="a function of ranges"),
        pytest.param("${f}_over_time(a[5m])", " max_over_time(a[5m])", id="half a function"),
        pytest.param("a $op b", "a *   b", id="an operator"),
        pytest.param("a $op bool on(b) c", "a >   bool on(b) c", id="a comparison"),
        pytest.param("sum(a) $by", "sum(a)    ", id="something after an operand"),
        pytest.param("$by > $offset", "_by > _offset", id="variables that are called like keywords"),
        pytest.param("a # $comment", "a # $comment", id="a comment"),
    ],
)
def test_substitution(query: str, expected: str) -> None:
    assert substitute(query).text == expected


@pytest.mark.parametrize(
    "query",
    [
        'sum by (job) (rate(http_requests_total{job=~"$job", code!~"${codes:regex}"}[$__rate_interval]))',
        "histogram_quantile($quantile, sum by (le, $group) (rate(${metric}_bucket{$filters}[$__interval])))",
        'topk($limit, sum by ([[by]]) (increase(a{b="[[b]]"}[${__range}]))) > $min / $__range_s',
        "$aggregation(${prefix}:a:rate5m) $operator on($label) group_left max_over_time(b[$range:$step] offset $o)",
    ],
)
def test_the_result_is_promql(query: str) -> None:
    parse(substitute(query).text)


def test_variables_are_found_where_they_stand() -> None:
    query = 'rate(${name}{job="$job"}[$__rate_interval]) > [[min]]'
    result = substitute(query)
    assert [(v.name, query[v.start : v.end], v.position) for v in result.variables] == [
        ("name", "${name}", Position.CODE),
        ("job", "$job", Position.STRING),
        ("__rate_interval", "$__rate_interval", Position.DURATION),
        ("min", "[[min]]", Position.CODE),
    ]


def test_what_a_variable_touches_is_not_known() -> None:
    query = 'up{job="$job", env="prod"}'
    result = substitute(query)
    (selector,) = selectors(parse(result.text))
    assert [result.touches(m.value_start, m.value_end) for m in selector.matchers] == [True, False]
    assert not result.touches(0, 2)


@pytest.mark.parametrize(
    ("query", "certain"),
    [
        pytest.param("rate(up)", True, id="no variable"),
        pytest.param('rate(up{job="$job"})', True, id="a variable in a string"),
        pytest.param("sum(up[$__interval])", True, id="a variable as a duration"),
        pytest.param("rate($metric)", False, id="a variable that may hold a range"),
        pytest.param("up $rest", False, id="a variable that may hold an operator"),
    ],
)
def test_a_syntax_problem_is_certain(query: str, certain: bool) -> None:
    assert substitute(query).certain is certain


VARIABLES = ["$a", "${b}", "${c:csv}", "${d.e:raw}", "[[f]]", "[[g:pipe]]", "$__interval", "$1", "$", "${", "[["]
PARTS = [
    "a",
    "sum",
    "by",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    "=",
    '"',
    "'",
    "5",
    "m",
    " ",
    "offset",
    "-",
    ":",
    "#",
    "\n",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(VARIABLES + PARTS)).map("".join)))
def test_only_variables_change_and_no_length(query: str) -> None:
    result = substitute(query)
    assert len(result.text) == len(query)
    for variable in result.variables:
        assert query[variable.start] in "$["
    changed = [i for i, (old, new) in enumerate(zip(query, result.text, strict=True)) if old != new]
    assert all(result.touches(i, i + 1) or query[i] == "," for i in changed)


@pytest.mark.parametrize(
    "piece", ["$a(", "${a.", "${a:", "[[a", '$"\\"', "$a{", "$a[", "$a,", "`$a", "#$a", "$a.", "$a+"]
)
def test_the_time_is_linear(piece: str) -> None:
    query = piece * 20_000  # minutes if every piece made us look at all that follow
    assert len(substitute(query).text) == len(query)


def dashboard_queries(value: Any) -> list[str]:
    if isinstance(value, list):
        return [query for item in value for query in dashboard_queries(item)]
    if not isinstance(value, dict):
        return []
    own = [value["expr"]] if isinstance(value.get("expr"), str) else []
    return own + [query for item in value.values() for query in dashboard_queries(item)]


def test_real_dashboards_parse() -> None:
    """What is left is LogQL, MetricsQL and queries that are wrong indeed."""
    if not (SHARED / "corpus").exists():
        pytest.skip(f"{SHARED / 'corpus'} is not here")
    queries: set[str] = set()
    for path in sorted((SHARED / "corpus").rglob("*.json")):
        try:
            queries.update(dashboard_queries(json.loads(path.read_text(errors="replace"))))
        except ValueError:
            continue
    refused = []
    for query in queries:
        try:
            parse(substitute(query).text)
        except SyntaxProblem:
            refused.append(query)
    assert len(queries) > 5000
    assert len(refused) < 0.025 * len(queries), refused
