"""Rules from every installed package: the entry-point group `obslint.rules` names functions that give rule classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

from obslint.rules.base import FAMILIES, Rule

GROUP = "obslint.rules"


class PluginError(Exception):
    """A package that offers rules cannot be loaded, or offers something that is no rule; exit code 2."""


class UnknownRuleError(ValueError):
    """`words` are neither codes nor families nor names of rules."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(f"no rule, family or name is called {', '.join(f'`{word}`' for word in words)}")
        self.words = words


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


def choose(
    rules: Sequence[Rule[Any]], select: Sequence[str] = (), ignore: Sequence[str] = (), enable: Sequence[str] = ()
) -> list[Rule[Any]]:
    """The rules that `select` takes in, all of them if it is empty, but for those of `ignore`.

    They hold codes, families and names. A rule that is not on by default is taken in only where its code or name is
    in `select` or `enable`. Raises `UnknownRuleError`.
    """
    strange = [
        word
        for word in (*select, *ignore, *enable)
        if word not in FAMILIES and not any(_is(rule, word) for rule in rules)
    ]
    if strange:
        raise UnknownRuleError(strange)
    asked = {*select, *enable}
    return [
        rule
        for rule in rules
        if (not select or any(_is(rule, word) for word in asked))
        and (rule.enabled or not asked.isdisjoint((rule.code, rule.name)))
        and not any(_is(rule, word) for word in ignore)
    ]


def configure(rules: Sequence[Rule[Any]], settings: Mapping[str, object]) -> None:
    """Give rules the options that are set for them, by code."""
    for rule in rules:
        if rule.code in settings:
            rule.options = settings[rule.code]


def _is(rule: Rule[Any], word: str) -> bool:
    return word in (rule.code, rule.code[:3], rule.name)
