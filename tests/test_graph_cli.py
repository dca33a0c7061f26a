"""`obslint graph` and `obslint stacks`: their formats, selections, errors, and what they never print."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import support
from obslint import discover, engine, resources
from obslint.graph import build, draw
from obslint.graph.picture import Line, Picture, Point, StackPicture
from obslint.report import graph as report

FIXTURES = Path(__file__).parents[1] / "fixtures"
COMPOSE = """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml:ro', 'data:/prometheus']
    ports: ['127.0.0.1:9090:9090']
    depends_on: [api]
  api:
    image: ghcr.io/acme/api:1.4.2
    networks: [default, back]
  db:
    image: postgres:17.5
    networks: [back]
    profiles: [full, tools]
volumes: {data: {}}
networks: {back: {}}
"""
PROMETHEUS = """\
scrape_configs:
  - job_name: api
    static_configs: [{targets: ['api:8000']}]
  - job_name: database
    static_configs: [{targets: ['db:9187']}]
  - job_name: far
    static_configs: [{targets: ['node.example.com:9100', '[2001:db8::1]:9100']}]
"""
OTHER = "services: {web: {image: 'nginx:1.29'}}\n"
HOSTILE = 'a"b\'c]]d}}e-->f;g%h|i<script>j\nk\x1b[31ml\u202em\\n\x7f"]\nclick n0 "javascript:x"'


class Shell(support.Shell):
    """With what `graph` prints as JSON."""

    def json(self, *words: str) -> Any:
        assert self("graph", "--format", "json", *words) == 0
        return json.loads(self.out)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack with a link of each verdict, and one that has nothing to do with it."""
    root = tmp_path / "shop"
    root.mkdir()
    (root / ".git").mkdir()
    write(root, {"compose.yaml": COMPOSE, "prometheus.yml": PROMETHEUS, "web/compose.yaml": OTHER})
    monkeypatch.chdir(root)
    return root


def schema() -> Any:
    return json.loads(resources.path("schemas", "graph.json").read_text(encoding="utf-8"))


def edges(document: Any) -> set[tuple[str, str, str, str]]:
    labels = {node["id"]: node["label"] for node in document["nodes"]}
    return {(labels[e["source"]], e["kind"], labels[e["target"]], e["verdict"]) for e in document["edges"]}


def test_json_is_what_the_schema_says_and_has_every_link(stack: Path, shell: Shell) -> None:
    document = shell.json()
    jsonschema.Draft202012Validator(schema()).validate(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate({**document, "more": 1})
    ids = [node["id"] for node in document["nodes"]]
    assert len(ids) == len(set(ids))
    assert {end for edge in document["edges"] for end in (edge["source"], edge["target"])} <= set(ids)
    assert {node["stack"] for node in document["nodes"]} <= {entry["name"] for entry in document["stacks"]}
    assert edges(document) >= {
        ("prometheus", "joins", "shop_default", "yes"),
        ("db", "joins", "shop_back", "yes"),
        ("prometheus", "mounts", "prometheus.yml", "yes"),
        ("prometheus", "mounts", "shop_data", "yes"),
        ("prometheus", "publishes", "127.0.0.1:9090 -> 9090/tcp", "yes"),
        ("prometheus", "depends-on", "api", "yes"),
        ("prometheus", "loads", "prometheus.yml", "yes"),
        ("prometheus", "runs", "api", "yes"),
        ("api", "scrapes", "api", "yes"),
        ("database", "scrapes", "db", "no"),
        ("far", "scrapes", "node.example.com:9100", "unknown"),
        ("far", "scrapes", "[2001:db8::1]:9100", "unknown"),
    }
    (scrape,) = [edge for edge in document["edges"] if edge["verdict"] == "no"]
    assert scrape["place"] == {"path": "prometheus.yml", "line": 5, "column": 34}
    assert scrape["why"] == ["`prometheus` is on `default`", "`db` is on `back`"]
    attributes = {node["id"]: node["attributes"] for node in document["nodes"]}
    assert attributes["service:compose.yaml:db"]["profiles"] == "full, tools"
    assert attributes["service:compose.yaml:prometheus"]["component"] == "prometheus"
    assert attributes["file:compose.yaml:prometheus.yml"]["kind"] == "prometheus"


@pytest.mark.parametrize(
    "name", sorted(path.parent.name + "/" + path.name for path in FIXTURES.glob("*/*") if path.is_dir())
)
def test_whole_stacks_are_drawn(name: str, shell: Shell) -> None:
    document = shell.json(str(FIXTURES / name))
    jsonschema.Draft202012Validator(schema()).validate(document)
    ids = {node["id"] for node in document["nodes"]}
    assert len(ids) == len(document["nodes"]) > 50
    assert {end for edge in document["edges"] for end in (edge["source"], edge["target"])} <= ids


def test_text_names_what_does_not_hold_with_the_reason(stack: Path, shell: Shell) -> None:
    assert shell("graph") == 0
    assert "compose.yaml (Compose looks for these names)\n" in shell.out
    assert "  api (prom" not in shell.out
    assert "  prometheus (prom/prometheus:v3.5.0)\n" in shell.out
    assert "    scrapes  db [no]: `prometheus` is on `default`; `db` is on `back`\n" in shell.out
    assert "    scrapes  api\n" in shell.out


def test_of_two_links_between_the_same_the_one_that_fails_is_drawn(stack: Path, shell: Shell) -> None:
    text = COMPOSE.replace("networks: [default, back]", "networks: {default: , back: {aliases: [web]}}")
    for targets in ("'api:8000', 'web:8000'", "'web:8000', 'api:8000'"):
        write(stack, {"compose.yaml": text, "prometheus.yml": PROMETHEUS.replace("'api:8000'", targets)})
        assert ("api", "scrapes", "api", "no") in edges(shell.json())


def test_same_files_run_in_two_ways_are_two_stacks(stack: Path, shell: Shell) -> None:
    write(stack, {"up.sh": "docker compose --project-directory web -f compose.yaml up\n"})
    document = shell.json()
    names = [entry["name"] for entry in document["stacks"] if entry["files"] == ["compose.yaml"]]
    assert names == ["compose.yaml", "compose.yaml (project directory web)"]
    assert shell.json("--stack", "compose.yaml")["stacks"] == [
        entry for entry in document["stacks"] if entry["name"] in names
    ]
    networks = {
        (node["stack"], node["label"])
        for node in document["nodes"]
        if node["kind"] == "network" and node["stack"] in names
    }
    assert networks == {
        ("compose.yaml", "shop_back"),
        ("compose.yaml", "shop_default"),
        ("compose.yaml (project directory web)", "web_back"),
        ("compose.yaml (project directory web)", "web_default"),
    }


def test_documents_of_one_file_that_stand_alone_are_told_apart(stack: Path, shell: Shell) -> None:
    collector = "service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}\n"
    collector += "receivers: {otlp: {protocols: {grpc: {}}}}\nexporters: {debug: {}}\n"
    write(stack, {"x/y/z/otel.yml": f"{collector}---\n{collector}"})
    names = [entry["name"] for entry in shell.json()["stacks"]]
    assert names[-2:] == ["x/y/z/otel.yml", "x/y/z/otel.yml (2)"]


def test_groups_of_one_name_are_told_apart(stack: Path, shell: Shell) -> None:
    write(stack, {"a/ops/compose.yaml": OTHER, "b/ops/compose.yaml": OTHER})
    assert [entry["group"] for entry in shell.json()["stacks"]] == ["ops", "ops (2)", "shop", "web"]
    assert shell("stacks") == 0
    assert "ops\n  a/ops/compose.yaml  Compose looks for these names\n\nops (2)\n  b/ops/compose.yaml" in shell.out


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        (["--stack", "web/compose.yaml"], {"web", "web_default"}),
        (["--stack", "web"], {"web", "web_default"}),
        (["--stack", "web", "--focus", "web", "--depth", "0"], {"web"}),
        (["--focus", "database"], {"prometheus", "database", "db"}),
        (["--focus", "job:compose.yaml:database"], {"prometheus", "database", "db"}),
        (["--focus", "database", "--depth", "0"], {"database"}),
        (["--focus", "web", "--depth", "1000000000000"], {"web", "web_default"}),
    ],
    ids=[
        "a stack by its file",
        "a stack by its project",
        "a node of a stack",
        "what lies around a label",
        "what lies around an id",
        "no edge away",
        "all that hangs together",
    ],
)
def test_a_part_of_the_graph(stack: Path, shell: Shell, words: list[str], labels: set[str]) -> None:
    document = shell.json(*words)
    assert {node["label"] for node in document["nodes"]} == labels
    ids = {node["id"] for node in document["nodes"]}
    assert {end for edge in document["edges"] for end in (edge["source"], edge["target"])} <= ids
    assert {node["stack"] for node in document["nodes"]} == {entry["name"] for entry in document["stacks"]}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["graph", "--stack", "nowhere"], "no stack, compose file, project or group is called `nowhere`"),
        (["graph", "--stack", ""], "no stack, compose file, project or group is called ``"),
        (["graph", "--focus", "nothing"], "no node of the graph is called `nothing`"),
        (["graph", "--focus", ""], "no node of the graph is called ``"),
        (["graph", "--stack", "web", "--focus", "prometheus"], "no node of the graph is called `prometheus`"),
        (["graph", "--stack", "nowhere", "--focus", "web"], "is called `nowhere`"),
        (["graph", "--depth", "-1"], "--depth"),
        (["graph", "--format", "svg"], "svg"),
        (["graph", "missing"], "missing"),
        (["stacks", "missing"], "missing"),
        (["graph", "--config", "missing.yaml"], "missing.yaml"),
        (["stacks", "--config", "missing.yaml"], "missing.yaml"),
    ],
)
def test_errors_are_2_and_say_what_is_wrong(stack: Path, shell: Shell, words: list[str], message: str) -> None:
    assert shell(*words) == 2
    assert message in shell.err
    assert shell.out == ""


def test_a_stack_without_services_is_no_error(stack: Path, shell: Shell) -> None:
    write(stack, {"none/compose.yaml": "name: none\nservices: {}\nnetworks: {a: }\n"})
    assert shell("graph", "--stack", "none") == 0
    assert shell.out == "none/compose.yaml (Compose looks for these names)\n"


def test_every_unknown_link_is_explained(stack: Path, shell: Shell) -> None:
    assert shell("graph", "--explain-unknown") == 0
    assert shell.out == (
        "prometheus.yml:7:34: far scrapes node.example.com:9100: "
        "`node.example.com` is resolved outside the compose file\n"
        "prometheus.yml:7:60: far scrapes [2001:db8::1]:9100: `2001:db8::1` is resolved outside the compose file\n"
    )
    assert shell("graph", "--explain-unknown", "--stack", "web") == 0
    assert shell.out == "nothing stayed unknown\n"


def test_stacks_lists_groups_with_evidence_and_reasons(stack: Path, shell: Shell) -> None:
    write(
        stack,
        {"compose.tools.yaml": OTHER, "x/y/z/loki.yml": "schema_config: {configs: [{schema: v13}]}\ncommon: {}\n"},
    )
    assert shell("stacks") == 0
    assert shell.out == (
        "shop\n"
        "  compose.tools.yaml  nothing shows how it is run, supposed\n"
        "  compose.yaml  Compose looks for these names\n"
        "    with the others: both run in the same directory\n\n"
        "web\n"
        "  web/compose.yaml  Compose looks for these names\n\n"
        "x/y/z\n"
        "  x/y/z/loki.yml  no service loads it\n"
    )


def test_obslint_yaml_says_what_belongs_together(stack: Path, shell: Shell) -> None:
    write(stack, {"obslint.yaml": "stacks: {all: [compose.yaml]}\n"})
    assert shell("stacks") == 0
    assert "    with the others: obslint.yaml counts both to `all`\n" in shell.out
    assert {entry["group"] for entry in shell.json()["stacks"]} == {"shop"}


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["graph"], "no stack\n"),
        (["graph", "--format", "dot"], "digraph obslint {\n  rankdir=LR;\n}\n"),
        (["graph", "--format", "mermaid"], "flowchart LR\n"),
        (["graph", "--explain-unknown"], "nothing stayed unknown\n"),
        (["stacks"], "no stack\n"),
    ],
)
def test_an_empty_directory_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell, words: list[str], out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert shell(*words) == 0
    assert shell.out == out
    assert shell.json() == {"version": 1, "stacks": [], "nodes": [], "edges": []}


DOT_STRING = r'"(?:[^"\\\n]|\\["\\])*"'
DOT_LINE = re.compile(
    rf"digraph obslint \{{|  rankdir=LR;|  subgraph cluster_\d+ \{{ label={DOT_STRING};|  \}}|\}}"
    rf"|    n\d+ \[label={DOT_STRING}, shape=\w+\];"
    rf"|  n\d+ -> n\d+ \[label={DOT_STRING}, style=(?:solid|dotted|dashed, color=red)\];"
)
LABEL = r'\["(?:[\w ./:,-]|#\d+;)+"\]'
MERMAID_LINE = re.compile(
    rf"flowchart LR|  subgraph s\d+{LABEL}|    n\d+{LABEL}|  end"
    r"|  n\d+ (?:-->\|[a-z-]+\||-\. no \.->|-\.->\|[a-z-]+\|) n\d+"
)


def well_formed(text: str, line: re.Pattern[str]) -> None:
    assert text.endswith("\n")
    for written in text[:-1].split("\n"):
        assert line.fullmatch(written), written
    drawn = set(re.findall(r"^    (n\d+)", text, re.MULTILINE))
    assert set(re.findall(r"^  (n\d+) ", text, re.MULTILINE)) <= drawn


def test_drawings_are_well_formed_and_hold_every_node_and_edge(stack: Path, shell: Shell) -> None:
    document = shell.json()
    for name, line in (("dot", DOT_LINE), ("mermaid", MERMAID_LINE)):
        assert shell("graph", "--format", name) == 0
        well_formed(shell.out, line)
        assert len(re.findall(r"^    n\d+", shell.out, re.MULTILINE)) == len(document["nodes"])
        assert len(re.findall(r"^  n\d+ ", shell.out, re.MULTILINE)) == len(document["edges"])
    assert re.search(r"n\d+ -\. no \.-> n\d+", shell.out)


@pytest.mark.parametrize(
    "words", [HOSTILE, "", "end", "\u2028", "\udc80", "`", "##vso[task]", "::error::x", "  ::error::x", "\\"]
)
def test_drawings_are_well_formed_whatever_the_labels(words: str) -> None:
    picture = Picture(
        (StackPicture(words, words, words, (words,), words, True, (words,)),),
        (Point("a", "service", words, words, None, None, (("image", words),)), Point("b", "job", words, words)),
        tuple(Line("scrapes", "a", "b", verdict, (words,)) for verdict in ("yes", "no", "unknown")),
    )
    well_formed(report.dot(picture), DOT_LINE)
    well_formed(report.mermaid(picture), MERMAID_LINE)
    drawn = [report.text(picture), report.unknowns(picture), report.partition(picture.stacks), report.json(picture)]
    for text in (*drawn, report.dot(picture), report.mermaid(picture)):
        assert not re.search(r"##\w*\[|^\s*::", text, re.MULTILINE)
        assert all(part.isprintable() for part in text.split("\n"))
        assert "\x1b" not in text
    assert report.text(picture).count("\n") == 5
    assert report.unknowns(picture).count("\n") == 1
    node = json.loads(report.json(picture))["nodes"][0]
    assert node["label"] == words.replace("\udc80", "\ufffd")


def test_hostile_names_in_files_are_drawn_as_data(stack: Path, shell: Shell) -> None:
    name = json.dumps(HOSTILE)
    write(
        stack, {"web/compose.yaml": f"services: {{{name}: {{image: {name}, networks: [{name}], volumes: [{name}]}}}}\n"}
    )
    jsonschema.Draft202012Validator(schema()).validate(shell.json())
    for format_, line in (("dot", DOT_LINE), ("mermaid", MERMAID_LINE)):
        assert shell("graph", "--format", format_) == 0
        well_formed(shell.out, line)
        assert "script" in shell.out
    for words in (["graph"], ["graph", "--explain-unknown"], ["stacks"]):
        assert shell(*words) == 0
        assert all(part.isprintable() for part in shell.out.split("\n"))


SECRET = "hunter2-horse-staple"
LEAKS = {
    "a password in a URL": {
        "compose.yaml": f"services: {{web: {{image: x, environment: {{A_URL: 'http://me:{SECRET}@api:80/'}}}}}}\n"
    },
    "a database's connection string": {
        "compose.yaml": "services: {web: {image: 'prometheuscommunity/postgres-exporter:v0.17.1', "
        f"environment: {{DATA_SOURCE_NAME: 'postgresql://me:{SECRET}@db.example.com:5432/x'}}}}}}\n"
    },
    "the driver's form of a connection string": {
        "compose.yaml": "services: {web: {image: 'prom/mysqld-exporter:v0.14.0', "
        f"environment: {{DATA_SOURCE_NAME: 'me:{SECRET}@tcp(db.example.com:3306)/'}}}}}}\n"
    },
    "a secret of `.env` in the names of things": {
        ".env": f"API_TOKEN={SECRET}\n",
        "compose.yaml": """
name: p-${API_TOKEN}
services:
  web:
    image: x:${API_TOKEN}
    networks: [a]
    volumes: ['./${API_TOKEN}:/x', 'v:/v']
    environment: {B_URL: 'http://${API_TOKEN}.example.com'}
networks: {a: {name: 'n-${API_TOKEN}', external: true}}
volumes: {v: {name: 'v-${API_TOKEN}'}}
""",
        "web/compose.yaml": """
name: q-${API_TOKEN}
services: {web: {image: x, networks: [a]}}
networks: {a: {name: 'n-${API_TOKEN}', external: true}}
""",
        "web/.env": f"API_TOKEN={SECRET}\n",
    },
    "a webhook": {
        "compose.yaml": "services: {alertmanager: {image: 'prom/alertmanager:v0.28.1', "
        "volumes: ['./alertmanager.yml:/etc/alertmanager/alertmanager.yml']}}\n",
        "alertmanager.yml": "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: "
        f"'https://hooks.slack.com/services/T0/B0/{SECRET}'}}]}}]\n",
    },
    "a query parameter": {
        "compose.yaml": f"services: {{web: {{image: x, environment: {{C_URL: 'https://x.example.com/?token={SECRET}'}}}}}}\n"
    },
}


@pytest.mark.parametrize("files", LEAKS.values(), ids=LEAKS.keys())
def test_secrets_are_never_printed(stack: Path, shell: Shell, files: Mapping[str, str]) -> None:
    write(stack, files)
    document = shell.json()
    ids = [node["id"] for node in document["nodes"]]
    assert len(ids) == len(set(ids))
    assert {end for edge in document["edges"] for end in (edge["source"], edge["target"])} <= set(ids)
    for words in (["--format", "json"], ["--format", "dot"], ["--format", "mermaid"], [], ["--explain-unknown"]):
        assert shell("graph", *words) == 0
        assert shell.out
        assert SECRET not in shell.out
    assert shell("stacks") == 0
    assert SECRET not in shell.out


def outputs(shell: Shell) -> Iterator[str]:
    for words in (
        *(["graph", "--format", name] for name in report.FORMATS),
        ["graph", "--explain-unknown"],
        ["stacks"],
    ):
        assert shell(*words) == 0
        yield shell.out


def test_output_does_not_depend_on_the_order_of_files(
    stack: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "edcba":
        write(stack, {f"{name}/compose.yaml": COMPOSE, f"{name}/prometheus.yml": PROMETHEUS, f"{name}/x.yml": OTHER})
    before = list(outputs(shell))
    assert list(outputs(shell)) == before
    scanned = os.scandir

    class Shuffled:
        def __init__(self, path: Any) -> None:
            with scanned(path) as found:
                self.entries = sorted(found, key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self.entries)

        def __exit__(self, *_: object) -> None:
            pass

        def __iter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self.entries)

    monkeypatch.setattr(os, "scandir", Shuffled)
    assert list(outputs(shell)) == before


def test_picture_does_not_depend_on_the_order_of_facts(stack: Path) -> None:
    loaded = engine.load(engine.Options([Path()]))
    facts = [item.facts for item in loaded.recognised]
    before = draw(build(facts, loaded.discovery.tree))
    assert before.lines
    for seed in range(4):
        random.Random(seed).shuffle(facts)
        assert draw(build(facts, loaded.discovery.tree)) == before


def test_output_does_not_depend_on_the_hash_seed(stack: Path) -> None:
    written = {
        subprocess.run(
            [sys.executable, "-m", "obslint", "graph", "--format", "json"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(written) == 1


def test_many_services_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell) -> None:
    monkeypatch.chdir(tmp_path)
    services = "".join(f"  s{n}:\n    image: nginx:1.29\n    ports: ['{9000 + n}:80']\n" for n in range(300))
    targets = ", ".join(f"'s{n}:80'" for n in range(300))
    head = "services:\n  prometheus: {image: prom/prometheus, volumes: ['./p.yml:/etc/prometheus/prometheus.yml']}\n"
    write(
        tmp_path,
        {
            "compose.yaml": head + services,
            "p.yml": f"scrape_configs: [{{job_name: all, static_configs: [{{targets: [{targets}]}}]}}]\n",
        },
    )
    document = shell.json()
    assert sum(edge["kind"] == "scrapes" and edge["verdict"] == "yes" for edge in document["edges"]) == 300
    for text in outputs(shell):
        assert text


def test_refused_input_is_named(stack: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise discover.InputError("somewhere: cannot be read")

    monkeypatch.setattr(engine, "load", refuse)
    for command in ("graph", "stacks"):
        assert shell(command) == 2
        assert "somewhere: cannot be read" in shell.err
