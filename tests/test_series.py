"""Where the series of a selector come from: jobs, recording rules, intervals, retention."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from obslint import engine, graph
from obslint.graph import nodes, series
from obslint.graph.retention import retention, retention_of
from obslint.lang import promql

Build = Callable[..., "Stack"]

SERVICE = """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    command: [{flags}]
    volumes:
      - ./prometheus.yml:/etc/prometheus/prometheus.yml:ro
      - ./rules.yml:/etc/prometheus/rules.yml:ro
{others}
"""
JOBS = """\
global: {scrape_interval: 15s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: node
    scrape_interval: 30s
    static_configs:
      - targets: ["node:9100"]
        labels: {env: prod, tier: one}
      - targets: ["redis:9121"]
        labels: {env: test}
  - job_name: api
    static_configs: [{targets: ["api:8000"]}]
"""
RULES = """\
groups:
  - name: quick
    interval: 10s
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
  - name: plain
    rules:
      - alert: Down
        expr: up == 0
"""


class Stack:
    """A graph of one Prometheus with a rule file."""

    def __init__(self, root: Path) -> None:
        loaded = engine.load(engine.Options([root]))
        assert not loaded.crashes
        self.graph = graph.build((item.facts for item in loaded.recognised), loaded.discovery.tree)
        (self.server,) = self.graph.all(nodes.Prometheus)

    def matched(self, text: str) -> series.Matched:
        tree = promql.parse(text)
        assert isinstance(tree, promql.VectorSelector)
        return series.matched(tree, self.server)

    def jobs(self, text: str) -> list[str | None]:
        return [job.name for job in self.matched(text).jobs]

    def expression(self) -> nodes.Expression:
        return next(one for one in self.graph.all(nodes.Expression) if one.rule is not None and one.rule.alerting)

    def intervals(self, text: str) -> tuple[int | None, int | None]:
        tree = promql.parse(text)
        assert isinstance(tree, promql.VectorSelector)
        found = series.intervals(tree, self.expression())
        return found.minimum, found.maximum


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    def make(prometheus: str = JOBS, rules: str = RULES, flags: str = "", others: str = "", **files: str) -> Stack:
        default = '"--config.file=/etc/prometheus/prometheus.yml"'
        compose = SERVICE.format(
            flags=", ".join(part for part in (default, flags) if part), others=textwrap.indent(others, "  ")
        )
        written = {"docker-compose.yml": compose, "prometheus.yml": prometheus, "rules.yml": rules, **files}
        for name, text in written.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        return Stack(Path())

    yield make


@pytest.mark.parametrize(
    ("selector", "jobs"),
    [
        ("up", ["node", "api"]),
        ('up{job="node"}', ["node"]),
        ('up{job!="node"}', ["api"]),
        ('up{job=~"no.*|x"}', ["node"]),
        ('up{job!~"no.*"}', ["api"]),
        ('up{job=~"od"}', []),  # anchored
        ('up{job="nobody"}', []),
        ('up{instance="api:8000"}', ["api"]),
        ('up{instance=~".*:9100"}', ["node"]),
        ('up{job="api",instance="node:9100"}', []),  # never of the same target
        ('up{env="prod"}', ["node", "api"]),  # a series of `api` may have the label itself
        ('up{env="prod",instance="redis:9121"}', []),
        ('up{env="nowhere",job="node"}', []),
        ('up{tier="two",job="node"}', ["node"]),  # what redis exposes may have it
        ('up{colour="red"}', ["node", "api"]),
        ('{__name__="up",job="api"}', ["api"]),
        ('{__name__=~"u.",job="api"}', ["api"]),
        ("job:up:sum", []),
        ("ALERTS", []),
        ('up{job=~"("}', ["node", "api"]),  # refused: it says nothing
    ],
)
def test_jobs_by_matchers(build: Build, selector: str, jobs: list[str]) -> None:
    tree = build()
    if "(" in selector:
        node = promql.VectorSelector(0, 2, "up", (promql.Matcher(0, 1, "job", "=~", "(", 0, 1),))
        assert [job.name for job in series.matched(node, tree.server).jobs] == jobs
    else:
        assert tree.jobs(selector) == jobs
        assert tree.matched(selector).complete.yes


@pytest.mark.parametrize(
    ("job", "selector", "matches"),
    [
        pytest.param("honor_labels: true", 'up{job="other"}', True, id="the target's own labels win"),
        pytest.param("metrics_path: /federate", 'up{job="other"}', True, id="federation brings any label"),
        pytest.param("metrics_path: /federate", "a:b", True, id="and recorded series"),
        pytest.param("metrics_path: /metrics", 'up{job="other"}', False, id="otherwise the job is the job"),
        pytest.param(
            "relabel_configs: [{target_label: job, replacement: other}]", 'up{job="other"}', True, id="relabelled"
        ),
        pytest.param(
            "relabel_configs: [{target_label: job, replacement: other}]", 'up{job="one"}', False, id="and no more"
        ),
        pytest.param(
            "relabel_configs: [{source_labels: [__meta_x], target_label: team}]",
            'up{job="other"}',
            False,
            id="a step that is not known leaves the job",
        ),
        pytest.param(
            "relabel_configs: [{source_labels: [__meta_x], target_label: job}]",
            'up{job="other"}',
            True,
            id="unless it writes the job",
        ),
        pytest.param(
            "metric_relabel_configs: [{target_label: job, replacement: other}]",
            'up{job="other"}',
            True,
            id="relabelled after the scrape",
        ),
        pytest.param(
            "metric_relabel_configs: [{action: labelmap, regex: x_(.+)}]", 'up{job="other"}', True, id="mapped"
        ),
        pytest.param("docker_sd_configs: [{host: x}]", 'up{job="other"}', False, id="Docker gives no job"),
        pytest.param("docker_sd_configs: [{host: x}]", 'up{instance="other"}', True, id="but any instance"),
        pytest.param("http_sd_configs: [{url: 'http://x'}]", 'up{job="other"}', True, id="HTTP may give one"),
        pytest.param("file_sd_configs: [{files: [/nowhere/*.yml]}]", 'up{job="other"}', True, id="and so may files"),
    ],
)
def test_labels_that_are_not_certain(build: Build, job: str, selector: str, matches: bool) -> None:
    config = f"scrape_configs:\n  - job_name: one\n    {job}\n    static_configs: [{{targets: ['x:1']}}]\n"
    assert build(config).jobs(selector) == (["one"] if matches else [])


EXPORTERS = """\
node:
  image: prom/node-exporter:v1.8.0
  command: [{command}]
redis:
  image: oliver006/redis_exporter:v1.60.0
api:
  image: example/api
"""
TWO = """\
scrape_configs:
  - job_name: node
    static_configs: [{targets: ["node:9100"]}]
  - job_name: redis
    static_configs: [{targets: ["redis:9121"]}]
  - job_name: api
    static_configs: [{targets: ["api:8000"]}]
"""


@pytest.mark.parametrize(
    ("command", "selector", "jobs"),
    [
        ("", "node_load1", ["node", "api"]),  # nobody knows what the API exposes
        ("", "redis_up", ["redis", "api"]),
        ("", "go_goroutines", ["node", "redis", "api"]),
        ("", "up", ["node", "redis", "api"]),
        ("", "backup_age_seconds", ["api"]),
        ("--collector.textfile.directory=/t", "backup_age_seconds", ["node", "api"]),
        ("", "node_cpu", ["node", "api"]),  # gone since 0.16, but it was there
        ("", "redis_config_anything", ["redis", "api"]),
    ],
)
def test_a_job_that_does_not_expose_the_metric_is_left_out(
    build: Build, command: str, selector: str, jobs: list[str]
) -> None:
    stack = build(TWO, others=EXPORTERS.format(command=f'"{command}"' if command else ""))
    assert stack.jobs(selector) == jobs


def test_who_produces_a_metric(build: Build) -> None:
    stack = build("rule_files: [rules.yml]\n" + TWO, others=EXPORTERS.format(command=""))
    found = series.producers(stack.matched('redis_up{job="redis"}'))
    assert found is not None
    assert [service.name for service in found] == ["redis"]
    assert series.producers(stack.matched("job:up:sum")) is None


@pytest.mark.parametrize(
    ("flags", "more"),
    [
        ('"--web.enable-remote-write-receiver"', ""),
        ("", "remote_read: [{url: 'http://x/read'}]\n"),
        ('"--enable-feature=remote-write-receiver"', ""),
    ],
)
def test_series_from_elsewhere_leave_it_open(build: Build, flags: str, more: str) -> None:
    stack = build(JOBS + more, flags=flags)
    assert stack.jobs('up{job="node"}') == ["node"]
    assert stack.matched("up").complete.unknown


def test_recording_rules(build: Build) -> None:
    stack = build()
    (recording,) = stack.matched("job:up:sum").recordings
    assert recording.rule.name.text == "job:up:sum"
    (alert,) = stack.matched('ALERTS{alertname="Down"}').recordings
    assert alert.rule.alerting
    assert len(stack.matched('{job="node"}').recordings) == 2


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ('up{job="node"}', (30_000, 30_000)),
        ('up{job="api"}', (15_000, 15_000)),
        ("up", (15_000, 30_000)),
        ('up{job="nobody"}', (None, None)),
        ("job:up:sum", (10_000, 10_000)),
        ("ALERTS", (60_000, 60_000)),
        ('{job="node"}', (10_000, 60_000)),
    ],
)
def test_intervals(build: Build, selector: str, expected: tuple[int | None, int | None]) -> None:
    assert build().intervals(selector) == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("global: {}", 60_000),
        ("global: {scrape_interval: 0s}", 60_000),
        ("global: {scrape_interval: 20s}", 20_000),
        ("global: {scrape_interval: 20}", None),
        ("global: {scrape_interval: '${INTERVAL}'}", None),
        ("global: {scrape_interval: " + "9" * 40 + "d}", None),
    ],
)
def test_the_interval_of_the_file(build: Build, config: str, expected: int | None) -> None:
    stack = build(f"{config}\nrule_files: [rules.yml]\nscrape_configs:\n  - {{job_name: one, static_configs: []}}\n")
    (job,) = stack.server.jobs
    assert series.scrape_interval(job) == expected


@pytest.mark.parametrize(
    "job",
    [
        "relabel_configs: [{source_labels: [__meta_x], target_label: __scrape_interval__}]",
        "static_configs: [{targets: ['x:1'], labels: {__scrape_interval__: 5s}}]",
    ],
)
def test_an_interval_that_relabelling_sets_is_not_known(build: Build, job: str) -> None:
    stack = build(f"rule_files: [rules.yml]\nscrape_configs:\n  - job_name: one\n    {job}\n")
    assert series.scrape_interval(stack.server.jobs[0]) is None


def test_where_the_interval_is_written(build: Build) -> None:
    stack = build()
    tree = promql.parse('up{job="node"}')
    assert isinstance(tree, promql.VectorSelector)
    (written,) = series.intervals(tree, stack.expression()).decided
    assert written.text == "30s"


def test_evaluation_interval(build: Build) -> None:
    stack = build("global: {evaluation_interval: 20s}\nrule_files: [rules.yml]\n" + TWO)
    assert [
        series.evaluation_interval(group, stack.server)
        for file in stack.server.rule_files
        for group in file.fact.groups
    ] == [10_000, 20_000]


def test_external_labels(build: Build) -> None:
    stack = build("global: {external_labels: {region: eu, host: '${HOST}'}}\n" + TWO)
    assert series.external_labels(stack.server) == {"region": "eu", "host": None}


DAY = 24 * 3_600_000


@pytest.mark.parametrize(
    ("flags", "config", "expected"),
    [
        ("", "", 15 * DAY),
        ('"--storage.tsdb.retention.time=30d"', "", 30 * DAY),
        ('"--storage.tsdb.retention=2w"', "", 14 * DAY),
        ('"--storage.tsdb.retention.time=30d", "--storage.tsdb.retention.size=5GB"', "", 30 * DAY),
        ('"--storage.tsdb.retention.size=5GB"', "", None),
        ('"--storage.tsdb.retention.time=${KEEP}"', "", None),
        ('"--storage.tsdb.retention.time=ages"', "", None),
        ('"--storage.tsdb.retention.time=0d"', "", None),
        ("", "storage: {tsdb: {retention: {time: 3d}}}", 3 * DAY),
        ("", "storage: {tsdb: {retention: {size: 3GB}}}", None),
        ('"--storage.tsdb.retention.time=30d"', "storage: {tsdb: {retention: {time: 3d}}}", None),
        ("", "remote_read: [{url: 'http://x/read'}]", None),
        ('"--agent"', "", None),
    ],
)
def test_retention(build: Build, flags: str, config: str, expected: int | None) -> None:
    stack = build(JOBS + config + "\n", flags=flags)
    found = retention(stack.expression())
    assert found.milliseconds == expected
    assert (found.place is None) == (expected is None)


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("", 31 * DAY),
        ("-retentionPeriod=3", 93 * DAY),
        ("-retentionPeriod=2d", 2 * DAY),
        ("-retentionPeriod=1y", 365 * DAY),
        ("-retentionPeriod=1x", None),
        ("-retentionPeriod=99999999999999", None),
    ],
)
def test_retention_of_victoria_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: str, expected: int | None
) -> None:
    (tmp_path / "docker-compose.yml").write_text(
        "services:\n  vm:\n    image: victoriametrics/victoria-metrics:v1.100.0\n"
        f"    command: ['-promscrape.config=/p.yml'{f', {flag!r}' if flag else ''}]\n"
        "    volumes: ['./prometheus.yml:/p.yml']\n",
        encoding="utf-8",
    )
    (tmp_path / "prometheus.yml").write_text(TWO, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert retention_of(Stack(Path()).server).milliseconds == expected


def test_variables_of_a_dashboard_may_be_anything(build: Build) -> None:
    compose = """\
grafana:
  image: grafana/grafana:11.0.0
  volumes:
    - ./datasources.yml:/etc/grafana/provisioning/datasources/datasources.yml
    - ./providers.yml:/etc/grafana/provisioning/dashboards/providers.yml
    - ./boards:/boards
"""
    stack = build(
        others=compose,
        **{
            "datasources.yml": "apiVersion: 1\ndatasources: [{name: P, uid: p, type: prometheus, isDefault: true, "
            "url: 'http://prometheus:9090', access: proxy, jsonData: {timeInterval: 30s, httpMethod: POST}}]\n",
            "providers.yml": "apiVersion: 1\nproviders: [{name: d, type: file, options: {path: /boards}}]\n",
            "boards/one.json": '{"title": "One", "schemaVersion": 39, "panels": [{"title": "A", "type": "timeseries", '
            '"datasource": {"type": "prometheus", "uid": "p"}, "targets": ['
            '{"expr": "up{job=\\"$job\\"}"}, {"expr": "up{job=\\"api\\"}"}, {"expr": "$metric{job=\\"api\\"}"}]}]}',
        },
    )
    found = {}
    for expression in stack.graph.all(nodes.Expression):
        if expression.dashboard is not None and expression.tree is not None:
            (selector,) = promql.selectors(expression.tree)
            found[expression.text] = [job.name for job in series.matched(selector, stack.server, expression).jobs]
    assert found == {
        'up{job="$job"}': ["node", "api"],
        'up{job="api"}': ["api"],
        '$metric{job="api"}': ["api"],
    }
    (datasource,) = stack.graph.all(nodes.Grafana)[0].datasources
    assert datasource.fact.time_interval is not None
    assert datasource.fact.time_interval.text == "30s"
    assert datasource.fact.http_method is not None
    assert datasource.fact.http_method.text == "POST"
    assert stack.graph.prometheus_behind(datasource) is stack.server


@pytest.mark.parametrize(
    "selector",
    ['m{i}{{job="job{i}"}}', "m{i}", 'm{i}{{env="e3",x="{i}"}}', 'm{i}{{job!~"job{i}|x"}}', 'm{i}{{job=~"job{i}.*"}}'],
)
def test_thousands_of_jobs_and_selectors_take_linear_time(build: Build, selector: str) -> None:
    def spent(count: int) -> float:
        jobs = "".join(
            f"  - job_name: job{number}\n"
            f"    static_configs: [{{targets: ['h{number}:1'], labels: {{env: e{number % 7}}}}}]\n"
            for number in range(count)
        )
        stack = build("rule_files: [rules.yml]\nscrape_configs:\n" + jobs)
        trees = [promql.parse(selector.format(i=number)) for number in range(count)]
        expression = stack.expression()
        before = time.process_time()
        for tree in trees:
            assert isinstance(tree, promql.VectorSelector)
            assert series.intervals(tree, expression).minimum == 60_000
        return time.process_time() - before

    spent(100)
    assert spent(1200) < 10 * (spent(300) + 0.1)  # far from the 16 times of a quadratic
