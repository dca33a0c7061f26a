"""The walker says what the schemas say, at the right place, and agrees with the components themselves."""

from __future__ import annotations

import copy
import json
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError, validators

from obslint import kinds, parse, shape
from obslint.discover import discover
from obslint.facts.common import Fault
from obslint.parse import Document
from support import copied

ROOT = Path(__file__).parents[1]
GOOD = ROOT / "fixtures" / "good"
SHARED = ROOT.parent / "shared"
CORPUS, CONFORMANCE = SHARED / "corpus", SHARED / "conformance"
NOT_HERE = "the shared material is not beside this checkout"


def one(text: str, format_: str = "yaml") -> Document:
    (document,) = parse.load("x.yml", text, format_)
    assert document.problems == ()
    return document


def always(faults: tuple[Fault, ...]) -> list[Fault]:
    """The faults that hold for every release."""
    return [fault for fault in faults if fault.since is None and fault.until is None]


def said(kind: str, text: str) -> list[str]:
    document = one(text)
    found = []
    for fault in shape.judge(kind, document):
        place = document.locate(fault.place)
        found.append(f"{place.line}:{place.column} {fault.message}" + (f" ({fault.help})" if fault.help else ""))
    return found


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (
            "prometheus",
            "global: {scrape_intervall: 1m, evaluation_interval: 5}\nscrape_config: []\n",
            [
                "1:10 unknown field `scrape_intervall` in `global` (did you mean `scrape_interval`?)",
                "1:53 `global.evaluation_interval` must be a duration such as `30s` or `1d`, and `5` has no unit "
                "(write the unit: `s`, `m`, `h`, `d`)",
                "2:1 unknown field `scrape_config` in the top level (did you mean `scrape_configs`?)",
            ],
        ),
        (
            "prometheus",
            "scrape_configs: [{job_name: a, fallback_scrape_protocol: [PrometheusProto]}]",
            [
                "1:32 the field `fallback_scrape_protocol` in `scrape_configs[0]` exists only from 3.0 on",
                "1:58 `scrape_configs[0].fallback_scrape_protocol` must be one word, not a list",
            ],
        ),
        (
            "loki",
            "retention_enabled: true\n",
            ["1:1 unknown field `retention_enabled` in the top level (`retention_enabled` is a field of `compactor`)"],
        ),
        (
            "prometheus",
            "scrape_configs: [{job_name: a, static_configs: [{targets: [a], relabel_configs: []}]}]",
            [
                "1:64 unknown field `relabel_configs` in `scrape_configs[0].static_configs[0]` "
                "(`relabel_configs` is a field of `scrape_configs[]`)"
            ],
        ),
        (
            "compose",
            "services: {a: {image: b, dependsOn: []}}",
            ["1:26 unknown field `dependsOn` in `services.a` (did you mean `depends_on`?)"],
        ),
        (
            "alertmanager",
            "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://a', url_file: b}]}]",
            [
                "2:59 the field `url_file` in `receivers[0].webhook_configs[0]` exists only from 0.26 on",
                "2:59 `url` and `url_file` exclude each other in `receivers[0].webhook_configs[0]` "
                "(keep one of the two)",
            ],
        ),
        ("alertmanager", "receivers: [{name: a}]", ["1:1 `route` is missing in the top level"]),
        (
            "alertmanager",
            "route:\nreceivers: [{name: }]",
            ["1:1 `route` is empty (write a mapping)", "2:14 `receivers[0].name` is empty (write a plain value)"],
        ),
        (
            "promtail",
            "scrape_configs: [{job_name: a, pipeline_stages: [{regex: {expression: '(?P<a>'}}]}]",
            ["1:71 `scrape_configs[0].pipeline_stages[0].regex.expression`: missing ): (?P<a>"],
        ),
        (
            "prometheus",
            "scrape_configs: [{job_name: a, scrape_protocols: [prometheusproto]}]",
            [
                "1:32 the field `scrape_protocols` in `scrape_configs[0]` exists only from 2.49 on",
                "1:51 `scrape_configs[0].scrape_protocols[0]` cannot be `prometheusproto` "
                "(did you mean `PrometheusProto`?)",
            ],
        ),
        ("file-sd", "[{targets: [a], lables: {}}]", ["1:17 unknown field `lables` in `[0]` (did you mean `labels`?)"]),
    ],
)
def test_every_fault_is_told_in_one_pass_with_its_place(kind: str, text: str, expected: list[str]) -> None:
    assert said(kind, text) == expected


def test_a_kind_without_a_schema_is_not_judged() -> None:
    assert shape.judge("nginx", one("a: 1")) == ()
    assert shape.releases("nginx") is None


def test_every_kind_with_a_schema_is_a_kind_of_file() -> None:
    assert set(kinds.KINDS) >= shape.KINDS
    assert all((ROOT / "schemas" / f"{kind}.json").is_file() for kind in shape.KINDS)


def test_a_hostile_file_gives_a_bounded_number_of_faults() -> None:
    wrong = one("\n".join(f"key{number}: 1" for number in range(20_000)))
    assert len(shape.judge("prometheus", wrong)) == 100
    bomb = "a: &a [{job_name: x, no: 1}]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 12))
    assert len(shape.judge("prometheus", one(bomb.replace("*a0", "*a")))) == 12
    digits = one(f"server: {{http_server_read_timeout: '{'1' * 1_000_000}'}}")
    assert shape.judge("loki", digits) == ()
    long_key = one(f"{{? {'x' * 100_000} : 1}}")
    assert len(shape.judge("prometheus", long_key)) == 1


# Against the oracle of JSON Schema


def _at_most_one(_validator: Any, groups: list[list[str]], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for group in groups:
            if sum(instance.get(key) not in (None, "", [], {}, False) for key in group) > 1:
                yield ValidationError("at most one")


Judge: Any = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"x-at-most-one": _at_most_one}
)


def oracle(kind: str) -> Any:
    return Judge(json.loads((ROOT / "schemas" / f"{kind}.json").read_text(encoding="utf-8")))


def mutated(data: Any, rng: random.Random) -> Any:
    """A document with a key renamed, a key dropped, or a value replaced by one of another type."""
    data, spots = copied(data)
    if not spots:
        return data
    node, key = rng.choice(spots)
    what = rng.choice(["value", "value", "rename", "drop"])
    if what == "drop":
        del node[key]
    elif what == "rename" and isinstance(node, dict):
        node[f"{key}x"] = node.pop(key)
    else:
        node[key] = rng.choice([None, "text", "", 7, 0, 1.5, True, [], {}, ["text"], {"key": "text"}, [None], "5 m"])
    return data


def recognised(folder: Path) -> Iterator[tuple[str, str, Document]]:
    """Every document below a folder that is judged, with its kind."""
    for source in discover([folder]).sources:
        for document in parse.load(source.path, source.text, source.format):
            found = None if document.problems else kinds.recognise(document)
            if found is not None and found[0].name in shape.KINDS:
                yield source.path, found[0].name, document


def _own_ways(error: ValidationError) -> bool:
    """Whether the walker leaves what the schema refuses to others: relabelling steps, and what a variable decides."""
    steps = [step for step in error.absolute_path if isinstance(step, str)]
    if error.validator in ("enum", "pattern") and any("relabel_config" in step for step in steps[:-1]):
        return True
    return isinstance(error.instance, str) and "$" in error.instance


def compare(kind: str, data: object, document: Document, judge: Any, verdicts: Counter[bool], name: str) -> None:
    errors = list(judge.iter_errors(data))
    judged = [fault for fault in always(shape.judge(kind, document)) if fault.sort != "ignored"]
    found = [fault for fault in judged if not fault.program]
    valid = all(_own_ways(error) for error in errors)
    verdicts[valid] += 1
    if valid:  # a pattern is not asked of a number, which a component reads into a string
        found = [fault for fault in found if fault.sort != "value" or isinstance(document.value(fault.place.at), str)]
    wrong = [fault.message for fault in found]
    if valid:
        assert found == [], (name, wrong)
    elif kind != "rules":  # of what vmalert alone reads otherwise, nothing is said for both
        assert judged, (name, [error.message for error in errors])


def test_the_walker_agrees_with_json_schema_on_good_fixtures_and_spoilt_ones() -> None:
    rng = random.Random(7)
    verdicts: Counter[bool] = Counter()
    judges: dict[str, Any] = {}
    for name, kind, document in recognised(GOOD):
        judge = judges.setdefault(kind, oracle(kind))
        compare(kind, document.data, document, judge, verdicts, name)
        for _ in range(15):
            spoilt = mutated(document.data, rng)
            compare(kind, spoilt, one(json.dumps(spoilt), "json"), judge, verdicts, name)
    assert verdicts[True] > 150
    assert verdicts[False] > 150


@pytest.mark.skipif(not CORPUS.is_dir(), reason=NOT_HERE)
def test_the_walker_agrees_with_json_schema_on_real_files_and_spoilt_ones() -> None:
    rng = random.Random(8)
    verdicts: Counter[bool] = Counter()
    judges: dict[str, Any] = {}
    for name, kind, document in recognised(CORPUS):
        judge = judges.setdefault(kind, oracle(kind))
        compare(kind, document.data, document, judge, verdicts, name)
        spoilt = mutated(document.data, rng)
        compare(kind, spoilt, one(json.dumps(spoilt), "json"), judge, verdicts, name)
    assert verdicts[True] > 400
    assert verdicts[False] > 100


# Against the components

JUDGES = {
    "prometheus": ("promtool", (2, 42), ("check", "config", "--syntax-only")),
    "rules": ("promtool", (2, 42), ("check", "rules")),
    "alertmanager": ("amtool", (0, 25), ("check-config",)),
}
"""The program that judges a kind, the release whose fields the expectations are made for, and its arguments."""

LEFT_OUT = re.compile(r"field (?:consul|kubernetes|kuma|linode|nomad)_sd_configs not found")
"""Service discoveries that a distribution may build Prometheus without."""

OF_SHAPE = re.compile(r"field \S+ not found in type|cannot unmarshal|not a valid duration string|unknown unit")


def _release(program: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).split("version ")[-1].split(" ")[0]


def refused_by_release(kind: str, document: Document, release: tuple[int, int]) -> list[Fault]:
    """The faults that one release meets."""

    def number(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split("."))

    return [
        fault
        for fault in shape.judge(kind, document)
        if (fault.since is None and fault.until is None)
        or (fault.since is not None and release < number(fault.since))
        or (fault.until is not None and release >= number(fault.until))
    ]


def without(data: Any, faults: list[Fault]) -> Any:
    """A document without the fields that a release does not know; an address comes from the file instead."""
    data = copy.deepcopy(data)
    for fault in faults:
        node = data
        for step in fault.place.at[:-1]:
            node = node.get(step, {}) if isinstance(node, dict) else node[step]
        if isinstance(node, dict):
            node.pop(fault.place.at[-1], None)
            if fault.place.at[-1] == "url_file":
                node["url"] = "http://receiver:8080"
    return data


def differ(kind: str, name: str, text: str, tmp_path: Path, seen: Counter[str]) -> str | None:
    """How the walker and the component differ about one text; None where they do not."""
    program, release, arguments = JUDGES[kind]
    target = tmp_path / "config.yml"
    target.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [program, *arguments, str(target)], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=30
    )
    output = done.stdout + done.stderr
    documents = parse.load("config.yml", text, "yaml")
    if len(documents) != 1:
        return None
    found = [fault.message for fault in refused_by_release(kind, documents[0], release)]
    if LEFT_OUT.search(output):
        return None
    seen[f"{'refused' if done.returncode else 'taken'} by {program}, {'refused' if found else 'taken'} here"] += 1
    if done.returncode == 0:
        return f"{name}: {program} takes it, not so here: {found}" if found else None
    return f"{name}: {program} refuses it: {output}" if not found and OF_SHAPE.search(output) else None


@pytest.mark.parametrize("kind", JUDGES)
def test_the_walker_refuses_only_what_the_component_refuses_and_every_wrong_field_and_type(
    kind: str, tmp_path: Path
) -> None:
    program, release, _ = JUDGES[kind]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    if tuple(int(part) for part in _release(program).split(".")[:2]) != release:
        pytest.skip(f"{program} is not of release {release[0]}.{release[1]}")
    rng = random.Random(5)
    seen: Counter[str] = Counter()
    found: list[str | None] = []
    real = [(GOOD, 15), *([(CORPUS, 1)] if CORPUS.is_dir() else [])]
    for folder, times in real:
        for name, kind_, document in recognised(folder):
            if kind_ != kind or len(document.text.text) > 60_000:
                continue
            found.append(differ(kind, name, document.text.text, tmp_path, seen) if document.index == 0 else None)
            data = without(document.data, refused_by_release(kind, document, release))
            found.append(differ(kind, f"{name} cut", json.dumps(data, indent=1), tmp_path, seen))
            for _ in range(times):
                text = json.dumps(mutated(data, rng), indent=1)
                found.append(differ(kind, f"{name} spoilt as {text}", text, tmp_path, seen))
    print(kind, dict(seen))
    assert [line for line in found if line] == []
    assert seen[f"refused by {program}, refused here"] > 20
    assert seen[f"taken by {program}, taken here"] > 5


FRAGMENTS = (
    "TestEmail",
    "TestLoadSlackConfiguration",
    "TestSlackFieldConfigUnmarshaling",
    "TestVictorOpsConfiguration",
)
"""Cases of Alertmanager that are one notifier, not a whole file."""


@pytest.mark.skipif(not CONFORMANCE.is_dir(), reason=NOT_HERE)
@pytest.mark.parametrize(
    ("suite", "kind", "bad"),
    [
        ("prometheus-config", "prometheus", 47),
        ("prometheus-rules", "rules", 1),
        ("alertmanager-config", "alertmanager", 14),
    ],
)
def test_no_good_case_of_the_components_own_tests_is_refused(suite: str, kind: str, bad: int) -> None:
    seen: Counter[str] = Counter()
    for case in json.loads((CONFORMANCE / f"{suite}.json").read_text(encoding="utf-8")):
        if case["id"].startswith(FRAGMENTS) and "route:" not in case["text"]:
            continue
        documents = parse.load(case["id"], case["text"], "yaml")
        refused = any(always(shape.judge(kind, document)) for document in documents)
        seen[f"{case['expect']} {'refused' if refused else 'accepted'}"] += 1
        assert not (refused and case["expect"] == "good"), case["id"]
    print(suite, dict(seen))
    assert seen["bad refused"] >= bad


@pytest.mark.skipif(shutil.which("amtool") is None, reason="amtool is not installed")
@pytest.mark.parametrize(
    "url",
    [
        "hook:8080/x",
        "hook/x",
        "//hook/x",
        "http://",
        "http:x",
        "http://u@/x",
        "http://:80",
        "HTTP://a",
        "ftp://a",
        "/x",
    ],
)
def test_urls_of_alertmanager_are_judged_as_amtool_does(url: str, tmp_path: Path) -> None:
    text = f"route: {{receiver: a}}\nreceivers: [{{name: a, webhook_configs: [{{url: '{url}'}}]}}]\n"
    seen: Counter[str] = Counter()
    assert differ("alertmanager", url, text, tmp_path, seen) is None
    assert sum(seen[f"{word} by amtool, {word} here"] for word in ("taken", "refused")) == 1
