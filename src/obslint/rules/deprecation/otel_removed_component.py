"""DEP009."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.otel import OtelFile
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Collector
from obslint.rules.base import Rule
from obslint.rules.deprecation.removal import gone, runs


class OtelRemovedComponent(Rule[Collector]):
    """An OpenTelemetry Collector is configured with a receiver, processor or exporter that its release no longer has.

    The collector decodes all that is declared, used or not, and does not start with a type it does not know: `logging`
    became `debug`, `jaeger` went in favour of OTLP, which Jaeger takes at port 4317, `loki` in favour of OTLP over HTTP
    to Loki's `/otlp`. It is a warning where no tag tells the release. Of a file that no service here loads, and of a
    distribution other than the official two, nothing is said: they may hold what they like.
    """

    code, name, severity = "DEP009", "otel-removed-component", Severity.ERROR
    on = Collector

    def check(self, node: Collector, graph: Graph) -> Iterator[Claim]:
        service = node.service
        if not isinstance(node.fact, OtelFile) or service is None or service.component is None:
            return
        program = service.component
        for part in node.fact.components:
            key = f"{part.group}.{part.type}"
            removed = next((one for one in program.removed if key in one.parts), None)
            answer = gone(removed, service) if removed is not None else False
            if removed is None or answer is False:
                continue
            says = f"the {part.group.removesuffix('s')} `{part.type}` does not exist from {program.title}"
            if answer:
                says = f"{says} {removed.since} on, and {runs(service)}: it does not start"
            else:
                says = f"{says} {removed.since} on, and the tag here does not name an older release: it does not start"
            yield self.claim(
                node,
                says,
                place=part.id.place,
                related=[Related(service.place, f"service `{service.name}` loads the file")],
                help=_help(part.type, removed.instead),
                subject=f"{part.group}:{part.id.text}",
                proven=bool(answer) and service.amended.no,
            )


def _help(type_: str, instead: str | None) -> str:
    if instead is None:
        return "remove it, here and where it is used"
    group, dot, name = instead.rpartition(".")
    if dot:
        return f"use the {group.removesuffix('s')} `{name}`: an exporter of one pipeline and a receiver of the next"
    where = {"jaeger": ", with `endpoint: jaeger:4317`", "loki": " to Loki's `/otlp`"}.get(type_, "")
    return f"use `{instead}`{where}, here and in the pipelines"
