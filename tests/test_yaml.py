"""YAML: every value has its exact place, and no text makes the parser raise, crash or dawdle."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from obslint.findings import KeyPath, Span
from obslint.parse import Cursor, yaml
from obslint.parse.document import Text
from obslint.parse.yaml import MAX_DEPTH, YamlDocument, comments

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
PLAIN = re.compile(r"(?=.*[g-zé😀])[^\W\d_](?:[\w./é😀#'\"-]|:(?=\w)|[ \n](?=[^\s#:]))*(?<![\s:])")
"""What the writer dares to write without quotes, also inside brackets."""
BREAKS = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")


def load(text: str) -> YamlDocument:
    """The one document of a text without problems."""
    (document,) = yaml.load("x.yaml", text)
    assert document.problems == ()
    return document


def cut(document: YamlDocument, span: Span) -> str:
    return document.text.text[span.start : span.end]


def strings(data: object) -> Iterator[tuple[KeyPath, str]]:
    """Every string of the data with its path, iteratively."""
    stack: list[tuple[KeyPath, object]] = [((), data)]
    while stack:
        at, value = stack.pop()
        if isinstance(value, str):
            yield at, value
        elif isinstance(value, dict):
            stack.extend(((*at, key), child) for key, child in value.items())
        elif isinstance(value, list):
            stack.extend(((*at, index), child) for index, child in enumerate(value))


# --- generated documents: the writer knows where it put every character -----------------------------------------------


@dataclass
class Writer:
    """Writes YAML and keeps the place of what it wrote."""

    newline: str
    draw: DrawFn
    out: list[str] = field(default_factory=list)
    size: int = 0
    keys: dict[KeyPath, Span] = field(default_factory=dict)
    values: dict[KeyPath, Span] = field(default_factory=dict)
    characters: dict[KeyPath, list[Span]] = field(default_factory=dict)
    anchors: int = 0

    def put(self, text: str) -> Span:
        text = text.replace("\n", self.newline)
        self.out.append(text)
        self.size += len(text)
        return Span(self.size - len(text), self.size)

    def chance(self, of: int = 3) -> bool:
        return self.draw(st.integers(0, of)) == of

    def comment(self) -> None:
        if self.chance(5):
            self.put(self.draw(st.sampled_from([" # note", "  # é 😀 'x", " #: {[", " # a: b\n#c", "\n", "\n# &x *y"])))

    def properties(self) -> None:
        if self.chance(6):
            self.anchors += 1
            self.put(f"&a{self.anchors} ")
        if self.chance(8):
            self.put("!!str ")

    def text(self, at: KeyPath, value: str, indent: int, flow: bool) -> None:
        """One string in any style that can hold it."""
        styles = ["double"]
        if PLAIN.fullmatch(value):
            styles.append("plain")
        simple = not set(value) & set("\x85\u2028\x07")
        if simple and not re.search(r"\t| \n|\n |\A\n|\n\Z", value):
            styles.append("single")
        if simple and not flow and value.strip(" \n"):
            styles.append("literal")
            if not re.search(r"^[ \t]|[ \t]$", value, re.MULTILINE) and not value.startswith("\n"):
                styles.append("folded")
        style = self.draw(st.sampled_from(styles))
        self.properties()
        start = self.size
        places: list[Span] = []
        if style in ("literal", "folded"):
            self._block(style, value, places, indent)
            end = start + len("".join(self.out)[start:].rstrip())
        else:
            self._flow(style, value, places, indent)
            end = self.size
        self.values[at] = Span(start, end)
        self.characters[at] = places

    def _flow(self, style: str, value: str, places: list[Span], indent: int) -> None:
        quote = {"plain": "", "single": "'", "double": '"'}[style]
        pad = " " * max(1, indent + 1)
        self.put(quote)
        index = 0
        while index < len(value):
            char = value[index]
            before, after = value[index - 1 : index] or " ", value[index + 1 : index + 2] or " "
            if char == " " and before not in " \n\t" and after not in " \n\t" and self.chance():
                places.append(Span(self.put("\n").start, self.size))
                self.put(pad)
            elif char == "\n" and (style != "double" or (before not in " \t\n" and self.chance())):
                run = len(value[index:]) - len(value[index:].lstrip("\n"))
                after = value[index + run : index + run + 1]
                if style == "double" and after in (" ", "\t", ""):
                    places.append(self.put("\\n"))
                    index += 1
                    continue
                self.put("\n")
                for _ in range(run):
                    self.put(" " * self.draw(st.integers(0, 2)) if style != "plain" else "")
                    places.append(self.put("\n"))
                self.put(pad)
                index += run - 1
            elif style == "single" and char == "'":
                places.append(self.put("''"))
            elif style == "double":
                if index and char not in " \t\n" and before not in " \t" and self.chance(9):
                    self.put("\\\n" + pad)
                places.append(self.put(self._escaped(char)))
            else:
                places.append(self.put(char))
            index += 1
        self.put(quote)

    def _escaped(self, char: str) -> str:
        named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\x85": "\\N", "\u2028": "\\L", "\x07": "\\a"}
        if char in named:
            return named[char]
        if self.chance(9):
            code = ord(char)
            return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
        return char

    def _block(self, style: str, value: str, places: list[Span], indent: int) -> None:
        body = value.rstrip("\n")
        feeds = len(value) - len(body)
        explicit = value.lstrip("\n").startswith((" ", "\t")) or self.chance(5)
        step = self.draw(st.integers(1, 3))
        header = (
            {"literal": "|", "folded": ">"}[style] + (str(step) if explicit else "") + "-+"[feeds > 1] * (feeds != 1)
        )
        self.put(header + self.draw(st.sampled_from(["", "", " # |"])) + "\n")
        pad = " " * (indent + step)
        previous = "\n"
        for index, char in enumerate(body):
            if previous == "\n" and char != "\n":
                self.put(pad)
            after = body[index + 1 : index + 2] or " "
            if style == "folded" and char == " " and previous not in " \n" and after != " " and self.chance():
                places.append(self.put("\n"))
                self.put(pad)
            elif style == "folded" and char == "\n" and previous != "\n":
                self.put("\n")
                places.append(self.put("\n"))
            else:
                places.append(self.put(char))
            previous = char
        places.extend(self.put("\n") for _ in range(feeds))
        if not feeds:
            self.put("\n")

    def node(self, at: KeyPath, value: object, indent: int, flow: bool) -> None:
        """A value behind a key or a dash; `indent` is that of its parent."""
        if isinstance(value, str):
            self.text(at, value, indent, flow)
        elif value is None or isinstance(value, (bool, int)):
            self.values[at] = self.put("null" if value is None else str(value))
        else:
            if at and self.chance(5):
                self.anchors += 1
                self.put(f"&a{self.anchors} " + ("# é\n" + " " * (indent + 1)) * (not flow and self.chance()))
            if flow or not value or self.chance():
                self._flow_collection(at, value, indent)
            else:
                self._block_collection(at, value, indent)

    def _flow_collection(self, at: KeyPath, value: object, indent: int) -> None:
        assert isinstance(value, (dict, list))
        start = self.put("{" if isinstance(value, dict) else "[").start
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            if self.chance():
                self.put("\n" + " " * (indent + 1))
            if isinstance(key, str):
                self._key((*at, key), key)
                self.put(": ")
            self.node((*at, key), child, indent, True)
            self.put(self.draw(st.sampled_from([",", " , ", ", "])))
        self.put("}" if isinstance(value, dict) else "]")
        self.values[at] = Span(start, self.size)

    def _block_collection(self, at: KeyPath, value: object, indent: int) -> None:
        assert isinstance(value, (dict, list))
        below = indent + self.draw(st.integers(1, 3))
        start = -1
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            if not (self.out[-1].endswith(("\n", "\r")) or not self.size):
                self.put("\n")
            self.put(" " * below)
            if isinstance(key, str):
                begin = self._key((*at, key), key)
                self.put(": ")
            else:
                begin = self.put("- ").start
            start = begin if start < 0 else start
            self.node((*at, key), child, below, False)
            if not self.out[-1].endswith(("\n", "\r")):
                self.comment()
        end = max(span.end for path, span in self.values.items() if path[: len(at)] == at and len(path) > len(at))
        self.values[at] = Span(start, end)

    def _key(self, at: KeyPath, key: str) -> int:
        plain = re.fullmatch(r"[a-z]+", key) is not None
        style = self.draw(st.sampled_from(["plain", "'", '"'] if plain else ['"'] if "'" in key else ["'", '"']))
        self.properties()
        self.keys[at] = self.put(key if style == "plain" else f"{style}{key}{style}")
        return self.keys[at].start


WORDS = st.text(st.sampled_from("abkxyz  \n\n'\"#:,[]{}&*!|>%@-é😀\t\\$\x85\u2028\x07"), max_size=14)
SENTENCES = st.lists(
    st.sampled_from(["sum", "by (job)", "> 0", "it's", "a: b", "#x", "😀", "\n", "up\n", "-"]), max_size=6
)
SCALARS = WORDS | SENTENCES.map(" ".join) | st.none() | st.booleans() | st.integers(0, 99_999)
KEYS = st.text(st.sampled_from("abcé😀 .-"), min_size=1, max_size=5).filter(lambda key: key != "<<")
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def written(draw: DrawFn) -> tuple[Writer, object]:
    data = draw(st.dictionaries(KEYS, DATA, min_size=1, max_size=3) | st.lists(DATA, min_size=1, max_size=3))
    writer = Writer(draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])), draw)
    writer.put(draw(st.sampled_from(["", "# é\n", "---\n", "\n\n", "%YAML 1.1\n---\n", "--- # x\n"])))
    writer.node((), data, -1, False)
    if not writer.out[-1].endswith(("\n", "\r")):
        writer.put(draw(st.sampled_from(["", "\n", "\n# end", "\n...\n", "\n\n\n"])))
    return writer, data


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(written())
def test_every_generated_value_key_and_character_is_found_where_it_was_written(case: tuple[Writer, object]) -> None:
    writer, data = case
    document = load("".join(writer.out))
    assert document.data == data
    for at, span in writer.values.items():
        assert document.span(at) == span, (at, cut(document, document.span(at)), cut(document, span))
    for at, span in writer.keys.items():
        assert document.span(at, key=True) == span, at
    for at, places in writer.characters.items():
        for index, span in enumerate(places):
            assert document.inner_span(at, index, index + 1) == span, (at, index, cut(document, span))
        if places:
            assert document.inner_span(at, 0, len(places)) == Span(places[0].start, places[-1].end)


@pytest.mark.parametrize(
    ("text", "at", "index", "source"),
    [
        pytest.param("a: |\n  x\x85  y\n", ("a",), 1, "\x85", id="NEL ends a line of a literal"),
        pytest.param("a: |\n  x\u2028  y\n", ("a",), 1, "\u2028", id="LS ends a line of a literal and is kept"),
        pytest.param("a: >\n  x\u2029  y\n", ("a",), 1, "\u2029", id="PS does not fold"),
        pytest.param("a: x\u2028 y\n", ("a",), 2, "y", id="LS in a plain scalar swallows indentation"),
        pytest.param('a: "x\x85 y"\n', ("a",), 1, "\x85", id="NEL folds to a space"),
        pytest.param('a: "x\\\r\n  \\\r\n  y"\r\n', ("a",), 1, "y", id="two escaped line ends are nothing"),
        pytest.param('a: "\\x41\\\n  b"\n', ("a",), 0, "\\x41", id="an escape before an escaped line end"),
        pytest.param('a: "x\\t\n  y"\n', ("a",), 1, "\\t", id="an escaped blank before a line end stays"),
        pytest.param("a: |2-\n\n    x\n", ("a",), 2, " ", id="indentation counted from the parent"),
        pytest.param("- - |1\n    x\n", (0, 0), 1, "x", id="parent behind two dashes"),
        pytest.param("a: |+\n\n\n", ("a",), 1, "\n", id="a literal of empty lines alone"),
        pytest.param("a: &x !!str |  # c\n  x\n", ("a",), 0, "x", id="anchor, tag and comment before a literal"),
        pytest.param("a: !!str\n  |\n  x\n", ("a",), 0, "x", id="a literal's header on its own line"),
        pytest.param("a: &x # &y\n  b c\n", ("a",), 2, "c", id="a comment between anchor and value"),
        pytest.param("\ufeffa: bc\n", ("a",), 1, "c", id="a byte order mark counts"),
        pytest.param("\ufeffé: 😀c\n", ("é",), 1, "c", id="code points, not bytes or UTF-16"),
        pytest.param('{"a": "\\/b"}', ("a",), 0, "\\/", id="an escaped slash"),
        pytest.param("a: >-\n   x\n   y\n\n    z\n   w\n", ("a",), 4, "\n", id="more indented lines do not fold"),
    ],
)
def test_character_of(text: str, at: KeyPath, index: int, source: str) -> None:
    document = load(text)
    assert cut(document, document.inner_span(at, index, index + 1)) == source


@pytest.mark.parametrize(
    ("text", "at", "source"),
    [
        pytest.param("a:\n  b: 1\n# comment\n\nc: 2\n", ("a",), "b: 1", id="a block ends before the comments after it"),
        pytest.param("- a: [1]\n  # c\n- b\n", (0,), "a: [1]", id="a block ends after its last bracket"),
        pytest.param("a: &x # c\n  b: 1\n", ("a",), "b: 1", id="no anchor, no comment behind it"),
        pytest.param("a: !reset [1, 2]\n", ("a",), "[1, 2]", id="no tag"),
        pytest.param("a: |\n  x\n\n\nb: 1\n", ("a",), "|\n  x", id="a literal without the empty lines after it"),
        pytest.param("a:\nb: 1\n", ("a",), "a", id="an empty value shows its key"),
        pytest.param("&k a: 1\n", ("a",), "1", id="a value behind an anchored key"),
        pytest.param("a: &x 1\nb: *x\n", ("b",), "*x", id="an alias stands where it is used"),
        pytest.param("a: &x {k: 1}\nb: *x\n", ("b", "k"), "1", id="below an alias, what the anchor holds"),
        pytest.param("a: &x {k: v}\nb:\n  <<: *x\n", ("b", "k"), "v", id="a merged key where it was written"),
        pytest.param("a: {b: 1}\n", ("a", "c", "d"), "{b: 1}", id="a path that leads nowhere gives the deepest part"),
        pytest.param("a: [1, 2]\n", ("a", -1), "[1, 2]", id="sequences are not read from behind"),
    ],
)
def test_span_of(text: str, at: KeyPath, source: str) -> None:
    document = load(text)
    assert cut(document, document.span(at)) == source


def test_key_span_leaves_out_the_anchor_of_the_key() -> None:
    document = load("&k !!str 'a b': 1\n")
    assert cut(document, document.span(("a b",), key=True)) == "'a b'"


def test_alias_of_a_number_reads_as_the_number_was_written() -> None:
    document = load("a: &port 3.10 # c\nb: *port\n")
    assert Cursor(document, document.data).get("b").text == "3.10"


# --- data -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"), ("No", "No"), ("on", "on"), ("OFF", "OFF"), ("-.5", -0.5),
        ("22:22", "22:22"), ("190:20:30.15", "190:20:30.15"), ("2024-01-02", "2024-01-02"),
        ("2001-12-14 21:59:43.10 -5", "2001-12-14 21:59:43.10 -5"), ("1_000", "1_000"), ("0b11", "0b11"),
        ("0o17", 15), ("017", 17), ("1e3", 1000.0), ("-1E-2", -0.01),
    ],
)  # fmt: skip
def test_data_differs_from_yaml_1_1(written: str, value: object) -> None:
    found = load(f"a: {written}\n").value(("a",))
    assert (found, type(found)) == (value, type(value))
    assert pyyaml.load(f"a: {written}\n", pyyaml.CSafeLoader)["a"] != value


@pytest.mark.parametrize(
    "written", ["=", "9" * 5000, "!!timestamp x", "!!int x", "!!float x", "!!binary é", "!unknown x"]
)
def test_what_pyyaml_refuses_stays_text(written: str) -> None:
    with pytest.raises((pyyaml.YAMLError, ValueError, AttributeError)):
        pyyaml.load(f"a: {written}\n", pyyaml.CSafeLoader)
    assert load(f"a: {written}\n").value(("a",)) == written.rpartition(" ")[2]


@pytest.mark.parametrize(
    "written",
    [
        "", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "FALSE", "tRUE", "0", "-1", "+12",
        "0x1F", "1.5", ".5", "1.", "1.5e+3", ".inf", "-.INF", "+.Inf", "'1'", '"true"', "!!str 1", "!!str",
        "!!null x", "[]",
        "{}", "1.2.3", "v1", "0x", ".", "1e", "a #b", "+", "--1", "0o8", '!!null "x"', "[1, a]", "{1: 2}",
        "!!str null", "1 2",
    ],
)  # fmt: skip
def test_data_equals_pyyaml(written: str) -> None:
    expected = pyyaml.load(f"a: {written}\n", pyyaml.CSafeLoader)["a"]
    if isinstance(expected, dict):
        expected = {str(key): value for key, value in expected.items()}
    found = load(f"a: {written}\n").value(("a",))
    assert (found, type(found)) == (expected, type(expected))


def test_nan_is_not_a_number() -> None:
    assert str(load("a: .NaN\n").value(("a",))) == "nan"


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n", {"k": 3, "l": 2}, id="the mapping's own key wins"),
        pytest.param("b: {<<: [{k: 1}, {k: 2, l: 3}]}\n", {"k": 1, "l": 3}, id="of a list, the first wins"),
        pytest.param("a: &x {k: 1}\nb: {k: 3, <<: *x}\n", {"k": 3}, id="order does not matter"),
        pytest.param("b: {<<: [1, [{k: 1}], {l: 2}]}\n", {"l": 2}, id="what is no mapping is passed over"),
        pytest.param("b: {'<<': {k: 1}}\n", {"<<": {"k": 1}}, id="a quoted key does not merge"),
        pytest.param("b: {<<: }\n", {"<<": None}, id="merging nothing"),
        pytest.param("a: &x {k: 1}\nc: &y {<<: *x, l: 2}\nb: {<<: *y}\n", {"l": 2, "k": 1}, id="a merge of a merge"),
    ],
)
def test_merge(text: str, data: object) -> None:
    assert load(text).value(("b",)) == data


@pytest.mark.parametrize(
    ("text", "key", "first", "second"),
    [
        pytest.param("a: 1\nb: 2\na: 3\n", "a", 0, 10, id="in a block mapping"),
        pytest.param("x: {'a': 1, \"a\": 2}\n", "a", 4, 12, id="in a flow mapping, differently quoted"),
        pytest.param("1: a\n'1': b\n", "1", 0, 5, id="as a number and as a string"),
        pytest.param("k: &k a\na: 1\n*k : 2\n", "a", 8, 13, id="by an alias"),
    ],
)
def test_duplicate_key_has_both_places(text: str, key: str, first: int, second: int) -> None:
    (document,) = yaml.load("x.yaml", text)
    (problem,) = document.problems
    assert f"`{key}`" in problem.message
    assert problem.duplicate_of is not None
    assert (problem.duplicate_of.start, problem.span.start) == (first, second)


def test_each_document_has_its_own_anchors_and_problems() -> None:
    first, second = yaml.load("x.yaml", "a: 1\na: 2\n---\nb: 3\n")
    assert (len(first.problems), len(second.problems), second.index) == (1, 0, 1)
    (broken,) = yaml.load("x.yaml", "a: &x 1\n---\nb: *x\n")
    assert "*x" in broken.problems[0].message


# --- hostile texts ----------------------------------------------------------------------------------------------------

ODD = "\0\x01\x07\t\x0b\x1b\x7f\x85\xa0\xad\u2028\u2029\ud800\udfff\ufeff\ufffe\uffff\U0010ffff😀\r\n"
TOKENS = st.sampled_from(
    ["a", "b: ", "- ", "? ", ": ", "[", "]", "{", "}", ",", "\n", "\n  ", "\n    ", "'", '"', "|", ">", "|2", ">-\n",
     "&x ", "*x", "<<: ", "!t ", "!!str ", "#", " #c", "\\", "\t", "---\n", "...\n", "%YAML 1.2\n", "é", "😀", "\r",
     "\r\n", "\x85", "\u2028", "1", "null", "~", "''", '""', "a: b\n", "- c\n", "  d: &x e\n", "f: *x\n", " "]
)  # fmt: skip
SOUP = st.lists(TOKENS, max_size=30).map("".join)
ANY = st.text(st.characters(codec=None) | st.sampled_from(ODD + "[]{}:-?&*!|>'\"%@`#,\n "), max_size=60)


def visit(text: str) -> list[YamlDocument]:
    """Everything that may be asked of a text, checked for bounds."""
    documents = yaml.load("x.yaml", text)
    for document in documents:
        for problem in document.problems:
            assert 0 <= problem.span.start <= len(text)
            document.text.location(problem.span)
        for at, value in strings(document.data):
            for span in (document.span(at), document.span(at, key=True), document.inner_span(at, 0, len(value))):
                assert 0 <= span.start <= span.end <= len(text)
            document.raw(at)
    comments(Text("x.yaml", text))
    return documents


def plain(data: object) -> object:
    """Data as PyYAML's BaseLoader gives it, where scalars are text: what is no string is left open."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(value) for value in data]
    return data if isinstance(data, str) else ...


def alike(ours: object, theirs: object) -> bool:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(alike(value, theirs[key]) for key, value in ours.items())
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    return isinstance(theirs, str) if ours is ... else ours == theirs


@settings(max_examples=400, deadline=None)
@given(SOUP | ANY)
@example("a: \ud800")
@example("\ufeff\ufeff- \x01")
@example("? - a\n: b")
@example("*x")
@example("&x [*x]")
@example("a: !<\n")
@example('"\\')
@example("&x f: *x\n")
def test_any_text_gives_what_pyyaml_gives_or_a_problem(text: str) -> None:
    documents = visit(text)
    broken = [problem for document in documents for problem in document.problems if problem.duplicate_of is None]
    try:
        theirs = list(pyyaml.load_all(text, pyyaml.CBaseLoader))
    except (pyyaml.YAMLError, UnicodeEncodeError) as error:
        assert broken or "duplicate anchor" in str(error)
        return
    if broken:
        assert re.search("mapping key must be|contains itself", broken[0].message)
    elif "<<" not in text:
        ours = [plain(one.data) for one in documents if isinstance(one.data, (dict, list))]
        assert alike(ours, [one for one in theirs if isinstance(one, (dict, list))])


def test_truncated_and_damaged_texts_never_raise() -> None:
    text = 'a: &x {k: "é\\n", l: [1, \'b\']}\nb: !t |2-\n   c # d\nc: >\n  e\n\n  f\n? g\n: - *x\n<<: *x # z\n---\n- "é'
    for end in range(len(text)):
        visit(text[:end])
        for char in "\t\0:'\"\r":
            visit(text[:end] + char + text[end + 1 :])


def hostile() -> Iterator[tuple[str, str]]:
    """Names and texts that were built to kill a parser."""
    for piece in ("[", "{", "[{", "{a: ", "- ", "? ", ": ", "[\n", "{? "):
        yield f"50,000 times {piece!r}", piece * 50_000
    yield "50,000 closed brackets", "[" * 50_000 + "]" * 50_000
    yield "brackets behind a comment", "# obslint: ignore[X]\n" + "[" * 50_000
    yield "a staircase of keys", "".join(f"{' ' * depth}a:\n" for depth in range(1500))
    yield "a line of a megabyte", "a: " + "x" * 1_000_000
    yield "a key of a megabyte", "x" * 1_000_000 + ": 1"
    yield "a quoted line of a megabyte", 'a: "' + "\\n" * 500_000 + '"'
    yield "a megabyte of sharps", "a: b " + "#" * 1_000_000
    yield "a megabyte of line ends", "\r" * 1_000_000
    yield "100,000 documents", "---\n" * 100_000
    yield "100,000 times the same key", "a: 1\n" * 100_000
    yield (
        "an alias bomb",
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 60)),
    )
    yield (
        "a merge bomb",
        "m0: &m0 {a: 1}\n"
        + "".join(f"m{i}: &m{i} {{<<: [{','.join([f'*m{i - 1}'] * 9)}], k{i}: 1}}\n" for i in range(1, 60)),
    )
    keys = ", ".join(f"k{i}: 1" for i in range(1000))
    yield "a merge bomb of many documents", f"a: &a {{{keys}}}\nb: [{'{<<: *a},' * 500}]\n---\n" * 20
    yield "an alias to itself", "&a [*a]"
    yield "an alias to itself in a mapping", "a: &a\n  <<: *a\n"
    yield "unclosed quotes", "\"'\n" * 100_000
    yield "a number of a megabyte", "a: " + "9" * 1_000_000


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in hostile()])
def test_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()
    documents = visit(text)
    assert time.process_time() - start < 5, "far above what any of these takes"
    assert len(documents) <= 1


def test_a_process_survives_what_kills_the_stock_loader() -> None:
    code = "from obslint.parse import yaml; print(yaml.load('x', '[' * 500_000)[0].problems[0].message)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"nested deeper than {MAX_DEPTH} levels\n")


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        pytest.param("a:\n\t- b\n", 2, 1, "tab", id="a tab as indentation"),
        pytest.param("éé: [\n", 2, 1, "flow node", id="an open bracket"),
        pytest.param("é: 😀\x01\n", 1, 5, "U+0001", id="a control character behind wide ones"),
        pytest.param("a: b\ud800\n", 1, 5, "U+D800", id="a lone surrogate"),
        pytest.param("a: *x\n", 1, 4, "no anchor", id="an alias without anchor"),
        pytest.param("a: b: c\n", 1, 5, "mapping values", id="two colons"),
        pytest.param("a\r\nb: c\r\n", 2, 2, "", id="a key over two lines"),
        pytest.param("[a]: b\n", 1, 1, "mapping key", id="a list as key"),
    ],
)
def test_problem_is_shown_where_it_stands(text: str, line: int, column: int, words: str) -> None:
    (document,) = yaml.load("x.yaml", text)
    (problem,) = document.problems
    assert document.text.position(problem.span.start) == (line, column)
    assert words in problem.message


# --- comments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("# a\nb: c # d\n", {1: "# a", 2: "# d"}, id="on a line and behind a value"),
        pytest.param("a: http://x/#b\n", {}, id="not the fragment of a URL"),
        pytest.param("a: 'x # y'\nb: \"x # y\"\n", {}, id="not in quotes"),
        pytest.param("a: |\n  # b\n  c # d\n", {}, id="not in a literal"),
        pytest.param("a: >- # b\n  # c\n", {1: "# b"}, id="but behind a literal's header"),
        pytest.param("a: |\n  x\n# b\nc: 1\n", {3: "# b"}, id="and after a literal"),
        pytest.param("a: [b, # c\n  d] # e\n", {1: "# c", 2: "# e"}, id="inside a flow sequence"),
        pytest.param("a: &x # b\n  c: 1\n", {1: "# b"}, id="behind an anchor"),
        pytest.param("a: x#b\nc: y #d\n", {2: "#d"}, id="not without a space before it"),
        pytest.param("a: 1\r\n# b\r\n", {2: "# b"}, id="between CR LF"),
        pytest.param("a: 1 # b\n---\nc: 2 # d\n", {1: "# b", 3: "# d"}, id="in every document"),
        pytest.param("\ufeff# a\nb: 1 # c\n", {2: "# c"}, id="behind a byte order mark on another line"),
        pytest.param("a: 'x\n  # y\n  z' # b\n", {3: "# b"}, id="not in a quoted scalar of several lines"),
        pytest.param("a: 1 # b\nc: [\n", {1: "# b"}, id="those before a syntax error"),
    ],
)
def test_comments(text: str, found: dict[int, str]) -> None:
    assert comments(Text("x.yaml", text)) == found


# --- the corpus -------------------------------------------------------------------------------------------------------


def corpus() -> list[Path]:
    return sorted(path for path in CORPUS.rglob("*") if path.suffix in (".yml", ".yaml", ".rules") and path.is_file())


def means(source: str, char: str) -> bool:
    """Whether this source text may stand for one character of a scalar."""
    if source == char or source == "''" == char * 2:
        return True
    if source.startswith("\\"):
        return bool(pyyaml.safe_load(f'"{source}"') == char)
    return BREAKS.fullmatch(source) is not None and char in " \n"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of public repositories beside the checkout")
def test_every_string_of_the_corpus_maps_back() -> None:
    total = 0
    for path in corpus():
        text = path.read_bytes().decode("utf-8-sig", "replace")
        for document in yaml.load(path.name, text):
            for at, value in strings(document.data):
                span = document.span(at)
                source = cut(document, span)
                if source.startswith("*"):
                    continue
                total += 1
                inner = document.inner_span(at, 0, len(value))
                if value:
                    assert span.start <= inner.start < inner.end, (path, at)
                for index in {0, 1, len(value) // 2, len(value) - 1, value.find("\n")} & set(range(len(value))):
                    one = document.inner_span(at, index, index + 1)
                    assert means(cut(document, one), value[index]), (path, at, index)
                if total % 10 == 0 and not re.match(r"[|>][-+]?\d", source):
                    again: Any = pyyaml.load(f"k: {source}\n", pyyaml.CBaseLoader)["k"]
                    assert again.rstrip("\n") == value.rstrip("\n"), (path, at)
    assert total > 10_000


def test_places_are_in_order() -> None:
    document = load('a: "x\\u0041 y\n\n   z\\\n  \'é"\nb: >\n  p q\n  r\n\n  s\n')
    for at, value in strings(document.data):
        spans = [document.inner_span(at, index, index + 1) for index in range(len(value))]
        assert all(first.end <= second.start for first, second in itertools.pairwise(spans)), at
