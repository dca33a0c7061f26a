"""The four reports, against their literal text, their schemas, and texts written to harm whoever prints them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obslint.findings import Finding, Location, Outcome, Proof, RuleInfo, Severity, Summary
from obslint.report import FORMATS, renderer

ROOT = Path(__file__).resolve().parent.parent
SARIF_SCHEMA = ROOT.parent / "shared" / "external" / "sarif-schema-2.1.0.json"

COMPOSE = """\
services:
  prometheus:
    image: prom/prometheus:v3.1.0
    ports:
      - "9090:9090"
"""
RULES = """\
groups:
  - name: api
    rules:
      - alert: ApiDown
        expr: |
          http_request_total
            == 0
"""
FILES = {"compose.yaml": COMPOSE, "rules/api.yml": RULES}


def at(path: str, line: int, column: int, end_column: int, note: str = "", end_line: int | None = None) -> Location:
    return Location(path, line, column, end_line or line, end_column, note)


def finding(primary: Location, *related: Location, **changed: Any) -> Finding:
    fields: dict[str, Any] = {
        "code": "EXP001",
        "name": "unauthenticated-backend-published",
        "message": "Prometheus of service `prometheus` has no login and is published on all interfaces",
        "severity": Severity.WARNING,
        "proof": Proof.LIKELY,
        "help": "",
        "fingerprint": "0123456789ab",
        "stacks": ("main",),
    }
    return Finding(primary=primary, related=related, **{**fields, **changed})


PUBLISHED = finding(
    at("compose.yaml", 5, 9, 20),
    at("compose.yaml", 3, 12, 34, "this image asks for no login"),
    help='publish it on loopback: "127.0.0.1:9090:9090"\nor put a proxy with a login in front',
)
UNEXPOSED = finding(
    at("rules/api.yml", 6, 11, 29),
    at("compose.yaml", 2, 3, 13, "the only target that is scraped"),
    code="REF012",
    name="metric-never-exposed",
    message="no target of this stack exposes `http_request_total`",
    severity=Severity.ERROR,
    proof=Proof.PROVEN,
)
SILENCED = finding(
    at("compose.yaml", 3, 12, 34),
    code="DEP004",
    name="old-image",
    message="prom/prometheus:v3.1.0 is out of support",
    severity=Severity.INFO,
    proof=Proof.HEURISTIC,
    silenced_by="pinned until the migration",
)
RULE_INFOS = (
    RuleInfo(
        "REF012",
        "metric-never-exposed",
        "An alert reads a metric that nobody exposes.",
        "It can never fire.",
        Severity.ERROR,
        Proof.PROVEN,
        "REF",
    ),
    RuleInfo(
        "EXP001",
        "unauthenticated-backend-published",
        "A service without login is published.",
        "Whoever reaches the port reads everything.",
        Severity.WARNING,
        Proof.LIKELY,
        "EXP",
    ),
)


def outcome(
    *findings: Finding,
    files: Mapping[str, str] = FILES,
    kinds: Mapping[str, int] | None = None,
    skipped: Mapping[str, int] | None = None,
    unknown: int = 0,
    rules: Iterable[RuleInfo] = RULE_INFOS,
) -> Outcome:
    def line(path: str, number: int) -> str:
        lines = re.split(r"\r\n|\n|\r", files.get(path, ""))
        return lines[number - 1] if number <= len(lines) else ""

    silenced = sum(1 for each in findings if each.silenced_by is not None)
    summary = Summary({"compose": 1, "rules": 1} if kinds is None else kinds, skipped or {}, silenced, unknown)
    return Outcome(findings, summary, {rule.code: rule for rule in rules}, line)


def rendered(name: str, result: Outcome, color: bool = False) -> str:
    return renderer(name)(result, color=color)


ALL = outcome(PUBLISHED, SILENCED, UNEXPOSED, skipped={"archive": 2, "templated": 3, "binary": 0}, unknown=7)


# --- text


def test_text_shows_the_source_both_ends_of_the_link_and_the_advice() -> None:
    assert rendered("text", ALL) == (
        """\
compose.yaml:5:9: warning[EXP001] Prometheus of service `prometheus` has no login and is published on all interfaces \
(unauthenticated-backend-published)
  5 |       - "9090:9090"
    |         ^^^^^^^^^^^
  = compose.yaml:3:12: this image asks for no login
  3 |     image: prom/prometheus:v3.1.0
  help: publish it on loopback: "127.0.0.1:9090:9090"
      : or put a proxy with a login in front

rules/api.yml:6:11: error[REF012] no target of this stack exposes `http_request_total` (metric-never-exposed)
  6 |           http_request_total
    |           ^^^^^^^^^^^^^^^^^^
  = compose.yaml:2:3: the only target that is scraped
  2 |   prometheus:

1 error, 1 warning in 2 files (1 silenced, 5 skipped: 3 templated, 2 archive; 7 links unknown)
"""
    )


@pytest.mark.parametrize(
    ("result", "closing"),
    [
        pytest.param(outcome(), "No problems in 2 files\n", id="a clean run says how many files were checked"),
        pytest.param(outcome(kinds={"compose": 1}), "No problems in 1 file\n", id="one file is not files"),
        pytest.param(
            outcome(SILENCED),
            "No problems in 2 files (1 silenced)\n",
            id="a run with all silenced is clean and says so",
        ),
        pytest.param(
            outcome(unknown=1), "No problems in 2 files (1 link unknown)\n", id="an unknown link is told of a clean run"
        ),
        pytest.param(
            outcome(SILENCED, unknown=2),
            "No problems in 2 files (1 silenced, 2 links unknown)\n",
            id="without skipped files the remarks are one list",
        ),
        pytest.param(
            outcome(kinds={}, skipped={"templated": 2}),
            "No files to check (2 skipped: 2 templated)\n",
            id="a run that checked nothing does not call itself clean",
        ),
    ],
)
def test_text_closes_with_honest_counts(result: Outcome, closing: str) -> None:
    assert rendered("text", result) == closing


def excerpt(line: str, column: int, end_column: int, end_line: int = 1) -> list[str]:
    """The source line and the caret line that the text report shows for a span of a one-line file."""
    result = outcome(finding(at("f", 1, column, end_column, end_line=end_line)), files={"f": line})
    shown = rendered("text", result).split("\n\n")[0].splitlines()[1:]
    return [each.removeprefix("  1 | ").removeprefix("    | ") for each in shown]


@pytest.mark.parametrize(
    ("line", "span", "shown"),
    [
        pytest.param("ab\tcd: x", (4, 6), ["ab  cd: x", "    ^^"], id="a tab runs to its stop and the carets follow"),
        pytest.param("\t\tcd", (3, 5), ["        cd", "        ^^"], id="leading tabs are indentation"),
        pytest.param("a\tb", (2, 3), ["a   b", " ^^^"], id="a tab itself is marked over its whole width"),
        pytest.param("監視: 値 x", (5, 6), ["監視: 値 x", "      ^^"], id="wide characters take two columns"),
        pytest.param("e\u0301te\u0301 x", (7, 8), ["e\u0301te\u0301 x", "    ^"], id="combining marks take no column"),
        pytest.param("🔥 up", (3, 5), ["🔥 up", "   ^^"], id="an emoji takes two columns"),
        pytest.param("abc", (2, 2), ["abc", " ^"], id="an empty span gets one caret"),
        pytest.param("abc", (4, 4), ["abc", "   ^"], id="a span behind the last character is shown behind it"),
        pytest.param("abc", (90, 95), ["abc", "   ^"], id="a span beyond the line is shown at its end"),
        pytest.param("abc", (500, 501), ["abc", "   ^"], id="a span far beyond the line is shown at its end"),
        pytest.param("key:   ", (5, 8), ["key:", "    ^"], id="trailing blanks are not shown"),
        pytest.param("\x1b[2Jx", (5, 6), ["␛[2Jx", "    ^"], id="an escape sequence is shown and not obeyed"),
        pytest.param("a\x9bb\x7f", (3, 4), ["a<U+009B>b␡", "         ^"], id="C1 controls and DEL are spelt out"),
        pytest.param(
            "a\u202eb\u200bc",
            (5, 6),
            ["a<U+202E>b<U+200B>c", " " * 18 + "^"],
            id="what turns or hides text is spelt out",
        ),
        pytest.param("a:\u00a0b", (3, 4), ["a:<U+00A0>b", "  ^^^^^^^^"], id="a no-break space is no space"),
        pytest.param("\ud800x", (2, 3), ["<U+D800>x", "        ^"], id="a lone surrogate can be encoded"),
    ],
)
def test_text_puts_the_carets_under_the_span(line: str, span: tuple[int, int], shown: list[str]) -> None:
    assert excerpt(line, *span) == shown


def test_text_underlines_the_first_line_of_a_span_of_several_lines() -> None:
    assert excerpt("  a: |  ", 3, 2, end_line=4) == ["  a: |", "  ^^^^ through line 4"]


def test_text_shows_no_excerpt_of_a_line_that_has_nothing_to_show() -> None:
    assert excerpt("   ", 1, 1) == []


@pytest.mark.parametrize(
    ("span", "marked", "left", "right"),
    [
        pytest.param((1001, 1007), "TARGET", True, True, id="in the middle"),
        pytest.param((1, 7), "xxxxxx", False, True, id="at the start"),
        pytest.param((2001, 2007), "xxxxxx", True, False, id="at the end"),
    ],
)
def test_text_crops_a_long_line_around_the_span(span: tuple[int, int], marked: str, left: bool, right: bool) -> None:
    source, carets = excerpt("x" * 1000 + "TARGET" + "x" * 1000, *span)
    assert len(source) <= 160
    assert source[carets.index("^") :][: len(marked)] == marked
    assert carets.count("^") == len(marked)
    assert (source.startswith("…"), source.endswith("…")) == (left, right)
    assert len(source) >= 150, "the room beside the span is used"


def test_text_crops_by_columns_where_characters_are_wide() -> None:
    source, carets = excerpt("値" * 200, 101, 102)
    assert len(source) * 2 - source.count("…") <= 160
    assert carets.count("^") == 2


def test_text_shows_the_start_of_a_span_longer_than_the_window() -> None:
    source, carets = excerpt("a" * 500 + "b" * 500, 501, 1001)
    assert source.index("b") == carets.index("^")
    assert carets.count("^") == source.count("b") >= 100
    assert len(source) <= 160
    assert source.count("a") >= 20, "some of what stands before it is shown"


def test_text_keeps_a_line_of_exactly_the_window_whole() -> None:
    assert excerpt("x" * 160, 1, 2)[0] == "x" * 160


def test_text_shows_a_line_once_however_many_places_are_on_it() -> None:
    near = at("compose.yaml", 5, 10, 14, "published port")
    far = at("compose.yaml", 3, 5, 10, "image"), at("compose.yaml", 3, 12, 34, "its tag")
    shown = rendered("text", outcome(finding(at("compose.yaml", 5, 9, 20), near, *far)))
    assert shown.count('- "9090:9090"') == shown.count("image: prom") == 1
    assert "  = compose.yaml:5:10: published port\n  = compose.yaml:3:5: image\n" in shown


def test_text_aligns_the_gutter_of_one_finding() -> None:
    files = {"a": "first\n" * 99 + "hundredth\n"}
    shown = rendered("text", outcome(finding(at("a", 100, 1, 10), at("a", 7, 1, 6)), files=files))
    assert shown.splitlines()[1:5] == ["  100 | hundredth", "      | ^^^^^^^^^", "  = a:7:1", "    7 | first"]


def test_text_in_colour_is_the_plain_text_with_styles_around_it() -> None:
    colored = rendered("text", ALL, color=True)
    assert re.sub(r"\x1b\[[0-9;]+m", "", colored) == rendered("text", ALL)
    assert "\x1b[1;31merror[REF012]\x1b[0m" in colored
    assert "\x1b[4mprom/prometheus:v3.1.0\x1b[0m" in colored


HOSTILE = "\x1b]0;owned\x07\r\n\u202e\x9b2J\ud800\x00</script>|##[add-mask]x ##vso[task.setvariable]y"


@pytest.mark.parametrize("name", FORMATS)
def test_no_report_lets_a_hostile_text_reach_the_terminal(name: str) -> None:
    place = at(f"{HOSTILE}.yml", 1, 1, 3, HOSTILE)
    hostile = finding(place, place, message=HOSTILE, help=HOSTILE, silenced_by=None)
    report = rendered(name, outcome(hostile, files={place.path: HOSTILE}))
    assert all(line.isprintable() for line in report.removesuffix("\n").split("\n"))
    report.encode("utf-8")
    assert report.startswith("::") or not re.search(r"##\w*\[", report)


def test_text_does_not_start_a_line_with_a_runner_command() -> None:
    place = at("::stop-commands::x.yml", 1, 1, 2)
    hostile = finding(place, message="m", help="first\n::error ::forged")
    report = rendered("text", outcome(hostile))
    assert report.startswith("./::stop-commands::x.yml:1:1: ")
    assert not re.search(r"^\s*::", report, re.MULTILINE)


@given(line=st.text(max_size=400), column=st.integers(1, 500), length=st.integers(0, 500), lines=st.integers(0, 2))
def test_text_survives_any_line_and_span(line: str, column: int, length: int, lines: int) -> None:
    place = at("f", 1, column, column + length, end_line=1 + lines)
    report = rendered("text", outcome(finding(place), files={"f": line}))
    assert all(each.isprintable() for each in report.split("\n"))
    assert "\x1b" not in report


# --- json


def test_json_holds_every_finding_and_the_counts() -> None:
    assert json.loads(rendered("json", ALL)) == {
        "version": 1,
        "findings": [
            {
                "code": "EXP001",
                "name": "unauthenticated-backend-published",
                "severity": "warning",
                "proof": "likely",
                "message": "Prometheus of service `prometheus` has no login and is published on all interfaces",
                "path": "compose.yaml",
                "line": 5,
                "column": 9,
                "end_line": 5,
                "end_column": 20,
                "related": [
                    {"path": "compose.yaml", "line": 3, "column": 12, "message": "this image asks for no login"}
                ],
                "help": 'publish it on loopback: "127.0.0.1:9090:9090"\nor put a proxy with a login in front',
                "fingerprint": "0123456789ab",
                "silenced_by": None,
                "stacks": ["main"],
            },
            {
                "code": "DEP004",
                "name": "old-image",
                "severity": "info",
                "proof": "heuristic",
                "message": "prom/prometheus:v3.1.0 is out of support",
                "path": "compose.yaml",
                "line": 3,
                "column": 12,
                "end_line": 3,
                "end_column": 34,
                "related": [],
                "help": "",
                "fingerprint": "0123456789ab",
                "silenced_by": "pinned until the migration",
                "stacks": ["main"],
            },
            {
                "code": "REF012",
                "name": "metric-never-exposed",
                "severity": "error",
                "proof": "proven",
                "message": "no target of this stack exposes `http_request_total`",
                "path": "rules/api.yml",
                "line": 6,
                "column": 11,
                "end_line": 6,
                "end_column": 29,
                "related": [
                    {"path": "compose.yaml", "line": 2, "column": 3, "message": "the only target that is scraped"}
                ],
                "help": "",
                "fingerprint": "0123456789ab",
                "silenced_by": None,
                "stacks": ["main"],
            },
        ],
        "summary": {
            "files": {"compose": 1, "rules": 1},
            "skipped": {"archive": 2, "binary": 0, "templated": 3},
            "findings": {"error": 1, "warning": 1, "info": 0, "silenced": 1},
            "unknown": 7,
        },
    }


def test_json_text_of_a_clean_run_is_stable_whatever_the_order_of_the_counts() -> None:
    expected = """\
{
  "version": 1,
  "findings": [],
  "summary": {
    "files": {
      "compose": 1,
      "rules": 2
    },
    "skipped": {},
    "findings": {
      "error": 0,
      "warning": 0,
      "info": 0,
      "silenced": 0
    },
    "unknown": 0
  }
}
"""
    assert rendered("json", outcome(kinds={"rules": 2, "compose": 1})) == expected


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("監視 🔥 \x9b \u2028", "監視 🔥 \x9b \u2028", id="any character comes back"),
        pytest.param("a\ud800b", "a\ufffdb", id="a lone surrogate is replaced"),
        pytest.param("##[error]", "##[error]", id="a log command comes back"),
    ],
)
def test_json_is_ascii_and_reads_back(text: str, read: str) -> None:
    report = rendered("json", outcome(finding(at("f", 1, 1, 1), message=text)))
    assert report.isascii()
    assert json.loads(report)["findings"][0]["message"] == read


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(ALL, id="a report with all there is"),
        pytest.param(outcome(), id="an empty report"),
    ],
)
def test_json_validates_against_its_schema(result: Outcome) -> None:
    schema = json.loads((ROOT / "schemas" / "report.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    report = json.loads(rendered("json", result))
    jsonschema.validate(report, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**report, "more": 1}, schema)


def test_the_report_schema_is_fresh() -> None:
    tool = ROOT / "tools" / "make_report_schema.py"
    ran = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


# --- sarif


def sarif_run(result: Outcome) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(rendered("sarif", result))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return dict(run)


@pytest.mark.skipif(not SARIF_SCHEMA.exists(), reason="the official SARIF schema is not beside the project")
@pytest.mark.parametrize(
    "result",
    [
        pytest.param(ALL, id="a report with all there is"),
        pytest.param(outcome(rules=()), id="an empty report"),
        pytest.param(
            outcome(finding(at("a b/%\udcff#[1].yml", 1, 1, 1), at("::x", 1, 1, 1), message=HOSTILE)),
            id="a report of hostile names",
        ),
    ],
)
def test_sarif_validates_against_the_official_schema(result: Outcome) -> None:
    schema = json.loads(SARIF_SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(json.loads(rendered("sarif", result)))


def test_sarif_says_what_a_result_is_and_where() -> None:
    run = sarif_run(ALL)
    assert run["columnKind"] == "unicodeCodePoints"
    assert "uri" not in run["originalUriBaseIds"]["%SRCROOT%"]
    assert run["results"][0] == {
        "ruleId": "EXP001",
        "ruleIndex": 1,
        "level": "warning",
        "message": {
            "text": "Prometheus of service `prometheus` has no login and is published on all interfaces\n"
            "Related: [this image asks for no login](1)\n"
            'Help: publish it on loopback: "127.0.0.1:9090:9090"\nor put a proxy with a login in front'
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "compose.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 5, "startColumn": 9, "endLine": 5, "endColumn": 20},
                }
            }
        ],
        "partialFingerprints": {"obslint/v1": "0123456789ab"},
        "suppressions": [],
        "properties": {"proof": "likely", "stacks": ["main"]},
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": {
                    "artifactLocation": {"uri": "compose.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 3, "startColumn": 12, "endLine": 3, "endColumn": 34},
                },
                "message": {"text": "this image asks for no login"},
            }
        ],
    }


def test_sarif_describes_the_rules_in_order_and_each_result_points_at_its_own() -> None:
    run = sarif_run(ALL)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["DEP004", "EXP001", "REF012"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == ["EXP001", "DEP004", "REF012"]
    assert rules[2] == {
        "id": "REF012",
        "name": "MetricNeverExposed",
        "shortDescription": {"text": "An alert reads a metric that nobody exposes."},
        "fullDescription": {"text": "It can never fire."},
        "help": {
            "text": "It can never fire.",
            "markdown": "**REF012** `metric-never-exposed`\n\nIt can never fire.",
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["REF"], "precision": "very-high", "problem.severity": "error"},
    }


def test_sarif_describes_a_rule_the_outcome_does_not_list_from_its_finding() -> None:
    rules = sarif_run(outcome(SILENCED, rules=()))["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["name"], rule["properties"]["precision"]) for rule in rules] == [
        ("DEP004", "OldImage", "medium")
    ]
    assert rules[0]["help"]["text"] == "old image"


def test_sarif_keeps_silenced_findings_as_suppressed() -> None:
    suppressions = [result["suppressions"] for result in sarif_run(ALL)["results"]]
    assert suppressions == [[], [{"kind": "inSource", "justification": "pinned until the migration"}], []]


def test_sarif_keeps_descriptions_within_what_github_takes() -> None:
    rule = RuleInfo("A1", "a", "s" * 2000, "d" * 2000, Severity.INFO, Proof.LIKELY, "A")
    (described,) = sarif_run(outcome(rules=[rule]))["tool"]["driver"]["rules"]
    assert described["shortDescription"]["text"] == "s" * 1023 + "…"
    assert described["fullDescription"]["text"] == "d" * 1023 + "…"
    assert described["help"]["text"] == "d" * 2000


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        pytest.param("a b/ü#1%.yml", "a%20b/%C3%BC%231%25.yml", id="reserved and foreign characters are escaped"),
        pytest.param("c:x.yml", "c%3Ax.yml", id="a colon does not make a scheme"),
        pytest.param("caf\udce9.yml", "caf%E9.yml", id="a name that is not UTF-8 keeps its byte"),
        pytest.param("a\ud800.yml", "a%3F.yml", id="a surrogate that stands for no byte is replaced"),
    ],
)
def test_sarif_percent_encodes_paths(path: str, uri: str) -> None:
    (result,) = sarif_run(outcome(finding(at(path, 1, 1, 1))))["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == uri
    assert unquote(uri, errors="surrogateescape") == path or "\ud800" in path


def test_sarif_links_only_to_its_own_places() -> None:
    place = at("f", 1, 1, 1, "x](http://evil) [y")
    (result,) = sarif_run(outcome(finding(place, place, message="[click](http://evil)", help="[or](//here)")))[
        "results"
    ]
    assert result["message"]["text"].splitlines() == [
        "[click] (http://evil)",
        r"Related: [x\](http://evil) \[y](1)",
        "Help: [or] (//here)",
    ]
    assert result["relatedLocations"][0]["message"]["text"] == "x] (http://evil) [y"


# --- github


def test_github_writes_one_command_a_finding() -> None:
    assert rendered("github", ALL) == (
        "::warning file=compose.yaml,line=5,col=9,endLine=5,endColumn=20,"
        "title=EXP001 unauthenticated-backend-published::"
        "compose.yaml:5:9: EXP001 Prometheus of service `prometheus` has no login and is published on all interfaces"
        "%0Acompose.yaml:3:12: this image asks for no login"
        '%0Ahelp: publish it on loopback: "127.0.0.1:9090:9090"%0Aor put a proxy with a login in front\n'
        "::error file=rules/api.yml,line=6,col=11,endLine=6,endColumn=29,title=REF012 metric-never-exposed::"
        "rules/api.yml:6:11: REF012 no target of this stack exposes `http_request_total`"
        "%0Acompose.yaml:2:3: the only target that is scraped\n"
    )


def test_github_calls_info_a_notice_and_drops_the_columns_of_several_lines() -> None:
    info = finding(
        at("a.yml", 1, 5, 3, end_line=4), code="A1", name="a", message="m", severity=Severity.INFO, fingerprint=""
    )
    assert rendered("github", outcome(info)) == "::notice file=a.yml,line=1,endLine=4,title=A1 a::a.yml:1:5: A1 m\n"


def test_github_escapes_what_would_end_a_property_or_a_command() -> None:
    odd = finding(at("a,b:c%\n.yml", 1, 1, 2), code="A1", name="a", message="50%\r\n::error::x, y")
    assert rendered("github", outcome(odd)) == (
        "::warning file=a%2Cb%3Ac%25%0A.yml,line=1,col=1,endLine=1,endColumn=2,title=A1 a::"
        "a,b:c%25%0A.yml:1:1: A1 50%25%0D%0A::error::x, y\n"
    )


def test_github_has_nothing_to_say_of_a_clean_run() -> None:
    assert rendered("github", outcome(SILENCED)) == ""


# --- names


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_without_colour_has_no_escape_byte(name: str) -> None:
    assert "\x1b" not in rendered(name, ALL)


@pytest.mark.parametrize("name", ["schema", "yaml", "../text", ""])
def test_an_unknown_format_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected one of text, json, sarif, github"):
        renderer(name)


def test_a_report_imports_only_its_own_format() -> None:
    code = "import sys; from obslint.report import renderer; renderer('text'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "obslint.report.text" in loaded
    assert not {"obslint.report.sarif", "obslint.report.schema", "pydantic", "click"} & set(loaded)
