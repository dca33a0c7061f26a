"""REF024."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from obslint.facts.grafana import DatasourceRef
from obslint.findings import Claim, Place, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.dashboards import asked
from obslint.graph.nodes import Dashboard, Datasource, Grafana
from obslint.rules.base import Rule

_BUILT_IN = frozenset(
    ("grafana", "-- grafana --", "-- mixed --", "-- dashboard --", "mixed", "default", "__expr__", "-100")
)
_NO_QUERIES = frozenset(("text", "dashlist", "news", "row", "welcome", "gettingstarted", "annolist", "alertlist"))


class DashboardUnknownDatasource(Rule[Dashboard]):
    """A dashboard asks a data source that is not provisioned.

    The panel shows "datasource not found". A provisioned data source without `uid` gets one that Grafana derives from
    its name, so a dashboard exported elsewhere does not find it; give the data source the uid the dashboard asks for.
    """

    code, name, severity, proof = "REF024", "dashboard-unknown-datasource", Severity.WARNING, Proof.LIKELY
    on = Dashboard

    def check(self, dashboard: Dashboard, graph: Graph) -> Iterator[Claim]:
        grafana = dashboard.grafana
        if not grafana.datasources_complete.yes:
            return
        known = _names(grafana)
        missing: dict[str, dict[Place, DatasourceRef]] = {}
        for ref in _refs(dashboard):
            value = ref.value.text
            if value not in known and value.lower() not in _BUILT_IN and "$" not in value and not value.isdigit():
                missing.setdefault(value, {})[ref.value.place] = ref
        for value, refs in missing.items():
            first, places = next(iter(refs.values())), len(refs)
            fitting = _fitting(first, grafana)
            yield self.claim(
                dashboard,
                f"dashboard `{dashboard.fact.title}` asks data source `{value}`"
                + (f" in {places} places" if places > 1 else "")
                + ", but no data source is provisioned with that uid or name",
                place=first.value.place,
                related=[
                    Related(datasource.place, f"provisioned as `{datasource.fact.name}`{_uid(datasource)}")
                    for datasource in (fitting or grafana.datasources)[:3]
                ],
                help=_help(value, fitting, alone=len(missing) == 1),
                subject=value,
            )


def _refs(dashboard: Dashboard) -> Iterator[DatasourceRef]:
    """What is asked when the dashboard is opened."""
    for panel in dashboard.fact.panels:
        if panel.type not in _NO_QUERIES:
            yield from (ref for query in panel.queries if (ref := asked(panel, query)) is not None)
    for variable in dashboard.fact.variables:
        if variable.datasource is not None and variable.type in ("query", "adhoc"):
            yield variable.datasource
    yield from dashboard.fact.annotations


def _names(grafana: Grafana) -> set[str]:
    """Every uid and name that leads to a provisioned data source; the frontend takes a name for a uid, too."""
    known: set[str] = set()
    for datasource in grafana.datasources:
        fact = datasource.fact
        if fact.uid is not None:
            known.add(fact.uid.text)
        if fact.name is not None:
            known.add(fact.name.text)
            if fact.uid is None:
                known.add(derived_uid(fact.name.text))
    return known


def derived_uid(name: str) -> str:
    """The uid Grafana gives a provisioned data source without one: `P` and the start of its name's SHA-256."""
    return "P" + hashlib.sha256(name.encode()).hexdigest()[:16].upper()


def _uid(datasource: Datasource) -> str:
    fact = datasource.fact
    if fact.uid is not None:
        return f", uid `{fact.uid}`"
    return f", uid `{derived_uid(fact.name.text)}` by default" if fact.name is not None else ""


def _fitting(ref: DatasourceRef, grafana: Grafana) -> list[Datasource]:
    """The provisioned data sources of the type that is asked for."""
    return [item for item in grafana.datasources if ref.type and item.fact.type and item.fact.type.text == ref.type]


def _help(value: str, fitting: list[Datasource], *, alone: bool) -> str:
    if len(fitting) == 1 and alone:
        fact = fitting[0].fact
        if fact.uid is None:
            return f"give data source `{fact.name}` the line `uid: {value}`"
        return f"use the uid `{fact.uid}` of data source `{fact.name}` in the dashboard"
    return "provision a data source with this uid, or use a data source variable in the dashboard"
