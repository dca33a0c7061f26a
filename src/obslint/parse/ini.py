"""INI text to a document, as Grafana's library reads it (go-ini): `[section]`, `key = value`, quotes, comments.

A `#` or `;` anywhere in a value begins a comment unless the value is quoted, and a line that is neither section,
comment nor assignment is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from obslint.findings import KeyPath, Span
from obslint.parse.document import Document, Problem, Text

DEFAULT = "DEFAULT"
"""The section of what stands above the first one."""

_LINE = re.compile(r"[^\n]*+")
_SECTION = re.compile(r"[ \t]*+\[([^\n]*)\]")
_KEY = re.compile(r"""[ \t]*+(?:"([^"\n]*+)"|`([^`\n]*+)`|([^\n=:]*+))[ \t]*+[=:][ \t]*+""")
_QUOTES = ('"""', "`", '"', "'")
_COMMENT = re.compile(r"[#;]")


@dataclass(frozen=True, slots=True)
class _Setting:
    key: Span
    value: Span
    """Without its quotes."""


class IniDocument(Document):
    """A mapping of sections, each a flat mapping of strings."""

    def __init__(
        self,
        text: Text,
        data: dict[str, dict[str, str]],
        sections: dict[str, Span],
        settings: dict[tuple[str, str], _Setting],
        comments: dict[int, str],
        problems: tuple[Problem, ...],
    ) -> None:
        super().__init__(text, None if problems else data, problems)
        self._sections = sections
        self._settings = settings
        self._comments = comments

    def span(self, at: KeyPath, key: bool = False) -> Span:
        if len(at) >= 2 and (found := self._settings.get((str(at[0]), str(at[1])))) is not None:
            return found.key if key else found.value
        return self._sections.get(str(at[0]), Span(0, 0)) if at else Span(0, 0)

    def inner_span(self, at: KeyPath, start: int, end: int) -> Span:
        whole = self.span(at)
        return Span(min(whole.start + start, whole.end), min(whole.start + end, whole.end))

    def comments(self) -> dict[int, str]:
        return self._comments


def load(path: str, source: str) -> IniDocument:
    """The document of an INI file. Never raises: what cannot be parsed gives a document with its problem."""
    text = Text(path, source)
    data: dict[str, dict[str, str]] = {}
    sections: dict[str, Span] = {}
    settings: dict[tuple[str, str], _Setting] = {}
    comments: dict[int, str] = {}
    section, i = DEFAULT, 0
    problems: list[Problem] = []
    while i < len(source) and not problems:
        match = _LINE.match(source, i)
        line = match[0].rstrip() if match else ""
        start, i = i, i + (len(match[0]) if match else 0) + 1
        if not line.strip():
            continue
        first = start + len(line) - len(line.lstrip())
        here = Span(first, start + len(line))
        if source[first] in "#;":
            comments[text.position(first)[0]] = f"#{line.strip()[1:]}"
        elif source[first] == "[":
            found = _SECTION.match(line)
            if found is None:
                problems.append(Problem("the section's name is never closed", here))
                continue
            section = found[1].strip()
            sections.setdefault(section, Span(start + found.start(1), start + found.end(1)))
            data.setdefault(section, {})
        else:
            key = _KEY.match(line)
            if key is None:
                problems.append(Problem("a line that is neither a section nor `key = value`", here))
                continue
            group = next(one for one in (1, 2, 3) if key[one] is not None)
            value, i = _value(source, start + key.end(), start + len(line), i)
            name = key[group].strip()
            data.setdefault(section, {})[name] = source[value.start : value.end]
            named = start + key.start(group)
            settings[section, name] = _Setting(Span(named, named + len(name)), value)
    return IniDocument(text, data, sections, settings, comments, tuple(problems))


def _value(source: str, start: int, end: int, after: int) -> tuple[Span, int]:
    """The range of a value that begins at `start` on a line up to `end`, and where the next line begins."""
    for quote in _QUOTES:
        if source.startswith(quote, start):
            body = start + len(quote)
            long = quote in ('"""', "`")
            close = source.find(quote, body) if long else source.rfind(quote, body, end)
            if close >= body:
                line_end = source.find("\n", close)
                return Span(body, close), after if close < end else (len(source) if line_end < 0 else line_end) + 1
    comment = _COMMENT.search(source, start, end)
    stop = comment.start() if comment else end
    return Span(start, start + len(source[start:stop].rstrip())), after
