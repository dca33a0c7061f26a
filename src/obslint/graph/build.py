"""Facts of all files to one graph: stacks, then services, then what each service loads, then the links between them."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

from obslint.facts import compose as compose_facts
from obslint.facts.alertmanager import AlertmanagerFile
from obslint.facts.alloy import AlloyFile
from obslint.facts.common import FileFacts, Relabel, Scalar
from obslint.facts.dockerfile import Dockerfile
from obslint.facts.elastic import BeatsFile, ElasticsearchFile, KibanaFile
from obslint.facts.grafana import Dashboard, DatasourceFile, DatasourceRef, GrafanaAlertingFile, ProviderFile
from obslint.facts.logs import LokiFile, PromtailFile
from obslint.facts.mimir import MimirFile
from obslint.facts.otel import OtelFile
from obslint.facts.prometheus import PrometheusFile, TargetFile
from obslint.facts.prometheus import RuleFile as RuleFileFacts
from obslint.facts.tempo import TempoFile
from obslint.findings import Place
from obslint.graph import (
    clashes,
    components,
    configs,
    containers,
    dashboards,
    faults,
    metrics,
    nodes,
    scrape_files,
    stores,
)
from obslint.graph.answers import Answer, no
from obslint.graph.compose import build_stack, definitions
from obslint.graph.declared import Declared
from obslint.graph.externals import Created
from obslint.graph.invocations import invocations
from obslint.graph.partition import Group, partition
from obslint.graph.project import Library, assemble
from obslint.graph.resolve import Names
from obslint.graph.scope import Scope
from obslint.graph.views import views
from obslint.knowledge import ANY_PROGRAM

_Node = TypeVar("_Node", bound=nodes.Node)
_Fact = TypeVar("_Fact")

# Evaluators other than Prometheus, and the flags with which they load rule files.
_RULE_FLAGS = {"vmalert": ("rule",), "thanos": ("rule-file",)}
# Relabelling actions of Prometheus and pipeline stages of Promtail that take labels off again.
_LABEL_FILTERS = frozenset(("labeldrop", "labelkeep", "labelallow"))
_COLLECTORS: tuple[tuple[type[OtelFile | AlloyFile], str], ...] = ((OtelFile, "otel"), (AlloyFile, "alloy"))
_SETUPS: tuple[tuple[type[TempoFile | MimirFile | BeatsFile | KibanaFile | ElasticsearchFile], str], ...] = (
    (TempoFile, "tempo"),
    (MimirFile, "mimir"),
    (BeatsFile, "filebeat"),
    (KibanaFile, "kibana"),
    (ElasticsearchFile, "elasticsearch"),
)
"""Facts of configurations, and the kind as which `knowledge` says that components load them."""


class Graph:
    """Everything the files mean together, and the questions rules ask of it."""

    def __init__(self, tree: containers.Tree, declared: Declared) -> None:
        self.tree = tree
        self.declared = declared
        self.stacks: list[nodes.Stack] = []
        self.groups: list[Group] = []
        self._grafana_alerting: list[list[nodes.Stack]] = []
        self.files: dict[str, list[FileFacts]] = defaultdict(list)
        self._nodes: dict[type[nodes.Node], list[nodes.Node]] = defaultdict(list)

    def add(self, node: nodes.Node) -> None:
        self._nodes[type(node)].append(node)

    def all(self, type_: type[_Node]) -> list[_Node]:
        """Every node of one type, in the order of the files."""
        return self._nodes[type_]  # type: ignore[return-value]

    def add_grafana_alerting(self, stacks: list[nodes.Stack]) -> None:
        """Note a file of Grafana-managed alerting, mounted in these stacks."""
        self._grafana_alerting.append(stacks)

    def grafana_may_alert(self, stack: nodes.Stack) -> bool:
        """Whether a Grafana of the stack has alerts of its own; a file that nothing mounts may be any Grafana's."""
        return any(not stacks or stack in stacks for stacks in self._grafana_alerting)

    def in_stack(self, type_: type[_Node], stack: nodes.Stack) -> list[_Node]:
        return [node for node in self.all(type_) if node.stack is stack]

    @cached_property
    def _scrapes(self) -> dict[int, list[nodes.Link]]:
        found: dict[int, list[nodes.Link]] = defaultdict(list)
        for link in self.all(nodes.Link):
            if link.kind == "scrape" and link.server is not None:
                found[id(link.server)].append(link)
        return found

    def scrapes_of(self, service: nodes.Service) -> list[nodes.Link]:
        """The scrapes that reach a service; asked only of a graph that is built."""
        return self._scrapes.get(id(service), [])

    def scrapes_known(self, stack: nodes.Stack) -> bool:
        """Whether everything that the services of a stack scrape is known."""
        return metrics.scrapes_known(stack, self.all(nodes.Prometheus), self.all(nodes.Collector))

    @cached_property
    def _asked(self) -> dict[tuple[int, int | None], set[str]]:
        found: dict[tuple[int, int | None], set[str]] = defaultdict(set)
        for link in self.all(nodes.Link):
            if link.server is not None:
                found[id(link.server), link.address.port].add(link.kind)
        return found

    def asked_on(self, service: nodes.Service, port: int) -> set[str]:
        """The kinds of links that lead to a port of a service; asked only of a graph that is built."""
        return self._asked.get((id(service), port), set())

    @cached_property
    def made_up_names(self) -> dict[str, list[nodes.Service]]:
        """What Compose calls containers, without their number: with hyphens, and with the underscores of version 1."""
        found: dict[str, list[nodes.Service]] = defaultdict(list)
        for service in self.all(nodes.Service):
            for separator in "-_":
                found[f"{service.stack.project}{separator}{service.name}".lower()].append(service)
        return found

    @cached_property
    def created(self) -> Created:
        """The networks and volumes that compose files create."""
        return Created([item for item in self.all(nodes.Definition) if not item.external])

    def prometheus_of(self, service: nodes.Service) -> nodes.Prometheus | None:
        """The Prometheus that a service runs, if its configuration is here."""
        return next((server for server in self.all(nodes.Prometheus) if server.service is service), None)

    def loki_of(self, service: nodes.Service) -> nodes.Loki | None:
        """The Loki that a service runs, if its configuration is here."""
        return self._lokis.get(id(service))

    @cached_property
    def _lokis(self) -> dict[int, nodes.Loki]:
        return {id(loki.service): loki for loki in self.all(nodes.Loki) if loki.service is not None}

    @cached_property
    def _sharing(self) -> dict[tuple[int, str, str], list[nodes.Store]]:
        found: dict[tuple[int, str, str], list[nodes.Store]] = defaultdict(list)
        for store in self.all(nodes.Store):
            for directory in store.directories:
                if directory.location is not None:
                    found[id(store.stack), store.component.id, directory.location].append(store)
        return found

    def sharing(self, store: nodes.Store, directory: nodes.DataDirectory) -> list[nodes.Store]:
        """The stores of the same kind, in the order of the file, that keep data in this directory of the host."""
        return self._sharing.get((id(store.stack), store.component.id, directory.location or ""), [])

    @property
    def unknown(self) -> int:
        """How many links stayed unknown."""
        return sum(1 for link in self.all(nodes.Link) if link.resolution.answer.unknown)


def build(files: Iterable[FileFacts], tree: containers.Tree, declared: Declared | None = None) -> Graph:
    """The graph of all files. Order of the input does not matter."""
    graph = Graph(tree, declared or Declared())
    for file in sorted(files, key=lambda file: (file.path, file.kind)):
        graph.files[file.path].append(file)
        for problem in file.problems:
            stack = nodes.Stack(name=file.path, directory=posixpath.dirname(file.path))
            graph.add(nodes.BrokenFile(stack, problem.place, file.reader, problem.message, problem.other))
    _stacks(graph)
    partition(graph.stacks, graph.declared.stacks)
    names = Names(graph.stacks)
    rule_files = _rule_files(graph)
    bindings: dict[str, list[configs.Binding]] = {}
    _prometheus(graph, names, rule_files, bindings)
    _other_evaluators(graph, rule_files)
    _alertmanagers(graph, names, bindings)
    _loki(graph, names, rule_files, bindings)
    _promtail(graph, names, bindings)
    _collectors(graph, names, bindings)
    _setups(graph, names, bindings)
    _grafana(graph, names)
    _expressions(graph)
    _stores(graph)
    _flag_links(graph, names)
    _config_uses(graph, bindings)
    _unused_configs(graph)
    _faults(graph, bindings)
    graph.groups = partition(graph.stacks, graph.declared.stacks)
    return graph


def _of_type(graph: Graph, type_: type[_Fact]) -> Iterator[_Fact]:
    for found in graph.files.values():
        for file in found:
            if isinstance(file.facts, type_):
                yield file.facts


def _by_path(graph: Graph, type_: type[_Fact]) -> dict[str, list[_Fact]]:
    found: dict[str, list[_Fact]] = {}
    for path, files in graph.files.items():
        facts = [file.facts for file in files if isinstance(file.facts, type_)]
        if facts:
            found[path] = facts
    return found


def _stacks(graph: Graph) -> None:
    """One stack for each way of running the compose files."""
    library = Library(
        _by_path(graph, compose_facts.ComposeFile),
        {file.path: file for file in _of_type(graph, compose_facts.EnvFile)},
        {file.path: file for file in _of_type(graph, Dockerfile)},
    )
    for view in views(library, invocations(graph.tree)):
        project = assemble(view.files, Scope(view.environment, view.directory), library, view.project)
        stack = build_stack(view, project, library, graph.tree)
        graph.stacks.append(stack)
        for item in definitions(stack, project):
            graph.add(item)
        for service in stack.services.values():
            graph.add(service)
            for port in service.ports:
                graph.add(port)
            for mount in service.mounts:
                graph.add(mount)
        for clash in clashes.find(stack):
            graph.add(clash)


def _services(graph: Graph) -> list[nodes.Service]:
    return graph.all(nodes.Service)


def _lone_stack(graph: Graph, path: str) -> nodes.Stack:
    """The stack of a config that no compose service loads."""
    stack = nodes.Stack(name=path, directory=posixpath.dirname(path))
    graph.stacks.append(stack)
    return stack


def _rule_files(graph: Graph) -> dict[str, list[nodes.RuleFile]]:
    found: dict[str, list[nodes.RuleFile]] = {}
    for path, facts in _by_path(graph, RuleFileFacts).items():
        stack = nodes.Stack(name=path, directory=posixpath.dirname(path))
        found[path] = [nodes.RuleFile(stack, fact.place, fact) for fact in facts]
        for node in found[path]:
            graph.add(node)
    return found


def _bound(
    graph: Graph, path: str, kinds: Sequence[str], bindings: dict[str, list[configs.Binding]]
) -> list[configs.Binding]:
    found = configs.bind(path, kinds, _services(graph), graph.tree)
    bindings.setdefault(path, []).extend(found)
    return found


def _prometheus(
    graph: Graph,
    names: Names,
    rule_files: dict[str, list[nodes.RuleFile]],
    bindings: dict[str, list[configs.Binding]],
) -> None:
    target_files = _by_path(graph, TargetFile)
    configurations = _by_path(graph, PrometheusFile)
    refused = {path for path, files in graph.files.items() if any(file.facts is None for file in files)}
    for fact in list(_of_type(graph, PrometheusFile)):
        for stack, service, directory in _runs(graph, fact.path, ("prometheus", "vmagent"), bindings):
            server = metrics.build_prometheus(stack, fact, service, directory, names, target_files, graph.tree)
            metrics.settle_rules(server, rule_files, refused)
            metrics.settle_jobs(server)
            graph.add(server)
            read = [containers.load(service, path, directory, graph.tree) for path in fact.scrape_config_files]
            paths = dict.fromkeys(path for loaded in read for path in loaded.files if path != fact.path)
            others = [job for path in paths for other in configurations.get(path, ()) for job in other.jobs]
            for fault in scrape_files.same_jobs(server, others):
                graph.add(fault)
            for job in server.jobs:
                graph.add(job)
                for link in job.links:
                    graph.add(link)
                first, second = job.fact.relabels, job.fact.metric_relabels
                drops = any(step.action and step.action.text.lower() in _LABEL_FILTERS for step in second)
                _relabel_steps(graph, stack, "Prometheus", job.name, first, "relabel_configs", drops)
                _relabel_steps(graph, stack, "Prometheus", job.name, second, "metric_relabel_configs", False)
            for link in server.alertmanagers:
                graph.add(link)
            for kind, remotes in (("remote-write", fact.remote_writes), ("remote-read", fact.remote_reads)):
                for remote in remotes:
                    _add_link(graph, stack, kind, service, remote.url, names)


def _relabel_steps(
    graph: Graph,
    stack: nodes.Stack,
    component: str,
    job: str | None,
    steps: tuple[Relabel, ...],
    phase: str,
    dropped_later: bool,
) -> None:
    if steps:
        graph.add(nodes.RelabelSteps(stack, steps[0].place, component, job or "", steps, phase, dropped_later))


def _add_link(
    graph: Graph,
    stack: nodes.Stack,
    kind: str,
    client: nodes.Service | None,
    written: Scalar | None,
    names: Names,
    certain: bool = True,
) -> None:
    found = metrics.link(stack, kind, client, written, names) if written is not None else None
    if found is not None:
        found.certain = certain
        graph.add(found)


def _other_evaluators(graph: Graph, rule_files: dict[str, list[nodes.RuleFile]]) -> None:
    """vmalert, Thanos and whatever else mounts a rule file: enough to know that it is used."""
    for service in _services(graph):
        component = service.component
        flags = _RULE_FLAGS.get(component.id, ()) if component else ()
        for loaded in metrics.rule_flag_loads(service, flags, graph.tree) if flags else ():
            for path in loaded.files:
                for node in rule_files.get(path, ()):
                    node.loaders.append(f"`{service.name}`")
        if component is not None and component.id == "prometheus":
            continue
        for path, found in rule_files.items():
            if containers.container_paths(service, path, graph.tree):
                for node in found:
                    if not node.loaders:
                        node.loaders.append(f"`{service.name}`, which mounts it")


def _alertmanagers(graph: Graph, names: Names, bindings: dict[str, list[configs.Binding]]) -> None:
    for fact in list(_of_type(graph, AlertmanagerFile)):
        for stack, service, _ in _runs(graph, fact.path, ("alertmanager",), bindings):
            graph.add(nodes.Alertmanager(stack, fact.place, service, fact))
            for receiver in fact.receivers:
                for integration in receiver.integrations:
                    _add_link(graph, stack, "webhook", service, integration.url, names)


def _loki(
    graph: Graph,
    names: Names,
    rule_files: dict[str, list[nodes.RuleFile]],
    bindings: dict[str, list[configs.Binding]],
) -> None:
    for fact in list(_of_type(graph, LokiFile)):
        for stack, service, _ in _runs(graph, fact.path, ("loki",), bindings):
            graph.add(nodes.Loki(stack, fact.place, service, fact))
            _add_link(graph, stack, "alertmanager", service, fact.alertmanager_url, names)
            if fact.rules_directory is None:
                continue
            base = posixpath.dirname(fact.path) if service is None else "/"
            pattern = Scalar(fact.rules_directory.text.rstrip("/") + "/*/*", fact.rules_directory.place)
            for path in containers.load(service, pattern, base, graph.tree).files:
                for node in rule_files.get(path, ()):
                    node.loaders.append(f"the ruler of {fact.path}")


def _promtail(graph: Graph, names: Names, bindings: dict[str, list[configs.Binding]]) -> None:
    for fact in list(_of_type(graph, PromtailFile)):
        for stack, service, _ in _runs(graph, fact.path, ("promtail",), bindings):
            graph.add(nodes.LogShipper(stack, fact.place, service, fact))
            for url in fact.clients:
                _add_link(graph, stack, "log-push", service, url, names)
            for job in fact.jobs:
                name = job.name.text if job.name else None
                drops = any(stage.kind in _LABEL_FILTERS for stage in job.stages)
                _relabel_steps(graph, stack, "Promtail", name, job.relabels, "relabel_configs", drops)


def _collectors(graph: Graph, names: Names, bindings: dict[str, list[configs.Binding]]) -> None:
    target_files = _by_path(graph, TargetFile)
    for type_, kind in _COLLECTORS:
        for fact in list(_of_type(graph, type_)):
            for stack, service, directory in _runs(graph, fact.path, (kind,), bindings):
                collector = components.build_collector(stack, service, fact, directory, names, target_files, graph.tree)
                graph.add(collector)
                for job in collector.jobs:
                    graph.add(job)
                    for link in job.links:
                        graph.add(link)
                _connect(graph, names, stack, service, fact)


def _setups(graph: Graph, names: Names, bindings: dict[str, list[configs.Binding]]) -> None:
    for type_, kind in _SETUPS:
        for fact in list(_of_type(graph, type_)):
            for stack, service, _ in _runs(graph, fact.path, (kind,), bindings):
                graph.add(nodes.Setup(stack, fact.place, service, fact, kind))
                _connect(graph, names, stack, service, fact)


def _connect(graph: Graph, names: Names, stack: nodes.Stack, service: nodes.Service | None, fact: object) -> None:
    """Where a configuration listens, and whom it connects to."""
    if service is not None:
        service.listeners.extend(components.listeners(fact, service))
    for kind, address in components.connections(fact, service):
        _add_link(graph, stack, kind, service, address, names)


def _runs(
    graph: Graph, path: str, kinds: Sequence[str], bindings: dict[str, list[configs.Binding]]
) -> list[tuple[nodes.Stack, nodes.Service | None, str]]:
    """Each service that loads a configuration, with its stack and the directory where relative paths start."""
    return [
        (binding.service.stack, binding.service, posixpath.dirname(binding.container_path))
        for binding in _bound(graph, path, kinds, bindings)
    ] or [(_lone_stack(graph, path), None, posixpath.dirname(path))]


def _grafana(graph: Graph, names: Names) -> None:
    datasource_files = _by_path(graph, DatasourceFile)
    provider_files = _by_path(graph, ProviderFile)
    dashboard_files = _by_path(graph, Dashboard)
    for path in _by_path(graph, GrafanaAlertingFile):
        graph.add_grafana_alerting(
            [service.stack for service in _services(graph) if containers.container_paths(service, path, graph.tree)]
        )
    for service in _services(graph):
        if not service.runs("grafana"):
            continue
        grafana = dashboards.build_grafana(
            service, datasource_files, provider_files, dashboard_files, names, graph.tree
        )
        graph.add(grafana)
        for datasource in grafana.datasources:
            graph.add(datasource)
            if datasource.link is not None:
                graph.add(datasource.link)
        for dashboard in grafana.dashboards:
            graph.add(dashboard)
        for provider in grafana.providers:
            graph.add(provider)


def _expressions(graph: Graph) -> None:
    """Every PromQL expression, with the servers that evaluate it where all of them are known."""
    servers = graph.all(nodes.Prometheus)
    for rule_file in graph.all(nodes.RuleFile):
        evaluators = [server for server in servers if rule_file in server.rule_files]
        known = tuple(evaluators) if len(evaluators) == len(rule_file.loaders) else ()
        for rule in rule_file.rules():
            if rule.expr is not None and not rule_file.fact.logql:
                stack = evaluators[0].stack if evaluators else rule_file.stack
                what = f"{'alert' if rule.alerting else 'recording rule'} `{rule.name}`"
                graph.add(nodes.Expression(stack, rule.expr.place, rule.expr.text, what, known, rule, None))
    for dashboard in graph.all(nodes.Dashboard):
        for panel in dashboard.fact.panels:
            for query in panel.queries:
                server = _server_behind(dashboard.grafana, dashboards.asked(panel, query), servers)
                if query.expr is not None and server is not None:
                    what = f"panel `{panel.title}` of dashboard `{dashboard.fact.title}`"
                    graph.add(
                        nodes.Expression(
                            dashboard.stack, query.expr.place, query.expr.text, what, (server,), None, dashboard
                        )
                    )


def _server_behind(
    grafana: nodes.Grafana, ref: DatasourceRef | None, servers: Sequence[nodes.Prometheus]
) -> nodes.Prometheus | None:
    """The Prometheus that a panel's data source reads, if the reference is literal and leads to one here."""
    if ref is None or "$" in ref.value.text:
        candidates = [datasource for datasource in grafana.datasources if datasource.fact.default]
        candidates = candidates if ref is None else []
    else:
        wanted = ref.value.text
        candidates = [
            datasource
            for datasource in grafana.datasources
            if wanted in {part.text for part in (datasource.fact.uid, datasource.fact.name) if part is not None}
        ]
    if len(candidates) != 1 or candidates[0].fact.type is None or candidates[0].fact.type.text != "prometheus":
        return None
    link = candidates[0].link
    return next((server for server in servers if link and link.server and server.service is link.server), None)


def _stores(graph: Graph) -> None:
    volumes = {id(stack): stores.Volumes.of(stack) for stack in graph.stacks}
    for service in _services(graph):
        config: object | None = None
        read = False
        for server in graph.all(nodes.Prometheus):
            if server.service is service:
                config, read = server.fact, True
        for loki in graph.all(nodes.Loki):
            if loki.service is service:
                config, read = loki.fact, True
        store = stores.build_store(service, volumes[id(service.stack)], config, read)
        if store is not None:
            graph.add(store)


def _flag_links(graph: Graph, names: Names) -> None:
    """Addresses that services are given as flags or environment variables."""
    for service in _services(graph):
        known = service.component.connects if service.component else ()
        read: set[str] = set()
        for connects in (*known, *ANY_PROGRAM):
            given = [(flag.value, flag.place) for flag in service.all_flags(*connects.flags)]
            read.update(connects.env)
            variables = [service.environment[name] for name in connects.env if name in service.environment]
            given += [(variable.value, variable.place) for variable in variables]
            for value, place in given:
                for text, offset in components.split_addresses(value or "", connects):
                    found = Scalar(text, place.part(offset, offset + len(text), len(value or "")))
                    used = service.component is not None and connects in known
                    _add_link(graph, service.stack, connects.kind, service, found, names, certain=used)
        for variable in service.environment.values():
            if variable.name not in read and variable.value and variable.value.startswith(("http://", "https://")):
                written = Scalar(variable.value, variable.place)
                _add_link(graph, service.stack, "variable", service, written, names, certain=False)


def _unused_configs(graph: Graph) -> None:
    folders: dict[tuple[str, str], nodes.UnusedConfig] = {}
    for path, files in graph.files.items():
        for file in files[:1]:
            place = getattr(file.facts, "place", None)
            if isinstance(place, Place) and not any(
                containers.container_paths(service, path, graph.tree) for service in _services(graph)
            ):
                folder = posixpath.dirname(path)
                node = nodes.UnusedConfig(nodes.Stack(name=path, directory=folder), place, path, file.kind)
                folders.setdefault((folder, file.kind), node).alike += 1
                graph.add(node)


def _faults(graph: Graph, bindings: dict[str, list[configs.Binding]]) -> None:
    """What is wrong in single files, as those services meet it that load them."""
    loaders = {path: [binding.service for binding in found] for path, found in bindings.items()}
    for server in graph.all(nodes.Prometheus):
        for rule_file in server.rule_files:
            if server.service is not None:
                loaders.setdefault(rule_file.path, []).append(server.service)
    # Rules that vmalert, Thanos or another ruler loads are judged by those, of which nothing is known here.
    others = {node.path for node in graph.all(nodes.RuleFile) if node.loaders}
    for files in graph.files.values():
        for file in files:
            found = loaders.get(file.path, ())
            if found or file.path not in others:
                for fault in faults.find(file, found):
                    graph.add(fault)


def _config_uses(graph: Graph, bindings: dict[str, list[configs.Binding]]) -> None:
    """Files in which variables stand, each as every service that loads it reads it."""
    for path, files in graph.files.items():
        for file in files:
            if not file.placeholders:
                continue
            uses: list[tuple[nodes.Service | None, Answer]] = [
                (binding.service, configs.expands(binding)) for binding in bindings.get(path, ())
            ]
            for server in graph.all(nodes.Prometheus):
                if server.service is not None and any(node.path == path for node in server.rule_files):
                    doubt = configs.may_rewrite(server.service)
                    uses.append((server.service, doubt or no("Prometheus expands no variables in rule files")))
            external = tuple(item for item in file.placeholders if configs.in_external_labels(item, file.kind))
            literal = tuple(item for item in file.placeholders if item not in external)
            for service, answer in uses or [(None, configs.expands(None))]:
                stack = service.stack if service else nodes.Stack(name=path, directory=posixpath.dirname(path))
                for found, verdict in ((literal, answer), (external, configs.expands_external_labels(service, answer))):
                    if found:
                        graph.add(nodes.ConfigUse(stack, found[0].place, path, file.kind, service, verdict, found))
