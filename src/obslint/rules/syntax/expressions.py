"""What the rules on the syntax of expressions share."""

from __future__ import annotations

import re

from obslint.lang.tokens import SyntaxProblem

# What another program replaces before the component reads the file; `$1` are groups, `$__` are Grafana's macros.
RENDERED = re.compile(r"\$\{?(?!__)[A-Za-z_]|\$\(|\{\{|\{%|%\{|<%|<[A-Za-z][\w-]*>|\b__[A-Z]\w*__\b|@[A-Z]\w*@")
_MACRO = re.compile(r"\$\{?__\w+\}?")


def place_of(problem: SyntaxProblem, text: str) -> tuple[int, int]:
    """Where to look: a whole macro, and for what ends too early its last character."""
    if macro := _MACRO.match(text, problem.start):
        return macro.span()
    if problem.start < len(text):
        return problem.start, problem.end
    end = len(text.rstrip())
    return end - 1, end
