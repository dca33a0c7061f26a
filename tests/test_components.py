"""Collectors, stores and shippers: what they scrape, where they listen, whom they reach."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from obslint import engine, graph
from obslint.graph import nodes
from obslint.graph.components import split_addresses
from obslint.knowledge import Connects
from obslint.lang.interpolation import HOLE

RUNS = {
    "otel.yaml": ("otel/opentelemetry-collector-contrib:0.119.0", "/etc/otelcol-contrib/config.yaml"),
    "config.alloy": ("grafana/alloy:v1.6.1", "/etc/alloy/config.alloy"),
    "tempo.yaml": ("grafana/tempo:2.7.0", "/etc/tempo.yaml"),
    "mimir.yaml": ("grafana/mimir:2.15.0", "/etc/mimir.yaml"),
    "filebeat.yml": ("docker.elastic.co/beats/filebeat:8.17.0", "/usr/share/filebeat/filebeat.yml"),
    "kibana.yml": ("docker.elastic.co/kibana/kibana:8.17.0", "/usr/share/kibana/config/kibana.yml"),
}
COMMANDS = {
    "config.alloy": "run /etc/alloy/config.alloy",
    "tempo.yaml": "-config.file=/etc/tempo.yaml",
    "mimir.yaml": "-config.file=/etc/mimir.yaml",
}


def linked(directory: Path, monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str]) -> graph.Graph:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    monkeypatch.chdir(directory)
    options = engine.Options([Path()])
    loaded = engine.load(options)
    assert not loaded.crashes
    return engine.link(loaded, options)


def running(config: str, keys: str = "", more: str = "") -> str:
    """A compose file whose service `it` runs a config; `keys` are more of its keys, `more` is more services."""
    image, path = RUNS[config]
    lines = ["services:", "  it:", f"    image: {image}", f"    volumes: ['./{config}:{path}']"]
    lines += [f"    command: {COMMANDS[config]}"] if config in COMMANDS and "command:" not in keys else []
    lines += [f"    {line}" for line in keys.splitlines()]
    lines += [f"  {name}: {{image: 'nginx:1.29'}}" for name in more.split()]
    return "\n".join(lines) + "\n"


def run(
    directory: Path, monkeypatch: pytest.MonkeyPatch, config: str, text: str, keys: str = "", more: str = ""
) -> graph.Graph:
    return linked(directory, monkeypatch, {"compose.yaml": running(config, keys, more), config: text})


def reached(built: graph.Graph) -> list[str]:
    """Every link of `it` but scrapes and plain variables, with the verdict."""
    return [
        f"{link.kind} {link.address.host}:{link.address.port} {link.resolution.answer.verdict.value}"
        for link in built.all(nodes.Link)
        if link.kind not in ("scrape", "variable") and link.client is not None and link.client.name == "it"
    ]


def opened(built: graph.Graph) -> list[str]:
    (service,) = (service for service in built.all(nodes.Service) if service.name == "it")
    return [f"{item.port}{'/udp' * item.udp}: {item.what}" for item in service.listeners]


OTEL_EXPORTER = "exporters: {{otlp: {{endpoint: '{}'}}}}\nservice: {{pipelines: {{traces: {{exporters: [otlp]}}}}}}\n"
ALLOY_WRITE = 'loki.write "l" {{ endpoint {{ url = {} }} }}\n'
TEMPO = "distributor: {receivers: {otlp: {protocols: {grpc: }}}}\nstorage: {trace: {backend: local}}\n"
MIMIR = "multitenancy_enabled: false\nblocks_storage: {backend: filesystem}\n"

CONNECTIONS: dict[str, tuple[str, str, str, list[str]]] = {
    "a collector's exporter": ("otel.yaml", OTEL_EXPORTER.format("tempo:4317"), "", ["otlp tempo:4317 yes"]),
    "a collector's exporter to nobody": ("otel.yaml", OTEL_EXPORTER.format("nobody:4317"), "", ["otlp nobody:4317 no"]),
    "a collector's exporter with a variable": (
        "otel.yaml",
        OTEL_EXPORTER.format("${env:TO}:4317"),
        "environment: {TO: tempo}",
        ["otlp tempo:4317 yes"],
    ),
    "a collector's exporter with a variable that nothing sets": (
        "otel.yaml",
        OTEL_EXPORTER.format("${env:TO}:4317"),
        "",
        [],
    ),
    "a collector's exporter with a default": (
        "otel.yaml",
        OTEL_EXPORTER.format("${env:TO:-nobody}:4317"),
        "",
        ["otlp nobody:4317 no"],
    ),
    "a default that a variable of the host may replace": (
        "otel.yaml",
        OTEL_EXPORTER.format("${env:TO:-nobody}:4317"),
        "environment: [TO]",
        [],
    ),
    "a default that an env file may replace": (
        "otel.yaml",
        OTEL_EXPORTER.format("${env:TO:-nobody}:4317"),
        "env_file: secret.env",
        [],
    ),
    "a variable beside an env file that was not read": (
        "otel.yaml",
        OTEL_EXPORTER.format("${env:TO:-nobody}:4317"),
        "env_file: secret.env\nenvironment: {TO: tempo}",
        ["otlp tempo:4317 yes"],
    ),
    "a collector's remote write, traces over HTTP, and a debug exporter": (
        "otel.yaml",
        """
        exporters:
          debug: {}
          prometheusremotewrite: {endpoint: 'http://mimir:9009/api/v1/push'}
          otlphttp/t: {endpoint: 'http://tempo:4318'}
        service: {pipelines: {metrics: {exporters: [debug, prometheusremotewrite, otlphttp/t]}}}
        """,
        "",
        ["remote-write mimir:9009 yes", "otlp tempo:4318 yes"],
    ),
    "Alloy's writes": (
        "config.alloy",
        """
        prometheus.remote_write "m" { endpoint { url = "http://mimir:9009/api/v1/push" } }
        loki.write "l" { endpoint { url = "http://nobody:3100/loki/api/v1/push" } }
        otelcol.exporter.otlp "t" { client { endpoint = "tempo:4317" } }
        otelcol.exporter.otlphttp "t" { client { endpoint = "http://tempo:4318" } }
        """,
        "",
        ["remote-write mimir:9009 yes", "log-push nobody:3100 no", "otlp tempo:4317 yes", "otlp tempo:4318 yes"],
    ),
    "Alloy's variable": (
        "config.alloy",
        ALLOY_WRITE.format('sys.env("TO") + "/loki/api/v1/push"'),
        "environment: {TO: 'http://loki:3100'}",
        ["log-push loki:3100 yes"],
    ),
    "Alloy's variable that nothing sets": (
        "config.alloy",
        ALLOY_WRITE.format('sys.env("TO") + "/loki/api/v1/push"'),
        "",
        [],
    ),
    "Tempo's metrics": (
        "tempo.yaml",
        TEMPO + "metrics_generator: {storage: {remote_write: [{url: 'http://mimir:9009/api/v1/push'}]}}\n",
        "",
        ["remote-write mimir:9009 yes"],
    ),
    "Mimir's alerts and its own parts": (
        "mimir.yaml",
        MIMIR + "ruler: {alertmanager_url: 'http://nobody:9093'}\nfrontend: {scheduler_address: 'mimir:9095'}\n",
        "",
        ["alertmanager nobody:9093 no", "cluster mimir:9095 yes"],
    ),
    "a Beat's outputs and Kibana": (
        "filebeat.yml",
        """
        filebeat.inputs: [{type: filestream, id: a, paths: [/var/log/*.log]}]
        output.elasticsearch: {hosts: ['${ES}', 'https://nobody:9200', '${ES2:es:9201}']}
        setup.kibana: {host: 'kibana:5601'}
        """,
        "environment: {ES: 'es:9200'}",
        ["search es:9200 yes", "search nobody:9200 no", "search es:9201 yes", "ui kibana:5601 yes"],
    ),
    "Kibana": (
        "kibana.yml",
        "server.host: 0.0.0.0\nelasticsearch.hosts: ['http://es:9200']\n",
        "",
        ["search es:9200 yes"],
    ),
}


@pytest.mark.parametrize(("config", "text", "keys", "expected"), CONNECTIONS.values(), ids=CONNECTIONS.keys())
def test_connections(
    config: str, text: str, keys: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reached(run(tmp_path, monkeypatch, config, text, keys, "tempo mimir loki es kibana")) == expected


def receiver(endpoint: str) -> str:
    return (
        f"receivers: {{otlp: {{protocols: {{grpc: {{endpoint: '{endpoint}'}}}}}}}}\n"
        "exporters: {debug: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}\n"
    )


LISTENERS: dict[str, tuple[str, str, str, list[str]]] = {
    "an address": ("otel.yaml", receiver("0.0.0.0:4319"), "", ["4319: otlp (grpc)"]),
    "a port alone": ("otel.yaml", receiver(":4319"), "", ["4319: otlp (grpc)"]),
    "a host alone": ("otel.yaml", receiver("localhost"), "", ["4317: otlp (grpc)"]),
    "an IPv6 address": ("otel.yaml", receiver("[::1]:4319"), "", ["4319: otlp (grpc)"]),
    "an IPv6 address alone": ("otel.yaml", receiver("[::1]"), "", ["4317: otlp (grpc)"]),
    "an IPv6 address without brackets": ("otel.yaml", receiver("::1"), "", ["4317: otlp (grpc)"]),
    "a URL with a path": ("otel.yaml", receiver("http://0.0.0.0:4319/x"), "", ["4319: otlp (grpc)"]),
    "a variable": (
        "otel.yaml",
        receiver("0.0.0.0:${env:PORT}"),
        "environment: {PORT: '4319'}",
        ["4319: otlp (grpc)"],
    ),
    "a host that nobody knows": ("otel.yaml", receiver("${env:POD_IP}:4317"), "", ["None: otlp (grpc)"]),
    "a port that nobody knows": ("otel.yaml", receiver("0.0.0.0:${env:PORT}"), "", ["None: otlp (grpc)"]),
    "a port that the system chooses": ("otel.yaml", receiver("0.0.0.0:0"), "", []),
    "no port at all": ("otel.yaml", receiver("0.0.0.0:grpc"), "", []),
    "a port that is too large": ("otel.yaml", receiver("0.0.0.0:65536"), "", []),
    "digits that are no digits": ("otel.yaml", receiver("0.0.0.0:4³17"), "", []),
    "the ports of both protocols": (
        "otel.yaml",
        "receivers: {otlp: {protocols: {grpc: , http: }}}\nexporters: {prometheus: {endpoint: '0.0.0.0:8889'}}\n"
        "service: {pipelines: {metrics: {receivers: [otlp], exporters: [prometheus]}}}\n",
        "",
        ["4317: otlp (grpc)", "4318: otlp (http)", "8889: prometheus"],
    ),
    "Alloy's receivers": (
        "config.alloy",
        """
        otelcol.receiver.otlp "o" {
          grpc { endpoint = "127.0.0.1:4319" }
          http { }
          output { }
        }
        loki.source.syslog "s" {
          listener {
            address = "0.0.0.0:5140"
            protocol = "udp"
          }
          forward_to = []
        }
        loki.source.api "a" {
          http {
            listen_address = "127.0.0.1"
            listen_port    = 3500
          }
          forward_to = []
        }
        """,
        "",
        [
            "4319: otelcol.receiver.otlp.o",
            "4318: otelcol.receiver.otlp.o",
            "5140/udp: loki.source.syslog.s",
            "3500: loki.source.api.a",
        ],
    ),
    "Tempo's receivers and server": (
        "tempo.yaml",
        "server: {http_listen_port: 3201, grpc_listen_port: 9096}\n" + TEMPO,
        "",
        ["4317: otlp (grpc)", "3201: HTTP", "9096: gRPC"],
    ),
    "Tempo's UDP receiver": (
        "tempo.yaml",
        "server: {http_listen_port: ²}\ndistributor: {receivers: {jaeger: {protocols: {thrift_compact: }}}}\n"
        "storage: {trace: {backend: local}}\n",
        "",
        ["6831/udp: jaeger (thrift_compact)", "None: HTTP"],
    ),
    "Mimir's server": (
        "mimir.yaml",
        "server: {http_listen_port: 8080, grpc_listen_port: 99999}\n" + MIMIR,
        "",
        ["8080: HTTP", "None: gRPC"],
    ),
}


@pytest.mark.parametrize(("config", "text", "keys", "expected"), LISTENERS.values(), ids=LISTENERS.keys())
def test_listeners(
    config: str, text: str, keys: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opened(run(tmp_path, monkeypatch, config, text, keys)) == expected


SCRAPES = """
receivers:
  prometheus:
    config:
      scrape_configs:
        - job_name: app
          static_configs: [{targets: ['app:8000']}]
          MORE
exporters: {debug: }
service: {pipelines: {metrics: {receivers: [prometheus], exporters: [debug]}}}
"""
ALLOY = """
prometheus.scrape "app" {
  targets    = [{"__address__" = "app:8000"}]
  forward_to = []
}
"""

JOBS: dict[str, tuple[str, str, str, list[str], str]] = {
    "a collector's job": ("otel.yaml", SCRAPES.replace("MORE", ""), "", ["app: app:8000 yes"], ""),
    "a collector's job that finds targets": (
        "otel.yaml",
        SCRAPES.replace("MORE", "dns_sd_configs: [{names: [x]}]"),
        "",
        ["app: app:8000 yes"],
        "the targets of `app` are not all known",
    ),
    "a target allocator": (
        "otel.yaml",
        SCRAPES.replace("    config:", "    target_allocator: {endpoint: 'http://ta:80'}\n    config:").replace(
            "MORE", ""
        ),
        "",
        ["app: app:8000 yes"],
        "`prometheus` asks for its targets",
    ),
    "a collector with two configurations": (
        "otel.yaml",
        SCRAPES.replace("MORE", ""),
        "command: [--config=/etc/more.yaml, --config=/etc/otelcol-contrib/config.yaml]",
        ["app: app:8000 yes"],
        "more than one configuration may be merged",
    ),
    "a receiver that creates others": (
        "otel.yaml",
        SCRAPES.replace("MORE", "").replace("exporters: {debug: }", "  receiver_creator: {}\nexporters: {debug: }"),
        "",
        ["app: app:8000 yes"],
        "`receiver_creator` scrapes, too",
    ),
    "a collector that scrapes nothing": ("otel.yaml", receiver("0.0.0.0:4317"), "", [], ""),
    "Alloy's job by its own name": ("config.alloy", ALLOY, "", ["prometheus.scrape.app: app:8000 yes"], ""),
    "Alloy's job by the name it is given": (
        "config.alloy",
        ALLOY.replace("  forward_to", '  job_name   = "shop"\n  forward_to'),
        "",
        ["shop: app:8000 yes"],
        "",
    ),
    "Alloy's job with a variable": (
        "config.alloy",
        ALLOY.replace('"app:8000"', 'sys.env("TO") + ":8000"'),
        "environment: {TO: app}",
        ["prometheus.scrape.app: app:8000 yes"],
        "",
    ),
    "Alloy's own exporter has no address": (
        "config.alloy",
        """
        prometheus.exporter.unix "host" { }
        prometheus.scrape "host" {
          targets    = prometheus.exporter.unix.host.targets
          forward_to = []
        }
        """,
        "",
        [],
        "",
    ),
    "Alloy's discovery": (
        "config.alloy",
        """
        discovery.docker "all" { host = "unix:///var/run/docker.sock" }
        prometheus.scrape "all" {
          targets    = discovery.docker.all.targets
          forward_to = []
        }
        """,
        "",
        ["prometheus.scrape.all:"],
        "`prometheus.scrape.all` discovers its targets",
    ),
}


@pytest.mark.parametrize(("config", "text", "keys", "expected", "doubt"), JOBS.values(), ids=JOBS.keys())
def test_jobs(
    config: str,
    text: str,
    keys: str,
    expected: list[str],
    doubt: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (collector,) = run(tmp_path, monkeypatch, config, text, keys, "app").all(nodes.Collector)
    found = []
    for job in collector.jobs:
        links = (
            f"{link.address.host}:{link.address.port} {link.resolution.answer.verdict.value}" for link in job.links
        )
        found.append(" ".join((f"{job.name}:", *links)))
    assert found == expected
    assert collector.closed.yes is not bool(doubt)
    assert doubt in "; ".join(collector.closed.why)


def test_a_collector_that_no_service_runs_may_scrape_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (collector,) = linked(tmp_path, monkeypatch, {"config.alloy": ALLOY}).all(nodes.Collector)
    assert collector.service is None
    assert collector.closed.unknown
    assert [link.resolution.answer.unknown for job in collector.jobs for link in job.links] == [True]


def test_every_configuration_that_a_collector_merges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = ", ".join(f"--config=/c/{name}.yaml" for name in ("one", "two", "elsewhere"))
    compose = (
        f"services:\n  it: {{image: 'otel/opentelemetry-collector:0.119.0', command: [{flags}], volumes: [.:/c]}}\n"
    )
    files = {f"{name}.yaml": OTEL_EXPORTER.format(f"{name}:4317") for name in ("one", "two", "three")}
    built = linked(tmp_path, monkeypatch, {"compose.yaml": compose, **files})
    assert [collector.fact.path for collector in built.all(nodes.Collector) if collector.service is not None] == [
        "one.yaml",
        "two.yaml",
    ]
    assert reached(built) == ["otlp one:4317 no", "otlp two:4317 no"]


def test_one_configuration_that_two_services_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, path = RUNS["otel.yaml"]
    built = linked(
        tmp_path,
        monkeypatch,
        {
            "compose.yaml": "services:\n"
            + "".join(
                f"  {name}:\n    image: {image}\n    volumes: ['./otel.yaml:{path}']\n"
                f"    environment: {{TO: '{to}'}}\n    networks: [{net}]\n"
                for name, to, net in (("one", "tempo", "a"), ("two", "nobody", "a"), ("three", "tempo", "b"))
            )
            + "  tempo: {image: 'nginx:1.29', networks: [a]}\nnetworks: {a: , b: }\n",
            "otel.yaml": OTEL_EXPORTER.format("${env:TO}:4317"),
        },
    )
    verdicts = {
        link.client.name: link.resolution.answer.verdict.value
        for link in built.all(nodes.Link)
        if link.kind == "otlp" and link.client is not None
    }
    assert verdicts == {"one": "yes", "two": "no", "three": "no"}


URL, HOST, EITHER, DSN = (Connects(kind="other", form=form) for form in ("url", "host-port", "either", "dsn"))
MANY = Connects(kind="cluster", form="host-port", many=True)


@pytest.mark.parametrize(
    ("value", "connects", "expected"),
    [
        ("http://api:80/x", URL, [("http://api:80/x", 0)]),
        ("api:80", URL, []),
        ("api:80", HOST, [("api:80", 0)]),
        ("http://api:80", EITHER, [("http://api:80", 0)]),
        ("a:1, b:2,,c:3", MANY, [("a:1", 0), ("b:2", 5), ("c:3", 10)]),
        ("a:1,b:2", HOST, [("a:1,b:2", 0)]),
        ("", MANY, []),
        (" , ", MANY, []),
        (f"{HOLE}:1,b:2", MANY, [("b:2", 3 + len(HOLE))]),
        ("postgres://u:p@db:5432/x", DSN, [("postgres://u:p@db:5432/x", 0)]),
        ("u:p@tcp(db:3306)/x", DSN, [("db:3306", 8)]),
        ("u@(db:3306)/", DSN, [("db:3306", 3)]),
        ("u:p@unix(/run/x.sock)/", DSN, []),
        ("u:p(q@tcp(db:3306)/", DSN, []),
        ("u:p@tcp(db:3306", DSN, []),
        ("host=db port=5432", DSN, []),
        ("(" * 1000, DSN, []),
    ],
)
def test_addresses_in_a_value(value: str, connects: Connects, expected: list[tuple[str, int]]) -> None:
    assert list(split_addresses(value, connects)) == expected


FLAGS: dict[str, tuple[str, list[str]]] = {
    "one flag with many addresses": (
        "image: victoriametrics/vminsert:v1.111.0-cluster\ncommand: ['--storageNode=one:8400,two:8400,nobody:8400']",
        ["cluster one:8400 yes 6:30", "cluster two:8400 yes 6:39", "cluster nobody:8400 no 6:48"],
    ),
    "a variable of a component": (
        "image: prometheuscommunity/postgres-exporter:v0.17.1\nenvironment:\n  DATA_SOURCE_NAME: 'postgres://u:p@one:5432/x'",
        ["monitor one:5432 yes 7:41"],
    ),
    "a variable of an unknown program": (
        "image: ghcr.io/acme/app:1\nenvironment: {API_URL: 'http://nobody:80/'}",
        ["variable nobody:80 no 6:36"],
    ),
    "a variable that is no address": ("image: ghcr.io/acme/app:1\nenvironment: {MODE: 'fast', X: 'http://'}", []),
}


@pytest.mark.parametrize(("keys", "expected"), FLAGS.values(), ids=FLAGS.keys())
def test_addresses_in_flags_and_variables(
    keys: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "\n".join(f"    {line}" for line in keys.splitlines())
    text = f"# comment\nservices:\n  one: {{image: 'nginx:1.29'}}\n  it:\n{lines}\n  two: {{image: 'nginx:1.29'}}\n"
    (tmp_path / "compose.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    options = engine.Options([Path()])
    loaded = engine.load(options)
    found = []
    for link in engine.link(loaded, options).all(nodes.Link):
        at = loaded.documents[link.place.path][0].locate(link.place)
        where = f"{at.line}:{at.column}"
        found.append(
            f"{link.kind} {link.address.host}:{link.address.port} {link.resolution.answer.verdict.value} {where}"
        )
    assert found == expected
