"""Rules from every installed package: the entry-point group `obslint.rules` names functions that give rule classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import entry_points
from typing import Any

from obslint.rules.base import FAMILIES, Rule

GROUP = "obslint.rules"


class PluginError(Exception):
    """A package that offers rules cannot be loaded, or offers something that is no rule; exit code 2."""


def load() -> list[Rule[Any]]:
    """One instance of every rule, in the order of their codes. Raises `PluginError`, never loads less in silence."""
    found: dict[str, Rule[Any]] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name != "obslint", entry.name)):
        try:
            offered: Iterable[Any] = entry.load()()
            for rule in offered:
                if not (isinstance(rule, type) and issubclass(rule, Rule)):
                    raise TypeError(f"{rule!r} is no Rule")
                missing = [name for name in ("code", "name", "severity", "on") if not hasattr(rule, name)]
                if missing:
                    raise TypeError(f"{rule.__name__} does not say its {', '.join(missing)}")
                other = found.get(rule.code)
                if other is not None and type(other) is not rule:
                    raise ValueError(f"{rule.code} is taken by {type(other).__module__}")
                found[rule.code] = rule()
        except Exception as error:
            raise PluginError(f"rules of `{entry.name}` ({entry.value}) cannot be loaded: {error}") from error
    return [found[code] for code in sorted(found)]


def matches(rule: Rule[Any], selectors: Sequence[str]) -> bool:
    """Whether a rule is meant by one of these codes, families or names."""
    return any(selector in (rule.code, rule.code[:3], rule.name) for selector in selectors)


def unknown_selectors(rules: Sequence[Rule[Any]], selectors: Sequence[str]) -> list[str]:
    """Selectors that mean nothing: neither a code, nor a family, nor a name."""
    return [
        selector
        for selector in selectors
        if selector not in FAMILIES and not any(matches(rule, [selector]) for rule in rules)
    ]
