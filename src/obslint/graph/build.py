"""Facts of all files to one graph: stacks, then services, then what each service loads, then the links between them."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from obslint.facts import compose as compose_facts
from obslint.facts.alertmanager import AlertmanagerFile
from obslint.facts.alloy import AlloyFile
from obslint.facts.common import FileFacts, Relabel, Scalar
from obslint.facts.dockerfile import Dockerfile
from obslint.facts.elastic import BeatsFile, ElasticsearchFile, KibanaFile
from obslint.facts.grafana import Dashboard, DatasourceFile, GrafanaAlertingFile, ProviderFile
from obslint.facts.logs import LokiFile, PromtailFile
from obslint.facts.mimir import MimirFile
from obslint.facts.nginx import NginxFile
from obslint.facts.otel import OtelFile
from obslint.facts.prometheus import PrometheusFile, TargetFile
from obslint.facts.prometheus import RuleFile as RuleFileFacts
from obslint.facts.tempo import TempoFile
from obslint.facts.traefik import TraefikFile
from obslint.findings import Place
from obslint.graph import (
    clashes,
    components,
    configs,
    containers,
    dashboards,
    edges,
    metrics,
    nodes,
    panels,
    refusals,
    scrape_files,
    stores,
)
from obslint.graph.answers import Answer, no
from obslint.graph.compose import build_stack, definitions
from obslint.graph.declared import Declared
from obslint.graph.graph import Graph
from obslint.graph.partition import partition
from obslint.graph.project import Library, assemble
from obslint.graph.resolve import Names
from obslint.graph.scope import Scope
from obslint.graph.views import views
from obslint.knowledge import ANY_PROGRAM

if TYPE_CHECKING:
    from obslint.graph.invocations import Invocation

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


def build(files: Iterable[FileFacts], tree: containers.Tree, declared: Declared | None = None) -> Graph:
    """The graph of all files. Order of the input does not matter."""
    graph = Graph(tree, declared or Declared())
    for file in sorted(files, key=lambda file: (file.path, file.kind)):
        graph.files[file.path].append(file)
        for problem in file.problems:
            stack = nodes.Stack(name=file.path, directory=posixpath.dirname(file.path))
            graph.add(nodes.BrokenFile(stack, problem.place, file.reader, problem.message, problem.other))
    _stacks(graph)
    partition(graph.stacks, graph.declared)
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
    _edges(graph, names, bindings)
    _grafana(graph, names)
    _expressions(graph)
    _stores(graph)
    _flag_links(graph, names)
    _config_uses(graph, bindings)
    _unused_configs(graph)
    _faults(graph, bindings)
    graph.groups = partition(graph.stacks, graph.declared)
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
    # Scripts are read only where they may run something: reading them takes longer than all the rest of a small check.
    for view in views(library, _invocations(graph.tree) if library.compose else ()):
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


def _invocations(tree: containers.Tree) -> Sequence[Invocation]:
    from obslint.graph.invocations import invocations  # reading shells is a tenth of the time to start

    return invocations(tree)


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
    found = configs.bind(path, kinds, graph.shown.services(path))
    bindings.setdefault(path, []).extend(found)
    return found


def _prometheus(
    graph: Graph,
    names: Names,
    rule_files: dict[str, list[nodes.RuleFile]],
    bindings: dict[str, list[configs.Binding]],
) -> None:
    target_files = _by_path(graph, TargetFile)
    refused = {path for path, files in graph.files.items() if any(file.facts is None for file in files)}
    files = _by_path(graph, PrometheusFile)
    parts = set(_scrape_files(graph))
    for fact in list(_of_type(graph, PrometheusFile)):
        if fact.path in parts and not configs.bind(fact.path, ("prometheus",), graph.shown.services(fact.path)):
            continue
        for stack, service, directory in _runs(graph, fact.path, ("prometheus", "vmagent"), bindings):
            server = metrics.build_prometheus(stack, fact, service, directory, names, target_files, files, graph.tree)
            metrics.settle_rules(server, rule_files, refused)
            metrics.settle_jobs(server)
            graph.add(server)
            for fault in scrape_files.same_jobs(server):
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


def _scrape_files(graph: Graph) -> Iterator[str]:
    """Files that are no configurations of their own: another one's `scrape_config_files` lead to them."""
    for fact in _of_type(graph, PrometheusFile):
        if not fact.scrape_config_files:
            continue
        runs: list[tuple[nodes.Service | None, str]] = [
            (binding.service, posixpath.dirname(binding.container_path))
            for binding in configs.bind(fact.path, ("prometheus",), graph.shown.services(fact.path))
        ]
        for service, directory in runs or [(None, posixpath.dirname(fact.path))]:
            for load in metrics.scrape_file_loads(fact, service, directory, graph.tree):
                yield from load.files


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
    variable: str = "",
) -> None:
    found = metrics.link(stack, kind, client, written, names) if written is not None else None
    if found is not None:
        found.certain, found.variable = certain, variable
        graph.add(found)


def _other_evaluators(graph: Graph, rule_files: dict[str, list[nodes.RuleFile]]) -> None:
    """vmalert and Thanos by their flags; of whatever else mounts a rule file it is enough to know that it is used."""
    mounted: dict[int, list[str]] = defaultdict(list)
    for path in rule_files:
        for service in graph.shown.services(path):
            mounted[id(service)].append(path)
    for service in _services(graph):
        component = service.component
        flags = _RULE_FLAGS.get(component.id, ()) if component else ()
        loads = metrics.rule_flag_loads(service, flags, graph.tree) if flags else []
        if component is not None and loads:
            evaluator = nodes.Evaluator(service.stack, service.place, service, component.id, loads)
            _evaluate(graph, evaluator, rule_files, f"`{service.name}`")
        if component is not None and component.id == "prometheus":
            continue
        for path in mounted[id(service)]:
            idle = [node for node in rule_files[path] if not node.loaders]
            if idle and containers.container_paths(service, path):
                for node in idle:
                    node.loaders.append(f"`{service.name}`, which mounts it")


def _evaluate(
    graph: Graph, evaluator: nodes.Evaluator, rule_files: dict[str, list[nodes.RuleFile]], title: str
) -> None:
    """Tie an evaluator to the rule files it loads."""
    for path in dict.fromkeys(path for loaded in evaluator.loads for path in loaded.files):
        for node in rule_files.get(path, ()):
            node.loaders.append(title)
            evaluator.rule_files.append(node)
    graph.add(evaluator)


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
            _connect(graph, names, stack, service, fact, "loki")
            _add_link(graph, stack, "alertmanager", service, fact.alertmanager_url, names)
            if fact.rules_directory is None:
                continue
            base = posixpath.dirname(fact.path) if service is None else "/"
            pattern = Scalar(fact.rules_directory.text.rstrip("/") + "/*/*", fact.rules_directory.place)
            ruler = nodes.Evaluator(stack, fact.rules_directory.place, service, "loki")
            ruler.loads.append(containers.load(service, pattern, base, graph.tree))
            _evaluate(graph, ruler, rule_files, f"the ruler of {fact.path}")


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
                _connect(graph, names, stack, service, fact, kind)


def _setups(graph: Graph, names: Names, bindings: dict[str, list[configs.Binding]]) -> None:
    for type_, kind in _SETUPS:
        for fact in list(_of_type(graph, type_)):
            for stack, service, _ in _runs(graph, fact.path, (kind,), bindings):
                graph.add(nodes.Setup(stack, fact.place, service, fact, kind))
                _connect(graph, names, stack, service, fact, kind)


def _edges(graph: Graph, names: Names, bindings: dict[str, list[configs.Binding]]) -> None:
    """What reverse proxies pass on, and to whom."""
    files = {file.path: file for file in _of_type(graph, NginxFile)}
    static = {path: facts[0] for path, facts in _by_path(graph, TraefikFile).items() if facts[0].static}
    configured = {
        id(binding.service): fact
        for path, fact in static.items()
        for binding in _bound(graph, path, ("traefik",), bindings)
    }
    for service in _services(graph):
        if service.runs("nginx"):
            for link, route in edges.nginx_links(service, files, names):
                graph.add(link)
                if route is not None:
                    graph.add(route)
        if service.runs("traefik"):
            for route in edges.traefik_routes(service, configured.get(id(service))):
                graph.add(route)


def _connect(
    graph: Graph, names: Names, stack: nodes.Stack, service: nodes.Service | None, fact: object, kind: str
) -> None:
    """Where a configuration listens, and whom it connects to."""
    if service is not None:
        service.configured.add(kind)
        service.listeners.extend(components.listeners(fact, service))
    for way, address in components.connections(fact, service):
        _add_link(graph, stack, way, service, address, names)


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
            [service.stack for service in graph.shown.services(path) if containers.container_paths(service, path)]
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
    loading: dict[int, dict[int, nodes.Prometheus]] = defaultdict(dict)
    for loader in servers:
        for rule_file in loader.rule_files:
            loading[id(rule_file)][id(loader)] = loader
    rulers: dict[int, list[str]] = defaultdict(list)
    for ruler in graph.all(nodes.Evaluator):
        for rule_file in ruler.rule_files:
            rulers[id(rule_file)].append(ruler.component)
    for rule_file in graph.all(nodes.RuleFile):
        evaluators = list(loading[id(rule_file)].values())
        readers = [*map(panels.reader, evaluators), *rulers[id(rule_file)]]
        if len(readers) < len(rule_file.loaders):
            readers.append("")
        known = tuple(evaluators) if len(evaluators) == len(rule_file.loaders) else ()
        stack = evaluators[0].stack if evaluators else rule_file.stack
        for group in rule_file.fact.groups:
            for rule in group.rules:
                if rule.expr is not None and not rule_file.fact.logql:
                    what = f"{'alert' if rule.alerting else 'recording rule'} `{rule.name}`"
                    graph.add(
                        nodes.Expression(
                            stack,
                            rule.expr.place,
                            rule.expr.text,
                            what,
                            known,
                            rule,
                            None,
                            frozenset(readers),
                            group=group,
                        )
                    )
    for expression in panels.expressions(graph.all(nodes.Dashboard), _by_path(graph, Dashboard), servers):
        graph.add(expression)


def _stores(graph: Graph) -> None:
    volumes = {id(stack): stores.Volumes.of(stack) for stack in graph.stacks}
    loaded: dict[int, object] = {id(server.service): server.fact for server in graph.all(nodes.Prometheus)}
    loaded.update((id(loki.service), loki.fact) for loki in graph.all(nodes.Loki))
    loaded.update(
        (id(setup.service), setup.fact)
        for setup in graph.all(nodes.Setup)
        if isinstance(setup.fact, TempoFile) and setup.service and not setup.service.flag("target")
    )
    for service in _services(graph):
        config = loaded.get(id(service))
        store = stores.build_store(service, volumes[id(service.stack)], config, config is not None)
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
                _add_link(graph, service.stack, "variable", service, written, names, False, variable.name)


def _unused_configs(graph: Graph) -> None:
    folders: dict[tuple[str, str], nodes.UnusedConfig] = {}
    for path, files in graph.files.items():
        for file in files[:1]:
            place = getattr(file.facts, "place", None)
            if isinstance(place, Place) and not any(
                containers.container_paths(service, path) for service in graph.shown.services(path)
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
    for ruler in graph.all(nodes.Evaluator):
        if ruler.component == "loki" and ruler.service is not None:
            for rule_file in ruler.rule_files:
                loaders.setdefault(rule_file.path, []).append(ruler.service)
    # Rules that vmalert, Thanos or another ruler loads are judged by those, of which nothing is known here.
    others = {node.path for node in graph.all(nodes.RuleFile) if node.loaders}
    for files in graph.files.values():
        for file in files:
            found = loaders.get(file.path, ())
            if found or file.path not in others:
                for fault in refusals.find(file, found):
                    graph.add(fault)


def _config_uses(graph: Graph, bindings: dict[str, list[configs.Binding]]) -> None:
    """Files in which variables stand, each as every service that loads it reads it."""
    loading: dict[str, dict[int, nodes.Service]] = defaultdict(dict)
    for server in graph.all(nodes.Prometheus):
        if server.service is not None:
            for node in server.rule_files:
                loading[node.path][id(server)] = server.service
    for path, files in graph.files.items():
        for file in files:
            if not file.placeholders:
                continue
            uses: list[tuple[nodes.Service | None, Answer]] = [
                (binding.service, configs.expands(binding)) for binding in bindings.get(path, ())
            ]
            for loader in loading[path].values():
                doubt = configs.may_rewrite(loader)
                uses.append((loader, doubt or no("Prometheus expands no variables in rule files")))
            external = tuple(item for item in file.placeholders if configs.in_external_labels(item, file.kind))
            literal = tuple(item for item in file.placeholders if item not in external)
            for service, answer in uses or [(None, configs.expands(None))]:
                stack = service.stack if service else nodes.Stack(name=path, directory=posixpath.dirname(path))
                for found, verdict in ((literal, answer), (external, configs.expands_external_labels(service, answer))):
                    if found:
                        graph.add(nodes.ConfigUse(stack, found[0].place, path, file.kind, service, verdict, found))
