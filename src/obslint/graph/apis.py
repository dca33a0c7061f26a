"""Which APIs a component offers, and at which paths a URL finds them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from obslint.graph.graph import Graph
from obslint.graph.listening import configured
from obslint.graph.nodes import Link, Service
from obslint.knowledge import Api
from obslint.lang.interpolation import HOLE


def offers(service: Service, *wanted: str) -> list[Api] | None:
    """The APIs of these kinds that a known component has; None where that is not known."""
    component = service.component
    if component is None or (not component.apis and component.role != "exporter"):
        return None
    return [api for api in component.apis if api.serves in wanted]


def switched_off(service: Service, api: Api) -> bool | None:
    """Whether an API waits for a flag that is not given; None where the flags are not all known."""
    if not api.flags:
        return False
    for written in api.flags:
        name, _, value = written.partition("=")
        given = [flag.value or "" for flag in service.all_flags(name)]
        if any(HOLE in text for text in given):
            return None
        if value:
            on = any(value in text.split(",") for text in given)
        else:
            on = any(text.lower() not in ("false", "0", "f") for text in given)
        if on:
            return False
    return None if service.scripted or service.amended.unknown else True


def at_path(link: Link, apis: Sequence[Api]) -> bool:
    """Whether the path of a URL is one at which any of these APIs is found; an API whose paths are unknown fits all."""
    path = url_path(link)
    return any(
        not api.paths or any(re.fullmatch(_pattern(item), path) is not None for item in api.paths) for api in apis
    )


def url_path(link: Link) -> str:
    """The path of a link's URL without query, fragment and trailing slashes."""
    return re.split(r"[?#]", link.address.path, maxsplit=1)[0].rstrip("/")


def _pattern(path: str) -> str:
    return re.escape(path.rstrip("/")).replace(r"\*", "[^/]+")


def prefixed(service: Service, graph: Graph) -> bool | None:
    """Whether a prefix stands before every path of a component; None where a configuration that was not read says."""
    prefix = service.component.prefix if service.component else None
    if prefix is None:
        return False
    if service.may_be_set(*prefix.flags, *prefix.env):
        return True
    if not prefix.keys:
        return False
    loki = graph.loki_of(service)
    if loki is not None:
        return any(entry.name.text in prefix.keys for entry in loki.fact.serving)
    return None if configured(service) else False
