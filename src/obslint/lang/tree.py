"""What the syntax trees of PromQL and LogQL share. `start` and `end` are code points of the parsed text, half-open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Node:
    """Anything that has a place in the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Label(Node):
    """A label name in `by`, `without`, `on`, `ignoring`, `group_left` or `group_right`."""

    name: str


@dataclass(frozen=True, slots=True)
class Matcher(Node):
    """`label op "value"`; `value_start` to `value_end` are the characters between the quotes."""

    label: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str
    value_start: int
    value_end: int


@dataclass(frozen=True, slots=True)
class Duration(Node):
    """A range, step or offset; None where it depends on the query (`step()`, `range()`, MetricsQL's `5i`)."""

    milliseconds: int | None


@dataclass(frozen=True, slots=True)
class Matching(Node):
    """How two vectors are matched: `on` or `ignoring` labels, `group_left` or `group_right`, `fill` values."""

    on: bool
    labels: tuple[Label, ...]
    group: Literal["left", "right"] | None = None
    include: tuple[Label, ...] = ()
    fill_left: float | None = None
    fill_right: float | None = None
