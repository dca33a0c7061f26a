"""Which containers a log shipper reads: Docker's filters, relabelling, names that Compose makes, files."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest

from obslint import engine, graph
from obslint.graph import Graph, nodes, shipping

COMPOSE = """
services:
  promtail:
    image: grafana/promtail:3.5.0
    command: -config.file=/etc/promtail/config.yml
    volumes: [./promtail.yml:/etc/promtail/config.yml, /var/lib/docker:/docker:ro]
  api:
    image: example/api:1
    container_name: shop-api
    labels: {logging: "on", org.example.team: shop, version: "${VERSION}"}
    networks: [edge]
  web:
    image: example/web:1
    container_name: ${PREFIX}web
  job:
    image: example/job:1
networks:
  edge: {name: edge}
"""
ALL = ["promtail", "api", "web", "job"]


def linked(directory: Path, job: str, compose: str = COMPOSE) -> Graph:
    (directory / "compose.yaml").write_text(compose, encoding="utf-8")
    text = "clients: [{url: 'http://loki:3100'}]\nscrape_configs:\n  - job_name: one\n"
    (directory / "promtail.yml").write_text(text + textwrap.indent(job, "    "), encoding="utf-8")
    loaded = engine.load(engine.Options([directory]))
    return graph.build((item.facts for item in loaded.recognised), loaded.discovery.tree)


def read(directory: Path, job: str, compose: str = COMPOSE) -> list[str]:
    found = linked(directory, job, compose)
    (collection,) = found.all(nodes.Collection)
    return [service.name for service in found.read_by(collection)]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param("[]", ALL, id="none"),
        pytest.param("[{name: name, values: [api]}]", ["api"], id="a name is searched for"),
        pytest.param("[{name: name, values: ['^shop-api$']}]", ["api"], id="a name is a regex"),
        pytest.param("[{name: name, values: ['^/shop']}]", ["api"], id="a name with its slash"),
        pytest.param("[{name: name, values: [nobody, api]}]", ["api"], id="one of several names is enough"),
        pytest.param("[{name: name, values: ['(']}]", [], id="a name that is no regex"),
        pytest.param("[{name: label, values: [logging=on]}]", ["api"], id="a label and its value"),
        pytest.param("[{name: label, values: [logging]}]", ["api"], id="a label"),
        pytest.param("[{name: label, values: [logging, logging=off]}]", [], id="all labels have to fit"),
        pytest.param("[{name: label, values: [version=1]}]", [], id="a label that a variable decides is unknown"),
        pytest.param(
            "[{name: label, values: [org.opencontainers.image.source]}]", [], id="a label of images is unknown"
        ),
        pytest.param("[{name: label, values: [com.docker.compose.service=job]}]", ["job"], id="Compose's own label"),
        pytest.param("[{name: network, values: [edge]}]", ["api"], id="a network"),
        pytest.param("[{name: status, values: [running]}]", ALL, id="what runs"),
        pytest.param("[{name: status, values: [exited]}]", [], id="what does not run is unknown"),
        pytest.param("[{name: volume, values: [x]}]", [], id="an unknown filter"),
        pytest.param("[{name: name, values: [api]}, {name: label, values: [logging=off]}]", [], id="all filters"),
    ],
)
def test_filters(tmp_path: Path, filters: str, expected: list[str]) -> None:
    job = f"docker_sd_configs: [{{host: 'unix:///var/run/docker.sock', filters: {filters}}}]\n"
    assert read(tmp_path, job) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param(
            "{source_labels: [__meta_docker_container_name], regex: /shop-.*, action: keep}", ["api"], id="name"
        ),
        pytest.param(
            "{source_labels: [__meta_docker_container_name], regex: '/.*[-_]job[-_]1', action: keep}",
            ["job"],
            id="the name that Compose makes, by any separator",
        ),
        pytest.param(
            "{source_labels: [__meta_docker_container_name], regex: '/.*-job-1', action: drop}",
            ["promtail", "api"],
            id="a name of one Compose alone is unknown, and so is one with a variable",
        ),
        pytest.param(
            "{source_labels: [__meta_docker_container_label_org_example_team], regex: .+, action: keep}",
            ["api"],
            id="a label is known by its name without dots",
        ),
        pytest.param(
            "{source_labels: [__meta_docker_container_label_logging], regex: 'on', action: drop}",
            ["promtail", "web", "job"],
            id="a label that is not there is empty",
        ),
        pytest.param(
            "{source_labels: [__meta_docker_container_label_com_docker_compose_service], target_label: s},"
            "{source_labels: [s], regex: job|web, action: keep}",
            ["web", "job"],
            id="a label made before",
        ),
        pytest.param(
            "{action: labelmap, regex: __meta_docker_container_label_(.+)},"
            "{source_labels: [logging], regex: 'on', action: keep}",
            ["api"],
            id="mapped labels",
        ),
        pytest.param("{source_labels: [__meta_docker_container_id], regex: 'a.*', action: keep}", [], id="an id"),
        pytest.param("{source_labels: [__meta_docker_network_name], regex: edge, action: keep}", [], id="a network"),
        pytest.param("{source_labels: [__meta_docker_container_id], target_label: id}", ALL, id="no choice"),
        pytest.param("{source_labels: [a], regex: '(', action: keep}", [], id="a regex that is none"),
    ],
)
def test_relabelling(tmp_path: Path, steps: str, expected: list[str]) -> None:
    job = f"docker_sd_configs: [{{host: 'unix:///var/run/docker.sock'}}]\nrelabel_configs: [{steps}]\n"
    assert read(tmp_path, job) == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param("{__path__: /docker/containers/*/*-json.log}", ALL, id="mounted elsewhere"),
        pytest.param("{__path__: '/docker/**/*.log'}", ALL, id="any directories"),
        pytest.param("{__path__: /var/lib/docker/containers/*/*.log}", [], id="not what is mounted"),
        pytest.param("{__path__: /docker/*.log}", [], id="another directory"),
        pytest.param("{__path__: '/docker/{containers}/*/*.log'}", [], id="alternatives are unknown"),
        pytest.param("{__path__: '/docker/**', __path_exclude__: '/docker/containers/*/*.log'}", [], id="excluded"),
    ],
)
def test_files(tmp_path: Path, labels: str, expected: list[str]) -> None:
    assert read(tmp_path, f"static_configs: [{{labels: {labels}}}]\n") == expected


def test_files_that_a_step_chooses_are_unknown(tmp_path: Path) -> None:
    job = "static_configs: [{labels: {a: b, __path__: '/docker/**'}}]\n"
    assert read(tmp_path, f"{job}relabel_configs: [{{source_labels: [a], regex: b, action: keep}}]\n") == []


@pytest.mark.parametrize(
    ("host", "expected"),
    [("unix:///run/docker.sock", ALL), ("tcp://promtail:2375", ALL), ("tcp://10.0.0.7:2375", []), ("", [])],
)
def test_daemons(tmp_path: Path, host: str, expected: list[str]) -> None:
    assert read(tmp_path, f"docker_sd_configs: [{{host: '{host}'}}]\n") == expected


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ("docker_sd_configs: [{host: 'unix:///var/run/docker.sock'}]\n", True),
        ("docker_sd_configs: [{host: 'unix:///x', filters: [{name: name, values: [a]}]}]\n", False),
        ("docker_sd_configs: [{host: 'unix:///x'}]\nrelabel_configs: [{source_labels: [a], action: drop}]\n", False),
        ("static_configs: [{labels: {__path__: /var/lib/docker/containers/*/*.log}}]\n", True),
        ("journal: {path: /var/log/journal}\n", False),
    ],
)
def test_a_config_that_stands_alone(tmp_path: Path, job: str, expected: bool) -> None:
    (collection,) = linked(tmp_path, job, "services: {a: {image: x}}\n").all(nodes.Collection)
    assert shipping.anything_by(collection).yes is expected


def test_effort_is_bounded(tmp_path: Path) -> None:
    services = "".join(f"  s{number}: {{image: x}}\n" for number in range(1_000))
    step = "{source_labels: [__meta_docker_container_name], regex: '/nobody.*', action: drop}"
    job = f"docker_sd_configs: [{{host: 'unix:///x'}}]\nrelabel_configs: [{','.join([step] * 1_000)}]\n"
    found = linked(tmp_path, job, COMPOSE.replace("  job:\n", f"{services}  job:\n"))
    (collection,) = found.all(nodes.Collection)
    started = time.process_time()
    found.read_by(collection)
    assert time.process_time() - started < 2
