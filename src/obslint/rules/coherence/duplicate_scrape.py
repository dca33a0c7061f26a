"""COH006."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Link, Prometheus
from obslint.graph.targets import Target, targets
from obslint.lang.addresses import DEFAULT_PORTS
from obslint.rules.base import Rule

_OWN = ("job", "instance")


class DuplicateScrape(Rule[Prometheus]):
    """One Prometheus scrapes the same target twice.

    Every series of the target is stored twice, under two `job` or `instance` labels: sums and counts double, alerts
    fire twice, and the target answers twice as often. Two jobs that ask for different parameters, keep different
    metrics or give their series labels of their own are not taken for duplicates.
    """

    code, name, severity = "COH006", "duplicate-scrape", Severity.WARNING
    on = Prometheus

    def check(self, server: Prometheus, graph: Graph) -> Iterator[Claim]:
        links = {id(link.written): link for job in server.jobs for link in job.links}
        bearers = Counter(name for service in server.stack.services.values() for name in service.names)
        first: dict[tuple[object, ...], Target] = {}
        again: defaultdict[tuple[int, int], list[tuple[Target, Target]]] = defaultdict(list)
        for target in targets(server):
            fact = target.job.fact
            if target.moved or fact.identified or fact.proxied or fact.metric_relabels:
                continue
            others = tuple(label for label in target.labels if label[0] not in _OWN)
            key = (
                target.scheme,
                _host(target, links.get(id(target.written)), bearers),
                target.path,
                target.params,
                others,
            )
            known = first.setdefault(key, target)
            if known.labels != target.labels or known.job is not target.job:
                again[id(known.job), id(target.job)].append((known, target))
        for pairs in again.values():
            yield self._claim(server, *pairs[0], len(pairs) - 1)

    def _claim(self, server: Prometheus, known: Target, target: Target, more: int) -> Claim:
        job, same = target.job, target.job is known.job
        as_well = f", and {more} more of its targets," if more else ""
        by = f"as `{known.address}` of the same job" if same else f"by job `{known.job.name}`"
        under = f'`instance="{known.instance}"`' if same else f'`job="{dict(known.labels).get("job", "")}"`'
        effect = "each of its series is stored twice" if known.labels != target.labels else "both write the same series"
        return self.claim(
            server,
            f"job `{job.name}` scrapes `{target.address}`{as_well} though it is scraped already {by}: {effect}",
            place=target.written.place,
            related=[Related(known.written.place, f"the same target, under {under}")],
            help="remove one of the two" if same else f"remove the target from job `{job.name}` or `{known.job.name}`",
            subject=f"{job.name}:{target.address}",
        )


def _host(target: Target, link: Link | None, bearers: Counter[str]) -> tuple[object, ...]:
    """Who is scraped: the one container that the address leads to, else the address as written."""
    port = link.address.port or DEFAULT_PORTS.get(target.scheme) if link else None
    server = link.server if link else None
    if link is None or server is None or server.may_be_scaled or bearers[link.address.host] > 1:
        return (target.address.lower(),)
    return (id(server), port)
