"""What a pipeline does that its syntax does not say: which stages make every query fail, and which labels it makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from obslint.lang import gotemplate
from obslint.lang.logql import ast, patterns
from obslint.lang.logql.functions import TEMPLATE_FUNCTIONS
from obslint.lang.tokens import Check, SyntaxProblem, check_regex
from obslint.lang.tree import Label


def broken_stages(expr: ast.Expr) -> Iterator[SyntaxProblem]:
    """The stages with which Loki cannot run the query, though it parses: their `Stage` functions return an error.

    A rule file with one is loaded, and every evaluation of the rule fails.
    """
    for node in ast.walk(expr):
        if isinstance(node, ast.LogQuery):
            for stage in node.stages:
                yield from _broken(stage)


def _broken(stage: ast.Stage) -> Iterator[SyntaxProblem]:
    match stage:
        case ast.LineFilter():
            yield from _broken_filter(stage)
        case ast.LineFormat(template=template):
            yield from _broken_template(template)
        case ast.LabelFormat(formats=formats):
            seen: set[str] = set()
            for item in formats:
                if item.label == "__error__" or item.label in seen:
                    reason = "is set twice" if item.label in seen else "cannot be set"
                    yield SyntaxProblem(f"label `{item.label}` {reason}", item.start, item.end, Check.TEMPLATE)
                seen.add(item.label)
                if isinstance(item.value, ast.Text):
                    yield from _broken_template(item.value)
        case ast.LabelParser(name="json" | "logfmt" as name, extractions=extractions):
            check = patterns.check_json_path if name == "json" else patterns.check_logfmt_key
            for extraction in extractions:
                if extraction.expression is not None:
                    try:
                        check(extraction.expression.value)
                    except ValueError as error:
                        yield _inside(extraction.expression, str(error), Check.PATTERN)
        case ast.LabelFilter(filter=ast.ValueFilter(value=ast.Text() as address)):
            try:
                patterns.check_address(address.value)
            except ValueError as error:
                yield _inside(address, str(error), Check.LITERAL)


def _broken_filter(stage: ast.LineFilter) -> Iterator[SyntaxProblem]:
    alone = len(stage.texts) == 1  # Loki reads `ip` in a chain of `or` as mere text
    for text, ip in zip(stage.texts, stage.ip, strict=True):
        try:
            if ip and alone:
                if stage.op not in ("|=", "!="):
                    message = f"`ip(…)` goes only with `|=` and `!=`, not with `{stage.op}`"
                    yield SyntaxProblem(message, stage.start, stage.end, Check.MATCHING)
                else:
                    patterns.check_address(text.value)
            elif stage.op in ("|~", "!~"):
                check_regex(text.value)
            elif stage.op in ("|>", "!>"):
                patterns.check_line_pattern(text.value)
        except ValueError as error:
            is_regex = stage.op in ("|~", "!~")
            check = Check.REGEX if is_regex else Check.LITERAL if ip else Check.PATTERN
            yield _inside(text, f"bad regex: {error}" if is_regex else str(error), check)


def _broken_template(text: ast.Text) -> Iterator[SyntaxProblem]:
    problem = gotemplate.parse(text.value, TEMPLATE_FUNCTIONS).problem
    if problem is not None:
        yield _inside(text, f"the template does not parse: {problem.message}", Check.TEMPLATE)


def _inside(text: ast.Text, message: str, check: Check) -> SyntaxProblem:
    return SyntaxProblem(message, text.start + 1, text.end - 1, check)


@dataclass(frozen=True, slots=True)
class MadeLabels:
    """The labels that a pipeline may add to those of the stream. `open` is whether the lines decide what else."""

    names: frozenset[str]
    open: bool


def made_labels(query: ast.LogQuery) -> MadeLabels:
    """What the stages can add; what `drop`, `keep` and renaming take away is left in."""
    names: set[str] = set()
    is_open = False
    for stage in query.stages:
        match stage:
            case ast.LabelParser(labels=None):
                is_open = True
                names.update(("__error__", "__error_details__"))
            case ast.LabelParser(labels=tuple() as labels):
                names.update((*labels, "__error__", "__error_details__"))
            case ast.LabelFormat(formats=formats):
                names.update(item.label for item in formats)
    return MadeLabels(frozenset(names), is_open)


def read_labels(query: ast.LogQuery) -> Iterator[Label]:
    """Every label that a label filter asks for, with the place of its filter."""
    for stage in query.stages:
        if isinstance(stage, ast.LabelFilter):
            for item in ast.filters(stage.filter):
                yield Label(item.start, item.end, item.label)
