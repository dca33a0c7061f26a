"""The report for scripts, version 1: the shape is frozen, `schemas/report.json` describes it."""

from __future__ import annotations

from obslint.findings import Finding, Outcome, Severity
from obslint.report.escape import json_text


def render(outcome: Outcome, color: bool = False) -> str:
    """One object: every finding, the silenced ones too, and the honest counts."""
    summary = outcome.summary
    counts = {severity.value: outcome.count(severity) for severity in Severity}
    return json_text(
        {
            "version": 1,
            "findings": [finding_data(finding) for finding in outcome.findings],
            "summary": {
                "files": dict(sorted(summary.files.items())),
                "skipped": dict(sorted(summary.skipped.items())),
                "findings": {**counts, "silenced": summary.silenced},
                "unknown": summary.unknown,
            },
        }
    )


def finding_data(finding: Finding) -> dict[str, object]:
    """One finding as an object of the report."""
    primary = finding.primary
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "proof": finding.proof.value,
        "message": finding.message,
        "path": primary.path,
        "line": primary.line,
        "column": primary.column,
        "end_line": primary.end_line,
        "end_column": primary.end_column,
        "related": [
            {"path": place.path, "line": place.line, "column": place.column, "message": place.note}
            for place in finding.related
        ],
        "help": finding.help,
        "fingerprint": finding.fingerprint,
        "silenced_by": finding.silenced_by,
        "stacks": list(finding.stacks),
    }
