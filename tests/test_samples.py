"""Values that were never filled in, and those that only look a little like it."""

from __future__ import annotations

import pytest

from obslint.lang import samples


@pytest.mark.parametrize(
    ("text", "shown", "certain"),
    [
        ("https://hooks.slack.com/services/YOUR/SLACK/WEBHOOK", "YOUR", True),
        ("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX", "T00000000", True),
        ("https://hooks.slack.com/services/<webhook-id>", "<webhook-id>", True),
        ("your-pagerduty-integration-key", "your", True),
        ("YOUR_KEY", "YOUR", True),
        ("alerts@yourdomain.com", "your", True),
        ("changeme", "changeme", True),
        ("CHANGE_ME", "CHANGE_ME", True),
        ("REPLACE_WITH_TOKEN", "REPLACE_WITH", True),
        ("ALERT_TO_PLACEHOLDER", "PLACEHOLDER", True),
        ("xxx", "xxx", True),
        ("alerts@example.com", "example.com", True),
        ("Ops <ops@mail.example.org>", "mail.example.org", True),
        ("smtp.example.net:587", "smtp.example.net", True),
        ("https://user:pw@hooks.example/alert", "hooks.example", True),
        ("a@corp.com, b@example.com", "example.com", True),
        ("http://alerts.invalid/hook", "alerts.invalid", True),
        ("ops@mail.test", "mail.test", False),
        ("ops@company.com", "company.com", False),
        ("ops@example.de", "example.de", False),
        ("-1001234567890", "-1001234567890", False),
        ("123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11", "ABC-DEF1234", False),
        ("SLACK_WEBHOOK_URL", "SLACK_WEBHOOK_URL", False),
        ("__WEBHOOK__", "__WEBHOOK__", False),
    ],
)
def test_samples(text: str, shown: str, certain: bool) -> None:
    found = samples.find(text)
    assert found is not None
    assert (found.text, found.certain) == (shown, certain)
    assert text[found.start : found.end] == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "${SLACK_WEBHOOK}",
        "{{ your_webhook }}",
        "$TOKEN",
        "Ops <ops@corp.io>",
        "https://hooks.slack.com/services/T02ABCDEF/B03XXXAB/aXxXbYyy9",
        "mailhog:1025",
        "http://orchestrator:9091/alerts",
        "alerts@counterexample.com",
        "yourls.io",
        "https://contest.io/hook",
        "PROD",
        "#alerts-xx",
        "todomvc@corp.io",
        "-1001290456781",
    ],
)
def test_real_values(text: str) -> None:
    assert samples.find(text) is None


def test_what_a_script_would_replace() -> None:
    found = samples.find("https://hooks.slack.com/services/YOUR/SLACK/WEBHOOK")
    assert found is not None and found.mark == "YOUR/SLACK/WEBHOOK"
