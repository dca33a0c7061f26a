"""Services built from a Dockerfile of the repository: the base image, the commands, the files it carries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from obslint import engine, graph
from obslint.graph import containers, nodes

COMPOSE = "services: {prom: {build: ./prom}}\n"
CONFIG = "scrape_configs: [{job_name: a, static_configs: [{targets: ['localhost:9090']}]}]\n"


def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str]) -> graph.Graph:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    options = engine.Options([Path()])
    return engine.link(engine.load(options), options)


def the_service(found: graph.Graph) -> nodes.Service:
    (service,) = found.all(nodes.Service)
    return service


@pytest.mark.parametrize(
    ("dockerfile", "files"),
    [
        pytest.param("COPY prometheus.yml /etc/prometheus/prometheus.yml", ["prometheus.yml"], id="by its path"),
        pytest.param("COPY prometheus.yml /etc/prometheus/", ["prometheus.yml"], id="into a directory"),
        pytest.param("ADD conf /etc/prometheus", ["conf/prometheus.yml"], id="a directory's content"),
        pytest.param("COPY conf/*.yml /etc/prometheus/", ["conf/prometheus.yml"], id="by a pattern"),
        pytest.param("WORKDIR /etc/prometheus\nCOPY prometheus.yml .", ["prometheus.yml"], id="where it works"),
        pytest.param(
            "COPY other.yml /etc/prometheus/prometheus.yml\nCOPY prometheus.yml /etc/prometheus/prometheus.yml",
            ["prometheus.yml", "other.yml"],
            id="the last of two",
        ),
    ],
)
def test_a_configuration_that_the_image_carries_is_loaded(
    dockerfile: str, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = {f"prom/{name}": CONFIG for name in files}
    text = f"FROM prom/prometheus:v2.48.0\n{dockerfile}\n"
    found = linked(tmp_path, monkeypatch, {"compose.yml": COMPOSE, "prom/Dockerfile": text, **written})
    loaded = [server for server in found.all(nodes.Prometheus) if server.service is not None]
    assert [server.fact.path for server in loaded] == [f"prom/{files[0]}"]
    service = the_service(found)
    assert service.runs("prometheus") and service.image is not None and service.image.version == (2, 48, 0)


@pytest.mark.parametrize(
    ("dockerfile", "compose"),
    [
        pytest.param("COPY --from=build /prometheus.yml /etc/prometheus/prometheus.yml", COMPOSE, id="another stage's"),
        pytest.param("COPY prometheus.yml /opt/prometheus.yml", COMPOSE, id="one it does not load"),
        pytest.param("COPY ${FILE} /etc/prometheus/prometheus.yml", COMPOSE, id="one that a variable names"),
        pytest.param(
            "COPY prometheus.yml /etc/prometheus/prometheus.yml",
            "services: {prom: {build: ./prom, volumes: ['./other.yml:/etc/prometheus/prometheus.yml']}}\n",
            id="one that a mount hides",
        ),
        pytest.param(
            "COPY prometheus.yml /etc/prometheus/prometheus.yml",
            "services: {prom: {build: ./prom, volumes: ['data:/etc/prometheus']}}\nvolumes: {data: }\n",
            id="one below a volume",
        ),
        pytest.param(
            "COPY prometheus.yml /etc/prometheus/prometheus.yml",
            "services: {prom: {build: {context: ./prom, dockerfile: Other.Dockerfile}}}\n",
            id="another image's",
        ),
    ],
)
def test_a_configuration_that_is_not_loaded(
    dockerfile: str, compose: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"FROM alpine AS build\nFROM prom/prometheus:v2.48.0\n{dockerfile}\n"
    files = {"compose.yml": compose, "prom/Dockerfile": text, "prom/prometheus.yml": CONFIG}
    found = linked(tmp_path, monkeypatch, files)
    assert [server.service for server in found.all(nodes.Prometheus)] == [None]


def test_what_the_image_runs_stands_where_the_service_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'FROM prom/prometheus:v3.5.0\nCMD ["--config.file=/p.yml", "--web.enable-lifecycle"]\n'
    found = linked(tmp_path, monkeypatch, {"compose.yml": COMPOSE, "prom/Dockerfile": text})
    flag = the_service(found).flag("web.enable-lifecycle")
    assert flag is not None and flag.place.path == "prom/Dockerfile"
    own = "services: {prom: {build: ./prom, command: [--config.file=/q.yml]}}\n"
    found = linked(tmp_path, monkeypatch, {"compose.yml": own, "prom/Dockerfile": text})
    assert [flag.value for flag in the_service(found).flags] == ["/q.yml"]


def test_a_shell_in_the_image_may_do_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "FROM prom/prometheus:v3.5.0\nENTRYPOINT envsubst < /t > /etc/prometheus/prometheus.yml && exec prometheus\n"
    assert the_service(linked(tmp_path, monkeypatch, {"compose.yml": COMPOSE, "prom/Dockerfile": text})).scripted


def test_what_an_image_lacks_stays_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "FROM prom/prometheus:v3.5.0\nRUN make-config\n"
    found = linked(tmp_path, monkeypatch, {"compose.yml": COMPOSE, "prom/Dockerfile": text})
    path, answer = containers.repository_path(the_service(found), "/etc/prometheus/prometheus.yml")
    assert path is None and answer.unknown


def test_a_base_that_a_variable_names_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "ARG BASE\nFROM ${BASE}\n"
    assert the_service(linked(tmp_path, monkeypatch, {"compose.yml": COMPOSE, "prom/Dockerfile": text})).image is None
