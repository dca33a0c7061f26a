"""DEP006."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Evaluator, Link, Service
from obslint.rules.base import Rule
from obslint.rules.deprecation.removal import running

_GONE = (0, 27)  # prometheus/alertmanager CHANGELOG 0.27: every `/api/v1/` answers 410
_PROMETHEUS_V2 = (2, 26)  # from here on v2 is its default
_PROMETHEUS_ONLY_V2 = (3, 0)
_LOKI_V2 = (3, 2)  # from here on `ruler.enable_alertmanager_v2` is true by default


class AlertmanagerApiV1(Rule[Link]):
    """Alerts are sent to the version 1 API of an Alertmanager that no longer has it.

    Since 0.27 an Alertmanager answers `/api/v1/alerts` with 410: no alert of this sender arrives. Prometheus before
    2.26 and Loki before 3.2 use it unless told otherwise, with `api_version: v2` and `enable_alertmanager_v2: true`. It
    is a warning where the tag does not tell the Alertmanager's release, or Loki has no rules here. Prometheus 3
    refuses `api_version: v1`, which SYN004 tells.
    """

    code, name, severity = "DEP006", "alertmanager-api-v1", Severity.ERROR
    on = Link

    def check(self, link: Link, graph: Graph) -> Iterator[Claim]:
        client, server = link.client, link.server
        if link.kind != "alertmanager" or client is None or server is None or not server.runs("alertmanager"):
            return
        version = running(server)
        if version is not None and version[:2] < _GONE:
            return
        if version is None and server.image is not None and server.image.digest:
            return
        found = _loki(client, graph) if client.runs("loki") else _prometheus(link, client, graph)
        if found is None:
            return
        why, place, help = found
        tag = server.image.tag if server.image and server.image.tag else "the newest release"
        yield self.claim(
            link,
            f"{client.title} of service `{client.name}` sends alerts to the version 1 API of `{server.name}`, {why}: "
            f"Alertmanager from 0.27 on, here {tag}, refuses them all",
            place=place or link.written.place,
            related=[Related(server.place, server.introduction), Related(client.place, client.introduction)],
            help=help,
            subject=f"{client.name}:{server.name}",
            proven=version is not None
            and server.amended.no
            and client.amended.no
            and not client.scripted
            and _alerts(client, graph),
        )


def _alerts(client: Service, graph: Graph) -> bool:
    """Whether there is something to send: the ruler of a Loki without rules never asks its Alertmanager."""
    rulers = graph.in_stack(Evaluator, client.stack)
    return not client.runs("loki") or any(ruler.service is client and ruler.rule_files for ruler in rulers)


def _prometheus(link: Link, client: Service, graph: Graph) -> tuple[str, Place | None, str] | None:
    """Why a Prometheus uses version 1, where that is written, and what to do."""
    prometheus, version = graph.prometheus_of(client), running(client)
    if not client.runs("prometheus") or prometheus is None or version is None or len(version) < 2:
        return None
    at = link.written.place.at
    sets = prometheus.fact.alertmanagers or ()
    own = next((one for one in sets if one.place.path == link.written.place.path and at[:3] == one.place.at), None)
    if own is None or version >= _PROMETHEUS_ONLY_V2:
        return None
    if own.api_version is not None:
        told = own.api_version.text == "v1"
        return ("as it is told", own.api_version.place, "remove it, or write `api_version: v2`") if told else None
    if version >= _PROMETHEUS_V2:
        return None
    return "the default before 2.26", None, "write `api_version: v2`, or upgrade Prometheus"


def _loki(client: Service, graph: Graph) -> tuple[str, Place | None, str] | None:
    """Why Loki's ruler uses version 1, where that is written, and what to do."""
    loki, version = graph.loki_of(client), running(client)
    if loki is None or client.flag("ruler.alertmanager-use-v2") is not None:
        return None
    written = loki.fact.alertmanager_v2
    if written is not None:
        told = written.text.lower() == "false"
        return ("as it is told", written.place, "write `enable_alertmanager_v2: true`") if told else None
    if version is None or len(version) < 2 or version >= _LOKI_V2:
        return None
    return "the default before 3.2", None, "write `enable_alertmanager_v2: true` under `ruler`"
