"""Symbolic label sets: which labels the series of a result carry, may carry and cannot carry, and with which values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from obslint.lang.tree import Node

MAX_VALUES: Final = 64
"""A label with more known values than this counts as open."""

_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of the series of one result.

    Every series has those of `sure`. None has a label of `never`, or one outside of `possible` where that is not None;
    `never` and `closer` say which part of the expression sees to it. `values` are the only values of a label, where it
    is there. `possible` holds all of `sure` and nothing of `never`.
    """

    sure: frozenset[str] = _NONE
    possible: frozenset[str] | None = None
    never: Mapping[str, Node] = field(default_factory=dict)
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    closer: Node | None = None

    @property
    def exact(self) -> bool:
        """Whether every series has the same labels, all of them known."""
        return self.possible == self.sure

    def has(self, label: str) -> bool | None:
        """Whether the series have the label; None where some may."""
        if label in self.sure:
            return True
        if label in self.never or (self.possible is not None and label not in self.possible):
            return False
        return None

    def why_not(self, label: str) -> Node | None:
        """The part of the expression that takes the label away, where `has` says no."""
        return self.never.get(label) or self.closer

    def without(self, labels: Iterable[str], why: Node) -> Labels:
        """These labels removed."""
        gone = frozenset(labels)
        return Labels(
            self.sure - gone,
            None if self.possible is None else self.possible - gone,
            {**dict.fromkeys(gone, why), **self.never},
            {label: known for label, known in self.values.items() if label not in gone},
            self.closer,
        )

    def only(self, labels: Iterable[str], why: Node) -> Labels:
        """No labels but these."""
        kept = frozenset(labels)
        possible = kept.difference(self.never) if self.possible is None else kept & self.possible
        lost = {} if self.closer is None else dict.fromkeys(kept - possible, self.closer)
        values = {label: known for label, known in self.values.items() if label in kept}
        return Labels(self.sure & kept, possible, {**lost, **self.never}, values, why)

    def put(self, label: str, values: frozenset[str] | None, sure: bool) -> Labels:
        """The label set, whatever it was: to one of these values, or to anything; not `sure`: or removed."""
        known = {name: old for name, old in self.values.items() if name != label}
        if values is not None and len(values) <= MAX_VALUES:
            known[label] = values
        return Labels(
            self.sure | {label} if sure else self.sure - {label},
            None if self.possible is None else self.possible | {label},
            {name: why for name, why in self.never.items() if name != label} if label in self.never else self.never,
            known,
            self.closer,
        )

    def because(self, why: Node) -> Labels:
        """The same, with another reason for every label that is not there, of this expression and no other."""
        if not self.never and self.closer is None:
            return self
        return Labels(self.sure, self.possible, dict.fromkeys(self.never, why), self.values, self.closer and why)

    def doubt(self, labels: Iterable[str]) -> Labels:
        """The same, but these labels may have been lost."""
        return Labels(self.sure.difference(labels), self.possible, self.never, self.values, self.closer)

    def either(self, other: Labels) -> Labels:
        """What holds for the series of both."""
        values = {
            label: united
            for label in {*self.values, *other.values}
            if (united := self._values_or(label, other)) is not None
        }
        possible = None if self.possible is None or other.possible is None else self.possible | other.possible
        never = {
            label: why
            for label, why in (*self.never.items(), *other.never.items())
            if self.has(label) is False and other.has(label) is False
        }
        return Labels(self.sure & other.sure, possible, never, values, self.closer or other.closer)

    def _values_or(self, label: str, other: Labels) -> frozenset[str] | None:
        mine = _NONE if self.has(label) is False else self.values.get(label)
        theirs = _NONE if other.has(label) is False else other.values.get(label)
        united = None if mine is None or theirs is None else mine | theirs
        return united if united is not None and len(united) <= MAX_VALUES else None

    def clash(self, other: Labels, compared: Compared) -> str | None:
        """A label in which no series of both can agree, if it is compared: the reason to match nothing.

        An absent label agrees with an absent one only.
        """
        for label in sorted(self.sure | other.sure):
            if not compared.has(label):
                continue
            if self.has(label) is False or other.has(label) is False:
                return label
            mine, theirs = self.values.get(label), other.values.get(label)
            if mine is not None and theirs is not None and mine.isdisjoint(theirs):
                return label
        return None

    def agreeing(self, other: Labels, compared: Compared, why: Node) -> Labels:
        """These series as far as one of `other` agrees with them in the labels that are compared."""
        lost = {label: other.why_not(label) or why for label in other.never if compared.has(label)}
        possible = self.possible
        if other.possible is not None:
            if compared.on:
                lost |= {label: other.closer or why for label in compared.labels if other.has(label) is False}
            elif possible is None:
                possible = other.possible | compared.labels.difference(self.never)
            else:
                gone = frozenset(label for label in possible if label not in other.possible and compared.has(label))
                lost |= {label: other.why_not(label) or why for label in gone}
                possible -= gone
        if lost and possible is not None:
            possible = possible.difference(lost)
        values = dict(self.values)
        for label, known in other.values.items():
            if compared.has(label):
                values[label] = values[label] & known if label in values else known
        sure = self.sure.union(filter(compared.has, other.sure))
        return Labels(sure, possible, {**lost, **self.never}, values, self.closer)


@dataclass(frozen=True, slots=True)
class Compared:
    """Which labels a vector matching compares: `labels` alone if `on`, else all but `labels`."""

    labels: frozenset[str]
    on: bool

    def has(self, label: str) -> bool:
        """Whether the label is compared."""
        return (label in self.labels) == self.on


NO_LABELS: Final = Labels(possible=_NONE)
ANY_LABELS: Final = Labels()
