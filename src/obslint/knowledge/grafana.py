"""What Grafana has no more, as data: `grafana_removed.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from obslint.knowledge import Fact

ANGULAR_OFF = Fact(since="11.0")
"""Plugins built with AngularJS are not loaded, unless a setting says so."""
ANGULAR_GONE = Fact(since="12.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedSetting(Fact):
    """A setting that Grafana has no more from `since` on; `key` as `section.name`, or `section.*` for all others."""

    key: str
    why: str
    instead: str
    refuses: str | None = None
    """The value with which Grafana does not start."""


@dataclass(frozen=True, slots=True)
class Removals:
    settings: tuple[RemovedSetting, ...]
    plugins: Mapping[str, str]
    """Plugins that need AngularJS, and what to use instead."""

    def setting(self, key: str) -> RemovedSetting | None:
        """What is known of a setting by its dotted name, in lower case."""
        section = key.rpartition(".")[0]
        return next((one for one in self.settings if one.key in (key, f"{section}.*")), None)

    def variable(self, name: str) -> RemovedSetting | None:
        """What is known of a setting by the variable that sets it: `GF_<SECTION>_<NAME>`."""
        for one in self.settings:
            prefix = "GF_" + one.key.removesuffix("*").upper().replace(".", "_").replace("-", "_")
            if name.startswith(prefix) if one.key.endswith("*") else name == prefix:
                return one
        return None


@cache
def removals() -> Removals:
    import yaml  # only Grafana's services pay for it

    text = Path(__file__).with_name("grafana_removed.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    return Removals(tuple(RemovedSetting(**one) for one in data["settings"]), data["plugins"])
