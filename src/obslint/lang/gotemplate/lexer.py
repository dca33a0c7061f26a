"""The tokens of a template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from obslint.lang.tokens import shortened

_KEYWORDS: Final = frozenset(
    ("block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with")
)
_SPACE: Final = r"[ \t\r\n]"
_COMMENT: Final = re.compile(rf"\{{\{{(?:-{_SPACE})?/\*")
_OPEN: Final = re.compile(rf"\{{\{{(?:-{_SPACE})?")
_CLOSE: Final = re.compile(rf"{_SPACE}-\}}\}}|\}}\}}")
_TOKEN: Final = re.compile(
    rf"""
    (?P<close>{_SPACE}-\}}\}} | \}}\}})
    | (?P<space>{_SPACE}+)
    | (?P<string>"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+" | `[^`]*+`)
    | (?P<char>'[^'\\\n]*+(?:\\[^\n][^'\\\n]*+)*+')
    | (?P<variable>\$\w*)
    | (?P<number>[+-]?(?:0[xX][\da-fA-F_]*+(?:\.[\da-fA-F_]*+)?(?:[pP][+-]?\d*+)?
        |  0[bBoO][\d_]++ | \d[\d_]*+(?:\.[\d_]*+)?(?:[eE][+-]?[\d_]*+)? | \.\d[\d_]*+(?:[eE][+-]?[\d_]*+)?)i? | [+-])
    | (?P<field>\.\w*)
    | (?P<word>\w+)
    | (?P<declare>:=)
    | (?P<mark>[()|=,])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_TERMINATOR: Final = re.compile(rf"{_SPACE}|[.,|:()]|\}}\}}|\Z")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    """`open`, `text`, `eof`, `error`, a keyword, a punctuation mark, or the group of `_TOKEN`."""
    text: str
    """For an `error`, what is wrong."""
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """All tokens of the actions; the last is `eof`, or an `error` where the text cannot be followed any further."""
    found: list[Token] = []
    position = 0
    while (start := text.find("{{", position)) >= 0:
        comment = _COMMENT.match(text, start)
        if comment is not None:
            end = text.find("*/", comment.end())
            if end < 0:
                found.append(Token("error", "the comment is never closed", start, start + 2))
                return found
            close = _CLOSE.match(text, end + 2)
            if close is None:
                found.append(Token("error", "`}}` must follow right behind the end of a comment", end, end + 2))
                return found
            position = close.end()
            continue
        opened = _OPEN.match(text, start)
        assert opened is not None  # `{{` stands there
        found.append(Token("open", "{{", start, start + 2))
        position = _action(text, start, opened.end(), found)
        if found[-1].kind == "error":
            return found
    found.append(Token("eof", "", len(text), len(text)))
    return found


def _action(text: str, opened: int, position: int, found: list[Token]) -> int:
    """The tokens of one action from behind its `{{`; returns where it ended."""
    depth: list[int] = []
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match is not None  # the last group takes any character
        kind, token, (start, end) = match.lastgroup or "", match[0], match.span()
        problem = ""
        if kind == "close":
            if depth:
                found.append(Token("error", "`(` is never closed", depth[-1], depth[-1] + 1))
            else:
                found.append(Token("close", token, start, end))
            return end
        if kind == "space":
            # The blank before `-}}` belongs to it.
            if end - start > 1 and text.startswith("-}}", end):
                end -= 1
        elif kind in ("word", "field", "variable"):
            if not _TERMINATOR.match(text, end):
                start, end, problem = end, end + 1, f"unexpected `{text[end]}` behind `{shortened(token)}`"
            elif kind == "field" and token == ".":
                kind = "dot"
            elif kind == "word":
                kind = token if token in _KEYWORDS else "bool" if token in ("true", "false") else kind
        elif kind == "number":
            following = text[end : end + 1]
            if following.isalnum() or following == "_":
                problem = f"`{shortened(token + following)}` is no number"
            elif not any(character.isdigit() for character in token):
                problem = f"`{token}` is no operator here: templates do not calculate"
            elif token[-1] in "+-" or (token[-1] in "eE" and token.lstrip("+-")[1:2] not in ("x", "X")):
                problem = f"`{token}` is no number"
        elif kind == "mark":
            kind = token
            if token == "(":
                depth.append(start)
            elif token == ")" and not depth:
                problem = "`)` closes nothing"
            elif token == ")":
                depth.pop()
        elif kind == "other":
            problem = _refused(token)
        if problem:
            found.append(Token("error", problem, start, end))
            return end
        found.append(Token(kind, token, start, end))
        position = end
    found.append(Token("error", "`{{` is never closed", opened, opened + 2))
    return position


def _refused(character: str) -> str:
    """Why a character that begins no token is wrong; nothing where the grammar has to say so."""
    if character in "\"'`":
        return "this quote is never closed"
    if character == ":":
        return "unexpected `:`, expected `:=`"
    if character.isascii() and character.isprintable():
        return ""
    return f"unexpected character {character!r}"
