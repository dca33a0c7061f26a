"""Environment variables written into config values, for kinds whose component may not expand them."""

from __future__ import annotations

import re

from obslint.facts.common import Scalar
from obslint.parse import Cursor

KINDS = frozenset(("prometheus", "rules", "loki-rules", "alertmanager", "loki", "promtail"))
_BRACED = r"\$\{[A-Za-z_][A-Za-z0-9_]*(?::?[-?+=][^{}]*)?\}"
_BARE = r"(?:^|(?<=[/:@=\s\"]))\$[A-Z][A-Z0-9_]{2,}(?![A-Za-z0-9_$])"
_PLACEHOLDER = re.compile(rf"(?<!\$)(?:{_BRACED}|{_BARE})")
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
# Values whose own language uses `$name` or `${name}`: regex groups, expressions, templates.
_OWN_DOLLARS = frozenset(
    ("replacement", "regex", "expr", "expression", "template", "selector", "source", "line_format", "replace")
)
# Values that Prometheus itself expands.
_EXPANDED = frozenset(("external_labels",))


def find(root: Cursor) -> tuple[Scalar, ...]:
    """Each placeholder at its place, in the order of the file's structure."""
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
            stack.extend(value for key, value in node.pairs() if key not in _OWN_DOLLARS and key not in _EXPANDED)
        elif isinstance(node.value, str) and "$" in node.value:
            text = _ACTION.sub(lambda match: " " * len(match.group()), node.value)
            found.extend(Scalar(match.group(), node.place.within(*match.span())) for match in _PLACEHOLDER.finditer(text))
    return tuple(sorted(found, key=lambda scalar: ([str(step) for step in scalar.place.at], scalar.place.inside or (0, 0))))
