"""What the template of an alert reads: labels, values and queries, followed through variables, blocks and functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from obslint.lang.gotemplate import Operand, Pipeline, Template
from obslint.lang.tokens import SyntaxProblem, unquote


@dataclass(frozen=True, slots=True)
class QueryUse:
    """A PromQL expression that the template asks; `text` has a letter for each character of a `printf` verb.

    `start` and `end` are those of the string literal without its quotes; None where it is no literal of this template
    character for character.
    """

    text: str
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class LabelUse:
    """A label that is put into the text: of the alert, or of a sample that `query` finds, where that is known."""

    name: str
    start: int
    end: int
    query: QueryUse | None = None


@dataclass(frozen=True, slots=True)
class ValueUse:
    """A sample's value that is put into the text: the alert's own, or one that a query finds.

    `functions` are those it went through, `printf` with its format; `after` is the text right behind the action.
    """

    start: int
    end: int
    functions: tuple[str, ...]
    after: str
    own: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """All that is read. What only decides whether something is printed is left out."""

    labels: tuple[LabelUse, ...]
    values: tuple[ValueUse, ...]
    queries: tuple[QueryUse, ...]


def read(text: str, template: Template) -> Reading:
    """What a template without problems reads. The body of a `define` is passed over: where it is used is not known."""
    reader = _Reader(text)
    for action in template.actions:
        reader.act(action.keyword, action.pipeline)
    return Reading(tuple(reader.labels), tuple(reader.values), tuple(reader.queries))


_BOUNDED: Final = frozenset(("eq", "ge", "gt", "le", "len", "lt", "match", "ne", "not", "slice"))
"""What these return is one of few values; their arguments are asked about, not printed."""
_VERB: Final = re.compile(r"%(?:%|[-+# 0]*(?:\d+|\*)?(?:\.\d+)?[a-zA-Z])")


@dataclass(frozen=True, slots=True)
class _Value:
    kind: str
    """`alert`, `labels`, `value`, `vector`, `sample`, `text` or `other`."""
    query: QueryUse | None = None
    """Of what is found by one; None: the alert's own."""
    found: bool = False
    """Whether a query found it, known or not."""
    text: str | None = None
    literal: Operand | None = None
    """The string that `text` is, if it is one of the template."""
    operand: Operand | None = None
    """What put a value here."""
    functions: tuple[str, ...] = ()
    label: str | None = None
    """The label that this is the text of."""


_OTHER: Final = _Value("other")
_ALERT: Final = _Value("alert")
_VARIABLES: Final = {"$": _ALERT, "$labels": _Value("labels"), "$value": _Value("value")}


@dataclass(slots=True)
class _Block:
    keyword: str
    dot: _Value
    asked: frozenset[str] = field(default_factory=frozenset)
    """Labels that decide whether the body is printed."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.labels: list[LabelUse] = []
        self.values: list[ValueUse] = []
        self.queries: list[QueryUse] = []
        self.variables: dict[str, _Value] = {}
        self.blocks: list[_Block] = [_Block("", _ALERT)]
        self.asking = 0
        self.asked: set[str] = set()

    # -- actions -------------------------------------------------------------------------------------------------------

    def act(self, keyword: str, pipeline: Pipeline | None) -> None:
        if keyword in ("if", "with", "range", "block", "define"):
            outer = self.blocks[-1]
            inside = _Block(keyword, outer.dot, outer.asked)
            if keyword == "define":
                inside.dot = _OTHER
            elif pipeline is not None:
                self.enter(inside, keyword, pipeline)
            self.blocks.append(inside)
        elif keyword.startswith("else"):
            outer = self.blocks[-2]
            inside = self.blocks[-1]
            inside.dot, inside.asked = outer.dot, outer.asked
            if pipeline is not None:
                self.enter(inside, keyword.removeprefix("else "), pipeline)
        elif keyword == "end":
            self.blocks.pop()
        elif pipeline is not None and not any(block.keyword == "define" for block in self.blocks):
            self.printed(pipeline)

    def enter(self, block: _Block, keyword: str, pipeline: Pipeline) -> None:
        """The condition of a block: what it asks about, and what `.` is in its body."""
        before, self.asked = self.asked, set()
        self.asking += 1
        value = self.result(pipeline)
        self.asking -= 1
        block.asked, self.asked = block.asked | self.asked, before
        if keyword in ("with", "block"):
            block.dot = value
        elif keyword == "range":
            item = replace(value, kind="sample") if value.kind == "vector" else _OTHER
            block.dot = item
            if pipeline.names:
                self.variables[pipeline.names[-1]] = item

    def printed(self, pipeline: Pipeline) -> None:
        if pipeline.names:
            self.asking += 1  # what is only assigned is not printed yet
            self.result(pipeline)
            self.asking -= 1
            return
        value = self.result(pipeline)
        if value.kind == "value" and value.operand is not None:
            end = self.text.find("}}", pipeline.commands[-1][-1].end) + 2
            use = ValueUse(
                value.operand.start, value.operand.end, value.functions, self.text[end : end + 8], not value.found
            )
            self.values.append(use)

    # -- values --------------------------------------------------------------------------------------------------------

    def result(self, pipeline: Pipeline) -> _Value:
        carried: _Value | None = None
        for command in pipeline.commands:
            carried = self.command(command, carried)
        value = carried or _OTHER
        for name in pipeline.names:
            self.variables[name] = value
        return value

    def command(self, operands: Sequence[Operand], piped: _Value | None) -> _Value:
        head, *arguments = operands
        if head.kind != "word":
            return self.value(head)
        return self.call(head, arguments, piped)

    def value(self, operand: Operand) -> _Value:
        fields = operand.fields
        match operand.kind:
            case "dot" | "field":
                value = self.blocks[-1].dot
            case "variable":
                value = self.variables.get(operand.text) or _VARIABLES.get(operand.text, _OTHER)
            case "string":
                return self.literal(operand)
            case "word":
                value = self.call(operand, (), None)
            case _:
                value = self.result(operand.inner) if operand.inner is not None else _OTHER
        for name in fields:
            value = self.field(value, name.removeprefix("."), operand)
        if value.kind == "text" and value.label is not None and not fields:
            self.use(value.label, operand, value)
        return replace(value, operand=value.operand or operand) if value.kind == "value" else value

    def literal(self, operand: Operand) -> _Value:
        try:
            text = unquote(self.text, operand.start, operand.end)
        except SyntaxProblem:
            return _OTHER
        plain = len(text) == operand.end - operand.start - 2
        return _Value("text", text=text, literal=operand if plain else None)

    def field(self, value: _Value, name: str, operand: Operand) -> _Value:
        if value.kind in ("alert", "sample"):
            kind = {"Labels": "labels", "Value": "value"}.get(name)
            return replace(value, kind=kind) if kind else _OTHER
        if value.kind == "labels":
            return self.label(value, name, operand)
        return _OTHER

    def label(self, owner: _Value, name: str, operand: Operand) -> _Value:
        value = _Value("text", owner.query, owner.found, label=name)
        self.use(name, operand, value)
        return value

    def use(self, name: str, operand: Operand, value: _Value) -> None:
        if value.found and value.query is None:
            return
        if self.asking:
            self.asked.add(name)
        elif name not in self.blocks[-1].asked:
            self.labels.append(LabelUse(name, operand.start, operand.end, value.query))

    # -- functions -----------------------------------------------------------------------------------------------------

    def call(self, head: Operand, arguments: Sequence[Operand], piped: _Value | None) -> _Value:
        name = head.text
        asks = name in _BOUNDED or name in ("and", "or")
        self.asking += asks
        values = [self.value(argument) for argument in arguments]
        self.asking -= asks
        if piped is not None:
            values.append(piped)
        last = values[-1] if values else _OTHER
        match name:
            case "query":
                return self.query(last)
            case "first" if last.kind == "vector":
                return replace(last, kind="sample")
            case "sortByLabel" if last.kind == "vector":
                return last
            case "value" if last.kind == "sample":
                return replace(last, kind="value", operand=head)
            case "label" if last.kind == "sample" and values[0].text is not None:
                return self.label(replace(last, kind="labels"), values[0].text, arguments[0])
            case "index" if len(values) > 1 and values[0].kind == "labels" and values[1].text is not None:
                return self.label(values[0], values[1].text, arguments[-1])
            case "index" if values and values[0].kind == "vector":
                return replace(values[0], kind="sample")
            case "printf" if values and values[0].text is not None:
                return self.formatted(values)
            case _ if name in _BOUNDED:
                return _OTHER
            case _:
                flowing = next((value for value in values if value.kind == "value"), None)
                if flowing is not None:
                    return replace(flowing, functions=(*flowing.functions, name))
                return _Value("text")

    def formatted(self, values: Sequence[_Value]) -> _Value:
        form = values[0].text or ""
        flowing = next((value for value in values[1:] if value.kind == "value"), None)
        if flowing is not None:
            return replace(flowing, functions=(*flowing.functions, f"printf {form}"))
        text = _VERB.sub(lambda verb: "x" * len(verb[0]), form)
        return _Value("text", text=text, literal=values[0].literal)

    def query(self, value: _Value) -> _Value:
        if value.kind != "text" or value.text is None:
            return _Value("vector", found=True)
        literal = value.literal
        place = (None, None) if literal is None else (literal.start + 1, literal.end - 1)
        use = QueryUse(value.text, *place)
        self.queries.append(use)
        return _Value("vector", use, True)
