"""Secrets in a text made unreadable at the same length, so that whatever points into the text stays right.

Masked are the values of keys whose names say that they hold a secret, defaults of variables among them, passwords in
URLs, webhooks, bearer tokens and private keys. References (`${VAR}`, `{{ .Value }}`) and empty values stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MASK = "•"

_WORDS = (
    "password|passwd|passphrase|secret|token|credentials?|bearer"
    "|(?:api|access|private|secret|auth|routing|service|signing|encryption)[_-]?key"
)
# The name ends with the word: `token_url`, `secret_name` and `password_file` hold no secret.
_KEY = re.compile(
    rf"""(?:{_WORDS}|(?-i:_PASS))
    (?:(?P<closed>\\?["'])[ \t]{{0,8}}:[ \t]{{0,64}}|:[ \t]{{1,64}}|[ \t]{{0,8}}=[ \t]{{0,8}}|(?P<space>[ ]))""",
    re.VERBOSE | re.IGNORECASE,
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
_LINE_END = re.compile(r"[\r\n]|[ \t]+#|[ \t]+(?=[\r\n]|\Z)")
_FLOW_END = re.compile(r"[\r\n,}\]]|[ \t]+#")
_WORD_END = re.compile(r"""[\s"'`,;&}\])\\]""")
_NO_SECRET = re.compile(r"|true|false|null|~|yes|no|none|[#*&].*|\$[A-Z_][A-Z0-9_]*", re.IGNORECASE | re.DOTALL)
_REFERENCE = re.compile(
    r"\$\{[A-Za-z_]\w*(?:(?P<operator>:?[-?+=])(?P<operand>[^{}\r\n]*))?\}|\$?\{\{.*?\}\}|<[^<>\r\n]{1,64}>"
)
_USER = re.compile(r"://([^\s/?#\"'`<>]{1,512})@")
_TOKEN_LENGTH = 12
"""Characters from which a URL's user without a password is taken for a token; `git` is none."""
_WEBHOOK = re.compile(
    r"""(?:hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/
    |webhook\.office\.com/|api\.telegram\.org/bot)([^\s"'`<>)\]]+)""",
    re.VERBOSE | re.IGNORECASE,
)
_BEARER = re.compile(r"\b(?:bearer|basic)[ ]((?=[^\s\"']*[0-9=])[A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(.*?)(?:-----END|\Z)", re.DOTALL)


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


def quoted(message: str, secrets: Iterable[str]) -> str:
    """A message without what it quotes of these secrets, and without those that show by their own form."""
    for secret in sorted(secrets, key=lambda secret: (-len(secret), secret)):
        message = message.replace(secret, _hidden(secret))
    for start, end in _by_form(message):
        message = message[:start] + _hidden(message[start:end]) + message[end:]
    return message


def _hidden(text: str) -> str:
    return re.sub(r"\S", MASK, text)


def _secrets(text: str) -> Iterator[tuple[int, int]]:
    yield from _by_form(text)
    for key in _KEY.finditer(text):
        yield from _value(text, key)


def _by_form(text: str) -> Iterator[tuple[int, int]]:
    """Secrets that show by their own form, whatever stands before them."""
    for user in _USER.finditer(text):
        name, colon, _ = user[1].partition(":")
        if colon or len(name) >= _TOKEN_LENGTH:
            yield from _written_out(text, user.start(1) + (len(name) + 1 if colon else 0), user.end(1))
    for expression in (_WEBHOOK, _BEARER, _PRIVATE_KEY):
        for match in expression.finditer(text):
            yield from _written_out(text, *match.span(1))


def _value(text: str, key: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The secret ranges of what stands behind a key."""
    name = _NAME.search(text, max(0, key.start() - 80), key.start())
    begin = name.start() if name else key.start()
    if key["space"] and not text.startswith("--", begin):
        return
    floor = max(0, begin - 2000)
    before = text[max(text.rfind("\n", floor, begin) + 1, floor) : begin]
    properties = _PROPERTIES.match(text, key.end())
    start = properties.end() if properties else key.end()
    if _BLOCK.match(text, start):
        for line in _BLOCK_LINE.finditer(text, start):
            if len(line[1]) <= len(before):
                break
            yield from _written_out(text, *line.span(2))
        return
    around = before[-1:] if before[-1:] in ("'", '"') and not key["closed"] else ""
    value = next((found for quotes in _QUOTED if (found := quotes.match(text, start))), None)
    if value is not None and not around:
        start, end = value.span(1)
    elif text[start : start + 1] in ("{", "[") and not text.startswith("{{", start):
        return
    else:
        if around:  # "KEY=value": the quotes are around both
            ending = re.compile(rf"[\r\n{around}]")
        elif before.count("{") + before.count("[") > before.count("}") + before.count("]"):
            ending = _FLOW_END
        elif key.group().endswith((" ", "\t")) and not key["space"] or not before.strip(" \t-") or "export" in before:
            ending = _LINE_END
        else:
            ending = _WORD_END
        found = ending.search(text, start)
        end = found.start() if found else len(text)
    if not _NO_SECRET.fullmatch(text, start, end):
        yield from _written_out(text, start, end)


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
