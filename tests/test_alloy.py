"""Alloy's syntax with a place for every part of it, and what is read from such configurations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from obslint import kinds, suppress
from obslint.discover import outline
from obslint.facts.alloy import AlloyFile, Scrape, TargetFlow
from obslint.facts.common import Scalar
from obslint.findings import KeyPath, Place
from obslint.lang.interpolation import HOLE, interpolate
from obslint.parse import Cursor, alloy
from obslint.parse.alloy import LABEL, AlloyDocument, Block, Expression

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def parsed(text: str) -> AlloyDocument:
    document = alloy.load("config.alloy", text)
    assert document.problems == ()
    return document


def value(text: str) -> object:
    """What `x = text` is read as."""
    return parsed(f"x = {text}").value(("x",))


def reference(name: str) -> Expression:
    return Expression("reference", name)


def call(name: str, *arguments: object) -> Expression:
    return Expression("call", name, arguments)


# Syntax


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('"a"', "a", id="a string"),
        pytest.param('""', "", id="an empty string"),
        pytest.param(r'"\a\b\f\n\r\t\v\\\""', '\a\b\f\n\r\t\v\\"', id="short escapes"),
        pytest.param(r'"\101\x41\u00e9\U0001F600"', "AAé😀", id="escapes by number"),
        pytest.param("`a\\n\n\"b\"`", 'a\\n\n"b"', id="a raw string over two lines, its backslash kept"),
        pytest.param('"// no /* comment */"', "// no /* comment */", id="a string that looks like a comment"),
        pytest.param("0", 0, id="zero"),
        pytest.param("007", 7, id="leading zeros"),
        pytest.param("-12", -12, id="a negative number"),
        pytest.param("- - 1", 1, id="two signs"),
        pytest.param("1.5", 1.5, id="a fraction"),
        pytest.param(".5e+1", 5.0, id="a fraction without its integer part, with an exponent"),
        pytest.param("1e3", 1000.0, id="an exponent"),
        pytest.param("9" * 5000, float("inf"), id="more digits than any integer has"),
        pytest.param("true", True, id="true"),
        pytest.param("false", False, id="false"),
        pytest.param("null", None, id="null"),
        pytest.param("[]", [], id="an empty list"),
        pytest.param('["a", 1, [true]]', ["a", 1, [True]], id="a nested list"),
        pytest.param('[\n  "a", // first\n  "b",\n]', ["a", "b"], id="a list over lines, with its last comma"),
        pytest.param("{}", {}, id="an empty object"),
        pytest.param('{a = 1, "b c" = "d",}', {"a": 1, "b c": "d"}, id="an object with names and strings as keys"),
        pytest.param("{\n  a = 1,\n  b =\n 2,\n}", {"a": 1, "b": 2}, id="an object over lines"),
        pytest.param("a", reference("a"), id="a name"),
        pytest.param("discovery.docker.x.targets", reference("discovery.docker.x.targets"), id="a reference"),
        pytest.param("a .\n b", reference("a.b"), id="a reference over two lines"),
        pytest.param("nullable.true_x", reference("nullable.true_x"), id="names that begin like keywords"),
        pytest.param('sys.env("X")', call("sys.env", "X"), id="a call"),
        pytest.param("f()", call("f"), id="a call without arguments"),
        pytest.param("concat(\n a.b,\n [1],\n)", call("concat", reference("a.b"), [1]), id="a call over lines"),
        pytest.param("a.b[0]", Expression("index", "", (reference("a.b"), 0)), id="an index"),
        pytest.param('f(1)["k"].v', Expression("access", "v", (Expression("index", "", (call("f", 1), "k")),)),
                     id="a field of an item of a result"),
        pytest.param("f(1)(2)", call("", 2), id="a call of a result"),
        pytest.param('"a" + b', Expression("operation", "+", ("a", reference("b"))), id="a sum"),
        pytest.param('"a" +\n "b" +\n "c"', Expression("operation", "+", ("a", "b", "c")), id="a sum over lines"),
        pytest.param("1 + 2 * 3", Expression("operation", "", (1, 2, 3)), id="operators of several kinds"),
        pytest.param("a == b", Expression("operation", "==", (reference("a"), reference("b"))), id="a comparison"),
        pytest.param("!a", Expression("operation", "!", (reference("a"),)), id="a negation"),
        pytest.param("-a", Expression("operation", "-", (reference("a"),)), id="a sign before a name"),
        pytest.param('("a")', "a", id="a string in parentheses"),
        pytest.param("((1 + 2))", Expression("operation", "+", (1, 2)), id="a sum in parentheses"),
    ],
)  # fmt: skip
def test_an_expression_is_read(text: str, expected: object) -> None:
    found = value(text)
    assert (found, type(found)) == (expected, type(expected))


def test_blocks_are_listed_under_their_name_with_their_label() -> None:
    document = parsed('a.b "one" {\n  x = 1\n  rule { }\n  rule { y = {} }\n}\na.b "two" { }\na.b { }\nc = [{}]\n')
    assert document.data == {
        "a.b": [{LABEL: "one", "x": 1, "rule": [{}, {"y": {}}]}, {LABEL: "two"}, {}],
        "c": [{}],
    }
    assert isinstance(document.value(("a.b", 0)), Block)
    assert not isinstance(document.value(("c", 0)), Block), "an object literal is no block"
    assert not isinstance(document.value(("a.b", 0, "rule", 1, "y")), Block)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("\n \t\r\n", id="white space"),
        pytest.param("// only a comment", id="a comment without a line end"),
        pytest.param("/* a\n b */ /**/", id="block comments"),
    ],
)
def test_a_file_without_statements_is_empty(text: str) -> None:
    assert parsed(text).data == {}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a = 1 /* b */ // c\nd = 2", id="behind a statement"),
        pytest.param("a /* b */ = /* c\n d */ 1\nd = 2", id="within a statement"),
        pytest.param("a = 1 /* ends\n the line */ d = 2", id="with a line end of its own"),
        pytest.param("a = /* b */ 1\r\n// c\r\nd = 2\r\n", id="between lines that end with CR LF"),
    ],
)
def test_comments_may_stand_anywhere(text: str) -> None:
    assert parsed(text).data == {"a": 1, "d": 2}


REFUSED = [
    ("an attribute without its value", "a = ", "the file ends where a value is expected", ""),
    ("an attribute whose value is on no line", "a = \n}", "`}` stands where a value is expected", "}"),
    ("a name alone", "a\n", "the line ends where `=` or `{` is expected", "\n"),
    ("a dotted name alone", "a.b\n", "the line ends where `{` is expected", "\n"),
    ("an attribute with dots", "a.b = 1", "an attribute's name has no dots", "a.b"),
    ("an attribute with a label", 'a "b" = 1', "`=` stands where `{` is expected", "="),
    ("a label that is no identifier", 'a "b-c" {}', "a block's label must be an identifier", '"b-c"'),
    ("a raw string as label", "a `b` {}", "a raw string stands where `=` or `{` is expected", "`b`"),
    ("a keyword as name", "null = 1", "`null` stands where an attribute or a block is expected", "null"),
    ("two statements on a line", "a = 1 b = 2", "`b` stands where a new line is expected", "b"),
    ("two blocks on a line", "a {} b {}", "`b` stands where a new line is expected", "b"),
    ("a block as value", "a = b {\n}", "`{` stands where a new line is expected", "{"),
    ("a block that is never closed", "a {\n b = 1\n", "`{` is never closed", "{"),
    ("a closing brace too many", "a {}\n}", "`}` stands where an attribute or a block is expected", "}"),
    ("a list without its last comma", "a = [\n  1\n]", "the line ends where `,` is expected", "\n"),
    ("an object without its last comma", "a = {\n  b = 1\n}", "the line ends where `,` is expected", "\n"),
    ("arguments without their last comma", "a = f(\n  1\n)", "the line ends where `,` is expected", "\n"),
    ("elements without a comma", "a = [1 2]", "`2` stands where `,` or `]` is expected", "2"),
    ("a comma with nothing before it", "a = [,]", "`,` stands where a value is expected", ","),
    ("a list that is never closed", "a = [1,", "`[` is never closed", "["),
    ("a field with a colon", "a = {b: 1}", "`:` cannot stand here", ":"),
    ("a field with a number as name", "a = {1 = 1}", "`1` stands where a field's name is expected", "1"),
    ("an operator at the begin of a line", 'a = "b"\n  + "c"', "`+` stands where an attribute", "+"),
    ("a string over two lines", 'a = "b\nc"', "a string that is never closed", '"'),
    ("a raw string without end", "a = `b", "a string that is never closed", "`"),
    ("single quotes", "a = 'b'", "a string stands in double quotes", "'"),
    ("an escape of a regular expression", r'a = "^\d+$"', r"`\d` is no escape of a string", r"\d"),
    ("an escape that is no character", r'a = "\ud800"', r"`\ud800` is no escape", r"\ud800"),
    ("an escape that is no byte", r'a = "\400"', r"`\400` is no escape", r"\400"),
    ("a comment without end", "a = 1 /* b", "a comment that is never closed", "/*"),
    ("a duration without quotes", "a = 15s", "`s` stands where a new line is expected", "s"),
    ("a comment of a shell", "# a", "`#` cannot stand here", "#"),
    ("a variable of a shell", "a = ${B}", "`$` cannot stand here", "$"),
    ("an unprintable character", "a = \x00", "U+0000 cannot stand here", "\x00"),
    ("a field of nothing", "a = b.", "the file ends where a name is expected", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "at"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_syntax_error_is_told_with_its_place(text: str, message: str, at: str) -> None:
    document = alloy.load("config.alloy", text)
    assert document.data is None
    (problem,) = document.problems
    assert problem.message.startswith(message)
    assert text[problem.span.start : problem.span.end] == at
    assert document.span(("a",)) == problem.span


def test_an_attribute_set_twice_is_told_at_both_places() -> None:
    text = "a {\n  b = 1\n  c = 2\n  b = 3\n}\n"
    document = alloy.load("config.alloy", text)
    (problem,) = document.problems
    assert (problem.message, problem.span.start, text[problem.span.start : problem.span.end]) == (
        "`b` is set twice",
        text.rindex("b"),
        "b",
    )
    assert problem.duplicate_of is not None and problem.duplicate_of.start == text.index("b")
    assert document.value(("a", 0, "b")) == 1, "the first stays"


def test_an_object_may_name_a_field_twice_and_the_last_counts() -> None:
    document = parsed('x = {a = 1, "a" = 2}')
    assert document.data == {"x": {"a": 2}}
    assert document.raw(("x", "a")) == "2"


# Places


TEXT = dedent(
    """\
    // comment
    prometheus.scrape "app" {
      targets = concat(
        [{"__address__" = "a:1", job = `j`}],
        discovery.docker.x.targets,
      )
      rule {
        regex = "a\\\\.b\\u00e9c"
      }
    }
    flag = true
    """
)


@pytest.mark.parametrize(
    ("at", "key", "source"),
    [
        pytest.param(("flag",), False, "true", id="a value"),
        pytest.param(("flag",), True, "flag", id="an attribute's name"),
        pytest.param(("prometheus.scrape", 0), True, "prometheus.scrape", id="a block's name"),
        pytest.param(("prometheus.scrape", 0, LABEL), False, '"app"', id="a block's label"),
        pytest.param(("prometheus.scrape", 0, "rule", 0), False, 'rule {\n    regex = "a\\\\.b\\u00e9c"\n  }',
                     id="a whole block"),
        pytest.param(("prometheus.scrape", 0, "targets", 0, 0, "__address__"), False, '"a:1"',
                     id="a field of an object in a list in an argument"),
        pytest.param(("prometheus.scrape", 0, "targets", 0, 0, "__address__"), True, '"__address__"',
                     id="a quoted key"),
        pytest.param(("prometheus.scrape", 0, "targets", 0, 0, "job"), True, "job", id="a key without quotes"),
        pytest.param(("prometheus.scrape", 0, "targets", 1), False, "discovery.docker.x.targets", id="a reference"),
        pytest.param(("prometheus.scrape", 0, "none", "deeper"), True, "prometheus.scrape",
                     id="a path that leads nowhere gives the deepest part that exists"),
    ],
)  # fmt: skip
def test_every_part_has_its_place(at: KeyPath, key: bool, source: str) -> None:
    span = parsed(TEXT).span(at, key)
    assert TEXT[span.start : span.end] == source


@pytest.mark.parametrize(
    ("at", "inside", "source"),
    [
        pytest.param(("regex",), (0, 1), "a", id="a plain character"),
        pytest.param(("regex",), (1, 2), "\\\\", id="an escape"),
        pytest.param(("regex",), (4, 5), "\\u00e9", id="an escape by number"),
        pytest.param(("regex",), (2, 6), ".b\\u00e9c", id="a range across an escape"),
        pytest.param(("regex",), (3, 99), "b\\u00e9c", id="a range beyond the end stops there"),
        pytest.param(("raw",), (1, 3), "\nb", id="a raw string"),
        pytest.param(("number",), (0, 1), "12", id="a number is taken whole"),
    ],
)
def test_characters_of_a_string_have_their_places(at: KeyPath, inside: tuple[int, int], source: str) -> None:
    text = 'regex = "a\\\\.b\\u00e9c"\nraw = `a\nb`\nnumber = 12\n'
    span = parsed(text).inner_span(at, *inside)
    assert text[span.start : span.end] == source


def test_comments_are_known_by_line() -> None:
    text = '// one\na = 1 // two\r\nb = "// none"\n/* no */\n// three'
    assert parsed(text).comments() == {1: "// one", 2: "// two", 5: "// three"}


def test_a_comment_above_or_beside_a_line_silences_it() -> None:
    text = (
        "// obslint: ignore[REF003] behind a VPN\n// and more\n\na = 1\nb = 2 // obslint: ignore[CAR, x]\n"
        'c = "// obslint: ignore[EXP001]"\n'
    )
    found = suppress.directives(parsed(text))
    assert {line: [(set(one.selectors), one.reason) for one in here] for line, here in found.items()} == {
        4: [({"REF003"}, "behind a VPN")],
        5: [({"CAR", "x"}, "")],
    }


# Hostile input


FRAGMENTS = st.sampled_from(
    [
        *("a", "b.c", "null", "true", "1", "1.5", "-", "!", '"x"', '"\\n"', '"\\d"', '"', "`r`", "`", "'"),
        *("=", "==", "{", "}", "[", "]", "(", ")", ",", ".", "\n", "\r\n", " ", "//c", "/*c*/", "/*", "+", "*", "||"),
        *("x = ", 'prometheus.scrape "s" {', "targets = ", 'loki.process "p" {', "stage.labels {", "values = {"),
        *("forward_to = [loki.process.p.receiver]\n", "concat(", "coalesce(", 'sys.env("E")', "string.format("),
        *('{"__address__" = ', "rule {\n", 'action = "labeldrop"\n', "\x00", "é", "\u2028", "\ud800"),
    ]
)


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(FRAGMENTS, max_size=40).map("".join)))
@example("a = [")
@example('a "')
@example("x = \\")
def test_any_text_is_read_within_its_bounds(text: str) -> None:
    document = alloy.load("config.alloy", text)
    assert (document.data is None) == any(problem.duplicate_of is None for problem in document.problems)
    for problem in document.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
    for at, found in places(document):
        for span in (document.span(at), document.span(at, key=True)):
            assert 0 <= span.start <= span.end <= len(text)
        assert document.value(at) is found or document.value(at) == found
        if isinstance(found, str):
            spans = [document.inner_span(at, index, index + 1) for index in range(len(found))]
            assert all(one.end == two.start for one, two in pairwise(spans))
    assert all(comment.startswith("//") for comment in document.comments().values())
    suppress.directives(document)
    if document.data is not None:
        for scalar in scalars(kinds.extract(kinds.KINDS["alloy"], document).facts):
            document.locate(scalar.place)
    outline(text, "alloy")


def places(document: AlloyDocument) -> Iterator[tuple[KeyPath, object]]:
    stack: list[tuple[KeyPath, object]] = [((), document.data)]
    while stack:
        at, found = stack.pop()
        yield at, found
        if isinstance(found, dict):
            stack.extend(((*at, key), below) for key, below in found.items())
        elif isinstance(found, (list, Expression)):
            below = found.arguments if isinstance(found, Expression) else found
            stack.extend(((*at, index), one) for index, one in enumerate(below))


def scalars(fact: object) -> Iterator[Scalar]:
    stack = [fact]
    while stack:
        fact = stack.pop()
        if isinstance(fact, Scalar):
            yield fact
        elif isinstance(fact, tuple):
            stack.extend(fact)
        elif dataclasses.is_dataclass(fact) and not isinstance(fact, (type, Place)):
            stack.extend(getattr(fact, field.name) for field in dataclasses.fields(fact))


DEEP = ["[", "{a=", "(", "f(", "a {\n", "-(", "a[", "f()(", "[{a=[f("]


@pytest.mark.parametrize("unit", DEEP)
def test_what_nests_without_end_is_refused(unit: str) -> None:
    document = alloy.load("config.alloy", ("" if unit.startswith("a {") else "x = ") + unit * 100_000)
    assert [problem.message for problem in document.problems] == ["nested too deeply"]


def test_what_nests_deeper_than_anyone_writes_is_read() -> None:
    nested = value("[" * 60 + "1" + "]" * 60)
    for _ in range(60):
        assert isinstance(nested, list)
        (nested,) = nested
    assert nested == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x = " + "-" * 50_000 + "1", id="50,000 signs"),
        pytest.param("x = a" + ".b" * 30_000, id="a name of 30,000 parts"),
        pytest.param("x = 1" + " + 1" * 20_000, id="a sum of 20,000 numbers"),
        pytest.param('x = "' + "\\n" * 40_000 + '"', id="a string of escapes"),
        pytest.param("x = {" + "a=1," * 20_000 + "}", id="one field 20,000 times"),
        pytest.param("// c\n" * 20_000, id="20,000 comments"),
        pytest.param("a = 1 " + "/**/" * 20_000, id="20,000 comments on a line"),
        pytest.param("/*" * 50_000, id="a comment that opens again and again"),
        pytest.param('"' * 100_000, id="100,000 quotes"),
        pytest.param("\n" * 100_000, id="100,000 line ends"),
        pytest.param('a.b "c" {}\n' * 8000, id="8,000 blocks of one name"),
        pytest.param('prometheus.scrape "a" {\n  targets = discovery.relabel.a.output\n}\n' * 1000,
                     id="1,000 scrapes of nothing"),
        pytest.param('discovery.relabel "r" {\n  targets = [' + '{__address__ = "a:1"}, ' * 1000 + "]\n}\n"
                     + 'prometheus.scrape "s" {\n  targets = discovery.relabel.r.output\n}\n' * 800,
                     id="hundreds of scrapes of the same thousand targets"),
        pytest.param("".join(f'discovery.relabel "r{i}" {{\n  targets = concat(discovery.relabel.r{i + 1}.output, '
                             f'discovery.relabel.r{i + 1}.output)\n  rule {{ }}\n}}\n' for i in range(500))
                     + 'discovery.relabel "r500" {\n  targets = [{a = "b"}]\n}\n'
                     + 'prometheus.scrape "s" {\n  targets = discovery.relabel.r490.output\n}\n',
                     id="targets that double at each of many steps"),
        pytest.param("".join(f'loki.process "p{i}" {{\n  stage.docker {{}}\n  forward_to = [loki.process.p{i + 1}'
                             f'.receiver, loki.process.p{i + 1}.receiver]\n}}\n' for i in range(500))
                     + 'loki.source.api "s" {\n  forward_to = [loki.process.p0.receiver]\n}\n',
                     id="pipelines that branch and meet at each of many steps"),
        pytest.param('local.file_match "m" {\n  path_targets = [' + '{__path__ = "/a", b = "c"}, ' * 800 + "]\n}\n"
                     + 'loki.write "w" {}\n' + 'loki.source.file "s" {\n  targets = local.file_match.m.targets\n'
                     '  forward_to = [loki.write.w.receiver]\n}\n' * 500,
                     id="hundreds of sources of the same hundreds of files"),
        pytest.param('loki.process "p" {\n' + "stage.docker {}\n" * 2000
                     + "forward_to = [loki.write.w.receiver]\n}\n" + 'loki.write "w" {}\n'
                     + 'loki.source.api "s" {\n  forward_to = [loki.process.p.receiver]\n}\n' * 500,
                     id="hundreds of sources through thousands of stages"),
    ],
)  # fmt: skip
def test_hostile_text_is_read(text: str) -> None:
    document = alloy.load("config.alloy", text)
    assert kinds.extract(kinds.KINDS["alloy"], document).path == "config.alloy"
    outline(text, "alloy")


# Which files are ours


def test_a_configuration_is_known_by_its_format_and_blocks() -> None:
    document = parsed('logging {}\nprometheus.scrape "a" {}\n')
    found = kinds.recognise(document)
    assert found is not None
    assert (found[0].name, found[0].reader, found[1]) == (
        "alloy",
        "Grafana Alloy",
        "`logging`, `prometheus.scrape`",
    )
    assert kinds.recognise(parsed("a = 1\n")) is None, "attributes alone configure nothing"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param('prometheus.scrape "a" {\n  targets = [\n', "alloy", id="a component"),
        pytest.param('logging {\n}\nloki.write "b" {\n  x = \n}', "alloy", id="a component behind a setting"),
        pytest.param("logging {\n  level = \n}", None, id="nothing that only Alloy has"),
        pytest.param("sig Node { edges: set Node }", None, id="the Alloy that specifies models"),
    ],
)
def test_a_broken_file_is_ours_only_where_there_is_no_doubt(text: str, kind: str | None) -> None:
    found = kinds.recognise_broken(outline(text, "alloy"), text)
    assert (found and found[0].name) == kind


def test_a_broken_file_has_its_problem_and_no_facts() -> None:
    document = alloy.load("config.alloy", 'prometheus.scrape "a" {\n  targets = [\n')
    file = kinds.extract(kinds.KINDS["alloy"], document)
    assert file.facts is None
    assert [document.locate(problem.place).line for problem in file.problems] == [2]


# Facts


def read(text: str) -> AlloyFile:
    file = kinds.extract(kinds.KINDS["alloy"], parsed(dedent(text))).facts
    assert isinstance(file, AlloyFile)
    return file


def scrape(text: str) -> Scrape:
    (found,) = read(text).scrapes
    return found


def shown(flows: tuple[TargetFlow, ...]) -> list[tuple[list[str], str | None, list[int]]]:
    """Addresses, origin, and how many rules each `discovery.relabel` has."""
    return [
        (
            [target.text for group in flow.groups for target in group.targets],
            flow.origin and flow.origin.text,
            [len(rules) for rules in flow.relabels],
        )
        for flow in flows
    ]


def test_a_scrape_of_literal_targets() -> None:
    text = """\
        prometheus.scrape "app" {
          targets = [
            {"__address__" = "api:3000", job = "api"},
            {__address__ = "web:80", __metrics_path__ = "/m"},
          ]
          job_name        = "apps"
          metrics_path    = "/metrics"
          scheme          = "https"
          scrape_interval = "15s"
          honor_labels    = true
          forward_to      = [prometheus.remote_write.mimir.receiver]
        }
        """
    found = scrape(text)
    assert (found.component.id, found.closed, found.honor_labels, found.proxied) == (
        "prometheus.scrape.app",
        True,
        True,
        False,
    )
    assert [str(item) for item in (found.name, found.metrics_path, found.scheme, found.interval)] == [
        "apps",
        "/metrics",
        "https",
        "15s",
    ]
    (flow,) = found.flows
    assert [[target.text for target in group.targets] for group in flow.groups] == [["api:3000"], ["web:80"]]
    assert [[(str(label.name), str(label.value)) for label in group.labels] for group in flow.groups] == [
        [("job", "api")],
        [("__metrics_path__", "/m")],
    ]
    document = parsed(dedent(text))
    location = document.locate(flow.groups[0].targets[0].place)
    assert (location.line, document.text.line(3)[location.column - 1 : location.end_column - 1]) == (3, '"api:3000"')
    named = document.locate(found.component.name.place)
    assert (named.line, named.column, named.end_column) == (1, 1, 18)


RELABEL = 'discovery.relabel "r" {\n  targets = %s\n  rule {\n    action = "keep"\n  }\n  rule {}\n}\n'
DOCKER = 'discovery.docker "d" {\n  host = "unix:///var/run/docker.sock"\n}\n'
SCRAPE = 'prometheus.scrape "s" {\n  targets = %s\n}\n'


@pytest.mark.parametrize(
    ("text", "flows", "closed"),
    [
        pytest.param(SCRAPE % "[]", [], True, id="no targets"),
        pytest.param(SCRAPE % '[{__address__ = "a:1"}]', [(["a:1"], None, [])], True, id="a literal"),
        pytest.param(SCRAPE % 'concat([{__address__ = "a:1"}], array.concat([{__address__ = "b:1"}]))',
                     [(["a:1"], None, []), (["b:1"], None, [])], True, id="literals together"),
        pytest.param(DOCKER + SCRAPE % "discovery.docker.d.targets", [([], "discovery.docker.d", [])], False,
                     id="a discovery"),
        pytest.param('prometheus.exporter.unix "n" {}\n' + SCRAPE % "prometheus.exporter.unix.n.targets",
                     [([], "prometheus.exporter.unix.n", [])], True, id="an embedded exporter"),
        pytest.param("prometheus.exporter.unix {}\n" + SCRAPE % "prometheus.exporter.unix.targets",
                     [([], "prometheus.exporter.unix", [])], True, id="an exporter of the Agent, without a label"),
        pytest.param(RELABEL % '[{__address__ = "a:1"}]' + SCRAPE % "discovery.relabel.r.output",
                     [(["a:1"], None, [2])], True, id="literals behind relabelling"),
        pytest.param(DOCKER + RELABEL % "discovery.docker.d.targets" + RELABEL.replace('"r"', '"q"')
                     % "concat(discovery.relabel.r.output, [{__address__ = `a:1`}])" + SCRAPE
                     % "discovery.relabel.q.output",
                     [([], "discovery.docker.d", [2, 2]), (["a:1"], None, [2])], False, id="two steps of relabelling"),
        pytest.param('discovery.relabel "r" {\n  targets = [{__address__ = "a:1"}]\n}\n'
                     + SCRAPE % "discovery.relabel.r.output", [(["a:1"], None, [])], True, id="relabelling by no rule"),
        pytest.param(RELABEL % "discovery.relabel.r.output" + SCRAPE % "discovery.relabel.r.output", [], False,
                     id="targets that are their own source"),
        pytest.param(SCRAPE % '[{__address__ = "a:1"}, discovery.x.y.targets[0]]', [(["a:1"], None, [])], False,
                     id="a literal beside what is not"),
        pytest.param(SCRAPE % 'json_decode(sys.env("T"))', [], False, id="computed targets"),
        pytest.param(SCRAPE % "discovery.docker.gone.targets", [], False, id="a component that is not there"),
        pytest.param(DOCKER + SCRAPE % "discovery.docker.d.other", [], False, id="a field that is none of targets"),
        pytest.param(SCRAPE % '[{job = "a"}]', [([], None, [])], False, id="a target without an address"),
        pytest.param('prometheus.scrape "s" {}\n', [], False, id="a scrape without targets"),
    ],
)  # fmt: skip
def test_targets_are_followed_to_where_they_come_from(
    text: str, flows: list[tuple[list[str], str | None, list[int]]], closed: bool
) -> None:
    found = scrape(text)
    assert (shown(found.flows), found.closed) == (flows, closed)


@pytest.mark.parametrize(
    ("written", "text", "known"),
    [
        pytest.param('"a:1"', "a:1", "a:1", id="a literal"),
        pytest.param("`a:1`", "a:1", "a:1", id="a raw literal"),
        pytest.param('"a" + ":1"', "a:1", "a:1", id="literals put together"),
        pytest.param('sys.env("A")', "${A}", "x:1", id="a variable"),
        pytest.param('env("A")', "${A}", "x:1", id="a variable in the Agent's words"),
        pytest.param('sys.env("A") + ":1"', "${A}:1", "x:1:1", id="a variable and more"),
        pytest.param('coalesce(sys.env("B"), "a:1")', "${B:-a:1}", "a:1", id="a variable with a default"),
        pytest.param('coalesce(sys.env("A"), "a:1")', "${A:-a:1}", "x:1", id="a variable that makes its default idle"),
        pytest.param('coalesce(sys.env("B"), sys.env("A"), "c")', "${B:-${A:-c}}", "x:1", id="two variables"),
        pytest.param('coalesce("", "a:1", sys.env("A"))', "a:1", "a:1", id="the first that is not empty"),
        pytest.param('coalesce("")', "", "", id="the last where all are empty"),
        pytest.param('coalesce(foo.bar, "a:1")', HOLE, None, id="what may be empty or not"),
        pytest.param('string.format("%s:%d", sys.env("B"), 1)', "${B}:1", None, id="a format"),
        pytest.param('format("%s%%:%5s", "a", "b")', f"a%:{HOLE}s", None, id="a format with widths"),
        pytest.param('string.format("%s:1")', f"{HOLE}:1", None, id="a format without its argument"),
        pytest.param('"$A:1"', "$$A:1", "$A:1", id="a dollar, which Alloy leaves alone"),
        pytest.param('"{{ host }}:1"', f"{HOLE}{HOLE} host {HOLE}{HOLE}:1", None, id="a template of another tool"),
        pytest.param("local.file.a.content", HOLE, None, id="a reference"),
        pytest.param("1 + 2", HOLE, None, id="a sum of numbers"),
    ],
)
def test_an_address_is_written_as_compose_would(written: str, text: str, known: str | None) -> None:
    found = scrape(SCRAPE % f"[{{__address__ = {written}}}]")
    (target,) = found.flows[0].groups[0].targets
    assert target.text == text
    assert interpolate(target.text, {"A": "x:1"}).known == known
    assert found.closed == (text in ("a:1", ""))


def test_what_is_pushed_to() -> None:
    file = read(
        """\
        prometheus.remote_write "a" {
          endpoint {
            url = "http://mimir:9009/api/v1/push"
          }
          endpoint {
            url = string.format("http://%s/x", coalesce(sys.env("H"), "m:1"))
          }
        }
        prometheus.write.queue "b" {
          endpoint "e" {
            url = "http://q/"
          }
        }
        loki.write "c" {
          endpoint {
            url = "http://loki:3100/loki/api/v1/push"
          }
        }
        otelcol.exporter.otlp "d" {
          client {
            endpoint = "tempo:4317"
          }
        }
        otelcol.exporter.otlphttp "e" {
          client {
            endpoint = "http://tempo:4318"
          }
        }
        pyroscope.write "f" {
          endpoint {
            url = "http://pyroscope:4040"
          }
        }
        loki.echo "g" {
          endpoint {
            url = "http://no"
          }
        }
        """
    )
    assert [(write.component.id, write.kind, str(write.url)) for write in file.writes] == [
        ("prometheus.remote_write.a", "remote-write", "http://mimir:9009/api/v1/push"),
        ("prometheus.remote_write.a", "remote-write", "http://${H:-m:1}/x"),
        ("prometheus.write.queue.b", "remote-write", "http://q/"),
        ("loki.write.c", "log-push", "http://loki:3100/loki/api/v1/push"),
        ("otelcol.exporter.otlp.d", "otlp-grpc", "tempo:4317"),
        ("otelcol.exporter.otlphttp.e", "otlp-http", "http://tempo:4318"),
        ("pyroscope.write.f", "profiles", "http://pyroscope:4040"),
    ]
    assert file.open == ()


def test_what_is_listened_on() -> None:
    file = read(
        """\
        otelcol.receiver.otlp "a" {
          grpc {
            endpoint = "127.0.0.1:14317"
          }
          http {}
        }
        otelcol.receiver.otlp "b" {
          grpc {
            endpoint = sys.env("E")
          }
        }
        loki.source.api "c" {
          http {
            listen_address = "0.0.0.0"
            listen_port    = 9999
          }
        }
        prometheus.receive_http "d" {
          http {}
        }
        prometheus.receive_http "e" {
          http {
            listen_port = other.thing.port
          }
        }
        loki.source.syslog "f" {
          listener {
            address = "0.0.0.0:601"
          }
          listener {
            address  = ":514"
            protocol = "udp"
          }
        }
        loki.source.api "g" {}
        """
    )
    assert [(found.component.id, found.kind, found.address and found.address.text, found.port)
            for found in file.listeners] == [
        ("otelcol.receiver.otlp.a", "otlp-grpc", "127.0.0.1:14317", 14317),
        ("otelcol.receiver.otlp.a", "otlp-http", None, 4318),
        ("otelcol.receiver.otlp.b", "otlp-grpc", "${E}", None),
        ("loki.source.api.c", "log-push", "0.0.0.0", 9999),
        ("prometheus.receive_http.d", "remote-write", None, 8080),
        ("prometheus.receive_http.e", "remote-write", None, None),
        ("loki.source.syslog.f", "syslog-tcp", "0.0.0.0:601", 601),
        ("loki.source.syslog.f", "syslog-udp", ":514", 514),
    ]  # fmt: skip


def test_embedded_exporters() -> None:
    file = read('prometheus.exporter.postgres "db" {}\nprometheus.exporter.self "me" {}\n')
    assert [(one.component.id, one.kind) for one in file.exporters] == [
        ("prometheus.exporter.postgres.db", "postgres"),
        ("prometheus.exporter.self.me", "self"),
    ]


LOGS = """\
    local.file_match "logs" {
      path_targets = [{__path__ = "/var/log/*.log", job = "varlogs"}]
    }
    loki.source.file "files" {
      targets    = local.file_match.logs.targets
      forward_to = [loki.process.p.receiver]
    }
    discovery.docker "d" {}
    discovery.relabel "r" {
      targets = discovery.docker.d.targets
      rule {
        source_labels = ["__meta_docker_container_id"]
        target_label  = "container"
      }
    }
    loki.source.docker "containers" {
      targets       = discovery.relabel.r.output
      labels        = {env = "prod"}
      relabel_rules = loki.relabel.before.rules
      forward_to    = [loki.relabel.before.receiver]
    }
    loki.relabel "before" {
      forward_to = [loki.process.p.receiver]
      rule {
        action = "labelmap"
        regex  = "__meta_docker_container_label_(.+)"
      }
    }
    loki.process "p" {
      stage.json {
        expressions = {level = "lvl", requestId = "req.id"}
      }
      stage.regex {
        expression = "(?P<user>\\\\w+)"
      }
      stage.logfmt {
        mapping = {ip = ""}
      }
      stage.template {
        source   = "level"
        template = "{{ .Value }}"
      }
      stage.labels {
        values = {level = "", request = "requestId", computed = foo.bar}
      }
      stage.structured_metadata {
        values = {request = ""}
      }
      stage.label_drop {
        values = ["a", "b"]
      }
      stage.match {
        selector = "{a=\\"b\\"}"
        stage.static_labels {
          values = {x = "y"}
        }
        stage.label_keep {
          values = ["level"]
        }
      }
      forward_to = [loki.relabel.after.receiver]
    }
    loki.relabel "after" {
      rule {
        action = "labeldrop"
        regex  = "(ip|user)"
      }
      rule {
        target_label = "level"
        replacement  = "x"
      }
      forward_to = concat([loki.write.w.receiver], [])
    }
    loki.write "w" {}
    """


def test_log_pipelines_are_followed_from_source_to_loki() -> None:
    file = read(LOGS)
    assert [(str(job.name), [item.text for item in job.discoveries]) for job in file.jobs] == [
        ("files", []),
        ("containers", ["discovery.docker.d"]),
    ]
    assert [path.text for path in file.log_files] == ["/var/log/*.log"]
    files, containers = file.jobs
    assert [(str(label.name), str(label.value)) for label in files.labels] == [("job", "varlogs")]
    assert [(str(label.name), str(label.value)) for label in containers.labels] == [("env", "prod")]
    assert files.relabels == ()
    assert [str(rule.target_label or rule.action) for rule in containers.relabels] == [
        "container",
        "labelmap",
        "labelmap",
    ]
    assert [stage.kind for stage in files.stages] == [
        *("json", "regex", "logfmt", "template", "labels", "structured_metadata", "labeldrop", "match", "relabel"),
    ]
    assert containers.stages == files.stages
    by_kind = {stage.kind: stage for stage in files.stages}
    assert by_kind["json"].extracts == ("level", "requestId")
    assert by_kind["regex"].extracts == ("user",)
    assert by_kind["logfmt"].extracts == ("ip",)
    assert by_kind["template"].rewrites == ("level",)
    assert [(label.label.text, label.source) for label in by_kind["labels"].labels] == [
        ("level", "level"),
        ("request", "requestId"),
    ], "a computed source is not known"
    assert by_kind["structured_metadata"].removes == ("request",)
    assert by_kind["labeldrop"].removes == ("a", "b")
    assert [(stage.kind, stage.keeps) for stage in by_kind["match"].stages] == [
        ("static_labels", None),
        ("labelallow", ("level",)),
    ]
    assert (by_kind["relabel"].removes, by_kind["relabel"].keeps) == (("ip", "user", "level"), None)


SOURCE = 'loki.source.journal "j" {\n  forward_to = [loki.process.p.receiver]\n}\nloki.write "w" {}\n'
PROCESS = 'loki.process "p" {\n  %s\n  forward_to = [%s]\n}\n'


@pytest.mark.parametrize(
    ("text", "jobs"),
    [
        pytest.param(SOURCE + PROCESS % ("", "loki.write.w.receiver"), 1, id="one way"),
        pytest.param(SOURCE + PROCESS % ("", "loki.write.w.receiver, loki.write.w.receiver"), 2, id="two ways"),
        pytest.param(SOURCE + PROCESS % ("", "loki.echo.e.receiver") + 'loki.echo "e" {}\n', 0, id="not to Loki"),
        pytest.param(SOURCE + PROCESS % ("", "loki.process.p.receiver"), 0, id="round and round"),
        pytest.param(SOURCE + PROCESS % ("", "argument.out.value"), 0, id="to what is not known"),
        pytest.param(SOURCE, 0, id="through a component that is not here"),
        pytest.param(SOURCE + PROCESS % ("stage.label_drop {\n values = foo.bar\n}", "loki.write.w.receiver"), 0,
                     id="through a stage that may drop any label"),
        pytest.param(SOURCE + PROCESS % ("stage.template {\n source = sys.env(`A`)\n}", "loki.write.w.receiver"), 0,
                     id="through a stage that may rewrite any value"),
        pytest.param(
            'logging {\n  write_to = [loki.write.w.receiver]\n}\nloki.write "w" {}\n', 1, id="Alloy's own logs"
        ),
        pytest.param('faro.receiver "f" {\n  output {\n    logs = [loki.write.w.receiver]\n  }\n}\nloki.write "w" {}\n',
                     1, id="logs among other outputs"),
        pytest.param(
            PROCESS % ("", "loki.write.w.receiver") + 'loki.write "w" {}\n', 0, id="a pipeline without a source"
        ),
    ],
)  # fmt: skip
def test_only_a_way_that_is_known_to_its_end_is_a_job(text: str, jobs: int) -> None:
    assert len(read(text).jobs) == jobs


def rules_after(rule: str) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    text = SOURCE + PROCESS % ("stage.docker {}", "loki.relabel.r.receiver")
    (job,) = read(
        f'{text}loki.relabel "r" {{\n  rule {{\n{rule}\n  }}\n  forward_to = [loki.write.w.receiver]\n}}'
    ).jobs
    return job.stages[-1].removes, job.stages[-1].keeps


@pytest.mark.parametrize(
    ("rule", "removes", "keeps"),
    [
        pytest.param('action = "labeldrop"\nregex = "a|b"', ("a", "b"), None, id="names are dropped"),
        pytest.param('action = "labeldrop"\nregex = "a.*"', (), (), id="a pattern may drop any"),
        pytest.param('action = "labeldrop"\nregex = sys.env("R")', (), (), id="a computed pattern may drop any"),
        pytest.param('action = "labelkeep"\nregex = "a|b"', (), ("a", "b"), id="names are kept"),
        pytest.param('action = sys.env("A")\ntarget_label = "a"', ("a",), (), id="a computed action may do anything"),
        pytest.param('target_label = "a"', ("a",), None, id="a label is made anew"),
        pytest.param("target_label = foo.bar", (HOLE,), (), id="a computed label may be any"),
        pytest.param('action = "keep"\nregex = sys.env("R")', (), None, id="lines are chosen"),
    ],
)
def test_relabelling_behind_stages_takes_labels_off(
    rule: str, removes: tuple[str, ...], keeps: tuple[str, ...] | None
) -> None:
    found = rules_after(rule)
    assert found[1] == keeps
    assert keeps == () or found[0] == removes


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        pytest.param('action = "keep"\nregex = sys.env("P")', True, id="a computed filter leaves labels alone"),
        pytest.param('action = "labeldrop"\nregex = sys.env("P")', False, id="a computed drop may take any off"),
        pytest.param('target_label = "a"\nregex = sys.env("P")', False, id="a computed regex gives any value"),
    ],
)
def test_relabelling_before_stages_counts_only_where_it_is_known(rule: str, known: bool) -> None:
    relabel = f'discovery.relabel "r" {{\n  targets = discovery.docker.d.targets\n  rule {{\n{rule}\n  }}\n}}\n'
    source = (
        'loki.source.docker "s" {\n  targets = discovery.relabel.r.output\n  forward_to = [loki.write.w.receiver]\n}\n'
    )
    (job,) = read(f'{DOCKER}{relabel}{source}loki.write "w" {{}}\n').jobs
    assert len(job.relabels) == known


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        pytest.param('logging {}\ntracing {}\nlivedebugging {}\nhttp {}\nmimir.rules.kubernetes "a" {}', (),
                     id="settings and components open nothing"),
        pytest.param('import.git "a" {}', ("`import.git` loads components from elsewhere",), id="an import"),
        pytest.param("remotecfg {}", ("`remotecfg` loads components from elsewhere",), id="a remote configuration"),
        pytest.param('module.file "a" {}', ("`module.file` loads components from elsewhere",), id="a module"),
        pytest.param('declare "a" {}', ("`declare.a` makes components of its own",), id="a component of one's own"),
        pytest.param('argument "a" {}', ("`argument` makes this a module that others use",), id="a module itself"),
        pytest.param('prometheus.operator.probes "a" {}', ("`prometheus.operator.probes.a` discovers what to scrape",),
                     id="an operator"),
        pytest.param('acme.scrape "a" {}', ("`acme.scrape.a` is no component we know",), id="an unknown component"),
        pytest.param(SCRAPE % "discovery.docker.d.targets", ("`discovery.docker.d.targets` is not in this file",),
                     id="a reference that leads nowhere"),
    ],
)  # fmt: skip
def test_what_makes_the_world_open_is_noted(text: str, reasons: tuple[str, ...]) -> None:
    assert read(text).open == reasons


# Real files


FILES = sorted(path for ending in ("alloy", "river") for path in CORPUS.rglob(f"*.{ending}"))


@pytest.mark.skipif(not FILES, reason="the corpus of public repositories is not beside the checkout")
def test_real_files_are_read() -> None:
    for path in FILES:
        document = parsed(path.read_text(encoding="utf-8"))
        found = kinds.recognise(document)
        assert found is not None and found[0].name == "alloy", path
        file = kinds.extract(*found[:1], document).facts
        assert isinstance(file, AlloyFile) and file.writes and file.open == (), path
        for scalar in scalars(file):
            if scalar.place.key or HOLE in scalar.text or "$" in scalar.text:
                continue
            cursor = Cursor(document, document.value(scalar.place.at), scalar.place.at)
            assert cursor.text == scalar.text or isinstance(cursor.value, Expression), (path, scalar)
