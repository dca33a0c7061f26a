"""Which addresses those who get a notification cannot open, and whether anybody gets one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from obslint.graph import notifications
from obslint.graph.graph import Graph
from obslint.graph.nodes import Alertmanager, Link, Service, Stack
from obslint.lang.addresses import Address


def unreachable(address: Address, stacks: Iterable[Stack]) -> tuple[str, Service | None]:
    """Why nobody else can open an address, and the service it names; empty where that is not known.

    A bare name that no service of the stacks has may be a machine of the reader's network.
    """
    if address.is_loopback or address.host in ("0.0.0.0", "::"):
        return "leads everyone who opens it to their own machine", None
    if address.is_host:
        return "is a name that only containers know", None
    if not address.is_bare:
        return "", None
    for stack in stacks:
        for service in stack.services.values():
            if address.host in service.names:
                return "is a name inside the stack's networks, which no browser resolves", service
    return "", None


def notifies(service: Service, graph: Graph) -> bool:
    """Whether people are told of alerts that the service makes or passes on; false where that is not known."""
    if service.runs("grafana"):
        return graph.grafana_may_alert(service.stack)
    own = _alertmanagers(service, graph)
    if service.runs("alertmanager"):
        return any(_tells(node) for node in own)
    return any(
        link.client is service and link.kind == "alertmanager" and _is_told(link, graph) for link in graph.all(Link)
    )


def _is_told(link: Link, graph: Graph) -> bool:
    if link.server is None:
        return False
    return any(_tells(node) for node in _alertmanagers(link.server, graph))


def _alertmanagers(service: Service, graph: Graph) -> Sequence[Alertmanager]:
    return [node for node in graph.in_stack(Alertmanager, service.stack) if node.service is service]


def _tells(node: Alertmanager) -> bool:
    reached = notifications.reached(node.fact)
    return any(receiver.integrations and receiver.name.text in reached for receiver in node.fact.receivers)
