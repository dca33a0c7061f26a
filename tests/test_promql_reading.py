"""What an expression says of itself: its thresholds, raw counters, how far back it looks, and what it needs."""

from __future__ import annotations

import time

import pytest

from obslint.lang import promql

DAY = 86_400_000


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a > 3", [("a", ">", 3)]),
        ("3 < a", [("a", ">", 3)]),
        ("3 * 2 >= (a)", [("(a)", "<=", 6)]),
        ("rate(a[5m]) / b > 0.1 and c == 1", [("rate(a[5m]) / b", ">", 0.1), ("c", "==", 1)]),
        ("sum(a > 1) > 2", [("sum(a > 1)", ">", 2), ("a", ">", 1)]),
        ("a > 1 unless b > 2", [("a", ">", 1)]),
        ("absent(a > 1) or vector(scalar(b > 1)) > 2", [("vector(scalar(b > 1))", ">", 2)]),
        ("a > bool 1", []),
        ("a > b", []),
        ("a > scalar(b)", []),
        ("1 > bool 2", []),
    ],
)
def test_thresholds(text: str, found: list[tuple[str, str, float]]) -> None:
    read = [(text[one.value.start : one.value.end], one.op, one.limit) for one in promql.thresholds(promql.parse(text))]
    assert read == found


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("c", True),
        ("sum by (x) (c)", True),
        ("max_over_time(c[5m])", True),
        ("max_over_time(sum(c)[5m:])", True),
        ("c * 2", True),
        ("2 * c / 3", True),
        ("c + d", True),
        ("sum(c) or vector(0)", True),
        ("c > 3", True),
        ("3 < c", True),
        ("c and g", True),
        ("label_replace(c, 'a', 'b', 'c', 'd')", True),
        ("g", False),
        ("rate(c[5m])", False),
        ("changes(c[5m])", False),
        ("count(c)", False),
        ("c - d", False),
        ("c - c offset 5m", False),
        ("-c", False),
        ("c / d", False),
        ("c + g", False),
        ("c > bool 3", False),
        ("g > c", False),
        ("timestamp(c)", False),
        ("absent(c)", False),
    ],
)
def test_raw_counters(text: str, raw: bool) -> None:
    tree = promql.parse(text)
    found = promql.raw_counters(tree, lambda selector: selector.metric_name in ("c", "d"))
    assert (id(tree) in found) is raw


def test_rated() -> None:
    tree = promql.parse(
        "rate(a[5m]) / sum(increase(b[1h])) + deriv(c[5m]) + rate(sum(d)[5m:]) + rate({__name__='e'}[5m])"
    )
    assert promql.rated(tree) == {"a", "b", "e"}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("a", []),
        ("a[5d]", [(5, 0, "5d")]),
        ("a offset 2d", [(2, 2, "2d")]),
        ("rate(a[5d] offset 2d)", [(7, 2, "5d")]),
        ("a offset -2d", [(-2, -2, "-2d")]),
        ("max_over_time(rate(a[1d])[3d:1h] offset 4d)", [(8, 4, "4d")]),
        ("max_over_time((rate(a[1d]) + b)[3d:1h])", [(4, 0, "3d"), (3, 0, "3d")]),
        ("rate(a[5d] @ 1700000000) + rate(b[5d])", [(5, 0, "5d")]),
        ("max_over_time(rate(a[5d])[1d:1h] @ end())", []),
        ("rate(a[step()])", []),
        ("rate(a[9d]) + b", []),
    ],
)
def test_reach(text: str, days: list[tuple[int, int, str]]) -> None:
    reaches = promql.reaches(promql.parse(text), lambda duration: "9" not in text[duration.start : duration.end])
    assert [
        (one.farthest // DAY, one.nearest // DAY, text[one.longest.start : one.longest.end]) for one in reaches
    ] == days


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("sum(rate(a[5m])) > 1", []),
        ("holt_winters(a[5m], 0.1, 0.1)", [("`holt_winters`", None, "3.0", None)]),
        ("sgn(a)", [("`sgn`", "2.26", None, None)]),
        ("mad_over_time(a[5m])", [("`mad_over_time`", "2.49", None, "promql-experimental-functions")]),
        ("limitk(3, a)", [("`limitk`", "2.54", None, "promql-experimental-functions")]),
        ("a @ 1", [("the modifier `@`", "2.25", None, "promql-at-modifier")]),
        ("a offset -5m", [("a negative offset", "2.26", None, "promql-negative-offset")]),
        ("a[5m * 2]", [("arithmetic in a duration", "3.4", None, "promql-duration-expr")]),
        ("rate(a[5m] smoothed)", [("the modifier `smoothed`", "3.7", None, "promql-extended-range-selectors")]),
        ("a + fill(0) b", [("the modifier `fill`", "3.10", None, "promql-binop-fill-modifiers")]),
        ("a[1h30m] offset 5m", []),
    ],
)
def test_needs(text: str, needed: list[tuple[str, str | None, str | None, str | None]]) -> None:
    found = [(one.what, one.since, one.until, one.feature) for one in promql.needs(promql.parse(text), text)]
    assert found == needed


@pytest.mark.parametrize("text", ["a" + " > 1" * 3000, "a" + " / b" * 3000, "a" + " or a offset 1d" * 3000])
def test_long_chains_take_linear_time(text: str) -> None:
    tree = promql.parse(text)
    before = time.perf_counter()
    assert len(list(promql.thresholds(tree))) in (0, 3000)
    promql.raw_counters(tree, lambda selector: True)
    list(promql.reaches(tree, lambda duration: True))
    list(promql.needs(tree, text))
    assert time.perf_counter() - before < 5
