"""nginx: what listens where, what each location passes on and to whom, and who is let in."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from obslint.discover import is_nginx
from obslint.facts import nginx as facts
from obslint.facts.common import Scalar
from obslint.kinds.kind import Kind, scalar
from obslint.parse import Cursor
from obslint.parse.nginx import NginxDocument

_PASSES = frozenset(("proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass"))
_GUARDS = frozenset(("auth_basic", "auth_request", "auth_jwt", "auth_digest", "auth_ldap", "auth_pam", "auth_gss"))
"""Each lets in only whom it knows; `off` lifts what was inherited. The last four are of third parties."""
_INHERITED = _GUARDS | {"ssl_verify_client", "allow", "deny", "satisfy", "set", "if", "include"}
_SCRIPTS = ("access_by_lua", "rewrite_by_lua", "js_access", "perl_access")
_PLAIN_INCLUDE = re.compile(r"(?:.*/)?(?:mime\.types|(?:fastcgi|uwsgi|scgi|proxy)_params|fastcgi\.conf)\Z")
"""What nginx's packages ship to be included; none of it guards anything."""
_PATHS = frozenset(("request_uri", "uri", "document_uri"))
"""Variables that begin with a slash."""
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))")
_MODIFIER = re.compile(r"\^~|~\*|[=~]")
_LISTEN = re.compile(r"(?:(?P<address>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+?):)?(?P<port>[0-9]{1,5})\Z")


_MAX_VALUE = 1000
"""Characters from which a value made of variables is given up: each may double the one before."""
_REFUSALS = frozenset(("401", "403", "404", "444"))

_Sets = ChainMap[str, tuple[str, Scalar] | None]
"""Literal value and source of each variable that a `set` sets; None where a condition decides."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a block inherits."""

    auth: tuple[tuple[str, bool], ...] = ()
    """Whether each kind of login that was mentioned is asked for."""
    access: bool | None = None
    """Whether `allow` and `deny` let only some in; None where there are none."""
    open: bool = False
    """Whether `satisfy any` and `allow all` stand together."""
    any: bool = False
    unsure: bool = False
    """Whether an include, a script or a condition may say more."""
    sets: _Sets = field(default_factory=ChainMap)

    @property
    def guarded(self) -> bool | None:
        if (self.access or any(on for _, on in self.auth)) and not self.open:
            return True
        return None if self.unsure or self.open else False


def recognise(root: Cursor) -> str | None:
    if not isinstance(root.document, NginxDocument):
        return None
    names = {name for name, _ in _directives(root)}
    return "directives of nginx" if names and is_nginx(root.document.text.text) else None


def outline(keys: frozenset[str], text: str) -> bool:
    return not keys and is_nginx(text)


def _directives(block: Cursor) -> Iterator[tuple[str, Cursor]]:
    for item in block.items():
        if isinstance(item.value, dict):
            yield str(item.value.get("name")), item


def _args(item: Cursor) -> tuple[Scalar, ...]:
    return tuple(found for arg in item.get("args").items() if (found := scalar(arg)) is not None)


def extract(root: Cursor) -> facts.NginxFile:
    servers: list[facts.Server] = []
    upstreams: list[facts.Upstream] = []
    includes: list[Scalar] = []
    own = _inner(_Scope(), root, servers=True)
    todo = [(root, own, False)]
    while todo:
        block, scope, stream = todo.pop(0)
        for name, item in _directives(block):
            below, args = item.get("block"), _args(item)
            if name in ("http", "stream") and below:
                todo.append((below, _inner(scope, below, servers=True), name == "stream"))
            elif name == "server" and below:
                servers.append(_server(item, scope, stream))
            elif name == "upstream" and below and args:
                named = (_args(entry) for key, entry in _directives(below) if key == "server")
                upstreams.append(facts.Upstream(args[0], tuple(entry[0] for entry in named if entry)))
            elif name == "include" and args:
                includes.append(args[0])
    return facts.NginxFile(
        path=root.document.path,
        place=root.place,
        servers=tuple(servers),
        upstreams=tuple(upstreams),
        locations=_locations(root, replace(own, unsure=True)),
        passes=_passes(root, own),
        guarded=own.guarded,
        includes=tuple(includes),
    )


def _server(item: Cursor, scope: _Scope, stream: bool) -> facts.Server:
    block = item.get("block")
    inner = _inner(scope, block)
    return facts.Server(
        place=item.key,
        stream=stream,
        listens=tuple(
            _listen(args) for name, entry in _directives(block) if name == "listen" and (args := _args(entry))
        ),
        names=tuple(arg for name, entry in _directives(block) if name == "server_name" for arg in _args(entry)),
        passes=_passes(block, inner),
        guarded=inner.guarded,
        returns=_returns(block, inner),
        locations=_locations(block, inner),
        includes=_includes(block),
    )


def _listen(args: tuple[Scalar, ...]) -> facts.Listen:
    value, ssl = args[0], any(arg.text in ("ssl", "quic") for arg in args[1:])
    text = value.text
    if text.startswith("unix:"):
        return facts.Listen(value, text, None, ssl)
    match = _LISTEN.match(text)
    if match and int(match["port"]) < 65536:
        address = match["address"] or "*"
        return facts.Listen(value, None if "$" in address else address.strip("[]"), int(match["port"]), ssl)
    if "$" in text:
        head, colon, _ = text.rpartition(":")
        return facts.Listen(value, head.strip("[]") if colon and "$" not in head else None, None, ssl)
    return facts.Listen(value, text.strip("[]"), 80, ssl)


def _locations(block: Cursor, scope: _Scope) -> tuple[facts.Location, ...]:
    """The locations of a block; as deep as the parser lets blocks nest."""
    found = []
    for name, item in _directives(block):
        args = _args(item)
        if name != "location" or not args or not item.get("block"):
            continue
        below = item.get("block")
        inner = _inner(scope, below)
        modifier, path = _path(args)
        found.append(
            facts.Location(
                place=item.key,
                path=path,
                modifier=modifier,
                passes=_passes(below, inner),
                guarded=inner.guarded,
                internal=any(key == "internal" for key, _ in _directives(below)),
                returns=_returns(below, inner),
                locations=_locations(below, inner),
                includes=_includes(below),
            )
        )
    return tuple(found)


def _path(args: tuple[Scalar, ...]) -> tuple[str, Scalar]:
    """Modifier and path, which nginx takes as one word too."""
    if len(args) > 1:
        return args[0].text, args[1]
    text, place = args[0].text, args[0].place
    if text.startswith("@"):
        return "@", args[0]
    match = _MODIFIER.match(text)
    if match is None:
        return "", args[0]
    return match[0], Scalar(text[match.end() :], place.within(match.end(), len(text)))


def _includes(block: Cursor) -> tuple[Scalar, ...]:
    return tuple(args[0] for name, item in _directives(block) if name == "include" and (args := _args(item)))


def _returns(block: Cursor, scope: _Scope) -> int | None:
    """The status that a block answers without looking further."""
    denied: list[str] = []
    for name, item in _directives(block):
        args = _args(item)
        if name == "return" and args:
            status = args[0].text
            return int(status) if len(status) == 3 and status.isascii() and status.isdigit() else 302
        if name in ("allow", "deny") and args:
            denied.append(f"{name} {args[0].text}")
    return 403 if denied == ["deny all"] and not scope.any else None


def _passes(block: Cursor, scope: _Scope) -> tuple[facts.Pass, ...]:
    """Where a block passes requests on to, in its conditions too; not in its locations."""
    found: list[facts.Pass] = []
    for name, item in _directives(block):
        if name in ("if", "limit_except"):
            found += _passes(item.get("block"), scope)
        elif name in _PASSES and (args := _args(item)):
            target, sets = _resolved(_known_part(args[0].text, scope.sets), scope.sets)
            found.append(facts.Pass(name, args[0], target, sets))
    return tuple(found)


def _known_part(address: str, values: _Sets) -> str:
    """An address up to the first variable in its path that is not known."""
    for match in _VARIABLE.finditer(address):
        name = match[1] or match[2]
        if values.get(name) is None:
            before = address[: match.start()]
            authority = before.partition("://")[2]
            return before if "/" in authority or (authority and name in _PATHS) else address
    return address


def _resolved(text: str, values: _Sets) -> tuple[str | None, tuple[Scalar, ...]]:
    """A text with its variables replaced, and what was put in; None where one of them is not known."""
    sets: list[Scalar] = []
    out: list[str] = []
    position = size = 0
    for match in _VARIABLE.finditer(text):
        value = values.get(match[1] or match[2])
        size += len(value[0]) if value else 0
        if value is None or size > _MAX_VALUE:
            return None, ()
        out += text[position : match.start()], value[0]
        sets.append(value[1])
        position = match.end()
    target = "".join([*out, text[position:]])
    return (target, tuple(sets)) if "$" not in target and len(target) <= _MAX_VALUE else (None, ())


def _inner(outer: _Scope, block: Cursor, servers: bool = False) -> _Scope:
    """What holds inside a block: logins and rules of access are inherited unless it has some of its own.

    `servers` says that it holds servers: then what it includes by a pattern are further ones.
    """
    auth = dict(outer.auth)
    sets: _Sets = outer.sets.new_child()
    rules: list[str] = []
    unsure, satisfy_any = outer.unsure, outer.any
    for name, item in _directives(block):
        if name not in _INHERITED and not name.startswith(_SCRIPTS):
            continue
        args = _args(item)
        if name in _GUARDS and args:
            auth[name] = args[0].text.lower() != "off"
            unsure = unsure or "$" in args[0].text
            if "$" in args[0].text:
                auth[name] = False
        elif name == "ssl_verify_client" and args:
            auth[name] = args[0].text == "on"
        elif name in ("allow", "deny") and args:
            rules.append(f"{name} {args[0].text}")
        elif name == "satisfy" and args:
            satisfy_any = args[0].text == "any"
        elif name == "set" and len(args) == 2:
            literal, _ = _resolved(args[1].text, sets)
            sets[args[0].text.removeprefix("$")] = None if literal is None else (literal, args[1])
        elif name == "if":
            for key, entry in _directives(item.get("block")):
                words = _args(entry)
                if key == "set" and words:
                    sets[words[0].text.removeprefix("$")] = None
                unsure = unsure or (key == "return" and bool(words) and words[0].text in _REFUSALS)
        elif name == "include" and args:
            text = args[0].text
            unsure = unsure or not (_PLAIN_INCLUDE.match(text) or (servers and "*" in text))
        elif name.startswith(_SCRIPTS):
            unsure = True
    access = outer.access
    opened = outer.open
    if rules:
        allowed = [rule for rule in rules if rule.startswith("allow ")]
        access = "deny all" in rules and "allow all" not in rules[: rules.index("deny all")]
        opened = satisfy_any and "allow all" in allowed
    return _Scope(tuple(auth.items()), access, opened, satisfy_any, unsure, sets)


KIND = Kind("nginx", "nginx", recognise, extract, outline)
