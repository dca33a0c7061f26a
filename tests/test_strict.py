"""The languages inside Alertmanager's configuration, and what strict loading says and leaves out."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from obslint import kinds, parse
from obslint.kinds.checks import go_url
from obslint.lang import matchers, time_intervals

BOTH = ['a="b"', "a=b", "a!=b", 'a=~"b|c"', "a!~b.*", '{a="b",c="d"}', "{}", "", 'a="x \\" y"', "a=", ' a = "b" , ']


@pytest.mark.parametrize("text", BOTH, ids=repr)
def test_matchers_that_the_classic_grammar_takes(text: str) -> None:
    matchers.classic(text)


@pytest.mark.parametrize(
    "text",
    [
        'a="b"',
        "a=b",
        '{a="b",c=~"d|e",}',
        "{}",
        "",
        '"a b"="c d"',
        'data.center="fra1"',
        "a-b=c",
        '{"ä"=ö}',
        'a="\\u00e4"',
    ],
    ids=repr,
)
def test_matchers_that_the_grammar_of_utf8_takes(text: str) -> None:
    matchers.utf8(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('severity="critical"', [("severity", "=", "critical")]),
        ("{a=b, c!~'d'}", [("a", "=", "b"), ("c", "!~", "'d'")]),  # the classic grammar knows no single quotes
        ('a=~"x|y", b!=""', [("a", "=~", "x|y"), ("b", "!=", "")]),
        ('a="x \\" y\\\\"', [("a", "=", 'x " y\\')]),
        ('a="\\t"', [("a", "=", "\\t")]),  # the two grammars disagree: the classic one holds
        ('"a b"="\\u00e4"', [("a b", "=", "ä")]),
        ("a=b}", [("a", "=", "b")]),
        ("", []),
    ],
    ids=repr,
)
def test_what_matchers_say(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = matchers.parse(text)
    assert [(matcher.name, matcher.operator, matcher.value) for matcher in found] == expected
    for matcher in found:
        if " " not in matcher.name:
            assert matchers.classic(str(matcher)) == (matcher,)


@pytest.mark.parametrize("text", ["a", "=b", 'a="b', 'a="b"c"', "a-b=c", 'a=~"("', "a=b,,c=d", '"a"="b"'], ids=repr)
def test_matchers_that_the_classic_grammar_refuses(text: str) -> None:
    with pytest.raises(ValueError):
        matchers.classic(text)


@pytest.mark.parametrize(
    "text",
    ["a", "=b", "a==b", 'a="b', "{a=b", "a=b}", "a=b c=d", "a=", 'a=~"("', "a=b,,", "a='b'", 'a="\\q"', "a!b"],
    ids=repr,
)
def test_matchers_that_the_grammar_of_utf8_refuses(text: str) -> None:
    with pytest.raises(ValueError):
        matchers.utf8(text)


def test_long_and_hostile_matchers_are_read_in_linear_time() -> None:
    for text in (
        '"' * 100_000,
        "\\" * 100_000,
        "a=b," * 50_000,
        "{" * 100_000,
        "a" + " " * 100_000,
        '"' + '\\"' * 50_000,
    ):
        for read in (matchers.classic, matchers.utf8):
            try:
                read(text)
            except ValueError as error:
                assert len(str(error)) < 300


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (time_intervals.minutes, "24:01"),
        (time_intervals.minutes, "9:00"),
        (time_intervals.minutes, "٠٩:٠٠"),
        (time_intervals.weekdays, "mon"),
        (time_intervals.weekdays, "monday:tuesday:friday"),
        (time_intervals.weekdays, "saturday:sunday"),
        (time_intervals.days_of_month, "0"),
        (time_intervals.days_of_month, "32"),
        (time_intervals.days_of_month, "5:1"),
        (time_intervals.days_of_month, "-3:3"),
        (time_intervals.months, "jan"),
        (time_intervals.months, "3:1"),
        (time_intervals.years, "2027:2026"),
        (time_intervals.years, "x"),
        (time_intervals.location, "Germany/Berlin"),
        (time_intervals.location, "../../etc/passwd"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_parts_of_time_intervals_that_are_refused(read, text: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        read(text)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (time_intervals.minutes, "24:00"),
        (time_intervals.weekdays, "Sunday:saturday"),
        (time_intervals.days_of_month, "1:-1"),
        (time_intervals.days_of_month, "-31:-1"),
        (time_intervals.months, "january:3"),
        (time_intervals.location, "Local"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_parts_of_time_intervals_that_are_taken(read, text: str) -> None:  # type: ignore[no-untyped-def]
    read(text)


@pytest.mark.parametrize("text", ["http://h:x", "://h", "1h:80", "http://a b/", "http://a\nb"], ids=repr)
def test_urls_that_go_refuses(text: str) -> None:
    assert go_url(text)


@pytest.mark.parametrize(
    "text", ["http://h:80", "localhost:9090", "foo", "/path", "http://[::1]:80/x", "http://u:p@h/", ""], ids=repr
)
def test_urls_that_go_takes(text: str) -> None:
    assert go_url(text) is None


HOSTILE = [
    "scrape_configs: [1, null, [], {relabel_configs: {a: 1}, static_configs: [[], 1, {targets: {a: 1}, labels: []}]}]",
    "scrape_configs: {a: 1}\nremote_write: x\nalerting: []\nglobal: 3\notlp: []\ntracing: [1]",
    "scrape_configs: [{job_name: [a], scrape_timeout: {}, kubernetes_sd_configs: [{selectors: [1, {field: [x]}]}]}]",
    "route: []\nreceivers: [1, {name: {}, slack_configs: {a: 1}, email_configs: [1, {headers: []}]}]\nglobal: []",
    "route: {group_by: {a: 1}, matchers: x, match: [], routes: {a: 1}}\nreceivers: {}\ntime_intervals: [{times: 1}]",
    "groups: [1, null, {name: [], rules: {a: 1}}, {name: x, rules: [1, null, [], {record: {}, expr: [], labels: 3}]}]",
    "groups: {a: 1}",
    "schema_config: {configs: [1, null, {from: [], index: 3, object_store: {}}]}\ncommon: {storage: [1]}\nruler: []",
    "limits_config: {retention_stream: {a: 1}}\nstorage_config: {named_stores: {aws: [1], s3: {a: null}}}\nruler: 3",
    "clients: {a: 1}\nscrape_configs: [{pipeline_stages: [1, null, {labels: 1, drop: [], match: null, tenant: 3}]}]",
    "services: {a: null, b: [1], c: {ports: {a: 1}, depends_on: [c, [1]], healthcheck: {test: {a: 1}}, scale: []}}",
    "services: {a: {build: [], deploy: 1, develop: {watch: [1]}, container_name: {}}}\nsecrets: [1]\nvolumes: {a: 1}",
    "datasources: [1, null, {uid: [], isDefault: {}, orgId: {}}]\nproviders: [1, {options: 3, type: []}]",
    "groups: [{rules: [1, {record: []}]}]\ncontactPoints: [1, {receivers: [1, {settings: []}]}]",
    "null",
    "[]",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(
    "kind",
    ["prometheus", "alertmanager", "rules", "loki-rules", "promtail", "loki", "compose", "grafana-datasources",
     "grafana-dashboards", "grafana-alerting"],
)  # fmt: skip
def test_no_check_raises_on_any_form_of_data(kind: str, text: str) -> None:
    document = parse.load("file.yml", text, "yaml")[0]
    for fault in kinds.extract(kinds.KINDS[kind], document).faults:
        assert fault.message and not re.search(r"None|\[\]|\{\}", fault.message)
        document.locate(fault.place)


def test_routes_a_thousand_deep_are_read_without_recursion_to_the_end() -> None:
    text = "route: " + "{receiver: a, routes: [" * 90 + "]}" * 90 + "\nreceivers: [{name: a}]"
    document = parse.load("file.yml", text, "yaml")[0]
    assert kinds.extract(kinds.KINDS["alertmanager"], document).faults == ()


STEP = {
    "action": ["replace", "keep", "hashmod", "labelmap", "labeldrop", "lowercase", "keepequal", "Drop", "foo", '""'],
    "source_labels": ["[a]", "[a, b]", "[]", "[a.b]"],
    "separator": ['","', '";"', '""'],
    "regex": ["(.*)", "a(b", '"(?=x)"', "a|b", '""', '"a{1001}"', '"(?P<n>a)"', '"\\\\1"'],
    "target_label": ["x", "$1", "${1}_x", "a-b", '""', '"1a"', "x.y"],
    "replacement": ["$1", "x", "${1}", '""', "a-b", "$1_x"],
    "modulus": ["0", "8"],
}
PARTS = ["a", "=", "=~", "!=", "!~", '"x"', '"x', "{", "}", ",", " ", "(", ".*", "\\", '\\"', "'", "-", 'b="c"', "a=b"]


def _refused(kind: str, text: str, version: tuple[int, int]) -> bool:
    document = parse.load("file.yml", text, "yaml")[0]
    return any(
        fault.sort not in ("group", "ignored")
        and (
            (fault.since is None and fault.until is None)
            or (fault.since is not None and version < tuple(map(int, fault.since.split("."))))
        )
        for fault in kinds.extract(kinds.KINDS[kind], document).faults
    )


def _version(tool: str) -> tuple[int, int]:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    said = subprocess.run([tool, "--version"], capture_output=True, text=True)
    match = re.search(r"version (\d+)\.(\d+)", said.stdout + said.stderr)
    assert match is not None
    return int(match[1]), int(match[2])


def test_relabelling_steps_are_refused_as_promtool_does(tmp_path: Path) -> None:
    version, rng = _version("promtool"), random.Random(7)
    for _ in range(60):
        step = {name: rng.choice(values) for name, values in STEP.items() if rng.random() < 0.5}
        lines = "".join(f"        {name}: {value}\n" for name, value in step.items())
        text = f"scrape_configs:\n  - job_name: a\n    relabel_configs:\n      - # one\n{lines}"
        (tmp_path / "prometheus.yml").write_text(text)
        command = ["promtool", "check", "config", "--syntax-only", str(tmp_path / "prometheus.yml")]
        refused = subprocess.run(command, capture_output=True).returncode != 0
        assert _refused("prometheus", text, version) == refused, text


def test_matchers_are_refused_as_amtool_does(tmp_path: Path) -> None:
    version, rng = _version("amtool"), random.Random(7)
    for _ in range(60):
        matcher = "".join(rng.choice(PARTS) for _ in range(rng.randint(1, 6)))
        if "{{" in matcher:
            continue  # taken for what another program renders
        quoted = matcher.replace("'", "''")
        text = f"route:\n  receiver: a\n  routes:\n    - matchers: ['{quoted}']\nreceivers: [{{name: a}}]\n"
        (tmp_path / "alertmanager.yml").write_text(text)
        refused = subprocess.run(["amtool", "check-config", str(tmp_path / "alertmanager.yml")], capture_output=True)
        assert _refused("alertmanager", text, version) == (refused.returncode != 0), text
