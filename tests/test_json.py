"""JSON: positions that are found on demand, and no text that makes the parser raise, crash or dawdle."""

from __future__ import annotations

import itertools
import json as stdlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from obslint.findings import KeyPath, Span
from obslint.parse import json
from obslint.parse.json import JsonDocument

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
SPACE = st.text(st.sampled_from(" \t\r\n"), max_size=3)
TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\/\n\t\x85\u2028\u2029😀é#\x00'), max_size=12
)
DATA = st.recursive(
    TEXT | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)


def cut(document: JsonDocument, span: Span) -> str:
    return document.text.text[span.start : span.end]


def nodes(data: object) -> Iterator[tuple[KeyPath, object]]:
    """Every value with its path, iteratively."""
    stack: list[tuple[KeyPath, object]] = [((), data)]
    while stack:
        at, value = stack.pop()
        yield at, value
        if isinstance(value, dict):
            stack.extend(((*at, key), child) for key, child in value.items())
        elif isinstance(value, list):
            stack.extend(((*at, index), child) for index, child in enumerate(value))


def check_places(document: JsonDocument) -> None:
    """Each value and key slices back to itself, and each character of a string to its own text."""
    for at, value in nodes(document.data):
        assert stdlib.loads(cut(document, document.span(at))) == value, at
        if at and isinstance(at[-1], str):
            assert stdlib.loads(cut(document, document.span(at, key=True))) == at[-1]
        if isinstance(value, str):
            spans = [document.inner_span(at, index, index + 1) for index in range(len(value))]
            assert [stdlib.loads(f'"{cut(document, span)}"') for span in spans] == list(value)
            assert all(a.end == b.start for a, b in itertools.pairwise(spans))
            whole = document.inner_span(at, 0, len(value))
            assert f'"{cut(document, whole)}"' == cut(document, document.span(at))


@st.composite
def written(draw: st.DrawFn) -> tuple[str, object]:
    """Data and one of the many ways to write it."""
    data = draw(DATA)
    text = stdlib.dumps(data, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 0, 2, "\t"])))
    if draw(st.booleans()):
        text = re.sub(r'("(?:[^"\\]|\\.)*")|([\[\]{}:,])', lambda m: m[1] or f" {m[2]}\r\n", text)
    if draw(st.booleans()):
        text = re.sub(r"(?<!\\)((?:\\\\)*)/", r"\1\\/", text).replace("é", "\\u00e9")
    return draw(SPACE) + text + draw(SPACE), data


@settings(max_examples=300, deadline=None)
@given(written())
@example(('"\\ud83d\\ude00\\ud83dx"', "😀\ud83dx"))
@example(('{"": {"": [""]}}', {"": {"": [""]}}))
def test_every_generated_value_key_and_character_is_found_where_it_was_written(case: tuple[str, object]) -> None:
    text, data = case
    document = json.load("x.json", text)
    assert document.problems == ()
    assert document.data == data
    check_places(document)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('[]{}:,"\\/ \n0123.eE+-truefalsnN\x00\ud800é'), max_size=40) | st.text(max_size=40))
@example("\ufeff{}")
@example("")
@example('{"a":1}x')
@example("[NaN, Infinity]")
@example('"\ud800"')
@example('"\\u12"')
def test_any_text_is_what_the_standard_library_says_or_a_problem(text: str) -> None:
    document = json.load("x.json", text)
    try:
        expected = stdlib.loads(text)
    except ValueError:
        (problem,) = document.problems
        assert 0 <= problem.span.start <= len(text)
        assert document.span(("a", 0)) == problem.span
        return
    if re.search(r"NaN|Infinity", text):
        assert document.problems or document.data == expected
        return
    assert (document.data, document.problems) == (expected, ())


@pytest.mark.parametrize(
    ("text", "at", "source"),
    [
        pytest.param('{"a": 1, "a": 2}', ("a",), "2", id="the last duplicate, which loaders take"),
        pytest.param('{"a": [1, {"b": 2}]}', ("a", 1, "c"), '{"b": 2}', id="the deepest part of a path that exists"),
        pytest.param('{"a": [1]}', ("a", 1), "[1]", id="past the end of a list"),
        pytest.param('{"a": [1]}', ("a", -1), "[1]", id="no list from behind"),
        pytest.param('{"a": 1}', ("a", "b", 0), "1", id="below a scalar"),
        pytest.param(' {"0": 1} ', (0,), '{"0": 1}', id="an index is no key"),
        pytest.param("[1, 2]", ("0",), "[1, 2]", id="a key is no index"),
        pytest.param('{"a" : "x,]}\\"" , "b":3}', ("b",), "3", id="behind brackets in a string"),
    ],
)
def test_span_of(text: str, at: KeyPath, source: str) -> None:
    document = json.load("x.json", text)
    assert cut(document, document.span(at)) == source


def test_character_of_a_string_that_holds_line_ends_of_yaml() -> None:
    document = json.load("x.json", '{"expr": "a\u2028 \x85b\\u0063"}')
    assert cut(document, document.inner_span(("expr",), 4, 6)) == "b\\u0063"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[" * 50_000, "nested too deeply", id="50,000 brackets"),
        pytest.param('{"a":' * 50_000, "nested too deeply", id="50,000 braces"),
        pytest.param('[{"a":' * 50_000 + "1" + "}]" * 50_000, "nested too deeply", id="50,000 closed pairs"),
        pytest.param('{"a": ' + "9" * 5000 + "}", "too many digits", id="a number of 5,000 digits"),
        pytest.param('{"a": "' + "x" * 1_000_000, "Unterminated", id="an unclosed string of a megabyte"),
        pytest.param("[" + "1," * 500_000, "", id="a list of a megabyte without its end"),
        pytest.param('{"a": NaN}', "NaN is not JSON", id="NaN"),
        pytest.param("// a\n{}", "Expecting value", id="a comment"),
    ],
)
def test_hostile_text_is_a_problem_and_takes_no_time(text: str, words: str) -> None:
    start = time.process_time()
    (problem,) = json.load("x.json", text).problems
    assert time.process_time() - start < 5
    assert words in problem.message


def test_ten_thousand_places_in_a_long_string_take_no_time() -> None:
    document = json.load("x.json", '{"a": "' + "\\n$X" * 250_000 + '"}')
    start = time.process_time()
    for index in range(0, 30_000, 3):
        assert cut(document, document.inner_span(("a",), index + 1, index + 3)) == "$X"
    assert time.process_time() - start < 5


def test_nesting_that_could_be_read_can_be_located_from_a_deeper_stack() -> None:
    # The standard library stops by the interpreter's stack, so what can be read depends on who calls.
    code = """
from obslint.parse import json
document = next(d for n in range(2000, 0, -1) if not (d := json.load("x", "[" * n + "]" * n)).problems)
def below(n):
    return document.span((0,) * 5000) if n == 0 else below(n - 1)
print(below(200).end > 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of public repositories beside the checkout")
def test_every_string_of_the_corpus_maps_back() -> None:
    total = 0
    for path in sorted(CORPUS.rglob("*.json")):
        document = json.load(path.name, path.read_bytes().decode("utf-8-sig", "replace"))
        for at, value in nodes(document.data):
            if not isinstance(value, str):
                continue
            total += 1
            source = cut(document, document.span(at))
            assert source[:1] == '"', (path, at)
            if total % 7 == 0 and value:
                assert stdlib.loads(source) == value, (path, at)
                middle = len(value) // 2
                one = cut(document, document.inner_span(at, middle, middle + 1))
                assert stdlib.loads(f'"{one}"') == value[middle], (path, at)
    assert total > 10_000


@pytest.mark.parametrize(
    ("source", "offset"),
    [("[1,]", 2), ('{"a":1,}', 6), ('{"a": [1 ,\n ] }', 9), ('{"a":1 ,\n}', 7), ("[,]", 1), ("{,}", 1)],
)
def test_a_comma_too_many_is_told_alike_by_every_python(source: str, offset: int) -> None:
    (problem,) = json.load("d.json", source).problems
    assert (problem.message, problem.span.start) == ("a comma with nothing behind it", offset)
