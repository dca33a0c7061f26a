"""Which command-line flags components know, by release, as data: `flags.json`, written by `tools/make_flags.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from obslint.knowledge import Fact, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFlag(Fact):
    """A flag, and what is known of its value: nothing, a grammar of `lang.flag_values`, or the choices."""

    grammar: str = ""
    choices: tuple[str, ...] = ()
    switch: bool = False
    """Whether it takes no value of its own."""
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class FlagTable:
    """The flags of one component, by name without dashes, between two releases."""

    oldest: Version
    newest: Version
    complete: bool
    """Whether a flag that is not here is known to be none."""
    repeatable: frozenset[str]
    flags: Mapping[str, list[Any]]

    def get(self, name: str) -> KnownFlag | None:
        found = self.flags.get(name)
        if not found:
            return None
        since, until, takes = (*found, None)[:3]
        switch = takes == "switch"
        return KnownFlag(
            since=since,
            until=until,
            grammar=takes if isinstance(takes, str) and not switch else "",
            choices=tuple(takes) if isinstance(takes, list) else (),
            switch=switch,
            repeatable=name in self.repeatable,
        )

    def covers(self, version: Version) -> bool:
        return self.oldest <= version[:2] <= self.newest


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("flags.json").read_text(encoding="utf-8"))
    return found


def flag_table(component: str) -> FlagTable | None:
    """The flags of a component as `knowledge` calls it; None where no table of them is kept."""
    known = _data().get(component)
    if known is None:
        return None
    oldest, newest = (tuple(int(part) for part in known[end].split(".")) for end in ("oldest", "newest"))
    return FlagTable(oldest, newest, known["complete"], frozenset(known["repeatable"]), known["flags"])
