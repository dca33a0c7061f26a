"""Collectors, stores of traces and metrics, the Elastic stack, probes: which files are theirs, and what they say."""

from __future__ import annotations

import textwrap

import pytest

from obslint import kinds
from obslint.discover import MARKERS, outline
from obslint.facts.common import Scalar
from obslint.parse import Document
from test_kinds import document, kind_of, read, scalars, stands_where_it_says, written

PIPELINE = "service: {pipelines: {traces: {receivers: [otlp]}}}"
OTEL = "receivers: {otlp: {protocols: {grpc: }}}\nexporters: {debug: }\n" + PIPELINE
TEMPO = "distributor: {receivers: {otlp: {}}}\nstorage: {trace: {backend: local}}"
MIMIR = "multitenancy_enabled: false\nblocks_storage: {backend: filesystem}"
FILEBEAT = "filebeat.inputs: [{type: log, paths: [/a]}]\noutput.elasticsearch: {hosts: ['http://es:9200']}"
KIBANA = "server.host: 0.0.0.0\nelasticsearch.hosts: ['http://es:9200']"
ELASTICSEARCH = "cluster.name: a\nnetwork.host: 0.0.0.0\nxpack.security.enabled: false"

OURS = {
    "a collector": (OTEL, "file.yml", "otel"),
    "a collector's second file": ("exporters: {otlp: {endpoint: a:4317}}\n" + PIPELINE, "file.yml", "otel"),
    "a collector with named pipelines": (OTEL.replace("traces:", "logs/2:"), "file.yml", "otel"),
    "Jaeger 2": (OTEL + "\nextensions: {jaeger_query: {storage: {traces: a}}}", "file.yml", "otel"),
    "Tempo": (TEMPO, "file.yml", "tempo"),
    "Tempo without a receiver": ("server: {}\nstorage: {trace: {backend: s3, s3: {bucket: a}}}", "file.yml", "tempo"),
    "Tempo without a store": ("distributor: {receivers: {otlp: {}}}", "file.yml", "tempo"),
    "Mimir": (MIMIR, "file.yml", "mimir"),
    "Mimir with common storage": ("common: {storage: {backend: s3}}\nblocks_storage: {}", "file.yml", "mimir"),
    "Thanos' bucket": ("type: S3\nconfig: {bucket: a, endpoint: 'minio:9000'}", "file.yml", "thanos-objstore"),
    "Thanos' directory": ("type: filesystem\nconfig: {directory: /a}\nprefix: b", "file.yml", "thanos-objstore"),
    "Filebeat": (FILEBEAT, "file.yml", "filebeat"),
    "Filebeat with nested keys": ("filebeat: {inputs: [{type: log}]}\noutput: {logstash: {}}", "file.yml", "filebeat"),
    "Filebeat with autodiscover": ("filebeat.autodiscover: {providers: [{type: docker}]}", "file.yml", "filebeat"),
    "Filebeat with module files": ("filebeat.config: {modules: {path: a/*.yml}}", "file.yml", "filebeat"),
    "Metricbeat": ("metricbeat.modules: [{module: docker}]", "file.yml", "filebeat"),
    "Heartbeat": ("heartbeat.monitors: [{type: http, urls: ['http://a']}]", "file.yml", "filebeat"),
    "Kibana": (KIBANA, "file.yml", "kibana"),
    "Kibana by its name": ("elasticsearch: {hosts: 'http://es:9200'}", "config/kibana.yml", "kibana"),
    "Elasticsearch": (ELASTICSEARCH, "file.yml", "elasticsearch"),
    "Elasticsearch by its name": ("network.host: 0.0.0.0", "elasticsearch.yml", "elasticsearch"),
    "Elasticsearch with nested keys": (
        "cluster: {name: a}\ndiscovery: {type: single-node}\nxpack: {security: {enabled: true}}",
        "file.yml",
        "elasticsearch",
    ),
    "the blackbox exporter": ("modules: {http_2xx: {prober: http}, ping: {prober: icmp}}", "file.yml", "blackbox"),
}

NOT_OURS = {
    "a collector of the operator": (
        "apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\nspec: {config: {receivers: {}}}"
    ),
    "a manifest with all of a collector at its top": "apiVersion: a/v1\n" + OTEL,
    "Helm values of a collector": "mode: daemonset\nconfig:\n" + textwrap.indent(OTEL, "  "),
    "a collector with pipelines of another kind": OTEL.replace("traces:", "builds:"),
    "an Alertmanager's receivers without a route": "receivers: [{name: a}]\nservice: {pipelines: {traces: {}}}",
    "an SDK's own configuration": "file_format: '1.0'\ntracer_provider: {processors: [{batch: {}}]}",
    "a workflow": "on: push\njobs: {build: {runs-on: a, services: {db: {image: postgres}}, steps: []}}",
    "a service mesh": "service: {name: a, pipelines: [b]}\nreceivers: {a: {}}",
    "Helm values of Tempo": "tempo: {storage: {trace: {backend: local}}}",
    "a program with a trace directory": "storage: {trace: {path: /a}}\nserver: {port: 1}",
    "a manifest of Tempo": "apiVersion: tempo.grafana.com/v1alpha1\nkind: TempoStack\nspec: {storage: {}}",
    "Cortex": "auth_enabled: false\nblocks_storage: {backend: s3}\ncommon: {}",
    "Cortex' ingesters": "usage_stats: {}\nblocks_storage: {}\ningester: {lifecycler: {ring: {}}}",
    "Pyroscope": "multitenancy_enabled: false\nstorage: {backend: filesystem}",
    "a Helm chart's type and config": "type: S3\nconfig: {region: a}",
    "a plugin's type and config": "type: filesystem\nconfig: {directory: /a}\nname: b",
    "a bucket of another program": "type: MINIO\nconfig: {bucket: a}",
    "Helm values with Filebeat in them": "filebeat: {enabled: true, image: a}",
    "Helm values of Filebeat": "daemonset: {filebeatConfig: {filebeat.yml: a}}",
    "a module of Metricbeat": "- module: system\n  period: 10s",
    "Logstash": "node.name: a\npath.data: /d\nxpack.monitoring.elasticsearch.hosts: ['http://es:9200']",
    "Kibana of OpenSearch": "server.host: 0.0.0.0\nopensearch.hosts: ['https://os:9200']",
    "OpenSearch": "cluster.name: a\nnetwork.host: 0.0.0.0\nplugins.security.disabled: true",
    "Elasticsearch or OpenSearch": "cluster.name: a\nnetwork.host: 0.0.0.0",
    "Spring": "spring: {application: {name: a}}\nelasticsearch: {hosts: ['http://es:9200']}\nserver: {port: 8080}",
    "an application that asks Elasticsearch": "elasticsearch: {hosts: ['http://es:9200']}\nserver: {port: 8080}",
    "a manifest of Elasticsearch": (
        "apiVersion: elasticsearch.k8s.elastic.co/v1\nkind: Elasticsearch\nspec: {nodeSets: [{config: {}}]}"
    ),
    "the JSON exporter": "modules: {default: {metrics: [{name: a, path: b}]}}",
    "modules of which one has no prober": "modules: {a: {prober: http}, b: {walk: []}}",
    "a probe of another kind": "modules: {a: {prober: carrier-pigeon}}",
    "modules among others": "modules: {a: {prober: http}}\nversion: 2",
}


def misplaced(facts: object, source: Document) -> list[Scalar]:
    """Values that do not stand where they say; a dotted key stands where its last part does."""
    return [
        scalar
        for scalar in scalars(facts)
        if not stands_where_it_says(scalar, source) and not scalar.text.endswith("." + written(source, scalar.place))
    ]


@pytest.mark.parametrize(("text", "path", "kind"), OURS.values(), ids=OURS)
def test_what_is_ours(text: str, path: str, kind: str) -> None:
    assert kind_of(text, path) == kind
    facts, source = read(text, path)
    assert misplaced(facts, source) == []


@pytest.mark.parametrize("text", NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_not_ours(text: str) -> None:
    assert kind_of(text) is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("network.host: 0.0.0.0", "opensearch.yml"),
        ("plugins.security.disabled: true\nnetwork.host: a", "elasticsearch.yml"),
        ("cluster: {name: a}\nimage: {tag: b}", "values/elasticsearch.yaml"),
        ("elasticsearch: {hosts: [a], port: 9200}", "kibana.yaml"),
        ("elasticsearch: {hosts: [a]}\nreplicaCount: 1", "kibana-values.yaml"),
        ("elasticsearch: {hosts: [a]}", "mykibana.yml"),
    ],
    ids=[
        *("OpenSearch", "OpenSearch with plugins", "a chart of Elasticsearch", "a chart of Kibana with a port"),
        *("a chart of Kibana with replicas", "another name"),
    ],
)
def test_a_name_alone_is_not_enough(text: str, path: str) -> None:
    assert kind_of(text, path) is None


@pytest.mark.parametrize("text", [text for text, _, _ in OURS.values()], ids=OURS)
def test_what_is_ours_is_not_passed_over_before_it_is_parsed(text: str) -> None:
    assert outline(text, "yaml") & MARKERS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (OTEL.replace("\n", "\n\n"), "otel"),
        (TEMPO, "tempo"),
        ("multitenancy_enabled: false\nblocks_storage:\n  backend: s3", "mimir"),
        (FILEBEAT, "filebeat"),
        (KIBANA, "kibana"),
        (ELASTICSEARCH, "elasticsearch"),
        ("modules:\n  a:\n    prober: http", "blackbox"),
        ("apiVersion: v1\n" + OTEL, None),
        (TEMPO + "\nschema_config: {}", None),
        (MIMIR + "\nauth_enabled: true", None),
        ("output.console: {}", None),
        ("server.host: a", None),
        ("cluster.name: a\nnetwork.host: b", None),
        ("modules:\n  a:\n    walk: []", None),
    ],
)
def test_a_broken_file_is_known_by_its_keys_where_there_is_no_doubt(text: str, kind: str | None) -> None:
    found = kinds.recognise_broken(outline(text, "yaml"), text)
    assert (found[0].name if found else None) == kind


@pytest.mark.parametrize(
    ("text", "problems"), [(FILEBEAT + "\n" + FILEBEAT, 0), (KIBANA + "\n" + KIBANA, 2)], ids=["Beats", "Kibana"]
)
def test_a_key_that_stands_twice_is_a_problem_where_the_reader_refuses_it(text: str, problems: int) -> None:
    source = document(text)
    found = kinds.recognise(source)
    assert found
    assert len(kinds.extract(found[0], source).problems) == problems


def test_collector_facts() -> None:
    facts, source = read(
        """
        receivers:
          otlp:
            protocols:
              grpc:
              http: {endpoint: "0.0.0.0:4318", tls: {cert_file: /c}, auth: {authenticator: basicauth}}
          otlp/off: {protocols: }
          zipkin:
          jaeger: {protocols: {thrift_compact: }}
          redis: {endpoint: redis:6379, password: "${env:PASSWORD}"}
          http_check: {targets: [{endpoint: http://api}, {endpoints: [http://a, http://b]}]}
          kafka: {brokers: [kafka:9092]}
          mongodb: {hosts: [{endpoint: mongo:27017}]}
          prometheus/own:
            config:
              scrape_configs:
                - job_name: own
                  static_configs: [{targets: ["localhost:8888"]}]
                  relabel_configs: [{source_labels: [a], regex: "(.*)$$", target_label: b, replacement: "$$1-$${2}"}]
                  metric_relabel_configs: [{action: labeldrop, regex: "id$$"}]
          prometheus/far: {target_allocator: {endpoint: http://allocator}}
        processors:
          memory_limiter: {check_interval: 1s, limit_mib: 400, spike_limit_mib: 100}
          memory_limiter/soft: {limit_percentage: 80, spike_limit_percentage: 25}
          batch:
        exporters:
          otlp/tempo: {endpoint: tempo:4317, tls: {insecure: true}}
          otlp_http: {endpoint: "https://a", traces_endpoint: "http://b", tls: {ca_file: /c}}
          prometheus: {endpoint: 0.0.0.0:8889}
          prometheusremotewrite: {endpoint: http://mimir/api/v1/push, headers: {Authorization: Basic a}}
          loki: {endpoint: http://loki:3100/loki/api/v1/push}
          elasticsearch: {endpoints: [http://es:9200], user: a, password: b}
          kafka: {brokers: [k1:9092, k2:9092]}
          loadbalancing: {resolver: {static: {hostnames: [b1:4317, b2:4317]}}}
          dynatrace: {endpoint: https://d}
          debug:
        connectors: {spanmetrics: }
        extensions:
          health_check:
          pprof: {endpoint: 0.0.0.0:1777}
          zpages:
          healthcheckv2: {use_v2: true, http: }
          remote_sampling: {file: {path: /a}}
          jaeger_query: {storage: {traces: a}, grpc: {endpoint: 0.0.0.0:16685}}
          jaeger_storage:
            backends: {a: {elasticsearch: {server_urls: [http://es:9200]}}}
            metric_backends: {m: {prometheus: {endpoint: http://prometheus:9090}}}
        service:
          extensions: [health_check, pprof]
          telemetry:
            metrics:
              level: detailed
              address: 0.0.0.0:8888
              readers:
                - pull: {exporter: {prometheus: {host: 0.0.0.0, port: 8888}}}
                - periodic: {exporter: {otlp: {endpoint: "http://otel:4318"}}}
          pipelines:
            traces: {receivers: [otlp, zipkin], processors: [memory_limiter], exporters: [otlp/tempo, spanmetrics]}
            metrics/own: {receivers: [prometheus/own], exporters: [prometheus]}
        """
    )
    assert [(c.group, c.type, c.name) for c in facts.components if c.group != "receivers"][:4] == [
        ("processors", "memory_limiter", ""),
        ("processors", "memory_limiter", "soft"),
        ("processors", "batch", ""),
        ("exporters", "otlp", "tempo"),
    ]
    assert {c.id.text for c in facts.components if c.group == "connectors"} == {"spanmetrics"}
    assert [item.text for item in facts.extensions] == ["health_check", "pprof"]
    assert [
        (item.part, item.protocol, item.endpoint and item.endpoint.text, item.default_port) for item in facts.listeners
    ] == [
        ("otlp", "grpc", None, 4317),
        ("otlp", "http", "0.0.0.0:4318", 4318),
        ("zipkin", "", None, 9411),
        ("jaeger", "thrift_compact", None, 6831),
        ("prometheus", "", "0.0.0.0:8889", None),
        ("health_check", "", None, 13133),
        ("pprof", "", "0.0.0.0:1777", 1777),
        ("zpages", "", None, 55679),
        ("healthcheckv2", "http", None, 13133),
        ("jaeger_query", "http", None, 16686),
        ("jaeger_query", "grpc", "0.0.0.0:16685", 16685),
    ]
    assert [written(source, item.place) for item in facts.listeners] == [
        *("grpc", '"0.0.0.0:4318"', "zipkin", "thrift_compact", "0.0.0.0:8889", "health_check", "0.0.0.0:1777"),
        *("zpages", "http", "jaeger_query", "0.0.0.0:16685"),
    ]
    assert [item.part for item in facts.listeners if item.udp] == ["jaeger"]
    assert [(item.part, item.protocol) for item in facts.listeners if item.tls and item.auth] == [("otlp", "http")]
    assert [item.part for item in facts.listeners if item.default_loopback] == ["pprof", "zpages"]
    assert [(item.part, item.kind, item.address.text) for item in facts.connections] == [
        ("redis", "monitor", "redis:6379"),
        ("http_check", "monitor", "http://api"),
        ("http_check", "monitor", "http://a"),
        ("http_check", "monitor", "http://b"),
        ("kafka", "queue", "kafka:9092"),
        ("mongodb", "monitor", "mongo:27017"),
        ("prometheus/far", "other", "http://allocator"),
        ("otlp/tempo", "otlp", "tempo:4317"),
        ("otlp_http", "otlp", "https://a"),
        ("otlp_http", "otlp", "http://b"),
        ("prometheusremotewrite", "remote-write", "http://mimir/api/v1/push"),
        ("loki", "log-push", "http://loki:3100/loki/api/v1/push"),
        ("elasticsearch", "search", "http://es:9200"),
        ("kafka", "queue", "k1:9092"),
        ("kafka", "queue", "k2:9092"),
        ("loadbalancing", "otlp", "b1:4317"),
        ("loadbalancing", "otlp", "b2:4317"),
        ("dynatrace", "other", "https://d"),
        ("jaeger_storage", "search", "http://es:9200"),
        ("jaeger_storage", "query", "http://prometheus:9090"),
        ("service.telemetry.metrics", "otlp", "http://otel:4318"),
    ]
    assert [item.part for item in facts.connections if item.tls] == ["otlp_http", "otlp_http"]
    assert [item.part for item in facts.connections if item.auth] == [
        *("redis", "prometheusremotewrite", "elasticsearch"),
    ]
    own, far = facts.scrapers
    assert (own.part, own.open, far.open, far.jobs) == ("prometheus/own", False, True, ())
    (job,) = own.jobs
    assert (job.name.text, job.groups[0].targets[0].text) == ("own", "localhost:8888")
    assert [part.text for part in (job.relabels[0].regex, job.relabels[0].replacement)] == ["(.*)$", "$1-${2}"]
    assert job.metric_relabels[0].regex.text == "id$"
    hard, soft = facts.memory_limiters
    assert [part and part.text for part in (hard.check_interval, hard.limit_mib, hard.spike_limit_mib)] == [
        *("1s", "400", "100"),
    ]
    assert (soft.check_interval, soft.limit_percentage.text, soft.spike_limit_percentage.text) == (None, "80", "25")
    assert (facts.own_metrics.level.text, facts.own_metrics.address.text) == ("detailed", "0.0.0.0:8888")
    assert [(reader.host.text, reader.port.text) for reader in facts.own_metrics.readers] == [("0.0.0.0", "8888")]
    traces, metrics = facts.pipelines
    assert (traces.signal, [item.text for item in traces.exporters]) == ("traces", ["otlp/tempo", "spanmetrics"])
    assert (metrics.id.text, metrics.signal, metrics.processors) == ("metrics/own", "metrics", None)


def test_what_a_collector_does_not_write_is_kept_apart_from_what_is_empty() -> None:
    facts, _ = read(OTEL.replace("receivers: [otlp]", "receivers: [], processors: "))
    assert [(item.receivers, item.processors, item.exporters) for item in facts.pipelines] == [((), None, None)]
    assert facts.own_metrics is None
    facts, _ = read(OTEL.replace("service: {", "service: {telemetry: {metrics: {level: none}}, "))
    assert facts.own_metrics.readers is None


def test_tempo_facts() -> None:
    facts, source = read(
        """
        server: {http_listen_port: 3200, grpc_listen_port: 9096}
        distributor:
          receivers: {otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}, http: }}, zipkin: }
        compactor: {compaction: {block_retention: 168h, compacted_block_retention: 2h}}
        storage:
          trace: {backend: local, local: {path: /var/tempo/blocks}, wal: {path: /var/tempo/wal}}
        metrics_generator:
          storage:
            path: /var/tempo/generator
            remote_write: [{url: "http://prometheus:9090/api/v1/write", basic_auth: {username: a}}, {}]
        overrides:
          defaults:
            metrics_generator: {processors: [service-graphs, span-metrics]}
            compaction: {block_retention: 24h}
          per_tenant_override_config: /etc/overrides.yaml
        """
    )
    assert [part.text for part in (facts.http_port, facts.grpc_port, facts.backend)] == ["3200", "9096", "local"]
    assert [(item.part, item.protocol, item.endpoint and item.endpoint.text) for item in facts.listeners] == [
        ("otlp", "grpc", "0.0.0.0:4317"),
        ("otlp", "http", None),
        ("zipkin", "", None),
    ]
    assert [(item.name.text, item.value.text) for item in facts.directories] == [
        ("storage.trace.local.path", "/var/tempo/blocks"),
        ("storage.trace.wal.path", "/var/tempo/wal"),
        ("metrics_generator.storage.path", "/var/tempo/generator"),
    ]
    retentions = (facts.block_retention, facts.compacted_block_retention, facts.override_retention)
    assert [part.text for part in retentions] == ["168h", "2h", "24h"]
    assert written(source, facts.generator) == "metrics_generator"
    assert [(item.kind, item.address.text, item.auth) for item in facts.remote_writes] == [
        ("remote-write", "http://prometheus:9090/api/v1/write", True)
    ]
    assert [item.text for item in facts.processors] == ["service-graphs", "span-metrics"]
    assert facts.overrides_file.text == "/etc/overrides.yaml"


def test_tempo_of_other_versions() -> None:
    newer, _ = read(TEMPO + "\nbackend_worker: {compaction: {block_retention: 48h}}")
    older, _ = read(TEMPO + "\noverrides: {block_retention: 1h, metrics_generator_processors: {service-graphs: }}")
    assert (newer.block_retention.text, newer.generator, newer.processors) == ("48h", None, ())
    assert (older.override_retention.text, [item.text for item in older.processors]) == ("1h", ["service-graphs"])


def test_mimir_facts() -> None:
    facts, _ = read(
        """
        target: all
        multitenancy_enabled: false
        server: {http_listen_port: 9009, grpc_listen_port: 9095}
        common: {storage: {backend: s3}}
        blocks_storage:
          backend: filesystem
          filesystem: {dir: /data/blocks}
          tsdb: {dir: /data/tsdb}
        compactor: {data_dir: /data/compactor}
        ruler: {alertmanager_url: "http://alertmanager:9093", query_frontend: {address: "frontend:9095"}}
        ruler_storage: {backend: local, local: {directory: /rules}}
        limits: {compactor_blocks_retention_period: 30d}
        """
    )
    assert [part.text for part in (facts.target, facts.multitenancy, facts.http_port, facts.grpc_port)] == [
        *("all", "false", "9009", "9095"),
    ]
    assert [(item.name.text, item.value.text) for item in facts.backends] == [
        ("common.storage.backend", "s3"),
        ("blocks_storage.backend", "filesystem"),
        ("ruler_storage.backend", "local"),
    ]
    assert [(item.name.text, item.value.text) for item in facts.directories] == [
        ("blocks_storage.filesystem.dir", "/data/blocks"),
        ("blocks_storage.tsdb.dir", "/data/tsdb"),
        ("compactor.data_dir", "/data/compactor"),
        ("ruler_storage.local.directory", "/rules"),
    ]
    assert [(item.kind, item.address.text) for item in facts.connections] == [
        ("alertmanager", "http://alertmanager:9093"),
        ("cluster", "frontend:9095"),
    ]
    assert (facts.retention.text, facts.rules_directory.text) == ("30d", "/rules")


def test_object_store_facts() -> None:
    bucket, _ = read("type: AZURE\nconfig: {container: blocks, endpoint: a.example}")
    local, _ = read("type: FILESYSTEM\nconfig: {directory: /blocks}")
    assert (bucket.type.text, bucket.bucket.text, bucket.endpoint.text, bucket.directory) == (
        *("AZURE", "blocks", "a.example"),
        None,
    )
    assert (local.directory.text, local.bucket) == ("/blocks", None)


def test_beats_facts() -> None:
    facts, source = read(
        """
        filebeat.inputs:
          - type: filestream
            paths: [/var/log/*.log]
        filebeat: {modules: [{module: nginx, hosts: [nginx]}]}
        filebeat.autodiscover: {providers: [{type: docker, hints.enabled: true}]}
        output.elasticsearch:
          hosts: ["${ELASTICSEARCH_HOSTS:elasticsearch:9200}"]
          username: elastic
          ssl.certificate_authorities: [/ca.crt]
        output: {kafka: {enabled: false, hosts: [kafka:9092]}, logstash: {hosts: logstash:5044}}
        setup.kibana.host: kibana:5601
        """
    )
    assert facts.beat == "filebeat"
    assert [(item.type.text, [path.text for path in item.paths]) for item in facts.inputs] == [
        ("filestream", ["/var/log/*.log"]),
        ("nginx", []),
    ]
    assert [item.type.text for item in facts.autodiscover] == ["docker"]
    assert [(item.kind, item.address.text, item.tls, item.auth) for item in facts.connections] == [
        ("search", "${ELASTICSEARCH_HOSTS:elasticsearch:9200}", True, True),
        ("log-push", "logstash:5044", False, False),
        ("ui", "kibana:5601", False, False),
    ]
    assert written(source, facts.connections[2].address.place) == "kibana:5601"
    heartbeat, _ = read("heartbeat.monitors: [{type: http, urls: ['http://a']}]\noutput.console: {}")
    assert (heartbeat.beat, heartbeat.inputs[0].hosts[0].text) == ("heartbeat", "http://a")


def test_kibana_facts() -> None:
    facts, _ = read(
        """
        server: {host: 0.0.0.0, port: 5602}
        elasticsearch.hosts: ["https://es:9200", "https://es2:9200"]
        elasticsearch.password: a
        elasticsearch.ssl.certificateAuthorities: [/ca]
        """
    )
    assert (facts.server_host.text, facts.server_port.text) == ("0.0.0.0", "5602")
    assert [(item.kind, item.address.text, item.tls, item.auth) for item in facts.connections] == [
        ("search", "https://es:9200", True, True),
        ("search", "https://es2:9200", True, True),
    ]


def test_elasticsearch_facts() -> None:
    facts, _ = read(
        """
        cluster.name: docker-cluster
        network: {host: 0.0.0.0}
        http.port: 9201
        path: {data: [/d1, /d2]}
        discovery.type: single-node
        xpack.security.enabled: false
        """
    )
    assert [part.text for part in (facts.network_host, facts.http_port, facts.security, facts.discovery_type)] == [
        *("0.0.0.0", "9201", "false", "single-node"),
    ]
    assert [item.text for item in facts.data] == ["/d1", "/d2"]


def test_blackbox_facts() -> None:
    facts, source = read("modules:\n  http_2xx: {prober: http}\n  ping: {prober: icmp}")
    assert [(module.name.text, module.prober.text) for module in facts.modules] == [
        ("http_2xx", "http"),
        ("ping", "icmp"),
    ]
    assert written(source, facts.modules[1].name.place) == "ping"


HOSTILE = {
    "lists where mappings are due": "receivers: []\nexporters: {a: []}\nservice: {pipelines: {traces: {exporters: 1}}}",
    "text where mappings are due": (
        "receivers: {otlp: a, prometheus: b}\nexporters: {otlp: c}\nextensions: d\nprocessors: {memory_limiter: e}\n"
        "service: {telemetry: f, pipelines: {traces: {}}}"
    ),
    "numbers for names": "receivers: {1: {2: 3}}\nexporters: {}\nservice: {pipelines: {traces: {receivers: [1, [2]]}}}",
    "Tempo with text for blocks": TEMPO.replace("{otlp: {}}", "{otlp: {protocols: [a]}}")
    + "\noverrides: [b]\nserver: c",
    "Mimir with lists for blocks": "common: []\nblocks_storage: {tsdb: [a]}\nruler: [b]\nserver: 1",
    "a Beat with text for outputs": "filebeat.inputs: [a, {paths: {b: c}}]\noutput: d\noutput.kafka: [e]",
    "Kibana with a mapping for hosts": "elasticsearch.hosts: {a: b}\nserver.host: [c]\nserver.port: 1",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_values_of_a_wrong_type_are_read_as_nothing(text: str) -> None:
    facts, source = read(text)
    assert misplaced(facts, source) == []
