"""REF032."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from obslint.facts.common import Scalar
from obslint.facts.otel import OtelFile, Pipeline
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Collector
from obslint.rules.base import Rule

_RENDERED = re.compile(r"\$|\{\{|<%|\x00|,")
_REFUSED = "the collector refuses the configuration"
_SINGULAR = {"receivers": "receiver", "processors": "processor", "exporters": "exporter", "extensions": "extension"}


@dataclass(frozen=True, slots=True)
class _Use:
    """A component that the `service` section names; `group` is the section in which it is looked for."""

    group: str
    written: Scalar
    where: str


class OtelUndefinedComponent(Rule[Collector]):
    """A pipeline or `service.extensions` names a component that the collector's configuration does not define.

    Every id in `service` must be a key of its section, written alike: `otlp/backend` is not `otlp`. A pipeline needs a
    receiver and an exporter; a connector, which stands for either, must end one pipeline and begin another. A collector
    refuses a configuration in which one of these fails, and does not start.

    A collector that is started with several `--config` files, or with `--set`, merges them: nothing is said about it.
    It is a warning where nothing here shows how the configuration is started; a file that leaves out a side of one of
    its pipelines is then taken for a part of a larger one.
    """

    code, name, severity = "REF032", "otel-undefined-component", Severity.ERROR
    on = Collector

    def check(self, collector: Collector, graph: Graph) -> Iterator[Claim]:
        fact, service = collector.fact, collector.service
        if not isinstance(fact, OtelFile):
            return
        if service is not None and (service.scripted or len(service.all_flags("config")) > 1 or service.flag("set")):
            return
        if service is None and any(line.receivers is None or line.exporters is None for line in fact.pipelines):
            return
        proven = service is not None and service.component is not None and service.amended.no
        for use in _uses(fact):
            yield from self._undefined(collector, fact, use, proven)
        for pipeline in fact.pipelines:
            yield from self._incomplete(collector, pipeline, proven)
        yield from self._one_sided(collector, fact, proven)

    def _undefined(self, node: Collector, fact: OtelFile, use: _Use, proven: bool) -> Iterator[Claim]:
        groups = _groups(use.group)
        declared = {_id(part.id.text): part for part in fact.components if part.group in groups}
        wanted = _id(use.written.text)
        if wanted in declared or any(group in fact.opaque for group in groups) or _rendered(use.written, declared):
            return
        names = sorted(part.id.text for part in fact.components if part.group == use.group)
        elsewhere = next((part for part in fact.components if _id(part.id.text) == wanted), None)
        related = [Related(elsewhere.id.place, f"declared here, under `{elsewhere.group}`")] if elsewhere else []
        close = [] if elsewhere else get_close_matches(wanted, sorted(declared), 1, 0.6)
        listed = ", ".join(f"`{name}`" for name in names) or "none"
        yield self.claim(
            node,
            f"{use.where} names the {_SINGULAR[use.group]} `{use.written}`, which is not defined: {_REFUSED}",
            place=use.written.place,
            related=related,
            help=(f"did you mean `{close[0]}`? " if close else f"define it under `{use.group}:` or take it out; ")
            + f"defined there: {listed}",
            subject=f"{use.where}:{use.group}:{wanted}",
            proven=proven,
        )

    def _incomplete(self, node: Collector, pipeline: Pipeline, proven: bool) -> Iterator[Claim]:
        missing = [
            what for what, ids in (("receiver", pipeline.receivers), ("exporter", pipeline.exporters)) if not ids
        ]
        if missing:
            yield self.claim(
                node,
                f"pipeline `{pipeline.id}` has no {' and no '.join(missing)}: {_REFUSED}",
                place=pipeline.id.place,
                help=f"add `{missing[0]}s:` with at least one of them, or remove the pipeline",
                subject=f"{pipeline.id}:{'+'.join(missing)}",
                proven=proven,
            )

    def _one_sided(self, node: Collector, fact: OtelFile, proven: bool) -> Iterator[Claim]:
        """Connectors that only end, or only begin pipelines."""
        begins, ends = _ids(line.receivers for line in fact.pipelines), _ids(line.exporters for line in fact.pipelines)
        if any(_RENDERED.search(one) for one in (*begins, *ends)):
            return
        plain = {_id(part.id.text) for part in fact.components if part.group != "connectors"}
        for part in fact.components:
            wanted = _id(part.id.text)
            if part.group != "connectors" or wanted in plain or (wanted in begins) == (wanted in ends):
                continue
            side, other = ("exporter", "receiver") if wanted in ends else ("receiver", "exporter")
            yield self.claim(
                node,
                f"connector `{part.id}` stands among the {side}s of a pipeline, but among the {other}s of none: "
                + _REFUSED,
                place=(ends if wanted in ends else begins)[wanted].place,
                related=[Related(part.id.place, "the connector")],
                help=f"add `{part.id}` to the `{other}s` of the pipeline at its other end",
                subject=f"connector:{wanted}",
                proven=proven,
            )


def _uses(fact: OtelFile) -> Iterator[_Use]:
    for extension in fact.extensions:
        yield _Use("extensions", extension, "`service.extensions`")
    for pipeline in fact.pipelines:
        where = f"pipeline `{pipeline.id}`"
        for group, ids in (
            ("receivers", pipeline.receivers),
            ("processors", pipeline.processors),
            ("exporters", pipeline.exporters),
        ):
            for written in ids or ():
                yield _Use(group, written, where)


def _groups(group: str) -> tuple[str, ...]:
    """The sections in which an id may be declared: a connector is a receiver here and an exporter there."""
    return (group, "connectors") if group in ("receivers", "exporters") else (group,)


def _id(text: str) -> str:
    """An id as the collector compares it: `type/name` without spaces around either part."""
    kind, slash, name = text.partition("/")
    return kind.strip() + slash + name.strip()


def _ids(lists: Iterable[tuple[Scalar, ...] | None]) -> dict[str, Scalar]:
    return {_id(written.text): written for ids in lists for written in ids or ()}


def _rendered(written: Scalar, declared: Iterable[str]) -> bool:
    """Whether something fills in the id, or one of those declared, before the collector looks for it."""
    return any(_RENDERED.search(text) for text in (written.text, *declared))
