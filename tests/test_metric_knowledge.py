"""What is known of metrics: the data are sound and fresh, and what is asked of them is answered with care."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import GenericAlias
from typing import Any, get_args, get_origin, get_type_hints

import pydantic
import pytest
import yaml

from obslint import knowledge
from obslint.knowledge import components, metric_facts, metrics
from obslint.lang import grafana_variables, promql
from obslint.lang.tokens import check_regex

DATA = Path(metrics.__file__).parent
TOOL = Path(__file__).parents[1] / "tools" / "make_metrics.py"
# Reference material that is not part of the project; a checkout without it skips what compares with it.
REFERENCE = Path(os.environ.get("OBSLINT_REFERENCE", Path(__file__).parents[2] / "shared"))


def test_families_can_be_bisected() -> None:
    text = (DATA / "metric_families.tsv").read_text(encoding="utf-8")
    lines = text.split("\n")[1:-1]
    assert lines == sorted(lines)
    assert len({tuple(line.split("\t")[:2]) for line in lines}) == len(lines)


def test_every_family_is_whole() -> None:
    known = set(metrics._sources()[0])
    count = 0
    for metric in metrics.every():
        count += 1
        assert metric.component in known
        assert metric.type or not metric.guessed
        assert metric.via in {"harvest", "fixture", "docs", "static", "manual", ""}
        assert "" not in metric.labels
        assert metric in metrics.families(metric.name)
    assert count > 15_000


def test_sources_name_known_components() -> None:
    sources, same = metrics._sources()
    for source in sources.values():
        assert source.coverage in get_args(metrics.Coverage)
        assert set(source.includes) <= set(sources)
    assert set(same.values()) <= set(sources)
    assert set(same) <= set(components())
    # what the catalogue of images has as an exporter, this one has too, or leaves open
    assert "node_exporter" in sources


@pytest.mark.skipif(not (REFERENCE / "catalogue").is_dir(), reason="the catalogue of metrics is not here")
def test_the_files_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, str(TOOL), str(REFERENCE / "catalogue"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_nothing_is_read_before_it_is_asked_for() -> None:
    code = (
        "import obslint.knowledge.metrics as m; print(m._lines.cache_info().currsize, m._sources.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0"]


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ("up", "gauge"),
        ("ALERTS", "gauge"),
        ("ALERTS_FOR_STATE", "gauge"),
        ("scrape_duration_seconds", "gauge"),
        ("node_cpu_seconds_total", "counter"),
        ("nginx_connections_accepted", "counter"),  # as exposed: no `_total`
        ("node_filesystem_avail_bytes", "gauge"),
        ("process_start_time_seconds", "gauge"),
        ("go_gc_duration_seconds", "summary"),
        ("go_gc_duration_seconds_count", "counter"),
        ("prometheus_http_request_duration_seconds", "histogram"),
        ("prometheus_http_request_duration_seconds_bucket", "counter"),
        ("prometheus_http_request_duration_seconds_sum", "counter"),
        ("elasticsearch_jvm_memory_max_bytes", None),  # inferred from its name alone
        ("no_such_metric", None),
        ("go_gc_duration_seconds_bucket", None),  # a summary has none
        ("", None),
        ("_bucket", None),
        ("x\ty", None),
    ],
)
def test_what_a_series_is(series: str, expected: str | None) -> None:
    assert metrics.series_type(series) == expected


def test_components_that_disagree_say_nothing_unless_one_is_meant() -> None:
    assert metrics.series_type("http_request_size_bytes") is None
    assert metrics.series_type("http_request_size_bytes", ["thanos"]) == "histogram"
    assert metrics.series_type("http_request_size_bytes", ["prometheus_fastapi_instrumentator"]) == "summary"
    assert metrics.series_type("http_request_size_bytes_count") == "counter"  # of either
    assert metrics.series_type("go_goroutines", ["node_exporter"]) == "gauge"  # through what it includes
    assert metrics.series_type("go_goroutines", ["synthetic"]) is None


def test_families_of_a_derived_series() -> None:
    (family,) = metrics.families("prometheus_http_request_duration_seconds_bucket")
    assert (family.name, family.component, family.type) == (
        "prometheus_http_request_duration_seconds",
        "prometheus",
        "histogram",
    )
    assert {"handler"} <= family.labels
    assert metrics.families("node_cpu_seconds_total_count") == ()


@pytest.mark.parametrize(
    ("component", "series", "version", "expected"),
    [
        ("node_exporter", "node_cpu_seconds_total", None, True),
        ("node_exporter", "go_goroutines", None, True),
        ("node_exporter", "up", None, True),
        ("node_exporter", "ALERTS", None, False),
        ("node_exporter", "redis_up", None, False),
        ("node_exporter", "node_invented_metric", None, False),
        ("node_exporter", "go_invented", None, None),  # the client library's names vary
        ("node_exporter", "node_vmstat_whatever", None, None),  # from a kernel file
        ("node_exporter", "node_cpu", None, True),
        ("node_exporter", "node_cpu", (1, 3, 0), False),
        ("node_exporter", "node_cpu", (0, 15, 2), True),
        ("node_exporter", "node_cpu", (0,), None),
        ("airflow", "anything", None, None),  # not enumerated
        ("python_prometheus_client", "my_app_total", None, None),  # a library
        ("no_such_component", "anything", None, None),
        ("prometheus", "prometheus_tsdb_wal_size_bytes", None, False),
        ("vmselect", "vm_cache_entries", None, True),
    ],
)
def test_who_exposes_what(component: str, series: str, version: tuple[int, ...] | None, expected: bool | None) -> None:
    assert metrics.exposes(component, series, version) is expected


def test_renames() -> None:
    found = metrics.rename("node_cpu")
    assert found is not None
    assert (found.component, found.new, found.since, found.verified) == (
        "node_exporter",
        "node_cpu_seconds_total",
        "0.16.0",
        True,
    )
    assert metrics.rename("node_cpu_seconds_total") is None
    assert metrics.rename("_bucket") is None


def strict_model(made: Any) -> type[pydantic.BaseModel]:
    """A pydantic model with the fields of a dataclass, that refuses unknown keys and coerced values."""
    hints = get_type_hints(made)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(made):
        hint = hints[field.name]
        if get_origin(hint) is tuple:
            hint = GenericAlias(list, (get_args(hint)[0],))
        fields[field.name] = (hint, ... if field.default is dataclasses.MISSING else field.default)
    config = pydantic.ConfigDict(strict=True, extra="forbid", str_min_length=1)
    return pydantic.create_model(made.__name__, __config__=config, **fields)


def test_facts_are_well_formed() -> None:
    data = yaml.load((DATA / "metric_facts.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert set(data) == set(metric_facts.SECTIONS)
    for section, made in metric_facts.SECTIONS.items():
        model = strict_model(made)
        names: list[str] = []
        for item in data[section]:
            model.model_validate(item)
            names.extend(item.get("names", ()))
        assert len(set(names)) == len(names), f"{section} names a metric twice"
    for item in data["unlimited"]:
        assert ("value" in item) != item.get("absent", False)


def test_facts_speak_of_metrics_that_exist() -> None:
    data = yaml.load((DATA / "metric_facts.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    known = {metric.name for metric in metrics.every()}
    strange = {name for section in data.values() for item in section for name in item.get("names", ())} - known
    assert not strange
    for section in ("service_up", "opened_by"):
        for item in data[section]:
            assert item["component"] in components() or item["component"] in metrics._sources()[0]
            for name in item.get("names", ()):
                assert metrics.exposes(item["component"], name)


def test_patterns_mean_the_same_to_re2() -> None:
    for group in metric_facts._groups("counting"):
        assert isinstance(group, metric_facts.Counting)
        for pattern in group.patterns:
            check_regex(pattern)


def test_facts_agree_with_the_families() -> None:
    data = yaml.load((DATA / "metric_facts.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    gauges = [
        name
        for section in ("unlimited", "values", "info", "service_up", "filesystem", "levels")
        for item in data[section]
        for name in item["names"]
    ]
    assert not [name for name in gauges if metrics.series_type(name) == "counter"]
    for section, key in (("partitioned", "by"), ("filesystem", "labels")):
        for item in data[section]:
            for name in item["names"]:
                labels = {label for metric in metrics.families(name) for label in metric.labels}
                assert not labels or set(item[key]) <= labels, name


def test_what_values_mean() -> None:
    limit = metric_facts.unlimited("redis_memory_max_bytes")
    assert limit is not None
    assert (limit.value, limit.absent, limit.default) == (0, False, True)
    quota = metric_facts.unlimited("container_spec_cpu_quota")
    assert quota is not None
    assert (quota.value, quota.absent) == (None, True)
    assert metric_facts.unlimited("redis_memory_used_bytes") is None
    assert metric_facts.values("up") == (0, 1)
    assert metric_facts.values("node_uname_info") == (1,)
    assert metric_facts.values("node_load1") is None
    assert metric_facts.is_info("kube_pod_labels")
    assert metric_facts.is_info("my_build_info")
    assert not metric_facts.is_info("mysql_global_variables_sync_master_info")
    assert metric_facts.partitioned_by("pg_stat_activity_count") == ("datname", "state")
    assert metric_facts.partitioned_by("up") == ()
    assert metric_facts.service_up("redis_exporter") == ("redis_up",)
    assert metric_facts.service_up("node_exporter") == ()
    filesystem = metric_facts.filesystem("node_filesystem_avail_bytes")
    assert filesystem is not None
    assert filesystem.labels == ("fstype", "mountpoint")
    assert metric_facts.is_level("up")
    assert metric_facts.is_level("node_load1")
    assert not metric_facts.is_level("node_cpu_seconds_total")
    assert metric_facts.may_count("kafka_consumergroup_current_offset")
    assert metric_facts.may_count("node_systemd_socket_refused_connections_total")
    assert not metric_facts.may_count("process_start_time_seconds")
    assert not metric_facts.may_count("pg_stat_activity_count")
    opening = metric_facts.opened_by("node_exporter")
    assert opening is not None
    assert opening.flags == ("collector.textfile.directory",)
    assert metric_facts.opened_by("prometheus") is None


def test_versions_reach() -> None:
    assert knowledge.reaches((2, 3), "2.3") is True
    assert knowledge.reaches((2,), "2.3") is None
    assert knowledge.reaches(None, "2.3") is None


MIXINS = REFERENCE / "corpus" / "monitoring-mixins+website" / "assets"
MISUSED = {
    "blocks_meta_synced": "a gauge of Thanos' block fetcher; the dashboard takes its rate",
    "kube_pod_container_status_last_terminated_reason": "0 or 1; Loki's dashboard wants `changes`",
    "pg_stat_activity_max_tx_duration": "seconds of the longest transaction; the alert takes its rate",
    "workqueue_depth": "a level; the dashboard takes the rate of it beside that of `workqueue_adds_total`",
}
"""Gauges on which the mixins use functions for counters, each looked up by hand."""


def expressions(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*")):
        if path.suffix not in (".yaml", ".json"):
            continue
        text = path.read_text(encoding="utf-8")
        todo = [json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)]
        while todo:
            value = todo.pop()
            if isinstance(value, dict):
                todo.extend(value.values())
                if isinstance(value.get("expr"), str):
                    yield value["expr"]
            elif isinstance(value, list):
                todo.extend(value)


@pytest.mark.skipif(not MIXINS.is_dir(), reason="the mixins are not here")
def test_types_agree_with_how_well_kept_mixins_use_metrics() -> None:
    counted: dict[str, str | None] = {}
    levelled: set[str] = set()
    for text in expressions(MIXINS):
        try:
            tree = promql.parse(grafana_variables.substitute(text).text)
        except (promql.SyntaxProblem, promql.Unsupported):
            continue
        for call in promql.walk(tree):
            if not isinstance(call, promql.Call) or not call.args:
                continue
            ranged = call.args[0]
            name = ranged.selector.metric_name if isinstance(ranged, promql.MatrixSelector) else None
            if name is not None and call.function in ("rate", "irate", "increase"):
                counted[name] = metrics.series_type(name)
            elif name is not None and call.function in ("delta", "idelta", "deriv", "predict_linear"):
                levelled.add(name)
    known = [name for name, type_ in counted.items() if type_ is not None]
    assert len(known) > 300
    wrong = {name for name in known if counted[name] in ("gauge", "summary") and not metric_facts.may_count(name)}
    assert wrong == set(MISUSED)
    assert levelled
    assert not [name for name in levelled if metrics.series_type(name) == "counter"]
