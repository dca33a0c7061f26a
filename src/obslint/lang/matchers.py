"""Alertmanager's label matchers, `severity=~"a|b"`, in both grammars: the classic one and that of UTF-8 (0.27 on)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from obslint.lang.tokens import SyntaxProblem, check_regex, shortened, unquote

_CLASSIC = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*+)\s*+(=~|=|!=|!~)\s*+(.*)", re.DOTALL | re.ASCII)
_BLANK = " \t\n\f\r"
_TOKEN = re.compile(
    r'\s*+(?:(?P<punctuation>[{},])|(?P<operator>=~|!=|!~|=)|(?P<quoted>"(?:[^"\\]|\\.)*+")'
    r"|(?P<plain>[^\s{}!=~,\\\"'`]++)|(?P<end>\Z)|(?P<bad>.))",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label: `operator` is `=`, `!=`, `=~` or `!~`; a regex is anchored at both ends."""

    name: str
    operator: str
    value: str

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{self.operator}"{escaped}"'

    @property
    def negated(self) -> Matcher:
        """What holds of a value where this does not."""
        return Matcher(self.name, _NEGATED[self.operator], self.value)


_NEGATED = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}


def parse(text: str) -> tuple[Matcher, ...]:
    """One or more matchers as Alertmanager understands them; ValueError where neither grammar takes them.

    Where both take a text and disagree, 0.27 and later keep to the classic one (`FallbackMatchersParser`).
    """
    try:
        return classic(text)
    except ValueError:
        return utf8(text)


def classic(text: str) -> tuple[Matcher, ...]:
    """One or more matchers in the classic grammar (pkg/labels); ValueError says why it refuses them."""
    found: list[Matcher] = []
    body = text.removeprefix("{").removesuffix("}")
    parts = _split(body)
    if not parts[-1].strip(_BLANK):
        parts.pop()
    for part in parts:
        match = _CLASSIC.fullmatch(part.strip(_BLANK))
        if match is None:
            raise ValueError(f"`{shortened(part.strip())}` is no matcher: `name=value`, `!=`, `=~` or `!~` is expected")
        value = _classic_value(match[3])
        if match[2] in ("=~", "!~"):
            check_regex(f"^(?:{value})$")
        found.append(Matcher(match[1], match[2], value))
    return tuple(found)


def _split(body: str) -> list[str]:
    """At commas outside of double quotes."""
    parts, start, quoted, escaped = [], 0, False, False
    for at, char in enumerate(body):
        if char == "," and not quoted:
            parts.append(body[start:at])
            start = at + 1
            continue
        if char == '"':
            quoted ^= not escaped
        escaped = char == "\\" and not escaped
    return [*parts, body[start:]]


def _classic_value(raw: str) -> str:
    opened = raw.startswith('"')
    rest = raw[1:] if opened else raw
    value: list[str] = []
    closed = False
    at = 0
    while at < len(rest):
        char = rest[at]
        if char == "\\" and at + 1 < len(rest):
            following = rest[at + 1]
            value.append({"n": "\n", '"': '"', "\\": "\\"}.get(following, "\\" + following))
            at += 2
            continue
        if char == '"':
            if not opened or at < len(rest) - 1:
                raise ValueError(f"`{shortened(raw)}` has a double quote in it")
            closed = True
        else:
            value.append(char)
        at += 1
    if opened and not closed:
        raise ValueError(f"the quote of `{shortened(raw)}` is not closed")
    return "".join(value)


def utf8(text: str) -> tuple[Matcher, ...]:
    """One or more matchers in the grammar of Alertmanager 0.27 on (matcher/parse); ValueError says why it refuses."""
    found: list[Matcher] = []
    tokens = []
    for match in _TOKEN.finditer(text):
        tokens.append((match.lastgroup or "", match.group(match.lastgroup or 0)))
        if match.lastgroup == "bad":
            break
    at = 0
    braced = tokens[0] == ("punctuation", "{")
    at += braced
    while tokens[at][0] in ("quoted", "plain"):
        name = _unquoted(*tokens[at])
        if tokens[at + 1][0] != "operator":
            raise ValueError("`=`, `!=`, `=~` or `!~` is expected" + _behind(tokens, at))
        kind, value = tokens[at + 2]
        if kind not in ("quoted", "plain"):
            raise ValueError("a value is expected" + _behind(tokens, at + 1))
        value = _unquoted(kind, value)
        if tokens[at + 1][1] in ("=~", "!~"):
            check_regex(f"^(?:{value})$")
        found.append(Matcher(name, tokens[at + 1][1], value))
        at += 3
        if tokens[at] != ("punctuation", ","):
            break
        at += 1
    if braced:
        if tokens[at] != ("punctuation", "}"):
            raise ValueError("`,` or `}` is expected" + _behind(tokens, at - 1))
        at += 1
    if tokens[at][0] != "end":
        raise ValueError(f"`{shortened(tokens[at][1])}` is not expected" + _behind(tokens, at - 1))
    return tuple(found)


def _behind(tokens: list[tuple[str, str]], at: int) -> str:
    return f" behind `{shortened(tokens[at][1])}`" if at >= 0 else ""


def _unquoted(kind: str, text: str) -> str:
    if kind == "plain":
        return text
    try:
        if "\n" not in text:
            return unquote(text, 0, len(text))
    except SyntaxProblem:
        pass
    raise ValueError(f"`{shortened(text)}` is no Go string")
