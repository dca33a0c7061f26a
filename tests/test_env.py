"""Env files, by the grammar of compose-go's `dotenv` package."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from obslint.parse import env


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param("A=1\nB=2", {"A": "1", "B": "2"}, id="plain values, no line end at the end"),
        pytest.param("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}, id="CR LF"),
        pytest.param("  export  A = x y  \n", {"A": "x y"}, id="export and white space around"),
        pytest.param("export=1\n", {"export": "1"}, id="a variable called export"),
        pytest.param("A: 1\nB:2\n", {"A": "1", "B": "2"}, id="colons"),
        pytest.param("A=x # c\nB=x#c\nC='x' # c\n", {"A": "x", "B": "x#c", "C": "x"}, id="comments behind values"),
        pytest.param("A=\"x # y\"\nB='x # y'\n", {"A": "x # y", "B": "x # y"}, id="a sharp in quotes"),
        pytest.param("A=\nB=''\nC=\"\"\n", {"A": "", "B": "", "C": ""}, id="empty values"),
        pytest.param('A="x\ny"\nB=1\n', {"A": "x\ny", "B": "1"}, id="a quoted value of two lines"),
        pytest.param("A='x\nB=2\n'\n", {"A": "x\nB=2\n"}, id="an assignment inside quotes is none"),
        pytest.param('A="\\n\\t\\"\\$x\\\\\\q"\n', {"A": '\n\t"$x\\\\q'}, id="escapes in double quotes"),
        pytest.param("A='\\n\\''\n", {"A": "\\n'"}, id="the one escape in single quotes"),
        pytest.param("A=\\n\n", {"A": "\\n"}, id="no escapes without quotes"),
        pytest.param("A\nB=1\n", {"B": "1"}, id="a bare name takes its value from the shell"),
        pytest.param("not an assignment\n=1\nA=1\n", {"A": "1"}, id="other lines are passed over"),
        pytest.param('A="x\nB=1\n', {"B": "1"}, id="a quote that is never closed"),
        pytest.param("A=1\nA=2\n", {"A": "2"}, id="the last assignment counts"),
        pytest.param("A.b-c[0]=1\nÜ=2\n", {"A.b-c[0]": "1", "Ü": "2"}, id="names"),
        pytest.param("A=${B:-x y}$C\n", {"A": "${B:-x y}$C"}, id="variables are left to the reader"),
        pytest.param("A=https://x/?a=b#c\n", {"A": "https://x/?a=b#c"}, id="a URL"),
        pytest.param("# A=1\n #B=2\n", {}, id="comments"),
        pytest.param("", {}, id="nothing"),
    ],
)
def test_data(text: str, data: dict[str, str]) -> None:
    assert env.load(".env", text).data == data


def test_comments_are_those_of_the_grammar() -> None:
    text = "# a\nA=1 # b\nB=x#y\nC='\n# no\n' # c\nD=\"x\" # d\n  # e\r\n"
    assert env.load(".env", text).comments() == {1: "# a", 2: "# b", 6: "# c", 7: "# d", 8: "# e"}


NAMES = st.from_regex(r"[A-Z_][A-Z0-9_]{0,4}", fullmatch=True)
VALUES = st.text(st.sampled_from("ab \n\t\"'\\$#=é😀{}:"), max_size=10)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, dict[str, str], dict[str, list[str]]]:
    """A file, its data, and the source of each character of each value."""
    data = draw(st.dictionaries(NAMES, VALUES, max_size=4))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    lines, pieces = [], {}
    for name, value in data.items():
        double = [{'"': '\\"', "\\": "\\\\", "\t": "\\t"}.get(char, char) for char in value]
        styles = [('"', double)]
        if "\\" not in value:
            styles.append(("'", ["\\'" if char == "'" else char for char in value]))
        if (
            value.strip() == value
            and value[:1] not in ("'", '"')
            and not {"\n", "\t"} & set(value)
            and " #" not in value
        ):
            styles.append(("", list(value)))
        quote, pieces[name] = draw(st.sampled_from(styles))
        # Compose trims the white space before it looks for ` #`: behind an unquoted nothing there is no comment.
        tails = ["", " ", " # x='\""] if quote or value else ["", " "]
        lead, tail = draw(st.sampled_from(["", " ", "export "])), draw(st.sampled_from(tails))
        lines.append(
            f"{lead}{name}{draw(st.sampled_from(['=', ' = ', ': ']))}{quote}{''.join(pieces[name])}{quote}{tail}"
        )
        lines += draw(st.sampled_from([[], ["# c"], ["", " "], ["bare"]]))
    return newline.join([*lines, ""]), data, pieces


@settings(max_examples=300, deadline=None)
@given(written())
def test_every_generated_value_key_and_character_is_found_where_it_was_written(
    case: tuple[str, dict[str, str], dict[str, list[str]]],
) -> None:
    text, data, pieces = case
    document = env.load(".env", text)
    assert document.data == data
    for name, sources in pieces.items():
        key, whole = document.span((name,), key=True), document.span((name,))
        assert text[key.start : key.end] == name
        assert text[whole.start : whole.end] == "".join(sources)
        spans = [document.inner_span((name,), index, index + 1) for index in range(len(sources))]
        assert [text[span.start : span.end] for span in spans] == sources
        inside = document.inner_span((name,), 1, 99)
        assert text[inside.start : inside.end] == "".join(sources[1:])


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("AB=:\"'\\ \n\r#$export\t\x85\u2028\ud800"), max_size=40))
@example("A='")
@example('A="\\')
@example("\ufeffA=1")
def test_any_text_is_read_within_its_bounds(text: str) -> None:
    document = env.load(".env", text)
    assert isinstance(document.data, dict)
    for name, value in document.data.items():
        for span in (
            document.span((name,)),
            document.span((name,), key=True),
            document.inner_span((name,), 0, len(value)),
        ):
            assert 0 <= span.start <= span.end <= len(text)
    assert all(comment.startswith("#") for comment in document.comments().values())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("A=" + " " * 500_000 + "x" + " " * 500_000, id="a megabyte of white space"),
        pytest.param("\n" * 1_000_000, id="a megabyte of line ends"),
        pytest.param(" " * 1_000_000, id="a line of a megabyte of spaces"),
        pytest.param("A" * 1_000_000, id="a name of a megabyte"),
        pytest.param('A="\n' * 200_000, id="quotes on every line"),
        pytest.param("A='\"\n" * 200_000, id="both quotes on every line"),
        pytest.param('A="' + "\\" * 1_000_000, id="a megabyte of backslashes"),
        pytest.param("A= #" + " #" * 500_000, id="a megabyte of sharps"),
        pytest.param("export " * 150_000, id="a megabyte of exports"),
        pytest.param("A=1\n" * 250_000, id="250,000 assignments"),
    ],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()
    env.load(".env", text)
    assert time.process_time() - start < 5, "far above what any of these takes"
