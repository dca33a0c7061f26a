"""The components' own test cases against our strict loading: what upstream refuses, and what it must take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from obslint import engine, shape
from obslint.findings import Severity

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

_UPSTREAM_TAKES = {
    "TestSecretTemplURL-76": "`valid http URL`, `expectError: false`",
    "TestSecretTemplURL-79": "`templated URL is not validated`, `expectError: false`",
    "TestSecretTemplURL-83": "`secret token`, `expectError: false`",
    "TestVictorOpsConfiguration-100": "`valid configuration`; the error is the next one's of the same test",
}
"""Cases that stand as bad in the collection and that upstream's own test takes (its config tests): counted as good."""
_NEITHER = {
    "TestSecretTemplURL-80": "taken at start; every notification fails: no template gives the URL a scheme",
}
"""Cases that stand as bad, that upstream takes when it loads them, and of which we rightly say something."""
_CLASSIC = {"TestGroupByInvalidLabel-16": "v0.26.0"}
"""Cases that upstream tries in the mode in which label names are not UTF-8; the last release that has no other."""
_FLOORS = {
    "prometheus-config": (0.98, 1.0),
    "prometheus-rules": (1.0, 1.0),
    "alertmanager-config": (0.95, 1.0),
}
"""The least shares of bad cases that are refused and of good ones that are taken."""

_COMPOSE = """\
services:
  one:
    image: {image}
    command: ["--config.file=/etc/one/{main}"]
    volumes: ["./:/etc/one"]
"""
_KINDS = {"prometheus.yml": "prometheus", "rules.yml": "rules", "alertmanager.yml": "alertmanager"}
_PROMETHEUS = "global: {}\nrule_files: [rules.yml]\n"


def _text(case: dict[str, str]) -> str:
    block = next((block for name, block in _PARTS.items() if case["id"].startswith(name)), None)
    if block is None:
        return case["text"]
    lines = case["text"].strip("\n").splitlines()
    if case["id"].startswith("TestSecretTemplURL"):
        lines = [f"url: {line}" for line in lines]
    return _AROUND.format(block=block, part="\n".join(f"        {line}" for line in lines))


def _release(component: str) -> str:
    newest = shape.releases(component)
    assert newest is not None
    return f"prom/{component}:v{newest[1][0]}.{newest[1][1]}.0"


def _refuses(kind: str, case: dict[str, str], others: dict[str, str], directory: Path) -> bool:
    """Whether there is an error for a file that the newest release, unless said otherwise, loads at start."""
    text = _text(case)
    if kind == "alertmanager":
        files = {"alertmanager.yml": text}
        tag = _CLASSIC.get(case["id"])
        image = f"prom/alertmanager:{tag}" if tag else _release("alertmanager")
    else:
        image = _release("prometheus")
        files = {"prometheus.yml": text} if kind == "prometheus" else {"prometheus.yml": _PROMETHEUS, "rules.yml": text}
        files |= {name: other for name, other in others.items() if f"- {name}\n" in text}
    main = "alertmanager.yml" if kind == "alertmanager" else "prometheus.yml"
    return _errors({**files, "docker-compose.yml": _COMPOSE.format(image=image, main=main)}, directory)


def _errors(files: dict[str, str], directory: Path) -> bool:
    for name, text in files.items():
        (directory / name).write_text(text)
    found = engine.check(engine.Options([directory], select=["SYN", "REF012"], kinds=_KINDS)).active
    for name in files:
        (directory / name).unlink()
    return any(finding.severity is Severity.ERROR for finding in found)


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
    agreed: dict[str, list[bool]] = {"bad": [], "good": []}
    wrong, as_collected = [], 0
    for case in cases:
        if case["expect"] not in agreed:
            continue
        refused = _refuses(kind, case, texts, tmp_path)
        as_collected += refused == (case["expect"] == "bad")
        if case["id"] in _NEITHER:
            assert refused
            continue
        expect = "good" if case["id"] in _UPSTREAM_TAKES else case["expect"]
        agreed[expect].append(refused == (expect == "bad"))
        if not agreed[expect][-1]:
            wrong.append(f"{expect}: {case['id']}")
    with capsys.disabled():
        counted = {word: f"{sum(found)} of {len(found)}" for word, found in agreed.items()}
        print(f"\n{suite}: {counted['bad']} refused, {counted['good']} taken; {as_collected} agree with the collection")
    floors = dict(zip(("bad", "good"), _FLOORS[suite], strict=True))
    assert all(sum(found) >= floors[word] * len(found) for word, found in agreed.items()), wrong
