"""One file from standard input, files that are named, and the kind that the user says they are."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from obslint import discover
from obslint.cli import main
from obslint.kinds import KINDS

COMPOSE = """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    ports:
      - "9090:9090"
"""
MISSPELT = "scrape_configs:\n  - job_name: a\n    scrape_intervall: 5s\n"
RULES = "groups: [{name: a, rules: [{alert: B, expr: up == 0, for: 5m}]}]\n"
DASHBOARD = '{"title": "a",\n\t"schemaVersion": 39, "panels": []}\n'
OF_EACH = {
    "compose": COMPOSE,
    "prometheus": "scrape_configs: [{job_name: a}]\n",
    "rules": RULES,
    "dashboard": DASHBOARD,
    "nginx": "server {\n  listen 80;\n}\n",
    "dockerfile": "FROM alpine:3.20\nRUN true\n",
    "alloy": 'prometheus.scrape "a" {\n  targets = []\n  forward_to = []\n}\n',
}

Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs `obslint check` in an empty directory: its exit code, what it prints, and its complaint."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, given: str | bytes = b"") -> tuple[int, str, str]:
        data = given.encode() if isinstance(given, str) else given
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = main(["check", *words])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        assert "internal error" not in out + err
        return code, out, err

    return run


def found(out: str) -> list[tuple[str, str, int]]:
    return [(item["code"], item["path"], item["line"]) for item in json.loads(out)["findings"]]


# --- standard input ---------------------------------------------------------------------------------------------------


def test_standard_input_is_judged_as_the_kind_it_is_told_to_be(check: Check) -> None:
    code, out, err = check("--kind", "prometheus", "-", given=MISSPELT)
    assert (code, err) == (1, "")
    assert out.startswith("<stdin>:3:5: error[SYN003] unknown field `scrape_intervall`")
    assert "  3 |     scrape_intervall: 5s\n" in out
    assert out.endswith("1 error in 1 file\n")


@pytest.mark.parametrize("kind", OF_EACH)
def test_kind_of_standard_input_is_told_by_its_content(check: Check, kind: str) -> None:
    code, out, err = check("-", "--format", "json", "--fail-on", "error", given=OF_EACH[kind])
    assert (code, err) == (0, "")
    assert json.loads(out)["summary"]["files"] == {kind: 1}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: b\n", id="some other YAML"),
        pytest.param('{"a": 1}', id="some other JSON"),
        pytest.param("[" * 100_000, id="brackets without end"),
        pytest.param("a: [\n", id="broken YAML"),
        pytest.param("A=b\n", id="an env file, which only its name tells"),
        pytest.param("hello\n", id="prose"),
    ],
)
def test_content_that_shows_no_kind_is_refused(check: Check, text: str) -> None:
    message = "Error: <stdin>: its content shows no kind of config that obslint knows; --kind says what it is\n"
    assert check("-", given=text) == (2, "", message)


@pytest.mark.parametrize("words", [["-"], ["--kind", "compose", "-"]], ids=["by content", "by --kind"])
@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n"])
def test_empty_standard_input_is_refused(check: Check, words: list[str], text: str) -> None:
    assert check(*words, given=text) == (2, "", "Error: <stdin>: empty: there is nothing to check\n")


def test_same_text_is_judged_otherwise_as_another_kind(check: Check) -> None:
    assert found(check("--kind", "rules", "-", "--format", "json", given=RULES)[1]) == []
    code, out, _ = check("--kind", "alertmanager", "-", "--format", "json", given=RULES)
    assert (code, found(out)[0][:2]) == (1, ("SYN003", "<stdin>"))


@pytest.mark.parametrize("words", [["-"], ["compose.yaml"], []], ids=["for stdin", "for a file", "for no path"])
def test_unknown_kind_is_answered_with_the_kinds(check: Check, words: list[str]) -> None:
    Path("compose.yaml").write_text(COMPOSE)
    code, out, err = check("--kind", "promethoos", *words, given=MISSPELT)
    assert (code, out) == (2, "")
    assert err == f"Error: `promethoos` is no kind of config; the kinds are {', '.join(sorted(KINDS))}\n"


def test_env_file_from_standard_input_is_read_as_one(check: Check) -> None:
    code, out, _ = check("--kind", "env", "-", "--format", "json", given="A=b\n")
    assert (code, json.loads(out)["summary"]["files"]) == (0, {"env": 1})


def test_size_limit_holds(check: Check) -> None:
    code, out, err = check("--kind", "rules", "-", given=b" " * (discover.MAX_BYTES + 1))
    assert (code, out, err) == (2, "", f"Error: <stdin>: too large (more than {discover.MAX_BYTES} bytes)\n")


def test_what_is_no_text_is_refused(check: Check) -> None:
    assert check("-", given=b"services:\0")[::2] == (2, "Error: <stdin>: not a text\n")


@pytest.mark.parametrize("words", [["-"], ["--kind", "prometheus", "-"]], ids=["by content", "by --kind"])
def test_text_that_is_no_utf_8_is_a_finding_at_its_first_bad_byte(check: Check, words: list[str]) -> None:
    code, out, _ = check(*words, given="scrape_configs:\n  - job_name: é\n".encode("latin-1"))
    assert code == 1
    assert out.startswith("<stdin>:2:15: error[SYN001] ")
    assert "not valid UTF-8" in out


def test_syntax_error_is_a_finding_where_the_kind_is_told(check: Check) -> None:
    code, out, _ = check("--kind", "rules", "-", "--format", "json", given="groups: [\n")
    assert (code, [item[0] for item in found(out)]) == (1, ["SYN001"])


def test_template_is_refused(check: Check) -> None:
    code, out, err = check("--kind", "prometheus", "-", given="{% if x %}\nglobal: {}\n{% endif %}\n")
    assert (code, out) == (2, "")
    assert err == "Error: <stdin>: a template, not a config (Jinja, line 1); render it first\n"


def test_comment_silences(check: Check) -> None:
    text = MISSPELT.replace("5s", "5s # obslint: ignore[SYN003] soon")
    code, out, _ = check("--kind", "prometheus", "-", "--format", "json", given=text)
    assert code == 0
    (finding,) = json.loads(out)["findings"]
    assert finding["silenced_by"] == "<stdin>:3 soon"


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_secrets_are_masked_in_every_format(check: Check, form: str) -> None:
    text = "scrape_configs:\n  - {job_name: a, basic_auth: {username: u, password: hunter2secret, usernam: x}}\n"
    code, out, _ = check("--kind", "prometheus", "-", "--format", form, given=text)
    assert code == 1
    assert "usernam" in out
    assert "hunter2secret" not in out


def test_sarif_and_github_show_the_path(check: Check) -> None:
    _, out, _ = check("--kind", "prometheus", "-", "--format", "sarif", given=MISSPELT)
    (result,) = json.loads(out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "%3Cstdin%3E"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    _, out, _ = check("--kind", "prometheus", "-", "--format", "github", given=MISSPELT)
    assert out.startswith("::error file=<stdin>,line=3,col=5,")


ALONE = """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml:ro', './rules:/etc/prometheus/rules:ro']
    command: ['--config.file=/etc/prometheus/prometheus.yml']
  api:
    image: example/api:1
    env_file: [api.env]
    environment: {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel-collector:4317'}
"""


def test_nothing_is_said_that_needs_the_files_around(check: Check) -> None:
    Path("compose.yaml").write_text(ALONE)
    assert {item[0] for item in found(check(".", "--format", "json")[1])} >= {"REF019", "REF021"}
    assert found(check("-", "--select", "REF,MON", "--format", "json", given=ALONE)[1]) == []


def test_settings_of_the_working_directory_count(check: Check) -> None:
    Path("obslint.yaml").write_text("ignore: [SYN003]\n")
    assert check("--kind", "prometheus", "-", given=MISSPELT)[:2] == (0, "No problems in 1 file\n")


def test_standard_input_stands_alone(check: Check) -> None:
    Path("compose.yaml").write_text(COMPOSE)
    message = "Error: `-` stands alone: standard input is judged without other files\n"
    assert check("-", "compose.yaml") == (2, "", message)


def test_standard_input_that_cannot_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Refusing(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            raise OSError(5, "Input/output error")

    broken = io.TextIOWrapper(io.BufferedReader(Refusing()))
    for stream, message in ((None, "closed"), (broken, "Input/output error")):
        monkeypatch.setattr(sys, "stdin", stream)
        assert main(["check", "-"]) == 2
        assert capsys.readouterr() == ("", f"Error: <stdin>: {message}\n")


def test_pipe_is_read(tmp_path: Path) -> None:
    command: tuple[Any, ...] = (sys.executable, "-m", "obslint", "check", "--kind", "prometheus", "-")
    done = subprocess.run(
        command, input=MISSPELT, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("<stdin>:3:5: error[SYN003]")


# --- files that are named ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "archive/prometheus.yml",
        "examples/prometheus.yml",
        "templates/prometheus.yml",
        "node_modules/x/prometheus.yml",
        "prometheus.yml.bak",
        "prometheus.example.yml",
        "prometheus.yml.disabled",
        "prometheus.yml~",
        "prometheus.cfg",
        "prometheus",
        "ignored/prometheus.yml",
        "excluded/prometheus.yml",
    ],
)
def test_named_file_is_checked_though_passed_over_below_a_directory(check: Check, path: str) -> None:
    Path(".git").mkdir()
    Path(".gitignore").write_text("ignored/\n")
    Path("obslint.yaml").write_text("exclude: [excluded]\n")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(MISSPELT)
    assert found(check(".", "--format", "json")[1]) == []
    code, out, _ = check(path, "--format", "json")
    assert (code, found(out)) == (1, [("SYN003", path, 3)])


@pytest.mark.parametrize("kind", ["nginx", "dockerfile", "alloy", "dashboard"])
def test_named_file_of_an_unknown_ending_is_read_in_the_format_it_has(check: Check, kind: str) -> None:
    Path("a.txt").write_text(OF_EACH[kind])
    code, out, _ = check("a.txt", "--format", "json")
    assert (code, json.loads(out)["summary"]["files"]) == (0, {kind: 1})


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        pytest.param("notes.md", "Notes\n", "its content shows no kind of config", id="prose"),
        pytest.param("values.yml", "a: b\n", "its content shows no kind of config", id="YAML of no kind"),
        pytest.param("a.yml.j2", RULES, "a template, not a config (`.j2` ending)", id="a template by its name"),
        pytest.param(
            "a.yml", "{% if x %}\n", "a template, not a config (Jinja, line 1)", id="a template by its content"
        ),
        pytest.param("chart/templates/a.yml", RULES, "a template, not a config (Helm chart)", id="part of a chart"),
        pytest.param("a.yml", "groups:\0", "not a text", id="no text"),
    ],
)
def test_named_file_that_cannot_be_judged_is_refused(check: Check, path: str, text: str, message: str) -> None:
    Path("chart/templates").mkdir(parents=True)
    Path("chart/Chart.yaml").write_text("name: x\n")
    Path(path).write_text(text)
    Path("compose.yaml").write_text(COMPOSE)
    code, out, err = check("compose.yaml", path)
    assert (code, out) == (2, "")
    assert err.startswith(f"Error: {path}: {message}")
    assert check(".")[0] == 0  # below a directory it is passed over


def test_kind_is_forced_on_every_named_file(check: Check) -> None:
    for name in ("a.yml", "b.txt", "c.env", "d.conf", "e.yml.j2"):
        Path(name).write_text(MISSPELT)
    names = ["a.yml", "b.txt", "c.env", "d.conf", "e.yml.j2"]
    code, out, _ = check("--kind", "prometheus", *names, "--format", "json")
    assert (code, found(out)) == (1, [("SYN003", name, 3) for name in names])
    assert json.loads(out)["summary"]["files"] == {"prometheus": 5}


def test_forced_kind_wins_over_content_and_settings(check: Check) -> None:
    Path("obslint.yaml").write_text("kinds: {a.yml: rules}\n")
    Path("a.yml").write_text(RULES)
    assert check("a.yml")[0] == 0
    code, out, _ = check("--kind", "alertmanager", "a.yml")
    assert code == 1
    assert "Alertmanager refuses the file" in out


@pytest.mark.parametrize("words", [[], ["."]], ids=["by default", "by name"])
def test_directory_has_no_one_kind(check: Check, words: list[str]) -> None:
    message = "Error: .: a directory, whose files are not all of kind `rules`\n"
    assert check("--kind", "rules", *words) == (2, "", message)


def test_dash_is_a_file_where_it_is_written_as_a_path(check: Check) -> None:
    Path("-").write_text(MISSPELT)
    assert found(check("./-", "--format", "json")[1]) == [("SYN003", "-", 3)]
