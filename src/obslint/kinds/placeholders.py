"""Environment variables written into config values, for kinds whose component may not expand them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts.common import Scalar
from obslint.parse import Cursor, Document, Problem

KINDS = frozenset(
    ("prometheus", "rules", "loki-rules", "alertmanager", "loki", "promtail", "tempo", "mimir", "blackbox", "file-sd")
)
_BRACED = r"\$\{[A-Za-z_][A-Za-z0-9_]*(?::?[-?+=][^{}]*)?\}"
_BARE = r"(?:^|(?<=[/:=]))\$[A-Z][A-Z0-9_]{2,}(?![A-Za-z0-9_$])"
_PLACEHOLDER = re.compile(rf"(?<!\$)(?:{_BRACED}|{_BARE})")
_ACTION = re.compile(r"\{\{.*?(?:\}\}|\Z)", re.DOTALL)  # an open end keeps it linear
# Values whose own language uses `$name` or `${name}`: regex groups, expressions, templates.
_OWN_DOLLARS = frozenset(
    ("replacement", "regex", "target_label", "expr", "expression", "template", "selector", "source", "line_format",
     "replace", "fail_if_body_matches_regexp", "fail_if_body_not_matches_regexp", "header", "regexp", "expect")
)  # fmt: skip


def find(root: Cursor) -> tuple[Scalar, ...]:
    """Each placeholder at its place."""
    found: list[Scalar] = []
    stack = [root]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if isinstance(node.value, (dict, list)):
            if id(node.value) in seen:
                continue
            seen.add(id(node.value))
            stack.extend(node.items())
            stack.extend(value for key, value in node.pairs() if key not in _OWN_DOLLARS)
        elif isinstance(node.value, str) and "$" in node.value:
            found.extend(_in_value(node, node.value))
    return tuple(sorted(found, key=lambda scalar: ([str(step) for step in scalar.place.at], scalar.place.inside or ())))


def _in_value(node: Cursor, value: str) -> Iterator[Scalar]:
    text = _ACTION.sub(lambda match: " " * len(match.group()), value)
    for match in _PLACEHOLDER.finditer(text):
        yield Scalar(match.group(), node.place.within(*match.span()))


def may_explain(problem: Problem, document: Document) -> bool:
    """Whether a placeholder stands on the line of a problem: what replaces it may be what makes the text parse."""
    line, _ = document.text.position(problem.span.start)
    return re.search(_BRACED, document.text.line(line)) is not None
