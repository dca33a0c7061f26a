"""`.env` text to a document, by the grammar Compose uses: `NAME=value`, quotes, `export`, comments."""

from __future__ import annotations

import re

from obslint.findings import KeyPath, Span
from obslint.parse.document import Document, Text

_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<key>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?:[=:][ \t]*
    (?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<plain>[^\r\n]*?))
    [ \t]*(?:[ \t]\#[^\r\n]*)?)?$""",
    re.MULTILINE | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


class EnvDocument(Document):
    """An env file: one flat mapping of strings."""

    def __init__(self, text: Text, data: dict[str, str], spans: dict[str, tuple[Span, Span]]) -> None:
        super().__init__(text, data)
        self._spans = spans

    def span(self, at: KeyPath, key: bool = False) -> Span:
        known = self._spans.get(str(at[0])) if at else None
        if known is None:
            return Span(0, 0)
        return known[0] if key else known[1]

    def inner_span(self, at: KeyPath, start: int, end: int) -> Span:
        span = self.span(at)
        return Span(min(span.start + start, span.end), min(span.start + end, span.end))

    def comments(self) -> dict[int, str]:
        lines = (self.text.line(number).strip() for number in range(1, len(self.text.line_starts) + 1))
        return {number: line for number, line in enumerate(lines, 1) if line.startswith("#")}


def load(path: str, source: str) -> EnvDocument:
    """The document of an env file; lines that are no assignment are passed over, as Compose's users expect."""
    text = Text(path, source)
    data: dict[str, str] = {}
    spans: dict[str, tuple[Span, Span]] = {}
    for match in _LINE.finditer(source):
        style = next((name for name in ("double", "single", "plain") if match.group(name) is not None), None)
        if style is None:  # a bare name takes its value from the shell: nothing is set here
            continue
        key, value = match.group("key"), match.group(style)
        if style == "double":
            value = _ESCAPE.sub(lambda escape: _ESCAPES.get(escape.group(1), escape.group(0)), value)
        data[key] = value
        spans[key] = (Span(*match.span("key")), Span(*match.span(style)))
    return EnvDocument(text, data, spans)
