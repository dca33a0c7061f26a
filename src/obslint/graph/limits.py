"""Whether the compose files set the limit that a metric exposes, such as Redis' `maxmemory` or a container's memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from obslint.graph import nodes
from obslint.graph.answers import Answer, no, unknown, yes
from obslint.graph.graph import Graph
from obslint.knowledge.metric_facts import Unlimited
from obslint.lang import promql
from obslint.lang.tokens import re2_pattern

_NAMES: Final = ("name", "container_label_com_docker_compose_service")
"""cAdvisor's labels that hold the name of the container, and of the compose service."""


def limited(limit: Unlimited, selector: promql.VectorSelector, expression: nodes.Expression, graph: Graph) -> Answer:
    """Whether whatever the selector can find has the limit set; no, where something has not, or nothing is known.

    What counts are the stacks that belong together with those of the servers that evaluate the expression, all of the
    repository where these are not known.
    """
    services = _services(expression, graph)
    if limit.programs:
        answers = [_by_flag(service, limit.flags) for service in services if service.runs(*limit.programs)]
        if any(answer.yes for answer in answers) and any(answer.no for answer in answers):
            return unknown("some have the limit and some have not")
    elif limit.memory and expression.servers:
        answers = [_of_memory(service) for service in _selected(services, selector)]
    else:
        answers = []
    return _all(answers)


def _services(expression: nodes.Expression, graph: Graph) -> list[nodes.Service]:
    groups = {server.stack.group for server in expression.servers}
    return [service for service in graph.all(nodes.Service) if not groups or service.stack.group in groups]


def _selected(services: Iterable[nodes.Service], selector: promql.VectorSelector) -> Sequence[nodes.Service]:
    """The services whose containers a selector of cAdvisor's metrics may find, by their names."""
    matchers = [matcher for matcher in selector.matchers if matcher.label in _NAMES and matcher.value]
    return [service for service in services if all(_named(service, matcher) for matcher in matchers)]


def _named(service: nodes.Service, matcher: promql.Matcher) -> bool:
    if matcher.label == "name":
        given = service.fact.container_name
        name = given.text if given is not None else f"{service.stack.project}-{service.name}-1"
    else:
        name = service.name
    if matcher.op in ("=", "!="):
        return (name == matcher.value) == (matcher.op == "=")
    try:
        pattern = re2_pattern(f"^(?s:{matcher.value})$")
    except ValueError:
        return True
    return pattern is None or bool(pattern.fullmatch(name)) == (matcher.op == "=~")


def _by_flag(service: nodes.Service, flags: Sequence[str]) -> Answer:
    found = service.flag(*flags)
    if found is not None:
        return no(f"`{found.name}` is 0") if found.value in ("0", "0b") else yes()
    words = [*(service.fact.entrypoint or ()), *(service.fact.command or ())]
    if service.scripted or service.amended.unknown or any(".conf" in word.text or "$" in word.text for word in words):
        return unknown(f"service `{service.name}` may set it elsewhere")
    return no(f"service `{service.name}` does not set `--{flags[0]}`")


def _of_memory(service: nodes.Service) -> Answer:
    written = service.fact.memory_limit
    if written is not None:
        return no(f"the limit of service `{service.name}` is 0") if written.text == "0" else yes()
    if service.amended.unknown:
        return unknown(f"another file may limit service `{service.name}`")
    return no(f"service `{service.name}` has no memory limit")


def _all(answers: Sequence[Answer]) -> Answer:
    lacking = next((answer for answer in answers if answer.no), None)
    if lacking is not None or not answers:
        return lacking or no()
    return next((answer for answer in answers if answer.unknown), yes())
