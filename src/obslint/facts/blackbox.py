"""What a configuration of the blackbox exporter says."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Scalar
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class Module:
    """One way to probe, by its name."""

    name: Scalar
    prober: Scalar


@dataclass(frozen=True, slots=True)
class BlackboxFile:
    """The modules that a scrape job may name in its parameter `module`."""

    path: str
    place: Place
    modules: tuple[Module, ...]
