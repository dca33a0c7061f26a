"""Variables in configuration: those that components themselves replace, each in its own grammar, and any others.

An OpenTelemetry Collector reads `${NAME}`, `${env:NAME}` and `${env:NAME:-default}`, and `$$` as `$` (configuration
documentation, "Environment variables"); Beats, Kibana and Elasticsearch read `${NAME}` and `${NAME:default}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal

from obslint.lang.interpolation import HOLE, Interpolated

Grammar = Literal["otel", "elastic"]

_REFERENCE = re.compile(r"\$\$|\$\{([^{}$]*)\}|\$\{|\$(?=[A-Za-z_])")
_NAME = r"[A-Za-z_][A-Za-z0-9_.]*"
_BODY = {
    "otel": re.compile(rf"(?:env:(?P<name>{_NAME})(?::-(?P<default>.*))?|(?P<bare>{_NAME}))\Z", re.DOTALL),
    "elastic": re.compile(rf"(?P<name>{_NAME})(?::(?P<default>(?!\?).*))?(?P<bare>\Z)", re.DOTALL),
}


_RENDERED = re.compile(r"\$\{|\$\(|^\$[A-Za-z_]|\{\{|\{%|%\{|<%")


def rendered(text: str) -> bool:
    """Whether another program writes the value before the component reads it, as far as the text shows."""
    return _RENDERED.search(text) is not None


def expand(text: str, values: Mapping[str, str], grammar: Grammar) -> Interpolated:
    """Replace the references of a value; what `values` does not hold and what is no plain variable is a hole."""
    if "$" not in text:
        return Interpolated(text)
    defaulted: list[str] = []
    return Interpolated(_REFERENCE.sub(_replace(values, grammar, defaulted), text), bool(defaulted))


def _replace(values: Mapping[str, str], grammar: Grammar, defaulted: list[str]) -> Callable[[re.Match[str]], str]:
    def one(match: re.Match[str]) -> str:
        body = match.group(1)
        if match.group() == "$$" and grammar == "otel":
            return "$"
        if body is None:  # an open end or a nested reference; only the collectors before 0.104 read a bare `$NAME`
            return HOLE if match.group() == "${" or grammar == "otel" else match.group()
        found = _BODY[grammar].match(body)
        if found is None:
            return HOLE
        name, default = found["name"] or found["bare"], found["default"]
        value = values.get(name)
        if value is None and default is not None:
            defaulted.append(name)
            return default
        return HOLE if value is None else value

    return one
