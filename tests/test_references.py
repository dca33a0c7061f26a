"""Variables that a component replaces in its own configuration."""

from __future__ import annotations

import time

import pytest

from obslint.lang.interpolation import HOLE
from obslint.lang.references import Grammar, expand

VALUES = {"HOST": "tempo", "PORT": "4317", "EMPTY": "", "a.b": "dotted"}


@pytest.mark.parametrize(
    ("grammar", "text", "expected", "defaulted"),
    [
        ("otel", "tempo:4317", "tempo:4317", False),
        ("otel", "${HOST}:${env:PORT}", "tempo:4317", False),
        ("otel", "${env:NONE:-jaeger}:${env:PORT:-1}", "jaeger:4317", True),
        ("otel", "${env:NONE}:4317", f"{HOLE}:4317", False),
        ("otel", "${HOST:-jaeger}", HOLE, False),
        ("otel", "${file:/secret}", HOLE, False),
        ("otel", "$HOST:1", f"{HOLE}HOST:1", False),
        ("otel", "$$1 ${env:HOST} $${HOST}", "$1 tempo ${HOST}", False),
        ("otel", "${env:${HOST}}", f"{HOLE}env:tempo}}", False),
        ("otel", "${env:EMPTY:-a}", "", False),
        ("elastic", "${HOST:es:9200}", "tempo", False),
        ("elastic", "${NONE:es:9200}", "es:9200", True),
        ("elastic", "http://${NONE}", f"http://{HOLE}", False),
        ("elastic", "${NONE:?required}", HOLE, False),
        ("elastic", "${NONE:}", "", True),
        ("elastic", "${a.b}", "dotted", False),
        ("elastic", "$HOST costs $$5", "$HOST costs $$5", False),
        ("elastic", "${HOST", f"{HOLE}HOST", False),
        ("elastic", "a$", "a$", False),
    ],
)
def test_references(grammar: Grammar, text: str, expected: str, defaulted: bool) -> None:
    found = expand(text, VALUES, grammar)
    assert (found.text, found.defaulted) == (expected, defaulted)
    assert found.known == (None if HOLE in expected else expected)


@pytest.mark.parametrize("text", ["${" * 200_000, "$" * 400_000, "${env:A:-" * 50_000, "${" + "a" * 400_000])
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.perf_counter()
    for grammar in ("otel", "elastic"):
        expand(text, VALUES, grammar)
    assert time.perf_counter() - start < 5
