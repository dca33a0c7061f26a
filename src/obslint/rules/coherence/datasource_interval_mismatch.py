"""COH004."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Datasource, Prometheus
from obslint.graph.series import scrape_interval
from obslint.lang.durations import format_duration, grafana_span
from obslint.rules.base import Rule

_DEFAULT: Final = 15_000
"""Milliseconds that Grafana supposes where nothing is written (its docs on `$__rate_interval`)."""
_TOLERATED: Final = 20_000
"""An interval at which the window that Grafana makes by default still holds three samples."""


class DatasourceIntervalMismatch(Rule[Datasource]):
    """A data source supposes another scrape interval than its Prometheus has.

    Grafana makes `$__rate_interval` at least four times the data source's `timeInterval`, which is 15s where none is
    written. If targets are scraped more seldom, that window holds too few samples: panels have gaps or stay empty at
    short time ranges. If a longer one is written than any job has, panels are coarser than need be, which is
    information. Write the `scrape_interval` of prometheus.yml into `jsonData.timeInterval`.
    """

    code, name, severity = "COH004", "datasource-interval-mismatch", Severity.WARNING
    on = Datasource

    def check(self, datasource: Datasource, graph: Graph) -> Iterator[Claim]:
        server = graph.prometheus_behind(datasource)
        if server is None or not server.jobs or not server.closed.yes:
            return
        known = [scrape_interval(job) for job in server.jobs]
        intervals = [interval for interval in known if interval is not None]
        written = datasource.fact.time_interval
        try:
            supposed = grafana_span(written.text) if written is not None else _DEFAULT
        except ValueError:
            return
        if len(intervals) < len(known) or not supposed:
            return
        shortest, longest = min(intervals), max(intervals)
        window = format_duration(4 * supposed)
        if supposed < shortest and (written is not None or shortest > _TOLERATED):
            samples = 4 * supposed // shortest
            holds = f"holds no more than {samples}" if samples > 1 else "often holds fewer than two"
            effect = f"`$__rate_interval` may be {window}, which {holds} samples"
            severity = Severity.INFO if written is None and samples > 1 else None
        elif written is not None and supposed > longest and supposed >= 2 * shortest:
            effect = f"`$__rate_interval` is never less than {window}, so panels are coarser than need be"
            severity = Severity.INFO
        else:
            return
        yield self._claim(datasource, server, effect, severity, format_duration(supposed), shortest)

    def _claim(
        self,
        datasource: Datasource,
        server: Prometheus,
        effect: str,
        severity: Severity | None,
        supposed: str,
        shortest: int,
    ) -> Claim:
        written, every = datasource.fact.time_interval, format_duration(shortest)
        job = next(job for job in server.jobs if scrape_interval(job) == shortest)
        decided = job.fact.interval or server.fact.scrape_interval
        says = f"supposes a scrape every {supposed}" + ("" if written is not None else ", the default,")
        return self.claim(
            datasource,
            f"data source `{datasource.fact.name or ''}` {says} and its Prometheus scrapes every {every}: {effect}",
            place=written.place if written is not None else None,
            related=[Related(decided.place if decided else server.place, f"scraped every {every}")],
            help=f"write `timeInterval: {every}` below `jsonData`",
            subject=f"{datasource.fact.name or ''}",
            severity=severity,
        )
