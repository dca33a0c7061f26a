"""What a fully anchored regex says beyond whether it compiles: the one text it matches, anchors it does not need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

_Kind: TypeAlias = Literal["char", "any", "repeat", "open", "close", "bar", "begin", "end", "other"]

_TOKEN: Final = re.compile(
    r"""
      \\(?P<escape>.)
    | (?P<class>\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\])
    | (?P<open>\((?:\?(?:P?<\w+>|:))?)(?!\?)
    | (?P<close>\))
    | (?P<bar>\|)
    | (?P<repeat>[*+?]\??|\{\d+(?:,\d*)?\}\??)
    | (?P<begin>\^)
    | (?P<end>\$)
    | (?P<any>\.)
    | (?P<char>[^\\\[(])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: _Kind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Regex:
    """A regex as Prometheus and Loki match labels with it: from the first character to the last, `.` any at all."""

    text: str
    tokens: tuple[_Token, ...]
    """Without the anchors that the edges have anyway."""
    unanchored: str
    """The text without those anchors; the same where there are none."""

    @property
    def literal(self) -> str | None:
        """The only text it matches."""
        rest = [token for token in self.tokens if token.kind not in ("open", "close")]
        return "".join(token.text for token in rest) if all(token.kind == "char" for token in rest) else None

    @property
    def words(self) -> tuple[str, ...] | None:
        """The only texts it matches, where it is a list such as `a|b` or `(a|b)`."""
        tokens = self.tokens
        if len(tokens) > 1 and (tokens[0].kind, tokens[-1].kind) == ("open", "close"):
            tokens = tokens[1:-1]
        if any(token.kind not in ("char", "bar") for token in tokens):
            return None
        return tuple("".join("\0" if token.kind == "bar" else token.text for token in tokens).split("\0"))

    @property
    def wildcard(self) -> Literal["*", "+"] | None:
        """`*` if it matches every text, `+` if every one but the empty."""
        rest = [token for token in self.tokens if token.kind not in ("open", "close")]
        if [token.kind for token in rest] != ["any", "repeat"]:
            return None
        match rest[1].text[0]:
            case "*":
                return "*"
            case "+":
                return "+"
            case _:
                return None

    @property
    def cuts(self) -> bool:
        """Whether it picks words out of the middle of a text: `a.*b`, `.*a.*`. Digits are no words."""
        shape = ""
        words = False
        for token in self.tokens:
            if token.kind == "char" or token.kind == "any":
                words |= token.kind == "char" and not token.text.isdigit()
                shape += "." if token.kind == "any" else "a"
            elif token.kind == "repeat" and token.text[0] in "*+" and shape.endswith("."):
                shape = f"{shape[:-1]}*"
            else:
                return False
        return words and re.search(r"a[a.]*\*[a.]*a|\*[a.]*a[a.]*\*", shape) is not None


def read(regex: str) -> Regex | None:
    """The parts of a regex; None for one with flags, quoting or anything else that cannot be told this simply."""
    tokens: list[_Token] = []
    position = 0
    while position < len(regex):
        match = _TOKEN.match(regex, position)
        if match is None:
            return None
        token = _token(match)
        if token is None:
            return None
        tokens.append(token)
        position = match.end()
    needless = _at_start(tokens) | _at_end(tokens)
    kept = tuple(token for index, token in enumerate(tokens) if index not in needless)
    gone = {offset for index in needless for offset in range(tokens[index].start, tokens[index].end)}
    return Regex(regex, kept, "".join(char for offset, char in enumerate(regex) if offset not in gone))


def _token(match: re.Match[str]) -> _Token | None:
    start, end = match.span()
    kind = match.lastgroup
    text = match.group()
    if kind == "escape":
        escaped = match.group("escape")
        if escaped in "Az":
            return _Token("begin" if escaped == "A" else "end", text, start, end)
        if escaped in "QEpPx" or escaped.isdigit():
            return None  # these run over more than one character
        return _Token("other" if escaped.isalpha() else "char", escaped, start, end)
    if kind == "class":
        return _Token("other", text, start, end)
    return _Token(kind, text, start, end)  # type: ignore[arg-type]


def _at_start(tokens: list[_Token]) -> set[int]:
    """The `^` at which the text begins, however the regex is read."""
    found: set[int] = set()
    repeated = _repeated(tokens)
    edge, outer = True, [True]
    for index, token in enumerate(tokens):
        match token.kind:
            case "open":
                edge = edge and index not in repeated
                outer.append(edge)
            case "bar":
                edge = outer[-1]
            case "close":
                edge = False
                if len(outer) > 1:
                    outer.pop()
            case "begin" if edge and index not in repeated:
                found.add(index)
            case _:
                edge = False
    return found


def _at_end(tokens: list[_Token]) -> set[int]:
    """The `$` at which the text ends, however the regex is read."""
    found: set[int] = set()
    edge, outer = True, [True]
    for index in range(len(tokens) - 1, -1, -1):
        match tokens[index].kind:
            case "close":  # what repeats the group stands behind it, and has taken the edge away
                outer.append(edge)
            case "bar":
                edge = outer[-1]
            case "open":
                edge = False
                if len(outer) > 1:
                    outer.pop()
            case "end" if edge:
                found.add(index)
            case _:
                edge = False
    return found


def _repeated(tokens: list[_Token]) -> set[int]:
    """The tokens, and the groups by where they open, that `*`, `+`, `?` or a count repeats."""
    found: set[int] = set()
    opened: list[int] = []
    last = 0
    for index, token in enumerate(tokens):
        match token.kind:
            case "repeat":
                found.add(last)
            case "open":
                opened.append(index)
                last = index
            case "close":
                last = opened.pop() if opened else index
            case _:
                last = index
    return found
