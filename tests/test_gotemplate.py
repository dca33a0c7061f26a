"""Go's text/template: what parses, and where it does not."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from obslint.knowledge.templates import template_language
from obslint.lang.gotemplate import MAX_DEPTH, parse

PROMETHEUS = template_language("prometheus")

GOOD = [
    pytest.param("no action { at all }", id="plain text"),
    pytest.param("{{ $labels.a }} {{ .Labels.b.c }} {{ (index .x 1).y }}", id="fields"),
    pytest.param("{{ if .a }}1{{ else if .b }}2{{ else }}3{{ end }}", id="a chain of conditions"),
    pytest.param("{{ range $i, $x := .a }}{{ $i }}{{ break }}{{ continue }}{{ end }}", id="a range with two variables"),
    pytest.param('{{ define "t" }}{{ $ }}{{ end }}{{ template "t" . }}', id="a definition"),
    pytest.param('{{ block "t" .a }}{{ . }}{{ end }}', id="a block"),
    pytest.param("{{- /* a }} b */ -}}{{/* c */}}", id="comments"),
    pytest.param("{{ $x := 1 }}{{ $x = 2 }}{{ $x }}{{ -3 }}{{ 0x1F }}{{ 1.5e3 }}{{ 'a' }}", id="literals"),
    pytest.param('{{ print `a "b" }}` "\\"c" }}', id="quotes within quotes"),
    pytest.param("{{ .a | }}", id="a pipe to nothing"),
    pytest.param("{{ with $x := .a }}{{ end }}{{ with .b }}\n{{- end }}", id="trimmed ends"),
]
BAD = [
    pytest.param("{{ .a", "{{", id="an action that is not closed"),
    pytest.param("{{ .a }", "}", id="one brace for two"),
    pytest.param("{{ (.a }}", "(", id="a parenthesis that is not closed"),
    pytest.param("{{ .a) }}", ")", id="a parenthesis too many"),
    pytest.param('{{ "a }}', '"', id="a quote that is not closed"),
    pytest.param("{{/* a }}", "{{", id="a comment that is not closed"),
    pytest.param("{{ humanise $value }}", "humanise", id="an unknown function"),
    pytest.param("{{ $lables.a }}", "$lables", id="an unknown variable"),
    pytest.param('{{ define "t" }}{{ $labels }}{{ end }}', "$labels", id="a variable outside of a definition"),
    pytest.param("{{ with $x := .a }}{{ end }}{{ $x }}", "$x", id="a variable after its block"),
    pytest.param("{{ if .a }}", "if", id="a block without end"),
    pytest.param("a{{ end }}", "end", id="an end without block"),
    pytest.param("{{ if .a }}{{ else }}{{ else }}{{ end }}", "else", id="two elses"),
    pytest.param("{{ range . }}{{ else }}{{ break }}{{ end }}", "break", id="a break in a range's else"),
    pytest.param("{{ }}", "{{ }}", id="an empty action"),
    pytest.param("{{ .a-b }}", "-", id="a dash in a name"),
    pytest.param("{{ 1x }}", "1", id="a number that is none"),
    pytest.param("{{ 1e }}", "1e", id="an exponent without digits"),
    pytest.param("{{ .a | 1 }}", "1", id="a pipe to a number"),
    pytest.param("{{ 'abc' }}", "'abc'", id="single quotes"),
    pytest.param("{{ 1.a }}", None, id="a field of a number"),
    pytest.param("{{ .a § }}", "§", id="a character that is none of the language"),
]


def problem_of(text: str) -> str | None:
    problem = parse(text, PROMETHEUS.functions, PROMETHEUS.variables).problem
    return None if problem is None else text[problem.start : problem.end]


@pytest.mark.parametrize("text", GOOD)
def test_takes(text: str) -> None:
    assert problem_of(text) is None


@pytest.mark.parametrize(("text", "place"), BAD)
def test_refuses(text: str, place: str | None) -> None:
    found = problem_of(text)
    assert found is not None
    assert place is None or found == place


def test_calls_have_their_places() -> None:
    calls = parse("{{ .a | toUpper | printf }}", PROMETHEUS.functions).calls
    assert [(call.name, call.start, call.end) for call in calls] == [("toUpper", 8, 15), ("printf", 18, 24)]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_the_verdict_is_that_of_promtool(tmp_path: Path) -> None:
    texts = [case.values[0] for case in (*GOOD, *BAD)]
    rules = [{"alert": f"A{n}", "expr": "1", "annotations": {"a": text}} for n, text in enumerate(texts)]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True, check=False, timeout=60)
    for number, text in enumerate(texts):
        assert (f'"A{number}"' in done.stdout + done.stderr) == (problem_of(text) is not None), text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{{ " + "(" * 300_000, id="parentheses"),
        pytest.param("{{ if .a }}" * 60_000, id="blocks"),
        pytest.param("{{$a:=1}}" * 60_000 + "{{$b}}", id="variables"),
        pytest.param("{{" + " " * 500_000 + "x", id="blanks"),
        pytest.param("{{/*" * 100_000, id="comments"),
        pytest.param('{{ "' + "\\a" * 200_000, id="escapes"),
    ],
)
def test_is_linear(text: str) -> None:
    begun = time.perf_counter()
    parse(text, PROMETHEUS.functions)
    assert time.perf_counter() - begun < 5


def test_what_is_nested_too_deep_is_not_judged() -> None:
    text = "{{ " + "(" * (MAX_DEPTH + 1) + ".a" + ")" * (MAX_DEPTH + 1) + "}}"
    assert problem_of(text) is None
