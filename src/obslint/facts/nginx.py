"""What an nginx configuration says, file by file: what an `include` brings in is the graph's business."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Scalar
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class Listen:
    """One `listen`. None for a part that a variable decides."""

    value: Scalar
    address: str | None
    """`*` for all interfaces; a socket's path with its `unix:`."""
    port: int | None
    ssl: bool


@dataclass(frozen=True, slots=True)
class Pass:
    """One `proxy_pass`, `grpc_pass`, `fastcgi_pass`, `uwsgi_pass` or `scgi_pass`."""

    directive: str
    value: Scalar
    """The address as written: a URL, `host:port`, or the name of an `upstream` in place of the host."""
    target: str | None
    """The same with its variables replaced by what `set` says they are, and cut before one in the path that it does
    not; None where anything else decides the host."""
    sets: tuple[Scalar, ...]
    """The values that were put in, each where its `set` has it."""


@dataclass(frozen=True, slots=True)
class Location:
    """One `location`, with those inside it."""

    place: Place
    path: Scalar
    modifier: str
    """`=`, `^~`, `~`, `~*`, `@` for a named one, or empty for a prefix."""
    passes: tuple[Pass, ...]
    guarded: bool | None
    """Whether a client must show who it is or come from an allowed network; None where an include, a script or a
    condition may decide."""
    internal: bool
    returns: int | None
    """The status of an unconditional `return` or `deny all`, by which nothing is passed on."""
    locations: tuple[Location, ...]
    includes: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Server:
    """One `server` block; without a `listen` it takes port 80 of all interfaces."""

    place: Place
    stream: bool
    """Whether it passes on connections rather than requests: then `passes` has where to."""
    listens: tuple[Listen, ...]
    names: tuple[Scalar, ...]
    passes: tuple[Pass, ...]
    guarded: bool | None
    """What holds for its locations that say nothing themselves."""
    returns: int | None
    locations: tuple[Location, ...]
    includes: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Upstream:
    """One `upstream`: a name for a group of servers, each `host[:port]` or a socket."""

    name: Scalar
    servers: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class NginxFile:
    """One file of nginx's: a whole configuration, or a part to be included."""

    path: str
    place: Place
    servers: tuple[Server, ...]
    upstreams: tuple[Upstream, ...]
    locations: tuple[Location, ...]
    """Those outside of any server, as a snippet has them."""
    passes: tuple[Pass, ...]
    """Those outside of any location, of a snippet again."""
    guarded: bool | None
    """Whether including it guards a location; see there."""
    includes: tuple[Scalar, ...]
    """Those outside of any server."""
