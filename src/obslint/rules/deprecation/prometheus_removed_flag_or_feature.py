"""DEP008."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Flag, Service
from obslint.knowledge import Removed
from obslint.lang.interpolation import HOLE
from obslint.rules.base import Rule
from obslint.rules.deprecation.removal import flag_claims, gone, runs


class PrometheusRemovedFlagOrFeature(Rule[Service]):
    """A Prometheus is started with a flag or feature that its release no longer has.

    A flag that is gone keeps it from starting. A feature that is gone from `--enable-feature` is worse: Prometheus 3
    warns in its log and goes on without, so `agent` gives a full server and `remote-write-receiver` answers 404. Where
    the tag does not tell the release, as `latest`, it is a warning; a feature that is now always on is an info.
    """

    code, name, severity = "DEP008", "prometheus-removed-flag-or-feature", Severity.ERROR
    on = Service

    def check(self, service: Service, graph: Graph) -> Iterator[Claim]:
        if not service.runs("prometheus") or service.component is None:
            return
        yield from flag_claims(self, service)
        for flag in service.all_flags("enable-feature"):
            for word in dict.fromkeys((flag.value or "").split(",")):
                removed = next((one for one in service.component.removed if word in one.features), None)
                if removed is not None and HOLE not in word:
                    yield from self._feature(service, flag, word, removed)

    def _feature(self, service: Service, flag: Flag, word: str, removed: Removed) -> Iterator[Claim]:
        answer = gone(removed, service)
        replaced = removed.instead is not None and service.flag(removed.instead.lstrip("-")) is not None
        idle = removed.harmless or replaced
        if answer is False or (idle and answer is None):
            return
        known = f"and {runs(service)}" if answer else "and the tag here does not name an older release"
        says = f"the feature `{word}` does not exist from Prometheus {removed.since} on, {known}"
        if idle:
            why = "what it did is always on" if removed.harmless else f"`{removed.instead}` is set and does the same"
            message, help = f"{says}: {why}", f"remove `{word}` from `--enable-feature`"
        else:
            message, help = f"{says}: it is ignored with a warning in the log", f"use `{removed.instead}`"
        yield self.claim(
            service,
            message,
            place=flag.place,
            help=help,
            subject=f"{service.name}:{word}",
            severity=Severity.INFO if idle else None,
            proven=bool(answer) and not service.scripted and service.amended.no,
        )
