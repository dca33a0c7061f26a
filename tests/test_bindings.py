"""Which service loads a config file, and whether variables in it are expanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from obslint import engine, graph
from obslint.graph import nodes

CONFIG = "scrape_configs:\n  - job_name: ${JOB}\n    static_configs: [{targets: ['localhost:9090']}]\n"


def build(directory: Path, compose: str, config: str = CONFIG) -> graph.Graph:
    (directory / "compose.yml").write_text("services:\n" + compose, encoding="utf-8")
    (directory / "prometheus").mkdir()
    (directory / "prometheus" / "prometheus.yml").write_text(config, encoding="utf-8")
    loaded = engine.load(engine.Options([Path()]))
    return graph.build((item.facts for item in loaded.recognised), loaded.discovery.tree)


@pytest.mark.parametrize(
    ("compose", "loaders"),
    [
        ("  a: {image: prom/prometheus, volumes: ['./prometheus:/etc/prometheus']}", ["a"]),
        ("  a: {image: prom/prometheus, volumes: ['./prometheus:/config']}", []),
        (
            "  a: {image: prom/prometheus, volumes: ['./prometheus:/c'], command: --config.file=/c/prometheus.yml}",
            ["a"],
        ),
        ("  a: {image: grafana/grafana, volumes: ['./prometheus:/etc/prometheus']}", []),
        ("  a: {build: ., volumes: ['./prometheus:/etc/prometheus']}", ["a"]),
        ("  a: {build: ., volumes: ['./prometheus/prometheus.yml:/a/b.yml']}", ["a"]),
        ("  a: {build: ., volumes: ['./prometheus:/a'], command: run /a/prometheus.yml}", ["a"]),
        ("  a: {build: ., volumes: ['.:/app']}", []),
        (
            "  a: {image: prom/prometheus, volumes: ['./prometheus:/etc/prometheus']}\n"
            "  b: {build: ., volumes: ['./prometheus/prometheus.yml:/a/b.yml']}",
            ["a"],
        ),
    ],
    ids=[
        "the image's own path",
        "another path of the image",
        "the path that a flag gives",
        "a component that does not load such files",
        "the usual path in an image of one's own",
        "the file alone in an image of one's own",
        "a path that the command names",
        "the whole repository in an image of one's own",
        "an image of one's own beside Prometheus",
    ],
)
def test_who_loads_a_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compose: str, loaders: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    servers = build(tmp_path, compose).all(nodes.Prometheus)
    assert [server.service.name for server in servers if server.service] == loaders
    assert len(servers) == max(1, len(loaders))  # what nobody loads is judged by itself


@pytest.mark.parametrize(
    ("compose", "verdict"),
    [
        ("  a: {image: prom/prometheus, volumes: ['./prometheus:/etc/prometheus']}", "no"),
        ("  a: {build: ., volumes: ['./prometheus:/etc/prometheus']}", "unknown"),
        ("  a: {image: prom/prometheus, entrypoint: [sh, -c, x], volumes: ['./prometheus:/c']}", "unknown"),
        ("  a: {image: prom/prometheus, command: '--config.file=${C}', volumes: ['./prometheus:/c']}", "unknown"),
        ("  a: {extends: {service: b, file: b.yml}, image: prom/prometheus, volumes: ['./prometheus:/etc/prometheus']}",
         "unknown"),
        ("  a: {image: grafana/grafana}", "unknown"),
    ],
    ids=["Prometheus", "an image of one's own", "a shell", "a path by a variable", "an extended service", "nobody"],
)  # fmt: skip
def test_whether_variables_are_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compose: str, verdict: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (use,) = build(tmp_path, compose).all(nodes.ConfigUse)
    assert use.expands.verdict.value == verdict


@pytest.mark.parametrize(
    ("job", "closed"),
    [
        ("static_configs: [{targets: ['a:1', 'b:2']}]", True),
        ("static_configs: [{targets: ['a:1', '${B}']}]", False),
        ("{static_configs: [{targets: ['a:1']}], docker_sd_configs: [{host: h}]}", False),
        ("{static_configs: [{targets: ['a:1']}], file_sd_configs: [{files: [f.json]}]}", False),
        ("{static_configs: [{targets: ['a:1']}], proxy_url: 'http://p'}", False),
        (
            "{static_configs: [{targets: ['a:1']}], relabel_configs: [{action: keep, source_labels: [a], regex: b}]}",
            False,
        ),
        ("{http_sd_configs: [{url: u}], relabel_configs: [{target_label: __address__, replacement: 'p:1'}]}", True),
        (
            "{static_configs: [{targets: ['a:1']}], relabel_configs: "
            "[{target_label: __address__, source_labels: [a], regex: b, replacement: 'p:1'}]}",
            False,
        ),
        ("{static_configs: [{targets: ['a:1']}], relabel_configs: [{target_label: __address__}]}", False),
    ],
    ids=[
        "written targets",
        "a target by a variable",
        "a discovery beside them",
        "files beside them",
        "a proxy",
        "a filter",
        "a prober for whatever is discovered",
        "a prober for some of them",
        "an address by default",
    ],
)
def test_whether_all_scraped_addresses_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: str, closed: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    config = f"scrape_configs:\n  - {job}\n"
    (server,) = build(tmp_path, "  a: {image: prom/prometheus, volumes: ['./prometheus:/etc/prometheus']}", config).all(
        nodes.Prometheus
    )
    assert [found.closed for found in server.jobs] == [closed]
