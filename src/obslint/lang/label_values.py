"""Which values of a label fulfil matchers, and whether any can. A label that is missing has the empty value."""

from __future__ import annotations

import re
from collections.abc import Sequence

from obslint.lang.matchers import Matcher
from obslint.lang.tokens import re2_pattern

_LITERAL = re.compile(r"(?:[^\\.+*?()|\[\]{}^$]|\\[^A-Za-z0-9])*")
_GROUP = re.compile(r"\((?:\?:)?([^()]*)\)")
_ANYTHING = frozenset((".*", "(.*)", "(?:.*)"))
_SOMETHING = frozenset((".+", "(.+)", "(?:.+)"))


def holds(matcher: Matcher, value: str) -> bool | None:
    """Whether a value fulfils a matcher; None for a regex that is not judged here."""
    if matcher.operator in ("=", "!="):
        return (value == matcher.value) == (matcher.operator == "=")
    try:
        pattern = re2_pattern(f"^(?:{matcher.value})$")
        found = None if pattern is None else pattern.fullmatch(value) is not None
    except ValueError:  # UnicodeEncodeError, too: bytes that are no UTF-8
        return None
    return None if found is None else found == (matcher.operator == "=~")


def contradictory(matchers: Sequence[Matcher]) -> bool:
    """Whether matchers of one label exclude each other: no value fulfils all of them. False where that is not known."""
    if any(matcher.operator == "!~" and matcher.value in _ANYTHING for matcher in matchers):
        return True
    known = [_plain(matcher) for matcher in matchers]
    few = [values for matcher in known if (values := _values(matcher)) is not None]
    if few:
        return all(any(holds(matcher, value) is False for matcher in known) for value in min(few, key=len))
    stated = set(known)
    return any(matcher.negated in stated for matcher in known)


def _plain(matcher: Matcher) -> Matcher:
    """The same without a regex where that only asks for some value."""
    if matcher.value not in _SOMETHING or matcher.operator not in ("=~", "!~"):
        return matcher
    return Matcher(matcher.name, "!=" if matcher.operator == "=~" else "=", "")


def _values(matcher: Matcher) -> frozenset[str] | None:
    """All values that fulfil a matcher, where these are few: it names one, or a regex lists some."""
    if matcher.operator == "=":
        return frozenset((matcher.value,))
    if matcher.operator != "=~":
        return None
    body = matcher.value
    grouped = _GROUP.fullmatch(body)
    alternatives = (grouped[1] if grouped else body).split("|")
    literals = [part.removeprefix("^").removesuffix("$") for part in alternatives]
    if not all(_LITERAL.fullmatch(part) for part in literals):
        return None
    return frozenset(re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL) for part in literals)
