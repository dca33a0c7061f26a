"""REF024."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from obslint.facts.grafana import DatasourceRef
from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Dashboard, Datasource, Grafana
from obslint.rules.base import Rule

_BUILT_IN = frozenset(
    ("grafana", "-- grafana --", "-- mixed --", "-- dashboard --", "mixed", "default", "__expr__", "-100")
)


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
        missing: dict[str, list[DatasourceRef]] = {}
        for ref in _refs(dashboard):
            if "$" not in ref.value.text and ref.value.text.lower() not in _BUILT_IN and ref.value.text not in known:
                missing.setdefault(ref.value.text, []).append(ref)
        for value, refs in missing.items():
            places = len(refs)
            yield self.claim(
                dashboard,
                f"dashboard `{dashboard.fact.title}` asks data source `{value}`"
                + (f" in {places} places" if places > 1 else "")
                + ", which is not provisioned",
                place=refs[0].value.place,
                related=[
                    Related(datasource.place, f"provisioned as `{datasource.fact.name}`{_uid(datasource)}")
                    for datasource in grafana.datasources
                ],
                help=_help(value, refs[0], grafana),
                subject=value,
            )


def _refs(dashboard: Dashboard) -> Iterator[DatasourceRef]:
    for panel in dashboard.fact.panels:
        for ref in (panel.datasource, *(query.datasource for query in panel.queries)):
            if ref is not None:
                yield ref
    for variable in dashboard.fact.variables:
        if variable.datasource is not None:
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


def _help(value: str, ref: DatasourceRef, grafana: Grafana) -> str:
    fitting = [item for item in grafana.datasources if ref.type and item.fact.type and item.fact.type.text == ref.type]
    if len(fitting) == 1 and fitting[0].fact.uid is None:
        return f"give data source `{fitting[0].fact.name}` the line `uid: {value}`"
    return "provision a data source with this uid, or use a data source variable in the dashboard"
