"""MON003."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Link, Prometheus, Service
from obslint.rules.base import Rule

# Whatever else could scrape: their configurations are not followed here.
_SCRAPERS = frozenset(("scraper", "collector"))


class ExporterNotScraped(Rule[Service]):
    """An exporter runs, but nobody scrapes it.

    It costs memory and shows its port, and every alert and dashboard on its metrics stays empty. Add a scrape job, or
    remove the service.
    """

    code, name, severity = "MON003", "exporter-not-scraped", Severity.WARNING
    on = Service

    def check(self, service: Service, graph: Graph) -> Iterator[Claim]:
        component = service.component
        if component is None or component.exporter is None or service.amended.unknown:
            return
        servers = graph.in_stack(Prometheus, service.stack)
        if not servers or service.networks & service.stack.external_networks:
            return
        if any(other.component and other.component.role in _SCRAPERS for other in service.stack.services.values()):
            return
        if any(
            server.fact.scrape_config_files or not all(job.static or job.links for job in server.jobs)
            for server in servers
        ):
            return
        for link in graph.all(Link):
            if link.kind != "scrape":
                continue
            if link.resolution.service is service:
                return  # reached, or meant and cut off: that is another rule's finding
            if link.resolution.answer.unknown and link.address.port == component.exporter.port:
                return
        yield self.claim(
            service,
            f"{component.title} runs as service `{service.name}`, but no scrape job reaches it",
            related=[
                Related(server.fact.jobs_place or server.place, "the jobs of this stack's Prometheus")
                for server in servers
            ],
            help=f"add a scrape job with the target `{service.name}:{component.exporter.port}`",
            subject=service.name,
        )
