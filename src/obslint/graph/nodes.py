"""The nodes rules are written against: what the files mean together. Built once, then only read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from obslint.facts import alertmanager as am_facts
from obslint.facts import alloy as alloy_facts
from obslint.facts import compose as compose_facts
from obslint.facts import grafana as grafana_facts
from obslint.facts import logs as log_facts
from obslint.facts import otel as otel_facts
from obslint.facts import prometheus as prom_facts
from obslint.facts.common import Fault, Relabel, Scalar
from obslint.facts.elastic import BeatsFile, ElasticsearchFile, KibanaFile
from obslint.facts.mimir import MimirFile
from obslint.facts.tempo import TempoFile
from obslint.findings import Place
from obslint.graph.answers import Answer, unknown
from obslint.knowledge import Component
from obslint.lang import grafana_variables, promql
from obslint.lang.addresses import Address
from obslint.lang.images import Image
from obslint.lang.ports import PortRange, is_loopback, is_public

PROMQL_READERS = frozenset(("prometheus", "thanos"))
"""The components that read PromQL and nothing beyond it."""
_COMPOSE_NAMES = frozenset(("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"))
_NOT_ASKED = unknown("nothing was found out yet")
_DEVELOPMENT = re.compile(
    r"(?:^|[/._-])(?:dev|devel|development|devnet|local|localhost|tests?|testing|testdb|e2e|ci|sandbox|playground)"
    r"(?:[/._-]|$)"
)


def means_development(name: str) -> bool:
    """Whether a path or name says: development or tests."""
    return _DEVELOPMENT.search(name.lower()) is not None


@dataclass(eq=False, slots=True)
class Node:
    """Anything a rule can look at. `place` is where a finding about it points by default."""

    stack: Stack
    place: Place


@dataclass(eq=False, slots=True)
class Stack:
    """What is run together: compose files and every config they hand to services, or a config that stands alone."""

    name: str
    directory: str
    """The project directory of Compose, else the file's own."""
    files: tuple[str, ...] = ()
    """Compose files in the order in which they are merged; none for a config that no service loads."""
    included: frozenset[str] = frozenset()
    """Files that these include or extend."""
    evidence: str = ""
    """How we know that it is run so."""
    certain: bool = True
    """Whether that is known, by Compose's own rules or a script, not merely supposed."""
    compose: compose_facts.ComposeFile | None = None
    """What the files say merged."""
    project: str = ""
    named: bool = False
    """Whether the project's name is given, not that of the directory."""
    run_with: str = ""
    """The script that runs it together with others; empty where none does."""
    group: int = 0
    """Stacks of one number belong together: see `partition`."""
    services: dict[str, Service] = field(default_factory=dict)
    external_networks: frozenset[str] = frozenset()
    external_volumes: frozenset[str] = frozenset()
    gateways: frozenset[str] = frozenset()
    """Addresses under which containers of its networks reach the host, as far as the files give subnets."""
    internal_networks: frozenset[str] = frozenset()
    """Networks without a way out of the host."""
    whole: bool = False
    """Whether its files are all here and read, as far as they show themselves."""
    open_names: Answer | None = None
    """Why names may exist that no file here defines; None where the compose file tells all."""

    @property
    def loaded_alone(self) -> bool:
        """Whether it is named after one file that Compose loads by its name, with no word of others."""
        return posixpath.basename(self.name) in _COMPOSE_NAMES


@dataclass(frozen=True, slots=True)
class Flag:
    """One command-line flag of a service. `value` is None for a bare flag; it may hold an interpolation hole."""

    name: str
    value: str | None
    place: Place
    """Of its value, or of the flag where it has none."""
    word: Place
    """Of its name, with the dashes."""
    dashes: int
    defaulted: bool = False
    """Whether the file's own `${VAR:-default}` decided any part."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable of a container; `value` is None where the host provides it or it is unknown."""

    name: str
    value: str | None
    place: Place
    """Of its value, or of its name where it has none."""
    word: Place
    """Of its name."""
    defaulted: bool = False
    """Whether the file's own `${VAR:-default}` decided any part."""


@dataclass(eq=False, slots=True)
class Service(Node):
    """One compose service, interpolated."""

    name: str
    fact: compose_facts.Service
    image: Image | None
    component: Component | None
    flags: tuple[Flag, ...]
    scripted: bool
    """Whether a shell runs inside: it may rewrite files or add flags that cannot be seen."""
    environment: dict[str, Variable]
    environment_open: bool
    """Whether `env_file` or inheritance may set variables that cannot be seen."""
    networks: frozenset[str]
    """Real names of the networks joined; empty for host networking or none."""
    network_mode: str
    names: dict[str, frozenset[str]]
    """Name → real networks on which it resolves to this service."""
    amended: Answer
    """Whether another compose file of the project also writes this service."""
    numbers: frozenset[int]
    """Numbers up to 65535 that its command, its variables and its health check name: it may listen there."""
    log_driver: str | None = ""
    """What takes its output; empty where it is left to the Docker daemon, None where a variable decides."""
    ports: list[Port] = field(default_factory=list)
    mounts: list[Mount] = field(default_factory=list)
    carried: list[Mount] = field(default_factory=list)
    """Files of the repository that the image holds; a mount hides what it covers."""
    listeners: list[Listening] = field(default_factory=list)
    configured: set[str] = field(default_factory=set)
    """Kinds of its configuration that were read, whose ports are in `listeners`."""

    def runs(self, *ids: str) -> bool:
        return self.component is not None and self.component.id in ids

    @property
    def title(self) -> str:
        """The product's name where it is known, else the service's."""
        return self.component.title if self.component else f"service `{self.name}`"

    @property
    def introduction(self) -> str:
        """What a finding that shows the service says of it: which product it is, where that is known."""
        return f"{self.component.title} is service `{self.name}` here" if self.component else f"service `{self.name}`"

    def flag(self, *names: str) -> Flag | None:
        """The last of the flags with one of these names: Go's flag package lets the last win."""
        return next((flag for flag in reversed(self.flags) if flag.name in names), None)

    def may_be_set(self, *names: str) -> bool:
        """Whether a flag or variable with one of these names is given, or could be where we cannot look."""
        if self.flag(*names) is not None or any(name in self.environment for name in names):
            return True
        return self.scripted or (self.environment_open and any(name.isupper() for name in names))

    def all_flags(self, *names: str) -> list[Flag]:
        return [flag for flag in self.flags if flag.name in names]

    @property
    def development(self) -> bool:
        """Whether the compose file's path, the service's name or all its profiles say: development or tests."""
        profiles = [profile.text for profile in self.fact.profiles]
        # of files that are only supposed to be run together, each speaks for the services it begins
        path = self.stack.name if self.stack.certain else self.place.path
        return bool(
            means_development(path)
            or means_development(self.name)
            or (profiles and all(means_development(profile) for profile in profiles))
        )

    @property
    def host_network(self) -> bool:
        return self.network_mode == "host"

    @property
    def may_be_scaled(self) -> bool:
        """Whether several containers of it may run: `replicas` or `scale` says so, or a variable decides."""
        written = self.fact.replicas
        return written is not None and written.text not in ("0", "1")


@dataclass(eq=False, slots=True)
class Port(Node):
    """One published port."""

    service: Service
    container: PortRange | None
    host: PortRange | None
    host_ip: str | None
    protocol: str
    host_given: bool
    defaulted: bool
    """Whether the file's own `${VAR:-default}` decided any part."""
    written: str | None
    """The item as written in the short syntax; None in the long one."""
    swarm: bool = False
    """Whether it says how a swarm publishes it. `docker stack deploy` knows no `host_ip` (its schema 3.13)."""

    def leads_to(self, number: int) -> int | None:
        """The container's port behind a TCP port of the host; None where this item does not publish that one."""
        if self.protocol != "tcp" or self.host is None or self.container is None or number not in self.host:
            return None
        return min(self.container.first + (number - self.host.first), self.container.last)

    @property
    def loopback(self) -> bool | None:
        """Whether only this machine reaches it; None where that is unknown."""
        return is_loopback(self.host_ip) if self.host_ip else False

    @property
    def public(self) -> bool | None:
        """Whether it is bound to all interfaces or a public address; None where that is unknown.

        Docker discards the ports of a container on the host's network; on networks that are all internal it cannot
        be told what becomes of them.
        """
        service = self.service
        if service.network_mode not in ("", "bridge", "default"):
            return None
        if service.networks and service.networks <= service.stack.internal_networks:
            return None
        return is_public(self.host_ip)

    @property
    def certain(self) -> bool:
        """Whether neither the file's own defaults of variables nor another compose file decide on it."""
        return not self.defaulted and not self.service.amended.unknown

    @property
    def shown(self) -> str:
        """The number by which it is reached on the host, for messages."""
        return str(self.host or self.container) if self.host_given else f"{self.container} (on a random host port)"

    @property
    def bound_to(self) -> str:
        return self.host_ip if self.host_ip and self.host_ip not in ("0.0.0.0", "::") else "all interfaces"

    @property
    def on_loopback(self) -> str:
        """How to write the item so that only this machine reaches the port; its variables stay."""
        if self.written is None:
            return "`host_ip: 127.0.0.1`" + (" (in a swarm by a firewall: it knows no `host_ip`)" if self.swarm else "")
        rest = self.written.lstrip(":")
        if self.host_ip:
            head = next((head for head in (self.host_ip, f"[{self.host_ip}]") if rest.startswith(f"{head}:")), None)
            rest = f"{self.host or ''}:{self.container}" if head is None else rest[len(head) + 1 :]
        elif not self.host_given:
            rest = f"{rest.partition('/')[0]}:{rest}"
        return f'"127.0.0.1:{rest}"'


@dataclass(eq=False, slots=True)
class Definition(Node):
    """A network or volume that a stack declares; `place` is its key."""

    kind: str
    key: str
    name: str
    """How Docker knows it; holes where a variable decides."""
    external: bool
    """Whether it has to be there already."""
    given: Place | None
    """Where its name is written; None where Compose makes it of project and key, or takes the key."""
    used: bool


@dataclass(eq=False, slots=True)
class Mount(Node):
    """One mount of a service: a bind, a volume, a config, a secret or a tmpfs."""

    service: Service
    kind: str
    source: str | None
    """For binds, configs and secrets of the repository: the path from the working directory; for volumes the key."""
    target: str | None
    source_place: Place
    known: bool
    """Whether `source` and `target` are fully known after interpolation."""
    read_only: bool = False
    """Whether the container cannot write to it."""
    real_name: str = ""
    """Of a named volume: how Docker knows it; empty for anything else."""


@dataclass(eq=False, slots=True)
class Clash(Node):
    """A name or port of the host that two services of a stack want; one of them cannot start beside the other."""

    service: Service
    other: Service
    other_place: Place
    what: str
    """`port` or `name`."""
    wanted: str
    together: Answer
    """That both are started at once; it tells the profile that has to be enabled for it, if one has to."""
    sure: bool
    """Whether no default of the file, other file or program's own habit had a part in it."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What an address means to a client. `service` is the server where it is known, even across separate networks."""

    answer: Answer
    service: Service | None = None
    separated: bool = False
    """The server exists in the stack but shares no network with the client."""
    through_host: bool = False
    """The server is reached at a port that it publishes on the host, not inside a network."""
    elsewhere: Service | None = None
    """A service of that name in a stack of the repository that has nothing to do with the client's."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """As whose a client of Loki pushes or asks; the name is empty where it says nothing of it."""

    name: str
    place: Place | None = None
    """Where it is named."""


@dataclass(eq=False, slots=True)
class Link(Node):
    """A client that connects to an address: a scrape, a data source, a push, a notification."""

    kind: str
    client: Service | None
    written: Scalar
    address: Address
    resolution: Resolution
    job: ScrapeJob | None = None
    certain: bool = True
    """Whether the client is known to use the address: an environment variable of an unknown program is not."""
    variable: str = ""
    """Of a link of the kind `variable`: the environment variable that holds the address."""
    tenant: Tenant | None = None
    """None where it is not known, or the client knows no tenants."""

    @property
    def server(self) -> Service | None:
        """The service reached inside a network, at a port of its container; None otherwise."""
        return self.resolution.service if self.resolution.answer.yes and not self.resolution.through_host else None

    @property
    def host_and_port(self) -> Place:
        """Where host and port stand."""
        start, end = self.address.host_at
        if self.written.place.key or self.written.place.inside is not None:
            return self.place
        after = f":{self.address.port}"
        return self.written.place.within(start, end + len(after) if self.written.text[end:].startswith(after) else end)


@dataclass(eq=False, slots=True)
class ScrapeJob(Node):
    """One scrape job, with its targets as links."""

    scraper: Prometheus | Collector
    fact: prom_facts.ScrapeJob
    name: str | None
    groups: tuple[prom_facts.TargetGroup, ...] = ()
    """Targets written in the file, and those of its target files that were read."""
    files_read: bool = True
    """Whether every target file it names was read."""
    links: list[Link] = field(default_factory=list)
    static: bool = True
    """Whether the targets are all in `groups` and reach Prometheus unchanged."""
    closed: bool = True
    """Whether `links` are all the addresses that are contacted for it."""


@dataclass(eq=False, slots=True)
class RuleFile(Node):
    """A rule file."""

    fact: prom_facts.RuleFile
    loaders: list[str] = field(default_factory=list)
    """What loads it, in words; empty where nothing does."""

    @property
    def path(self) -> str:
        return self.fact.path

    def rules(self) -> Iterator[prom_facts.Rule]:
        for group in self.fact.groups:
            yield from group.rules

    @property
    def alerts(self) -> list[prom_facts.Rule]:
        return [rule for rule in self.rules() if rule.alerting]


@dataclass(eq=False, slots=True)
class GrafanaAlerting(Node):
    """A file of Grafana-managed alerting."""

    fact: grafana_facts.GrafanaAlertingFile

    @property
    def alerts(self) -> list[prom_facts.Rule]:
        return list(self.fact.alerts)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Which files a path or pattern inside a container leads to. `complete` says whether that is all of them."""

    written: Scalar
    files: tuple[str, ...]
    complete: Answer
    mount: Mount | None = None
    """The mount of just this file, or of the directory of a pattern, where its source is what is missing."""


@dataclass(eq=False, slots=True)
class Prometheus(Node):
    """A Prometheus server: its configuration, and the service that runs it where there is one."""

    service: Service | None
    fact: prom_facts.PrometheusFile
    jobs: list[ScrapeJob] = field(default_factory=list)
    """Its own, and those of its `scrape_config_files`."""
    jobs_complete: Answer = _NOT_ASKED
    """Whether `jobs` are all it has."""
    alertmanagers: list[Link] = field(default_factory=list)
    loads: list[Loaded] = field(default_factory=list)
    rule_files: list[RuleFile] = field(default_factory=list)
    rules_known: Answer = _NOT_ASKED
    """Whether its entries lead to files of the repository alone, whether these can be read or not."""
    rules_complete: Answer = _NOT_ASKED
    """Whether `rule_files` are all that it loads."""
    agent: bool = False
    closed: Answer = _NOT_ASKED
    """Whether every series it holds was scraped by one of `jobs` or written by one of `rule_files`."""
    job_world: Answer = _NOT_ASKED
    """Whether `job_names` are all values the label `job` can have."""
    job_names: frozenset[str] = frozenset()
    index: object = field(default=None, repr=False)
    """What `matching` keeps of it once it is asked; nobody else's."""


@dataclass(eq=False, slots=True)
class Collector(Node):
    """An OpenTelemetry Collector or Grafana Alloy: a configuration, and the service that runs it where there is one."""

    service: Service | None
    fact: otel_facts.OtelFile | alloy_facts.AlloyFile
    jobs: list[ScrapeJob] = field(default_factory=list)
    closed: Answer = _NOT_ASKED
    """Whether `jobs` are all it scrapes."""


@dataclass(eq=False, slots=True)
class Evaluator(Node):
    """What evaluates rules besides Prometheus: vmalert, or a ruler of Thanos or Loki."""

    service: Service | None
    component: str
    loads: list[Loaded] = field(default_factory=list)
    rule_files: list[RuleFile] = field(default_factory=list)


SetupFile = TempoFile | MimirFile | BeatsFile | KibanaFile | ElasticsearchFile | grafana_facts.SettingsFile
"""Facts of the configuration of a component that has no node of its own."""


@dataclass(eq=False, slots=True)
class Setup(Node):
    """The configuration of any other component: Tempo, Mimir, Beats, Kibana, Elasticsearch, Grafana's own."""

    service: Service | None
    fact: SetupFile
    kind: str


@dataclass(frozen=True, slots=True)
class Listening:
    """A port that a service's own configuration opens; None where a variable that is not known decides it."""

    port: int | None
    udp: bool
    what: str
    place: Place


@dataclass(eq=False, slots=True)
class PublicRoute(Node):
    """A way through a reverse proxy to a service; `place` is where the proxy is told of it."""

    proxy: Service
    server: Service
    port: int | None
    """The container's port that is reached; None where it is unknown."""
    path: str
    """What is asked for, in words: a path prefix or a rule; empty for everything."""
    guarded: bool | None
    """Whether a client must show who it is, or come from an allowed network."""
    entry: Port | None
    """A published port of the proxy, through which strangers come; None where there is none, or it is unknown."""


@dataclass(eq=False, slots=True)
class Alertmanager(Node):
    """An Alertmanager configuration."""

    service: Service | None
    fact: am_facts.AlertmanagerFile

    def routes(self) -> Iterator[am_facts.Route]:
        stack = [self.fact.route] if self.fact.route else []
        while stack:
            route = stack.pop()
            yield route
            stack.extend(reversed(route.routes))


@dataclass(eq=False, slots=True)
class Loki(Node):
    """A Loki configuration."""

    service: Service | None
    fact: log_facts.LokiFile


@dataclass(eq=False, slots=True)
class LogShipper(Node):
    """A Promtail configuration."""

    service: Service | None
    fact: log_facts.PromtailFile


@dataclass(eq=False, slots=True)
class Collection(Node):
    """One way by which a shipper collects logs: a scrape config of Promtail, or a way of lines through Alloy."""

    shipper: LogShipper | Collector
    job: log_facts.LogJob
    stores: frozenset[int] = frozenset()
    """The services that are pushed to, by identity, as far as they are known."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"job `{self.job.name}`" if self.job.name else "a job without a name"


@dataclass(eq=False, slots=True)
class RelabelSteps(Node):
    """A job's relabelling, whatever component runs it."""

    component: str
    job: str
    steps: tuple[Relabel, ...]
    phase: str
    """The YAML key: `relabel_configs` or `metric_relabel_configs`."""
    dropped_later: bool
    """Whether a later phase of the job (`metric_relabel_configs`, the pipeline) takes labels off again."""


@dataclass(eq=False, slots=True)
class Datasource(Node):
    """A provisioned data source of a Grafana."""

    fact: grafana_facts.Datasource
    link: Link | None = None


@dataclass(eq=False, slots=True)
class Dashboard(Node):
    """A dashboard that a Grafana loads from a file."""

    grafana: Grafana
    fact: grafana_facts.Dashboard


@dataclass(eq=False, slots=True)
class DashboardFile(Node):
    """A dashboard, once for its file, whether or not a Grafana loads it."""

    fact: grafana_facts.Dashboard


@dataclass(eq=False, slots=True)
class DashboardProvider(Node):
    """A dashboard provider of a Grafana, with the dashboard files below its path."""

    grafana: Grafana
    fact: grafana_facts.Provider
    directory: str
    """The path in the container."""
    files: tuple[str, ...]
    shown: Answer
    """Whether the path leads to the repository; no where it is known that nothing is there."""


@dataclass(eq=False, slots=True)
class Grafana(Node):
    """A Grafana service with what it is provisioned with."""

    service: Service
    datasources: list[Datasource] = field(default_factory=list)
    datasources_complete: Answer = _NOT_ASKED
    """Whether every data source is known: all come from files that were read."""
    dashboards: list[Dashboard] = field(default_factory=list)
    providers: list[DashboardProvider] = field(default_factory=list)
    providers_complete: Answer = _NOT_ASKED
    """Whether `providers` are all that load dashboards, and their paths are known."""


@dataclass(eq=False)
class Expression(Node):
    """A PromQL or LogQL expression of a rule or a panel."""

    text: str
    what: str
    """Whose expression it is, in words."""
    servers: tuple[Prometheus, ...]
    """Every server that evaluates it; empty where these are not all known."""
    rule: prom_facts.Rule | None
    """Whose condition it is, or what it records; None for a panel, and for a query in the text of an alert."""
    dashboard: Dashboard | None
    """As a Grafana loads it; None for a rule, and for a panel of which no file shows who loads it."""
    readers: frozenset[str] = frozenset()
    """The components that read it, as `knowledge` calls them, empty text for what is not known; none: nothing does."""
    language: Literal["promql", "logql"] = "promql"
    """LogQL where only Loki reads it, or where it stands beside expressions that can be nothing else."""
    rulers: tuple[Evaluator, ...] = ()
    """What else evaluates it besides `servers`, as far as known."""
    group: prom_facts.RuleGroup | None = None
    """The group of `rule`."""
    panel: grafana_facts.Panel | None = None
    """The panel whose query it is; None for a rule."""

    @property
    def itself(self) -> str:
        """The expression, in words, where `what` is whose it is."""
        if self.panel is not None:
            return f"a query of {self.what}"
        return f"the expression of {self.what}" if self.rule is not None and self.group is not None else self.what

    @property
    def alone(self) -> bool:
        """Whether it stands in no file."""
        return self.rule is None and self.panel is None and self.group is None

    @cached_property
    def substitution(self) -> grafana_variables.Substitution | None:
        """The text of a panel's query with its variables replaced, character for character."""
        return grafana_variables.substitute(self.text) if self.panel is not None else None

    @cached_property
    def tree(self) -> promql.Expr | None:
        """The syntax tree of PromQL; None where the text does not parse, which is for one rule alone to say.

        What another program than Prometheus may read is parsed as MetricsQL where it is no PromQL.
        """
        if self.language != "promql":
            return None
        text = self.substitution.text if self.substitution is not None else self.text
        dialects = [promql.Dialect.PROMQL]
        if not self.readers or self.readers - PROMQL_READERS:
            dialects.append(promql.Dialect.METRICSQL)
        for dialect in dialects:
            try:
                return promql.parse(text, dialect)
            except promql.SyntaxProblem:
                continue
        return None

    def quoted(self, node: promql.Node, most: int | None = 60) -> str:
        """A part of the tree as it is written, in one line of at most so many characters."""
        text = " ".join(self.text[node.start : node.end].split())
        return text if most is None or len(text) <= most else f"{text[: most - 3]}…"

    def written(self, node: promql.Node) -> bool:
        """Whether a part of the tree is wholly as it is written, with no variable of a dashboard in it."""
        return self.substitution is None or not self.substitution.touches(node.start, node.end)

    def at(self, node: promql.Node) -> Place:
        """The place of a part of the tree."""
        return self.within(node.start, node.end)

    def within(self, start: int, end: int) -> Place:
        """The place of a part of the expression."""
        return self.place.part(start, end, len(self.text))


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Where a store keeps state, and whether a mount covers it."""

    path: str
    what: str
    evidence: str
    """What decides the path, in words."""
    given: bool
    """Whether the files name the path, not the image."""
    essential: bool
    """Whether it is more than a cache or a read position."""
    covered: Answer
    place: Place | None = None
    """Where the path is written; None where the image decides it."""
    exclusive: bool = False
    """Whether one process alone may write it."""
    local: bool = False
    """Whether it has to lie on a local file system."""
    mount: Mount | None = None
    """The mount that covers it."""
    location: str | None = None
    """Where on the host it lies: the volume or directory and the path in it; None where that is not known."""
    volume: compose_facts.Declaration | None = None
    """The declaration of the volume that holds it."""


@dataclass(eq=False, slots=True)
class Store(Node):
    """A service that keeps state."""

    service: Service
    component: Component
    directories: list[DataDirectory] = field(default_factory=list)
    retention: Answer = _NOT_ASKED
    """Whether a retention is set anywhere; no means that the default decides."""
    misplaced: Mount | None = None
    """A mount that was meant for the data and covers none of it."""
    usual: bool = False
    """Whether `misplaced` lies where such components keep their data, not merely where nothing else needs it."""

    @property
    def kept(self) -> list[DataDirectory]:
        """What a volume should hold: what is essential, else what was named though the component can do without."""
        return [directory for directory in self.directories if directory.essential] or [
            directory for directory in self.directories if directory.given or self.component.role == "alert-router"
        ]


@dataclass(eq=False, slots=True)
class BrokenFile(Node):
    """A file that a component would load and must refuse: it does not parse, or sets one key twice."""

    reader: str
    """The component that would load the file."""
    message: str
    other: Place | None


@dataclass(eq=False, slots=True)
class FileFault(Node):
    """A fault of a file as one service meets it that loads the file; one node for each version that runs."""

    fault: Fault
    reader: str
    """The component that reads such files."""
    service: Service | None
    beyond: bool = False
    """Whether a release runs that is older or newer than all whose fields are known."""

    @property
    def version(self) -> tuple[int, int, int] | None:
        """What runs; None where the files do not tell."""
        service = self.service
        return service.image.version if service and service.component and service.image else None


@dataclass(eq=False, slots=True)
class UnusedConfig(Node):
    """A config file that no service has in its container."""

    path: str
    kind: str
    alike: int = 0
    """How many of the kind lie unused in its folder, told of the first alone; 0 for the others."""


@dataclass(eq=False, slots=True)
class ConfigUse(Node):
    """A config file as a component loads it."""

    path: str
    kind: str
    service: Service | None
    expands: Answer
    """Whether the component replaces environment variables in it, or something rewrites it before."""
    placeholders: tuple[Scalar, ...]
