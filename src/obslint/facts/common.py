"""What every kind of fact is made of."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value as written, and where."""

    text: str
    place: Place

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Entry:
    """A named value, e.g. a label or an environment variable; `value` is None where only the name stands."""

    name: Scalar
    value: Scalar | None


@dataclass(frozen=True, slots=True)
class Relabel:
    """One `relabel_configs` step. What is not written is None; defaults are the component's."""

    place: Place
    action: Scalar | None
    source_labels: tuple[Scalar, ...]
    separator: Scalar | None
    regex: Scalar | None
    target_label: Scalar | None
    replacement: Scalar | None


@dataclass(frozen=True, slots=True)
class Listener:
    """An address on which a part of a component takes connections.

    `endpoint` is the address as written; None where the default holds, which is `default_port` on a host that depends
    on the component and its version. `protocol` is the key that opens it, e.g. `grpc`, empty where there is only one.
    """

    place: Place
    part: str
    """What listens, e.g. the id of a receiver."""
    protocol: str
    endpoint: Scalar | None
    default_port: int | None
    udp: bool = False
    default_loopback: bool = False
    """Whether the default is the loopback interface in every version."""
    tls: bool = False
    auth: bool = False


@dataclass(frozen=True, slots=True)
class Connection:
    """An address a part of a component connects to: a URL or `host:port`, as written.

    `kind` says what for, in the words of `knowledge.Connects`.
    """

    part: str
    kind: str
    address: Scalar
    tls: bool = False
    auth: bool = False
    headers: tuple[Entry, ...] = ()
    """HTTP headers that are sent along."""
    proxied: bool = False


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why a component refuses a file before it looks at any field; `other` is the first of two equal keys."""

    message: str
    place: Place
    other: Place | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a component would refuse a file, or read it otherwise than it is meant. `sort` is what the rules tell apart.

    `field`: an unknown or misplaced key; `ignored`: one that is dropped without a word, and was most likely meant to be
    another; `obsolete`: one that has no effect any more; `value`: a type, duration, size, enum, required key;
    `relabel`: a relabelling step; `template`: a Go template; `selector`: one of log streams; `meaning`: what the
    component itself validates beyond that; `dropped`: a document that is never read; `text`: a text for people that is
    garbled.
    """

    sort: str
    message: str
    place: Place
    help: str = ""
    other: Place | None = None
    """The first of two duplicates, and the like."""
    since: str | None = None
    """The key or value exists only from this version on."""
    until: str | None = None
    """The first version that no longer has it; where `since` is None too, no version has it."""
    mode: str = ""
    """The feature flag with which releases from `since` on refuse it, too."""
    program: str = ""
    """The one component of which this holds, as `knowledge` calls it; empty for whatever reads such files."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one document of a file says: its kind's name, and the facts of that kind, None where it does not parse."""

    path: str
    kind: str
    reader: str
    """The component that loads such files, as its makers write it."""
    facts: object | None
    placeholders: tuple[Scalar, ...] = ()
    """Environment variables written in it as `${NAME}` or `$NAME`, where the kind may not have them."""
    problems: tuple[FileProblem, ...] = ()
    faults: tuple[Fault, ...] = ()
