"""Writes a clean stack of a given number of files: one of each config, then rules and dashboards."""

from __future__ import annotations

import json
from pathlib import Path

COMPOSE = """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    command:
      - --config.file=/etc/prometheus/prometheus.yml
      - --storage.tsdb.path=/prometheus
      - --storage.tsdb.retention.time=30d
    volumes: ["./prometheus:/etc/prometheus:ro", "prometheus-data:/prometheus"]
    ports: ["127.0.0.1:9090:9090"]
  alertmanager:
    image: prom/alertmanager:v0.28.1
    volumes: ["./alertmanager.yml:/etc/alertmanager/alertmanager.yml:ro", "alertmanager-data:/alertmanager"]
  grafana:
    image: grafana/grafana:12.1.0
    volumes: ["./grafana:/etc/grafana/provisioning:ro", "./dashboards:/dashboards:ro", "grafana-data:/var/lib/grafana"]
  node-exporter:
    image: prom/node-exporter:v1.9.1
volumes: {prometheus-data: {}, alertmanager-data: {}, grafana-data: {}}
"""
PROMETHEUS = """\
global: {scrape_interval: 15s}
rule_files: [rules/*.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['alertmanager:9093']}]}]}
scrape_configs:
  - job_name: prometheus
    static_configs: [{targets: ['localhost:9090']}]
  - job_name: node
    static_configs: [{targets: ['node-exporter:9100']}]
"""
ALERTMANAGER = (
    "route: {receiver: team}\nreceivers: [{name: team, webhook_configs: [{url: 'https://hooks.example.org/x'}]}]\n"
)
DATASOURCES = """\
apiVersion: 1
datasources: [{name: Prometheus, uid: prometheus, type: prometheus, url: 'http://prometheus:9090'}]
"""
PROVIDERS = "apiVersion: 1\nproviders: [{name: files, type: file, options: {path: /dashboards}}]\n"
SINGLE = 5


def rules(number: int, count: int = 20) -> str:
    lines = [f"groups:\n  - name: group{number}\n    rules:"]
    lines += ["      - {alert: Watchdog, expr: vector(1)}"] if number == 0 else []
    for index in range(count):
        lines.append(
            f"      - alert: Busy{number}x{index}\n"
            f'        expr: sum by (instance) (rate(node_cpu_seconds_total{{job="node"}}[5m])) > 0.{index + 1}\n'
            f"        for: 10m\n        labels: {{severity: warning}}\n"
            f"        annotations: {{summary: 'cpu of {{{{ $labels.instance }}}} is busy'}}"
        )
    return "\n".join(lines) + "\n"


def dashboard(number: int, count: int = 20) -> str:
    panels = [
        {
            "id": index,
            "title": f"panel {index}",
            "type": "timeseries",
            "datasource": {"type": "prometheus", "uid": "prometheus"},
            "targets": [{"refId": "A", "expr": f'rate(node_network_receive_bytes_total{{job="node"}}[{index + 1}m])'}],
        }
        for index in range(count)
    ]
    return json.dumps(
        {"uid": f"d{number}", "title": f"dashboard {number}", "schemaVersion": 39, "panels": panels}, indent=1
    )


def write(directory: Path, files: int) -> None:
    """A clean stack of `files` files (at least six) below a directory."""
    named = {
        "docker-compose.yml": COMPOSE,
        "prometheus/prometheus.yml": PROMETHEUS,
        "alertmanager.yml": ALERTMANAGER,
        "grafana/datasources/all.yml": DATASOURCES,
        "grafana/dashboards/all.yml": PROVIDERS,
    }
    rest = files - SINGLE
    named |= {f"prometheus/rules/r{number}.yml": rules(number) for number in range(rest - rest // 2)}
    named |= {f"dashboards/d{number}.json": dashboard(number) for number in range(rest // 2)}
    for name, text in named.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
