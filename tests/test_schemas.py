"""The schemas are well formed, made from their sources, and agree with the components about what is valid."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError, validators

from obslint.parse import load
from support import copied

ROOT = Path(__file__).parents[1]
SCHEMAS = ROOT / "schemas"
GOOD = ROOT / "fixtures" / "good"
SHARED = ROOT.parent / "shared"
FIELDS, CORPUS, CONFORMANCE = SHARED / "fields", SHARED / "corpus", SHARED / "conformance"
TOOL = ROOT / "tools" / "make_schemas.py"
NOT_HERE = "the shared material is not beside this checkout"

KINDS = sorted(path.stem for path in SCHEMAS.glob("*.json") if "x-kind" in json.loads(path.read_text(encoding="utf-8")))
REQUIRED_KINDS = {
    *("compose", "prometheus", "rules", "loki-rules", "alertmanager", "loki", "promtail", "dashboard"),
    *("grafana-datasources", "grafana-dashboards", "grafana-alerting", "otel", "tempo", "blackbox"),
}


def _at_most_one(_validator: Any, groups: list[list[str]], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for group in groups:
            both = [key for key in group if instance.get(key) not in (None, "", [], {}, False)]
            if len(both) > 1:
                yield ValidationError(f"at most one of {', '.join(both)}")


Judge: Any = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"x-at-most-one": _at_most_one}
)
"""A plain validator with the one keyword of ours that refuses a document."""


@cache
def schema(kind: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))
    return read


@cache
def judge(kind: str) -> Any:
    return Judge(schema(kind))


def places(kind: str, data: object) -> list[str]:
    """Where a document is refused, as JSON paths."""
    return [error.json_path for error in judge(kind).iter_errors(data)]


def documents(path: Path) -> list[object]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return [document.data for document in load(path.name, text, "json" if path.suffix == ".json" else "yaml")]


def parse(text: str) -> object:
    (document,) = load("x.yml", text, "yaml")
    assert document.problems == ()
    return document.data


def _services(data: dict[str, Any]) -> bool:
    services = data.get("services")
    return isinstance(services, dict) and any(
        isinstance(one, dict) and ("image" in one or "build" in one) for one in services.values()
    )


_BY_CONTENT: list[tuple[str, Callable[[dict[str, Any]], bool]]] = [
    ("dashboard", lambda data: "title" in data and ("panels" in data or "rows" in data)),
    ("loki", lambda data: "schema_config" in data),
    ("promtail", lambda data: "scrape_configs" in data and ("clients" in data or "positions" in data)),
    ("promtool-tests", lambda data: "tests" in data and "rule_files" in data),
    ("prometheus", lambda data: "scrape_configs" in data or ("global" in data and "rule_files" in data)),
    ("alertmanager", lambda data: "route" in data and "receivers" in data),
    ("grafana-datasources", lambda data: isinstance(data.get("datasources"), list)),
    ("grafana-dashboards", lambda data: "apiVersion" in data and isinstance(data.get("providers"), list)),
    ("grafana-alerting", lambda data: "apiVersion" in data and ("groups" in data or "contactPoints" in data)),
    ("grafana-alerting", lambda data: "apiVersion" in data and ("policies" in data or "muteTimes" in data)),
    ("rules", lambda data: isinstance(data.get("groups"), list)),
    ("compose", _services),
    ("blackbox", lambda data: isinstance(data.get("modules"), dict)),
    ("tempo", lambda data: "distributor" in data and "trace" in (data.get("storage") or {})),
    ("otel", lambda data: "pipelines" in (data.get("service") or {}) and ("receivers" in data or "exporters" in data)),
]


def kind_of(data: object) -> str | None:
    """The kind of a document by what stands in it; None for what is none of ours."""
    if isinstance(data, list) and data and isinstance(data[0], dict):
        return "file-sd" if "targets" in data[0] else None
    if not isinstance(data, dict) or ("kind" in data and "apiVersion" in data):
        return None
    return next((kind for kind, test in _BY_CONTENT if test(data)), None)


# The schemas themselves


def test_every_required_kind_has_a_schema() -> None:
    assert set(KINDS) >= REQUIRED_KINDS


@cache
def vocabulary() -> Any:
    """The metaschema: draft 2020-12 with our keywords and no others."""
    read = json.loads((SCHEMAS / "vocabulary.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(read)
    return Draft202012Validator(read)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_valid_and_uses_only_known_keywords(kind: str) -> None:
    assert [error.message for error in vocabulary().iter_errors(schema(kind))] == []


@pytest.mark.parametrize("spoilt", [{"x-sinse": "2.0"}, {"x-since": "v2"}, {"type": "text"}, {"x-format": "colour"}])
def test_the_vocabulary_refuses_a_wrong_keyword_at_any_depth(spoilt: dict[str, str]) -> None:
    rules = copy.deepcopy(schema("rules"))
    rules["properties"]["groups"]["items"]["properties"]["name"] = spoilt
    assert not vocabulary().is_valid(rules)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_names_itself_and_its_definitions_are_all_used(kind: str) -> None:
    assert schema(kind)["$id"] == f"urn:obslint:schemas:{kind}"
    assert schema(kind)["x-kind"] == kind
    assert schema(kind)["title"]
    used = set()
    todo: list[Any] = [schema(kind)]
    while todo:
        node = todo.pop()
        todo += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            used.add(node["$ref"].removeprefix("#/$defs/"))
    assert used == set(schema(kind)["$defs"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_stays_small(kind: str) -> None:
    assert (SCHEMAS / f"{kind}.json").stat().st_size < 250_000


# The tool


def run_tool(*arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TOOL), str(FIELDS), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )


@pytest.mark.skipif(not FIELDS.is_dir(), reason=NOT_HERE)
def test_the_committed_schemas_are_those_the_tool_makes() -> None:
    done = run_tool("--check")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not FIELDS.is_dir(), reason=NOT_HERE)
def test_the_tool_writes_the_same_bytes_for_any_hash_seed_and_knows_a_stale_schema(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert run_tool("--out", str(first), hash_seed="1").returncode == 0
    assert run_tool("--out", str(second), hash_seed="2").returncode == 0
    names = {path.name for path in first.iterdir()}
    assert names == {f"{kind}.json" for kind in [*KINDS, "vocabulary"]}
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)

    (second / "rules.json").write_text("{}", encoding="utf-8")
    stale = run_tool("--out", str(second), "--check")
    assert stale.returncode == 1
    assert [line for line in stale.stderr.splitlines() if "stale" in line] == [f"{second / 'rules.json'} is stale"]
    assert (second / "rules.json").read_text(encoding="utf-8") == "{}", "--check writes nothing"


# What is accepted


def fixture_files() -> list[Path]:
    found = (path for path in GOOD.rglob("*") if path.suffix in (".yml", ".yaml", ".json"))
    return sorted(path for path in found if any(kind_of(data) for data in documents(path)))


@pytest.mark.parametrize("path", fixture_files(), ids=lambda path: str(path.relative_to(GOOD)))
def test_a_good_fixture_is_accepted(path: Path) -> None:
    for data in documents(path):
        kind = kind_of(data)
        if kind == "rules" and "loki" in str(path.relative_to(GOOD)):
            kind = "loki-rules"
        assert kind is None or places(kind, data) == []


BASES = {
    "compose": """
services:
  web:
    image: nginx:1.27
    ports: ["80:80", 8080]
    environment: {A: 1, B: true, C: null}
    healthcheck: {test: [CMD, "true"], interval: 10s, retries: 3}
    depends_on: {db: {condition: service_started}}
    x-note: {anything: 1}
  db: {image: "postgres:17"}
volumes: {data: null}
x-top: [1]
""",
    "prometheus": """
global: {scrape_interval: 15s, external_labels: {a: 1}}
rule_files: [rules/*.yml]
scrape_configs:
  - job_name: a
    honor_labels: true
    sample_limit: 10
    body_size_limit: 5MB
    basic_auth: {username: u, password_file: /p}
    static_configs: [{targets: ["a:1"], labels: {any: thing}}]
    relabel_configs: [{source_labels: [a], action: replace, target_label: b}]
""",
    "rules": """
groups:
  - name: a
    interval: 30s
    rules:
      - {alert: Down, expr: up == 0, for: 5m, labels: {severity: page}, annotations: {any: text}}
      - {record: "a:b", expr: 1}
""",
    "loki-rules": """
groups:
  - name: a
    interval: 30s
    rules: [{alert: Errors, expr: 'count_over_time({a="b"}[5m]) > 1', for: 5m}]
""",
    "alertmanager": """
global: {resolve_timeout: 5m}
route:
  receiver: team
  group_by: [alertname]
  routes: [{matchers: ['a="b"'], continue: true}]
receivers:
  - name: team
    webhook_configs: [{url: "http://a", send_resolved: true}]
inhibit_rules: [{source_matchers: ['a="b"'], target_matchers: ['c="d"'], equal: [x]}]
""",
    "loki": """
auth_enabled: false
server: {http_listen_port: 3100}
common: {replication_factor: 1, path_prefix: /loki}
compactor: {retention_enabled: true, delete_request_store: filesystem}
limits_config: {retention_period: 31d, max_line_size: 256KB}
schema_config:
  configs: [{from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {period: 24h}}]
""",
    "promtail": """
positions: {filename: /p/positions.yaml}
clients: [{url: "http://loki:3100/loki/api/v1/push", external_labels: {any: thing}}]
scrape_configs:
  - job_name: a
    static_configs: [{targets: [localhost], labels: {__path__: /var/log/*.log}}]
    pipeline_stages:
      - json: {expressions: {level: null}}
      - match: {selector: '{a="b"}', stages: [{labels: {level: null}}]}
""",
    "grafana-datasources": """
apiVersion: 1
datasources:
  - name: Prometheus
    type: prometheus
    isDefault: true
    jsonData: {any: [1]}
    secureJsonData: {any: text}
""",
    "grafana-dashboards": """
apiVersion: 1
providers: [{name: a, updateIntervalSeconds: 10, options: {path: /d, any: 1}}]
""",
    "grafana-alerting": """
apiVersion: 1
groups:
  - name: a
    folder: f
    interval: 1m
    rules:
      - {uid: u, title: t, condition: A, for: 5m, data: [{refId: A, datasourceUid: d, model: {any: 1}}]}
contactPoints: [{name: c, receivers: [{uid: u, type: email, settings: {addresses: a@b}}]}]
policies: [{receiver: c, routes: [{object_matchers: [[a, "=", b]]}]}]
""",
    "dashboard": """
title: a
schemaVersion: 39
panels:
  - {id: 1, type: timeseries, title: p, targets: [{expr: up, refId: A}], options: {any: 1}, fieldConfig: {defaults: {}}}
  - {id: 2, type: row, panels: [{type: stat, gridPos: {x: 0, y: 0, w: 1, h: 1}}]}
templating: {list: [{name: v, type: query}]}
""",
    "file-sd": "[{targets: ['a:1'], labels: {any: thing}}]",
    "web-config": "{tls_server_config: {cert_file: c, key_file: k, min_version: TLS12}, basic_auth_users: {a: b}}",
    "promtool-tests": """
rule_files: [a.yml]
tests:
  - interval: 1m
    input_series: [{series: up, values: 0x5}]
    alert_rule_test: [{eval_time: 5m, alertname: A}]
""",
    "blackbox": "{modules: {http: {prober: http, timeout: 5s, http: {method: GET, fail_if_ssl: true}}}}",
    "vmagent": "{global: {scrape_interval: 15s}, scrape_configs: [{job_name: a, stream_parse: true}]}",
    "vmalert-notifier": "{static_configs: [{targets: ['a:9093']}]}",
    "otel": """
receivers: {otlp: {protocols: {grpc: , any: 1}}}
processors: {memory_limiter: {check_interval: 1s, limit_mib: "${env:LIMIT}"}, batch: , other/any: {a: 1}}
exporters: {debug: }
connectors: {spanmetrics: }
service: {extensions: [], telemetry: {any: 1}, pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}
""",
    "tempo": "{server: {http_listen_port: 3200}, storage: {trace: {backend: local, local: {path: /t}}}}",
}
"""A document of each kind that is good; the cases below change one thing in it."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_document_of_each_kind_is_accepted(kind: str) -> None:
    assert places(kind, parse(BASES[kind])) == []


ACCEPTED = [
    ("compose: a placeholder stands for a number", "compose", "retries: 3", 'retries: "${RETRIES:-3}"'),
    ("compose: a placeholder stands for a listed value", "compose", "condition: service_started", "condition: $WHEN"),
    ("compose: an item may stand twice, for compose merges them", "compose", "8080", '"80:80"'),
    ("prometheus: YAML 1.1 words are booleans", "prometheus", "honor_labels: true", "honor_labels: yes"),
    ("prometheus: a number may be grouped", "prometheus", "sample_limit: 10", "sample_limit: 1_000"),
    ("prometheus: null leaves the default", "prometheus", "honor_labels: true", "honor_labels:"),
    ("prometheus: a block may be empty", "prometheus", "basic_auth: {username: u, password_file: /p}", "basic_auth:"),
    ("prometheus: a zero duration needs no unit", "prometheus", "scrape_interval: 15s", "scrape_interval: 0"),
    ("prometheus: a job may be named with a number", "prometheus", "job_name: a", "job_name: 9"),
    ("prometheus: a relabel action may be in any case", "prometheus", "action: replace", "action: Replace"),
    ("prometheus: an empty value is not set", "prometheus", "username: u,", 'username: u, password: "",'),
    ("rules: a vmalert group", "rules", "interval: 30s", "interval: 30s\n    concurrency: 2\n    type: vlogs"),
    ("rules: a duration that only vmalert reads", "rules", "for: 5m", "for: 1.5h"),
    ("alertmanager: a child route needs no receiver", "alertmanager", "continue: true", "continue: yes"),
    ("loki: a placeholder stands for a port", "loki", "http_listen_port: 3100", 'http_listen_port: "${PORT}"'),
    ("loki: a named store is an object store", "loki", "object_store: filesystem", "object_store: my-store"),
    ("loki: a date in quotes", "loki", "from: 2024-01-01", 'from: "2024-01-01"'),
    ("promtail: a stage without settings", "promtail", "json: {expressions: {level: null}}", "docker: {}"),
    ("promtail: a key that a stage does not know", "promtail", "json: {", "json: {unheard: 1, "),
    ("grafana-datasources: a placeholder stands for a boolean", "grafana-datasources", "true", "$DEFAULT"),
    ("grafana-datasources: the first format", "grafana-datasources", "apiVersion: 1", "delete_datasources: []"),
    ("grafana-datasources: a key Grafana drops", "grafana-datasources", "isDefault", "isdefault"),
    ("grafana-dashboards: a number in quotes", "grafana-dashboards", "Seconds: 10", 'Seconds: "10"'),
    ("grafana-alerting: an empty state is the default", "grafana-alerting", "for: 5m", 'noDataState: ""'),
    ("dashboard: a datasource by name or by object", "dashboard", "id: 1,", "id: 1, datasource: {uid: $ds},"),
    ("promtool-tests: a group of vmalert-tool", "promtool-tests", "alertname: A", "alertname: A, groupname: g"),
]


@pytest.mark.parametrize(("kind", "old", "new"), [case[1:] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED])
def test_what_a_component_accepts_is_accepted(kind: str, old: str, new: str) -> None:
    assert old in BASES[kind]
    assert places(kind, parse(BASES[kind].replace(old, new, 1))) == []


def test_the_first_format_of_dashboard_provisioning_is_a_list() -> None:
    assert places("grafana-dashboards", parse("[{name: a, org_id: 1, type: file, options: {path: /d}}]")) == []


# What is refused

REFUSED = [
    ("compose: an unknown field", "compose", "ports:", "port:", "$.services.web"),
    ("compose: a misplaced field", "compose", "x-top: [1]", "restart: always", "$"),
    ("compose: a number for an image", "compose", "image: nginx:1.27", "image: 1.27", "$.services.web.image"),
    ("compose: an empty list", "compose", 'ports: ["80:80", 8080]', "ports:", "$.services.web.ports"),
    ("compose: an unlisted value", "compose", "service_started", "started", "$.services.web.depends_on.db.condition"),
    ("prometheus: an unknown field", "prometheus", "honor_labels", "honour_labels", "$.scrape_configs[0]"),
    ("prometheus: a misplaced field", "prometheus", "rule_files:", "scrape_interval: 1m\nrule_files:", "$"),
    ("prometheus: a list for a block", "prometheus", "basic_auth: {", "oauth2: []\n    basic_auth: {", "$.scrape"),
    ("prometheus: text for a list", "prometheus", '["a:1"]', '"a:1"', "$.scrape_configs[0].static_configs[0].targets"),
    ("prometheus: a job without a name", "prometheus", "job_name: a", 'job_name: ""', "$.scrape_configs[0].job_name"),
    ("prometheus: a duration without a unit", "prometheus", "15s", "15", "$.global.scrape_interval"),
    ("prometheus: a size without a unit", "prometheus", "5MB", "5", "$.scrape_configs[0].body_size_limit"),
    ("prometheus: an empty item", "prometheus", "[{targets:", "[null, {targets:", "$.scrape_configs[0].static_configs"),
    ("prometheus: a star in the middle", "prometheus", "rules/*.yml", "rules/*/a.yml", "$.rule_files[0]"),
    ("prometheus: two secrets", "prometheus", "username: u,", "username: u, password: x,", "$.scrape_configs[0].basic"),
    (
        "prometheus: an unlisted action",
        "prometheus",
        "replace",
        "swap",
        "$.scrape_configs[0].relabel_configs[0].action",
    ),
    ("rules: an unknown field", "rules", "for: 5m", "fro: 5m", "$.groups[0].rules[0]"),
    ("rules: a rule outside a group", "rules", "groups:", "rules: []\ngroups:", "$"),
    ("rules: a misplaced field", "rules", "interval: 30s", "for: 5m", "$.groups[0]"),
    ("rules: a rule without an expression", "rules", "expr: 1", "labels: {}", "$.groups[0].rules[1]"),
    ("rules: an alert that records", "rules", 'record: "a:b"', 'record: "a:b", alert: A', "$.groups[0].rules[1]"),
    ("rules: a list for labels", "rules", "labels: {severity: page}", "labels: [a]", "$.groups[0].rules[0].labels"),
    ("loki-rules: a field of vmalert", "loki-rules", "interval: 30s", "concurrency: 2", "$.groups[0]"),
    ("loki-rules: a duration without a unit", "loki-rules", "for: 5m", "for: 5", "$.groups[0].rules[0].for"),
    ("alertmanager: an unknown field", "alertmanager", "group_by", "groupby", "$.route"),
    ("alertmanager: a misplaced field", "alertmanager", "{resolve_timeout: 5m}", "{group_wait: 5m}", "$.global"),
    (
        "alertmanager: text for matchers",
        "alertmanager",
        "['a=\"b\"'], continue",
        "'a=\"b\"', continue",
        "$.route.routes",
    ),
    ("alertmanager: no receiver at the root", "alertmanager", "  receiver: team\n", "", "$.route"),
    ("alertmanager: an empty receiver", "alertmanager", "  - name: team", "  -\n  - name: team", "$.receivers[0]"),
    (
        "alertmanager: a URL twice",
        "alertmanager",
        'url: "http://a",',
        'url: "http://a", url_file: /u,',
        "$.receivers[0]",
    ),
    ("loki: an unknown field", "loki", "auth_enabled", "auth_enable", "$"),
    ("loki: a misplaced field", "loki", "retention_period: 31d", "retention_enabled: true", "$.limits_config"),
    ("loki: text for a port", "loki", "3100", "http", "$.server.http_listen_port"),
    (
        "loki: a block for a number",
        "loki",
        "replication_factor: 1",
        "replication_factor: {a: 1}",
        "$.common.replication",
    ),
    ("loki: a period without a start", "loki", "from: 2024-01-01, ", "", "$.schema_config.configs[0]"),
    ("loki: an unlisted schema", "loki", "schema: v13", "schema: v99", "$.schema_config.configs[0].schema"),
    ("promtail: an unknown field", "promtail", "static_configs", "static_config", "$.scrape_configs[0]"),
    ("promtail: an unknown stage", "promtail", "json:", "jsn:", "$.scrape_configs[0].pipeline_stages[0]"),
    ("promtail: an unknown stage inside a stage", "promtail", "[{labels:", "[{label:", "$.scrape_configs[0].pipeline"),
    (
        "promtail: two stages in one item",
        "promtail",
        "- json:",
        "- docker: {}\n        json:",
        "$.scrape_configs[0].pip",
    ),
    ("promtail: a stage without its setting", "promtail", "expressions:", "source:", "$.scrape_configs[0].pipeline"),
    ("promtail: a client without a URL", "promtail", "{url:", "{name:", "$.clients[0]"),
    ("grafana-datasources: no type", "grafana-datasources", "    type: prometheus\n", "", "$.datasources[0]"),
    (
        "grafana-datasources: a word for a boolean",
        "grafana-datasources",
        "isDefault: true",
        "isDefault: yes",
        "$.datas",
    ),
    (
        "grafana-datasources: a list for a block",
        "grafana-datasources",
        "{any: [1]}",
        "[1]",
        "$.datasources[0].jsonData",
    ),
    ("grafana-dashboards: no apiVersion", "grafana-dashboards", "apiVersion: 1\n", "", "$"),
    (
        "grafana-dashboards: a block for a list",
        "grafana-dashboards",
        "[{name: a, updateIntervalSeconds: 10, options: {path: /d, any: 1}}]",
        "{name: a}",
        "$.providers",
    ),
    ("grafana-dashboards: no options", "grafana-dashboards", "options:", "settings:", "$.providers[0]"),
    ("grafana-alerting: a rule without uid", "grafana-alerting", "{uid: u, title", "{title", "$.groups[0].rules[0]"),
    (
        "grafana-alerting: no data",
        "grafana-alerting",
        "[{refId: A, datasourceUid: d, model: {any: 1}}]",
        "[]",
        "$.groups",
    ),
    ("grafana-alerting: a contact point without a type", "grafana-alerting", "type: email, ", "", "$.contactPoints[0]"),
    ("dashboard: no title", "dashboard", "title: a", 'title: ""', "$.title"),
    (
        "dashboard: text for a grid position",
        "dashboard",
        "gridPos: {x: 0, y: 0, w: 1, h: 1}",
        "gridPos: x",
        "$.panels[1]",
    ),
    ("dashboard: a list for targets", "dashboard", "[{expr: up, refId: A}]", "{expr: up}", "$.panels[0].targets"),
    ("file-sd: an unknown field", "file-sd", "labels", "label", "$[0]"),
    ("web-config: an unlisted version", "web-config", "TLS12", "1.2", "$.tls_server_config.min_version"),
    ("promtool-tests: an unknown field", "promtool-tests", "alertname", "alert_name", "$.tests[0].alert_rule_test[0]"),
    ("blackbox: a misplaced field", "blackbox", "timeout: 5s", "method: GET", "$.modules.http"),
    ("vmagent: a section of Prometheus", "vmagent", "{global:", "{rule_files: [], global:", "$"),
    ("vmalert-notifier: an unknown field", "vmalert-notifier", "targets", "target", "$.static_configs[0]"),
    ("otel: an unknown section", "otel", "connectors:", "conectors:", "$"),
    ("otel: an unknown part of a pipeline", "otel", "exporters: [debug]", "exporter: [debug]", "$.service.pipelines"),
    ("otel: an unknown limit", "otel", "limit_mib", "limit_mb", "$.processors.memory_limiter"),
    ("otel: pipelines in a list", "otel", "{traces: {receivers: [otlp], exporters: [debug]}}", "[]", "$.service"),
    ("tempo: an unknown field", "tempo", "backend", "back_end", "$.storage.trace"),
]


@pytest.mark.parametrize(
    ("kind", "old", "new", "place"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_a_component_refuses_is_refused_at_its_place(kind: str, old: str, new: str, place: str) -> None:
    assert old in BASES[kind]
    found = places(kind, parse(BASES[kind].replace(old, new, 1)))
    assert found, "accepted"
    assert all(one.startswith(place) for one in found), found


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_cases_that_are_refused(kind: str) -> None:
    assert any(case[1] == kind for case in REFUSED)


@pytest.mark.parametrize(
    ("kind", "path", "keyword", "value"),
    [
        ("prometheus", "global/keep_dropped_targets", "x-since", "2.47"),
        ("prometheus", "scrape_config_files", "x-since", "2.43"),
        ("alertmanager", "time_intervals", "x-since", "0.24"),
        ("alertmanager", "mute_time_intervals", "x-replaced-by", "time_intervals"),
        ("loki", "block_builder", "x-until", "3.6"),
        ("loki", "auth_enabled", "default", True),
        ("promtail", "client", "x-replaced-by", "clients"),
        ("compose", "include", "x-since", "2.19"),
        ("compose", "version", "deprecated", True),
        ("dashboard", "rows", "x-replaced-by", "panels"),
    ],
)
def test_a_field_carries_its_versions(kind: str, path: str, keyword: str, value: object) -> None:
    node = schema(kind)
    for step in path.split("/"):
        node = node["properties"][step]
    assert node[keyword] == value


def test_rule_fields_say_which_program_knows_them() -> None:
    group = schema("rules")["properties"]["groups"]["items"]["properties"]
    assert "x-dialect" not in group["name"]
    assert group["query_offset"]["x-dialect"] == {"prometheus": {"x-since": "2.53"}}
    assert group["limit"]["x-dialect"] == {"prometheus": {"x-since": "2.31"}, "vmalert": {"x-since": "1.78"}}
    assert group["concurrency"]["x-dialect"] == {"vmalert": {}}


def test_a_component_that_drops_unknown_keys_says_so_and_open_maps_do_not() -> None:
    datasource = schema("grafana-datasources")["properties"]["datasources"]["items"]
    assert datasource["x-unknown-keys"] == "ignored"
    assert "x-unknown-keys" not in datasource["properties"]["jsonData"]


# Other judges

CORPUS_REFUSED = {
    "FlexNetOS+ripple-env/Synaptic-Mesh/docker/monitoring/prometheus.yml": "retention.time as a key",
    "FlexNetOS+ripple-env/config/tempo/tempo.yaml": "span metrics dimensions are text",
    "VictoriaMetrics+VictoriaMetrics/app/vmalert/config/testdata/rules/rules-multi-doc-bad.rules": "meant to fail",
    "VictoriaMetrics+VictoriaMetrics/app/vmalert/config/testdata/rules/rules0-bad.rules": "meant to fail",
    "VictoriaMetrics+VictoriaMetrics/app/vmalert/config/testdata/dir/rules4-bad.rules": "meant to fail",
    "prometheus-operator+kube-prometheus/examples/alertmanager-config.yaml": "slack_configs outside its receiver",
    "jbeck018+howlerops/monitoring/prometheus.yml": "storage flags in the file",
    "jbeck018+howlerops/monitoring/prometheus/prometheus.yml": "storage flags in the file",
    "kushin77+code-server/config/iam/prometheus-rbac-metrics.yaml": "no Prometheus configuration",
    "kushin77+code-server/config/loki-local-config.yaml": "chuck_idle_period and more",
    "kushin77+code-server/config/promtail-config.yaml": "docker beside a scrape job's keys",
    "kushin77+code-server/docs/configs/docker-compose-phase-20-a1.yml": "restart_policy in a service",
}
"""Files of public repositories that the schemas refuse, and why that is right: promtool 2.42, amtool 0.25 and docker
compose 2.40 refuse those of their kinds too."""

CORPUS_FLOOR = {
    **{"compose": 250, "prometheus": 60, "rules": 150, "alertmanager": 20, "loki": 12, "promtail": 9, "dashboard": 450},
    **{"grafana-datasources": 50, "grafana-dashboards": 50, "grafana-alerting": 4, "file-sd": 10, "promtool-tests": 10},
    **{"otel": 20, "tempo": 4},
}


def corpus_documents() -> Iterator[tuple[str, str, object]]:
    for path in sorted(CORPUS.rglob("*")):
        if path.suffix in (".yml", ".yaml", ".json", ".rules") and ".tmpl" not in path.name:
            if path.suffix != ".json" and "\n{{" in path.read_text(encoding="utf-8", errors="replace"):
                continue
            for data in documents(path):
                kind = kind_of(data)
                if kind is not None:
                    yield str(path.relative_to(CORPUS)), kind, data


@pytest.mark.skipif(not CORPUS.is_dir(), reason=NOT_HERE)
def test_real_configs_are_accepted_but_for_those_that_are_wrong() -> None:
    seen: Counter[str] = Counter()
    refused: dict[str, list[str]] = {}
    for name, kind, data in corpus_documents():
        seen[kind] += 1
        found = places(kind, data)
        if found:
            refused.setdefault(name, []).extend(found)
    print(dict(seen))
    for name, found in refused.items():
        print(name, found[:3])
    assert set(refused) == set(CORPUS_REFUSED)
    assert {kind: seen[kind] for kind, floor in CORPUS_FLOOR.items() if seen[kind] < floor} == {}


def _mutated(data: Any, rng: random.Random) -> Any:
    """A document with one value replaced by another of some other type."""
    data, spots = copied(data)
    node, key = rng.choice(spots)
    node[key] = rng.choice([None, "text", 7, 1.5, True, [], {}, ["text"], {"key": "text"}, [None], [{}], "service_x"])
    return data


@pytest.mark.skipif(not CORPUS.is_dir(), reason=NOT_HERE)
def test_compose_agrees_with_the_official_schema_on_real_files_and_on_spoilt_ones() -> None:
    official = json.loads((SHARED / "external" / "compose-spec.json").read_text(encoding="utf-8"))
    text = json.dumps(official).replace('"uniqueItems": true', '"uniqueItems": false')  # compose merges equal items
    oracle = Draft202012Validator(json.loads(text))
    rng = random.Random(11)
    verdicts: Counter[bool] = Counter()
    for name, kind, data in corpus_documents():
        if kind == "compose":
            for one in (data, *(_mutated(data, rng) for _ in range(2))):
                verdict = oracle.is_valid(one)
                verdicts[verdict] += 1
                assert (places("compose", one) == []) is verdict, (name, places("compose", one))
    assert verdicts[True] > 250
    assert verdicts[False] > 100


FRAGMENTS = {
    "TestEmail": "email_configs",
    "TestLoadSlackConfiguration": "slack_configs",
    "TestSlackFieldConfigUnmarshaling": "slack_configs",
    "TestVictorOpsConfiguration": "victorops_configs",
}
"""Cases of Alertmanager that are one notifier, not a whole file."""

CONFORMANCE_FLOORS = {
    "prometheus-config": ("prometheus", 30, 39, 48),
    "alertmanager-config": ("alertmanager", 20, 12, 19),
    "prometheus-rules": ("rules", 3, 1, 1),
}
"""Kind, number of good cases, and how many bad ones the schema refuses by itself and with `x-at-most-one`."""


@pytest.mark.skipif(not CONFORMANCE.is_dir(), reason=NOT_HERE)
@pytest.mark.parametrize("suite", CONFORMANCE_FLOORS)
def test_every_good_case_of_the_components_own_tests_is_accepted(suite: str) -> None:
    kind, good, alone, grouped = CONFORMANCE_FLOORS[suite]
    seen: Counter[str] = Counter()
    refused: list[str] = []
    for case in json.loads((CONFORMANCE / f"{suite}.json").read_text(encoding="utf-8")):
        block = next((block for name, block in FRAGMENTS.items() if case["id"].startswith(name)), None)
        rules = schema(kind)
        if kind == "alertmanager" and block and "route:" not in case["text"]:
            receiver = rules["properties"]["receivers"]["items"]
            rules = {**receiver["properties"][block]["items"], "$defs": rules["$defs"]}
        data = [document.data for document in load(case["id"], case["text"], "yaml")]
        seen[case["expect"]] += 1
        if not all(Judge(rules).is_valid(one) for one in data):
            refused.append(f"{case['expect']} {case['id']}")
            seen["refused"] += case["expect"] == "bad"
        if not all(Draft202012Validator(rules).is_valid(one) for one in data):
            seen["refused by the schema alone"] += case["expect"] == "bad"
    print(suite, dict(seen))
    assert [one for one in refused if one.startswith("good")] == []
    assert seen["good"] >= good
    assert seen["refused by the schema alone"] >= alone
    assert seen["refused"] >= grouped


def test_flags_are_written_from_their_tables() -> None:
    if not FIELDS.is_dir():
        pytest.skip(NOT_HERE)
    command = [sys.executable, str(ROOT / "tools" / "make_flags.py"), str(FIELDS), "--check"]
    assert subprocess.run(command).returncode == 0, "run tools/make_flags.py"
