"""What the query languages share: problems with a place, token columns, Go's literals, RE2."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NoReturn


class Check(enum.StrEnum):
    """Which check refused a text. All but SYNTAX and DEPTH are named semantic checks of the language."""

    SYNTAX = "syntax"
    DEPTH = "depth"
    FUNCTION = "unknown-function"
    ARGUMENTS = "argument-count"
    TYPE = "type"
    MATCHING = "vector-matching"
    MATCHER = "matcher"
    MODIFIER = "modifier"
    REGEX = "regex"
    PATTERN = "pattern"
    TEMPLATE = "template"
    GROUPING = "grouping"
    UNWRAP = "unwrap"
    LITERAL = "literal"


class SyntaxProblem(ValueError):  # noqa: N818 - a problem of the text, not of the program
    """A text that the language refuses; `start` and `end` are code points of that text."""

    def __init__(self, message: str, start: int, end: int, check: Check = Check.SYNTAX) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.check = check


class Unsupported(SyntaxProblem):
    """A text that we do not understand and the component might: nothing may be concluded from it."""


@dataclass(slots=True)
class Tokens:
    """The tokens of one text in columns, which costs half of what one object per token costs."""

    text: str
    kinds: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def append(self, kind: str, start: int, end: int) -> None:
        """Add a token; `kind` is the keyword or the punctuation itself, or the name of a class of tokens."""
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)


STRING: Final = r""" "[^"\\\n]*+(?:\\.[^"\\\n]*+)*+" | '[^'\\\n]*+(?:\\.[^'\\\n]*+)*+' | `[^`]*+` """
"""Go's string literals as a verbose pattern; `unquote` checks the escapes."""

_ESCAPE: Final = re.compile(
    r"""\\(?:([abfnrtv\\'"]) | ([0-7]{3}) | x([0-9A-Fa-f]{2}) | u([0-9A-Fa-f]{4}) | U([0-9A-Fa-f]{8}) | (.?))""",
    re.VERBOSE | re.DOTALL,
)
_SIMPLE_ESCAPES: Final = dict(zip("abfnrtv\\'\"", "\a\b\f\n\r\t\v\\'\"", strict=True))
_NOT_UTF8: Final = re.compile("[\ud800-\udfff\N{REPLACEMENT CHARACTER}]")


def unquote(text: str, start: int, end: int) -> str:
    r"""Value of the Go string literal at `text[start:end]`, quotes included.

    Bytes written as `\xff` that do not form UTF-8 come back as lone surrogates (PEP 383).
    """
    body = text[start + 1 : end - 1]
    if not body.isascii():
        bad = _NOT_UTF8.search(text, start, end)
        if bad:
            raise SyntaxProblem("invalid UTF-8 in string", bad.start(), bad.end(), Check.LITERAL)
    if text[start] == "`" or "\\" not in body:
        return body
    quote = text[start]
    pieces: list[bytes] = []
    position = 0
    for escape in _ESCAPE.finditer(body):
        pieces.append(body[position : escape.start()].encode())
        pieces.append(_unescape(escape, quote, start + 1))
        position = escape.end()
    pieces.append(body[position:].encode())
    return b"".join(pieces).decode("utf-8", "surrogateescape")


def _unescape(escape: re.Match[str], quote: str, offset: int) -> bytes:
    def refuse(message: str) -> NoReturn:
        raise SyntaxProblem(message, offset + escape.start(), offset + escape.end(), Check.LITERAL)

    simple, octal, byte, short, long, unknown = escape.groups()
    if simple:
        if simple in "'\"" and simple != quote:
            refuse(f"unknown escape sequence `{escape[0]}`")
        return _SIMPLE_ESCAPES[simple].encode()
    if unknown is not None:
        refuse(f"unknown escape sequence `{escape[0]}`" if unknown else "escape sequence not terminated")
    if octal or byte:
        value = int(octal, 8) if octal else int(byte, 16)
        if value > 255:
            refuse(f"escape sequence `{escape[0]}` is more than a byte")
        return bytes([value])
    point = int(short or long, 16)
    if point > 0x10FFFF or 0xD800 <= point < 0xE000:
        refuse(f"escape sequence `{escape[0]}` is not a Unicode code point")
    return chr(point).encode()


_OCTAL: Final = re.compile(r"0[0-7_]*")
_MAX_INT64: Final = 2**63 - 1


def go_number(text: str) -> float:
    """Value of a number as Prometheus and Loki read it: `0755` and `0x1f` are integers; ValueError when too large.

    `text` is a well-formed literal: digits with single underscores between them, point, exponent.
    """
    if text[:2] in ("0x", "0X"):
        integer = int(text, 16)
        if integer > _MAX_INT64:
            raise ValueError(f"number `{text}` does not fit 64 bits")
        return float(integer)
    if text[0] == "0" and _OCTAL.fullmatch(text) and len(text) <= 22 and (integer := int(text, 8)) <= _MAX_INT64:
        return float(integer)
    value = float(text)
    if value == float("inf") and text[-1] not in "fF":
        raise ValueError(f"number `{shortened(text)}` is out of range")
    return value


def shortened(text: str) -> str:
    """The text cut to what a message can carry, lone surrogates escaped."""
    short = text if len(text) <= 40 else f"{text[:37]}..."
    return short.encode("utf-8", "backslashreplace").decode()


_PLAIN_REGEX: Final = re.compile(r"[\w .,:;/|@%&=<>~!'\"#-]*")
"""Regexes without any operator but `.` and `|`: always valid, the great majority."""


@lru_cache(maxsize=4096)
def re2_pattern(regex: str) -> Any:
    """The compiled regex, anchored nowhere; ValueError says what RE2, the engine of Go's components, refuses.

    None for a regex that is too large for our memory limit: Go may still take it.
    """
    import re2  # 7 ms that most runs do not need

    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    try:
        return re2.compile(regex, options)
    except UnicodeEncodeError:
        raise ValueError("invalid UTF-8") from None
    except re2.error as error:
        message = error.args[0].decode("utf-8", "replace") if error.args else "invalid"
        if "too large" in message:
            return None
        raise ValueError(message) from None


def check_regex(regex: str) -> None:
    """ValueError where RE2 refuses the regex."""
    if not _PLAIN_REGEX.fullmatch(regex):
        re2_pattern(regex)


def matches_empty(regex: str) -> bool | None:
    """Whether the anchored regex matches the empty string; None when that cannot be told."""
    pattern = re2_pattern(regex)
    return None if pattern is None else bool(pattern.fullmatch(""))
