"""REF021."""

from __future__ import annotations

from collections.abc import Iterator

from obslint import knowledge
from obslint.findings import Claim, Place, Proof, Related, Severity
from obslint.graph import Graph, endpoints
from obslint.graph.nodes import Datasource, Link, Prometheus, Service
from obslint.rules.base import Rule

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
            if link is not None and asked in _TYPES and not _unreached(link, graph):
                yield from self._api(link, (asked,), f"data source `{node.fact.name}` of type {asked}", graph)
            return
        if node.kind == "scrape" or not endpoints.dialled(node, graph):
            return
        if node.resolution.answer.no:
            if not node.resolution.separated:
                yield from self._host(node, graph)
        elif _unreached(node, graph):
            yield from self._port(node, graph)
        elif node.kind in _ASKS:
            # What vmalert calls remote read is a query of the state it wrote.
            kind = "query" if _appends(node) and node.kind == "remote-read" else node.kind
            yield from self._api(node, _ASKS[kind], _NAMES[kind], graph)

    def _host(self, link: Link, graph: Graph) -> Iterator[Claim]:
        client, host, meant = link.client, link.address.host.rstrip("."), link.resolution.service
        if client is None:
            return
        related = [Related(client.place, f"{client.title} is service `{client.name}` here")]
        elsewhere, close = link.resolution.elsewhere, graph.alike.close(host, client)
        certain = (
            meant is not None or bool(close) or "exporter" in host or host.replace("-", "_") in knowledge.components()
        )
        if meant is not None:
            place = meant.fact.network_mode.place if meant.fact.network_mode else meant.place
            related.append(Related(place, f"`{meant.name}` gets its network here"))
            message = f"{link.resolution.answer.why[0]}: {client.title} cannot resolve it"
            help = endpoints.way_to(meant, client, link.address.port)
        elif elsewhere is not None:
            certain = False
            related.append(Related(elsewhere.place, f"this `{host}` is on other networks"))
            message = (
                f"no service of this stack is called `{host}`, only one of {elsewhere.stack.name}, with which it "
                f"shares no network: {client.title} cannot resolve it"
            )
            help = (
                "give both a network in common, one of them naming it `external: true`, or use an address in this stack"
            )
        else:
            message = f"no service of this stack is called `{host}`: {client.title} cannot resolve it" + (
                "" if certain else ", unless the Docker host's own DNS knows it"
            )
            help = (f"did you mean `{close}`? Otherwise " if close else "") + (
                f"add a service `{host}` on a network of `{client.name}`, or remove the address"
            )
        proven = certain and endpoints.certain(link)
        severe = proven and not _without_alerts(link, graph)
        yield self.claim(
            link,
            message,
            related=related,
            help=help,
            subject=host,
            severity=Severity.ERROR if severe else Severity.WARNING,
            proof=Proof.PROVEN if proven else Proof.LIKELY,
        )

    def _port(self, link: Link, graph: Graph) -> Iterator[Claim]:
        server, port = link.server, link.address.port
        if server is None:
            return
        inside = endpoints.ports(server, graph)
        proven = inside.closed is True and endpoints.certain(link)
        if not endpoints.certain(link) and inside.closed is not True:
            return  # what an unknown program listens on is told by its ports alone
        yield self.claim(
            link,
            f"{server.title} listens on {inside.listed}"
            + (
                f", not on {port}: the connection is refused"
                if inside.closed
                else f", as far as is known, not on {port}"
            ),
            place=link.host_and_port,
            related=[Related(server.place, f"`{server.name}` is this service")],
            help=f"use `{link.address.host}:{_likely_port(server, inside)}`"
            if inside.closed
            else f"use the port on which `{server.name}` listens, or `expose` {port} if it does listen there",
            subject=f"{link.address.host}:{port}",
            severity=Severity.ERROR if proven else Severity.WARNING,
            proof=Proof.PROVEN if proven else Proof.LIKELY,
        )

    def _api(self, link: Link, asked: tuple[str, ...], what: str, graph: Graph) -> Iterator[Claim]:
        server = link.server
        apis = endpoints.offers(server, *asked) if server is not None and server is not link.client else None
        if server is None or server.component is None or apis is None:
            return
        related = [Related(server.place, f"{server.title} is service `{server.name}` here")]
        proven = server.amended.no and link.certain
        if not apis:
            has = ", ".join(f"`{api.serves}`" for api in server.component.apis)
            yield self._claim(
                link,
                f"{what}: `{link.address.host}` is {server.title}, which has no such API",
                link.host_and_port,
                related,
                f"use the address of what does; {server.title} offers {has}" if has else "use the address of what does",
                proven,
            )
            return
        off = [endpoints.switched_off(server, api) for api in apis]
        if all(off):
            flag = apis[0].flags[0]
            yield self._claim(
                link,
                f"{server.title} of service `{server.name}` takes no {what} unless `--{flag}` is given: "
                "it answers 404, and what is sent is lost",
                link.host_and_port,
                related,
                f"add `--{flag}` to the command of `{server.name}`",
                proven,
            )
            return
        if _appends(link):
            return
        moved = endpoints.prefixed(server, graph)
        if "://" not in link.written.text or "$" in link.written.text or moved or endpoints.at_path(link, apis):
            return
        wanted = next(path for api in apis for path in api.paths)
        root = f"{link.address.scheme}://{link.address.host}" + (
            f":{link.address.port}" if link.address.port_written else ""
        )
        path = endpoints.url_path(link)
        yield self._claim(
            link,
            f"{what}: {server.title} has no such API "
            + (f"below `{path}`" if asked[0] in _TYPES and path else f"at `{path or '/'}`")
            + ": it answers 404",
            _path_place(link),
            related,
            f"use `{root}{wanted.rstrip('/')}`",
            proven and moved is False,
        )

    def _claim(self, link: Link, message: str, place: Place, related: list[Related], help: str, proven: bool) -> Claim:
        return self.claim(
            link,
            message,
            place=place,
            related=related,
            help=help,
            subject=link.written.text,
            severity=Severity.ERROR if proven else Severity.WARNING,
            proof=Proof.PROVEN if proven else Proof.LIKELY,
        )


def _unreached(link: Link, graph: Graph) -> bool:
    """Whether the server is found and does not listen on the port; what REF003 and REF033 tell is not told again."""
    server, port = link.server, link.address.port
    if server is None or port is None or link.address.is_loopback or server is link.client:
        return False
    inside = endpoints.ports(server, graph)
    if not inside.exclude(port):
        return False
    if any(item.host and port in item.host for service in inside.services for item in service.ports):
        return False
    return inside.closed is True or graph.asked_on(server, port) <= {link.kind}


def _appends(link: Link) -> bool:
    """Whether the client adds the path itself, unless told not to: vmalert (app/vmalert/remotewrite/init.go)."""
    return link.client is not None and link.client.runs("vmalert") and link.kind in ("remote-write", "remote-read")


def _without_alerts(link: Link, graph: Graph) -> bool:
    """Whether alerts would be sent there, but none can fire: the Prometheus loads no alerting rule."""
    if link.kind != "alertmanager" or link.client is None:
        return False
    server = next((item for item in graph.all(Prometheus) if item.service is link.client), None)
    return server is not None and server.rules_complete.yes and not any(rules.alerts for rules in server.rule_files)


def _likely_port(server: Service, inside: endpoints.Ports) -> int:
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
