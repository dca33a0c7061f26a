"""Whether compose files set the limits that metrics expose."""

from __future__ import annotations

from pathlib import Path

import pytest

from obslint import engine, graph
from obslint.graph import nodes
from obslint.graph.limits import limited
from obslint.knowledge import metric_facts
from obslint.lang import promql

STACK = """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    mem_limit: 1g
    volumes: ["./prometheus.yml:/etc/prometheus/prometheus.yml:ro", "./rules.yml:/etc/prometheus/rules.yml:ro"]
"""
PROMETHEUS = (
    'rule_files: [rules.yml]\nscrape_configs:\n  - {job_name: redis, static_configs: [{targets: ["e:9121"]}]}\n'
)
MEMORY = "container_spec_memory_limit_bytes"


def answer(
    root: Path, monkeypatch: pytest.MonkeyPatch, selector: str, services: str, override: str = "services: {}\n"
) -> str:
    files = {
        "docker-compose.yml": STACK + services,
        "docker-compose.override.yml": override,
        "prometheus.yml": PROMETHEUS,
        "rules.yml": f"groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: {selector} > 1\n",
    }
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(root)
    loaded = engine.load(engine.Options([Path()]))
    built = graph.build((item.facts for item in loaded.recognised), loaded.discovery.tree)
    (expression,) = built.all(nodes.Expression)
    assert expression.servers
    assert expression.tree is not None
    (found,) = promql.selectors(expression.tree)
    limit = metric_facts.unlimited(found.metric_name or "")
    assert limit is not None
    return limited(limit, found, expression, built).verdict.value


@pytest.mark.parametrize(
    ("services", "verdict"),
    [
        ("", "no"),
        ("  redis: {image: 'redis:7'}\n", "no"),
        ("  redis: {image: 'redis:7', command: redis-server --maxmemory 0}\n", "no"),
        ("  redis: {image: 'redis:7', command: redis-server --maxmemory 256mb}\n", "yes"),
        ("  valkey: {image: 'valkey/valkey:8', command: [--maxmemory, 256mb]}\n", "yes"),
        ("  redis: {image: 'redis:7', command: redis-server /etc/redis.conf}\n", "unknown"),
        ("  redis: {image: 'redis:7', command: 'redis-server $OPTIONS'}\n", "unknown"),
        ("  redis: {image: 'redis:7', command: 'sh -c \"redis-server $$OPTIONS\"'}\n", "unknown"),
        ("  a: {image: 'redis:7'}\n  b: {image: 'redis:7', command: redis-server --maxmemory 1gb}\n", "unknown"),
    ],
)
def test_of_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, services: str, verdict: str) -> None:
    assert answer(tmp_path, monkeypatch, "redis_memory_max_bytes", services) == verdict


@pytest.mark.parametrize(
    ("selector", "services", "override", "verdict"),
    [
        (MEMORY, "", "services: {}\n", "yes"),
        (MEMORY, "  api: {image: 'api:1'}\n", "services: {}\n", "no"),
        (MEMORY, "  api: {image: 'api:1', mem_limit: 0}\n", "services: {}\n", "no"),
        (MEMORY, "  api: {image: 'api:1'}\n", "services: {api: {mem_limit: 1g}}\n", "yes"),
        (MEMORY, "  api: {image: 'api:1', deploy: {resources: {limits: {memory: 1g}}}}\n", "services: {}\n", "yes"),
        (MEMORY + '{name="p"}', "    container_name: p\n  api: {image: 'api:1'}\n", "services: {}\n", "yes"),
        (
            MEMORY + '{container_label_com_docker_compose_service="prometheus"}',
            "  api: {image: 'api:1'}\n",
            "services: {}\n",
            "yes",
        ),
        (MEMORY + '{name=~".*-prometheus-.*"}', "  api: {image: 'api:1'}\n", "services: {}\n", "yes"),
        (MEMORY + '{name!~"a.*",name!=""}', "  api: {image: 'api:1', container_name: api}\n", "services: {}\n", "yes"),
        (MEMORY + '{name=~".+"}', "  api: {image: 'api:1', container_name: api}\n", "services: {}\n", "no"),
        ("container_spec_memory_reservation_limit_bytes", "", "services: {}\n", "no"),
    ],
)
def test_of_containers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, selector: str, services: str, override: str, verdict: str
) -> None:
    assert answer(tmp_path, monkeypatch, selector, services, override) == verdict
