"""Secrets in a text made unreadable at the same length, so that whatever points into the text stays right.

Masked are the values of keys whose names say that they hold a secret, defaults of variables among them, passwords in
URLs, webhooks, bearer tokens and private keys. References (`${VAR}`, `{{ .Value }}`) and empty values stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MASK = "•"

_WORDS = ("password", "passwd", "passphrase", "secret", "token", "credentials", "credential", "bearer", "_pass", "key")
"""How the name of such a key ends: `token_url`, `secret_name` and `password_file` hold no secret."""
_SOME_KEY = re.compile(r"(?:api|access|private|secret|auth|routing|service|signing|encryption)[_-]?\Z", re.IGNORECASE)
"""Which keys called `key` do."""
_SEPARATOR = re.compile(
    r"""(?P<closed>\\?["'])[ \t]{0,8}:[ \t]{0,64}|:[ \t]{1,64}|[ \t]{0,64}=[ \t]{0,8}|(?P<space>[ ])""", re.VERBOSE
)
_NAME = re.compile(r"[\w.-]{0,80}\Z")
_PROPERTIES = re.compile(r"(?:[&!][^\s]{1,64}[ \t]+)+")
_BLOCK = re.compile(r"[|>][-+0-9]{0,2}[ \t]*(?:#[^\r\n]*)?(?=[\r\n])")
_BLOCK_LINE = re.compile(r"[\r\n]+([ \t]*)([^\r\n]+)")
_QUOTED = (
    re.compile(r'"((?:[^"\\]|\\.){0,20000}+)"', re.DOTALL),
    re.compile(r"'((?:[^']|''){0,20000}+)'"),
    re.compile(r'\\"((?:[^"\\\r\n]|\\\\.){0,20000}+)\\"'),
)
_LINE = re.compile(r"[^\r\n]*")
_FLOW = re.compile(r"(?:\$\{[^{}\r\n]{0,300}\}|\{\{.{0,200}?\}\}|[^\r\n,}\]])*+")
_WORD = re.compile(r"""(?:\$\{[^{}\r\n]{0,300}\}|\{\{.{0,200}?\}\}|[^\s"'`,;&}\])\\])*+""")
_COMMENT = re.compile(r"[ \t]#")
_NO_SECRET = re.compile(
    r"|true|false|null|~|yes|no|none|[#*&].*|\$[A-Z_][A-Z0-9_]*|(?:/[\w.-]+){2,}", re.IGNORECASE | re.DOTALL
)
"""No value, a comment, an alias, a reference, a path."""
_REFERENCE = re.compile(
    r"\$\{[A-Za-z_]\w*(?:(?P<operator>:?[-?+=])(?P<operand>[^{}\r\n]*))?\}|\$?\{\{.{0,200}?\}\}|<[^<>\r\n]{1,64}>"
)
_USER = re.compile(r"://([^\s/?#\"'`<>]{1,512})@")
_USER_NAME = re.compile(r"(?:\$\{[^{}]*\}|[^:])*+")
_TOKEN_LENGTH = 12
"""Characters from which a URL's user without a password is taken for a token; `git` is none."""
_WEBHOOK = re.compile(
    r"""(?:hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/
    |webhook\.office\.com/|api\.telegram\.org/bot)([^\s"'`<>)\]]+)""",
    re.VERBOSE | re.IGNORECASE,
)
_BEARER = re.compile(r"\b(?:bearer|basic)[ ]((?=[^\s\"']*[0-9=])[A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(.*?)(?:-----END|\Z)", re.DOTALL)
_FORMS = (
    ("hooks.slack", _WEBHOOK),
    ("/api/webhooks/", _WEBHOOK),
    ("webhook.office.com/", _WEBHOOK),
    ("api.telegram.org/bot", _WEBHOOK),
    ("bearer ", _BEARER),
    ("basic ", _BEARER),
    ("-----begin ", _PRIVATE_KEY),
)
"""What the lower-cased text holds wherever the expression can match."""


def masked(text: str) -> str:
    """The text with a `•` for each code point of a secret; white space stays."""
    out: list[str] = []
    position = 0
    for start, end in sorted(_secrets(text)):
        start = max(start, position)
        if start < end:
            out += (text[position:start], _hidden(text[start:end]))
            position = end
    return "".join([*out, text[position:]]) if out else text


def values(text: str) -> frozenset[str]:
    """The secrets of a text, to find them again where a message quotes them.

    What the text also says in the clear, such as a user name that is the password too, is left out.
    """
    found = {line.strip() for start, end in _secrets(text) for line in text[start:end].splitlines()}
    rest = masked(text) if found else ""
    return frozenset(value for value in found if len(value) > 3 and value not in rest)


_PLAIN = re.compile(r"[a-z]{1,10}\Z")
_IN_QUOTES = re.compile(r"(`[^`]*`|\"[^\"]*\")")


def quoted(message: str, secrets: Iterable[str], label: bool = False) -> str:
    """A message without what it quotes of these secrets, and without those that show by their own form.

    A secret that is a plain word, such as `admin`, is looked for only in what stands in backticks or quotation marks,
    unless the message is a `label`, all of which comes from files.
    """
    found = (secret for secret in secrets if secret in message)
    for secret in sorted(found, key=lambda secret: (-len(secret), secret)):
        if label or not _PLAIN.match(secret):
            message = message.replace(secret, _hidden(secret))
        else:
            message = "".join(
                part.replace(secret, _hidden(secret)) if part[:1] in ("`", '"') else part
                for part in _IN_QUOTES.split(message)
            )
    for start, end in _by_form(message):
        message = message[:start] + _hidden(message[start:end]) + message[end:]
    return message


def _hidden(text: str) -> str:
    return re.sub(r"\S", MASK, text)


def _secrets(text: str) -> Iterator[tuple[int, int]]:
    yield from _by_form(text)
    lowered = _lowered(text)
    position = 0
    for begin, end in sorted(_keys(text, lowered)):
        separator = _SEPARATOR.match(text, end) if begin >= position else None
        if separator is None:
            continue
        for start, stop in _value(text, begin, separator):
            yield from _written_out(text, start, stop)
            position = max(position, stop)


def _lowered(text: str) -> str:
    """The text in lower case, every code point in its place."""
    return text.encode("ascii", "replace").decode().lower()


def _keys(text: str, lowered: str) -> Iterator[tuple[int, int]]:
    """Ranges of the words by which a name says that it holds a secret."""
    for word in _WORDS:
        start = lowered.find(word)
        while start >= 0:
            end = start + len(word)
            if word == "_pass":
                meant = text[start:end] == "_PASS"
            else:
                meant = word != "key" or _SOME_KEY.search(text, max(0, start - 12), start) is not None
            if meant:
                yield start, end
            start = lowered.find(word, end)


def _by_form(text: str) -> Iterator[tuple[int, int]]:
    """Secrets that show by their own form, whatever stands before them."""
    if "://" in text:
        for user in _USER.finditer(text):
            name = _USER_NAME.match(user[1])
            length = name.end() if name else 0
            if length < len(user[1]):
                yield from _written_out(text, user.start(1) + length + 1, user.end(1))
            elif length >= _TOKEN_LENGTH:
                yield from _written_out(text, *user.span(1))
    lowered = _lowered(text)
    for hint, expression in _FORMS:
        if hint in lowered:
            for match in expression.finditer(text):
                yield from _written_out(text, *match.span(1))


def _value(text: str, word: int, separator: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Where the value behind a key stands: a range, or one for each line of a block scalar; nothing if it is none."""
    name = _NAME.search(text, max(0, word - 80), word)
    begin = name.start() if name else word
    if separator["space"] and not text.startswith("--", begin):
        return
    floor = max(0, begin - 2000)
    before = text[max(text.rfind("\n", floor, begin) + 1, floor) : begin]
    properties = _PROPERTIES.match(text, separator.end())
    start = properties.end() if properties else separator.end()
    if _BLOCK.match(text, start):
        for line in _BLOCK_LINE.finditer(text, start):
            if len(line[1]) <= len(before):
                break
            yield line.span(2)
        return
    around = before[-1:] if before[-1:] in ("'", '"') and not separator["closed"] else ""
    value = next((found for quotes in _QUOTED if (found := quotes.match(text, start))), None)
    if value is not None and not around:
        start, end = value.span(1)
    elif text[start : start + 1] in ("{", "[") and not text.startswith("{{", start):
        return
    else:
        alone = not before.strip(" \t-") or before.strip() == "export"
        if around:  # "KEY=value": the quotes are around both
            closing = text.find(around, start)
            end = min(_end(_LINE, text, start), closing if closing >= 0 else len(text))
        elif before.count("{") + before.count("[") > before.count("}") + before.count("]"):
            end = _end(_FLOW, text, start)
        else:
            end = _end(_LINE if alone or ":" in separator.group() else _WORD, text, start)
        comment = None if around else _COMMENT.search(text, start, end)
        end = start + len(text[start : comment.start() if comment else end].rstrip())
    if not _NO_SECRET.fullmatch(text, start, end):
        yield start, end


def _end(expression: re.Pattern[str], text: str, start: int) -> int:
    found = expression.match(text, start)
    return found.end() if found else start


def _written_out(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a range that are no reference, and the defaults of those that are."""
    for reference in _REFERENCE.finditer(text, start, end):
        if start < reference.start():
            yield start, reference.start()
        if reference["operand"] and "?" not in reference["operator"]:
            yield reference.span("operand")
        start = reference.end()
    if start < end:
        yield start, end
