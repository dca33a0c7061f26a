"""REF004."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph, faults
from obslint.graph.nodes import Link
from obslint.graph.resolve import joined
from obslint.rules.base import Rule

_WHAT = {
    "scrape": "scrapes",
    "alertmanager": "sends alerts to",
    "remote-write": "writes to",
    "remote-read": "reads from",
    "datasource": "queries",
    "query": "queries",
    "log-push": "pushes logs to",
    "webhook": "notifies",
    "otlp": "sends telemetry to",
    "trace-push": "sends traces to",
    "search": "writes to",
    "monitor": "watches",
    "proxy": "passes requests to",
    "datastore": "keeps its state in",
    "variable": "is pointed at",
}


class NoSharedNetwork(Rule[Link]):
    """Client and server share no compose network.

    Containers resolve and reach each other only on a network that both join. A service that lists `networks` leaves the
    project's default network, so one list that forgets a network is enough to cut the two apart.
    """

    code, name, severity = "REF004", "no-shared-network", Severity.ERROR
    on = Link

    def check(self, link: Link, graph: Graph) -> Iterator[Claim]:
        client, server = link.client, link.resolution.service
        if faults.fault(link, graph) is not faults.Fault.NETWORK or client is None or server is None:
            return
        proven = link.certain
        have, wanted = joined(client), joined(server)
        yield self.claim(
            link,
            f"`{client.name}` {_WHAT.get(link.kind, 'connects to')} `{server.name}`, but the two share no network: "
            + ", ".join(link.resolution.answer.why),
            related=[
                Related(client.place, f"`{client.name}` joins {_listed(have)}"),
                Related(server.place, f"`{server.name}` joins {_listed(wanted)}"),
            ],
            help=f"add a common network, e.g. `networks: [{', '.join((*have, wanted[0]))}]` on `{client.name}`",
            subject=f"{client.name}:{link.address.host}",
            proven=proven,
        )


def _listed(networks: list[str]) -> str:
    return ", ".join(f"`{network}`" for network in networks)
