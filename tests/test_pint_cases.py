"""pint's own test cases against our rules of the same meaning: what pint reports, and what it lets pass."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from obslint import config, engine
from obslint.rules import registry

CASES = Path(__file__).parents[2] / "shared" / "conformance" / "pint-rules-offline.json"

_CODES = {
    "alerts_annotation": ["ALR018"],
    "alerts_comparison": ["PQL012", "PQL013"],
    "alerts_for": ["ALR017", "SYN004"],
    "alerts_template": ["ALR006", "ALR007", "ALR008", "SYN005", "SYN007"],
    "group_interval": ["ALR016"],
    "promql_aggregation": ["PQL023"],
    "promql_fragile": ["PQL021"],
    "promql_nan": ["PQL022"],
    "promql_range_query": ["PQL025"],
    "promql_regexp": ["PQL020"],
    "promql_selector": ["PQL024"],
    "promql_syntax": ["SYN005"],
    "rule_for": ["ALR020"],
    "rule_label": ["ALR018"],
    "rule_link": ["REF026"],
    "rule_name": ["ALR019"],
    "rule_reject": ["ALR018"],
    "rule_report": [],
}
"""The rules that mean what a check of pint means; one that is not registered finds nothing."""

_CRITICAL = {"severity": {"pattern": "critical"}}
_CRITICAL_REQUIRED = {"severity": {"pattern": "critical", "required": True}}
_BAD = {"bad": {"forbidden": True}, ".*": {"reject": "bad"}}
_COMPONENTS = {"pattern": "api|memcached", "separator": " "}
_SERVICES = {"values": ["api", "memcached", "storage", "prometheus"], "separator": " "}
_PRIORITY = {"priority": {"pattern": "1|2|3"}}
_KEEP_JOB = {"keep": {".+": ["job"]}}
_STRIP_JOB = {"strip": {".+": ["job"]}}
_STRIP_INSTANCE = {"strip": {".+": ["instance"]}}


def _labels(conventions: Mapping[str, Any]) -> dict[str, Any]:
    return {"ALR018": {"alert-labels": conventions, "recording-labels": conventions}}


def _annotations(conventions: Mapping[str, Any]) -> dict[str, Any]:
    return {"ALR018": {"annotations": conventions}}


_SETTINGS = {
    "alerts_annotation": _annotations(_CRITICAL_REQUIRED),
    "promql_aggregation": {"PQL023": _KEEP_JOB},
    "promql_range_query": {"PQL025": {"max": "4h"}},
    "promql_regexp": {"PQL020": {"substrings": True}},
    "promql_selector": {"PQL024": {"metrics": {".+": ["job"]}}},
    "rule_label": _labels(_CRITICAL_REQUIRED),
    "rule_name": {"ALR019": {"alerts": "[A-Z][A-Za-z0-9]+", "recordings": "total:.+"}},
    "rule_reject": {"ALR018": dict.fromkeys(("alert-labels", "recording-labels", "annotations"), _BAD)},
}
"""What pint is told by most cases of a check, as obslint.yaml says it."""

_SETTINGS_OF_CASE = {
    "alerts_annotation-20": _annotations(_CRITICAL),
    "alerts_annotation-24": _annotations(_CRITICAL),
    "alerts_annotation-26": _annotations({"severity": {"pattern": "critical|info|debug"}}),
    "alerts_annotation-27": _annotations({"for": {"pattern": "{{ $for }}", "required": True}}),
    "alerts_annotation-29": _annotations({"annotation_.*": {"pattern": "critical|info|debug", "required": True}}),
    "alerts_annotation-30": _annotations({"annotation_.*": {"pattern": "critical|info|debug"}}),
    "alerts_annotation-31": _annotations({"annotation_.*": {"pattern": "critical", "required": True}}),
    "alerts_annotation-34": _annotations({"components": _SERVICES}),
    "promql_aggregation-219": {"PQL023": {"keep": {"bar": ["job"]}}},
    "promql_aggregation-226": {"PQL023": _STRIP_JOB},
    "promql_aggregation-230": {"PQL023": _STRIP_INSTANCE},
    "promql_aggregation-244": {"PQL023": _STRIP_JOB},
    "promql_aggregation-245": {"PQL023": _STRIP_JOB},
    "promql_aggregation-253": {"PQL023": _STRIP_INSTANCE},
    "promql_aggregation-254": {"PQL023": _STRIP_INSTANCE},
    "promql_aggregation-261": {"PQL023": _STRIP_JOB},
    "promql_regexp-610": {},
    "promql_selector-637": {"PQL024": {"functions": {".+": ["job"]}}},
    "promql_selector-638": {"PQL024": {"functions": {".+": ["job"]}}},
    "rule_for-912": {"ALR020": {"for-min": "1s"}},
    "rule_for-914": {"ALR020": {"for-min": "5m", "for-max": "10m"}},
    "rule_for-915": {"ALR020": {"for-min": "1s", "for-max": "2m"}},
    "rule_label-923": _labels({"severity": {"required": True}}),
    "rule_label-924": _labels(_CRITICAL),
    "rule_label-929": _labels({"priority": {"pattern": "1|2|3", "required": True}}),
    "rule_label-930": _labels(_PRIORITY),
    "rule_label-935": _labels(_CRITICAL),
    "rule_label-936": _labels({"severity": {"pattern": "critical|info", "required": True}}),
    "rule_label-937": _labels({"severity": {"pattern": "critical|info"}}),
    "rule_label-940": _labels({"severity": {"pattern": "critical|info", "required": True}}),
    "rule_label-941": _labels({"severity": {"pattern": "critical|info"}}),
    "rule_label-942": _labels({"for": {"pattern": "must wait {{$for}} to fire", "required": True}}),
    "rule_label-943": _labels({"for": {"pattern": "must wait {{$for}} to fire", "required": True}}),
    "rule_label-944": _labels({"components": _COMPONENTS}),
    "rule_label-945": _labels({"components": _SERVICES}),
    "rule_label-947": _labels({"components": _SERVICES}),
    "rule_reject-969": {},
    "rule_reject-982": {"ALR018": {"alert-labels": _BAD, "recording-labels": _BAD}},
    "rule_reject-986": _annotations({".*": {"reject": "{{ $alert }}"}}),
}
"""What pint is told by single cases (`internal/checks/*_test.go`, where the suite's description does not say it)."""

_ADDED_LATER = "`$labels` are those of the result; Prometheus adds the group's after the texts are written"
_OTHERWISE: dict[str, str] = {
    "alerts_template-138": "a number with many digits is ugly, not wrong",
    "alerts_template-181": _ADDED_LATER,
    "alerts_template-183": _ADDED_LATER,
    "alerts_template-184": _ADDED_LATER,
    "rule_report-992": "reports every rule that its pattern matches: a search, not a judgement",
}
"""Cases that we judge otherwise on purpose, each with the reason (Prometheus `rules/alerting.go`, `Eval`)."""

# pint judges what a Prometheus loads of which it does not know the jobs.
_COMPOSE = """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml', './rules.yml:/etc/prometheus/rules.yml']
"""
_PROMETHEUS = """\
rule_files: [rules.yml]
scrape_configs:
  - job_name: pods
    kubernetes_sd_configs: [{role: pod}]
"""

_FLOORS = {
    # `metric_a / metric_b` is judged by the first word of the names: one exporter, one scrape.
    "promql_fragile": (6, 0),
}
"""Check → how many of pint's bad cases we find at least, and how many of its good ones we report at most.

Where nothing stands, all and none.
"""


def _rule_file(text: str) -> str:
    """The text of a case as a whole rule file: it may be groups, or the rules of one."""
    text = text.lstrip("\n")
    if text.startswith("groups:"):
        return text
    if text.startswith("- name:"):
        return f"groups:\n{text}"
    return "groups:\n- name: group\n  rules:\n" + textwrap.indent(text, "  ")


@cache
def _cases() -> list[dict[str, str]]:
    loaded: list[dict[str, str]] = json.loads(CASES.read_text(encoding="utf-8"))
    return loaded


@cache
def _registered() -> frozenset[str]:
    return frozenset(rule.code for rule in registry.load())


def _reports(case: dict[str, str], directory: Path) -> bool:
    codes = [code for code in _CODES[case["check"]] if code in _registered()]
    if not codes:
        return False
    settings = _SETTINGS_OF_CASE.get(case["id"], _SETTINGS.get(case["check"], {}))
    (directory / "rules.yml").write_text(_rule_file(case["text"]), encoding="utf-8")
    (directory / "compose.yml").write_text(_COMPOSE, encoding="utf-8")
    (directory / "prometheus.yml").write_text(_PROMETHEUS, encoding="utf-8")
    (directory / "obslint.yaml").write_text(json.dumps({"select": codes, "rules": settings}), encoding="utf-8")
    outcome = engine.check(config.options(Path("obslint.yaml"), [Path()]))
    return bool(outcome.active)


@pytest.mark.skipif(not CASES.exists(), reason="pint's cases are not here")
@pytest.mark.parametrize("check", _CODES)
def test_agreement(check: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cases = [case for case in _cases() if case["check"] == check]
    judged = [case for case in cases if case["id"] not in _OTHERWISE]
    assert cases
    reported = {case["id"] for case in judged if _reports(case, tmp_path)}
    bad = [case["id"] for case in judged if case["expect"] == "bad"]
    good = [case["id"] for case in judged if case["expect"] == "good"]
    missed, flagged = sorted(set(bad) - reported), sorted(set(good) & reported)
    print(f"{check}: {len(bad) - len(missed)} of {len(bad)} bad found, {len(flagged)} of {len(good)} good reported")
    print(f"  missed {missed}\n  reported {flagged}")
    found, wrong = _FLOORS.get(check, (len(bad), 0))
    assert len(bad) - len(missed) >= found and len(flagged) <= wrong, (missed, flagged)


@pytest.mark.skipif(not CASES.exists(), reason="pint's cases are not here")
def test_every_case_is_of_a_known_check() -> None:
    ids = {case["id"] for case in _cases()}
    assert {case["check"] for case in _cases()} == set(_CODES)
    assert ids >= {*_SETTINGS_OF_CASE, *_OTHERWISE}
