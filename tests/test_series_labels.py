"""What the graph knows of the labels of series: recorded ones, scraped ones, and when nothing is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from obslint import engine
from obslint.graph import nodes

COMPOSE = """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    command: --config.file=/etc/prometheus/prometheus.yml{flags}
    volumes: ['./prometheus:/etc/prometheus']
"""
PROMETHEUS = """\
rule_files: [rules.yml]
scrape_configs:
  - job_name: node
    static_configs: [{{targets: ['node:9100']}}]{more}
"""
RULES = """\
groups:
  - name: g
    rules:
{rules}
"""


def labels(
    directory: Path,
    expr: str,
    *,
    rules: str = "",
    more: str = "",
    flags: str = "",
    compose: bool = True,
    usual: bool = False,
) -> set[str]:
    """The labels that every series of `expr` surely, or usually, has, as a rule of a small stack."""
    (directory / "prometheus").mkdir()
    if compose:
        (directory / "compose.yml").write_text(COMPOSE.format(flags=flags))
    (directory / "prometheus" / "prometheus.yml").write_text(PROMETHEUS.format(more=more))
    asked = f"      - {{record: asked, expr: '{expr}'}}"
    (directory / "prometheus" / "rules.yml").write_text(RULES.format(rules=f"{rules}\n{asked}" if rules else asked))
    options = engine.Options([directory])
    graph = engine.link(engine.load(options), options)
    expression = next(item for item in graph.all(nodes.Expression) if item.rule and item.rule.name.text == "asked")
    inference = graph.usual_inference(expression) if usual else graph.inference(expression)
    assert inference is not None
    return set(inference.common.sure)


def test_a_scrape_adds_job_and_instance(tmp_path: Path) -> None:
    assert labels(tmp_path, "m") == {"__name__", "job", "instance"}


def test_without_a_server_nothing_is_known(tmp_path: Path) -> None:
    assert labels(tmp_path, "m", compose=False) == {"__name__"}


@pytest.mark.parametrize(
    ("more", "flags"),
    [
        ("\n    honor_labels: true", ""),
        ("\n    metric_relabel_configs: [{action: labeldrop, regex: instance}]", ""),
        ("\n    metric_relabel_configs: [{target_label: instance, replacement: ''}]", ""),
        ("\n    relabel_configs: [{action: labelkeep, regex: x}]", ""),
        ("", " --web.enable-remote-write-receiver"),
    ],
    ids=["honor_labels", "labeldrop", "rewritten", "labelkeep", "pushed"],
)
def test_what_may_take_them_away(more: str, flags: str, tmp_path: Path) -> None:
    assert labels(tmp_path, "m", more=more, flags=flags) == {"__name__"}


def test_target_relabelling_cannot_empty_the_instance(tmp_path: Path) -> None:
    more = "\n    relabel_configs: [{source_labels: [__address__], target_label: instance}]"
    assert labels(tmp_path, "m", more=more) == {"__name__", "job", "instance"}


def test_recorded_series_have_the_labels_of_their_rule(tmp_path: Path) -> None:
    rules = "      - {record: 'a:m:sum', expr: 'sum by (job, x) (m)', labels: {team: ops}}"
    assert labels(tmp_path, "a:m:sum", rules=rules) == {"__name__", "job", "team"}


def test_recordings_of_recordings(tmp_path: Path) -> None:
    rules = (
        "      - {record: 'a:b', expr: 'sum by (job) (m)'}\n"
        "      - {record: 'a:c', expr: 'max(a:b) without (job)', labels: {x: y}}"
    )
    assert labels(tmp_path, "a:c", rules=rules) == {"__name__", "x"}


def test_two_rules_of_one_name_share_what_both_have(tmp_path: Path) -> None:
    rules = (
        "      - {record: 'a:b', expr: 'sum by (job) (m)', labels: {k: '1', only: here}}\n"
        "      - {record: 'a:b', expr: 'sum by (job) (n)', labels: {k: '2'}}"
    )
    assert labels(tmp_path, "a:b", rules=rules) == {"__name__", "job", "k"}


def test_a_name_without_a_colon_may_be_scraped_too(tmp_path: Path) -> None:
    rules = "      - {record: m, expr: sum(n), labels: {k: '1'}}"
    assert labels(tmp_path, "m", rules=rules) == {"__name__"}


def test_rules_in_a_circle_are_not_followed(tmp_path: Path) -> None:
    rules = "      - {record: 'a:b', expr: 'a:c'}\n      - {record: 'a:c', expr: 'a:b'}"
    assert labels(tmp_path, "a:b", rules=rules) == {"__name__"}


def test_a_long_chain_of_rules_ends(tmp_path: Path) -> None:
    rules = "\n".join(f"      - {{record: 'a:r{n}', expr: 'a:r{n + 1}'}}" for n in range(3000))
    assert labels(tmp_path, "a:r0", rules=rules) == {"__name__"}


def test_of_a_name_that_very_many_rules_record_nothing_is_known(tmp_path: Path) -> None:
    rules = "\n".join("      - {record: 'a:b', expr: 'sum by (job) (m)', labels: {k: v}}" for _ in range(50))
    assert labels(tmp_path, "a:b", rules=rules) == {"__name__"}


def test_what_is_usual_without_a_server(tmp_path: Path) -> None:
    rules = "      - {record: 'a:b', expr: 'sum by (zone) (m)', labels: {k: v}}"
    expr = "a:b and on () sum without (job) (m) and on () b:unknown"
    assert labels(tmp_path, expr, rules=rules, compose=False, usual=True) == {"__name__", "k", "zone"}


def test_what_is_usual_of_scraped_series(tmp_path: Path) -> None:
    assert labels(tmp_path, "rate(m[5m])", compose=False, usual=True) == {"job", "instance"}


def test_what_is_usual_yields_to_what_is_known(tmp_path: Path) -> None:
    more = "\n    metric_relabel_configs: [{action: labeldrop, regex: instance}]"
    assert labels(tmp_path, "m", more=more, usual=True) == {"__name__"}
