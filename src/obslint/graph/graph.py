"""Everything the files mean together, and the questions that rules ask of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import TypeVar

from obslint.facts.common import FileFacts
from obslint.graph import containers, metrics, nodes, shipping
from obslint.graph.alike import Alike
from obslint.graph.declared import Declared
from obslint.graph.externals import Created
from obslint.graph.labels import SeriesLabels
from obslint.graph.listening import listening
from obslint.graph.partition import Group
from obslint.graph.repeats import Repeat, repeats
from obslint.graph.vocabulary import Split, splits
from obslint.lang import promql
from obslint.lang.promql.scales import Scale, scales

_WORD = re.compile(r"[\w.-]+")
_MAX_RECORDINGS = 5
"""Rules of one name, and rules that build on one another, are followed no further."""
_Node = TypeVar("_Node", bound=nodes.Node)


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
        self._by_stack: dict[type[nodes.Node], dict[int, list[nodes.Node]]] = {}
        self._scrapes_known: dict[int, bool] = {}
        self._listening: dict[int, dict[int, list[nodes.Service]]] = {}
        self._read_by: dict[int, list[nodes.Service]] = {}
        self._known_scales: dict[tuple[int, bool], dict[int, Scale]] = {}
        self.alike = Alike()

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

    @cached_property
    def shown(self) -> containers.Shown:
        """Which services mount what; asked only once all services are there."""
        return containers.Shown(self.all(nodes.Service))

    def in_stack(self, type_: type[_Node], stack: nodes.Stack) -> list[_Node]:
        """Every node of one type in a stack; asked only of a graph that is built."""
        if type_ not in self._by_stack:
            found = self._by_stack[type_] = defaultdict(list)
            for node in self.all(type_):
                found[id(node.stack)].append(node)
        return self._by_stack[type_].get(id(stack), [])  # type: ignore[return-value]

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
        """Whether everything that the services of a stack scrape is known; asked only of a graph that is built."""
        if id(stack) not in self._scrapes_known:
            servers, collectors = self.in_stack(nodes.Prometheus, stack), self.in_stack(nodes.Collector, stack)
            self._scrapes_known[id(stack)] = metrics.scrapes_known(stack, servers, collectors)
        return self._scrapes_known[id(stack)]

    @cached_property
    def _links(self) -> dict[int, list[nodes.Link]]:
        found: dict[int, list[nodes.Link]] = defaultdict(list)
        for link in self.all(nodes.Link):
            if link.server is not None:
                found[id(link.server)].append(link)
        return found

    def links_to(self, service: nodes.Service) -> list[nodes.Link]:
        """The links that lead to a service inside a network; asked only of a graph that is built."""
        return self._links.get(id(service), [])

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

    def listening_on(self, stack: nodes.Stack, port: int) -> list[nodes.Service]:
        """The services of a stack that are known to listen on a port; asked only of a graph that is built."""
        if id(stack) not in self._listening:
            found = self._listening[id(stack)] = defaultdict(list)
            for service in stack.services.values():
                for number in listening(service):
                    found[number].append(service)
        return self._listening[id(stack)].get(port, [])

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

    def inference(self, expression: nodes.Expression) -> promql.Inference | None:
        """The labels of every part of an expression; None where it does not parse. Asked only of a built graph."""
        return self._labels.inference(expression)

    def scales(self, expression: nodes.Expression, *, named: bool = True) -> dict[int, Scale]:
        """The scale of each part of a tree, by `id`, recorded series followed to their rules; empty without a tree."""
        key = id(expression), named
        if key not in self._known_scales:
            self._known_scales[key] = self._scales(expression, named, _MAX_RECORDINGS)
        return self._known_scales[key]

    def _scales(self, expression: nodes.Expression, named: bool, depth: int) -> dict[int, Scale]:
        def recorded(selector: promql.VectorSelector) -> Scale | None:
            name = selector.metric_name
            if depth == 0 or name is None or ":" not in name:
                return None
            found = set()
            for rule in self.recordings(name, expression)[:_MAX_RECORDINGS]:
                found.add(self._scales(rule, named, depth - 1).get(id(rule.tree)))
            return found.pop() if len(found) == 1 else None

        return scales(expression.tree, named=named, of_series=recorded) if expression.tree is not None else {}

    def usual_inference(self, expression: nodes.Expression) -> promql.Inference | None:
        """Like `inference`, with what is most likely besides what is proven; asked only of a built graph."""
        return self._labels.inference(expression, usual=True)

    def recordings(self, name: str, expression: nodes.Expression) -> Sequence[nodes.Expression]:
        """The rules that record what an expression reads; where it runs on no known server, those of all files."""
        return self._labels.recordings(name, expression.servers)

    @cached_property
    def rated(self) -> frozenset[str]:
        """The metrics that some rule or panel takes for counters, by `rate` and its like; asked of a built graph."""
        trees = (expression.tree for expression in self.all(nodes.Expression) if "loki" not in expression.readers)
        return frozenset(name for tree in trees if tree is not None for name in promql.rated(tree))

    @cached_property
    def recorded(self) -> frozenset[str]:
        """The names under which some rule records; asked of a built graph."""
        rules = (rule for file in self.all(nodes.RuleFile) for rule in file.rules())
        return frozenset(rule.name.text for rule in rules if not rule.alerting)

    @cached_property
    def asked(self) -> frozenset[str]:
        """The metrics that rules ask for by name, those of panels left out; asked of a built graph."""
        trees = (expression.tree for expression in self.all(nodes.Expression) if expression.rule is not None)
        names = (selector.metric_name for tree in trees if tree is not None for selector in promql.selectors(tree))
        return frozenset(name for name in names if name is not None)

    @cached_property
    def _labels(self) -> SeriesLabels:
        return SeriesLabels(self.all(nodes.Expression))

    @cached_property
    def annotations(self) -> frozenset[str]:
        """The names of all annotations that alerts of rule files have; asked only of a graph that is built."""
        alerts = (alert for rule_file in self.all(nodes.RuleFile) for alert in rule_file.alerts)
        return frozenset(entry.name.text for alert in alerts for entry in alert.annotations)

    @cached_property
    def values_matched(self) -> dict[str, set[str]]:
        """Label → the words of all values that routes and inhibit rules of Alertmanagers ask for."""
        found: dict[str, set[str]] = defaultdict(set)
        for alertmanager in self.all(nodes.Alertmanager):
            for label, value in alertmanager.fact.values_matched:
                found[label].update((value, *_WORD.findall(value)))
        return found

    @cached_property
    def vocabulary(self) -> dict[int, list[Split]]:
        """Metrics that are asked for several names of one label, by the id of an expression; asked of a built graph."""
        return splits(self.all(nodes.Expression))

    @cached_property
    def repeats(self) -> dict[int, list[Repeat]]:
        """Rules that repeat others, by the id of their file; asked only of a graph that is built."""
        evaluators: list[nodes.Prometheus | nodes.Evaluator] = [*self.all(nodes.Prometheus), *self.all(nodes.Evaluator)]
        return repeats(self.all(nodes.RuleFile), evaluators, self.all(nodes.Expression))

    def prometheus_of(self, service: nodes.Service) -> nodes.Prometheus | None:
        """The Prometheus that a service runs, if its configuration is here."""
        return self._prometheuses.get(id(service))

    def prometheus_behind(self, datasource: nodes.Datasource) -> nodes.Prometheus | None:
        """The Prometheus that a data source of that type asks, if its configuration is here."""
        type_, link = datasource.fact.type, datasource.link
        if type_ is None or type_.text != "prometheus" or link is None or link.server is None:
            return None
        return self.prometheus_of(link.server)

    @cached_property
    def _prometheuses(self) -> dict[int, nodes.Prometheus]:
        servers = reversed(self.all(nodes.Prometheus))  # the first of each service counts
        return {id(server.service): server for server in servers if server.service is not None}

    def loki_of(self, service: nodes.Service) -> nodes.Loki | None:
        """The Loki that a service runs, if its configuration is here."""
        return self._lokis.get(id(service))

    @cached_property
    def _lokis(self) -> dict[int, nodes.Loki]:
        return {id(loki.service): loki for loki in self.all(nodes.Loki) if loki.service is not None}

    def read_by(self, collection: nodes.Collection) -> list[nodes.Service]:
        """The services whose containers a collection reads for certain; asked only of a graph that is built."""
        if id(collection) not in self._read_by:
            self._read_by[id(collection)] = shipping.read_by(collection)
        return self._read_by[id(collection)]

    @cached_property
    def _readers(self) -> dict[int, list[nodes.Collection]]:
        found: dict[int, list[nodes.Collection]] = defaultdict(list)
        for collection in self.all(nodes.Collection):
            for service in self.read_by(collection):
                found[id(service)].append(collection)
        return found

    def readers_of(self, service: nodes.Service) -> list[nodes.Collection]:
        """The collections that read a service's containers for certain; asked only of a graph that is built."""
        return self._readers.get(id(service), [])

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
