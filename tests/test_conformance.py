"""The components' own test cases against our strict loading: what upstream refuses, and what it must take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from obslint import engine, kinds, parse
from obslint.facts.common import Fault

CASES = Path(__file__).parents[2] / "shared" / "conformance"

# Cases that are a part of a file; the block in which it stands.
_PARTS = {
    "TestEmail": "email_configs",
    "TestVictorOpsConfiguration": "victorops_configs",
    "TestLoadSlackConfiguration": "slack_configs",
    "TestSlackFieldConfigUnmarshaling": "slack_configs",
    "TestSecretTemplURL": "webhook_configs",
}
_AROUND = """\
global: {{slack_api_url: "https://slack.example", smtp_smarthost: "mail:25", smtp_from: a@example.com}}
route: {{receiver: all}}
receivers:
  - name: all
    {block}:
      -
{part}
"""

_NOT_WHAT_IT_SAYS = "the text is not the one that upstream refuses, but another of the same test: upstream takes it"
_UTF8 = "refused in classic mode only: from 0.27 on the server takes any UTF-8 as a label's name"
_WRITTEN_LATER = "a template writes the URL when the notification is sent"
_TEMPLATE = "the syntax of a template, which is another rule's"
_ELSEWHERE = {
    "prometheus-config": {
        "scrape_config_files_fallback_scrape_protocol2.bad.yml": "a list where the schema has one of several words",
    },
    "prometheus-rules": {"bad_expr.bad.yaml": "an expression that is refused is another rule's"},
    "alertmanager-config": {
        "TestGroupByInvalidLabel-16": _UTF8,
        "TestSecretTemplURL-76": _NOT_WHAT_IT_SAYS,
        "TestSecretTemplURL-79": _NOT_WHAT_IT_SAYS,
        "TestSecretTemplURL-80": _WRITTEN_LATER,
        "TestSecretTemplURL-81": _TEMPLATE,
        "TestSecretTemplURL-83": _NOT_WHAT_IT_SAYS,
        "TestVictorOpsConfiguration-100": _NOT_WHAT_IT_SAYS,
    },
}
"""Cases that no check of a single file refuses, each with the reason."""


def _text(case: dict[str, str]) -> str:
    block = next((block for name, block in _PARTS.items() if case["id"].startswith(name)), None)
    if block is None:
        return case["text"]
    lines = case["text"].strip("\n").splitlines()
    if case["id"].startswith("TestSecretTemplURL"):
        lines = [f"url: {line}" for line in lines]
    return _AROUND.format(block=block, part="\n".join(f"        {line}" for line in lines))


def _refused(fault: Fault) -> bool:
    """Whether the newest release refuses it."""
    return fault.sort not in ("group", "ignored") and (fault.since is None or fault.until is not None)


def _refuses(kind: str, text: str, others: dict[str, str], directory: Path) -> bool:
    document = parse.load("file.yml", text, "yaml")[0]
    facts = kinds.extract(kinds.KINDS[kind], document)
    if facts.problems or any(_refused(fault) for fault in facts.faults):
        return True
    if kind == "alertmanager":
        return _finds("REF012", {"alertmanager.yml": text}, directory)
    named = {name: other for name, other in others.items() if f"- {name}\n" in text}
    return bool(named) and _finds("SYN", {**named, "prometheus.yml": text}, directory)


def _finds(code: str, files: dict[str, str], directory: Path) -> bool:
    """Whether a rule finds anything in files that are only together what is refused."""
    for name, text in files.items():
        (directory / name).write_text(text)
    found = engine.check(engine.Options([directory], select=[code])).active
    for name in files:
        (directory / name).unlink()
    return bool(found)


@pytest.mark.parametrize(
    ("suite", "kind"),
    [("prometheus-config", "prometheus"), ("prometheus-rules", "rules"), ("alertmanager-config", "alertmanager")],
    ids=["Prometheus' configuration", "rule files", "Alertmanager's configuration"],
)
def test_upstream_cases(suite: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = CASES / f"{suite}.json"
    if not path.is_file():
        pytest.skip(f"{path.name} is not installed")
    cases = json.loads(path.read_text())
    texts = {case["id"]: case["text"] for case in reversed(cases)}  # of two of one name, the first is meant
    wrong: dict[str, list[str]] = {"bad": [], "good": []}
    total = {"bad": 0, "good": 0}
    for case in cases:
        if case["expect"] in total:
            total[case["expect"]] += 1
            if _refuses(kind, _text(case), texts, tmp_path) != (case["expect"] == "bad"):
                wrong[case["expect"]].append(case["id"])
    with capsys.disabled():
        agreed = {word: f"{total[word] - len(wrong[word])} of {total[word]}" for word in total}
        print(f"\n{suite}: {agreed['bad']} refused, {agreed['good']} taken")
    assert not wrong["good"]
    assert set(wrong["bad"]) <= set(_ELSEWHERE[suite])
