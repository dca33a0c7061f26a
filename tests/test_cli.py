"""The command line: exit codes, messages, formats, obslint.yaml."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from obslint import __version__, engine, resources
from obslint.cli import main
from obslint.rules import registry
from support import Shell

COMPOSE = """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    ports:
      - "9090:9090"
"""
RULES = "groups: [{name: a, rules: [{alert: B, expr: up == 0}]}]\n"


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack with one warning, EXP001."""
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def process(*words: str, env: dict[str, str] | None = None, **more: Any) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "obslint", *words)
    whole = {**os.environ, **(env or {})}
    return subprocess.run(command, env=whole, capture_output=True, text=True, check=False, timeout=60, **more)


# --- exit codes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["--select", "EXP001"], 0, id="a warning is not enough by default"),
        pytest.param(["--select", "EXP001", "--fail-on", "warning"], 1, id="unless a warning fails"),
        pytest.param(["--select", "EXP001", "--fail-on", "info"], 1, id="or even an info"),
        pytest.param(["--select", "EXP001", "--fail-on", "error"], 0, id="an error is worse"),
        pytest.param(["--select", "EXP", "--ignore", "EXP001", "--fail-on", "info"], 0, id="ignored"),
        pytest.param(["--select", "REF", "--fail-on", "info"], 0, id="not selected"),
        pytest.param(["--select", "EXP,REF", "--fail-on", "info"], 1, id="a list of selectors"),
        pytest.param(["--select", "unauthenticated-backend-published", "--fail-on", "info"], 1, id="by name"),
        pytest.param(["--select", "NOPE001"], 2, id="an unknown selector"),
        pytest.param(["--ignore", "exp001"], 2, id="an unknown selector to ignore"),
        pytest.param(["--fail-on", "never"], 2, id="an unknown severity"),
        pytest.param(["--format", "xml"], 2, id="an unknown format"),
        pytest.param(["--nope"], 2, id="an unknown option"),
        pytest.param(["nope.yml"], 2, id="a path that is not there"),
        pytest.param(["compose.yaml", "nope"], 2, id="one of two paths that is not there"),
        pytest.param(["--config", "nope.yaml"], 2, id="a configuration that is not there"),
        pytest.param(["--config", "."], 2, id="a configuration that is a directory"),
        pytest.param(["--output", "no/such/file"], 2, id="an output that cannot be written"),
        pytest.param(["--output", "."], 2, id="an output that is a directory"),
    ],
)
def test_exit_code_of_check(stack: Path, shell: Shell, words: list[str], code: int) -> None:
    assert shell("check", *words) == code
    assert bool(shell.err) == (code == 2)


def test_error_names_what_is_wrong_in_one_line(stack: Path, shell: Shell) -> None:
    for words, message in (
        (["check", "nope.yml"], "Error: nope.yml: No such file or directory\n"),
        (["check", "--select", "A,EXP,B"], "Error: no rule, family or name is called `A`, `B`\n"),
        (["check", "--output", "no/file"], "Error: no/file: cannot be written: No such file or directory\n"),
        (["explain", "nope"], "Error: no rule is called `nope`\n"),
        (
            ["explain", "exp00"],
            "Error: no rule is called `exp00`; did you mean EXP001, EXP002, EXP003, EXP004, EXP005, EXP009?\n",
        ),
    ):
        assert shell(*words) == 2
        assert (shell.err, shell.out) == (message, "")


def test_clean_project_is_0_and_says_so(tmp_path: Path, shell: Shell) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    assert shell("check", str(tmp_path), "--select", "EXP") == 0
    assert shell.out == "No problems in 1 file\n"
    assert shell("check", str(tmp_path), "--select", "EXP", "--format", "github") == 0
    assert shell.out == ""


def test_working_directory_is_checked_by_default(stack: Path, shell: Shell) -> None:
    assert shell("check", "--fail-on", "warning", "--select", "EXP") == 1
    assert shell.out.startswith("compose.yaml:5:9: warning[EXP001]")


def test_no_command_and_unknown_commands_are_2_and_help_is_0(shell: Shell) -> None:
    assert (shell(), shell("nope"), shell("check", "--help"), shell("-h")) == (2, 2, 0, 0)
    assert shell("--version") == 0
    assert shell.out == f"obslint {__version__}\n"


# --- crashes ----------------------------------------------------------------------------------------------------------


def crash(*args: object, **more: object) -> None:
    raise ZeroDivisionError("secret\nplans")


@pytest.mark.parametrize("words", [["check"], ["files"], ["rules"], ["explain", "EXP001"]], ids=" ".join)
def test_uncaught_exception_is_2_and_one_line(
    stack: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    for module, name in ((engine, "check"), (engine, "load"), (registry, "load")):
        monkeypatch.setattr(module, name, crash)
    assert shell(*words) == 2
    assert shell.out == ""
    (line,) = shell.err.splitlines()
    assert line.startswith("obslint: internal error: ZeroDivisionError: secret plans (test_cli.py:")
    assert "please report it" in line


def test_traceback_is_for_those_who_ask(
    stack: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "check", crash)
    monkeypatch.setenv("OBSLINT_DEBUG", "1")
    assert main(["check"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_interrupt_is_130(stack: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "check", interrupt)
    assert shell("check") == 130


def test_crash_while_reading_is_2_in_check_and_in_files(
    stack: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from obslint import parse

    monkeypatch.setattr(parse, "load", crash)
    (stack / "compose.yaml").write_text(f"# obslint: ignore[OBS003, OBS]\n{COMPOSE}")
    assert shell("check") == 2
    assert "error[OBS003] reading this file failed: ZeroDivisionError" in shell.out
    assert shell("files") == 2
    assert "compose.yaml  -  reading this file failed: ZeroDivisionError" in shell.out


def no_rules() -> list[type]:
    raise RuntimeError("no licence")


@pytest.mark.parametrize("words", [["check"], ["rules"], ["explain", "EXP001"]], ids=" ".join)
def test_plugin_that_cannot_be_loaded_is_2(
    stack: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    point = EntryPoint("acme", f"{__name__}:no_rules", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    assert shell(*words) == 2
    assert shell.err == f"Error: rules of `acme` ({__name__}:no_rules) cannot be loaded: no licence\n"


# --- output -----------------------------------------------------------------------------------------------------------


def test_formats_parse(stack: Path, shell: Shell) -> None:
    assert shell("check", "--format", "json", "--select", "EXP") == 0
    assert [finding["code"] for finding in json.loads(shell.out)["findings"]] == ["EXP001"]
    assert shell("check", "--format", "sarif", "--select", "EXP") == 0
    assert [result["ruleId"] for result in json.loads(shell.out)["runs"][0]["results"]] == ["EXP001"]
    assert shell("check", "--format", "github", "--select", "EXP") == 0
    assert shell.out.startswith("::warning file=compose.yaml,line=5,")
    assert shell.out.count("\n") == 1


def test_output_goes_to_a_file(stack: Path, shell: Shell) -> None:
    assert shell("check", "--format", "json", "-o", "report.txt", "--fail-on", "warning", "--select", "EXP") == 1
    assert shell.out == ""
    written = (stack / "report.txt").read_text()
    shell("check", "--format", "json", "--select", "EXP")
    assert written == shell.out


def test_colours_are_for_terminals_and_those_who_ask(stack: Path, shell: Shell) -> None:
    shell("check")
    assert "\x1b" not in shell.out
    shell("check", "--color", "always")
    assert "\x1b[" in shell.out
    shell("check", "--color", "always", "--format", "json")
    assert "\x1b" not in shell.out


@pytest.mark.parametrize(
    "words", [["check", "--format", "json"], ["files"], ["rules"], ["explain", "EXP001"]], ids=" ".join
)
def test_reader_who_goes_away_is_no_error(stack: Path, words: Sequence[str]) -> None:
    for index in range(300):
        (stack / f"compose-{index}.yaml").write_text(COMPOSE)
    read, write = os.pipe()
    os.close(read)
    command = (sys.executable, "-m", "obslint", *words)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_reader_who_goes_away_leaves_the_verdict(stack: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = (sys.executable, "-m", "obslint", "check", "--fail-on", "warning")
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_terminal_that_knows_few_characters_is_no_error(stack: Path) -> None:
    (stack / "compose.yaml").write_text(COMPOSE.replace("prometheus:\n", "проект:\n", 1))
    done = process("check", env={"PYTHONIOENCODING": "latin-1"})
    assert (done.returncode, done.stderr) == (1, "")  # Compose refuses such a name
    assert "service `\\u043f\\u0440" in done.stdout


# --- the other commands -----------------------------------------------------------------------------------------------


def test_files_says_what_each_file_was_taken_for_and_why(stack: Path, shell: Shell) -> None:
    (stack / "rules.yml").write_text(RULES)
    (stack / "other.yml").write_text("receivers: 3\n")
    (stack / "old").mkdir()
    (stack / "old" / "compose.yaml").write_text(COMPOSE)
    (stack / "bad\nname.yml").write_text(RULES)
    assert shell("files") == 0
    rows = dict(line.split(None, 1) for line in shell.out.splitlines())
    assert list(rows) == sorted(rows)
    assert rows["compose.yaml"].startswith("compose ")
    assert rows["rules.yml"].startswith("rules ")
    assert rows["other.yml"].startswith("- ")
    assert rows["old/compose.yaml"].startswith("-  ") and "archive" in rows["old/compose.yaml"]
    assert "bad␊name.yml" in rows
    assert shell("files", "--include-archives") == 0
    assert "archive" not in shell.out


def test_rules_lists_every_rule_and_explain_prints_its_manual(shell: Shell) -> None:
    assert shell("rules") == 0
    listed = [line.split() for line in shell.out.splitlines()]
    assert [row[0] for row in listed] == [rule.code for rule in registry.load()]
    for code, name in ((row[0], row[2]) for row in listed):
        assert shell("explain", code.lower()) == 0
        page = shell.out
        assert page.startswith(f"# {code} {name}\n")
        assert page == resources.path("docs", "rules", f"{code}.md").read_text()
        assert shell("explain", name) == 0
        assert shell.out == page


KINDS_WITH_SCHEMA = sorted(
    path.stem
    for path in resources.path("schemas").glob("*.json")
    if "x-kind" in json.loads(path.read_text(encoding="utf-8"))
)


@pytest.mark.parametrize("kind", KINDS_WITH_SCHEMA)
def test_schema_prints_the_schema_of_a_kind(shell: Shell, kind: str) -> None:
    assert shell("schema", kind) == 0
    assert json.loads(shell.out)["x-kind"] == kind
    assert shell.out == resources.path("schemas", f"{kind}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["nope", "report", "vocabulary", "../schemas/compose", "compose.json", ""])
def test_schema_of_no_kind_is_answered_with_the_kinds(shell: Shell, name: str) -> None:
    assert shell("schema", name) == 2
    assert shell.out == ""
    assert shell.err == f"Error: no schema is called `{name}`; there are {', '.join(KINDS_WITH_SCHEMA)}\n"


def test_version_imports_neither_click_nor_yaml() -> None:
    code = (
        "import sys; from obslint.cli import main; assert main(['--version']) == 0\n"
        "print([name for name in ('click', 'yaml', 'pydantic', 're2', 'obslint.engine') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"obslint {__version__}\n[]\n"


def test_check_without_settings_does_not_import_pydantic(stack: Path) -> None:
    code = (
        "import sys; from obslint.cli import main; main(['check'])\n"
        "print([name for name in ('pydantic', 'jsonschema') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.endswith("\n[]\n")


# --- obslint.yaml -----------------------------------------------------------------------------------------------------


def findings(shell: Shell, *words: str) -> list[str]:
    shell("check", "--format", "json", *words)
    assert shell.err == ""
    return [f"{finding['code']} {finding['path']}" for finding in json.loads(shell.out)["findings"]]


def test_settings_choose_rules_and_severity(stack: Path, shell: Shell) -> None:
    config = stack / "obslint.yaml"
    config.write_text("select: [EXP]\nfail-on: warning\n")
    assert findings(shell) == ["EXP001 compose.yaml"]
    assert shell("check") == 1
    assert shell("check", "--fail-on", "error") == 0
    config.write_text("select: [EXP]\nignore: [unauthenticated-backend-published]\n")
    assert findings(shell) == []
    config.write_text("select: [REF]\n")
    assert findings(shell, "--select", "EXP001") == ["EXP001 compose.yaml"]
    assert findings(shell, "--select", "EXP001", "--ignore", "EXP") == []


def test_settings_are_those_of_the_nearest_file_within_the_repository(stack: Path, shell: Shell) -> None:
    (stack / "obslint.yaml").write_text("select: [REF]\n")
    below = stack / "a" / "b"
    below.mkdir(parents=True)
    (below / "compose.yaml").write_text(COMPOSE)
    assert findings(shell, "a/b") == []
    (stack / "a" / ".git").mkdir()
    assert "EXP001 a/b/compose.yaml" in findings(shell, "a/b")
    assert findings(shell, "a/b", "--config", "obslint.yaml") == []


def test_presets(stack: Path, shell: Shell) -> None:
    (stack / "obslint.yaml").write_text("extends: security\n")
    assert shell("check") == 1
    (stack / "obslint.yaml").write_text("extends: security\nfail-on: error\n")
    assert shell("check") == 0
    (stack / "obslint.yaml").write_text("extends: strict\nselect: [EXP]\n")
    assert shell("check") == 1


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        pytest.param("compose.yaml", [], id="a name at any depth"),
        pytest.param("/compose.yaml", ["a/b/compose.yaml", "a/compose.yaml"], id="a name here"),
        pytest.param("a/", ["compose.yaml"], id="a directory at any depth"),
        pytest.param("/a/", ["compose.yaml"], id="a directory here"),
        pytest.param("a/b", ["a/compose.yaml", "compose.yaml"], id="a path"),
        pytest.param("a/*/compose.yaml", ["a/compose.yaml", "compose.yaml"], id="a path with a star"),
        pytest.param("a/**", ["compose.yaml"], id="everything below"),
        pytest.param("**/b/*.yaml", ["a/compose.yaml", "compose.yaml"], id="any depth before a path"),
        pytest.param("b/compose.yaml", ["a/b/compose.yaml", "a/compose.yaml", "compose.yaml"], id="a path is anchored"),
    ],
)
def test_excludes_mean_the_same_from_wherever_obslint_is_started(
    stack: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch, exclude: str, left: list[str]
) -> None:
    (stack / "obslint.yaml").write_text(f"select: [EXP001]\nexclude: ['{exclude}']\n")
    for directory in ("a", "a/b"):
        (stack / directory).mkdir()
        (stack / directory / "compose.yaml").write_text(COMPOSE)

    def relative(shown: Sequence[str]) -> list[str]:
        paths = (os.path.relpath(Path.cwd() / line.split()[1], stack) for line in shown)
        return sorted(Path(path).as_posix() for path in paths)

    assert relative(findings(shell)) == left
    assert relative(findings(shell, str(stack))) == left
    monkeypatch.chdir(stack / "a")
    assert relative(findings(shell, "..")) == left
    assert relative(findings(shell, ".", "..")) == left or exclude in ("a/", "/a/")  # what is named is read
    monkeypatch.chdir(stack / "a" / "b")
    assert relative(findings(shell, "../..")) == left
    monkeypatch.chdir(stack.parent)
    assert relative(findings(shell, stack.name)) == left


def test_hostile_exclude_takes_no_time(stack: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    (stack / "obslint.yaml").write_text(f"exclude: ['{'**/*/' * 500}x', '{'*a' * 500}/x']\n")
    deep = stack / "/".join("a" * 20)
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    start = time.process_time()
    assert findings(shell) == []
    assert time.process_time() - start < 5


def test_stacks_mean_the_same_from_wherever_obslint_is_started(
    stack: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stack / "obslint.yaml").write_text("stacks: {shop: [/a/, 'b/compose.yaml'], lonely: ['c/*', '../c/']}\n")
    for directory in ("a", "b", "c", "d/a"):
        (stack / directory).mkdir(parents=True)
        (stack / directory / "compose.yaml").write_text(COMPOSE)
    for directory, named in ((stack, "."), (stack / "a", ".."), (stack / "d" / "a", "../.."), (stack.parent, stack)):
        monkeypatch.chdir(directory)
        assert shell("stacks", str(named)) == 0
        assert shell.out.count("obslint.yaml counts both to `shop`") == 1
        assert "lonely" not in shell.out


def test_last_of_several_excludes_decides(stack: Path, shell: Shell) -> None:
    (stack / "obslint.yaml").write_text("select: [EXP001]\nexclude: ['*.yaml', '!compose.yaml']\n")
    (stack / "compose.prod.yaml").write_text(COMPOSE)
    assert findings(shell) == ["EXP001 compose.yaml"]


def test_directory_with_wildcards_in_its_name(stack: Path, shell: Shell) -> None:
    odd, other = stack / "a[b]*", stack / "ab"
    for directory in (odd, other):
        directory.mkdir()
        (directory / "compose.yaml").write_text(COMPOSE)
    (odd / "obslint.yaml").write_text("select: [EXP001]\nexclude: [compose.yaml]\n")
    assert findings(shell, "a[b]*", "ab") == ["EXP001 ab/compose.yaml"]


def test_kinds_and_archives(stack: Path, shell: Shell) -> None:
    (stack / "stack.txt").write_text(COMPOSE)
    (stack / "old").mkdir()
    (stack / "old" / "compose.yaml").write_text(COMPOSE)
    (stack / "obslint.yaml").write_text("select: [EXP001]\nkinds: {'*.txt': compose}\ninclude-archives: true\n")
    assert findings(shell) == ["EXP001 compose.yaml", "EXP001 old/compose.yaml", "EXP001 stack.txt"]
    assert shell("files") == 0
    assert "stack.txt" in shell.out


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        pytest.param("selct: [EXP]\n", "1:1", "selct: is no setting of obslint", id="an unknown setting"),
        pytest.param("ignore: []\nselect: EXP\n", "2:9", "select: ", id="no list"),
        pytest.param("select:\n  - EXP\n  - 'é': 1\n", "3:5", "select.1: ", id="an item of the wrong type"),
        pytest.param("fail-on: never\n", "1:10", "fail-on: ", id="an unknown severity"),
        pytest.param("include-archives: maybe\n", "1:19", "include-archives: ", id="no boolean"),
        pytest.param("kinds:\n  '*.txt': nope\n", "2:12", "`nope` is no kind of config", id="an unknown kind"),
        pytest.param("select: [EXP]\nignore:\n  - REF\n  - NOPE\n", "4:5", "is called `NOPE`", id="an unknown rule"),
        pytest.param("extends: nope\n", "1:10", "no preset is called `nope`", id="an unknown preset"),
        pytest.param("extends: ../strict\n", "1:10", "no preset", id="a preset elsewhere"),
        pytest.param("a: [\n", "2:1", "", id="no YAML"),
        pytest.param("select: [A]\nselect: [B]\n", "2:1", "set twice", id="a key twice"),
        pytest.param("- a\n", "1:1", "the file: ", id="no mapping"),
        pytest.param("\ufeffx: 1\n", "1:1", "x: is no setting", id="behind a byte order mark"),
        pytest.param("x: 1\ny: 2\n", "1:1", "2:1: y: is no setting", id="two mistakes"),
        pytest.param("enable: [ALR014, NOPE]\n", "1:18", "is called `NOPE`", id="an unknown rule to enable"),
        pytest.param("rules: [ALR001]\n", "1:8", "rules: ", id="rules that are no mapping"),
        pytest.param("rules:\n  ALR001: x\n", "2:11", "rules.ALR001: ", id="settings that are no mapping"),
        pytest.param("rules:\n  ALR999: {}\n", "2:3", "rules.ALR999: no rule", id="settings of an unknown rule"),
        pytest.param("rules:\n  ALR: {}\n", "2:3", "rules.ALR: no rule", id="settings of a family"),
        pytest.param(
            "rules:\n  ALR001:\n    severity: [a]\n",
            "3:5",
            "rules.ALR001.severity: is no setting of ALR001; its settings are severities",
            id="an unknown setting of a rule",
        ),
        pytest.param("rules: {MON005: {a: 1}}\n", "1:18", "MON005; it has none", id="a rule without settings"),
        pytest.param(
            "rules:\n  severity-missing-or-unknown:\n    severities: high\n",
            "3:17",
            "rules.severity-missing-or-unknown.severities: ",
            id="a rule's setting of the wrong type",
        ),
        pytest.param(
            "rules:\n  ALR001:\n    severities: [high, [a]]\n",
            "3:24",
            "rules.ALR001.severities.1: ",
            id="an item of a rule's setting",
        ),
        pytest.param(
            "rules: {ALR009: {same-labels: maybe}}\n", "1:31", "rules.ALR009.same-labels: ", id="a setting with a dash"
        ),
    ],
)
def test_mistake_in_the_settings_is_2_at_its_place(
    stack: Path, shell: Shell, text: str, place: str, words: str
) -> None:
    (stack / "obslint.yaml").write_text(text)
    assert shell("check") == 2
    assert shell.err.startswith(f"Error: obslint.yaml:{place}: ")
    assert words in shell.err
    assert shell.out == ""
    assert shell("files") == 2


SUSPICIOUS = "groups: [{name: a, rules: [{alert: HighFree, expr: disk_free < 5, for: 5m, labels: {severity: high}}]}]\n"


@pytest.mark.parametrize(
    ("settings", "words", "codes"),
    [
        ("{}", (), {"ALR001", "ALR002"}),
        ("enable: [ALR014]", (), {"ALR001", "ALR002", "ALR014"}),
        ("enable: [direction-name-mismatch]", (), {"ALR001", "ALR002", "ALR014"}),
        ("enable: [ALR014]\nselect: [ALR002]", (), {"ALR002", "ALR014"}),
        ("enable: [ALR014]\nignore: [ALR]", (), set()),
        ("select: [ALR014]", (), {"ALR014"}),
        ("select: [ALR]", (), {"ALR001", "ALR002"}),
        ("{}", ("--select", "ALR014"), {"ALR014"}),
        ("rules: {ALR001: {severities: [high]}}", (), {"ALR002"}),
        ("rules: {summary-missing: {annotations: []}}", (), {"ALR001"}),
        ("extends: strict\nenable: [ALR014]", (), {"ALR001", "ALR002", "ALR014"}),
    ],
)
def test_rules_that_are_off_and_settings_of_rules(
    stack: Path, shell: Shell, settings: str, words: tuple[str, ...], codes: set[str]
) -> None:
    (stack / "rules.yml").write_text(SUSPICIOUS)
    (stack / "obslint.yaml").write_text(settings)
    assert {found.split()[0] for found in findings(shell, *words) if found.startswith("ALR")} == codes


def test_settings_of_a_rule_do_not_outlive_the_run(stack: Path, shell: Shell) -> None:
    (stack / "rules.yml").write_text(SUSPICIOUS)
    (stack / "obslint.yaml").write_text("rules: {ALR001: {severities: [high]}}")
    assert "ALR001 rules.yml" not in findings(shell)
    (stack / "obslint.yaml").unlink()
    assert "ALR001 rules.yml" in findings(shell)


def test_manual_shows_settings_and_how_to_turn_a_rule_on(shell: Shell) -> None:
    assert shell("explain", "ALR001") == 0
    assert "## Settings" in shell.out
    assert '    severities: ["critical", "warning", "info", "page", "ticket", "none"]' in shell.out
    assert "off by default" not in shell.out
    assert shell("explain", "ALR009") == 0
    assert "    same-labels: false" in shell.out
    assert shell("explain", "ALR014") == 0
    assert "off by default" in shell.out
    assert "enable: [ALR014]" in shell.out
    assert shell("rules") == 0
    assert "ALR014  off  " in shell.out


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n", "{}\n"])
def test_empty_settings_are_none(stack: Path, shell: Shell, text: str) -> None:
    (stack / "obslint.yaml").write_text(text)
    assert "EXP001 compose.yaml" in findings(shell)


def test_settings_that_cannot_be_read(stack: Path, shell: Shell) -> None:
    (stack / "obslint.yaml").write_bytes(b"\xff\xfe")
    assert shell("check") == 2
    assert shell.err.startswith("Error: obslint.yaml: cannot be read: ")
