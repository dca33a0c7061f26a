"""What a template consists of. `start` and `end` are code points of the parsed text, half-open."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.lang.tokens import SyntaxProblem


@dataclass(frozen=True, slots=True)
class Call:
    """A function's name where it is called, `start` to `end` in the text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Operand:
    """A value: `kind` is that of its token. `text` is a function's or variable's name, or a constant as written.

    `fields` are read of it in turn, each with its dot; a chain such as `.Labels.job` has no more than these.
    """

    kind: str
    text: str
    fields: tuple[str, ...]
    start: int
    end: int
    inner: Pipeline | None = None
    """What stands in parentheses."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands with `|` between them, each a list of operands, and the variables that take the result."""

    names: tuple[str, ...]
    commands: tuple[tuple[Operand, ...], ...]


@dataclass(frozen=True, slots=True)
class Action:
    """What stands between `{{` and `}}`: a keyword such as `if`, `else if` or `end`, empty for what is printed."""

    keyword: str
    pipeline: Pipeline | None


@dataclass(frozen=True, slots=True)
class Template:
    """What a text is as a template. `problem` is the first mistake; `calls` and `actions` are those before it."""

    calls: tuple[Call, ...]
    problem: SyntaxProblem | None
    actions: tuple[Action, ...] = ()
