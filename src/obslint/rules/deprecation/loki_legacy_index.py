"""DEP004."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts.logs import SchemaPeriod
from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Loki
from obslint.rules.base import Rule
from obslint.rules.deprecation.removal import running

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SCHEMA = re.compile(r"v(\d{1,3})")
_TSDB = (2, 8)
"""The first release that recommends the index `tsdb`; v13 came with the one after."""
_STRICT = (3, 0)
"""From here on structured metadata are allowed unless forbidden, for which Loki asks for `tsdb` and v13."""
_SCHEMA_WANTED = 13


class LokiLegacyIndex(Rule[Loki]):
    """Loki still writes an index of an old kind: its newest period is not `tsdb`, or below v13.

    `boltdb-shipper` and older indexes are deprecated, and queries on them are slower. Loki 3 does not even start with
    them unless `limits_config.allow_structured_metadata` is false: that is an error. Old periods are history and stay
    as they are. Never change a period that has begun, or what it holds cannot be read any more: add one whose `from`
    lies in the future.
    """

    code, name, severity = "DEP004", "loki-legacy-index", Severity.WARNING
    on = Loki

    def check(self, loki: Loki, graph: Graph) -> Iterator[Claim]:
        periods, service = loki.fact.periods, loki.service
        starts = [period.start.text[:10] if period.start else "" for period in periods]
        if not periods or not all(_DATE.fullmatch(start) for start in starts):
            return
        newest = periods[starts.index(max(starts))]
        found = _legacy(newest)
        if found is None:
            return
        version = running(service) if service is not None and service.runs("loki") else None
        if version is not None and version < _TSDB and len(version) > 1:
            return
        what, place = found
        message = f"the newest period of Loki's schema, from {max(starts)}, has {what}, which is deprecated"
        related = []
        severity = None
        if service is not None:
            related.append(Related(service.place, f"service `{service.name}` loads the file"))
        refused = version is not None and version >= _STRICT and all(_legacy(period) for period in periods)
        if service is not None and refused and _metadata_allowed(loki):
            tag = service.image.tag if service.image else ""
            message = f"{message}: Loki {tag} does not start with it while structured metadata are allowed, as they are"
            message = f"{message} by default"
            severity = Severity.ERROR if service.amended.no and not service.scripted else None
        yield self.claim(
            loki,
            message,
            place=place,
            related=related,
            help="leave the period as it is and add one with `store: tsdb`, `schema: v13` and a `from` in the future"
            + (", and until then set `limits_config.allow_structured_metadata: false`" if severity else ""),
            subject=loki.fact.path,
            severity=severity,
        )


def _legacy(period: SchemaPeriod) -> tuple[str, Place] | None:
    """What is old about a period, and where; None where nothing is, or a variable decides."""
    store, schema = period.store, period.schema
    if store is not None and re.fullmatch(r"[a-z][a-z0-9-]*", store.text) and store.text != "tsdb":
        return f"the store `{store.text}`", store.place
    match = _SCHEMA.fullmatch(schema.text) if schema is not None else None
    if schema is not None and match is not None and int(match.group(1)) < _SCHEMA_WANTED:
        return f"the schema `{schema.text}`", schema.place
    return None


def _metadata_allowed(loki: Loki) -> bool:
    """Whether nothing written forbids structured metadata."""
    written = loki.fact.structured_metadata
    flag = loki.service.flag("validation.allow-structured-metadata") if loki.service is not None else None
    return (written is None or written.text.lower() == "true") and (flag is None or flag.value == "true")
