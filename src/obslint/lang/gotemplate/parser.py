"""Whether a text parses as a template, what its actions are, and which functions it calls."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from obslint.lang.gotemplate.ast import Action, Call, Operand, Pipeline, Template
from obslint.lang.gotemplate.lexer import Token, tokens
from obslint.lang.tokens import SyntaxProblem, shortened, unquote

MAX_DEPTH: Final = 100
"""Levels of parentheses; a text with more is not judged."""

_CONTROLS: Final = frozenset(("if", "range", "with"))
_OPERANDS: Final = frozenset(("bool", "dot", "nil", "number", "string", "char"))
"""Kinds of tokens that are values of their own: no field can be read of them, and no argument be piped to them."""
_TERMS: Final = _OPERANDS | {"field", "variable", "word", "("}

_CHARACTER: Final = re.compile(r"'(?:[^\\']|\\(?:[abfnrtv\\']|[0-7]{3}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}))'")


def parse(text: str, functions: Container[str], variables: Sequence[str] = ()) -> Template:
    """Read a template that may call `functions`, and starts with `variables` defined, such as `$labels`."""
    if "{{" not in text:
        return Template((), None)
    parser = _Parser(text, functions, variables)
    problem = None
    try:
        parser.run()
    except _TooDeep:
        pass
    except SyntaxProblem as found:
        problem = found
    return Template(tuple(parser.calls), problem, tuple(parser.actions))


class Undefined(SyntaxProblem):
    """A function or variable that there is not; `known` are the variables that there are, but for `$`."""

    def __init__(self, message: str, token: Token, known: Sequence[str] = ()) -> None:
        super().__init__(message, token.start, token.end)
        self.name = token.text
        self.known = list(known)


class _TooDeep(Exception):  # noqa: N818 - no error of the text
    pass


@dataclass(slots=True)
class _Block:
    keyword: str
    start: int
    end: int
    variables: int
    """How many were defined where it began."""
    outer: list[str] | None
    """The variables around a block whose body sees none of them."""
    ranges: int
    in_else: bool = False


class _Parser:
    def __init__(self, text: str, functions: Container[str], variables: Sequence[str]) -> None:
        self.text = text
        self.functions = functions
        self.tokens = tokens(text)
        self.i = 0
        self.depth = self.ranges = 0
        self.blocks: list[_Block] = []
        self.calls: list[Call] = []
        self.actions: list[Action] = []
        self.variables: list[str] = []
        self.defined: Counter[str] = Counter()
        self.define("$", *variables)

    # -- tokens --------------------------------------------------------------------------------------------------------

    def peek(self) -> Token:
        token = self.tokens[self.i]
        if token.kind == "error":
            raise SyntaxProblem(token.text, token.start, token.end)
        return token

    def next(self) -> Token:
        token = self.peek()
        self.i += token.kind != "eof"
        return token

    def skip(self) -> Token:
        """The next token that is no blank, which is not taken."""
        while self.peek().kind == "space":
            self.i += 1
        return self.peek()

    def unexpected(self, token: Token, where: str) -> NoReturn:
        if token.text == "}":
            message = "`}` alone does not close `{{`"
        elif token.kind == "close":
            message = f"something is missing in {where}"
        else:
            message = f"unexpected `{shortened(token.text)}` in {where}"
        raise SyntaxProblem(message, token.start, token.end)

    def expect(self, kind: str, where: str) -> Token:
        token = self.skip()
        if token.kind != kind:
            self.unexpected(token, where)
        return self.next()

    # -- variables -----------------------------------------------------------------------------------------------------

    def define(self, *names: str) -> None:
        self.variables.extend(names)
        self.defined.update(names)

    def forget(self, count: int) -> None:
        """Drop all variables but the first ones."""
        for name in self.variables[count:]:
            self.defined[name] -= 1
        del self.variables[count:]

    # -- blocks --------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        while self.peek().kind != "eof":
            opened = self.next()
            token = self.skip()
            if token.kind in _CONTROLS:
                self.next()
                self.blocks.append(_Block(token.kind, token.start, token.end, len(self.variables), None, self.ranges))
                self.act(token.kind, self.pipeline(f"`{token.kind}`"))
                self.ranges += token.kind == "range"
            elif token.kind in ("define", "block"):
                self.definition(token)
            elif token.kind == "else":
                self.otherwise(token)
            elif token.kind == "end":
                self.end(token)
            elif token.kind in ("break", "continue"):
                self.next()
                if not self.ranges:
                    raise SyntaxProblem(f"`{token.kind}` stands outside of `range`", token.start, token.end)
                self.expect("close", f"`{token.kind}`")
                self.act(token.kind)
            elif token.kind == "template":
                self.next()
                self.expect("string", "`template`")
                if self.skip().kind == "close":
                    self.next()
                    self.act("template")
                else:
                    self.act("template", self.pipeline("`template`"))
            elif token.kind == "close":
                raise SyntaxProblem("there is nothing between `{{` and `}}`", opened.start, token.end)
            else:
                self.act("", self.pipeline("this action"))
        if self.blocks:
            block = self.blocks[-1]
            raise SyntaxProblem(f"`{block.keyword}` has no `{{{{ end }}}}`", block.start, block.end)

    def act(self, keyword: str, pipeline: Pipeline | None = None) -> None:
        self.actions.append(Action(keyword, pipeline))

    def definition(self, token: Token) -> None:
        if token.kind == "define" and self.blocks:
            raise SyntaxProblem("`define` stands inside of another block", token.start, token.end)
        self.next()
        self.expect("string", f"`{token.kind}`")
        if token.kind == "define":
            self.expect("close", "`define`")
            self.act("define")
        else:
            self.act("block", self.pipeline("`block`"))
        self.blocks.append(_Block(token.kind, token.start, token.end, 0, self.variables, self.ranges))
        self.variables, self.defined, self.ranges = [], Counter(), 0
        self.define("$")

    def otherwise(self, token: Token) -> None:
        self.next()
        block = self.blocks[-1] if self.blocks else None
        if block is None or block.keyword not in _CONTROLS or block.in_else:
            raise SyntaxProblem("`else` belongs to no `if`, `range` or `with`", token.start, token.end)
        following = self.skip()
        if following.kind in ("if", "with") and following.kind == block.keyword:
            self.next()
            self.act(f"else {following.kind}", self.pipeline(f"`else {following.kind}`"))
        else:
            block.in_else, self.ranges = True, block.ranges
            self.expect("close", "`else`")
            self.act("else")

    def end(self, token: Token) -> None:
        self.next()
        if not self.blocks:
            raise SyntaxProblem("`end` closes nothing", token.start, token.end)
        self.expect("close", "`end`")
        self.act("end")
        block = self.blocks.pop()
        self.ranges = block.ranges
        if block.outer is None:
            self.forget(block.variables)
        else:
            self.variables, self.defined = block.outer, Counter(block.outer)

    # -- pipelines -----------------------------------------------------------------------------------------------------

    def pipeline(self, where: str, end: str = "close") -> Pipeline:
        """Commands up to the end of the action or parenthesis, which is taken."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooDeep
        names = self.declarations(where)
        first = self.skip()
        commands: list[tuple[Operand, ...]] = []
        while (token := self.skip()).kind != end:
            if token.kind not in _TERMS:
                self.unexpected(token, where)
            if commands and token.kind in _OPERANDS:
                raise SyntaxProblem(f"`{shortened(token.text)}` is no function to pipe to", token.start, token.end)
            commands.append(self.command())
        if not commands:
            raise SyntaxProblem(f"something is missing in {where}", first.start, first.end)
        self.next()
        self.depth -= 1
        return Pipeline(names, tuple(commands))

    def declarations(self, where: str) -> tuple[str, ...]:
        """The names of `$x :=`, `$x =` or the `$i, $x :=` of a range, if the pipeline begins so."""
        names: list[str] = []
        while (token := self.skip()).kind == "variable":
            start = self.i
            self.next()
            following = self.skip()
            if following.kind in ("declare", "="):
                self.next()
                self.define(token.text)
                return (*names, token.text)
            if following.kind != ",":
                self.i = start
                return tuple(names)
            self.next()
            names.append(token.text)
            self.define(token.text)
            if where != "`range`" or len(names) > 1:
                raise SyntaxProblem(f"too many variables in {where}", token.start, token.end)
        if names and token.kind not in ("close", ")"):
            raise SyntaxProblem("a range can only declare variables", token.start, token.end)
        return tuple(names)

    def command(self) -> tuple[Operand, ...]:
        """Operands with blanks between them, up to a pipe, which is taken, or to what ends the pipeline."""
        found: list[Operand] = []
        while self.skip().kind in _TERMS:
            found.append(self.operand())
            token = self.peek()
            if token.kind == "space":
                continue
            if token.kind not in ("close", ")", "|"):
                self.unexpected(token, "an operand")
        token = self.peek()
        if token.kind == "|":
            self.next()
        elif token.kind not in ("close", ")"):
            self.unexpected(token, "an operand")
        return tuple(found)

    def operand(self) -> Operand:
        token = self.next()
        inner = None
        if token.kind == "word":
            self.call(token)
        elif token.kind == "variable" and not self.defined[token.text]:
            known = [name for name in dict.fromkeys(self.variables) if name != "$"]
            raise Undefined(f"the variable `{shortened(token.text)}` is not defined", token, known)
        elif token.kind == "string" and "\\" in token.text and "\N{REPLACEMENT CHARACTER}" not in token.text:
            unquote(self.text, token.start, token.end)
        elif token.kind == "char" and not _CHARACTER.fullmatch(token.text):
            raise SyntaxProblem("text belongs in double quotes or backquotes", token.start, token.end)
        elif token.kind == "(":
            inner = self.pipeline("these parentheses", ")")
        if self.peek().kind == "field" and token.kind in _OPERANDS:
            raise SyntaxProblem(
                f"unexpected `{shortened(self.peek().text)}` behind `{shortened(token.text)}`",
                self.peek().start,
                self.peek().end,
            )
        fields = [token.text] if token.kind == "field" else []
        while self.peek().kind == "field":
            fields.append(self.next().text)
        return Operand(token.kind, token.text, tuple(fields), token.start, self.tokens[self.i - 1].end, inner)

    def call(self, token: Token) -> None:
        if token.text not in self.functions:
            raise Undefined(f"there is no function `{shortened(token.text)}`", token)
        self.calls.append(Call(token.text, token.start, token.end))
