"""Which functions templates may call, as data: `template_functions.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TemplateLanguage:
    """What the templates of one component may use."""

    functions: Mapping[str, str | None]
    """The first release that may know each; None for those that all known releases have."""
    variables: tuple[str, ...]
    """What is defined before the template begins."""
    elsewhere: frozenset[str]
    """Functions and variables that another program has which reads such files, too."""
    meant: Mapping[str, str]
    """What to write instead of names that other template languages have."""


@cache
def template_language(component: str) -> TemplateLanguage:
    """The templates of `prometheus` or `alertmanager`; KeyError for another component."""
    import yaml  # only files with templates pay for it

    text = Path(__file__).with_name("template_functions.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    own = data[component]
    functions = dict.fromkeys((*data["go"]["always"], *own["always"])) | own["later"]
    return TemplateLanguage(
        functions, tuple(own.get("variables", ())), frozenset(own.get("elsewhere", ())), own.get("meant", {})
    )
