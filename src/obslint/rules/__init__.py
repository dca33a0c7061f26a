"""The built-in rules: one folder a family, one file a rule. They enter by the door plugins use: `rules()`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

from obslint.rules.base import Rule


def rules() -> Iterator[type[Rule[Any]]]:
    """Every rule class of this package, in the order of their codes."""
    found: list[type[Rule[Any]]] = []
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        if module.ispkg or module.name == f"{__name__}.base":
            continue
        loaded = importlib.import_module(module.name)
        found.extend(
            value
            for _, value in inspect.getmembers(loaded, inspect.isclass)
            if issubclass(value, Rule) and value.__module__ == module.name
        )
    yield from sorted(found, key=lambda rule: rule.code)
