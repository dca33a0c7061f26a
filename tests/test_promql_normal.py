"""When two expressions are the same."""

from __future__ import annotations

import pytest

from obslint.lang.promql import (
    Dialect,
    form_without_matchers,
    form_without_threshold,
    normal_form,
    parse,
    selects_within,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("up==0", "(up) == (0) # down"),
        ("0 == up", "up == 0"),
        ("80 < x", "x > 80"),
        ("80 >= bool x", "x <= bool 80"),
        ('x{a="1", b="2"}', "x{b='2',a=`1`,}"),
        ('x{a="1"}', '{a="1", __name__="x"}'),
        ('x{a=~"one"}', 'x{a="one"}'),
        ('x{a!~"one"}', 'x{a!="one"}'),
        ("rate(x[5m])", "rate(x[300s])"),
        ("x offset 0s", "x"),
        ("sum by (a, b) (x)", "SUM(x) by (b, a)"),
        ("sum by () (x)", "sum(x)"),
        ("x * 100", "100 * x"),
        ("x + on (a, b) y", "y + on (b, a) x"),
        ("x / ignoring () y", "x / y"),
        ("+x", "x"),
        ("x > 1e3", "x > 1000"),
        ("x > -0", "x > 0"),
        ("max_over_time(x[1h:1m])", "max_over_time((x)[60m:60s])"),
    ],
)
def test_same(one: str, other: str) -> None:
    assert normal_form(parse(one)) == normal_form(parse(other)) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x > 1", "x >= 1"),
        ("x > y", "y < x"),
        ("x - y", "y - x"),
        ("x and y", "y and x"),
        ("x or y", "y or x"),
        ("(x + y) + z", "x + (y + z)"),
        ("x * on (a) group_left y", "y * on (a) group_left x"),
        ("x + on (a) y", "x + ignoring (a) y"),
        ("x + on () y", "x + y"),
        ("x > bool 1", "x > 1"),
        ('x{a="1"}', 'x{a!="1"}'),
        ('x{a=~"1.*"}', 'x{a="1.*"}'),
        ('x{a="1"}', "x"),
        ("x", "x offset 1m"),
        ("x", "x @ 0"),
        ("rate(x[5m])", "rate(x[6m])"),
        ("rate(x[5m])", "irate(x[5m])"),
        ("sum by (a) (x)", "sum without (a) (x)"),
        ("sum without () (x)", "sum(x)"),
        ("topk(1, x)", "topk(2, x)"),
        ("-x", "x"),
        ("max_over_time(x[1h:1m])", "max_over_time(x[1h:])"),
        ('label_replace(x, "a", "b", "c", "d")', 'label_replace(x, "a", "b", "c", "e")'),
    ],
)
def test_not_the_same(one: str, other: str) -> None:
    assert normal_form(parse(one)) != normal_form(parse(other))


@pytest.mark.parametrize("text", ["rate(x[5i])", "x offset 2i"])
def test_what_depends_on_the_query_has_no_form(text: str) -> None:
    assert normal_form(parse(text, Dialect.METRICSQL)) is None


def test_start_and_end_are_not_mixed_up() -> None:
    assert normal_form(parse("x @ start()")) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x > 80", "(x) > 90", True),
        ("80 < x", "x > 90", True),
        ("x > 80", "x < 90", False),
        ("x > 80", "y > 90", False),
        ("sum(x > 1) > 80", "sum(x > 2) > 80", False),
    ],
)
def test_without_threshold(one: str, other: str, same: bool) -> None:
    forms = form_without_threshold(parse(one)), form_without_threshold(parse(other))
    assert None not in forms
    assert (forms[0] == forms[1]) is same


@pytest.mark.parametrize("text", ["x == 1", "x > bool 1", "x > y", "1 > bool 2", "x", "x > 1 and y > 2"])
def test_what_has_no_threshold(text: str) -> None:
    assert form_without_threshold(parse(text)) is None


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [
        ('up{job="a"} == 0', "up == 0", True),
        ("up == 0", 'up{job="a"} == 0', False),
        ('up{job="a"} == 0', 'up{job=~"a|b"} == 0', True),
        ('up{job="a"} == 0', 'up{job=~"b|c"} == 0', False),
        ('up{job="a"} == 0', 'up{job!="b"} == 0', True),
        ('up{job="a"} == 0', 'up{job!~"a.*"} == 0', False),
        ('up{job=~"a"} == 0', 'up{job=~"a"} == 0', True),
        ('up{job=~"a.*"} == 0', 'up{job=~"a|b"} == 0', False),
        ('x{a="1"} / y', 'x / y{a="1"}', False),
        ('x{a="1"} / y{a="1"}', 'x / y{a="1"}', True),
    ],
)
def test_selects_within(inner: str, outer: str, within: bool) -> None:
    one, other = parse(inner), parse(outer)
    assert form_without_matchers(one) == form_without_matchers(other)
    assert selects_within(one, other) is within


def test_metric_names_count_without_matchers() -> None:
    assert form_without_matchers(parse("x > 1")) != form_without_matchers(parse("y > 1"))


def test_long_chains_take_no_time() -> None:
    assert normal_form(parse(" + ".join(["x"] * 20_000))) is not None
