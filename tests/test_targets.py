"""Relabelling of written targets, as Prometheus' `relabel.Process` and `PopulateLabels` do it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from obslint import engine, graph
from obslint.graph import nodes
from obslint.graph.targets import Target, targets


def followed(directory: Path, job: str) -> list[Target]:
    text = "scrape_configs:\n  - job_name: node\n" + textwrap.indent(textwrap.dedent(job), "    ")
    path = directory / "prometheus.yml"
    path.write_text(text, encoding="utf-8")
    loaded = engine.load(engine.Options([path]))
    linked = graph.build((item.facts for item in loaded.recognised), loaded.discovery.tree)
    (server,) = linked.all(nodes.Prometheus)
    return targets(server)


def one(directory: Path, steps: str, labels: str = "{}") -> dict[str, str] | None:
    """The labels of the target `web-1:9100`; None where it is dropped, or where a step cannot be followed."""
    found = followed(
        directory,
        f"static_configs: [{{targets: ['web-1:9100'], labels: {labels}}}]\nrelabel_configs: [{steps}]\n",
    )
    return dict(found[0].labels) if found else None


PLAIN = {"instance": "web-1:9100", "job": "node"}


@pytest.mark.parametrize(
    ("steps", "labels", "expected"),
    [
        pytest.param("", "{}", PLAIN, id="without steps instance is the address"),
        pytest.param("", "{instance: a, job: b, x: ''}", {"instance": "a", "job": "b"}, id="labels of the group win"),
        pytest.param("{target_label: a, replacement: b}", "{}", PLAIN | {"a": "b"}, id="a constant"),
        pytest.param(
            "{source_labels: [__address__], regex: '(.*):(?P<port>.*)', target_label: a, replacement: '$1-${2}$$'}",
            "{}",
            PLAIN | {"a": "web-1-9100$"},
            id="groups and a dollar sign",
        ),
        pytest.param("{target_label: a, replacement: $1x}", "{}", None, id="a name that is no group may be a variable"),
        pytest.param(
            "{source_labels: [a, b], separator: '/', target_label: c}",
            "{a: x, b: y}",
            PLAIN | {"a": "x", "b": "y", "c": "x/y"},
            id="a separator",
        ),
        pytest.param(
            "{source_labels: [a], regex: x, target_label: a, replacement: ''}", "{a: x}", PLAIN, id="an empty value"
        ),
        pytest.param(
            "{source_labels: [__address__], regex: web, target_label: a, replacement: b}",
            "{}",
            PLAIN,
            id="a regex matches the whole value or nothing",
        ),
        pytest.param(
            "{source_labels: [a], target_label: a, action: UpperCase}", "{a: x}", PLAIN | {"a": "X"}, id="upper"
        ),
        pytest.param(
            "{source_labels: [a], target_label: a, action: lowercase}", "{a: X}", PLAIN | {"a": "x"}, id="lower"
        ),
        pytest.param("{source_labels: [__address__], regex: web-1.*, action: drop}", "{}", None, id="dropped"),
        pytest.param("{source_labels: [__address__], regex: web-1.*, action: keep}", "{}", PLAIN, id="kept"),
        pytest.param("{source_labels: [a], target_label: job, action: keepequal}", "{a: x}", None, id="not equal"),
        pytest.param(
            "{source_labels: [a], target_label: job, action: dropequal}", "{a: x}", PLAIN | {"a": "x"}, id="unequal"
        ),
        pytest.param(
            "{regex: a.*, action: labeldrop}", "{ab: x, b: y}", PLAIN | {"b": "y"}, id="labels that are dropped"
        ),
        pytest.param(
            "{regex: '__.*|b', action: labelkeep}",
            "{a: x, b: y}",
            {"instance": "web-1:9100", "b": "y"},
            id="labels that are kept",
        ),
        pytest.param("{source_labels: [a], target_label: b, action: hashmod, modulus: 2}", "{}", None, id="a hash"),
        pytest.param("{regex: __meta_(.*), action: labelmap}", "{}", None, id="a map"),
        pytest.param("{source_labels: [__meta_x], target_label: a}", "{}", None, id="what discovery finds"),
        pytest.param("{source_labels: [a], regex: '(', target_label: b}", "{}", None, id="a regex that is none"),
    ],
)
def test_relabelling(steps: str, labels: str, expected: dict[str, str] | None, tmp_path: Path) -> None:
    assert one(tmp_path, steps, labels) == expected


def test_where_a_target_is_asked(tmp_path: Path) -> None:
    (target,) = followed(
        tmp_path,
        """
        scheme: https
        params: {module: [a, b], x: [y]}
        static_configs: [{targets: ['web-1'], labels: {__metrics_path__: /m}}]
        relabel_configs:
          - {source_labels: [__address__], target_label: __param_module}
          - {target_label: __address__, replacement: prober:9115}
        """,
    )
    assert target.asked == ("https", "prober:9115", "/m", (("module", ("web-1", "b")), ("x", ("y",))))
    assert target.moved
    assert target.instance == "prober:9115"


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(
            "static_configs: [{targets: [a], labels: {x: ab}}]\nrelabel_configs:\n"
            + "  - {source_labels: [x, x, x], separator: '', target_label: x}\n" * 500,
            id="a value that grows with each step",
        ),
        pytest.param(
            f"static_configs: [{{targets: [{', '.join(f'h{i}:1' for i in range(3000))}]}}]\nrelabel_configs:\n"
            + "  - {source_labels: [__address__], regex: '(.*)(.*)(.*)x', target_label: x}\n" * 3000,
            id="many targets times many steps",
        ),
    ],
)
def test_effort_is_limited(job: str, tmp_path: Path) -> None:
    assert followed(tmp_path, job) == []
