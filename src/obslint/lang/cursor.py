"""A parser's hold on the tokens of a query: looking, stepping, refusing, and what PromQL and LogQL read alike."""

from __future__ import annotations

from typing import Final, Literal, NoReturn

from obslint.lang.tokens import Check, SyntaxProblem, Tokens, check_regex, matches_empty, shortened, unquote
from obslint.lang.tree import Matcher, Node

MAX_DEPTH: Final = 150
"""Levels of nesting; each costs at most three Python frames."""

_OPENERS: Final = {")": "(", "}": "{", "]": "["}
_OPERATORS: Final[dict[str, Literal["=", "!=", "=~", "!~"]]] = {"=": "=", "!=": "!=", "=~": "=~", "!~": "!~"}


class Cursor:
    """`kinds[i]` is the token at hand."""

    __slots__ = ("depth", "ends", "i", "kinds", "starts", "text")

    def __init__(self, tokens: Tokens) -> None:
        self.text = tokens.text
        self.kinds, self.starts, self.ends = tokens.kinds, tokens.starts, tokens.ends
        self.i = self.depth = 0

    def fail(self, message: str, start: int, end: int, check: Check) -> NoReturn:
        raise SyntaxProblem(message, start, end, check)

    def refuse(self, message: str, node: Node, check: Check) -> NoReturn:
        self.fail(message, node.start, node.end, check)

    def unexpected(self, expected: str) -> NoReturn:
        i = self.i
        start, end = self.starts[i], self.ends[i]
        if self.kinds[i] == "eof":
            opener = self.unclosed()
            if opener is not None:
                position = self.starts[opener]
                raise SyntaxProblem(f"`{self.kinds[opener]}` is never closed", position, position + 1)
            self.fail(f"the expression ends too early, expected {expected}", start, end, Check.SYNTAX)
        self.fail(f"unexpected `{shortened(self.text[start:end])}`, expected {expected}", start, end, Check.SYNTAX)

    def unclosed(self) -> int | None:
        """Index of the innermost token that opens something which is not closed."""
        stack: list[int] = []
        for index, kind in enumerate(self.kinds):
            if kind in ("(", "{", "["):
                stack.append(index)
            elif kind in _OPENERS and stack and self.kinds[stack[-1]] == _OPENERS[kind]:
                stack.pop()
        return stack[-1] if stack else None

    def expect(self, kind: str) -> None:
        if self.kinds[self.i] != kind:
            self.unexpected(f"`{kind}`")
        self.i += 1

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            place = self.starts[self.i], self.ends[self.i]
            raise SyntaxProblem(f"the expression is nested more than {MAX_DEPTH} levels deep", *place, Check.DEPTH)

    def matcher(self, start: int, label: str) -> Matcher:
        """The rest of `label op "value"`, from the operator on."""
        op = _OPERATORS.get(self.kinds[self.i])
        if op is None:
            self.unexpected("one of `=`, `!=`, `=~`, `!~`")
        self.i = i = self.i + 1
        if self.kinds[i] != "string":
            self.unexpected("a quoted string")
        value_start, value_end = self.starts[i], self.ends[i]
        value = unquote(self.text, value_start, value_end)
        if op in ("=~", "!~"):
            try:
                check_regex(value)
            except ValueError as error:
                raise SyntaxProblem(f"bad regex: {error}", value_start + 1, value_end - 1, Check.REGEX) from None
        self.i += 1
        return Matcher(start, value_end, label, op, value, value_start + 1, value_end - 1)


def needs_a_value(matcher: Matcher) -> bool:
    """Whether the matcher refuses an absent label; a regex too large to tell counts as one that does."""
    match matcher.op:
        case "=":
            return matcher.value != ""
        case "!=":
            return matcher.value == ""
        case "=~":
            return not matches_empty(matcher.value)
        case _:
            return matches_empty(matcher.value) is not False
