"""Where a value flows in a Go template: which parts put it into the text, not merely ask about it."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

from obslint.lang.gotemplate import Operand, Pipeline, Template

# What these return is one of few values, or is not made of their arguments' values.
_BOUNDED: Final = frozenset(
    ("and", "eq", "ge", "gt", "label", "le", "len", "lt", "match", "ne", "not", "query", "slice", "strvalue")
)
# Fields of these are named by whoever writes the labels.
_LABELS: Final = frozenset((".Labels", ".ExternalLabels", ".CommonLabels", ".GroupLabels", ".Annotations"))
_LABEL_VARIABLES: Final = frozenset(("$labels", "$externalLabels"))


def printed(template: Template, sources: Container[str]) -> Iterator[Operand]:
    """The operands by which a source gets into the text: variables (`$value`), fields (`.Value`), functions (`value`).

    Followed through variables, `with`, parentheses and functions; a comparison's result is no longer the value. The
    body of a `define` is passed over, for where it is used is not known.
    """
    flow = _Flow(sources)
    for action in template.actions:
        if flow.enter(action.keyword, action.pipeline) and action.pipeline is not None:
            origin = flow.result(action.pipeline)
            if origin is not None and not action.pipeline.names:
                yield origin


class _Flow:
    def __init__(self, sources: Container[str]) -> None:
        self.sources = sources
        self.variables: dict[str, Operand | None] = {}
        self.dots: list[Operand | None] = [None]
        self.blocks: list[str] = []

    def enter(self, keyword: str, pipeline: Pipeline | None) -> bool:
        """Follow a keyword; whether the action prints what its pipeline yields."""
        if keyword in ("if", "with", "range", "block", "define"):
            origin = self.result(pipeline) if pipeline is not None else None
            self.blocks.append(keyword)
            self.dots.append(origin if keyword in ("with", "block") else self.dots[-1] if keyword == "if" else None)
        elif keyword.startswith("else"):
            origin = self.result(pipeline) if pipeline is not None else None
            self.dots[-1] = origin if keyword == "else with" else self.dots[-2]
        elif keyword == "end":
            self.blocks.pop()
            self.dots.pop()
        return not keyword and "define" not in self.blocks

    def result(self, pipeline: Pipeline) -> Operand | None:
        """The source in what a pipeline yields; None where there is none. Its variables take it."""
        carried: Operand | None = None
        for command in pipeline.commands:
            carried = self.command(command, carried)
        for name in pipeline.names:
            self.variables[name] = carried
        return carried

    def command(self, operands: tuple[Operand, ...], piped: Operand | None) -> Operand | None:
        head, *arguments = operands
        if head.kind != "word":
            return self.origin(head)
        if head.text in self.sources:
            return head
        if head.text in _BOUNDED:
            return None
        return next((found for operand in arguments if (found := self.origin(operand)) is not None), piped)

    def origin(self, operand: Operand) -> Operand | None:
        if operand.text not in _LABEL_VARIABLES:
            for name in operand.fields:
                if name in _LABELS:
                    return None
                if name in self.sources:
                    return operand
        if operand.fields:
            return None
        if operand.kind == "variable":
            return operand if operand.text in self.sources else self.variables.get(operand.text)
        if operand.kind == "dot":
            return self.dots[-1]
        return self.result(operand.inner) if operand.inner is not None else None
