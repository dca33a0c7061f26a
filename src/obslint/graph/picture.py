"""The graph as plain points and lines, for those who look at it: a person, a script, another policy engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from obslint.findings import Location, Place
from obslint.graph import nodes
from obslint.graph.answers import Answer, yes
from obslint.graph.graph import Graph
from obslint.lang.images import Image
from obslint.lang.interpolation import HOLE

_VERBS = {
    "scrape": "scrapes",
    "alertmanager": "notifies",
    "webhook": "notifies",
    "remote-write": "writes",
    "log-push": "writes",
    "trace-push": "writes",
    "otlp": "writes",
    "remote-read": "reads",
    "query": "reads",
    "datasource": "reads",
    "search": "reads",
    "proxy": "passes-to",
}
"""What a link is called as an edge; any other `connects`."""
_GRAVITY = ("yes", "unknown", "no")
"""Of several links between the same two, the gravest is drawn."""


@dataclass(frozen=True, slots=True)
class Point:
    """A node. `id` is stable as long as files and names are; `stack` is the name of the stack it belongs to."""

    id: str
    kind: str
    """`service`, `network`, `volume`, `port`, `file`, `job`, `address`."""
    label: str
    stack: str
    place: Place | None = None
    location: Location | None = None
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """An edge and whether it holds; `why` gives the reasons in words."""

    kind: str
    source: str
    target: str
    verdict: str
    why: tuple[str, ...] = ()
    place: Place | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class StackPicture:
    """A stack: one way of running compose files, or a config that stands alone."""

    name: str
    group: str
    project: str
    files: tuple[str, ...]
    evidence: str
    certain: bool
    together: tuple[str, ...]
    """Why it is in one group with others."""


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it, in a stable order."""

    stacks: tuple[StackPicture, ...]
    points: tuple[Point, ...]
    lines: tuple[Line, ...]

    def of_stack(self, name: str) -> Picture:
        """What belongs to the stacks of that name, file, project or group."""
        chosen = {
            stack.name
            for stack in self.stacks
            if name and name in (stack.name, stack.group, stack.project, *stack.files)
        }
        points = tuple(point for point in self.points if point.stack in chosen)
        return self._with(tuple(stack for stack in self.stacks if stack.name in chosen), points)

    def around(self, name: str, depth: int) -> Picture:
        """What lies at most `depth` edges from the nodes of that id or label."""
        near = {point.id for point in self.points if name in (point.id, point.label)}
        for _ in range(depth):
            further = {
                end for line in self.lines for end in (line.source, line.target) if {line.source, line.target} & near
            }
            if further <= near:
                break
            near |= further
        points = tuple(point for point in self.points if point.id in near)
        stacks = {point.stack for point in points}
        return self._with(tuple(stack for stack in self.stacks if stack.name in stacks), points)

    def _with(self, stacks: tuple[StackPicture, ...], points: tuple[Point, ...]) -> Picture:
        ids = {point.id for point in points}
        return Picture(stacks, points, tuple(line for line in self.lines if line.source in ids and line.target in ids))


def draw(graph: Graph) -> Picture:
    """The picture of a graph that is built."""
    return _Drawing(graph).picture()


def stacks(graph: Graph) -> tuple[StackPicture, ...]:
    """The partition: each stack with its group and the reasons. Every name is there once."""
    found: list[StackPicture] = []
    names = _stack_names(graph)
    taken: set[str] = set()
    for group in graph.groups:
        shared = _unique(group.name, taken)
        why: dict[int, list[str]] = {}
        for bond in group.bonds:
            why.setdefault(id(bond.other), []).append(bond.why)
        found.extend(
            StackPicture(
                name=names[id(stack)],
                group=shared,
                project=_shown(stack.project),
                files=stack.files,
                evidence=stack.evidence,
                certain=stack.certain,
                together=tuple(why.get(id(stack), ())),
            )
            for stack in group.stacks
        )
    return tuple(found)


def _stack_names(graph: Graph) -> dict[int, str]:
    """The name of each stack, by its identity: a file may hold several documents that stand alone."""
    taken: set[str] = set()
    return {id(stack): _unique(stack.name, taken) for stack in graph.stacks}


def _unique(name: str, taken: set[str]) -> str:
    """The name, numbered if it is taken already."""
    found, number = _shown(name), 1
    while found in taken:
        number += 1
        found = f"{_shown(name)} ({number})"
    taken.add(found)
    return found


class _Drawing:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.names = _stack_names(graph)
        self.points: dict[str, Point] = {}
        self.lines: dict[tuple[str, str, str], Line] = {}

    def picture(self) -> Picture:
        for service in self.graph.all(nodes.Service):
            self._service(service)
        for stack in self.graph.stacks:
            for service in stack.services.values():
                self._depends(service)
        for node in self._configured():
            self._config(node)
        for job in self.graph.all(nodes.ScrapeJob):
            self._job(job)
        for link in self.graph.all(nodes.Link):
            if link.kind != "scrape":
                self._link(self._of(link.client, link), link)
        for route in self.graph.all(nodes.PublicRoute):
            what = route.path or "everything"
            self._line("passes-to", self._of(route.proxy, route), self._of(route.server, route), yes(what), route.place)
        evaluators: list[nodes.Prometheus | nodes.Evaluator] = [
            *self.graph.all(nodes.Prometheus),
            *self.graph.all(nodes.Evaluator),
        ]
        for server in evaluators:
            for rule_file in server.rule_files:
                file = self._file(rule_file.path, "rules", server.stack, rule_file.place)
                self._line("evaluates", self._of(server.service, server), file, yes(), rule_file.place)
        for dashboard in self.graph.all(nodes.Dashboard):
            file = self._file(dashboard.fact.path, "dashboard", dashboard.stack, dashboard.place)
            self._line("provisions", self._of(dashboard.grafana.service, dashboard), file, yes(), dashboard.place)
        return Picture(
            stacks(self.graph),
            tuple(self.points[key] for key in sorted(self.points)),
            tuple(self.lines[key] for key in sorted(self.lines)),
        )

    def _point(
        self,
        kind: str,
        label: str,
        stack: nodes.Stack,
        place: Place | None = None,
        attributes: Iterable[tuple[str, str]] = (),
    ) -> str:
        name = self.names[id(stack)]
        key = f"{kind}:{name}:{_shown(label)}"
        known = self.points.get(key) or Point(key, kind, _shown(label), name, place)
        about = dict(known.attributes)
        for attribute, value in attributes:
            about.setdefault(attribute, value)
        self.points[key] = replace(known, attributes=tuple(about.items()))
        return key

    def _line(self, kind: str, source: str, target: str, answer: Answer, place: Place | None = None) -> None:
        key = (source, kind, target)
        known = self.lines.get(key)
        if known is None or _GRAVITY.index(known.verdict) < _GRAVITY.index(answer.verdict.value):
            why = tuple(_shown(reason) for reason in answer.why)
            self.lines[key] = Line(kind, source, target, answer.verdict.value, why, place)

    def _service(self, service: nodes.Service) -> None:
        stack = service.stack
        about: list[tuple[str, str]] = []
        if service.image is not None:
            about.append(("image", _image(service.image)))
        if service.component is not None:
            about.append(("component", service.component.id))
            about.append(("role", service.component.role))
        if service.fact.profiles:
            about.append(("profiles", ", ".join(profile.text for profile in service.fact.profiles)))
        key = self._point("service", service.name, stack, service.place, about)
        for network in sorted(service.networks):
            self._line("joins", key, self._point("network", network, stack), yes(), service.place)
        if service.network_mode:
            self._line("joins", key, self._point("network", service.network_mode, stack), yes(), service.place)
        for port in service.ports:
            host = f"{port.bound_to}:{port.host or ('?' if port.host_given else 'any')}"
            label = f"{_shown(host)} -> {port.container or '?'}/{port.protocol}"
            self._line("publishes", key, self._point("port", label, stack, port.place), yes(), port.place)
        for mount in (*service.mounts, *service.carried):
            if mount.source is None:
                continue
            kind = "volume" if mount.kind == "volume" else "file"
            label = mount.real_name or mount.source
            about = [("mounted at", _shown(mount.target or "?"))]
            self._line(
                "copies" if mount.kind == "copy" else "mounts",
                key,
                self._point(kind, label, stack, mount.source_place, about),
                yes(),
                mount.place,
            )

    def _depends(self, service: nodes.Service) -> None:
        for dependency in service.fact.depends_on:
            other = service.stack.services.get(dependency.service.text)
            if other is not None:
                self._line(
                    "depends-on", self._of(service, service), self._of(other, other), yes(), dependency.service.place
                )

    def _configured(self) -> Iterator[tuple[nodes.Node, nodes.Service | None, str, str]]:
        for server in self.graph.all(nodes.Prometheus):
            yield server, server.service, server.fact.path, "prometheus"
        for router in self.graph.all(nodes.Alertmanager):
            yield router, router.service, router.fact.path, "alertmanager"
        for loki in self.graph.all(nodes.Loki):
            yield loki, loki.service, loki.fact.path, "loki"
        for shipper in self.graph.all(nodes.LogShipper):
            yield shipper, shipper.service, shipper.fact.path, "promtail"
        for collector in self.graph.all(nodes.Collector):
            yield collector, collector.service, collector.fact.path, "collector"
        for setup in self.graph.all(nodes.Setup):
            yield setup, setup.service, setup.fact.path, setup.kind

    def _config(self, found: tuple[nodes.Node, nodes.Service | None, str, str]) -> None:
        node, service, path, kind = found
        file = self._file(path, kind, node.stack, node.place)
        if service is not None:
            self._line("loads", self._of(service, node), file, yes(), node.place)

    def _file(self, path: str, kind: str, stack: nodes.Stack, place: Place) -> str:
        return self._point("file", path, stack, place, [("kind", kind)])

    def _job(self, job: nodes.ScrapeJob) -> None:
        key = self._point("job", job.name or "?", job.stack, job.place)
        self._line("runs", self._of(job.scraper.service, job.scraper), key, yes(), job.place)
        for link in job.links:
            self._link(key, link)

    def _link(self, source: str, link: nodes.Link) -> None:
        server = link.resolution.service
        if server is not None:
            target = self._of(server, server)
        else:
            host = link.address.host
            host = f"[{host}]" if ":" in host else host
            label = f"{host}:{link.address.port}" if link.address.port else host
            target = self._point("address", label, link.stack)
        self._line(_VERBS.get(link.kind, "connects"), source, target, link.resolution.answer, link.place)

    def _of(self, service: nodes.Service | None, node: nodes.Node) -> str:
        """The point of a service, or of the file that stands alone."""
        if service is None:
            return self._file(node.place.path, "config", node.stack, node.place)
        return self._point("service", service.name, service.stack, service.place)


def located(picture: Picture, locate: Callable[[Place], Location]) -> Picture:
    """The picture with lines and columns."""
    return Picture(
        picture.stacks,
        tuple(replace(point, location=locate(point.place)) if point.place else point for point in picture.points),
        tuple(replace(line, location=locate(line.place)) if line.place else line for line in picture.lines),
    )


def masked(picture: Picture, quoted: Callable[[str, Location | None], str]) -> Picture:
    """The picture with its secrets masked by `quoted`, which is told where the words come from."""
    taken: set[str] = set()
    ids: dict[str, str] = {}
    points: list[Point] = []
    for point in picture.points:
        label = quoted(point.label, point.location)
        ids[point.id] = _unique(f"{point.kind}:{point.stack}:{label}", taken)
        about = tuple((name, quoted(value, point.location)) for name, value in point.attributes)
        points.append(replace(point, id=ids[point.id], label=label, attributes=about))
    return Picture(
        tuple(
            replace(
                stack,
                group=quoted(stack.group, None),
                project=quoted(stack.project, None),
                together=tuple(quoted(why, None) for why in stack.together),
            )
            for stack in picture.stacks
        ),
        tuple(points),
        tuple(
            replace(
                line,
                source=ids[line.source],
                target=ids[line.target],
                why=tuple(quoted(reason, line.location) for reason in line.why),
            )
            for line in picture.lines
        ),
    )


def _image(image: Image) -> str:
    tag = f":{image.tag}" if image.tag else "" if image.tag_known else ":…"
    return _shown(f"{image.repository}{tag}" + (f"@{image.digest}" if image.digest else ""))


def _shown(text: str) -> str:
    return text.replace(HOLE, "…")
