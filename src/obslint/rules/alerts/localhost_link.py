"""ALR013."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from obslint.facts.common import Scalar
from obslint.findings import Claim, Place, Proof, Related, Severity
from obslint.graph import Graph, audience
from obslint.graph.nodes import (
    Alertmanager,
    Evaluator,
    Prometheus,
    RuleFile,
    Service,
    means_development,
)
from obslint.knowledge.notifiers import notifiers
from obslint.lang import links
from obslint.lang.addresses import Address, parse_url
from obslint.lang.interpolation import HOLE
from obslint.rules.base import Rule

_LINK_KEYS = re.compile(r"runbook|dashboard|panel|link|url|uri|graph|logs?$|silence|wiki|docs?$", re.IGNORECASE)
_NO_TEXT = re.compile(r"(?:http_config|sigv4)\.|.*_file\Z")
_SHOWN = 8


class LocalhostLink(Rule[Service | RuleFile | Alertmanager]):
    """A link in notifications points to localhost, or to the name of a container.

    Whoever gets the message at night clicks on it and gets an error: `localhost` is their own machine, and names such
    as `grafana` exist only inside the stack's networks. Looked at are the external URL of Prometheus, Alertmanager,
    vmalert and, where it has alerts, Grafana; links in the annotations of alerts; and those in the messages that
    Alertmanager's receivers define.

    An external URL counts only where the configuration shows that somebody is told. Services for development are left
    alone; a URL that is only the default of a variable is an info.
    """

    code, name, severity, proof = "ALR013", "localhost-link", Severity.WARNING, Proof.LIKELY
    on = (Service, RuleFile, Alertmanager)

    def check(self, node: Service | RuleFile | Alertmanager, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, Service):
            yield from self._external_url(node, graph)
        elif isinstance(node, RuleFile):
            yield from self._texts(node, _annotations(node), "the annotation", graph)
        else:
            yield from self._texts(node, _messages(node), "the message", graph)

    def _external_url(self, service: Service, graph: Graph) -> Iterator[Claim]:
        known = service.component.external_url if service.component else None
        if known is None or service.development:
            return
        given = service.flag(*known.flags)
        found = given or next((service.environment[name] for name in known.env if name in service.environment), None)
        if found is None or not found.value:
            return
        address = parse_url(found.value.replace(HOLE, "0"))  # a port that is not known
        why, other = audience.unreachable(address, [service.stack]) if address else ("", None)
        if address is None or not why or not audience.notifies(service, graph):
            return
        shown = address.host if HOLE in found.value else _shown(address)
        yield self.claim(
            service,
            f"`{'--' if given else ''}{found.name}` makes notifications link to `{shown}`, which {why}",
            place=found.place,
            related=[Related(other.place, other.introduction)] if other is not None and other is not service else [],
            help="write the address under which people open it"
            + (", or set the variable that stands there" if found.defaulted else ""),
            subject=f"{service.name}:{found.name}",
            severity=Severity.INFO if found.defaulted else None,
        )

    def _texts(
        self, node: RuleFile | Alertmanager, texts: Iterable[tuple[str, Scalar, bool]], what: str, graph: Graph
    ) -> Iterator[Claim]:
        """One finding for each address, however many texts link there."""
        every = [(name, text, link) for name, text, plain in texts for link in links.find(text.text, plain)]
        services = _services(node, graph) if every else []
        if all(service.development for service in services) if services else means_development(node.place.path):
            return
        found: dict[str, list[tuple[str, Place, str, Service | None]]] = {}
        for name, text, link in every:
            why, service = audience.unreachable(link.address, [service.stack for service in services])
            if why:
                place = text.place.within(link.start, link.end)
                found.setdefault(_shown(link.address), []).append((name, place, why, service))
        for address, uses in found.items():
            name, place, why, service = uses[0]
            more = f" and {len(uses) - 1} more link" if len(uses) > 1 else " links"
            related = [Related(other, f"`{at}` links there, too") for at, other, *_ in uses[1:_SHOWN]]
            if service is not None:
                related.append(Related(service.place, service.introduction))
            yield self.claim(
                node,
                f"{what} `{name}`{more} to `{address}`, which {why}",
                place=place,
                related=related,
                help="write the address under which people open it, or build it from `{{ $externalURL }}`"
                if isinstance(node, RuleFile)
                else "write the address under which people open it, or use `{{ .ExternalURL }}`",
                subject=address,
            )


def _shown(address: Address) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}" if address.port_written else host


def _annotations(node: RuleFile) -> Iterator[tuple[str, Scalar, bool]]:
    for rule in node.alerts:
        for entry in rule.annotations:
            if entry.value is not None:
                yield entry.name.text, entry.value, _LINK_KEYS.search(entry.name.text) is not None


def _messages(node: Alertmanager) -> Iterator[tuple[str, Scalar, bool]]:
    """What receivers show; not where they send it."""
    for receiver in node.fact.receivers:
        for integration in receiver.integrations:
            notifier = notifiers().get(integration.kind)
            for path, value in integration.settings:
                if notifier is not None and path not in notifier.settings and not _NO_TEXT.match(path):
                    yield path, value, True


def _services(node: RuleFile | Alertmanager, graph: Graph) -> list[Service]:
    """Those that load it."""
    if isinstance(node, Alertmanager):
        return [node.service] if node.service else []
    loaders: list[Prometheus | Evaluator] = [*graph.all(Prometheus), *graph.all(Evaluator)]
    return [
        loader.service
        for loader in loaders
        if loader.service is not None and any(loaded is node for loaded in loader.rule_files)
    ]
