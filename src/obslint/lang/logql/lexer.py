"""LogQL's tokens. Words are keywords whatever their case; names of functions are words until a parenthesis follows."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from obslint.lang.tokens import Check, SyntaxProblem, Tokens, shortened

SET_OPERATORS: Final = frozenset({"and", "or", "unless"})
PRECEDENCE: Final = {
    "or": 1,
    **dict.fromkeys(("and", "unless"), 2),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%"), 5),
    "^": 6,
}
"""Binary operators, the tightest last; `^` alone groups to the right."""

KEYWORDS: Final = frozenset(
    (
        *("by", "without", "bool", "on", "ignoring", "group_left", "group_right", "offset", "and", "or", "unless"),
        *("json", "logfmt", "regexp", "pattern", "unpack", "line_format", "label_format", "decolorize"),
        *("drop", "keep", "unwrap"),
    )
)
"""Words that cannot name a label (`tokens` in pkg/logql/syntax/lex.go).

`variants`, `of` and `xml` came later, so they are words like any other here.
"""

_BLANK: Final = r"[ \t\r\n]*+"
_NUMBER: Final = r"(?:0[xX][0-9a-fA-F_]++|[0-9][0-9_]*+(?:\.[0-9_]*+)?|\.[0-9][0-9_]*+)(?:[eE][+-]?[0-9]++)?"
_TOKEN: Final = re.compile(
    rf"""{_BLANK}(?:
    ([^\W\d]\w*)                                              # 1 word
    | ([(){{}},] | /(?![/*]) | \|[=~>]? | ![=~>] | =[=~]? | [<>]=? | [+*%^])  # 2 punctuation
    | ("[^"\\\n]*+(?:\\.[^"\\\n]*+)*+" | `[^`]*+`)              # 3 string
    | (\[[^\]]*+\])                                           # 4 range
    | ({_NUMBER})                                             # 5
    | (--[a-zA-Z][a-zA-Z-]*+)                                 # 6 flag
    | (-)                                                     # 7
    | (\#[^\n]* | //[^\n]* | /\*)                             # 8 comment
    | (\Z)                                                    # 9
    | (.)                                                     # 10 nothing we know
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORD, _PUNCTUATION, _STRING, _RANGE, _NUMERIC, _FLAG, _MINUS, _COMMENT, _END, _UNKNOWN = range(1, 11)

DURATION: Final = re.compile(r"-?(?:(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:ns|us|\N{MICRO SIGN}s|ms|[smhdwy]))++")
BYTES: Final = re.compile(r"[0-9.]+(?:[kKMGTP]i?)?B?")
_UNITS: Final = re.compile(r"[0-9.nu\N{MICRO SIGN}mshdwy]{0,60}+")
_SIZES: Final = re.compile(r"[0-9.BikKMGTP]{0,60}+")


def tokenize(text: str) -> Tokens:
    """The tokens of the text without comments; the last two are of kind `eof` so that one can look ahead."""
    tokens = Tokens(text)
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        assert match is not None  # the last group takes any character
        group = match.lastindex or _UNKNOWN
        start, position = match.span(group)
        if group == _WORD:
            word = match[group].lower()
            tokens.append(word if word in KEYWORDS else "word", start, position)
        elif group == _PUNCTUATION:
            tokens.append(match[group], start, position)
        elif group == _STRING:
            tokens.append("string", start, position)
        elif group == _RANGE:
            tokens.append("range", start, position)
        elif group == _NUMERIC:
            kind, position = _quantity(text, start, position)
            tokens.append(kind, start, position)
        elif group == _FLAG and match[group] in ("--strict", "--keep-empty"):
            tokens.append("flag", start, position)
        elif group in (_FLAG, _MINUS):
            end = _UNITS.match(text, start + 1).end()  # type: ignore[union-attr]  # it matches anything
            negative = bool(DURATION.fullmatch(text, start, end))
            position = end if negative else start + 1
            tokens.append("duration" if negative else "-", start, position)
        elif group == _COMMENT and match[group] == "/*":
            position = text.find("*/", start + 2) + 2
            if position < 2:
                raise SyntaxProblem("this comment is never closed", start, start + 2)
        elif group == _END:
            for _ in range(2):
                tokens.append("eof", len(text), len(text))
            return tokens
        elif group == _UNKNOWN:
            _refuse(text, start)


def _quantity(text: str, start: int, number_end: int) -> tuple[str, int]:
    """Whether a unit follows the number, and where what belongs to it ends."""
    for kind, run, form in (("duration", _UNITS, DURATION), ("bytes", _SIZES, BYTES)):
        end = run.match(text, number_end).end()  # type: ignore[union-attr]  # it matches anything
        if end > number_end and form.fullmatch(text, start, end):
            return kind, end
    return "number", number_end


def _refuse(text: str, position: int) -> NoReturn:
    character = text[position]
    if character in '"`':
        raise SyntaxProblem("this string is never closed", position, len(text))
    if character == "[":
        raise SyntaxProblem("`[` is never closed", position, position + 1)
    if character == "'":
        closed = text.find("'", position + 1)
        end = closed + 1 if closed > 0 else position + 1
        quoted = shortened(text[position:end])
        raise SyntaxProblem(f"LogQL has no single quotes: {quoted}", position, end, Check.LITERAL)
    raise SyntaxProblem(f"unexpected character {character!r}", position, position + 1)
