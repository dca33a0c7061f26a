"""Selectors of log streams in configurations, as their components parse them when they start."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.common import Fault
from obslint.lang import logql
from obslint.lang.references import rendered
from obslint.parse import Cursor


def matchers(cursor: Cursor) -> Iterator[Fault]:
    """What Loki refuses where it takes nothing but matchers (`syntax.ParseMatchers`)."""
    yield from _check(cursor, only_matchers=True)


def lines(cursor: Cursor) -> Iterator[Fault]:
    """What Promtail and Alloy refuse in a `match` stage, which may have filters (`syntax.ParseLogSelector`)."""
    yield from _check(cursor, only_matchers=False)


def _check(cursor: Cursor, only_matchers: bool) -> Iterator[Fault]:
    text = cursor.text
    if not text or rendered(text):
        return
    problem = logql.refusal(text)
    if problem is not None:
        # `match` stages are parsed without the validation that asks for a value.
        if only_matchers or problem.check is not logql.Check.MATCHER:
            help = _FILTER if "}" in text[: problem.start] else _HELP
            yield _fault(cursor, f"the selector is not LogQL: {problem.message}", problem.start, problem.end, help)
        return
    try:
        tree = logql.parse(text)
    except logql.SyntaxProblem:
        return
    if not isinstance(tree, logql.LogQuery):
        if not isinstance(tree, logql.Paren):
            yield _fault(cursor, "the selector is a query that yields numbers", 0, len(text), _HELP)
    elif only_matchers and tree.stages:
        start, end = tree.stages[0].start, tree.stages[-1].end
        yield _fault(
            cursor, "a selector here has matchers only, and no filters", start, end, "remove what stands behind the `}`"
        )


_FILTER = 'write what stands behind the `}` as a filter, such as `|= "error"`, or remove it'
_HELP = 'write it as `{job="app"}`'


def _fault(cursor: Cursor, message: str, start: int, end: int, help: str) -> Fault:
    length = len(cursor.text or "")
    start = min(start, max(length - 1, 0))
    place = cursor.place.within(start, max(end, start + 1)) if isinstance(cursor.value, str) else cursor.place
    return Fault("selector", message, place, help)
