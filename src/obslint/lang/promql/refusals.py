"""What a component surely refuses: our own verdict, and for syntax a second parser's."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from obslint.lang.promql.ast import Dialect
from obslint.lang.promql.parser import parse
from obslint.lang.tokens import Check, SyntaxProblem, Unsupported

_TO_CONFIRM: Final = frozenset({Check.SYNTAX, Check.LITERAL})
"""What a newer grammar might take; the other checks are Prometheus' own, by name."""
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_MAX_LENGTH: Final = 20_000
_MAX_TOKENS: Final = 1_000
"""The second parser needs time in the square of the operators, and its stack overflows at some thousands of them."""


def refusal(text: str) -> SyntaxProblem | None:
    """Why Prometheus refuses the expression; None where it takes it, or may."""
    try:
        parse(text)
    except SyntaxProblem as problem:
        if problem.check is Check.DEPTH or (problem.check in _TO_CONFIRM and not _confirmed(text)):
            return None
        return problem
    return None


def metricsql_refuses(text: str) -> bool:
    """Whether VictoriaMetrics' dialect is known to refuse the expression, too."""
    try:
        parse(text, Dialect.METRICSQL)
    except Unsupported:
        return False
    except SyntaxProblem as problem:
        return problem.check is not Check.DEPTH
    return False


@lru_cache(maxsize=256)
def _confirmed(text: str) -> bool:
    """Whether `promql-parser` refuses the text as well; a text that is too large for it is not judged."""
    if len(text) > _MAX_LENGTH or sum(1 for _ in _TOKEN.finditer(text)) > _MAX_TOKENS:
        return False
    import promql_parser  # only what is refused pays for it

    try:
        promql_parser.parse(text)
    except UnicodeEncodeError:
        return False
    except ValueError:
        return True
    return False
