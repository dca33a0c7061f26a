"""Traefik's labels on a container, and what a router's rule can match (Traefik 2 and 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from obslint.lang import tokens


@dataclass(frozen=True, slots=True)
class Option:
    """One value, and the label it was read from."""

    label: str
    value: str


@dataclass(slots=True)
class Router:
    """An HTTP, TCP or UDP router."""

    name: str
    protocol: str
    label: str
    """The first label that speaks of it."""
    rule: Option | None = None
    entry_points: tuple[str, ...] | None = None
    """None where nothing is said: then it listens on all of them, or on those that are defaults."""
    middlewares: tuple[str, ...] = ()
    """As written, e.g. `auth@file`."""
    service: Option | None = None
    tls: bool = False


@dataclass(slots=True)
class Service:
    """An HTTP, TCP or UDP service."""

    name: str
    protocol: str
    label: str
    port: Option | None = None
    """`loadbalancer.server.port`."""
    scheme: Option | None = None
    url: Option | None = None


@dataclass(slots=True)
class Labels:
    """What a container's labels tell Traefik. None for a switch that no label sets."""

    enable: Option | None = None
    network: Option | None = None
    routers: dict[tuple[str, str], Router] = field(default_factory=dict)
    """By protocol and name."""
    services: dict[tuple[str, str], Service] = field(default_factory=dict)
    middlewares: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Type, in lower case, and first label of each HTTP middleware by its name."""

    @property
    def enabled(self) -> bool | None:
        """Whether `traefik.enable` takes the container in; None where it is not said or not known."""
        return None if self.enable is None else _flag(self.enable.value)


def labels(written: Mapping[str, str]) -> Labels:
    """What labels say, in the form of Traefik 2 and later. Their names are in any case, those they hold are not."""
    found = Labels()
    for label, value in written.items():
        parts = label.split(".")
        words = [part.lower() for part in parts]
        if words[0] != "traefik":
            continue
        if words[1:] == ["enable"]:
            found.enable = Option(label, value)
        elif words[1:] in (["docker", "network"], ["swarm", "network"]):
            found.network = Option(label, value)
        elif len(parts) > 4 and words[1] in ("http", "tcp", "udp"):
            _option(found, words[1], words[2], parts[3], words[4:], Option(label, value))
        elif len(parts) == 4 and words[1] in ("http", "tcp", "udp") and words[2] == "routers":
            _router(found, words[1], parts[3], label)
    return found


def _option(found: Labels, protocol: str, section: str, name: str, words: list[str], option: Option) -> None:
    if section == "routers":
        router = _router(found, protocol, name, option.label)
        if words == ["rule"]:
            router.rule = option
        elif words == ["entrypoints"]:
            router.entry_points = _names(option.value)
        elif words == ["middlewares"]:
            router.middlewares = _names(option.value)
        elif words == ["service"]:
            router.service = option
        elif words[0] == "tls":
            router.tls = len(words) > 1 or _flag(option.value) is not False
    elif section == "services":
        service = found.services.setdefault((protocol, name), Service(name, protocol, option.label))
        if words == ["loadbalancer", "server", "port"]:
            service.port = option
        elif words == ["loadbalancer", "server", "scheme"]:
            service.scheme = option
        elif words == ["loadbalancer", "server", "url"]:
            service.url = option
    elif section == "middlewares" and protocol == "http":
        found.middlewares.setdefault(name, (words[0], option.label))


def _router(found: Labels, protocol: str, name: str, label: str) -> Router:
    return found.routers.setdefault((protocol, name), Router(name, protocol, label))


def _names(value: str) -> tuple[str, ...]:
    return tuple(name for part in value.split(",") if (name := part.strip()))


def _flag(value: str) -> bool | None:
    """A boolean as Go's `strconv.ParseBool` reads it; None for anything else."""
    if value in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    return False if value in ("0", "f", "F", "false", "FALSE", "False") else None


# Rules

_TOKEN = re.compile(r"""\s*+(?:(?P<call>[A-Za-z]\w*+)\s*+\(|(?P<sign>&&|\|\||[!()]))""")
_STRING = re.compile(r"""\s*+(`[^`]*+`|"(?:[^"\\\n]|\\.)*+")\s*+""")
_STRENGTH = {"||": 1, "&&": 2}
_FREE = frozenset(("host", "hostheader", "hostregexp"))
"""What a client may say as it likes."""
MAX_TOKENS = 2000


@dataclass(frozen=True, slots=True)
class _Can:
    """Whether some request for the path makes a part of a rule true, and whether some makes it false."""

    true: bool | None
    false: bool | None
    free: bool = False
    """Whether it depends on the host: two such parts may exclude each other."""


_UNKNOWN = _Can(None, None)


def can_match(rule: str, path: str) -> bool | None:
    """Whether a router's rule lets some request for exactly this path through; None where that cannot be told.

    `Path`, `PathPrefix` and `PathRegexp` are judged. Any host can be asked for; headers, methods, queries and client
    addresses may be a guard, so what depends on them is not known. Rules of Traefik 1 are not understood.
    """
    output: list[_Can] = []
    pending: list[str] = []
    position = count = 0
    operand = True
    text = rule.rstrip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        count += 1
        if token is None or count > MAX_TOKENS:
            return None
        position = token.end()
        sign = token["sign"]
        if operand:
            if sign is None:
                arguments = _arguments(text, position)
                if arguments is None:
                    return None
                values, position = arguments
                output.append(_matcher(token["call"].lower(), values, path))
                operand = False
                _negate(output, pending)
            elif sign in ("!", "("):
                pending.append(sign)
            else:
                return None
        elif sign in _STRENGTH:
            while pending and _STRENGTH.get(pending[-1], 0) >= _STRENGTH[sign]:
                _combine(output, pending.pop())
            pending.append(sign)
            operand = True
        elif sign == ")":
            while pending and pending[-1] != "(":
                _combine(output, pending.pop())
            if not pending:
                return None
            pending.pop()
            _negate(output, pending)
        else:
            return None
    if operand or "(" in pending:
        return None
    while pending:
        _combine(output, pending.pop())
    return output[0].true


def _arguments(text: str, position: int) -> tuple[list[str], int] | None:
    """The strings of a call and the offset behind it; None where it is not well formed."""
    found: list[str] = []
    while (string := _STRING.match(text, position)) is not None:
        try:
            found.append(tokens.unquote(text, *string.span(1)))
        except tokens.SyntaxProblem:
            return None
        position = string.end()
        if text.startswith(")", position):
            return found, position + 1
        if not text.startswith(",", position):
            return None
        position += 1
    return None


def _matcher(name: str, values: list[str], path: str) -> _Can:
    if name in _FREE:
        return _Can(True, True, free=True)
    if name == "pathregexp" and len(values) == 1:
        try:
            pattern = tokens.re2_pattern(values[0])
        except ValueError:
            return _UNKNOWN
        return _UNKNOWN if pattern is None else _certain(pattern.search(path) is not None)
    if name not in ("path", "pathprefix") or any("{" in value for value in values):  # Traefik 2 has variables in braces
        return _UNKNOWN
    return _certain(any(path == value if name == "path" else path.startswith(value) for value in values))


def _certain(true: bool) -> _Can:
    return _Can(true, not true)


def _negate(output: list[_Can], pending: list[str]) -> None:
    while pending and pending[-1] == "!":
        pending.pop()
        can = output[-1]
        output[-1] = _Can(can.false, can.true, can.free)


def _combine(output: list[_Can], sign: str) -> None:
    right, left = output.pop(), output.pop()
    both = left.free and right.free
    if sign == "&&":
        true = _and(left.true, right.true)
        made = _Can(None if both and true else true, _or(left.false, right.false), left.free or right.free)
    else:
        false = _and(left.false, right.false)
        made = _Can(_or(left.true, right.true), None if both and false else false, left.free or right.free)
    output.append(made)


def _and(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or(left: bool | None, right: bool | None) -> bool | None:
    if left or right:
        return True
    return None if left is None or right is None else False
