"""Shares and percentages, and the bounds of values, told from the expression alone."""

from __future__ import annotations

import math

import pytest

from obslint.lang import promql
from obslint.lang.promql.arithmetic import COMPARISONS
from obslint.lang.promql.bounds import Bounds, bounds, verdict
from obslint.lang.promql.scales import Scale, scales


@pytest.mark.parametrize(
    ("expr", "scale"),
    [
        ('sum(rate(r_total{code="500"}[5m])) / sum(rate(r_total[5m]))', Scale.RATIO),
        ('sum by (a) (rate(r_total{code="500"}[5m])) / sum by (a) (rate(r_total[5m])) > 0.1', Scale.RATIO),
        ('sum(rate(r_total{code="500"}[5m])) / sum(rate(r_total[5m])) * 100', Scale.PERCENT),
        ('100 * (sum(r_total{code="500"}) / sum(r_total))', Scale.PERCENT),
        ("hits / (hits + misses)", Scale.RATIO),
        ("rate(hits[5m]) / (rate(misses[5m]) + rate(hits[5m]))", Scale.RATIO),
        ("(m_total_bytes - m_free_bytes) / m_total_bytes", Scale.RATIO),
        ("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", Scale.RATIO),
        ("100 - node_filesystem_avail_bytes / node_filesystem_size_bytes * 100 > 90", Scale.PERCENT),
        ("avg by (instance) (rate(node_cpu_seconds_total[5m]))", Scale.RATIO),
        ("disk_used_percent", Scale.PERCENT),
        ("disk_used_percent / 100", Scale.RATIO),
        ("some_ratio", Scale.RATIO),
        ("process_open_fds / process_max_fds", Scale.RATIO),
    ],
)
def test_what_is_a_share(expr: str, scale: Scale) -> None:
    tree = promql.parse(expr)
    assert scales(tree).get(id(tree)) is scale


@pytest.mark.parametrize(
    "expr",
    [
        "rate(errors_total[5m]) / rate(requests_total[5m])",
        "m / n",
        "sum by (cpu) (rate(node_cpu_seconds_total[5m]))",
        "sent_bytes / received_bytes",
        'sum(rate(r_total{code="500"}[5m])) / sum(rate(r_total{job="x"}[5m]))',
        'sum(rate(r_total{code="500"}[5m])) / avg(rate(r_total[5m]))',
        'rate(r_total{code="500"}[1h]) / rate(r_total[5m])',
        "(m_total - m_total offset 1d) / m_total offset 1d",
        "some_ratio * 2",
        "1 - disk_used_percent",
        "some_ratio > bool 0.5",
    ],
)
def test_what_is_none(expr: str) -> None:
    tree = promql.parse(expr)
    assert id(tree) not in scales(tree)


def test_a_name_alone_can_be_left_out() -> None:
    tree = promql.parse("some_ratio")
    assert not scales(tree, named=False)


@pytest.mark.parametrize(
    ("expr", "low", "high"),
    [
        ("m", -math.inf, math.inf),
        ("-1", -1, -1),
        ("rate(m[5m])", -math.inf, math.inf),
        ("rate(m_total[5m])", 0, math.inf),
        ("-rate(m_total[5m])", -math.inf, 0),
        ("rate(m_total[5m]) + 1", 1, math.inf),
        ("increase((-m_total)[5m:1m])", -math.inf, math.inf),
        ("count(m)", 1, math.inf),
        ("sum(count_over_time(m[5m]))", 1, math.inf),
        ("sum(m > bool 1)", 0, math.inf),
        ("avg(m > bool 1) * 100", 0, 100),
        ("absent(m)", 1, 1),
        ("up", 0, 1),
        ("up * 100", 0, 100),
        ("1 - up", 0, 1),
        ("up == 0", 0, 0),
        ("3 < m", 3, math.inf),
        ("up or vector(5)", 0, 5),
        ("up / 0", 0, math.inf),
        ("rate(m_total[5m]) / rate(n_total[5m])", 0, math.inf),
        ("clamp_max(rate(m_total[5m]), 7)", 0, 7),
        ("hour() + 2", 2, 25),
        ("scalar(up)", -math.inf, math.inf),
    ],
)
def test_bounds(expr: str, low: float, high: float) -> None:
    tree = promql.parse(expr)

    def of_series(selector: promql.VectorSelector) -> Bounds | None:
        counted = selector.metric_name in ("m_total", "n_total")
        return Bounds(0, 1) if selector.metric_name == "up" else Bounds(0, math.inf) if counted else None

    assert bounds(tree, of_series)[id(tree)] == (low, high)


@pytest.mark.parametrize("op", [">", ">=", "<", "<=", "==", "!="])
def test_a_verdict_is_that_of_every_value(op: str) -> None:
    compare = COMPARISONS[op]
    for low in range(4):
        for high in range(low, 4):
            for limit in range(-1, 5):
                halves = [step / 2 for step in range(2 * low, 2 * high + 1)]
                holds = {compare(value, limit) for value in halves}
                expected = holds.pop() if len(holds) == 1 else None
                assert verdict(op, Bounds(low, high), limit) is expected, (op, low, high, limit)
