"""OpenTelemetry Collector, and Jaeger 2, which is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from obslint.facts import otel as facts
from obslint.facts.common import Connection, Entry, Listener, Relabel, Scalar
from obslint.facts.prometheus import ScrapeJob
from obslint.kinds.kind import Kind, scalar, scalars
from obslint.kinds.prometheus import scrape_job
from obslint.parse import Cursor

GROUPS = ("receivers", "processors", "exporters", "connectors", "extensions")
_SECTIONS = frozenset((*GROUPS, "service"))
_OTHERS = frozenset(("apiVersion", "kind", "route", "services", "jobs"))
_SIGNALS = frozenset(("traces", "metrics", "logs", "profiles"))

Opening = tuple[str, int | None]
"""The dotted path of a block with an `endpoint`, and the port where none is written."""

# Names are compared without underscores: newer releases spell them in snake case (`otlp_http`), older ones do not.
# Default ports: the README of each receiver and extension.
_RECEIVERS: Mapping[str, tuple[Opening, ...]] = {
    "otlp": (("protocols.grpc", 4317), ("protocols.http", 4318)),
    "otelarrow": (("protocols.grpc", 4317),),
    "jaeger": (
        ("protocols.grpc", 14250),
        ("protocols.thrift_http", 14268),
        ("protocols.thrift_compact", 6831),
        ("protocols.thrift_binary", 6832),
    ),
    "zipkin": (("", 9411),),
    "opencensus": (("", 55678),),
    "loki": (("protocols.http", 3500), ("protocols.grpc", 3600)),
    "skywalking": (("protocols.grpc", 11800), ("protocols.http", 12800)),
    "influxdb": (("", 8086),),
    "statsd": (("", 8125),),
    "carbon": (("", 2003),),
    "splunkhec": (("", 8088),),
    "signalfx": (("", 9943),),
    "datadog": (("", 8126),),
    "fluentforward": (("", None),),
    "prometheusremotewrite": (("", None),),
    "webhookevent": (("", None),),
}
_EXPORTERS: Mapping[str, tuple[Opening, ...]] = {"prometheus": (("", None),)}
_EXTENSIONS: Mapping[str, tuple[Opening, ...]] = {
    "healthcheck": (("", 13133),),
    "healthcheckv2": (("", None), ("http", 13133), ("grpc", 13132)),
    "pprof": (("", 1777),),
    "zpages": (("", 55679),),
    "jaegerquery": (("http", 16686), ("grpc", 16685)),
    "remotesampling": (("http", 5778), ("grpc", 5779)),
}
_LISTENERS = {"receivers": _RECEIVERS, "exporters": _EXPORTERS, "extensions": _EXTENSIONS}
_UDP = frozenset(("protocols.thrift_compact", "protocols.thrift_binary"))
_UDP_TYPES = frozenset(("statsd",))
_IMPLICIT = frozenset(("jaegerquery",))
"""Types that listen where they are told nothing; of any other, only a block that is written opens a port."""
_ALWAYS_LOOPBACK = frozenset(("pprof", "zpages"))

Outlet = tuple[str, tuple[str, ...]]
"""What a connection is for, and the dotted paths of its addresses; `[]` stands for any item, `{}` for any key."""

_EXPORT: Mapping[str, Outlet] = {
    "otlp": ("otlp", ("endpoint",)),
    "otlpgrpc": ("otlp", ("endpoint",)),
    "otlphttp": ("otlp", ("endpoint", "traces_endpoint", "metrics_endpoint", "logs_endpoint", "profiles_endpoint")),
    "otelarrow": ("otlp", ("endpoint",)),
    "loadbalancing": ("otlp", ("resolver.static.hostnames", "resolver.dns.hostname")),
    "prometheusremotewrite": ("remote-write", ("endpoint",)),
    "loki": ("log-push", ("endpoint",)),
    "splunkhec": ("log-push", ("endpoint",)),
    "elasticsearch": ("search", ("endpoint", "endpoints")),
    "opensearch": ("search", ("http.endpoint",)),
    "zipkin": ("trace-push", ("endpoint",)),
    "jaeger": ("trace-push", ("endpoint",)),
    "jaegerthrift": ("trace-push", ("endpoint",)),
    "sapm": ("trace-push", ("endpoint",)),
    "kafka": ("queue", ("brokers",)),
    "pulsar": ("queue", ("endpoint",)),
    "rabbitmq": ("queue", ("connection.endpoint",)),
    "clickhouse": ("datastore", ("endpoint",)),
    "clickhousetraces": ("datastore", ("datasource",)),
    "clickhouselogsexporter": ("datastore", ("dsn",)),
    "signozclickhousemetrics": ("datastore", ("dsn",)),
}
_ANY_EXPORT: Outlet = ("other", ("endpoint",))
_MONITOR: Outlet = ("monitor", ("endpoint",))
_READ: Mapping[str, Outlet] = {
    **dict.fromkeys(
        ("apache", "couchdb", "elasticsearch", "haproxy", "memcached", "mysql", "nginx", "postgresql", "rabbitmq",
         "redis", "zookeeper"),
        _MONITOR,
    ),
    "httpcheck": ("monitor", ("targets[].endpoint", "targets[].endpoints")),
    "kafka": ("queue", ("brokers",)),
    "kafkametrics": ("monitor", ("brokers",)),
    "mongodb": ("monitor", ("hosts[].endpoint",)),
}  # fmt: skip
_KEEP: Mapping[str, tuple[Outlet, ...]] = {
    "jaegerstorage": (
        ("search", ("backends.{}.elasticsearch.server_urls", "backends.{}.opensearch.server_urls")),
        ("datastore", ("backends.{}.cassandra.connection.servers",)),
        ("query", ("metric_backends.{}.prometheus.endpoint",)),
    ),
}
_TELEMETRY = (
    ("metrics", "readers[].periodic.exporter.otlp.endpoint"),
    ("traces", "processors[].batch.exporter.otlp.endpoint"),
    ("logs", "processors[].batch.exporter.otlp.endpoint"),
)
_SECRETS = ("auth", "api_key", "password", "token", "sasl")


def recognise(root: Cursor) -> str | None:
    """Alertmanager has `receivers` too, in a list; the operator's manifests hold all this one level down."""
    if not isinstance(root.value, dict) or _OTHERS & root.value.keys():
        return None
    named = any(
        name.partition("/")[0] in _SIGNALS and isinstance(pipeline.value, dict)
        for name, pipeline in root.get("service", "pipelines").pairs()
    )
    parts = [group for group in ("receivers", "exporters") if isinstance(root.get(group).value, dict)]
    return "`service.pipelines` with " + ", ".join(f"`{part}`" for part in parts) if named and parts else None


def outline(keys: frozenset[str], text: str) -> bool:
    return {"receivers", "exporters", "service"} <= keys <= _SECTIONS and "pipelines:" in text


def extract(root: Cursor) -> facts.OtelFile:
    components = tuple(_component(group, name, value) for group in GROUPS for name, value in root.get(group).pairs())
    opaque = tuple(group for group in GROUPS if root.get(group) and not isinstance(root.get(group).value, dict))
    service = root.get("service")
    return facts.OtelFile(
        path=root.document.path,
        place=root.place,
        components=components,
        opaque=opaque,
        pipelines=tuple(_pipeline(name, value) for name, value in service.get("pipelines").pairs()),
        extensions=scalars(service.get("extensions")),
        listeners=tuple(
            listener
            for group, known in _LISTENERS.items()
            for name, value in root.get(group).pairs()
            for listener in _listeners(name, value, known.get(_type(name), ()))
        ),
        connections=(*_connections(root), *_own_connections(service.get("telemetry"))),
        scrapers=tuple(
            _scraper(name, value) for name, value in root.get("receivers").pairs() if _type(name) == "prometheus"
        ),
        memory_limiters=tuple(
            _memory_limiter(name, value)
            for name, value in root.get("processors").pairs()
            if _type(name) == "memorylimiter"
        ),
        own_metrics=_own_metrics(service.get("telemetry", "metrics")),
    )


def receiver_listeners(receivers: Cursor) -> tuple[Listener, ...]:
    """Where the receivers of a mapping listen; Tempo embeds one under `distributor`."""
    return tuple(
        listener
        for name, value in receivers.pairs()
        for listener in _listeners(name, value, _RECEIVERS.get(_type(name), ()))
    )


def _type(name: str) -> str:
    return name.partition("/")[0].strip().replace("_", "")


def _component(group: str, name: str, value: Cursor) -> facts.Component:
    type_, _, rest = name.partition("/")
    return facts.Component(group, Scalar(name, value.key), type_.strip(), rest.strip(), value.place)


def _pipeline(name: str, value: Cursor) -> facts.Pipeline:
    receivers, processors, exporters = (
        scalars(value.get(key)) if value.get(key) else None for key in ("receivers", "processors", "exporters")
    )
    return facts.Pipeline(Scalar(name, value.key), name.partition("/")[0].strip(), receivers, processors, exporters)


def _listeners(name: str, value: Cursor, openings: Iterable[Opening]) -> Iterator[Listener]:
    """A block opens its port by being there, even when nothing stands in it."""
    type_ = _type(name)
    for path, port in openings:
        keys = path.split(".") if path else []
        block = value.get(*keys)
        endpoint = scalar(block.get("endpoint"))
        written = not keys or keys[-1] in value.get(*keys[:-1])
        if endpoint is None and (port is None or not (written or type_ in _IMPLICIT)):
            continue
        yield Listener(
            place=endpoint.place if endpoint else block.key if written else value.key,
            part=name,
            protocol=keys[-1] if keys else "",
            endpoint=endpoint,
            default_port=port,
            udp=path in _UDP or type_ in _UDP_TYPES,
            default_loopback=type_ in _ALWAYS_LOOPBACK,
            tls=bool(block.get("tls")),
            auth=bool(block.get("auth")),
        )


def _connections(root: Cursor) -> Iterator[Connection]:
    for name, value in root.get("receivers").pairs():
        if (outlet := _READ.get(_type(name))) is not None:
            yield from _outlet(name, value, outlet)
        for endpoint in scalars(value.get("target_allocator", "endpoint")):
            yield Connection(name, "other", endpoint)
    for name, value in root.get("exporters").pairs():
        if _type(name) not in _EXPORTERS:
            yield from _outlet(name, value, _EXPORT.get(_type(name), _ANY_EXPORT))
    for name, value in root.get("extensions").pairs():
        for outlet in _KEEP.get(_type(name), ()):
            yield from _outlet(name, value, outlet)


def _outlet(name: str, value: Cursor, outlet: Outlet) -> Iterator[Connection]:
    kind, paths = outlet
    tls = value.get("tls") or value.get("http", "tls")
    secured = bool(tls) and tls.get("insecure").flag is not True
    headers = (header.casefold() for header, _ in value.get("headers").pairs())
    auth = any(value.get(key) for key in _SECRETS) or "authorization" in headers
    for path in paths:
        for address in _values(value, path):
            yield Connection(name, kind, address, secured, auth, _headers(value), bool(value.get("proxy_url")))


def _headers(value: Cursor) -> tuple[Entry, ...]:
    """Headers as a mapping, or as the list of names and values that newer releases take as well."""
    listed = (
        Entry(written, scalar(item.get("value")))
        for item in value.get("headers").items()
        if (written := scalar(item.get("name"))) is not None
    )
    return (*(Entry(Scalar(name, one.key), scalar(one)) for name, one in value.get("headers").pairs()), *listed)


def _own_connections(telemetry: Cursor) -> Iterator[Connection]:
    for signal, path in _TELEMETRY:
        for address in _values(telemetry.get(signal), path):
            yield Connection(f"service.telemetry.{signal}", "otlp", address)


def _values(cursor: Cursor, path: str) -> Iterator[Scalar]:
    """The values at a dotted path, in which `[]` stands for any item and `{}` for any key."""
    found = [cursor]
    for step in path.replace("[]", ".[]").split("."):
        if step == "[]":
            found = [item for one in found for item in one.items()]
        elif step == "{}":
            found = [value for one in found for _, value in one.pairs()]
        else:
            found = [one.get(step) for one in found]
    for one in found:
        yield from scalars(one)


def _scraper(name: str, value: Cursor) -> facts.Scraper:
    config = value.get("config")
    return facts.Scraper(
        part=name,
        jobs=tuple(_unescaped(scrape_job(item)) for item in config.get("scrape_configs").items()),
        open=bool(value.get("target_allocator")) or bool(config.get("scrape_config_files")),
    )


def _unescaped(job: ScrapeJob) -> ScrapeJob:
    """A collector reads `$$` as `$` before the job is a job; it matters where regex groups are named."""
    return replace(
        job,
        relabels=tuple(map(_unescaped_step, job.relabels)),
        metric_relabels=tuple(map(_unescaped_step, job.metric_relabels)),
    )


def _unescaped_step(step: Relabel) -> Relabel:
    regex, label, replacement = (
        part and replace(part, text=part.text.replace("$$", "$"))
        for part in (step.regex, step.target_label, step.replacement)
    )
    return replace(step, regex=regex, target_label=label, replacement=replacement)


def _memory_limiter(name: str, value: Cursor) -> facts.MemoryLimiter:
    return facts.MemoryLimiter(
        part=name,
        place=value.place if value else value.key,
        check_interval=scalar(value.get("check_interval")),
        limit_mib=scalar(value.get("limit_mib")),
        limit_percentage=scalar(value.get("limit_percentage")),
        spike_limit_mib=scalar(value.get("spike_limit_mib")),
        spike_limit_percentage=scalar(value.get("spike_limit_percentage")),
    )


def _own_metrics(metrics: Cursor) -> facts.OwnMetrics | None:
    if not metrics:
        return None
    readers = None
    if isinstance(metrics.get("readers").value, list):
        pulls = (item.get("pull", "exporter", "prometheus") for item in metrics.get("readers").items())
        readers = tuple(
            facts.PullReader(pull.place, scalar(pull.get("host")), scalar(pull.get("port"))) for pull in pulls if pull
        )
    return facts.OwnMetrics(metrics.key, scalar(metrics.get("level")), scalar(metrics.get("address")), readers)


KIND = Kind("otel", "OpenTelemetry Collector", recognise, extract, outline)
