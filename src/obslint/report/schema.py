"""The shape of the JSON report as types; `schemas/report.json` is generated from them, no run imports them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from obslint.findings import Proof, Severity


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class RelatedPlace(_Model):
    """The other end of a link."""

    path: str
    """Relative to the project's root, with forward slashes."""
    line: PositiveInt
    column: PositiveInt
    """In code points."""
    message: str
    """What stands there; may be empty."""


class ReportedFinding(_Model):
    """One finding."""

    code: str
    """The rule's code, such as `EXP001`; never reused."""
    name: str
    """The rule's name, such as `unauthenticated-backend-published`."""
    severity: Severity
    proof: Proof
    message: str
    path: str
    """Relative to the project's root, with forward slashes."""
    line: PositiveInt
    column: PositiveInt
    """In code points."""
    end_line: PositiveInt
    end_column: PositiveInt
    """The column after the last character, in code points."""
    related: tuple[RelatedPlace, ...]
    help: str
    """What to do; may be empty."""
    fingerprint: str
    """Names the finding across runs, also when lines were added above it."""
    silenced_by: str | None
    """What silenced the finding, or null where it counts."""
    stacks: list[str]
    """The stacks it was found in: each way of running the compose files is one, named by its files."""


class Counts(_Model):
    """How many findings count, by severity, and how many were silenced."""

    error: NonNegativeInt
    warning: NonNegativeInt
    info: NonNegativeInt
    silenced: NonNegativeInt


class ReportSummary(_Model):
    """What was read, what was passed over, what stayed unknown."""

    files: dict[str, NonNegativeInt]
    """Checked files by kind."""
    skipped: dict[str, NonNegativeInt]
    """Files passed over, by reason."""
    findings: Counts
    unknown: NonNegativeInt
    """Links between files that could be neither proven nor refuted."""


class Report(_Model):
    """What `obslint check --format json` prints."""

    version: Literal[1]
    findings: tuple[ReportedFinding, ...]
    summary: ReportSummary
