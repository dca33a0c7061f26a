"""Configurations of collectors, stores and shippers to nodes: what they scrape, where they listen, what they reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from obslint.facts import alloy, otel
from obslint.facts import prometheus as prom
from obslint.facts.common import Connection, Listener, Scalar
from obslint.facts.elastic import BeatsFile, KibanaFile
from obslint.facts.logs import LokiFile
from obslint.facts.mimir import MimirFile
from obslint.facts.tempo import TempoFile
from obslint.findings import Place
from obslint.graph import containers, metrics, nodes, tenants
from obslint.graph.answers import Answer, unknown, yes
from obslint.graph.resolve import Names
from obslint.knowledge import Connects
from obslint.lang.interpolation import HOLE, interpolate
from obslint.lang.references import expand

Expand = Callable[[Scalar], Scalar]
"""A value as its component reads it, with the variables of its container."""

_EMBEDDED = "prometheus.exporter."
"""Alloy's own exporters, which it scrapes within its process."""


def expander(service: nodes.Service | None, grammar: str | None) -> Expand:
    """How a configuration's values are read where `service` runs it; what its variables do not tell is a hole."""
    values = {
        variable.name: HOLE if variable.value is None else variable.value
        for variable in (service.environment.values() if service else ())
    }
    more = service is not None and service.environment_open

    def read(scalar: Scalar) -> Scalar:
        if grammar is None or "$" not in scalar.text:
            return scalar
        if grammar == "compose":
            found = interpolate(scalar.text, values)
        else:
            found = expand(scalar.text, values, "otel" if grammar == "otel" else "elastic")
        # What stands there is not what is meant: a part of it cannot be pointed at.
        return Scalar(HOLE if more and found.defaulted else found.text, scalar.place.within(0, len(scalar.text)))

    return read


def build_collector(
    stack: nodes.Stack,
    service: nodes.Service | None,
    fact: otel.OtelFile | alloy.AlloyFile,
    directory: str,
    names: Names,
    target_files: Mapping[str, Sequence[prom.TargetFile]],
    tree: containers.Tree,
) -> nodes.Collector:
    """`directory` is where relative paths of the file start: in the container, or in the repository."""
    collector = nodes.Collector(stack, fact.place, service, fact)
    jobs = _alloy_jobs(fact, service) if isinstance(fact, alloy.AlloyFile) else _otel_jobs(fact)
    for job in jobs:
        loads = [containers.load(service, path, directory, tree) for path in job.file_discoveries]
        collector.jobs.append(metrics.build_job(collector, job, loads, target_files, names))
    collector.closed = _closed(collector)
    return collector


def _closed(collector: nodes.Collector) -> Answer:
    """Whether the jobs of a collector are all that it scrapes."""
    fact, service = collector.fact, collector.service
    if service is None:
        return unknown("no service shows with which files it runs")
    if isinstance(fact, alloy.AlloyFile):
        doubts = [
            *fact.open,
            *(
                f"`{scrape.component.id}` discovers its targets"
                for scrape in fact.scrapes
                if not (scrape.closed or _embedded(scrape))
            ),
        ]
    else:
        doubts = [f"`{scraper.part}` asks for its targets" for scraper in fact.scrapers if scraper.open]
        if len(service.all_flags("config")) > 1 or service.scripted:
            doubts.append("more than one configuration may be merged")
        doubts += [
            f"`{component.id}` scrapes, too"
            for component in fact.components
            if component.group == "receivers"
            and component.type.startswith(("prometheus_", "receiver_creator"))
            and component.type != "prometheusremotewrite"
        ]
    doubts += [f"the targets of `{job.name}` are not all known" for job in collector.jobs if not job.closed]
    if service.amended.unknown:
        doubts += service.amended.why
    return unknown(*doubts) if doubts else yes()


def _otel_jobs(fact: otel.OtelFile) -> Iterator[prom.ScrapeJob]:
    for scraper in fact.scrapers:
        yield from scraper.jobs


def _embedded(scrape: alloy.Scrape) -> bool:
    return all(flow.groups or (flow.origin and flow.origin.text.startswith(_EMBEDDED)) for flow in scrape.flows)


def _alloy_jobs(fact: alloy.AlloyFile, service: nodes.Service | None) -> Iterator[prom.ScrapeJob]:
    """Each way targets come to a `prometheus.scrape` as a job of its own; embedded exporters have no address."""
    read = expander(service, "compose")
    for scrape in fact.scrapes:
        for flow in scrape.flows:
            if flow.origin is not None and flow.origin.text.startswith(_EMBEDDED):
                continue
            groups = tuple(
                prom.TargetGroup(group.place, tuple(read(target) for target in group.targets), group.labels)
                for group in flow.groups
            )
            yield prom.ScrapeJob(
                place=scrape.place,
                name=scrape.name or Scalar(scrape.component.id, scrape.component.name.place),
                metrics_path=scrape.metrics_path,
                scheme=scrape.scheme,
                interval=scrape.interval,
                honor_labels=scrape.honor_labels,
                groups=groups,
                discoveries=(flow.origin,) if flow.origin else (),
                file_discoveries=(),
                relabels=tuple(step for steps in flow.relabels for step in steps),
                metric_relabels=(),
                proxied=scrape.proxied,
                identified=False,
                params=(),
            )


def connections(fact: object, service: nodes.Service | None) -> Iterator[tuple[str, Scalar, nodes.Tenant | None]]:
    """What a configuration connects to: the kind of link, the address with its variables replaced, and as whose."""
    if isinstance(fact, alloy.AlloyFile):
        read = expander(service, "compose")
        for write in fact.writes:
            if write.url is not None:
                kind = "otlp" if write.kind.startswith("otlp") else write.kind
                yield kind, read(write.url), tenants.of_alloy(fact, write)
    else:
        read = expander(service, _grammar(fact))
        for connection in _connections(fact):
            yield connection.kind, read(connection.address), tenants.of_collector(connection)


def _connections(fact: object) -> Sequence[Connection]:
    if isinstance(fact, TempoFile):
        return fact.remote_writes
    if isinstance(fact, (otel.OtelFile, BeatsFile, KibanaFile, MimirFile)):
        return fact.connections
    return ()


def _grammar(fact: object) -> str | None:
    if isinstance(fact, otel.OtelFile):
        return "otel"
    if isinstance(fact, (BeatsFile, KibanaFile)):
        return "elastic"
    return "compose" if isinstance(fact, (TempoFile, MimirFile, LokiFile)) else None


def listeners(fact: object, service: nodes.Service) -> Iterator[nodes.Listening]:
    """The ports a configuration opens inside the container of `service`."""
    if isinstance(fact, alloy.AlloyFile):
        read = expander(service, "compose")
        for opened in fact.listeners:
            yield from _listening(
                read(opened.address) if opened.address else None,
                opened.port,
                opened.kind.endswith("udp"),
                opened.component.id,
                opened.place,
            )
        return
    read = expander(service, _grammar(fact))
    found: Sequence[Listener] = fact.listeners if isinstance(fact, (otel.OtelFile, TempoFile)) else ()
    for listener in found:
        what = f"{listener.part} ({listener.protocol})" if listener.protocol else listener.part
        yield from _listening(
            read(listener.endpoint) if listener.endpoint else None,
            listener.default_port,
            listener.udp,
            what,
            listener.place,
        )
    for what, port in _server_ports(fact):
        yield nodes.Listening(_port(read(port).text), False, what, port.place)


def _server_ports(fact: object) -> Iterator[tuple[str, Scalar]]:
    if isinstance(fact, LokiFile):
        for entry in fact.serving:
            if entry.value is not None and entry.name.text.endswith("_port"):
                yield entry.name.text, entry.value
    elif isinstance(fact, (TempoFile, MimirFile)):
        for what, port in (("HTTP", fact.http_port), ("gRPC", fact.grpc_port)):
            if port is not None:
                yield what, port


def _listening(
    endpoint: Scalar | None, default: int | None, udp: bool, what: str, place: Place
) -> Iterator[nodes.Listening]:
    if endpoint is None:
        if default is not None:
            yield nodes.Listening(default, udp, what, place)
        return
    address = endpoint.text.rpartition("://")[2].partition("/")[0]
    host_alone = address.endswith("]") or (address.count(":") != 1 and not address.startswith("["))
    port = default if host_alone else _port(address.rpartition(":")[2])
    if HOLE in endpoint.text:
        yield nodes.Listening(None, udp, what, endpoint.place)
    elif port is not None:
        yield nodes.Listening(port, udp, what, endpoint.place)


def _port(text: str) -> int | None:
    """A port that is known in advance: 0 lets the system choose one."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    return number if 0 < number < 65536 else None


def split_addresses(value: str, connects: Connects) -> Iterator[tuple[str, int]]:
    """The addresses in a flag or variable, each with its offset; what cannot be read for certain is left out."""
    start = 0
    for part in value.split(",") if connects.many else [value]:
        written = part.strip()
        offset = start + part.find(written) if written else start
        start += len(part) + 1
        if not written or HOLE in written:
            continue
        if connects.form == "dsn":
            found = _dsn(written)
            if found is not None:
                yield found[0], offset + found[1]
        elif "://" in written or connects.form != "url":
            yield written, offset


def _dsn(text: str) -> tuple[str, int] | None:
    """The address in a database's connection string: a URL's, or what MySQL's driver has in `tcp(host:port)`."""
    if "://" in text:
        return (text, 0)
    start = text.find("(")
    end = text.find(")", start)
    if start > 0 and end > start and text[:start].endswith(("@tcp", "@")):
        return text[start + 1 : end], start + 1
    return None
