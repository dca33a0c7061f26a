"""As whose the clients of a Loki push and ask: by `tenant_id`, or by the header X-Scope-OrgID."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from obslint.facts.alloy import AlloyFile, Write
from obslint.facts.common import Connection, Relabel, Scalar
from obslint.facts.grafana import Datasource
from obslint.facts.logs import LogClient, LogJob, PromtailFile, Stage
from obslint.graph import nodes
from obslint.lang.interpolation import HOLE

_HEADER = "x-scope-orgid"
_LABEL = "__tenant_id__"
"""The label that takes precedence over what the client is set to."""
_FLAG = "client.tenant-id"


def of_promtail(fact: PromtailFile, client: LogClient, service: nodes.Service | None) -> nodes.Tenant | None:
    """The tenant of one client; a flag, a stage or a label may name others."""
    if client.proxied or any(map(_by_line, fact.jobs)):
        return None
    if service is not None and (service.may_be_set(_FLAG) or service.amended.unknown):
        return None
    return _named([*_set(client.tenant), *_sent((one.name, one.value) for one in client.headers)])


def of_alloy(fact: AlloyFile, write: Write) -> nodes.Tenant | None:
    if write.opaque or fact.open or any(map(_by_line, fact.jobs)):
        return None
    return _named([*_set(write.tenant), *_sent((one.name, one.value) for one in write.headers)])


def of_collector(connection: Connection) -> nodes.Tenant | None:
    """The tenant of an exporter for OTLP; that for Loki, which is gone, takes it from attributes, too."""
    if connection.kind != "otlp" or connection.auth or connection.proxied:
        return None
    return _named(_sent((one.name, one.value) for one in connection.headers))


def of_datasource(fact: Datasource) -> nodes.Tenant | None:
    if fact.type is None or fact.type.text != "loki":
        return None
    return _named(_sent(fact.headers))


def _set(tenant: Scalar | None) -> list[Scalar]:
    return [] if tenant is None else [tenant]


def _sent(headers: Iterable[tuple[Scalar, Scalar | None]]) -> list[Scalar | None]:
    """The values of the header, None for one that is not in the file."""
    return [value for name, value in headers if name.text.lower() == _HEADER]


def _named(said: Sequence[Scalar | None]) -> nodes.Tenant | None:
    """The one tenant that is named, none where nothing is said; None where it is said but not what."""
    if not said:
        return nodes.Tenant("")
    name = said[0]
    if len(said) > 1 or name is None or "$" in name.text or HOLE in name.text:
        return None
    return nodes.Tenant(name.text, name.place)


def _by_line(job: LogJob) -> bool:
    """Whether a job may give its lines tenants of their own."""
    labels = [*(label.name.text for label in job.labels), *map(_target, job.relabels)]
    return not job.relabels_known or _LABEL in labels or _has_stage(job.stages)


def _target(step: Relabel) -> str:
    return step.target_label.text if step.target_label else ""


def _has_stage(stages: Iterable[Stage]) -> bool:
    waiting = list(stages)
    while waiting:
        stage = waiting.pop()
        if stage.kind == "tenant":
            return True
        waiting.extend(stage.stages)
    return False
