"""Dockerfiles: the grammar of BuildKit, and what a file says of its image."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obslint import engine, kinds, parse, suppress
from obslint.facts.dockerfile import Dockerfile
from obslint.findings import Place
from obslint.parse import Document, dockerfile


def read(text: str) -> tuple[Dockerfile, Document]:
    (document,) = parse.load("Dockerfile", dedent(text).lstrip("\n"), "dockerfile")
    found = kinds.recognise(document)
    assert found is not None and found[0].name == "dockerfile"
    facts = kinds.extract(found[0], document).facts
    assert isinstance(facts, Dockerfile)
    return facts, document


def written(document: Document, place: Place) -> str:
    location = document.locate(place)
    starts = document.text.line_starts
    start = starts[location.line - 1] + location.column - 1
    return document.text.text[start : starts[location.end_line - 1] + location.end_column - 1]


# Grammar


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param("FROM a\nUSER b\n", [("FROM", ["a"]), ("USER", ["b"])], id="instructions"),
        pytest.param("from a as b", [("FROM", ["a", "as", "b"])], id="names in any case"),
        pytest.param("  FROM a\r\n\r\nUSER b\r\n", [("FROM", ["a"]), ("USER", ["b"])], id="CR LF and blanks"),
        pytest.param("EXPOSE 1 \\\n  2\\\n3\n", [("EXPOSE", ["1", "23"])], id="lines that go on"),
        pytest.param("EXPOSE 1 \\\n# no\n\n  # no\n 2\nUSER a", [("EXPOSE", ["1", "2"]), ("USER", ["a"])], id="gaps"),
        pytest.param("# escape=`\nEXPOSE a\\ `\n b\n", [("EXPOSE", ["a\\", "b"])], id="another escape"),
        pytest.param("# syntax=a\n#escape = `\nEXPOSE `\n b", [("EXPOSE", ["b"])], id="an escape below its like"),
        pytest.param("# a\n# escape=`\nEXPOSE \\\n b", [("EXPOSE", ["b"])], id="an escape too late"),
        pytest.param("EXPOSE a # b", [("EXPOSE", ["a", "#", "b"])], id="no comment behind an instruction"),
        pytest.param('ENV A=\'x y\' B="z\\"" C=a\\ b', [("ENV", ["A=x y", 'B=z"', "C=a b"])], id="quotes"),
        pytest.param("ENV A x  y", [("ENV", ["A", "x  y"])], id="the old form of ENV"),
        pytest.param("ARG A\nARG B=1 C=2", [("ARG", ["A"]), ("ARG", ["B=1", "C=2"])], id="arguments"),
        pytest.param('COPY ["a b", "c\\\\d"]', [("COPY", ["a b", "c\\d"])], id="a list of files"),
        pytest.param("COPY [a b", [("COPY", ["[a", "b"])], id="a list that is none"),
        pytest.param("CMD  a  b ", [("CMD", ["a  b"])], id="the shell form"),
        pytest.param('CMD ["a", "b c"]', [("CMD", ["a", "b c"])], id="the exec form"),
        pytest.param("CMD ['a']", [("CMD", ["['a']"])], id="an exec form with the wrong quotes"),
        pytest.param("CMD [1]", [("CMD", ["[1]"])], id="an exec form without strings"),
        pytest.param("HEALTHCHECK --a=b CMD a b", [("HEALTHCHECK", ["CMD", "a b"])], id="a check"),
        pytest.param("HEALTHCHECK none", [("HEALTHCHECK", ["none"])], id="no check"),
        pytest.param("RUN <<EOF\nFROM x\nEOF\nUSER a", [("RUN", ["<<EOF"]), ("USER", ["a"])], id="a heredoc"),
        pytest.param("RUN <<-'E' b\n\tx\n\tE\nUSER a", [("RUN", ["<<-'E' b"]), ("USER", ["a"])], id="tabs before it"),
        pytest.param(
            "COPY <<a <<b /x/\n1\na\n2\nb\nUSER c", [("COPY", ["<<a", "<<b", "/x/"]), ("USER", ["c"])], id="two"
        ),
        pytest.param("RUN <<E\n\tE\n E\nE\nUSER a", [("RUN", ["<<E"]), ("USER", ["a"])], id="a whole line ends it"),
        pytest.param("RUN <<E\nUSER a", [("RUN", ["<<E"]), ("USER", ["a"])], id="a heredoc without an end"),
        pytest.param("RUN a '<<E'\nUSER a\nE", [("RUN", ["a '<<E'"]), ("USER", ["a"]), ("E", [])], id="in quotes"),
        pytest.param("RUN a <<< E\nUSER a\nE", [("RUN", ["a <<< E"]), ("USER", ["a"]), ("E", [])], id="three signs"),
        pytest.param("", [], id="nothing"),
        pytest.param("EXPOSE 1 \\", [("EXPOSE", ["1"])], id="a line that goes on at the end"),
    ],
)
def test_instructions(text: str, data: list[tuple[str, list[str]]]) -> None:
    document = dockerfile.load("Dockerfile", text)
    assert [(item["name"], item["args"]) for item in document.data] == data  # type: ignore[attr-defined]


def test_each_word_has_its_place_across_lines() -> None:
    text = 'FROM --platform=x a AS b\nENV A="x \\\n  y" \\\n  B=z\nCMD ["a", \\\n "b\\"c"]\n'
    document = dockerfile.load("Dockerfile", text)

    def at(*path: str | int, key: bool = False) -> str:
        span = document.span(path, key)
        return text[span.start : span.end]

    def inside(start: int, end: int, *path: str | int) -> str:
        span = document.inner_span(path, start, end)
        return text[span.start : span.end]

    assert (at(0, "flags", 0), at(0, "args", 2), at(0, key=True)) == ("--platform=x", "b", "FROM")
    assert (at(1, "args", 0), at(1, "args", 1)) == ('A="x \\\n  y"', "B=z")
    assert (inside(2, 3, 1, "args", 0), inside(6, 7, 1, "args", 0)) == ("x", "y")
    assert (at(2, "args", 1), inside(1, 3, 2, "args", 1)) == ('"b\\"c"', '\\"c')
    assert at(2) == 'CMD ["a", \\\n "b\\"c"'
    assert document.locate(Place("Dockerfile", (1, "args", 1))).line == 4


def test_comments_silence_also_inside_an_instruction() -> None:
    text = "# obslint: ignore[SEC001] known\nFROM a\nRUN <<E\n# obslint: ignore[SEC]\nE\n"
    text += "ENV A=1 \\\n # obslint: ignore[X]\n B=2\n"
    document = dockerfile.load("Dockerfile", text)
    assert {line: [sorted(one.selectors) for one in all_] for line, all_ in suppress.directives(document).items()} == {
        2: [["SEC001"]],
        8: [["X"]],
    }


PIECES = [
    *"ab \n\t\\`\"'#[],=$",
    *(
        "FROM a AS b\n",
        "RUN ",
        "COPY ",
        "ENV ",
        "ARG ",
        "CMD ",
        "HEALTHCHECK CMD ",
        "<<EOF",
        "EOF\n",
        "# escape=`\n",
        "--x=y ",
    ),
    *("WORKDIR ", "${a:-b}", "\r\n", "\\u00e9", '["a"', '"]'),
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_any_text_is_read_and_every_place_lies_in_it(parts: list[str]) -> None:
    text = "".join(parts)
    (document,) = parse.load("Dockerfile", text, "dockerfile")
    assert document.problems == ()
    assert kinds.extract(kinds.KINDS["dockerfile"], document).facts is not None
    document.comments()
    for number, item in enumerate(document.data):  # type: ignore[arg-type, var-annotated]
        for key in ("flags", "args"):
            for index, word in enumerate(item[key]):
                span = document.span((number, key, index))
                inner = document.inner_span((number, key, index), 0, len(word))
                assert 0 <= span.start < span.end <= len(text)
                assert span.start <= inner.start <= inner.end <= span.end


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("FROM a AS b\n" * 5000, id="many stages"),
        pytest.param("FROM a AS b\n" + "ENV A=1\n" * 5000 + "FROM b AS c\nFROM c AS b\n" * 100, id="many variables"),
        pytest.param("FROM a\n" + "ENV A=$A$A\n" * 5000, id="a value that doubles"),
        pytest.param("FROM a\nENV A=x\n" + "ENV A=$A$A\n" * 5000, id="a known value that doubles"),
        pytest.param("FROM a\nENV A=" + "x" * 900 + "\nENV B=" + "$A" * 30_000 + "\n", id="a value many times over"),
        pytest.param("FROM a\nRUN " + "\\\n" * 40_000, id="a long instruction"),
        pytest.param("FROM a\n" + "RUN <<A\n" * 5000, id="many heredocs without an end"),
        pytest.param("FROM a\n" + "RUN <<-A\n" * 5000 + "\tA\n" * 5000, id="many heredocs"),
        pytest.param("FROM a\n" + "RUN <<A\n" * 2000 + "\tA\n" * 2000, id="many lines that nearly end one"),
        pytest.param("FROM a\nCMD " + "[" * 50_000, id="many brackets"),
        pytest.param('FROM a\nCMD ["' + '\\",' * 20_000, id="an open list"),
        pytest.param("FROM a\nENV A=" + "\"'" * 20_000, id="many quotes"),
        pytest.param("FROM a\nENV A=" + "${A:-" * 10_000, id="many braces"),
        pytest.param(" " * 80_000, id="white space"),
    ],
)
def test_a_long_text_is_read(text: str) -> None:
    (document,) = parse.load("Dockerfile", text, "dockerfile")
    kinds.recognise(document)
    assert kinds.extract(kinds.KINDS["dockerfile"], document).path == "Dockerfile"


# Facts


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("FROM a", True),
        ("# c\nARG A=1\nFROM a\n", True),
        ("FROM", False),
        ("RUN a\nFROM b", False),
        ("# How to build\n\nUse this:\n\nFROM a\n", False),
        ("", False),
    ],
)
def test_nothing_but_arguments_stands_before_the_first_stage(text: str, ours: bool) -> None:
    assert (kinds.recognise(parse.load("Dockerfile", text, "dockerfile")[0]) is not None) == ours


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Dockerfile", True),
        ("dockerfile", True),
        ("Dockerfile.prod", True),
        ("api.Dockerfile", True),
        ("api.dockerfile", True),
        ("Containerfile", True),
        ("Dockerfile.dockerignore", False),
        ("Dockerfile.md", False),
        ("Dockerfile.j2", False),
        ("Dockerfile.bak", False),
        ("dockerfile.py", False),
        ("Dockerfiles", False),
    ],
)
def test_which_files_are_read_as_dockerfiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, found: bool
) -> None:
    (tmp_path / name).write_text("FROM python:3.13\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    loaded = engine.load(engine.Options([Path()]))
    assert [item.kind for item in loaded.recognised] == ["dockerfile"] * found


def test_a_dockerfile_that_is_none_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Dockerfile").write_text("services:\n  a:\n    image: b\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    loaded = engine.load(engine.Options([Path()]))
    assert (loaded.recognised, [item.reason for item in loaded.discovery.skipped]) == ([], ["other"])


def test_the_facts_of_a_service_of_two_stages() -> None:
    facts, document = read(
        """
        ARG VERSION=3.13
        FROM python:${VERSION}-slim AS build
        WORKDIR /build
        COPY pyproject.toml ./
        RUN pip install .
        FROM python:${VERSION}-slim
        ENV PORT=8000 MODE=prod
        WORKDIR /srv
        WORKDIR app
        COPY --from=build --chown=1:1 /opt/venv /opt/venv
        COPY app/ config.yml ./
        COPY main.py $MODE/
        ADD https://example.com/a.tgz /
        EXPOSE 8000 9100/tcp
        USER 1000
        ENTRYPOINT ["python", "-m"]
        CMD uvicorn app:main --port "$PORT"
        HEALTHCHECK --interval=30s CMD ["curl", "-f", "http://localhost:8000/health"]
        """
    )
    first, last = facts.stages
    assert [(entry.name.text, entry.value and entry.value.text) for entry in facts.args] == [("VERSION", "3.13")]
    assert (first.image.text, first.base, first.name and first.name.text) == (
        "python:${VERSION}-slim",
        "python:3.13-slim",
        "build",
    )
    assert [copy.target for copy in first.copies] == ["/build/"]
    assert [([one.text for one in copy.sources], copy.target) for copy in last.copies] == [
        (["/opt/venv"], "/opt/venv"),
        (["app/", "config.yml"], "/srv/app/"),
        (["main.py"], "/srv/app/prod/"),
        (["https://example.com/a.tgz"], "/"),
    ]
    origin = last.copies[0].origin
    assert origin is not None and (origin.text, written(document, origin.place)) == ("build", "build")
    assert [(e.name.text, e.value and e.value.text) for e in last.environment] == [("PORT", "8000"), ("MODE", "prod")]
    assert written(document, last.environment[1].name.place) == "MODE"
    assert [one.text for one in last.expose] == ["8000", "9100/tcp"]
    assert last.workdir and last.user and (last.workdir.text, last.user.text) == ("app", "1000")
    assert last.entrypoint and ([w.text for w in last.entrypoint.words], last.entrypoint.shell) == (
        ["python", "-m"],
        False,
    )
    assert last.command and ([w.text for w in last.command.words], last.command.shell) == (
        ["uvicorn", "app:main", "--port", "$PORT"],
        True,
    )
    assert written(document, last.command.words[3].place) == '"$PORT"'
    assert last.healthcheck and last.healthcheck.command
    url = last.healthcheck.command.words[2]
    assert (url.text, written(document, url.place.within(7, 16))) == ("http://localhost:8000/health", "localhost")
    assert written(document, last.place) == "FROM"
    assert facts.chain() == (last,)
    assert facts.chain("BUILD") == (first,)
    assert facts.chain("absent") == ()


def test_a_stage_goes_on_where_its_base_ends() -> None:
    facts, _ = read(
        """
        FROM alpine AS base
        WORKDIR /a
        ENV D=x
        FROM base AS mid
        COPY f $D/g
        FROM alpine
        FROM mid
        COPY h .
        HEALTHCHECK NONE
        """
    )
    assert facts.chain() == (facts.stages[0], facts.stages[1], facts.stages[3])
    assert [copy.target for stage in facts.chain() for copy in stage.copies] == ["/a/x/g", "/a/"]
    assert facts.stages[3].healthcheck is not None and facts.stages[3].healthcheck.command is None


@pytest.mark.parametrize(
    ("instructions", "target"),
    [
        ("COPY a /b", "/b"),
        ("COPY a /b/../c/", "/c/"),
        ("COPY a b", None),
        ("WORKDIR /w\nCOPY a .", "/w/"),
        ("WORKDIR /w\nCOPY a x.", "/w/x."),
        ("FROM scratch\nCOPY a b", "/b"),
        ("WORKDIR w\nCOPY a .", None),
        ("COPY a $X/b", None),
        ("ARG X\nCOPY a /$X/b", None),
        ("ARG X=1\nCOPY a /$X/b", "/1/b"),
        ("ARG TOP\nCOPY a /$TOP/b", "/t/b"),
        ("COPY a /$TOP/b", None),
        ("ENV X=1\nARG X=2\nCOPY a /$X", "/1"),
        ("COPY a /${X:-d}/b", "/d/b"),
        ("ENV X=1\nCOPY a /${X:+e}/b", "/e/b"),
        ("COPY a /${X#y}/b", None),
        ('COPY ["a b", "/c d"]', "/c d"),
    ],
)
def test_where_a_file_is_copied_to(instructions: str, target: str | None) -> None:
    facts, _ = read(f"ARG TOP=t\nFROM a\n{instructions}\n")
    assert [copy.target for copy in facts.stages[-1].copies] == [target]


@pytest.mark.parametrize(
    ("image", "base"),
    [("a:$V", "a:1"), ("a:${W}", None), ("a:${W:-2}", "a:2"), ("${V:+b}", "b"), ("a@sha256:0", "a@sha256:0")],
)
def test_the_base_image_with_the_defaults_of_arguments(image: str, base: str | None) -> None:
    facts, _ = read(f"ARG V=1\nARG W\nFROM {image}\n")
    assert facts.stages[0].base == base
