"""SARIF 2.1.0, the format code scanning services take in; what GitHub needs of it is in its "SARIF support" manual."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import quote

from obslint.findings import Finding, Location, Outcome, Proof, RuleInfo, Severity
from obslint.report.escape import json_text

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEM_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_PRECISION = {Proof.PROVEN: "very-high", Proof.LIKELY: "high", Proof.HEURISTIC: "medium"}
_ROOT = "%SRCROOT%"
_DESCRIPTION_LIMIT = 1024
"""Characters GitHub takes of a rule's short and full description."""


def render(outcome: Outcome, color: bool = False) -> str:
    """One run: all rules of the outcome, all findings, the silenced ones with their suppression."""
    rules = dict(outcome.rules)
    for finding in outcome.findings:
        rules.setdefault(finding.code, _unlisted(finding))
    index = {code: number for number, code in enumerate(sorted(rules))}
    driver = {
        "name": "obslint",
        **_version(),
        "rules": [_rule(rules[code]) for code in index],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        # No URI: it would be a path of the machine that ran the check, and nobody else's.
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the checked project."}}},
        "results": [_result(finding, index) for finding in outcome.findings],
    }
    return json_text({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


def _version() -> dict[str, str]:
    try:
        return {"semanticVersion": version("obslint")}
    except PackageNotFoundError:
        return {}


def _unlisted(finding: Finding) -> RuleInfo:
    """The description of a rule that the outcome does not list, such as one that failed to load."""
    return RuleInfo(
        finding.code,
        finding.name,
        finding.name.replace("-", " "),
        "",
        finding.severity,
        finding.proof,
        finding.code[:3],
    )


def _rule(rule: RuleInfo) -> dict[str, object]:
    description = rule.description or rule.summary
    return {
        "id": rule.code,
        "name": "".join(word[:1].upper() + word[1:] for word in re.split(r"[^0-9A-Za-z]+", rule.name)),
        "shortDescription": {"text": _limited(rule.summary)},
        "fullDescription": {"text": _limited(description)},
        "help": {
            "text": description,
            "markdown": f"**{rule.code}** `{rule.name}`\n\n{description}",
        },
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {
            "tags": [rule.family],
            "precision": _PRECISION[rule.proof],
            "problem.severity": _PROBLEM_SEVERITY[rule.severity],
        },
    }


def _limited(text: str) -> str:
    return text if len(text) <= _DESCRIPTION_LIMIT else text[: _DESCRIPTION_LIMIT - 1] + "…"


def _result(finding: Finding, index: Mapping[str, int]) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVEL[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding.primary)],
        "partialFingerprints": {"obslint/v1": finding.fingerprint},
        # An empty list says "not suppressed"; to leave it out would say that nobody looked.
        "suppressions": [],
        "properties": {"proof": finding.proof.value, "stacks": list(finding.stacks)},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_location(place), "message": {"text": _unlinked(_note(place))}}
            for number, place in enumerate(finding.related, 1)
        ]
    if finding.silenced_by is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.silenced_by}]
    return result


def _message(finding: Finding) -> str:
    """The message with a link to each related place, because GitHub shows only those that the message links to."""
    lines = [_unlinked(finding.message)]
    if finding.related:
        links = (f"[{_link_text(_note(place))}]({number})" for number, place in enumerate(finding.related, 1))
        lines.append(f"Related: {', '.join(links)}")
    if finding.help:
        lines.append(f"Help: {_unlinked(finding.help)}")
    return "\n".join(lines)


def _note(place: Location) -> str:
    return place.note or f"{place.path}:{place.line}"


def _unlinked(text: str) -> str:
    """Text from files without what SARIF would read as a link, `[text](target)`: a stranger chose the target."""
    return text.replace("](", "] (")


def _link_text(text: str) -> str:
    return re.sub(r"([\\\[\]])", r"\\\1", text)


def _location(place: Location) -> dict[str, object]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(place.path), "uriBaseId": _ROOT},
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
        }
    }


def _uri(path: str) -> str:
    """A relative URI reference; the bytes of a file name that is not UTF-8 are kept."""
    try:
        return quote(path, errors="surrogateescape")
    except UnicodeEncodeError:
        return quote(path, errors="replace")
