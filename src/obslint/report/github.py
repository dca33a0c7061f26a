"""Workflow commands that GitHub Actions shows as annotations on the changed lines."""

from __future__ import annotations

from obslint.findings import Finding, Location, Outcome, Severity
from obslint.report.escape import visible

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(outcome: Outcome, color: bool = False) -> str:
    """One command a line for each active finding; nothing for a clean run."""
    return "".join(f"{_command(finding)}\n" for finding in outcome.active)


def _command(finding: Finding) -> str:
    primary = finding.primary
    region = {"line": primary.line, "col": primary.column, "endLine": primary.end_line, "endColumn": primary.end_column}
    if primary.line != primary.end_line:
        # The runner drops the columns of a region of several lines (actions/runner, ValidateLinesAndColumns).
        del region["col"], region["endColumn"]
    properties = {"file": primary.path, **region, "title": f"{finding.code} {finding.name}"}
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    # The step's log shows the message alone, so that has to say where, too.
    lines = [f"{_at(primary)}: {finding.code} {finding.message}"]
    lines += [f"{_at(place)}: {place.note}" if place.note else _at(place) for place in finding.related]
    if finding.help:
        lines.append(f"help: {finding.help}")
    message = "\n".join(lines)
    return f"::{_COMMAND[finding.severity]} {written}::{_data(message)}"


def _at(place: Location) -> str:
    return f"{place.path}:{place.line}:{place.column}"


def _data(text: str) -> str:
    return visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
