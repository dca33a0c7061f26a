"""Large and hostile projects: what is asked of every file and link is looked up, and what never ends is cut."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from obslint import engine, graph
from obslint.cli import main
from obslint.discover import Tree
from obslint.graph import alike, containers, invocations, nodes
from obslint.graph.listening import namespaces

RULES = "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def linked() -> graph.Graph:
    options = engine.Options([Path()])
    return engine.link(engine.load(options), options)


def counted(monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> list[tuple[Any, ...]]:
    """The arguments of every call of a function from now on."""
    calls: list[tuple[Any, ...]] = []
    function = getattr(where, name)

    def count(*args: Any) -> Any:
        calls.append(args)
        return function(*args)

    monkeypatch.setattr(where, name, count)
    return calls


def test_a_file_is_sought_only_in_services_that_mount_its_directory(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = "".join(f"  s{i}:\n    image: app\n    volumes: ['./d{i}:/etc/app']\n" for i in range(60))
    write(project, {"compose.yaml": f"services:\n{services}"} | {f"d{i}/r.yml": RULES for i in range(60)})
    calls = counted(monkeypatch, containers, "container_paths")
    found = linked()
    assert [rule_file.loaders for rule_file in found.all(nodes.RuleFile)].count([]) == 0
    assert 60 <= len(calls) <= 240, "not 60 services for each of 60 files"


@pytest.mark.parametrize(
    ("source", "file"),
    [
        pytest.param("./d", "d/e/r.yml", id="a directory above"),
        pytest.param("./d/", "d/r.yml", id="a directory with a slash"),
        pytest.param("./d/r.yml", "d/r.yml", id="the file"),
        pytest.param(".", "d/r.yml", id="the working directory"),
        pytest.param("../", "d/r.yml", id="a directory above the working directory"),
    ],
)
def test_a_mount_is_found_by_what_it_shows(project: Path, source: str, file: str) -> None:
    write(project, {"compose.yaml": f"services:\n  a:\n    image: x\n    volumes: ['{source}:/m']\n", file: RULES})
    (service,) = linked().all(nodes.Service)
    assert list(containers.Shown([service]).services(file)) == [service]


def test_thousands_of_names_that_nobody_has_are_looked_up(project: Path) -> None:
    services = "".join(
        f"  s{i}:\n    image: redis\n    environment: {{{', '.join(f'U{k}: http://x{i}-{k}/' for k in range(4))}}}\n"
        for i in range(1000)
    )
    write(project, {"compose.yaml": f"services:\n{services}"})
    links = linked().all(nodes.Link)
    assert len(links) == 4000
    assert all(link.resolution.answer.no for link in links)


def test_thousands_of_tags_are_looked_up(project: Path) -> None:
    services = "".join(
        f"  s{i}:\n    image: app\n    ports: !override ['{i + 1}:80']\n    environment: !reset []\n"
        for i in range(1500)
    )
    write(project, {"compose.yaml": f"services:\n{services}"})
    assert len(linked().all(nodes.Port)) == 1500


def test_services_in_one_network_namespace_are_found_once(project: Path) -> None:
    services = "".join(f"  s{i}:\n    image: app\n    network_mode: service:s0\n" for i in range(1, 5))
    write(project, {"compose.yaml": f"services:\n  s0: {{image: app}}\n  other: {{image: app}}\n{services}"})
    services_ = linked().all(nodes.Service)
    groups = namespaces(services_[0].stack)
    found = {service.name: groups[id(service)] for service in services_}
    assert [service.name for service in found["s0"]] == ["s0", "s1", "s2", "s3", "s4"]
    assert all(found[f"s{i}"] is found["s0"] for i in range(5))
    assert [service.name for service in found["other"]] == ["other"]


def test_hints_for_thousands_of_unknown_names_come_to_an_end(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "_COMPARISONS", 2000)
    services = "".join(f"  service-{i}: {{image: app}}\n" for i in range(20))
    targets = "".join(f"          - servce-{i}:80\n" for i in range(100))
    mount = (
        "  prometheus:\n    image: prom/prometheus:v2.50.0\n    volumes: ['./p.yml:/etc/prometheus/prometheus.yml']\n"
    )
    config = f"scrape_configs:\n  - job_name: a\n    static_configs:\n      - targets:\n{targets}"
    write(project, {"compose.yaml": f"services:\n{mount}{services}", "p.yml": config})
    calls = counted(monkeypatch, alike, "get_close_matches")
    findings = [item for item in engine.check(engine.Options([Path()])).findings if item.code == "REF001"]
    assert len(findings) == 100
    assert 0 < sum(len(args[1]) for args in calls) <= 2000
    assert "did you mean" in str(findings[0].help)


def test_scripts_are_read_only_where_there_is_something_to_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counted(monkeypatch, Tree, "scripts")
    write(project, {"rules.yml": RULES, "up.sh": "docker compose up\n"})
    linked()
    assert calls == []
    write(project, {"compose.yaml": "services: {a: {image: x}}\n"})
    linked()
    assert calls != []


def test_runs_of_one_base_file_are_cut_and_said_to_be(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    over = {f"o{i}.yml": f"services: {{a: {{environment: [A={i}]}}}}\n" for i in range(130)}
    runs = "".join(f"docker compose -f compose.yaml -f o{i}.yml up\n" for i in range(130))
    write(project, {"compose.yaml": "services: {a: {image: x}}\n", "up.sh": runs} | over)
    stacks = linked().stacks
    assert len(stacks) == 101, "a hundred runs, and the default"
    assert all(service.amended.unknown for stack in stacks for service in stack.services.values()), (
        "others may be added"
    )
    assert main(["stacks"]) == 0
    assert "up.sh:100; 30 more runs of compose.yaml are not looked at, only 100 are" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("bound", "value", "runs"),
    [
        pytest.param("_MAX_COMMANDS", 5, ["a.yml", "b.yml", "c.yml", "d.yml"], id="commands"),
        pytest.param("_MAX_TEXT", 100, ["a.yml", "b.yml"], id="characters"),
    ],
)
def test_scripts_beyond_a_bound_are_not_read(
    project: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int, runs: list[str]
) -> None:
    files = [f"{name}.yml" for name in "abcdef"]
    write(project, dict.fromkeys(files, "services: {a: {image: x}}\n"))
    write(project, {"s/1.sh": "docker compose -f ../a.yml up\ndocker compose -f ../b.yml up\ndocker compose ps\n"})
    write(project, {"s/2.sh": "".join(f"docker compose -f ../{file} up\n" for file in files[2:])})
    monkeypatch.setattr(invocations, bound, value)
    tree = engine.load(engine.Options([Path()])).discovery.tree
    assert sorted({file for run in invocations.invocations(tree) for file in run.files}) == runs
