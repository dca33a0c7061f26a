"""RET002."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.logs import SchemaPeriod
from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Flag, Loki, Service
from obslint.lang.durations import prometheus_duration
from obslint.rules.base import Rule

_TRUE = frozenset(("true", "yes", "on", "y", "1", "t"))
_DAY = 24 * 3_600_000  # milliseconds
_NEEDS_STORE = (3, 0, 0)  # grafana/loki#12588
_SHIPPERS = ("boltdb-shipper", "tsdb")


class LokiCompactorInvalid(Rule[Loki]):
    """Loki refuses to start: its retention lacks a store for delete requests, or its index tables are not daily.

    Since 3.0 `compactor.retention_enabled: true` needs `compactor.delete_request_store`, the object store that keeps
    the delete requests; before, it was taken from `shared_store`. And the index kinds that the compactor works on, tsdb
    and boltdb-shipper, need tables of a day: `index.period: 24h` (Loki's `SchemaConfig.Validate`).

    It is a warning where the release that runs is not known.
    """

    code, name, severity = "RET002", "loki-compactor-invalid", Severity.ERROR
    on = Loki

    def check(self, loki: Loki, graph: Graph) -> Iterator[Claim]:
        service = loki.service
        if service is not None and service.scripted:
            return
        version = service.image.version if service is not None and service.runs("loki") and service.image else None
        certain = service is not None and service.amended.no
        yield from self._store(loki, version, certain)
        yield from self._tables(loki, version, certain)

    def _store(self, loki: Loki, version: tuple[int, int, int] | None, certain: bool) -> Iterator[Claim]:
        fact, service = loki.fact, loki.service
        enabled = _enabled(loki)
        if enabled is None or fact.delete_request_store is not None or _flag(service, "delete-request-store"):
            return
        if version is None:
            if fact.shared_store is not None:
                return  # written for Loki 2, which takes the store from there
            running = "since 3.0 Loki refuses the configuration"
        elif version < _NEEDS_STORE:
            return
        else:
            running = f"Loki {service.image.tag if service and service.image else ''} refuses to start"
        stores = {period.object_store.text for period in fact.periods if period.object_store}
        store = stores.pop() if len(stores) == 1 else "…"
        yield self.claim(
            loki,
            f"retention is enabled without `compactor.delete_request_store`: {running}",
            place=enabled,
            related=_loader(service),
            help=f"add `delete_request_store: {store}` under `compactor`"
            + ("" if store != "…" else ", with the object store that `schema_config` names"),
            subject="delete_request_store",
            proven=certain and version is not None,
        )

    def _tables(self, loki: Loki, version: tuple[int, int, int] | None, certain: bool) -> Iterator[Claim]:
        """Of boltdb-shipper only the last period has to be daily, of tsdb (checked at least since 3.0) each."""
        periods = loki.fact.periods
        for number, period in enumerate(periods):
            store = period.store.text if period.store else ""
            if store not in _SHIPPERS or _daily(period) or (store != "tsdb" and number + 1 < len(periods)):
                continue
            if version is not None and version < (_NEEDS_STORE if store == "tsdb" else (2, 0, 0)):
                continue
            written = f"`{period.index_period}`" if period.index_period else "not set"
            at = period.index_period.place if period.index_period else period.index or period.place
            yield self.claim(
                loki,
                f"`index.period` is {written}, and {store} needs tables of 24h: Loki refuses to start",
                place=at,
                related=_loader(loki.service),
                help="set `index.period: 24h`; logs that are stored already need a new period of `schema_config` "
                "with a `from` in the future"
                if period.index_period
                else "add `index: {prefix: index_, period: 24h}`",
                subject=f"period:{number}",
                proven=certain and version is not None,
            )


def _enabled(loki: Loki) -> Place | None:
    """Where retention is turned on; None where it is not, or a variable decides. A flag outdoes the file."""
    flag = _flag(loki.service, "retention-enabled")
    if flag is not None:
        return flag.place if (flag.value or "true").lower() in _TRUE else None
    written = loki.fact.retention_enabled
    return written.place if written is not None and written.text.lower() in _TRUE else None


def _flag(service: Service | None, name: str) -> Flag | None:
    return service.flag(f"compactor.{name}") if service is not None else None


def _daily(period: SchemaPeriod) -> bool:
    """Whether its tables span a day, or may: a variable decides, or what stands there is refused by itself."""
    if period.index_period is None:
        return False
    try:
        return prometheus_duration(period.index_period.text) == _DAY
    except ValueError:
        return True


def _loader(service: Service | None) -> list[Related]:
    return [Related(service.place, f"service `{service.name}` loads the file")] if service is not None else []
