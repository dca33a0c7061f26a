"""REF021."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from obslint.findings import Claim, Place, Proof, Related, Severity
from obslint.graph import Graph, faults
from obslint.graph.apis import at_path, offers, prefixed, switched_off, url_path
from obslint.graph.listening import Ports
from obslint.graph.nodes import Datasource, Link, Prometheus, Service
from obslint.knowledge import Api
from obslint.rules.base import Rule
from obslint.rules.references.unresolved import unresolved

# What a link asks of its server, by its kind.
_ASKS = {
    "remote-write": ("remote-write",),
    "remote-read": ("remote-read",),
    "log-push": ("log-push",),
    "alertmanager": ("alertmanager",),
    "query": ("prometheus", "graphite", "logsql"),
}
_NAMES = {
    "remote-write": "remote write",
    "remote-read": "remote read",
    "log-push": "logs",
    "alertmanager": "alerts",
    "query": "queries of rules",
}
_TYPES = frozenset(("prometheus", "loki", "tempo", "jaeger", "alertmanager"))
"""Types of data sources, each named as the API that it asks."""
_WHOLE = frozenset(("remote-write", "remote-read", "log-push"))
"""APIs for which the URL is written whole; of others clients add the rest."""


class EndpointUnresolvable(Rule[Link | Datasource]):
    """An address that one component gives for another leads nowhere: unknown host, closed port or wrong path.

    It is about everything but scrapes: remote write and read, data sources, pushes of logs, notifications, and URLs in
    environment variables. The name exists on no network of the client; or it does, but the component does not listen on
    that port; or it listens there, but has no such API, or not at that path: Prometheus takes remote write only with
    `--web.enable-remote-write-receiver`, Mimir answers queries below `/prometheus`, Grafana itself adds `/loki/api/v1`
    to the URL of a Loki data source. It is an error where the files prove it; variables are warnings at most.
    """

    code, name, severity = "REF021", "endpoint-unresolvable", Severity.ERROR
    on = (Link, Datasource)

    def check(self, node: Link | Datasource, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, Datasource):
            link, asked = node.link, node.fact.type.text.lower() if node.fact.type else ""
            if link is not None and asked in _TYPES and faults.fault(link, graph) is None:
                yield from self._api(link, (asked,), f"data source `{node.fact.name}` of type {asked}", graph)
            return
        if node.kind == "scrape" or not faults.is_dialled(node):
            return
        fault = faults.fault(node, graph)
        if fault is faults.Fault.NAME:
            yield from self._host(node, graph)
        elif fault is faults.Fault.PORT:
            yield from self._port(node, graph)
        elif fault is None and node.kind in _ASKS:
            # What vmalert calls remote read is a query of the state it wrote.
            kind = "query" if _appends(node) and node.kind == "remote-read" else node.kind
            yield from self._api(node, _ASKS[kind], _NAMES[kind], graph)

    def _host(self, link: Link, graph: Graph) -> Iterator[Claim]:
        if link.client is None:
            return
        found = unresolved(link, link.client, "address", graph)
        yield self.claim(
            link,
            found.message,
            related=found.related,
            help=found.help,
            subject=found.host,
            severity=Severity.WARNING if _without_alerts(link, graph) else None,
            proven=found.certain and faults.is_used(link),
        )

    def _port(self, link: Link, graph: Graph) -> Iterator[Claim]:
        server, port = link.server, link.address.port
        if server is None:
            return
        inside = faults.ports(server, graph)
        known = inside.closed is Proof.PROVEN
        proven = known and faults.is_used(link)
        yield self.claim(
            link,
            f"{server.title} listens on {inside.listed}"
            + (f", not on {port}: the connection is refused" if known else f", as far as is known, not on {port}"),
            place=link.host_and_port,
            related=[Related(server.place, f"`{server.name}` is this service")],
            help=f"use `{link.address.host}:{_likely_port(server, inside)}`"
            if known
            else f"use the port on which `{server.name}` listens, or `expose` {port} if it does listen there",
            subject=f"{link.address.host}:{port}",
            proven=proven,
        )

    def _api(self, link: Link, asked: tuple[str, ...], what: str, graph: Graph) -> Iterator[Claim]:
        server = link.server
        apis = offers(server, *asked) if server is not None and server is not link.client else None
        if server is None or apis is None:
            return
        found = _lacking(link, server, apis, what) or _misplaced(link, server, apis, what, graph)
        if found is not None:
            yield self.claim(
                link,
                found.message,
                place=found.place,
                related=[Related(server.place, server.introduction)],
                help=found.help,
                subject=link.written.text,
                proven=found.certain and server.amended.no and link.certain,
            )


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a server that is reached does not do what it is asked."""

    message: str
    place: Place
    help: str
    certain: bool = True


def _lacking(link: Link, server: Service, apis: Sequence[Api], what: str) -> _Refusal | None:
    """The server has none of the APIs, or waits for a flag to have one."""
    if not apis:
        has = ", ".join(f"`{api.serves}`" for api in server.component.apis) if server.component else ""
        return _Refusal(
            f"{what}: `{link.address.host}` is {server.title}, which has no such API",
            link.host_and_port,
            "use the address of what does" + (f"; {server.title} offers {has}" if has else ""),
        )
    if not all(switched_off(server, api) for api in apis):
        return None
    flag = apis[0].flags[0]
    return _Refusal(
        f"{server.title} of service `{server.name}` takes no {what} unless `--{flag}` is given: "
        "it answers 404, and what is sent is lost",
        link.host_and_port,
        f"add `--{flag}` to the command of `{server.name}`",
    )


def _misplaced(link: Link, server: Service, apis: Sequence[Api], what: str, graph: Graph) -> _Refusal | None:
    """The server has the APIs at other paths."""
    moved = prefixed(server, graph)
    if _appends(link) or "://" not in link.written.text or "$" in link.written.text or moved or at_path(link, apis):
        return None
    wanted = next(path for api in apis for path in api.paths)
    address, path = link.address, url_path(link)
    root = f"{address.scheme}://{address.host}" + (f":{address.port}" if address.port_written else "")
    return _Refusal(
        f"{what}: {server.title} has no such API "
        + (f"below `{path}`" if apis[0].serves not in _WHOLE and path else f"at `{path or '/'}`")
        + ": it answers 404",
        _path_place(link),
        f"use `{root}{wanted.rstrip('/')}`",
        certain=moved is False,
    )


def _appends(link: Link) -> bool:
    """Whether the client adds the path itself, unless told not to: vmalert (app/vmalert/remotewrite/init.go)."""
    return link.client is not None and link.client.runs("vmalert") and link.kind in ("remote-write", "remote-read")


def _without_alerts(link: Link, graph: Graph) -> bool:
    """Whether alerts would be sent there, but none can fire: the Prometheus loads no alerting rule."""
    if link.kind != "alertmanager" or link.client is None:
        return False
    server = next((item for item in graph.all(Prometheus) if item.service is link.client), None)
    return server is not None and server.rules_complete.yes and not any(rules.alerts for rules in server.rule_files)


def _likely_port(server: Service, inside: Ports) -> int:
    """The port of the component's API, else the lowest."""
    listens = server.component.listens if server.component else ()
    apis = (listen.port for listen in listens if listen.purpose in ("api", "ui", "push"))
    return next((number for number in apis if number in inside.numbers), min(inside.numbers))


def _path_place(link: Link) -> Place:
    """Where the path of a URL stands, else its host and port."""
    path, written = link.address.path, link.written
    start = written.text.rfind(path) if path.strip("/") else -1
    if start < 0 or written.place.key or written.place.inside is not None:
        return link.host_and_port
    return written.place.within(start, start + len(path))
