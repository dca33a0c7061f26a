"""LogQL: what is accepted, where its parts are, and what can be told without data."""

from __future__ import annotations

import dataclasses
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obslint import engine
from obslint.facts.grafana import Dashboard
from obslint.facts.prometheus import RuleFile
from obslint.graph import dashboards
from obslint.lang import grafana_variables, logql
from obslint.lang.logql import functions
from obslint.lang.tree import Node
from support import disagreements

SHARED = Path(__file__).parents[2] / "shared"


def accepts(text: str) -> bool:
    try:
        logql.parse(text)
    except logql.SyntaxProblem:
        return False
    return True


# -- Loki's own table --------------------------------------------------------------------------------------------------

LOST = {'{app=~"\xa0\xa1"}': "the bytes that are no UTF-8 became characters in the table"}


def test_agreement_with_lokis_own_parser_tests() -> None:
    table = SHARED / "conformance" / "logql-syntax.json"
    if not table.exists():
        pytest.skip(f"{table} is not here")
    _, wrong = disagreements(table, accepts)
    assert [case["expr"] for case in wrong if case["expect"] == "good"] == []
    assert {case["expr"] for case in wrong} == set(LOST)


def test_the_data_on_versions_is_that_of_the_field_tables() -> None:
    path = SHARED / "fields" / "logql.json"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    fields = json.loads(path.read_text())

    def since(name: str) -> dict[str, str | None]:
        return {key: value["since"] for key, value in fields[name].items() if not value.get("internal")}

    assert {a.name: a.since for a in functions.RANGE_AGGREGATIONS.values()} == since("range_aggregations")
    assert {a.name: a.since for a in functions.VECTOR_AGGREGATIONS.values()} == since("vector_aggregations")
    assert since("functions") == functions.FUNCTIONS
    assert since("conversions") == functions.CONVERSIONS
    assert since("parser_flags") == functions.PARSER_FLAGS
    assert since("template_functions").items() <= functions.TEMPLATE_FUNCTIONS.items()
    assert {a.name for a in functions.RANGE_AGGREGATIONS.values() if a.groups} == set(
        fields["grouping_allowed_range_aggregations"]
    )
    assert {a.name for a in functions.RANGE_AGGREGATIONS.values() if a.unwrap == "needed"} == set(
        fields["unwrap_required"]
    )


# -- what is taken -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{a="b"} |> "<_> x" !> `y<_>`', id="pattern filters"),
        pytest.param('{a="b"} |= ip("10.0.0.0/8") or ip("::1") or "x"', id="addresses in a chain"),
        pytest.param('{a="b"} | a="1" b!~"2", c>=3 or (d<5ms and e==1KB) f=-1.5', id="label filters"),
        pytest.param('{a="b"} | json | drop a, b="c" | keep d, e=~"f"', id="drop and keep"),
        pytest.param('{a="b"} | decolorize | unpack | LABEL_FORMAT a=b, c="{{.d}}"', id="stages in any case"),
        pytest.param('{a="b"} | logfmt --strict --keep-empty a, b="c"', id="flags and extractions"),
        pytest.param('{a="b"} | xml | xml="1" | xml a="b"', id="the xml parser, and a label of that name"),
        pytest.param('SUM BY (a) (rate({a="b"}[5m]))', id="keywords in any case"),
        pytest.param('{sum="1", rate="2", ip="3", duration="4", of="5"}', id="labels that are called like functions"),
        pytest.param('rate((({a="b"} |= "x"))[5m]) + (rate(({a="b"}[5m])))', id="parentheses"),
        pytest.param('sum_over_time(({a="b"})[5m] offset 1h | unwrap a | b="c")', id="unwrap behind the range"),
        pytest.param('sum_over_time({a="b"}[5m] |= "x" | json | unwrap duration(c))', id="a pipeline behind the range"),
        pytest.param('rate({a="b"}[5m] offset -12h)', id="a negative offset"),
        pytest.param('rate({a="b"} | json | unwrap bytes(c) [5m])', id="rate of numbers"),
        pytest.param('absent_over_time({a="b"} | unwrap c [5m])', id="absent_over_time of numbers"),
        pytest.param('topk by (a) (3, rate({a="b"}[5m]))', id="grouping before the arguments"),
        pytest.param('sort_desc(sum(rate({a="b"}[5m])))', id="sort"),
        pytest.param('rate({a="b"}[1m]) / on (a) group_left (b) rate({a="b"}[1m]) > bool 0', id="matching"),
        pytest.param('variants(rate({a="b"}[1m]), count_over_time({a="b"}[1m])) of ({a="b"}[1m])', id="variants"),
        pytest.param('{a="b"} /* a\ncomment */ |= "x" // another\n # and one', id="comments"),
        pytest.param("-1 + +2 ^ .5e3", id="numbers"),
        pytest.param('{a="b"} | x > 1h30m or x < 1.5h or x != 1d', id="durations of both grammars"),
        pytest.param('{a="b"} | x > 1k or x < 1.5MiB or x = 3PB or x == 5B', id="sizes"),
        pytest.param('{a!=""}', id="a label that must be there"),
    ],
)
def test_what_loki_takes(text: str) -> None:
    logql.parse(text)


@pytest.mark.parametrize(
    ("text", "check", "place"),
    [
        ("", "syntax", ""),
        ("{}", "matcher", "{}"),
        ('{a=""}', "matcher", '{a=""}'),
        ('{a=~".*", b!="c"}', "matcher", '{a=~".*", b!="c"}'),
        ('count_over_time({a=~".*"}[5m])', "matcher", '{a=~".*"}'),
        ('{a="b",}', "syntax", "}"),
        ("{a='b'}", "literal", "'b'"),
        ('{json="b"}', "syntax", "json"),
        ('{a=~"(?<!x)"}', "regex", "(?<!x)"),
        ('{a="b"} | jsonn', "syntax", ""),
        ('{a="b"} | regexp "(x)"', "regex", "(x)"),
        ('{a="b"} | regexp "(?P<x>a)(?P<x>b)"', "regex", "(?P<x>a)(?P<x>b)"),
        ('{a="b"} | pattern "x <_>"', "pattern", "x <_>"),
        ('{a="b"} | pattern "<x><y>"', "pattern", "<x><y>"),
        ('{a="b"} | pattern "<x> <x>"', "pattern", "<x> <x>"),
        ('{a="b"} | unwrap c', "modifier", "unwrap"),
        ('{a="b"} [5m]', "modifier", "[5m]"),
        ('rate({a="b"}[5])', "literal", "5"),
        ('rate({a="b"})', "syntax", ")"),
        ('rate({a="b"} | unwrap c | json [5m])', "syntax", "json"),
        ('sum({a="b"})', "type", '{a="b"}'),
        ('{a="b"} + 1', "type", '{a="b"}'),
        ('rate({a="b"}[5m]) or 1', "type", "1"),
        ('sum_over_time({a="b"}[5m])', "unwrap", "sum_over_time"),
        ('bytes_rate({a="b"} | unwrap c [5m])', "unwrap", "| unwrap c"),
        ('count_over_time({a="b"}[5m]) by (c)', "grouping", "by (c)"),
        ('sort(rate({a="b"}[5m])) by (c)', "grouping", "sort"),
        ('quantile_over_time({a="b"} | unwrap c [5m])', "argument-count", "quantile_over_time"),
        ('topk(1.5, rate({a="b"}[5m]))', "argument-count", "1.5"),
        ('increase({a="b"}[5m])', "unknown-function", "increase"),
        ('{a="b"} | c > "1"', "type", '"1"'),
        ('{a="b"', "syntax", "{"),
        ('{a="b', "syntax", '"b'),
    ],
)
def test_what_loki_refuses_and_where(text: str, check: str, place: str) -> None:
    problem = logql.refusal(text)
    assert problem is not None
    assert (problem.check.value, text[problem.start : problem.end]) == (check, place)


@pytest.mark.parametrize(
    ("stage", "place"),
    [
        ('|~ "("', "("),
        ('|= "x" |> "<name>"', "<name>"),
        ('!> "<_><_>"', "<_><_>"),
        ('|= ip("10.0.0.256")', "10.0.0.256"),
        ('|~ ip("10.0.0.1")', '|~ ip("10.0.0.1")'),
        ('| a=ip("10.0.0.1-")', "10.0.0.1-"),
        ('| line_format "{{.a"', "{{.a"),
        ('| line_format "{{ nope .a }}"', "{{ nope .a }}"),
        ('| label_format a="1", a="2"', 'a="2"'),
        ('| label_format __error__=""', '__error__=""'),
        ('| json a="b-c"', "b-c"),
        ('| logfmt a="b.c"', "b.c"),
    ],
)
def test_what_parses_and_makes_every_query_fail(stage: str, place: str) -> None:
    text = f'rate({{a="b"}} {stage} [5m])'
    problems = list(logql.broken_stages(logql.parse(text)))
    assert [text[problem.start : problem.end] for problem in problems] == [place]


@pytest.mark.parametrize(
    "stage",
    [
        '|= ip("10.0.0.1-10.0.0.9") |= ip("2001:db8::/32")',
        '|> "<_> took <_>ms"',
        '| line_format "{{ if eq .a `b` }}{{ .c | upper | trunc 5 }}{{ end }} {{ __line__ }}"',
        '| label_format a=b, c="{{ default `-` .d }}"',
        '| json a="b.c[0][\\"d e\\"]", f',
        '| logfmt a="b", c',
    ],
)
def test_stages_that_run(stage: str) -> None:
    assert list(logql.broken_stages(logql.parse(f'{{a="b"}} {stage}'))) == []


# -- the tree ----------------------------------------------------------------------------------------------------------


def test_what_later_rules_need_is_in_the_tree() -> None:
    text = 'sum by (a) (rate({b="c"} |= "d" | json | e > 5ms or f="g" | label_format h=i | unwrap e [1h30m] offset 5m))'
    tree = logql.parse(text)
    assert isinstance(tree, logql.VectorAggregation)
    assert tree.type is logql.ValueType.VECTOR
    rate = tree.expr
    assert isinstance(rate, logql.RangeAggregation)
    assert rate.range.range.milliseconds == 5_400_000
    assert rate.range.offset is not None
    assert rate.range.offset.milliseconds == 300_000
    assert rate.range.unwrap is not None
    assert rate.range.unwrap.label.name == "e"
    (query,) = logql.queries(tree)
    assert [text[stage.start : stage.end] for stage in query.line_filters] == ['|= "d"']
    assert [label.name for label in logql.read_labels(query)] == ["e", "f"]
    made = logql.made_labels(query)
    assert made.open
    assert "h" in made.names


def test_labels_that_a_pipeline_makes_are_known_where_it_names_them() -> None:
    (query,) = logql.queries(logql.parse('{a="b"} | regexp "(?P<c>.)" | pattern "<d> <_>" | logfmt e, f="g"'))
    made = logql.made_labels(query)
    assert not made.open
    assert made.names >= {"c", "d", "e", "f"}


def test_a_comma_between_label_filters_takes_everything_behind_it() -> None:
    (query,) = logql.queries(logql.parse('{a="b"} | a="1" or b="2", c="3" or d="4"'))
    (stage,) = query.stages
    assert isinstance(stage, logql.LabelFilter)
    outer = stage.filter
    assert isinstance(outer, logql.FilterGroup)
    assert outer.op == "or"
    inner = outer.filters[1]
    assert isinstance(inner, logql.FilterGroup)
    assert (inner.op, len(inner.filters)) == ("and", 2)


def nodes(node: Node) -> Iterator[tuple[Node, Node]]:
    """Every node below this one with its parent."""
    stack = [node]
    while stack:
        parent = stack.pop()
        for field in dataclasses.fields(parent):
            value: Any = getattr(parent, field.name)
            for child in value if isinstance(value, tuple) else (value,):
                if isinstance(child, Node):
                    yield parent, child
                    stack.append(child)


def check_places(text: str) -> None:
    try:
        tree = logql.parse(text)
    except logql.SyntaxProblem as refused:
        assert 0 <= refused.start <= refused.end <= len(text)
        return
    assert 0 <= tree.start <= tree.end <= len(text)
    for parent, child in nodes(tree):
        assert parent.start <= child.start <= child.end <= parent.end, (text, parent, child)
    for problem in logql.broken_stages(tree):
        assert 0 <= problem.start <= problem.end <= len(text)


def test_every_place_lies_in_that_of_its_parent() -> None:
    table = SHARED / "conformance" / "logql-syntax.json"
    if not table.exists():
        pytest.skip(f"{table} is not here")
    for case in json.loads(table.read_text()):
        check_places(case["expr"])


# -- hostile text ------------------------------------------------------------------------------------------------------

PIECES = (
    *('{a="b"}', "{", "}", "(", ")", "[5m]", "[", "]", ",", "|", "|=", "!=", "=~", "|>", "=", ">", "==", '"x"', "`y`"),
    *("or", "and", "unless", "by", "without", "(a, b)", "sum", "rate", "count_over_time", "unwrap", "json", "logfmt"),
    *("--strict", "-", "+", "5m", "-5m", "5KB", "1", "1.5", "a", "ip(", "regexp", '"(?P<x>.)"', "pattern", '"<x>"'),
    *(
        "line_format",
        '"{{.x}}"',
        "label_format",
        "a=b",
        "drop",
        "keep",
        "offset",
        "bool",
        "on",
        "group_left",
        "#",
        "\n",
    ),
    *("label_replace(", "vector(1)", "variants(", "of", "/*", "*/", "//", "'", "\\", "é", "\ud800", "\x00", "<", "^"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join))
def test_pieces_of_queries_never_crash_the_parser(text: str) -> None:
    check_places(text)


@given(st.text())
def test_any_text_never_crashes_the_parser(text: str) -> None:
    check_places(text)


def test_mutated_queries_never_crash_the_parser() -> None:
    table = SHARED / "conformance" / "logql-syntax.json"
    if not table.exists():
        pytest.skip(f"{table} is not here")
    chance = random.Random(7)
    for case in json.loads(table.read_text()):
        for _ in range(15):
            text = case["expr"]
            at = chance.randrange(len(text) + 1)
            check_places(text[:at] + chance.choice(PIECES) + text[at + chance.randrange(4) :])


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "{" * 100_000,
        "-" * 100_000,
        '{a="b"}' + ' |= "a" or "a"' * 9_000,
        '{a="b"} |= "a"' + ' or "a"' * 14_000,
        '{a="b"} | a="b"' + ', a="b"' * 14_000,
        '{a="b"} | a="b"' + ' or a="b", a="b"' * 6_000,
        '{a="b"} | ' + "(" * 100_000,
        "rate(" * 20_000,
        "rate(" + "(" * 100_000,
        "1" + "+1" * 50_000,
        "1" + "^1" * 50_000,
        "1.1" * 33_000,
        "1m" * 50_000,
        "-1m1" * 25_000,
        "/*" * 50_000,
        "#\n" * 50_000,
        "[" * 100_000,
        "<x" * 50_000,
        '{a="b"} | regexp "' + "(?P<" * 25_000 + '"',
        '{a="b"} | regexp "' + "[" * 100_000 + '"',
        '{a="b"} | pattern "' + "<x" * 50_000 + '"',
        '{a="b"} | json a="' + "a." * 50_000 + '"',
        '{a="b"} | json a="' + "[0" * 50_000 + '"',
        '{a="b"} | logfmt a="' + "a " * 50_000 + '"',
    ],
    ids=lambda text: f"{text[:24]}…",
)
def test_hostile_text_is_done_with_quickly(text: str) -> None:
    start = time.process_time()
    check_places(text)
    assert time.process_time() - start < 5


def test_what_is_longer_than_loki_takes_is_refused() -> None:
    assert accepts('{a="b"} #' + "x" * 100_000)
    assert not accepts('{a="b"} #' + "x" * logql.MAX_LENGTH)


# -- variables of Grafana ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        'sum by ($by) (rate({app=~"$app", $filters} |~ `(?i)$search` [$__auto]))',
        '{app="$app"} | json | level=~"${level:pipe}" | took > $limit or size >= ${size} and code != $code',
        '{app="$app"} |= $search !~ $not | logfmt | $stage | line_format "{{.msg}}"',
        '{app="$app"} $pipeline',
        'quantile_over_time($q, {app="$app"} | unwrap $field [$__range]) > $limit',
        'topk($k, sum by (x) (count_over_time({app="$app"} |= "$search" [$interval] offset $offset)))',
        '[[agg]]_over_time({app="$app"} | unwrap $field [5m])',
    ],
)
def test_variables_are_replaced_by_what_fits(text: str) -> None:
    found = grafana_variables.substitute(text)
    assert len(found.text) == len(text)
    logql.parse(found.text)


# -- the field's own queries -------------------------------------------------------------------------------------------


def corpus_queries() -> Iterator[tuple[str, str]]:
    """The file, and the query with its variables replaced: rules that only Loki reads, panels of Loki."""
    for item in engine.load(engine.Options([SHARED / "corpus"], include_archives=True)).recognised:
        fact = item.facts.facts
        if isinstance(fact, RuleFile) and fact.logql:
            for group in fact.groups:
                yield from ((fact.path, rule.expr.text) for rule in group.rules if rule.expr is not None)
        elif isinstance(fact, Dashboard):
            for panel in fact.panels:
                for query in panel.queries:
                    asked = dashboards.asked(panel, query)
                    if query.expr is not None and query.expr.text and asked is not None and asked.type == "loki":
                        yield fact.path, grafana_variables.substitute(query.expr.text).text


def test_real_queries_of_loki_are_understood() -> None:
    if not (SHARED / "corpus").exists():
        pytest.skip(f"{SHARED / 'corpus'} is not here")
    found = set(corpus_queries())
    print(f"{len(found)} queries")
    assert len(found) > 100
    refused = {text: problem.message for _, text in found if (problem := logql.refusal(text)) is not None}
    assert refused == {}
    assert [(text, problem.message) for _, text in found for problem in logql.broken_stages(logql.parse(text))] == []
