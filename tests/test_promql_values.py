"""What is told of values and of where series come from, without data."""

from __future__ import annotations

import pytest

from obslint.lang import promql
from obslint.lang.promql import lineage, zeros


@pytest.mark.parametrize(
    "text",
    ["2", "(60 * 60)", "vector(-1)", "x > 0", "0 < x", "x != 0", "x < 0", "x <= -1", "x == 3", "-(x > 0)", "exp(x)",
     "clamp_min(x, 1)", "clamp_max(x, -1)", "clamp(x, 1, 10)", "count(x)", "count_over_time(x[5m])", "1 + rate(x[5m])",
     "(x > 0) * (y < 0)", "sum by (a) (x > 0)", "max(x >= 1)", "x > 0 and y", "(x > 0) or vector(1)", "time() - 0",
     "label_replace(x != 0, \"a\", \"b\", \"\", \"\")"],
)  # fmt: skip
def test_never_zero(text: str) -> None:
    assert zeros.values(promql.parse(text)).never_zero


@pytest.mark.parametrize(
    "text",
    ["0", "x", "x >= 0", "x > -1", "x > y", "x > bool 0", "rate(x[5m])", "clamp_max(x, 1)", "clamp(x, -1, 1)",
     "clamp_min(x, scalar(y))", "floor(x > 0)", "round(x > 0)", "sum(x != 0)", "avg_over_time((x != 0)[5m:])",
     "x + 1", "rate(x[5m]) - 1", "(x > 0) - (y > 0)", "(x > 0) or y", "absent(x) - 1", "scalar(x)", "x == y",
     "time() - x", "ceil(x < 0)"],
)  # fmt: skip
def test_maybe_zero(text: str) -> None:
    assert not zeros.values(promql.parse(text)).never_zero


def test_what_is_known_of_a_selector_is_used() -> None:
    tree = promql.parse("sum(a) + b")
    assert zeros.values(tree, lambda selector: zeros.Values(low=1)).low == 1


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("a", ["a"]),
        ("rate(a[5m]) > 0 and b unless c", ["a"]),
        ("a or b", ["a", "b"]),
        ("a + b", ["a", "b"]),
        ("a * on (x) group_left () b", ["a"]),
        ("a * on (x) group_right () b", ["b"]),
        ("topk(3, a) - scalar(b)", ["a"]),
        ("max_over_time(sum by (x) (a)[1h:])", ["sum by (x) (a)"]),
        ("absent(a) or 1 < b", ["b"]),
        ("vector(1)", []),
    ],
)
def test_sources(text: str, sources: list[str]) -> None:
    found = lineage.sources(promql.parse(text))
    assert sorted(text[node.start : node.end] for node in found) == sources
