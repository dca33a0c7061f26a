"""What a Grafana Alloy (or Grafana Agent flow) configuration says.

Values may be computed when Alloy runs. In an address or URL, what the environment gives is written as Compose would
(`${NAME}`, `${NAME:-default}`, `$$` for a dollar), to be put through `lang.interpolation`; every other part that is
computed is a `HOLE`, there as in any other value.
"""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Entry, Relabel, Scalar
from obslint.facts.logs import LogJob
from obslint.facts.prometheus import TargetGroup
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class Component:
    """A component's block by its name, e.g. `prometheus.scrape`, and its label."""

    name: Scalar
    label: Scalar | None

    @property
    def id(self) -> str:
        """As other components refer to it, and as it names its job by default: `prometheus.scrape.app`."""
        return f"{self.name}.{self.label}" if self.label and self.label.text else self.name.text


@dataclass(frozen=True, slots=True)
class TargetFlow:
    """Targets that come to a component the same way: literal ones, each a group, or those of one component."""

    groups: tuple[TargetGroup, ...]
    origin: Scalar | None
    """The id of the discovery or embedded exporter they come from, where it is referred to."""
    relabels: tuple[tuple[Relabel, ...], ...]
    """The rules of each `discovery.relabel` on the way, in order."""
    closed: bool
    """Whether all of these targets are known before relabelling: none is discovered, no address is computed."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """One `prometheus.scrape`."""

    place: Place
    component: Component
    name: Scalar | None
    """`job_name`; without it the job is the component's id."""
    metrics_path: Scalar | None
    scheme: Scalar | None
    interval: Scalar | None
    honor_labels: bool
    proxied: bool
    flows: tuple[TargetFlow, ...]
    closed: bool
    """Whether its flows are all its targets, and closed themselves."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """One embedded exporter; `kind` is the last part of its name, e.g. `unix`."""

    place: Place
    component: Component
    kind: str


@dataclass(frozen=True, slots=True)
class Write:
    """One endpoint that is pushed to: `remote-write`, `log-push`, `otlp-grpc`, `otlp-http` or `profiles`."""

    place: Place
    component: Component
    kind: str
    url: Scalar | None
    """For `otlp-grpc` an address, with or without a scheme."""
    tenant: Scalar | None = None
    headers: tuple[Entry, ...] = ()
    opaque: bool = False
    """Whether headers may be sent that are not in `headers`: computed ones, those of an authenticator or of a proxy."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One address that is listened on: `remote-write`, `log-push`, `otlp-grpc`, `otlp-http`, `syslog-tcp|udp`."""

    place: Place
    component: Component
    kind: str
    address: Scalar | None
    """As written: `host:port`, or the host alone where the port is a field of its own."""
    port: int | None
    """The component's default where none is written; None where it is not known."""


@dataclass(frozen=True, slots=True)
class AlloyFile:
    """One Alloy configuration."""

    path: str
    place: Place
    scrapes: tuple[Scrape, ...]
    exporters: tuple[Exporter, ...]
    writes: tuple[Write, ...]
    listeners: tuple[Listener, ...]
    jobs: tuple[LogJob, ...]
    """One for each way from a source of logs to a `loki.write`, with all stages on it; none where a part is unknown."""
    log_files: tuple[Scalar, ...]
    """Paths and patterns of the files that `loki.source.file` reads."""
    open: tuple[str, ...]
    """Why more may run than the file says; empty where nothing speaks for it."""
