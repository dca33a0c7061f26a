"""Three-valued answers that keep their reasons: rules act on yes and no, and are silent on unknown."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Verdict(enum.Enum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict and why, in words that can be printed."""

    verdict: Verdict
    why: tuple[str, ...] = ()

    @property
    def yes(self) -> bool:
        return self.verdict is Verdict.YES

    @property
    def no(self) -> bool:
        return self.verdict is Verdict.NO

    @property
    def unknown(self) -> bool:
        return self.verdict is Verdict.UNKNOWN


def yes(*why: str) -> Answer:
    return Answer(Verdict.YES, why)


def no(*why: str) -> Answer:
    return Answer(Verdict.NO, why)


def unknown(*why: str) -> Answer:
    return Answer(Verdict.UNKNOWN, why)
