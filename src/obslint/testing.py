"""Runs a rule's page: Markdown whose fenced files are checked, with the expected findings in their margins.

    ## Bad: what is wrong

    ```yaml title="docker-compose.yml"
    services:
      prometheus:
        image: prom/prometheus:v3.5.0
        ports:
          - "9090:9090"  # error: [EXP001]
    ```

A `## Bad` case must give exactly the findings of its margins, a `## Good` case none. A fenced `output` block holds the
whole text output of its case. JSON files write the margin as `// error: [REF024]`. An `obslint.yaml` among the files
is obeyed, but for its choice of rules. For plugin authors, too:

    @pytest.mark.parametrize("case", load(Path("tests/rules/ACME001.md")).cases, ids=str)
    def test_page(case, tmp_path):
        case.run(tmp_path)
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

_HEADING = re.compile(r"^## (Bad|Good)(?::\s*|\s+)?(.*)$")
_FENCE = re.compile(r"^(```+)(\w*)(?:\s+title=\"([^\"]+)\")?\s*$")
_MARK = r"(?:error|warning|info): \[[A-Z]{3}\d{3}\]"
_MARGIN = re.compile(rf"[ \t]*(?:#|//)\s*({_MARK}(?:,\s*{_MARK})*)\s*$")
_EXPECTED = re.compile(r"(error|warning|info): \[([A-Z]{3}\d{3})\]")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a case: `text` is what is checked, `shown` what a reader sees, margins included."""

    name: str
    language: str
    text: str
    shown: str
    expected: tuple[tuple[int, str, str], ...]
    """Line (1-based), severity and code of each finding."""


@dataclass(frozen=True, slots=True)
class Case:
    """One section of a page."""

    code: str
    bad: bool
    title: str
    files: tuple[File, ...]
    output: str | None

    def __str__(self) -> str:
        return f"{self.code} {'bad' if self.bad else 'good'}: {self.title}"

    def run(self, directory: Path) -> None:
        """Write the files below `directory`, check them with this rule alone, and compare. Raises AssertionError."""
        from obslint import engine, report

        for file in self.files:
            target = directory / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.text, encoding="utf-8")
        before = Path.cwd()
        os.chdir(directory)
        try:
            options = engine.Options([Path()], select=[self.code])  # a code selects a rule that is off, too
            if Path("obslint.yaml").is_file():
                from obslint import config

                options = replace(config.options(Path("obslint.yaml"), options.paths), select=[self.code])
            outcome = engine.check(options)
            printed = report.renderer("text")(outcome, color=False)
        finally:
            os.chdir(before)
        found = sorted(
            (finding.primary.path, finding.primary.line, finding.severity.value, finding.code)
            for finding in outcome.active
        )
        expected = sorted((file.name, *item) for file in self.files for item in file.expected)
        assert found == expected, f"{self}\nexpected {expected}\nfound    {found}\n\n{printed}"
        if self.output is not None:
            assert printed == self.output, f"{self}\nexpected\n{self.output}\nprinted\n{printed}"


@dataclass(frozen=True, slots=True)
class Page:
    """All cases of one rule."""

    code: str
    cases: tuple[Case, ...]

    def first(self, word: str) -> Case | None:
        """The first `Bad` or `Good` case."""
        return next((case for case in self.cases if case.bad == (word == "Bad")), None)


def load(path: Path) -> Page:
    """Read a page. Raises ValueError where it has no bad case, no good case, or a bad case that expects nothing."""
    page = parse(path.stem, path.read_text(encoding="utf-8"))
    for word in ("Bad", "Good"):
        if page.first(word) is None:
            raise ValueError(f"{path} has no `## {word}` case")
    for case in page.cases:
        margins = any(file.expected for file in case.files)
        if case.bad != margins:
            raise ValueError(f"{path}: {case} {'expects nothing' if case.bad else 'expects findings'}")
    return page


def parse(code: str, text: str) -> Page:
    """The cases of a page's text."""
    cases: list[Case] = []
    title, bad, inside = "", False, False
    files: list[File] = []
    output: str | None = None

    def finish() -> None:
        if inside:
            cases.append(Case(code, bad, title, tuple(files), output))

    lines = text.splitlines()
    index = 0
    while index < len(lines):
        heading = _HEADING.match(lines[index])
        fence = _FENCE.match(lines[index])
        index += 1
        if heading:
            finish()
            bad, title, inside = heading.group(1) == "Bad", heading.group(2).strip(), True
            files, output = [], None
        elif fence and inside:
            end = next((at for at in range(index, len(lines)) if lines[at].rstrip() == fence.group(1)), len(lines))
            body = lines[index:end]
            index = end + 1
            if fence.group(3):
                files.append(_file(fence.group(3), fence.group(2), body))
            elif fence.group(2) == "output":
                output = "\n".join(body) + "\n"
    finish()
    return Page(code, tuple(cases))


def _file(name: str, language: str, lines: Sequence[str]) -> File:
    expected: list[tuple[int, str, str]] = []
    clean = []
    for number, line in enumerate(lines, 1):
        margin = _MARGIN.search(line)
        if margin:
            expected.extend((number, severity, code) for severity, code in _EXPECTED.findall(margin.group(1)))
            line = line[: margin.start()]
        clean.append(line)
    return File(name, language, "\n".join(clean) + "\n", "\n".join(lines) + "\n", tuple(expected))
