"""Alertmanager's label matchers, `severity=~"a|b"`, in both grammars: the classic one and that of UTF-8 (0.27 on)."""

from __future__ import annotations

import re

from obslint.lang.tokens import check_regex, shortened

_CLASSIC = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*+)\s*+(=~|=|!=|!~)\s*+(.*)", re.DOTALL | re.ASCII)
_BLANK = " \t\n\f\r"
_TOKEN = re.compile(
    r'\s*+(?:(?P<punctuation>[{},])|(?P<operator>=~|!=|!~|=)|(?P<quoted>"(?:[^"\\]|\\.)*+")'
    r"|(?P<plain>[^\s{}!=~,\\\"'`]++)|(?P<end>\Z)|(?P<bad>.))",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:[abfnrtv\\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(.|\Z))", re.DOTALL)


def classic(text: str) -> None:
    """ValueError says why the classic grammar (pkg/labels) refuses one or more matchers."""
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


def utf8(text: str) -> None:
    """ValueError says why the grammar of Alertmanager 0.27 on (matcher/parse) refuses one or more matchers."""
    tokens = []
    for match in _TOKEN.finditer(text):
        tokens.append((match.lastgroup or "", match.group(match.lastgroup or 0)))
        if match.lastgroup == "bad":
            break
    at = 0
    braced = tokens[0] == ("punctuation", "{")
    at += braced
    while tokens[at][0] in ("quoted", "plain"):
        _unquoted(*tokens[at])
        if tokens[at + 1][0] != "operator":
            raise ValueError("`=`, `!=`, `=~` or `!~` is expected" + _behind(tokens, at))
        kind, value = tokens[at + 2]
        if kind not in ("quoted", "plain"):
            raise ValueError("a value is expected" + _behind(tokens, at + 1))
        value = _unquoted(kind, value)
        if tokens[at + 1][1] in ("=~", "!~"):
            check_regex(f"^(?:{value})$")
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


def _behind(tokens: list[tuple[str, str]], at: int) -> str:
    return f" behind `{shortened(tokens[at][1])}`" if at >= 0 else ""


def _unquoted(kind: str, text: str) -> str:
    if kind == "plain":
        return text
    body = text[1:-1]
    bad = next((match for match in _ESCAPE.finditer(body) if match[1] is not None), None)
    if bad is not None or "\n" in body:
        raise ValueError(f"`{shortened(text)}` is no Go string")
    return re.sub(r"\\([\\\"])", r"\1", body)
