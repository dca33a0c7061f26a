"""`obslint query`: the tree, what is known of each part, what is required, the findings, and hostile expressions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import Shell

STACK = {
    "compose.yml": """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml', './rules.yml:/etc/prometheus/rules.yml']
""",
    "prometheus.yml": """\
rule_files: [rules.yml]
scrape_configs:
  - job_name: app
    static_configs: [{targets: ['app:8080']}]
""",
    "rules.yml": "groups: [{name: g, rules: [{record: 'a:b:sum', expr: 'sum by (a) (m)'}]}]\n",
}


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(capsys)


def test_the_tree_is_drawn(shell: Shell) -> None:
    assert (
        shell("query", 'sum by (job) (rate(m_total{a="x"}[5m])) > on (job) n or vector(1)', "--select", "SYN005") == 0
    )
    assert (
        shell.out
        == """\
or                             instant vector  {job?} or {}; 0 or more
├─ > on (job)                  instant vector  {job?}; 0 or more
│  ├─ sum by (job)             instant vector  {job?}; 0 or more
│  │  └─ rate()                instant vector  {a="x", …} without __name__; 0 or more
│  │     └─ [5m]               range vector    {__name__="m_total", a="x", …}; 0 or more
│  │        └─ m_total{a="x"}  instant vector  {__name__="m_total", a="x", …}; 0 or more
│  └─ n                        instant vector  {__name__="n", …}
└─ vector()                    instant vector  {}; always 1
   └─ 1                        scalar          always 1

result    never empty: there is always a result

no findings
"""
    )


@pytest.mark.parametrize(
    ("expr", "result"),
    [
        ("vector(1)", "never empty: there is always a result of 1"),
        ("foo or vector(time())", "never empty: there is always a result"),
        ("vector(1) > 2", "always empty, whatever the data"),
        ('sum(a) / b{c="d"}', "always empty, whatever the data"),
        ("m", "empty or not, as the data are"),
    ],
)
def test_whether_there_is_a_result(expr: str, result: str, shell: Shell) -> None:
    shell("query", expr, "--select", "SYN005")
    assert f"result    {result}" in shell.out


def test_what_does_not_parse_is_a_finding(shell: Shell) -> None:
    assert shell("query", "sum(m") == 1
    assert shell.out.startswith("<query>:1:4: error[SYN005] ")


def test_the_files_tell_more(shell: Shell, tmp_path: Path) -> None:
    for name, text in STACK.items():
        (tmp_path / name).write_text(text)
    assert shell("query", "a:b:sum * m", ".", "--select", "SYN005") == 0
    assert '{__name__="a:b:sum", a?}' in shell.out
    assert '{__name__="m", instance, job, …}' in shell.out
    assert shell("query", "a:b:sum", "--select", "SYN005") == 0
    assert '{__name__="a:b:sum", …}' in shell.out


def test_findings_of_the_files_are_left_out(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("groups: [{name: g, rules: [{record: a, expr: 'sum('}]}]\n")
    assert shell("query", "m", ".") == 0


def test_json(shell: Shell) -> None:
    assert shell("query", "1 - rate(m)", "--format", "json", "--select", "SYN005") == 1
    data = json.loads(shell.out)
    assert [(part["depth"], part["what"]) for part in data["parts"]] == [(0, "-"), (1, "1"), (1, "rate()"), (2, "m")]
    assert data["expression"] == "1 - rate(m)"
    assert data["findings"][0]["code"] == "SYN005"


@pytest.mark.parametrize(
    "expr", ["(" * 5000, "a + " * 20_000 + "a", "a or " * 5_000 + "a", "\x1b[31m{", "\ud800", "-" * 5000 + "1"]
)
def test_hostile_expressions_end_in_words(expr: str, shell: Shell) -> None:
    assert shell("query", "--", expr) in (0, 1)
    assert "\x1b" not in shell.out


def test_logql_is_told_by_its_form(shell: Shell) -> None:
    assert (
        shell("query", 'sum by (app) (rate({app=~".+", env="x"} |= "error" | json code | code >= 500 [5m])) > 5') == 0
    )
    assert (
        shell.out
        == """\
>                                 instant vector
├─ sum by (app)                   instant vector
│  └─ rate()                      instant vector
│     └─ [5m]                     log lines
│        └─ {app=~".+", env="x"}  log lines
│           ├─ |= "error"         stage
│           ├─ | json code        stage           makes code
│           └─ | code >= 500      stage
└─ 5                              scalar

result    empty or not, as the logs are
requires  {app=~".+", env="x"}

no findings
"""
    )


def test_nothing_to_explain(shell: Shell) -> None:
    assert shell("query", " ") == 2
    assert "there is no expression" in shell.err


@pytest.mark.parametrize("expr", ['{app="x"} |= "a', 'count_over_time({a="b"} | logfmt | unwrap d [5m])'])
def test_broken_logql_is_told_as_logql(expr: str, shell: Shell) -> None:
    assert shell("query", expr) == 1
    assert "the query is not LogQL, so it shows an error" in shell.out


def test_log_lines_are_a_query(shell: Shell) -> None:
    assert shell("query", '{job="a"} |= "x"') == 0


def test_log_lines_are_no_alert(shell: Shell) -> None:
    assert shell("query", '{job="a"} |= "x"', "--alert") == 1
    assert "error[SYN006] the query cannot run" in shell.out
