"""What the rules on PromQL call proven is asked of a real Prometheus, with series for which it should not be so."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from obslint import engine, testing
from obslint.graph import nodes
from obslint.lang import promql
from prometheus_server import Series, ask, serving

PAGES = Path(__file__).parent / "rules"


def _each(name: str, value: float = 1, /, **labels: Sequence[str]) -> Iterator[Series]:
    """A series for each combination of values, of two jobs with two instances unless said otherwise."""
    labels = {"job": ("api", "web"), "instance": ("a:80", "b:80"), **labels}
    for values in itertools.product(*labels.values()):
        yield name, dict(zip(labels, values, strict=True)), value


_BOUNDS = ("0.1", "1", "10", "+Inf")
_SERIES = [
    *_each("cache_requests_total", 100, result=("hit", "miss")),
    *_each("http_requests_total", 100, code=("200", "404", "500"), status=("200", "500")),
    *_each("fs_bytes", 100, kind=("free", "unused", "used")),
    *_each("hits_total", 100, result=("hit", "miss"), hit=("yes", "no")),
    *_each("pg_stat_activity_count", 100, state=("idle", "active"), server=("one",)),
    *_each("pg_settings_max_connections", 100, server=("one",)),
    *_each("pg_up", 1, server=("one",)),
    *_each("pg_stat_database_xact_commit", 100, server=("one",)),
    *_each("up", 1),
    *_each("probe_success", 0, job=("blackbox",)),
    *_each("a_total", 100),
    *_each("b_total", 100),
    *_each("a_bucket", 100, le=_BOUNDS),
    *_each("job:a_bucket:rate5m", 100, instance=("",)),
    *_each("http_request_duration_seconds_bucket", 100, le=_BOUNDS),
    *_each("node_load1", 2),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("prometheus"), _SERIES) as address:
        yield address


def _proven(code: str, directory: Path) -> Iterator[str]:
    """The expressions of rules that a page says to be wrong for certain."""
    for number, case in enumerate(testing.load(PAGES / f"{code}.md").cases):
        for file in case.files:
            path = directory / str(number) / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8")
        options = engine.Options([directory / str(number)], select=[code])
        errors = [item.message for item in engine.check(options).active if item.severity.value == "error"]
        for expression in engine.link(engine.load(options), options).all(nodes.Expression):
            if expression.rule is not None and any(message.startswith(expression.what) for message in errors):
                yield expression.text


def _values(server: str, expr: str) -> list[float]:
    answer = ask(server, expr)
    assert answer is not None, expr
    return [float(value) for _, value in answer]


def test_a_ratio_of_a_metric_to_itself_is_constant(server: str, tmp_path: Path) -> None:
    found = list(_proven("PQL004", tmp_path))
    assert len(found) > 3
    for expr in found:
        ratio = next(part for part in _binaries(expr) if part.op == "/")
        assert len(set(_values(server, expr[ratio.start : ratio.end]))) == 1, expr


def test_sides_that_never_match_yield_nothing(server: str, tmp_path: Path) -> None:
    found = list(_proven("PQL005", tmp_path))
    assert len(found) > 4
    for expr in found:
        node = next(_binaries(expr))
        left, right = (_values(server, expr[side.start : side.end]) for side in (node.lhs, node.rhs))
        assert left and right, expr
        assert _values(server, expr[node.start : node.end]) == (left if node.op == "unless" else []), expr


def test_quantiles_of_nothing_and_beyond_one(server: str, tmp_path: Path) -> None:
    found = list(_proven("PQL007", tmp_path))
    assert len(found) > 6
    for expr in found:
        call = next(part for part in promql.walk(promql.parse(expr)) if _is_quantile(part))
        inner = promql.children(call)[1]
        if inner.type is promql.ValueType.VECTOR:
            assert _values(server, expr[inner.start : inner.end]), expr
        values = _values(server, expr[call.start : call.end])
        assert all(map(math.isinf, values)), expr
        beyond = not 0 <= _number(promql.children(call)[0]) <= 1
        assert bool(values) == beyond, expr


def _binaries(expr: str) -> Iterator[promql.Binary]:
    """The operations between two vectors, the outermost first."""
    for node in promql.walk(promql.parse(expr)):
        if isinstance(node, promql.Binary) and promql.ValueType.SCALAR not in (node.lhs.type, node.rhs.type):
            yield node


def _is_quantile(node: promql.Expr) -> bool:
    if isinstance(node, promql.Aggregation):
        return node.op == "quantile"
    return isinstance(node, promql.Call) and node.function in ("histogram_quantile", "quantile_over_time")


def _number(node: promql.Expr) -> float:
    assert isinstance(node, promql.NumberLiteral)
    return node.value
