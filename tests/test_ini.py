"""INI files as Grafana's library reads them, with a place for every value."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies

from obslint.findings import Place
from obslint.parse import load

TEXT = """\
; a comment
app_mode = production
[server]
root_url = https://g.example/ ; where it is
# another
http_port: 3000
[auth.anonymous]
enabled=true
 org name  = "Main; Org." 
[security]
admin_password = \"\"\"a#b;c\"\"\"
key = `one
two`
cookie = it's
"""


def test_settings_and_their_places() -> None:
    (document,) = load("grafana.ini", TEXT, "ini")
    assert document.data == {
        "DEFAULT": {"app_mode": "production"},
        "server": {"root_url": "https://g.example/", "http_port": "3000"},
        "auth.anonymous": {"enabled": "true", "org name": "Main; Org."},
        "security": {"admin_password": "a#b;c", "key": "one\ntwo", "cookie": "it's"},
    }
    for section, settings in document.data.items():
        for key, value in settings.items():
            assert document.raw((section, key)) == value
            span = document.span((section, key), key=True)
            assert TEXT[span.start : span.end] == key
    place = document.locate(Place("grafana.ini", ("security", "admin_password")))
    assert (place.line, place.column) == (11, 21)
    assert document.comments() == {1: "# a comment", 5: "# another"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[a]\nb\n", 2, "neither a section nor"),
        ("[a\nb = 1\n", 1, "never closed"),
    ],
)
def test_what_the_library_refuses_is_a_problem_at_its_line(text: str, line: int, message: str) -> None:
    (document,) = load("grafana.ini", text, "ini")
    (problem,) = document.problems
    assert message in problem.message and document.text.position(problem.span.start)[0] == line
    assert document.data is None


@given(strategies.text(alphabet="[]=:;#\"'` ab\n\t\r"))
def test_any_text_is_read(text: str) -> None:
    (document,) = load("x.ini", text, "ini")
    for section, settings in (document.data or {}).items():
        for key in settings:
            assert 0 <= document.span((section, key)).start <= len(text)


@pytest.mark.parametrize("line", ['a = """\n', "a = `\n", "[[[[", " ", "a=b\n", "#\n", "a" * 9, "= "])
def test_hostile_text_is_read_in_linear_time(line: str) -> None:
    started = time.monotonic()
    load("x.ini", line * 100_000, "ini")
    assert time.monotonic() - started < 10
