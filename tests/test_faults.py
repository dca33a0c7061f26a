"""One thing wrong with a link is one finding: which of the rules on links speaks, and where none does."""

from __future__ import annotations

from pathlib import Path

import pytest

from obslint import engine

ON_LINKS = ("REF001", "REF002", "REF003", "REF004", "REF005", "REF021", "REF033")
PROMETHEUS = """\
  prometheus:
    image: prom/prometheus:v3.5.0
    volumes: [./prometheus.yml:/etc/prometheus/prometheus.yml:ro]
"""
LOKI = """\
  loki:
    image: grafana/loki:3.5.0
    volumes: [./loki.yml:/etc/loki/local-config.yaml:ro]
"""


def scrape(target: str) -> str:
    return f"scrape_configs: [{{job_name: j, static_configs: [{{targets: ['{target}']}}]}}]"


def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, services: str, prometheus: str, loki: str = "") -> list[str]:
    monkeypatch.chdir(tmp_path)
    Path("compose.yaml").write_text(f"services:\n{PROMETHEUS}{services}")
    Path("prometheus.yml").write_text(prometheus)
    schema = "{from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13}"
    Path("loki.yml").write_text(f"schema_config: {{configs: [{schema}]}}\ncompactor: {{}}\n{loki}")
    outcome = engine.check(engine.Options([Path()], select=ON_LINKS))
    return [f"{finding.severity.value} {finding.code}" for finding in outcome.findings]


@pytest.mark.parametrize(
    ("services", "prometheus", "expected"),
    [
        pytest.param("", scrape("node-exporter:9100"), ["error REF001"], id="nobody bears the name of a target"),
        pytest.param(
            "",
            "remote_write: [{url: 'http://mimir:9009/api/v1/push'}]\n" + scrape("localhost:9090"),
            ["error REF021"],
            id="nobody bears the name of another address",
        ),
        pytest.param(
            "  node:\n    image: prom/node-exporter:v1.9.1\n    networks: [inner]\nnetworks: {inner: {}}\n",
            scrape("node:9101"),
            ["error REF004"],
            id="no network in common, whatever the port",
        ),
        pytest.param(
            "  database:\n    build: ./database\n    ports: ['5432:5433']\n",
            scrape("database:5432"),
            ["warning REF003"],
            id="the host's port, whose number another protocol has",
        ),
        pytest.param(
            "  central:\n    image: prom/prometheus:v3.5.0\n    ports: ['9091:9090']\n",
            "remote_write: [{url: 'http://central:9091/api/v1/write'}]\n" + scrape("localhost:9090"),
            ["error REF003"],
            id="the host's port of a server that lacks the API, too",
        ),
        pytest.param(
            "  gate:\n    image: prom/node-exporter:v1.9.1\n    ports: ['9091:9100']\n"
            "  push:\n    image: prom/pushgateway:v1.11.1\n    network_mode: service:gate\n",
            scrape("gate:9091"),
            [],
            id="the host's port is one that a container of the same network has",
        ),
        pytest.param(
            "  gate:\n    image: prom/node-exporter:v1.9.1\n    network_mode: service:prometheus\n",
            scrape("localhost:5432"),
            ["error REF033"],
            id="localhost, where the number of another protocol means nothing",
        ),
        pytest.param(
            "  database:\n    build: ./database\n    expose: [8008]\n    environment: {PORT: 8008}\n",
            scrape("database:5432"),
            ["warning REF005"],
            id="another protocol, though the port is not declared",
        ),
        pytest.param(
            "  node:\n    image: prom/node-exporter:v1.9.1\n", scrape("node:9101"), ["error REF002"], id="a closed port"
        ),
        pytest.param(
            "  stats:\n    build: .\n    ports: ['8125:8125/udp']\n    environment:\n"
            "      PROMETHEUS_URL: http://localhost:9090\n",
            scrape("localhost:9090"),
            [],
            id="UDP ports say nothing of the others",
        ),
        pytest.param(
            "  api:\n    build: .\n    ports: ['8000:8000', '8001:${PORT}']\n    environment:\n"
            "      PROMETHEUS_URL: http://localhost:9090\n",
            scrape("localhost:9090"),
            [],
            id="a port that a variable decides",
        ),
    ],
)
def test_one_rule_tells_what_is_wrong_with_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, services: str, prometheus: str, expected: list[str]
) -> None:
    assert found(tmp_path, monkeypatch, services, prometheus) == expected


@pytest.mark.parametrize(
    ("loki", "target", "expected"),
    [
        pytest.param("server: {http_listen_port: 3101}", "loki:3101", [], id="the port that is written"),
        pytest.param("server: {http_listen_port: 3101}", "loki:3102", ["error REF002"], id="another one"),
        pytest.param("server: {http_listen_port: '${PORT}'}", "loki:3102", [], id="a variable decides"),
        pytest.param("memberlist: {bind_port: 7000}", "loki:7000", [], id="the port of the cluster"),
    ],
)
def test_ports_of_a_configuration_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loki: str, target: str, expected: list[str]
) -> None:
    assert found(tmp_path, monkeypatch, LOKI, scrape(target), loki) == expected
