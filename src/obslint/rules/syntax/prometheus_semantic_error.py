"""SYN011."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import FileFault, Prometheus
from obslint.rules.base import Rule
from obslint.rules.syntax import refusals


class PrometheusSemanticError(Rule[FileFault | Prometheus]):
    """Prometheus, its rules or Alertmanager: every key is right, and the component refuses the file all the same.

    Two scrape jobs or rule groups of one name, a timeout longer than its interval, a password beside a password file, a
    recording rule with `for`, a discovery without its address, a root route with matchers, a receiver whose integration
    has no address here nor in `global`, a time range that ends before it begins: what the components' own validation
    refuses, when they start and on every reload. The component does not start, or keeps running with the configuration
    it had.
    """

    code, name, severity = "SYN011", "prometheus-semantic-error", Severity.ERROR
    on = (FileFault, Prometheus)

    def check(self, node: FileFault | Prometheus, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, Prometheus):
            yield from self._jobs_of_other_files(node)
        elif node.fault.sort == "meaning":
            yield from refusals.claims(self, node)

    def _jobs_of_other_files(self, server: Prometheus) -> Iterator[Claim]:
        if server.service is not None and not server.service.runs("prometheus"):
            return
        first: dict[str, Place] = {job.name.text: job.name.place for job in server.fact.jobs if job.name is not None}
        for job in server.other_jobs:
            if job.name is None:
                continue
            known = first.setdefault(job.name.text, job.name.place)
            if known.path != job.name.place.path:
                yield self.claim(
                    server,
                    f"the job name `{job.name}` is in {known.path} too, and `scrape_config_files` loads both: "
                    "Prometheus refuses the configuration",
                    place=job.name.place,
                    related=[Related(known, "the other one")],
                    help="rename or remove one of the two",
                    subject=f"{known.path}:{job.name}",
                )
