"""Patterns that users write in settings of rules: regexes of a whole text, with fields of the judged rule in them."""

from __future__ import annotations

import re

from obslint.facts import prometheus as facts
from obslint.lang.tokens import check_regex, re2_pattern

_FIELD = re.compile(r"\{\{\s*\$(\w+)\s*\}\}")
_FIELDS = frozenset({"alert", "record", "for"})


def check(*patterns: str) -> None:
    """Raise ValueError for a pattern that cannot be used."""
    for pattern in patterns:
        unknown = set(_FIELD.findall(pattern)) - _FIELDS
        if unknown:
            raise ValueError(f"a pattern may name $alert, $record and $for, not ${min(unknown)}")
        try:
            check_regex(_FIELD.sub("x", pattern))
        except ValueError as error:
            raise ValueError(f"`{pattern}` is no regex of RE2: {error}") from None


def matches(pattern: str, text: str, rule: facts.Rule | None = None) -> bool:
    """Whether the whole text matches; `{{ $alert }}`, `{{ $record }}` and `{{ $for }}` stand for what the rule has."""
    compiled = re2_pattern(_FIELD.sub(lambda field: re.escape(_value(field.group(1), rule)), pattern))
    return compiled is None or bool(compiled.fullmatch(text))


def _value(name: str, rule: facts.Rule | None) -> str:
    if rule is None:
        return ""
    if name == "for":
        return rule.hold.text if rule.hold is not None else ""
    return rule.name.text if rule.alerting == (name == "alert") else ""
