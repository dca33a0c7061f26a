"""What the labels and annotations of alerts read, as Prometheus and vmalert execute them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from obslint.facts.common import Scalar
from obslint.facts.prometheus import Rule
from obslint.knowledge.templates import template_language
from obslint.lang import gotemplate
from obslint.lang.alert_templates import Reading, read


@lru_cache(maxsize=4096)
def reading(text: str) -> Reading | None:
    """What a text reads; None for one that is no template, or broken, which is for another rule to say."""
    if "{{" not in text:
        return None
    language = template_language("prometheus")
    functions = {*language.functions, *language.elsewhere}
    template = gotemplate.parse(text, functions, [*language.variables, *sorted(language.elsewhere)])
    return None if template.problem is not None else read(text, template)


def texts(rule: Rule) -> Iterator[tuple[str, Scalar]]:
    """The labels and annotations of an alert that are templates, each with what it is in words."""
    for what, entries in (("label", rule.labels), ("annotation", rule.annotations)):
        for entry in entries:
            if entry.value is not None and "{{" in entry.value.text:
                yield f"{what} `{entry.name}` of alert `{rule.name}`", entry.value


def queries(rule: Rule) -> Iterator[tuple[str, Scalar]]:
    """The expressions that the texts of an alert ask, each with where it stands, in words."""
    if not rule.alerting:
        return
    for what, text in texts(rule):
        found = reading(text.text) if "query" in text.text else None
        for use in dict.fromkeys(found.queries if found is not None else ()):
            if use.start is not None and use.end is not None:
                yield f"a query in {what}", Scalar(use.text, text.place.within(use.start, use.end))
