"""The whole pipeline on hostile and broken input: it says what it could not do, and does the rest."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import obslint
from obslint import discover, engine, report
from obslint.discover import InputError
from obslint.findings import Claim, Outcome, Place, Proof, Related, Severity
from obslint.graph import nodes
from obslint.rules import registry
from obslint.rules.base import Rule

COMPOSE = """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml:ro', 'data:/prometheus']
    ports:
      - "9090:9090"
volumes: {data: {}}
"""
PROMETHEUS = """\
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ['localhost:9090']
  - job_name: api
    static_configs:
      - targets:
          - ghost:8000
"""


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack with a port open to the world (EXP001) and a target that no service has (REF001)."""
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / "prometheus.yml").write_text(PROMETHEUS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*paths: str | Path, **options: Any) -> Outcome:
    return engine.check(engine.Options([Path(path) for path in paths or (".",)], **options))


def codes(outcome: Outcome) -> set[str]:
    return {finding.code for finding in outcome.active}


# --- what cannot be read ----------------------------------------------------------------------------------------------


def test_stack_has_its_two_findings(stack: Path) -> None:
    outcome = check(select=["EXP001", "REF001"])
    assert [(finding.code, finding.primary.path, finding.primary.line) for finding in outcome.findings] == [
        ("EXP001", "compose.yaml", 6),
        ("REF001", "prometheus.yml", 8),
    ]


@pytest.mark.parametrize("name", ["nope.yml", "nope/nope.yml", "compose.yaml/x", "a\0b", "", "x" * 5000])
def test_path_that_is_not_there_is_named(stack: Path, name: str) -> None:
    if name == "":
        assert check(name).findings == check().findings  # as the shell's `.`
        return
    with pytest.raises(InputError):
        check(name)


def refuse(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Nobody may open this file, not even root, as whom tests may run."""
    opened = os.open

    def refusing(name: Any, *rest: Any, **more: Any) -> int:
        if str(name) == str(path):
            raise PermissionError(13, "Permission denied", name)
        return opened(name, *rest, **more)

    monkeypatch.setattr(os, "open", refusing)


def test_file_that_may_not_be_read(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, stack / "prometheus.yml")
    outcome = check()
    assert outcome.summary.skipped == {"unreadable": 1}
    assert "EXP001" in codes(outcome)
    with pytest.raises(InputError, match=r"prometheus\.yml: Permission denied"):
        check("prometheus.yml")


def test_directory_that_may_not_be_read(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (stack / "private").mkdir()
    scanned = os.scandir

    def refusing(path: Any) -> Any:
        if str(path).endswith("private"):
            raise PermissionError(13, "Permission denied", path)
        return scanned(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert check().summary.skipped == {"unreadable": 1}
    with pytest.raises(InputError, match="private: Permission denied"):
        check("private")


def test_text_that_is_no_utf_8_is_a_finding_at_its_first_bad_byte(stack: Path) -> None:
    (stack / "prometheus.yml").write_bytes(PROMETHEUS.replace("api", "é").encode("latin-1"))
    (finding,) = check(select=["SYN001"]).findings
    assert (finding.primary.path, finding.primary.line, finding.primary.column) == ("prometheus.yml", 5, 15)
    assert "not valid UTF-8" in finding.message


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"# nothing\n", b"---\n", b"\xef\xbb\xbf", b"null\n", b"[]", b"a: b\n"]
)
def test_file_that_says_nothing_is_no_finding(tmp_path: Path, content: bytes) -> None:
    for name in ("compose.yaml", "dashboard.json", ".env", "rules.yml"):
        (tmp_path / name).write_bytes(content)
    assert check(tmp_path).findings == ()
    with pytest.raises(InputError, match=r"rules\.yml: (its content shows no kind of config|empty)"):
        check(tmp_path, tmp_path / "rules.yml")


def test_byte_order_mark_moves_nothing(stack: Path) -> None:
    before = check().findings
    for name in ("compose.yaml", "prometheus.yml"):
        (stack / name).write_bytes(b"\xef\xbb\xbf" + (stack / name).read_bytes())
    assert check().findings == before


def test_byte_order_mark_is_refused_in_json_alone(tmp_path: Path) -> None:
    (tmp_path / "api.json").write_bytes(b'\xef\xbb\xbf{"title": "API", "schemaVersion": 39, "panels": []}')
    (tmp_path / "prometheus.yml").write_bytes(b"\xef\xbb\xbfscrape_configs: []\n")
    found = engine.check(engine.Options([tmp_path], select=["SYN001"])).active
    assert [(Path(finding.primary.path).name, finding.primary.line) for finding in found] == [("api.json", 1)]
    assert "byte order mark" in found[0].message and "UTF-8" in found[0].help


def test_line_ends_move_nothing(stack: Path) -> None:
    before = check().findings
    for newline in (b"\r\n", b"\r"):
        for name, text in (("compose.yaml", COMPOSE), ("prometheus.yml", PROMETHEUS)):
            (stack / name).write_bytes(text.encode().replace(b"\n", newline))
        assert check().findings == before


def test_loops_of_links_are_walked_once(stack: Path) -> None:
    before = check().findings
    (stack / "sub").mkdir()
    (stack / "sub" / "up").symlink_to(stack)
    (stack / "sub" / "self").symlink_to("self")
    (stack / "loop.yml").symlink_to("loop2.yml")
    (stack / "loop2.yml").symlink_to("loop.yml")
    assert check().findings == before
    with pytest.raises(InputError, match=r"loop\.yml"):
        check("loop.yml")


def test_link_out_of_the_project_is_not_read(stack: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (stack / ".git").mkdir()
    outside = tmp_path_factory.mktemp("outside") / "secret.yml"
    outside.write_text(PROMETHEUS.replace("ghost", "stranger"))
    (stack / "linked.yml").symlink_to(outside)
    outcome = check()
    assert outcome.summary.skipped == {"symlink-outside": 1}
    assert "stranger" not in str(outcome.findings)


def test_file_that_is_too_large_is_never_read(stack: Path) -> None:
    with (stack / "big.yml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    start = time.process_time()
    outcome = check()
    assert outcome.summary.skipped == {"too-large": 1}
    with pytest.raises(InputError, match=r"big\.yml: too large \(104857600 bytes\)"):
        check("big.yml")
    assert time.process_time() - start < 5


def test_file_that_is_no_text(stack: Path) -> None:
    (stack / "image.json").write_bytes(b"\x89PNG\0\0")
    assert check().summary.skipped == {"not-text": 1}
    with pytest.raises(InputError, match=r"image\.json: not a text"):
        check("image.json")


def test_pipe_never_blocks(stack: Path) -> None:
    os.mkfifo(stack / "pipe.yml")
    assert check().summary.skipped == {"not-a-file": 1}
    with pytest.raises(InputError, match=r"pipe\.yml: not a regular file"):
        check("pipe.yml")


HOSTILE = {
    "brackets": "services: " + "[" * 50_000,
    "aliases": "a: &a [x]\n" + "".join(f"a{i}: &a{i} [{','.join(['*a'] * 9)}]\n" for i in range(9)) + "services: *a8\n",
    "itself": "services: &s {a: &b {image: x, depends_on: *s}}\n",
    "numbers as keys": "services: {1: {2: 3}, true: [], null: ~, 1.5: {image: [[]]}}\n",
    "lists for mappings": "services: [a]\nnetworks: [b]\nvolumes: 3\n",
    "mappings for lists": "services: {a: {ports: {a: b}, volumes: {c: d}, command: {e: f}, environment: 7}}\n",
    "scalars everywhere": "services: {a: x, b: 3, c: null}\nnetworks: x\n",
    "scrape configs": "scrape_configs: {a: b}\nrule_files: 3\nalerting: []\nglobal: [x]\n",
    "scrape configs of odd things": "scrape_configs: [1, null, {job_name: [x], static_configs: {targets: 3}}, []]\n",
    "rules": "groups: [{name: [a], rules: {x: y}}, 3, null, {rules: [1, {alert: {}, expr: [x]}]}]\n",
    "routes": "route: {receiver: [x], routes: {a: b}}\nreceivers: {name: x}\n",
    "routes below routes": "route: {receiver: a, routes: [" + "{routes: [" * 90 + "]}" * 90 + "]}\nreceivers: []\n",
    "datasources": "apiVersion: 1\ndatasources: [3, null, {name: [x], url: {a: b}}, [[]]]\n",
    "loki": "schema_config: [x]\nlimits_config: 3\nauth_enabled: {}\n",
    "promtail": "clients: {url: 3}\npositions: []\nscrape_configs: [{pipeline_stages: {a: [b]}}]\n",
    "long names": f"services: {{{'a' * 100_000}: {{image: {'b' * 100_000}, ports: ['{'9' * 100_000}']}}}}\n",
    "placeholders": "global: {external_url: '" + "${A}" * 20_000 + "'}\nscrape_configs: []\n",
    "many documents": "services: {a: {image: x}} # obslint: ignore[EXP]\n---\n" * 1000,
    "an expression": "groups: [{name: a, rules: [{alert: b, expr: '" + "(" * 20_000 + "'}]}]\n",
    "control characters": 'services: {a: {image: "\\0\\x1b[31m\\u202e"}}\n',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_file_is_read_in_time_and_crashes_no_rule(tmp_path: Path, text: str) -> None:
    (tmp_path / "compose.yaml").write_text(text)
    start = time.process_time()
    outcome = check(tmp_path)
    for name in report.FORMATS:
        report.renderer(name)(outcome)
    assert time.process_time() - start < 10
    assert "OBS003" not in codes(outcome)


DEEP = '{"panels":[' * 150 + "]}" * 150
HOSTILE_JSON = {
    "panels in panels": f'{{"schemaVersion": 39, "title": "\\ud800", "panels": [{DEEP}]}}',
    "odd things": '{"schemaVersion": "x", "title": [1], "panels": {"a": 1}, "templating": {"list": [3, {"name": {}}]}}',
    "odd targets": '{"schemaVersion": 39, "panels": [1, null, {"targets": {"a": 1}}, {"targets": [[], {"expr": 5}]}]}',
}


@pytest.mark.parametrize("text", HOSTILE_JSON.values(), ids=HOSTILE_JSON.keys())
def test_hostile_dashboard_is_read_in_time_and_crashes_no_rule(tmp_path: Path, text: str) -> None:
    (tmp_path / "dashboard.json").write_text(text)
    outcome = check(tmp_path)
    for name in report.FORMATS:
        report.renderer(name)(outcome).encode()
    assert "OBS003" not in codes(outcome)


# --- crashes and plugins ----------------------------------------------------------------------------------------------


class Crashing(Rule[nodes.Service]):
    """Divides by zero."""

    code, name, severity = "ORG001", "crashing", Severity.INFO
    on = nodes.Service

    def check(self, node: nodes.Service, graph: Any) -> Iterator[Claim]:
        yield self.claim(node, "before")
        raise ZeroDivisionError("at\nnothing")


class NoClaim(Rule[nodes.Service]):
    """Yields what is no claim."""

    code, name, severity = "ORG002", "no-claim", Severity.INFO
    on = nodes.Service

    def check(self, node: nodes.Service, graph: Any) -> Iterator[Claim]:
        yield "a string"  # type: ignore[misc]


def crashing() -> list[type[Rule[Any]]]:
    return [Crashing, NoClaim]


def broken() -> list[type[Rule[Any]]]:
    raise RuntimeError("no licence")


def nothing_of_a_rule() -> list[Any]:
    return [int]


def unnamed() -> list[Any]:
    class Unnamed(Rule[nodes.Service]):
        code, severity = "ORG009", Severity.INFO

    return [Unnamed]


def install(monkeypatch: pytest.MonkeyPatch, *functions: str) -> None:
    """The built-in rules, and those that these functions of this module offer."""
    points = [EntryPoint("obslint", "obslint.rules:rules", registry.GROUP)]
    points += [EntryPoint(f"acme-{name}", f"{__name__}:{name}", registry.GROUP) for name in functions]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)


def test_rule_that_crashes_is_a_finding_and_the_others_still_run(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "crashing")
    outcome = check()
    assert {"OBS003", "ORG001", "EXP001", "REF001"} <= codes(outcome)
    crashes = [finding for finding in outcome.findings if finding.code == "OBS003"]
    assert [finding.message.partition(" failed: ")[0] for finding in crashes] == ["rule ORG001", "rule ORG002"]
    assert {(finding.severity, finding.proof, finding.primary.line) for finding in crashes} == {
        (Severity.ERROR, Proof.PROVEN, 2)
    }
    assert "ZeroDivisionError" in crashes[0].message
    assert "test_engine.py:" in crashes[0].message


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("broken", "no licence"),
        ("nothing_of_a_rule", "is no Rule"),
        ("unnamed", "Unnamed does not say its name, on"),
        ("missing", "missing"),
    ],
)
def test_plugin_that_cannot_be_loaded_is_an_error(
    stack: Path, monkeypatch: pytest.MonkeyPatch, function: str, words: str
) -> None:
    install(monkeypatch, function)
    with pytest.raises(registry.PluginError, match=rf"`acme-{function}`.*{words}"):
        check()


def test_file_whose_reading_crashes_is_a_finding_and_the_others_are_read(
    stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from obslint import parse

    load = parse.load

    def crash(path: str, *rest: str) -> Any:
        if path == "prometheus.yml":
            raise KeyError("oops")
        return load(path, *rest)

    monkeypatch.setattr(parse, "load", crash)
    outcome = check()
    assert {"OBS003", "EXP001"} <= codes(outcome)
    (finding,) = (finding for finding in outcome.findings if finding.code == "OBS003")
    assert (finding.primary.path, finding.primary.line) == ("prometheus.yml", 1)


# --- selection, settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        (["EXP001"], [], {"EXP001"}),
        (["EXP"], [], {"EXP001"}),
        (["scrape-target-unknown-host"], [], {"REF001"}),
        (["EXP001", "REF"], ["REF001"], {"EXP001"}),
        (["EXP001", "REF001"], ["unauthenticated-backend-published"], {"REF001"}),
        (["EXP001", "REF001"], ["EXP", "REF"], set()),
    ],
)
def test_rules_are_chosen_by_code_family_and_name(
    stack: Path, select: list[str], ignore: list[str], expected: set[str]
) -> None:
    assert codes(check(select=select, ignore=ignore)) & {"EXP001", "REF001"} == expected


def test_kind_of_a_file_may_be_given(stack: Path) -> None:
    (stack / "odd.txt").write_text(COMPOSE.replace("prometheus:\n", "other:\n", 1))
    assert check().summary.files.get("compose") == 1
    assert check(kinds={"*.txt": "compose"}).summary.files.get("compose") == 2


# --- suppression ------------------------------------------------------------------------------------------------------

PORT = '      - "9090:9090"'


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        pytest.param(PORT, f"{PORT} # obslint: ignore[EXP001]", "compose.yaml:6", id="on the line"),
        pytest.param(PORT, f"{PORT} #obslint:ignore[EXP001]", "compose.yaml:6", id="without blanks"),
        pytest.param(PORT, f"{PORT} # VPN only # obslint: ignore[EXP001]", "compose.yaml:6",
        id="behind another comment"),
        pytest.param(PORT, f"      # obslint: ignore[EXP001] VPN only\n{PORT}", "compose.yaml:6 VPN only",
        id="above, with a reason"),
        pytest.param(PORT, f"# obslint: ignore[EXP001]\n# and more\n\n{PORT}", "compose.yaml:6",
        id="above other comments"),
        pytest.param(PORT, f"# obslint: ignore[REF001]\n# obslint: ignore[EXP001]\n{PORT}", "compose.yaml:7",
        id="the second of two"),
        pytest.param(PORT, f"{PORT} # obslint: ignore[EXP] x", "compose.yaml:6 x", id="by family"),
        pytest.param(PORT, f"{PORT} # obslint: ignore[unauthenticated-backend-published]", "compose.yaml:6",
        id="by name"),
        pytest.param(PORT, f"{PORT} # obslint: ignore[REF001, EXP001]", "compose.yaml:6", id="one of several"),
        pytest.param(PORT, f"{PORT} # obslint: ignore[REF001]", None, id="another code"),
        pytest.param(PORT, f"{PORT} # obslint: ignore[EXP002]", None, id="another code of the family"),
        pytest.param(PORT, f"{PORT} # obslint: ignore[]", None, id="no code"),
        pytest.param(PORT, f"{PORT} # obslint: ignore[EXP00]", None, id="a part of a code"),
        pytest.param(PORT, '      - "9090:9090\\x20# obslint: ignore[EXP001]"', None, id="in a string"),
        pytest.param(PORT, f"{PORT}\n# obslint: ignore[EXP001]", None, id="below the line"),
        pytest.param(PORT, f'{PORT}\n      - "1:1" # obslint: ignore[EXP001]', None, id="on another line"),
    ],
)  # fmt: skip
def test_suppression(stack: Path, old: str, new: str, reason: str | None) -> None:
    assert old in COMPOSE
    (stack / "compose.yaml").write_text(COMPOSE.replace(old, new))
    outcome = check(select=["EXP001"])
    assert outcome.findings or reason is None
    for finding in outcome.findings:
        assert finding.silenced_by == reason
    assert outcome.summary.silenced == (reason is not None)
    assert bool(outcome.active) == (reason is None and "\\x20" not in new)


class Linking(Rule[nodes.Service]):
    """Points from one file into another."""

    code, name, severity = "ORG004", "linking", Severity.ERROR
    on = nodes.Service

    def check(self, node: nodes.Service, graph: Any) -> Iterator[Claim]:
        other = Related(Place("prometheus.yml", ("scrape_configs", 1, "job_name")), "the other end")
        yield self.claim(node, "linked", related=[other])


def linking() -> list[type[Rule[Any]]]:
    return [Linking]


def test_suppression_at_the_other_end_of_a_link(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "linking")
    (finding,) = check(select=["ORG004"]).findings
    assert [(place.path, place.line, place.note) for place in finding.related] == [
        ("prometheus.yml", 5, "the other end")
    ]
    assert finding.silenced_by is None
    silencing = PROMETHEUS.replace("job_name: api", "job_name: api # obslint: ignore[ORG] at home")
    (stack / "prometheus.yml").write_text(silencing)
    (silenced,) = check(select=["ORG004"]).findings
    assert silenced.silenced_by == "prometheus.yml:5 at home"


# --- several stacks ---------------------------------------------------------------------------------------------------

MORE = """\
services:
  loki:
    image: grafana/loki:3.4.0
    ports: ["3100:3100"]
"""


@pytest.fixture
def twice(stack: Path) -> Path:
    """The stack run alone, with a second file, and in another directory."""
    (stack / "more.yml").write_text(MORE)
    runs = ("", "-f compose.yaml -f more.yml ", "--project-directory ops -f compose.yaml ")
    (stack / "ops").mkdir()
    (stack / "up.sh").write_text("".join(f"docker compose {words}up -d\n" for words in runs))
    return stack


def test_finding_of_several_stacks_is_one(twice: Path) -> None:
    first, second, third = "compose.yaml", "compose.yaml (project directory ops)", "compose.yaml + more.yml"
    outcome = check(select=["EXP001", "REF001"])
    found = {
        (finding.code, finding.primary.path, finding.primary.line): sorted(finding.stacks)
        for finding in outcome.findings
    }
    assert len(found) == len(outcome.findings)
    assert found == {
        ("EXP001", "compose.yaml", 6): sorted((first, second, third)),
        ("EXP001", "more.yml", 4): [third],
        ("REF001", "prometheus.yml", 8): sorted((first, third)),
    }
    assert len({finding.fingerprint for finding in outcome.findings}) == 3


def test_finding_keeps_its_fingerprint_in_however_many_stacks(twice: Path) -> None:
    before = {finding.fingerprint for finding in check(select=["EXP001", "REF001"]).findings}
    (twice / "up.sh").unlink()
    (twice / "more.yml").unlink()
    assert {finding.fingerprint for finding in check(select=["EXP001", "REF001"]).findings} < before


class Weighing(Rule[nodes.Service]):
    """Graver in the second stack, and twice in each."""

    code, name, severity = "ORG005", "weighing", Severity.ERROR
    on = nodes.Service

    def check(self, node: nodes.Service, graph: Any) -> Iterator[Claim]:
        if node.name == "prometheus":
            grave = node.stack.name.endswith("more.yml")
            for number in (1, 2):
                severity = Severity.WARNING if grave else Severity.INFO
                yield self.claim(node, f"{number} in {node.stack.name}", severity=severity)


def weighing() -> list[type[Rule[Any]]]:
    return [Weighing]


def test_finding_of_several_stacks_is_as_grave_as_the_gravest(twice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "weighing")
    findings = check(select=["ORG005"]).findings
    assert [(finding.severity, finding.message, len(finding.stacks)) for finding in findings] == [
        (Severity.WARNING, "1 in compose.yaml + more.yml", 3),
        (Severity.WARNING, "2 in compose.yaml + more.yml", 3),
    ]


def test_suppression_holds_for_every_stack(twice: Path) -> None:
    ignored = COMPOSE.replace('"9090:9090"', '"9090:9090" # obslint: ignore[EXP001] at home')
    (twice / "compose.yaml").write_text(ignored)
    found = {finding.primary.path: finding.silenced_by for finding in check(select=["EXP001"]).findings}
    assert found == {"compose.yaml": "compose.yaml:6 at home", "more.yml": None}


# --- secrets ----------------------------------------------------------------------------------------------------------


class Quoting(Rule[nodes.Service]):
    """Quotes what it should not."""

    code, name, severity = "ORG003", "quoting", Severity.ERROR
    on = nodes.Service

    def check(self, node: nodes.Service, graph: Any) -> Iterator[Claim]:
        place = node.place.child("environment", "DB_PASSWORD")
        note = Related(place, "set to hunter2-prod")
        yield self.claim(node, "`hunter2-prod` and `from-dotenv`", place=place, related=[note], help="not hunter2-prod")


def quoting() -> list[type[Rule[Any]]]:
    return [Quoting]


def test_secrets_appear_in_no_output(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "quoting")
    (stack / "compose.yaml").write_text(
        "services:\n  prometheus:\n    image: prom/prometheus:v3.5.0\n"
        "    environment:\n      DB_PASSWORD: hunter2-prod # mine\n"
        "    ports: ['9090:9090']\n"
    )
    (stack / ".env").write_text("API_TOKEN=from-dotenv\n")
    outcome = check(select=["ORG003", "EXP001"])
    assert "ORG003" in codes(outcome)
    for name in report.FORMATS:
        printed = report.renderer(name)(outcome)
        assert "hunter2" not in printed
        assert "from-dotenv" not in printed
    text = report.renderer("text")(outcome)
    assert "DB_PASSWORD: ••••••••••••" in text
    assert "`••••••••••••` and `•••••••••••`" in text


def test_secret_in_a_silencing_reason_is_masked(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (stack / "compose.yaml").write_text(
        COMPOSE.replace(PORT, f"{PORT} # obslint: ignore[EXP001] see https://bob:hunter2@wiki/x")
    )
    (finding,) = check(select=["EXP001"]).findings
    assert finding.silenced_by == "compose.yaml:6 see https://bob:•••••••@wiki/x"


# --- determinism ------------------------------------------------------------------------------------------------------


def everything(outcome: Outcome) -> str:
    return "".join(report.renderer(name)(outcome) for name in report.FORMATS)


@pytest.fixture
def crowd(stack: Path) -> Path:
    """Many files that hang together, so that an order could show."""
    for index in range(6):
        directory = stack / f"s{index}"
        directory.mkdir()
        (directory / "compose.yaml").write_text(COMPOSE)
        (directory / "prometheus.yml").write_text(PROMETHEUS.replace("ghost", f"ghost{index}"))
        (directory / "rules.yml").write_text(
            "groups: [{name: a, rules: [{alert: B, expr: 'up{job=\"nope\"} == 0'}]}]\n"
        )
    return stack


def test_output_is_the_same_for_two_runs_and_any_order_of_paths(crowd: Path) -> None:
    paths = sorted(path for path in crowd.rglob("*") if path.is_file())
    first = everything(check(*paths))
    assert first == everything(check(*paths))
    assert first == everything(check(*reversed(paths)))
    assert first == everything(check(*paths, *paths))


def test_output_does_not_depend_on_the_order_of_directory_entries(crowd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = everything(check())
    scanned = os.scandir

    class Backwards:
        def __init__(self, path: Any) -> None:
            with scanned(path) as entries:
                self.entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self.entries)

        def __exit__(self, *exc: object) -> None:
            pass

    monkeypatch.setattr(os, "scandir", Backwards)
    assert everything(check()) == first


def test_output_does_not_depend_on_the_hash_seed(crowd: Path) -> None:
    printed = set()
    for seed in ("0", "1", "4711"):
        command = (sys.executable, "-m", "obslint", "check", "--format", "json", "--fail-on", "info")
        env = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (1, "")
        printed.add(done.stdout)
    assert len(printed) == 1


def test_fingerprints_are_unique_and_survive_lines_above(crowd: Path) -> None:
    before = [finding.fingerprint for finding in check().findings]
    assert len(set(before)) == len(before)
    for path in crowd.rglob("*.y*ml"):
        path.write_text("# a new line\n" + path.read_text())
    assert [finding.fingerprint for finding in check().findings] == before


def test_finding_of_a_file_that_two_names_lead_to_is_one(stack: Path) -> None:
    (stack / "same.yaml").symlink_to("compose.yaml")
    assert len(check("compose.yaml", "same.yaml", ".", select=["EXP001"]).findings) == 1


def test_public_lint_is_the_same_engine(stack: Path) -> None:
    assert obslint.lint(["."]).findings == check().findings
    assert discover.InputError is InputError
