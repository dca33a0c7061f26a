"""The manual page of a rule: metadata, docstring, and the first bad and good example of its test page."""

from __future__ import annotations

from obslint import resources
from obslint.findings import RuleInfo
from obslint.testing import Case, Page


def write(info: RuleInfo, page: Page | None) -> str:
    """A rule's page in Markdown, as `docs/rules/` holds it."""
    lines = [
        f"# {info.code} {info.name}",
        "",
        f"{info.summary}",
        "",
        f"Family: {info.family} · severity: {info.severity.value} · proof: {info.proof.value}"
        + ("" if info.enabled else " · off by default"),
        "",
        "## Why",
        "",
        info.description,
        "",
    ]
    for word, case in (("Bad", page.first("Bad")), ("Good", page.first("Good"))) if page else ():
        if case is not None:
            lines += _example(word, case)
    if info.settings:
        lines += [
            "## Settings",
            "",
            "In obslint.yaml, with their defaults:",
            "",
            "```yaml",
            "rules:",
            f"  {info.code}:",
        ]
        for setting in info.settings:
            lines += [f"    # {setting.description}", f"    {setting.name}: {setting.default}"]
        lines += ["```", ""]
    if not info.enabled:
        lines += ["## How to turn it on", "", "In obslint.yaml:", "", "```yaml", f"enable: [{info.code}]", "```", ""]
    lines += [
        "## How to silence it",
        "",
        "On the line of the finding or above it, at either end of a link:",
        "",
        "```yaml",
        f"# obslint: ignore[{info.code}] why this is right here",
        "```",
        "",
    ]
    return "\n".join(lines)


def _example(word: str, case: Case) -> list[str]:
    lines = [f"## {word}", "", f"{case.title[:1].upper()}{case.title[1:]}.", ""]
    for file in case.files:
        lines += [f"`{file.name}`", "", f"```{file.language}", file.shown.rstrip("\n"), "```", ""]
    if case.output:
        lines += ["obslint says:", "", "```text", case.output.rstrip("\n"), "```", ""]
    return lines


def page(info: RuleInfo) -> str:
    """The page as it ships; a plugin's rule, which ships none, is described by its docstring."""
    shipped = resources.path("docs", "rules", f"{info.code}.md")
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    return write(info, None)
