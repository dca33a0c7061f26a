"""How often a job is scraped and a rule group evaluated."""

from __future__ import annotations

from typing import Final

from obslint.facts import prometheus as facts
from obslint.facts.common import Scalar
from obslint.graph import nodes
from obslint.lang.durations import prometheus_duration

DEFAULT_INTERVAL: Final = 60_000
"""Milliseconds between scrapes and evaluations where nothing is written (Prometheus config.DefaultGlobalConfig)."""


def scrape_interval(job: nodes.ScrapeJob) -> int | None:
    """Milliseconds between two scrapes of a job's targets: its own, else the file's, else a minute.

    None where it cannot be read, a variable decides it, or relabelling may set `__scrape_interval__`.
    """
    scraper = job.scraper
    if not isinstance(scraper, nodes.Prometheus) or _moved(job):
        return None
    return _first(job.fact.interval, scraper.fact.scrape_interval)


def evaluation_interval(group: facts.RuleGroup, server: nodes.Prometheus) -> int | None:
    """Milliseconds between two evaluations of a rule group: its own, else the file's, else a minute."""
    return _first(group.interval, server.fact.evaluation_interval)


def _moved(job: nodes.ScrapeJob) -> bool:
    if any(entry.name.text == "__scrape_interval__" for group in job.groups for entry in group.labels):
        return True
    return any(
        step.target_label is not None and ("$" in step.target_label.text or "__scrape_" in step.target_label.text)
        for step in job.fact.relabels
    )


def _first(*written: Scalar | None) -> int | None:
    """The first duration that is written and not 0, which means unset; a minute where none is. None: unreadable."""
    for scalar in written:
        if scalar is None:
            continue
        try:
            value = prometheus_duration(scalar.text)
        except ValueError:
            return None
        if value:
            return value
    return DEFAULT_INTERVAL
