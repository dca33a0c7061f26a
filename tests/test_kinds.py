"""Which kind a document is, what is read from it, and where each value stands."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from obslint import engine, kinds, parse
from obslint.discover import outline
from obslint.facts import alertmanager
from obslint.facts.common import FileFacts, Scalar
from obslint.findings import Place
from obslint.kinds import placeholders
from obslint.parse import Document
from obslint.parse.alloy import AlloyDocument

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def document(text: str, path: str = "file.yml") -> Document:
    form = next((form for form in ("json", "env", "alloy") if path.endswith(f".{form}")), "yaml")
    return parse.load(path, dedent(text).lstrip("\n"), form)[0]


def kind_of(text: str, path: str = "file.yml") -> str | None:
    found = kinds.recognise(document(text, path))
    return found[0].name if found else None


def read(text: str, path: str = "file.yml") -> tuple[Any, Document]:
    """The facts of a text, of whatever kind it is, and its document."""
    source = document(text, path)
    found = kinds.recognise(source)
    assert found is not None
    facts = kinds.extract(found[0], source)
    assert facts.facts is not None
    return facts.facts, source


def written(source: Document, place: Place) -> str:
    """The text of a file that a place covers."""
    location = source.locate(place)
    starts = source.text.line_starts
    start = starts[location.line - 1] + location.column - 1
    end = starts[location.end_line - 1] + location.end_column - 1
    return source.text.text[start:end]


def scalars(facts: object) -> Iterator[Scalar]:
    """Every value with a place in a fact, however deep."""
    stack = [facts]
    while stack:
        fact = stack.pop()
        if isinstance(fact, Scalar):
            yield fact
        elif isinstance(fact, (tuple, list)):
            stack.extend(fact)
        elif dataclasses.is_dataclass(fact) and not isinstance(fact, (type, Place)):
            stack.extend(getattr(fact, field.name) for field in dataclasses.fields(fact))


def stands_where_it_says(scalar: Scalar, source: Document) -> bool:
    """Whether the source at a value's place reads as the value, but for quotes, escapes and folds, or is an alias."""
    if isinstance(source, AlloyDocument) and not isinstance(source.value(scalar.place.at), str):
        return True  # computed: what of it is known before it runs, tests/test_alloy.py says
    text = written(source, scalar.place)
    if text in (scalar.text, f'"{scalar.text}"', f"'{scalar.text}'") or re.fullmatch(r"\*[\w-]+", text):
        return True
    if text.startswith('"') and document(text).data == scalar.text:
        return True
    return _bare(text) == _bare(scalar.text)


def _bare(text: str) -> str:
    return re.sub(r"^[|>][-+0-9]*|[\s\"'\\]", "", text)


PROVIDER = "apiVersion: 1\nproviders:\n  - {name: all, type: file, options: {path: /d}}"
SOURCE = "apiVersion: 1\ndatasources:\n  - {name: Prometheus, type: prometheus, url: 'http://prometheus:9090'}"
LOKI = "schema_config: {configs: [{from: 2024-01-01, schema: v13}]}\ncommon: {path_prefix: /loki}"
RULES = "groups:\n  - name: a\n    rules:\n      - {alert: Down, expr: up == 0}"

OURS = {
    "a compose file": ("services:\n  web:\n    image: nginx", "compose"),
    "a compose file of overrides alone": ("services:\n  web:\n    deploy: {replicas: 2}", "compose"),
    "a compose file with extensions": ("x-a: 1\nservices:\n  web:\n    build: .", "compose"),
    "a compose file in JSON": ('{"services": {"web": {"image": "nginx"}}}', "compose"),
    "scrape jobs": ("scrape_configs:\n  - job_name: a", "prometheus"),
    "a rule evaluator": ("rule_files: [a.yml]", "prometheus"),
    "a receiver of remote writes": ("global: {scrape_interval: 15s}\notlp: {}", "prometheus"),
    "alerting rules": (RULES, "rules"),
    "recording rules": ("groups:\n  - name: a\n    rules:\n      - {record: 'a:b', expr: up}", "rules"),
    "rules of vmalert": (RULES.replace("name: a", "name: a\n    type: prometheus"), "rules"),
    "the empty rules of a generator": ("groups: []", "rules"),
    "rules with a regex that looks like a filter": (
        "groups: [{name: a, rules: [{alert: a, expr: 'x{a=~\"b|=c|~d\"} > 1'}]}]",
        "rules",
    ),
    "rules with a comment that looks like a pipeline": (
        "groups:\n- name: a\n  rules:\n  - alert: a\n    expr: |\n      up # don't (rate) | count\n      == 0",
        "rules",
    ),
    "rules with a line filter": (
        "groups: [{name: a, rules: [{alert: a, expr: 'sum(count_over_time({a=\"b\"} |= `x`[5m])) > 1'}]}]",
        "loki-rules",
    ),
    "rules with a pipeline": (
        "groups: [{name: a, rules: [{alert: a, expr: 'rate({a=\"b\"} | json [5m]) > 1'}]}]",
        "loki-rules",
    ),
    "rules with a function of LogQL": (
        "groups: [{name: a, rules: [{record: 'a:b', expr: 'sum(bytes_rate({a=\"b\"}[5m]))'}]}]",
        "loki-rules",
    ),
    "an Alertmanager": ("route: {receiver: a}\nreceivers: [{name: a}]", "alertmanager"),
    "Loki with a schema": (LOKI, "loki"),
    "Loki with limits": ("limits_config: {}\ningester: {}\nquerier: {}", "loki"),
    "Promtail": ("clients: [{url: 'http://loki'}]\nscrape_configs: []", "promtail"),
    "Promtail of old": ("client: {url: 'http://loki'}\nscrape_configs: []", "promtail"),
    "Promtail without clients": ("scrape_configs:\n  - job_name: a\n    pipeline_stages: []", "promtail"),
    "Promtail with global settings": (
        "global: {file_watch_config: {}}\nclients: []\nscrape_configs: []",
        "promtail",
    ),
    "data sources": (SOURCE, "grafana-datasources"),
    "data sources without a version": (SOURCE.removeprefix("apiVersion: 1\n"), "grafana-datasources"),
    "data sources to be deleted": ("apiVersion: 1\ndeleteDatasources: [{name: a}]", "grafana-datasources"),
    "no data sources": ("apiVersion: 1\ndatasources: []", "grafana-datasources"),
    "dashboard providers": (PROVIDER, "grafana-dashboards"),
    "a provider of a folder": (
        "apiVersion: 1\nproviders: [{name: a, folder: b, type: file, path: /d}]",
        "grafana-dashboards",
    ),
    "Grafana's alert rules": (
        "apiVersion: 1\ngroups: [{orgId: 1, name: a, folder: b, rules: [{uid: c, title: d}]}]",
        "grafana-alerting",
    ),
    "contact points": ("apiVersion: 1\ncontactPoints: []", "grafana-alerting"),
    "targets in a file": ("- targets: ['a:9100']\n  labels: {site: west}", "file-sd"),
    "notification policies": ("apiVersion: 1\npolicies: []", "grafana-alerting"),
    "Traefik's static configuration": (
        "entryPoints: {web: {address: ':80'}}\nproviders: {docker: {}}\nmetrics: {prometheus: {}}",
        "traefik",
    ),
    "Traefik's dynamic configuration": (
        "http: {routers: {a: {rule: Host(`a`), service: b}}, middlewares: {c: {basicAuth: {users: [d]}}}}",
        "traefik",
    ),
    "a dashboard": ('{"title": "a", "schemaVersion": 39, "panels": []}', "dashboard"),
    "a dashboard without a schema version": ('{"title": "a", "panels": [{"gridPos": {}}]}', "dashboard"),
    "a dashboard with rows": ('{"title": "a", "rows": [{"panels": []}]}', "dashboard"),
    "a dashboard for the API": ('{"dashboard": {"schemaVersion": 39, "panels": []}, "overwrite": true}', "dashboard"),
    "a dashboard resource": (
        "apiVersion: dashboard.grafana.app/v1beta1\nkind: Dashboard\nmetadata: {name: a}\nspec: {panels: []}",
        "dashboard",
    ),
    "a dashboard resource with elements": (
        "apiVersion: dashboard.grafana.app/v2beta1\nkind: Dashboard\nmetadata: {name: a}\nspec: {elements: {}}",
        "dashboard",
    ),
}

NOT_OURS = {
    "null": "~",
    "no jobs, of Prometheus or of Promtail": "scrape_configs: []",
    "a scalar": "hello",
    "a list": "- name: a\n- name: b",
    "a Kubernetes Service": "apiVersion: v1\nkind: Service\nspec: {ports: []}",
    "a PrometheusRule": "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups: []",
    "an AlertmanagerConfig": (
        "apiVersion: monitoring.coreos.com/v1alpha1\nkind: AlertmanagerConfig\nspec: {route: {}, receivers: []}"
    ),
    "a manifest with groups at its top": "apiVersion: a/v1\nkind: A\n" + RULES,
    "a manifest with a route": "apiVersion: a/v1\nroute: {receiver: a}\nreceivers: [{name: a}]",
    "a Perses dashboard": "kind: Dashboard\nmetadata: {name: a, project: b}\nspec: {panels: {}}",
    "a GitLab pipeline": "image: a\nservices:\n  db:\n    image: postgres\ntest: {script: [make]}",
    "Ansible variables with services": "monitoring_user: a\nservices:\n  web:\n    image: nginx",
    "services of Symfony": "services:\n  App\\Mailer:\n    arguments: [a]",
    "services in a list": "services:\n  - name: web\n    image: nginx",
    "an OpenTelemetry collector without pipelines": (
        "receivers: {prometheus: {config: {scrape_configs: []}}}\nexporters: {debug: {}}\nservice: {pipelines: {}}"
    ),
    "a Grafana agent": "server: {}\nmetrics: {configs: []}\nlogs: {configs: []}",
    "Mimir or Cortex": "blocks_storage: {}\nlimits: {}\ningester: {}\ncompactor: {}\nruler_storage: {}",
    "Cortex": "schema: {}\nlimits: {}\ningester: {}\nblocks_storage: {}\nquerier: {}",
    "vmauth": "users: [{username: a, url_prefix: 'http://vm:8428'}]",
    "the SNMP exporter": "auths: {a: {}}\nmodules: {if_mib: {walk: []}}",
    "Helm values of Prometheus": "server: {}\nscrape_configs: []\nglobal: {scrape_interval: 15s}",
    "Helm values of Loki": "loki: {schemaConfig: {configs: []}}\nglobal: {image: {}}",
    "a test of rules": "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests: [{interval: 1m}]",
    "hosts in a file": "- hosts: ['a:9100']\n  labels: {site: west}",
    "a play of Ansible": "- hosts: all\n  targets: [a]\n  tasks: []",
    "rules for VictoriaLogs": RULES.replace("name: a", "name: a\n    type: vlogs"),
    "rules for Graphite": RULES.replace("name: a", "name: a\n    type: graphite"),
    "rules outside of groups": "- name: a\n  rules:\n    - {alert: a, expr: up}",
    "groups of people": "groups:\n  - name: admins\n    members: [a]",
    "an alert without an expression": "groups: [{name: a, rules: [{alert: a}]}]",
    "a route without receivers": "route: {receiver: a}",
    "receivers in a mapping": "route: {receiver: a}\nreceivers: {a: {}}",
    "data sources of another program": "datasources:\n  - {name: a, type: csv}",
    "a data source operator's object": "apiVersion: 1\nkind: GrafanaDatasource\ndatasources: [{name: a, type: b}]",
    "providers of logins": "providers:\n  - {id: a, provider: google, clientID: b}",
    "providers of models": "providers: {openai: {model: a}}",
    "a provisioning file that says nothing": "apiVersion: 1",
    "plugins of Grafana": "apiVersion: 1\napps: [{type: a}]",
    "policies of Kubernetes": "apiVersion: audit.k8s.io/v1\nkind: Policy\npolicies: []",
    "a table": '{"title": "Fruit", "rows": [["apple", 1]]}',
    "a layout of another program": '{"title": "Home", "panels": [{"widget": "clock"}]}',
    "a library panel": '{"uid": "a", "kind": 1, "model": {"type": "stat"}}',
    "a list of dashboards to import": '{"dashboards": [{"name": "a", "url": "b"}]}',
}


@pytest.mark.parametrize(("text", "kind"), OURS.values(), ids=OURS)
def test_what_is_ours(text: str, kind: str) -> None:
    assert kind_of(text, "file.json" if text.startswith("{") else "file.yml") == kind


@pytest.mark.parametrize("text", NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_not_ours(text: str) -> None:
    assert kind_of(text, "file.json" if text.startswith("{") else "file.yml") is None


@pytest.mark.parametrize("text", [text for text, _ in OURS.values()], ids=OURS)
def test_every_kind_has_facts_and_every_value_a_place(text: str) -> None:
    facts, source = read(text, "file.json" if text.startswith("{") else "file.yml")
    assert [scalar for scalar in scalars(facts) if not stands_where_it_says(scalar, source)] == []


def test_an_unknown_key_at_the_top_is_compose_only_under_its_name() -> None:
    text = "volume: {}\nservices:\n  web:\n    image: nginx"
    assert kind_of(text, "stack.yml") is None
    assert kind_of(text, "deploy/docker-compose.prod.yml") == "compose"
    assert kind_of(text, "compose/stack.yml") is None


def test_an_env_file_is_known_by_its_format() -> None:
    assert kind_of("A=1\n", ".env") == "env"


def test_compose_facts() -> None:
    facts, source = read(
        """
        name: shop
        include: [other.yml, {path: [a.yml, b.yml]}]
        services:
          prometheus:
            image: "prom/prometheus:v3.5.0"
            command: --config.file=/p.yml '--web.external-url=http://a/'
            environment: {TZ: UTC, EMPTY: }
            env_file: [.env, {path: more.env, required: false}]
            ports:
              - 127.0.0.1:9090:9090
              - {target: 80, published: "8080", host_ip: 0.0.0.0, protocol: tcp}
            expose: [9100]
            volumes:
              - ./p.yml:/p.yml:ro
              - {type: volume, source: data, target: /prometheus}
            networks:
              back: {aliases: [metrics]}
            configs: [rules, {source: am, target: /am.yml}]
            labels: ["a.b=c"]
            extra_hosts: ["box:10.0.0.4"]
            profiles: [monitoring]
          worker:
            extends: {service: prometheus}
            build: .
            command: ["sh", "-c", "run me"]
            environment: ["KEY=value", PASSED]
            network_mode: host
        networks:
          back: {name: shared, external: true}
          old: {external: {name: legacy}}
          own:
        volumes:
          data: {driver_opts: {device: /srv}}
        configs:
          am: {file: ./am.yml}
        """
    )
    first, second = facts.services
    assert (facts.name.text, [[p.text for p in item.paths] for item in facts.includes]) == (
        "shop",
        [["other.yml"], ["a.yml", "b.yml"]],
    )
    assert (first.name.text, first.image.text, first.build, first.extends) == (
        "prometheus",
        "prom/prometheus:v3.5.0",
        None,
        None,
    )
    assert [word.text for word in first.command] == ["--config.file=/p.yml", "--web.external-url=http://a/"]
    assert written(source, first.command[0].place) == "--config.file=/p.yml"
    assert first.entrypoint is None
    assert [(e.name.text, e.value and e.value.text) for e in first.environment] == [("TZ", "UTC"), ("EMPTY", None)]
    assert [item.path.text for item in first.env_files] == [".env", "more.env"]
    short, long = first.ports
    assert (short.short.text, written(source, short.place)) == ("127.0.0.1:9090:9090", "127.0.0.1:9090:9090")
    assert [part.text for part in (long.target, long.published, long.host_ip, long.protocol)] == [
        "80",
        "8080",
        "0.0.0.0",
        "tcp",
    ]
    assert [item.text for item in first.expose] == ["9100"]
    assert first.mounts[0].short.text == "./p.yml:/p.yml:ro"
    assert [part.text for part in (first.mounts[1].type, first.mounts[1].source, first.mounts[1].target)] == [
        "volume",
        "data",
        "/prometheus",
    ]
    (join,) = first.networks
    assert (join.network.text, [alias.text for alias in join.aliases]) == ("back", ["metrics"])
    assert [(use.source.text, use.target and use.target.text) for use in first.configs] == [
        ("rules", None),
        ("am", "/am.yml"),
    ]
    assert [(entry.name.text, entry.value.text) for entry in first.labels] == [("a.b", "c")]
    assert [*(host.name.text for host in first.extra_hosts), *(item.text for item in first.profiles)] == [
        "box",
        "monitoring",
    ]
    assert (second.build.context.text, second.extends.service.text) == (".", "prometheus")
    assert (second.network_mode.text, second.networks) == ("host", None)
    assert [word.text for word in second.command] == ["sh", "-c", "run me"]
    assert [(e.name.text, e.value and e.value.text) for e in second.environment] == [("KEY", "value"), ("PASSED", None)]
    assert [(n.key.text, n.name and n.name.text, n.external) for n in facts.networks] == [
        ("back", "shared", True),
        ("old", "legacy", True),
        ("own", None, False),
    ]
    assert (facts.volumes[0].options[0].value.text, facts.configs[0].file.text) == ("/srv", "./am.yml")
    assert [scalar for scalar in scalars(facts) if not stands_where_it_says(scalar, source)] == []


def test_an_anchor_is_read_where_it_is_written() -> None:
    facts, source = read(
        """
        x-base: &base
          image: prom/prometheus:v3.5.0
        services:
          a:
            <<: *base
          b:
            <<: *base
            image: prom/prometheus:v3.4.0
        """
    )
    assert [service.image.text for service in facts.services] == ["prom/prometheus:v3.5.0", "prom/prometheus:v3.4.0"]
    assert [source.locate(service.image.place).line for service in facts.services] == [2, 8]


def test_prometheus_facts() -> None:
    facts, source = read(
        """
        global:
          scrape_interval: 15s
          external_labels: {cluster: west}
        rule_files: [a.yml, "rules/*.yml"]
        scrape_config_files: [jobs/*.yml]
        scrape_configs:
          - job_name: node
            metrics_path: /m
            scheme: https
            scrape_interval: 30s
            honor_labels: true
            basic_auth: {username: a, password_file: /p}
            static_configs:
              - targets: ['node:9100', box:9100]
                labels: {site: west}
            docker_sd_configs: [{host: "unix:///d.sock"}]
            file_sd_configs: [{files: [t.json]}]
            relabel_configs:
              - {source_labels: [__address__, a], regex: "(.*)", target_label: b, replacement: $1, action: replace}
            metric_relabel_configs:
              - {action: labeldrop, regex: id}
          - job_name: pushed
            proxy_url: http://proxy:8080
        alerting:
          alertmanagers:
            - static_configs: [{targets: [am:9093]}]
            - dns_sd_configs: [{names: [am]}]
        remote_write: [{url: "http://vm:8428/api/v1/write"}]
        remote_read: [{url: "http://vm:8428/api/v1/read"}]
        storage: {tsdb: {retention: {time: 30d}}}
        """
    )
    job, pushed = facts.jobs
    assert [item.text for item in facts.rule_files] == ["a.yml", "rules/*.yml"]
    assert [item.text for item in facts.scrape_config_files] == ["jobs/*.yml"]
    assert (facts.scrape_interval.text, facts.retention.text) == ("15s", "30d")
    assert [(e.name.text, e.value.text) for e in facts.external_labels] == [("cluster", "west")]
    assert [s.text for s in (job.name, job.metrics_path, job.scheme, job.interval)] == ["node", "/m", "https", "30s"]
    assert (job.honor_labels, job.proxied, pushed.proxied) == (True, False, True)
    assert [target.text for target in job.groups[0].targets] == ["node:9100", "box:9100"]
    assert written(source, job.groups[0].targets[0].place) == "'node:9100'"
    assert written(source, job.groups[0].targets[0].place.within(0, 4)) == "node"
    assert [(e.name.text, e.value.text) for e in job.groups[0].labels] == [("site", "west")]
    assert [item.text for item in job.discoveries] == ["docker_sd_configs"]
    assert [item.text for item in job.file_discoveries] == ["t.json"]
    (step,) = job.relabels
    assert [label.text for label in step.source_labels] == ["__address__", "a"]
    assert [p.text for p in (step.regex, step.target_label, step.replacement, step.action)] == [
        "(.*)",
        "b",
        "$1",
        "replace",
    ]
    assert job.metric_relabels[0].target_label is None
    assert facts.alertmanagers[0].groups[0].targets[0].text == "am:9093"
    assert [item.text for item in facts.alertmanagers[1].discoveries] == ["dns_sd_configs"]
    assert [r.url.text for r in (*facts.remote_writes, *facts.remote_reads)] == [
        "http://vm:8428/api/v1/write",
        "http://vm:8428/api/v1/read",
    ]
    assert [item.text for item in facts.paths] == ["/p"]
    assert [written(source, p) for p in (facts.rule_files_place, facts.jobs_place, facts.alertmanagers_place)] == [
        "rule_files",
        "scrape_configs",
        "alertmanagers",
    ]
    assert [scalar for scalar in scalars(facts) if not stands_where_it_says(scalar, source)] == []


@pytest.mark.parametrize(
    ("alerting", "alertmanagers", "key"),
    [
        ("", None, False),
        ("alerting: {alert_relabel_configs: []}", None, False),
        ("alerting: {alertmanagers: }", None, True),
        ("alerting: {alertmanagers: []}", (), True),
    ],
    ids=["no block", "no key", "a key without a value", "an empty list"],
)
def test_no_alertmanager(alerting: str, alertmanagers: object, key: bool) -> None:
    facts, _ = read(f"rule_files: [a.yml]\n{alerting}\n")
    assert (facts.alertmanagers, facts.alertmanagers_place is not None) == (alertmanagers, key)


def test_rule_facts() -> None:
    facts, source = read(
        """
        groups:
          - name: node
            rules:
              - record: job:up:sum
                expr: sum by (job) (up)
              - alert: Down
                expr: |
                  up{job="node"}
                    == 0
                labels: {severity: page}
                annotations:
                  summary: "{{ $labels.instance }} is down"
              - alert: Broken
        """
    )
    (group,) = facts.groups
    record, alert, broken = group.rules
    assert (group.name.text, facts.logql) == ("node", False)
    assert (record.name.text, record.alerting, record.expr.text) == ("job:up:sum", False, "sum by (job) (up)")
    assert (alert.name.text, alert.alerting) == ("Down", True)
    at = alert.expr.text.index("== 0")
    assert written(source, alert.expr.place.within(at, at + 4)) == "== 0"
    assert source.locate(alert.expr.place.within(at, at + 4)).line == 9
    assert [(e.name.text, e.value.text) for e in (*alert.labels, *alert.annotations)] == [
        ("severity", "page"),
        ("summary", "{{ $labels.instance }} is down"),
    ]
    assert (broken.alerting, broken.expr) == (True, None)
    assert [scalar for scalar in scalars(facts) if not stands_where_it_says(scalar, source)] == []


def test_alertmanager_facts() -> None:
    facts, source = read(
        """
        global: {smtp_auth_password_file: /run/smtp}
        templates: ["*.tmpl"]
        time_intervals: [{name: nights, time_intervals: []}]
        mute_time_intervals: [{name: weekends, time_intervals: []}]
        route:
          receiver: default
          routes:
            - receiver: team
              mute_time_intervals: [nights]
              active_time_intervals: [days]
              routes: [{matchers: ['severity="page"']}]
        receivers:
          - name: default
          - name: team
            webhook_configs: [{url: "http://hook:8080/"}]
            slack_configs:
              - api_url_file: /run/slack
                title: '{{ template "slack.title" . }} {{ template `slack.more` . }}'
        """
    )
    assert facts.route.receiver.text == "default"
    (team,) = facts.route.routes
    assert (team.receiver.text, [item.text for item in team.intervals]) == ("team", ["nights", "days"])
    assert (team.routes[0].receiver, team.routes[0].intervals) == (None, ())
    assert [receiver.name.text for receiver in facts.receivers] == ["default", "team"]
    assert [(i.kind, i.url and i.url.text) for i in facts.receivers[1].integrations] == [
        ("webhook", "http://hook:8080/"),
        ("slack", None),
    ]
    assert [item.text for item in facts.intervals] == ["nights", "weekends"]
    assert [item.text for item in facts.templates] == ["*.tmpl"]
    assert [(use.text, written(source, use.place)) for use in facts.template_uses] == [
        ("slack.title", "slack.title"),
        ("slack.more", "slack.more"),
    ]
    assert {item.text for item in facts.paths} == {"/run/smtp", "/run/slack"}
    assert [scalar for scalar in scalars(facts) if not stands_where_it_says(scalar, source)] == []


def test_alertmanager_facts_of_the_routing_tree() -> None:
    facts, source = read(
        """
        route:
          receiver: default
          group_by: [alertname, '...']
          group_wait: 10s
          repeat_interval: 3h
          routes:
            - match: {severity: page, zone: }
              match_re: {team: "db|web"}
              matchers: ['env!~"dev.*", site="a"', tier=x]
              continue: yes
            - matchers: ['a="${A}"', b=c]
              continue: "${C}"
            - match_re: {a: "("}
        receivers: [{name: default}]
        inhibit_rules:
          - source_match: {severity: critical}
            target_matchers: ['severity=~"warning|info"']
            equal: [alertname]
        """
    )
    root = facts.route
    assert [label.text for label in root.group_by] == ["alertname", "..."]
    assert (root.group_wait.text, root.group_interval, root.repeat_interval.text) == ("10s", None, "3h")
    assert (root.continues, root.continues_place) == (False, None)
    team, rendered, refused = root.routes
    assert [str(matcher) for matcher, _ in team.conditions.matchers] == [
        'severity="page"',
        'zone=""',
        'team=~"db|web"',
        'env!~"dev.*"',
        'site="a"',
        'tier="x"',
    ]
    assert [written(source, place) for _, place in team.conditions.matchers] == [
        "page",
        "zone",
        '"db|web"',
        *2 * ['\'env!~"dev.*", site="a"\''],
        "tier=x",
    ]
    assert (team.conditions.complete, team.continues, written(source, team.continues_place)) == (True, True, "continue")
    assert [str(matcher) for matcher, _ in rendered.conditions.matchers] == ['b="c"']
    assert (rendered.conditions.complete, rendered.continues) == (False, None)
    assert refused.conditions == alertmanager.Conditions((), complete=False)
    (inhibition,) = facts.inhibitions
    sides = (inhibition.source, inhibition.target)
    assert [str(matcher) for side in sides for matcher, _ in side.matchers] == [
        'severity="critical"',
        'severity=~"warning|info"',
    ]
    assert [label.text for label in inhibition.equal] == ["alertname"]


def test_alertmanager_facts_of_integrations() -> None:
    facts, source = read(
        """
        global: {slack_api_url: "https://a", http_config: {basic_auth: {username: u}}}
        route: {receiver: team}
        receivers:
          - name: team
            slack_configs:
              - channel: "#a"
                send_resolved: off
                actions: [{url: "http://b"}, {text: c}]
            email_configs:
              - {to: d, send_resolved: "${E}"}
              - to: f
        """
    )
    assert [(path, value.text) for path, value in facts.common] == [
        ("slack_api_url", "https://a"),
        ("http_config.basic_auth.username", "u"),
    ]
    slack, first, second = facts.receivers[0].integrations
    assert [(path, value.text) for path, value in slack.settings] == [
        ("channel", "#a"),
        ("send_resolved", "off"),
        ("actions.0.url", "http://b"),
        ("actions.1.text", "c"),
    ]
    assert slack.setting("actions.0.url").text == "http://b"
    assert slack.setting("username") is None
    assert [item.send_resolved for item in (slack, first, second)] == [False, None, None]
    assert [item.send_resolved_place is None for item in (slack, first, second)] == [False, False, True]
    assert [scalar for scalar in scalars(facts) if not stands_where_it_says(scalar, source)] == []


def test_prometheus_facts_of_alert_relabelling() -> None:
    facts, _ = read(
        """
        rule_files: [a.yml]
        alerting:
          alert_relabel_configs: [{action: labeldrop, regex: replica}]
          alertmanagers:
            - static_configs: [{targets: ["am:9093"]}]
              alert_relabel_configs: [{target_label: to, replacement: am}]
        """
    )
    assert [step.action.text for step in facts.alert_relabels] == ["labeldrop"]
    assert [step.target_label.text for step in facts.alertmanagers[0].alert_relabels] == ["to"]


def test_loki_facts() -> None:
    facts, source = read(
        """
        auth_enabled: false
        server: {http_listen_port: 3101, http_path_prefix: /logs}
        common: {path_prefix: /loki, storage: {filesystem: {rules_directory: /loki/rules}}}
        schema_config:
          configs:
            - {from: 2020-10-24, store: boltdb-shipper, object_store: filesystem, schema: v11}
            - {from: "2024-01-01", store: tsdb, object_store: s3, schema: v13}
        limits_config:
          retention_period: 744h
          retention_enabled: true
          retention_stream: [{selector: '{a="b"}', period: 24h}]
        compactor: {retention_enabled: false, working_directory: /loki/c}
        table_manager: {retention_deletes_enabled: true}
        ruler:
          alertmanager_url: http://am:9093
          storage: {local: {directory: /rules}}
        """
    )
    assert [
        s.text
        for s in (
            facts.auth_enabled,
            facts.retention_period,
            facts.retention_enabled,
            facts.table_manager_deletes,
            facts.path_prefix,
            facts.alertmanager_url,
            facts.rules_directory,
        )
    ] == ["false", "744h", "false", "true", "/loki", "http://am:9093", "/rules"]
    assert [item.text for item in facts.retention_streams] == ["24h"]
    assert [source.locate(place).line for place in facts.misplaced_retention_enabled] == [10]
    assert written(source, facts.compactor) == "compactor"
    assert [(p.start.text, p.store.text, p.object_store.text, p.schema.text) for p in facts.periods] == [
        ("2020-10-24", "boltdb-shipper", "filesystem", "v11"),
        ("2024-01-01", "tsdb", "s3", "v13"),
    ]
    assert {entry.name.text: entry.value.text for entry in facts.directories} == {
        "common.storage.filesystem.rules_directory": "/loki/rules",
        "compactor.working_directory": "/loki/c",
        "ruler.storage.local.directory": "/rules",
    }
    assert {entry.name.text: entry.value.text for entry in facts.serving} == {
        "server.http_listen_port": "3101",
        "server.http_path_prefix": "/logs",
    }
    names = {entry.name for entry in (*facts.directories, *facts.serving)}  # dotted, placed at the last key
    assert [s for s in scalars(facts) if s not in names and not stands_where_it_says(s, source)] == []


def test_promtail_facts() -> None:
    facts, source = read(
        """
        clients: [{url: "http://loki:3100/loki/api/v1/push"}]
        client: {url: "http://old:3100/loki/api/v1/push"}
        scrape_configs:
          - job_name: containers
            docker_sd_configs: [{host: "unix:///d.sock"}]
            static_configs: [{targets: [localhost], labels: {job: varlogs, __path__: /var/log/*.log}}]
            relabel_configs: [{source_labels: [a], target_label: b}]
            pipeline_stages:
              - docker: {}
              - json: {expressions: {level: lvl, trace_id: }}
              - regex: {expression: '(?P<ip>\\S+) (?P<path>\\S+)'}
              - template: {source: level, template: '{{ ToLower .Value }}'}
              - replace: {source: path, expression: '(?P<id>[0-9]+)', replace: ':id'}
              - labels: {level: , route: path}
              - structured_metadata: {trace_id: }
              - labeldrop: [filename]
              - labelallow: [level, job]
              - match:
                  selector: '{job="varlogs"}'
                  stages:
                    - labels: {ip: }
          - job_name: journal
            journal: {max_age: 12h}
        """
    )
    assert [str(client.url) for client in facts.clients] == [
        "http://loki:3100/loki/api/v1/push",
        "http://old:3100/loki/api/v1/push",
    ]
    first, journal = facts.jobs
    assert (first.name.text, [item.text for item in first.discoveries]) == ("containers", ["docker_sd_configs"])
    assert [(e.name.text, e.value.text) for e in first.labels] == [("job", "varlogs"), ("__path__", "/var/log/*.log")]
    assert [item.text for item in journal.discoveries] == ["journal"]
    stages = {stage.kind: stage for stage in first.stages}
    assert stages["json"].extracts == ("level", "trace_id")
    assert stages["regex"].extracts == ("ip", "path")
    assert stages["template"].rewrites == ("level",)
    assert (stages["replace"].rewrites, stages["replace"].extracts) == (("path",), ("id",))
    assert [(label.label.text, label.source) for label in stages["labels"].labels] == [
        ("level", "level"),
        ("route", "path"),
    ]
    assert stages["structured_metadata"].removes == ("trace_id",)
    assert stages["labeldrop"].removes == ("filename",)
    assert stages["labelallow"].keeps == ("level", "job")
    (inner,) = stages["match"].stages
    assert [label.label.text for label in inner.labels] == ["ip"]
    assert written(source, stages["match"].place) == "match"
    assert [scalar for scalar in scalars(facts) if not stands_where_it_says(scalar, source)] == []


def test_grafana_provisioning_facts() -> None:
    sources, source = read(
        """
        apiVersion: 1
        datasources:
          - name: Prometheus
            uid: prom
            type: prometheus
            url: http://prometheus:9090
            access: proxy
            isDefault: true
          - {name: Loki, type: loki, isDefault: false}
        """
    )
    first, second = sources.datasources
    assert [part.text for part in (first.name, first.uid, first.type, first.url, first.access)] == [
        "Prometheus",
        "prom",
        "prometheus",
        "http://prometheus:9090",
        "proxy",
    ]
    assert (first.default, second.default, second.uid, second.url) == (True, False, None, None)
    assert source.locate(second.place).line == 9
    providers, _ = read("providers: [{name: a, type: file, options: {path: /d}}, {name: b, options: {folder: /old}}]")
    assert [(p.name.text, p.path.text) for p in providers.providers] == [("a", "/d"), ("b", "/old")]
    alerting, _ = read(
        """
        apiVersion: 1
        groups: [{name: a, folder: b, rules: [{uid: c, title: Down}]}]
        contactPoints: [{name: team, receivers: []}]
        """
    )
    assert [alert.name.text for alert in alerting.alerts] == ["Down"]
    assert [item.text for item in alerting.contact_points] == ["team"]


DASHBOARD = {
    "uid": "abc",
    "title": "API",
    "schemaVersion": 39,
    "__inputs": [{"name": "DS_PROMETHEUS"}],
    "annotations": {"list": [{"datasource": {"type": "grafana", "uid": "-- Grafana --"}}]},
    "templating": {"list": [{"name": "ds", "type": "datasource", "query": "prometheus"}]},
    "panels": [
        {"type": "row", "title": "R", "collapsed": True, "panels": [{"type": "stat", "title": "Inside"}]},
        {
            "type": "timeseries",
            "title": "Requests",
            "datasource": {"type": "prometheus", "uid": "${ds}"},
            "targets": [
                {"expr": 'sum(rate(http_requests_total{job="api"}[5m]))'},
                {"query": "up", "datasource": "Old"},
            ],
        },
    ],
}


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (DASHBOARD, "classic"),
        ({"dashboard": DASHBOARD, "overwrite": True}, "wrapped"),
        (
            {
                "apiVersion": "dashboard.grafana.app/v1beta1",
                "kind": "Dashboard",
                "metadata": {"name": "other"},
                "spec": DASHBOARD,
            },
            "resource",
        ),
    ],
    ids=["the classic form", "an API payload", "a resource"],
)
def test_dashboard_facts(data: dict[str, object], form: str) -> None:
    facts, source = read(json.dumps(data, indent=2), "dashboard.json")
    assert (facts.form, facts.uid.text, facts.title, facts.inputs) == (form, "abc", "API", ("DS_PROMETHEUS",))
    inside, requests = facts.panels
    assert (inside.title, inside.type, inside.datasource, inside.queries) == ("Inside", "stat", None, ())
    assert (requests.datasource.value.text, requests.datasource.type, requests.datasource.legacy) == (
        "${ds}",
        "prometheus",
        False,
    )
    first, second = requests.queries
    at = first.expr.text.index('job="api"')
    assert written(source, first.expr.place.within(at, at + 9)) == 'job=\\"api\\"'
    assert (second.expr.text, second.datasource.value.text, second.datasource.legacy) == ("up", "Old", True)
    assert [(v.name, v.type, v.query) for v in facts.variables] == [("ds", "datasource", "prometheus")]
    assert [ref.value.text for ref in facts.annotations] == ["-- Grafana --"]
    assert [scalar for scalar in scalars(facts) if not stands_where_it_says(scalar, source)] == []


def test_dashboard_facts_of_rows() -> None:
    facts, _ = read(
        '{"title": "a", "rows": [{"panels": [{"type": "graph", "title": "x", "datasource": "P"}]}]}', "d.json"
    )
    assert [(panel.title, panel.datasource.value.text) for panel in facts.panels] == [("x", "P")]


@pytest.mark.parametrize(
    "query",
    [
        {"group": "prometheus", "datasource": {"name": "prom"}, "spec": {"expr": "up"}},
        {"kind": "prometheus", "spec": {"expr": "up"}},
    ],
    ids=["v2beta1", "v2alpha1"],
)
def test_dashboard_facts_of_elements(query: dict[str, object]) -> None:
    spec = {"query": query, "datasource": {"type": "prometheus", "uid": "prom"}}
    facts, _ = read(
        json.dumps(
            {
                "apiVersion": "dashboard.grafana.app/v2beta1",
                "kind": "Dashboard",
                "metadata": {"name": "abc"},
                "spec": {
                    "title": "API",
                    "elements": {
                        "panel-1": {
                            "kind": "Panel",
                            "spec": {
                                "title": "Up",
                                "data": {
                                    "spec": {
                                        "queries": [{"kind": "PanelQuery", "spec": spec}],
                                        "queryOptions": {"timeFrom": "7d", "timeShift": "1d"},
                                    }
                                },
                                "vizConfig": {"group": "stat"},
                            },
                        }
                    },
                    "variables": [{"kind": "DatasourceVariable", "spec": {"name": "ds", "pluginId": "prometheus"}}],
                },
            }
        ),
        "d.json",
    )
    (panel,) = facts.panels
    (found,) = panel.queries
    assert (panel.time_from.text, panel.time_shift.text) == ("7d", "1d")
    assert (facts.uid.text, facts.title, panel.title, panel.type) == ("abc", "API", "Up", "stat")
    assert (found.expr.text, found.datasource.value.text, found.datasource.type) == ("up", "prom", "prometheus")
    assert [(v.name, v.type, v.query) for v in facts.variables] == [("ds", "datasource", "prometheus")]


def test_env_facts() -> None:
    facts, source = read('# a\nA=1\nexport B="two words"\nC\n', ".env")
    assert [(e.name.text, e.value.text) for e in facts.entries] == [("A", "1"), ("B", "two words")]
    assert [scalar for scalar in scalars(facts) if not stands_where_it_says(scalar, source)] == []


@pytest.mark.parametrize(
    "value",
    ["~", "[]", "{}", "1", "text", "[~, 1, [], {}]", "{a: ~, b: [], c: {d: 1}}", "[[[]]]", "true", "!!binary aGk="],
)
@pytest.mark.parametrize("text", [text for text, _ in OURS.values() if not text.startswith("{")])
def test_a_value_of_any_shape_in_any_place_is_read(text: str, value: str) -> None:
    """Each value of each example in turn is replaced by one of another shape."""
    source = document(text)
    places: list[Place] = []
    stack: list[tuple[object, tuple[str | int, ...]]] = [(source.data, ())]
    while stack:
        node, at = stack.pop()
        places.append(Place("file.yml", at))
        if isinstance(node, dict):
            stack.extend((below, (*at, key)) for key, below in node.items())
        elif isinstance(node, list):
            stack.extend((below, (*at, index)) for index, below in enumerate(node))
    for place in places:
        span = source.span(place.at)
        changed = document(source.text.text[: span.start] + value + source.text.text[span.end :])
        found = kinds.recognise(changed)
        kind = found[0] if found else kinds.KINDS["compose"]
        if not any(problem.duplicate_of is None for problem in changed.problems):
            for scalar in scalars(kinds.extract(kind, changed).facts):
                changed.locate(scalar.place)


BROKEN = {
    "compose": ("services:\n  a:\n    image: b\n   ports: []", "compose"),
    "compose with a service at the wrong level": (
        "services:\n  a:\n    image: b\n    container_name: c\nb:\n  image: c\n   ports: []",
        "compose",
    ),
    "Prometheus": ("scrape_configs:\n  - job_name: a\n   b: c", "prometheus"),
    "rules": ("groups:\n- name: a\n  rules:\n  - alert: b\n    expr: c\n   for: 5m", "rules"),
    "Alertmanager": ("route:\n  receiver: a\nreceivers:\n- name: a\n b: c", "alertmanager"),
    "Loki": ("schema_config: {configs: [{schema: v13}]}\ncommon: {}\nlimits_config:\n  a: b\n c: d", "loki"),
    "Promtail": ("clients: []\nscrape_configs:\n- job_name: a\n b: c", "promtail"),
    "data sources": ("apiVersion: 1\ndatasources:\n- name: a\n  type: b\n c: d", "grafana-datasources"),
    "providers": ("apiVersion: 1\nproviders:\n- name: a\n  options: {path: b\n", "grafana-dashboards"),
    "contact points": ("apiVersion: 1\ncontactPoints:\n- name: a\n b: c", "grafana-alerting"),
    "Grafana's rules": (
        "apiVersion: 1\ngroups:\n- name: a\n  rules:\n  - data: [{datasourceUid: b}]\n c: d",
        "grafana-alerting",
    ),
    "a dashboard": ('{"schemaVersion": 39, "panels": [1,]}', "dashboard"),
    "a GitLab pipeline": ("services:\n- docker\nimage: a\ntest:\n  script:\n  - a: b: c", None),
    "a Kubernetes manifest": ("apiVersion: v1\nkind: Pod\nspec:\n  image: a\n b: c", None),
    "a manifest with services": ("apiVersion: v1\nservices:\n  a:\n    container_name: a\n    image: a\n b: c", None),
    "an OpenTelemetry collector without pipelines": (
        "receivers:\n  a:\nexporters:\n  b:\nservice:\n  c: d\n e: f",
        None,
    ),
    "a Grafana agent": ("server: {}\nscrape_configs:\n- job_name: a\n b: c", None),
    "a test of rules": ("rule_files: [a]\ntests:\n- interval: 1m\n b: c", None),
    "other groups": ("groups:\n- name: a\n  members: [a]\n b: c", None),
    "rules among other things": ("spec: a\ngroups:\n- rules:\n  - alert: b\n    expr: c\n d: e", None),
    "other data sources": ("datasources:\n- name: a\n  type: b\n c: d", None),
    "other providers": ("providers:\n- name: a\n b: c", None),
    "Tempo": ("distributor: {}\ningester: {}\ncompactor:\n  a: b\n c: d", None),
    "a dashboard that is no JSON": ("schemaVersion: 39\npanels:\n  a: b\n c: d", None),
    "a broken text": ("{{{", None),
}


@pytest.mark.parametrize(("text", "kind"), BROKEN.values(), ids=BROKEN)
def test_a_text_that_does_not_parse_is_ours_only_without_doubt(text: str, kind: str | None) -> None:
    form = "json" if text.startswith('{"') else "yaml"
    (source,) = parse.load(f"file.{form}", text, form)
    assert any(problem.duplicate_of is None for problem in source.problems)
    found = kinds.recognise_broken(outline(text, form), text)
    assert (found[0].name if found else None) == kind
    if found:
        facts = kinds.extract(found[0], source)
        assert (facts.facts, len(facts.problems)) == (None, 1)


def test_a_placeholder_may_explain_why_a_text_does_not_parse() -> None:
    def problems(kind: str, line: str) -> int:
        return len(kinds.extract(kinds.KINDS[kind], document(f"scrape_configs:\n  a: {line}\n")).problems)

    assert problems("prometheus", "[${IDS}]") == 0
    assert problems("prometheus", "[$IDS]]") == 1
    assert problems("compose", "[${IDS}]") == 1  # Compose parses first


def test_a_duplicate_key_has_both_places() -> None:
    source = document("rule_files: [a]\nscrape_configs: []\nrule_files: [b]\n")
    facts = kinds.extract(kinds.KINDS["prometheus"], source)
    (problem,) = facts.problems
    assert problem.other is not None
    assert [source.locate(place).line for place in (problem.place, problem.other)] == [3, 1]
    assert facts.facts is not None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("${NAME}", ["${NAME}"]),
        ("${NAME:-x}", ["${NAME:-x}"]),
        ("$NAME", ["$NAME"]),
        ("'http://${HOST}:${PORT}/'", ["${HOST}", "${PORT}"]),
        ("http://$HOST/", ["$HOST"]),
        ("$${NAME}", []),
        ("${1}", []),
        ("$1", []),
        ("P@$WORD", []),
        ("costs $USD", []),
        ("'{{ $LABELS.a }} ${NAME}'", ["${NAME}"]),
    ],
)
def test_placeholders(value: str, found: list[str]) -> None:
    source = document(f"route: {{receiver: a}}\nreceivers:\n  - name: {value}\n")
    facts = kinds.extract(kinds.KINDS["alertmanager"], source)
    assert [placeholder.text for placeholder in facts.placeholders] == found
    assert [written(source, placeholder.place) for placeholder in facts.placeholders] == found


def test_placeholders_stand_where_a_component_may_not_expand_them() -> None:
    text = """
        global: {external_labels: {a: "${A}"}}
        scrape_configs:
          - job_name: ${B}
            relabel_configs: [{target_label: "${c}", replacement: "${d}", regex: "(?P<c>.*)${e}"}]
        """
    assert [p.text for p in facts_of(text, "prometheus").placeholders] == ["${A}", "${B}"]
    text = "clients: [{url: a, external_labels: {a: '${A}'}}]\nscrape_configs: []"
    assert [p.text for p in facts_of(text, "promtail").placeholders] == ["${A}"]
    assert facts_of("services: {a: {image: '${A}'}}", "compose").placeholders == ()


def facts_of(text: str, kind: str) -> FileFacts:
    return kinds.extract(kinds.KINDS[kind], document(text))


def test_open_templates_without_end_are_read_at_once() -> None:
    text = "receivers:\n  - name: '}} " + "{{ " * 100_000 + "${A}'\nroute: {receiver: a}\n"
    assert facts_of(text, "alertmanager").placeholders == ()


def test_every_kind_of_placeholder_is_a_kind() -> None:
    assert kinds.KINDS.keys() >= placeholders.KINDS


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of public repositories is not beside the checkout")
def test_the_corpus_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file recognised yields facts, and each value of them stands where it says; only broken files have none."""
    seen: set[str] = set()
    for repository in sorted(path for path in CORPUS.iterdir() if path.is_dir()):
        monkeypatch.chdir(repository)
        loaded = engine.load(engine.Options([Path()], include_archives=True))
        assert loaded.crashes == [], repository.name
        for item in loaded.recognised:
            where = f"{repository.name}/{item.document.path}"
            seen.add(item.kind)
            if item.facts.facts is None:
                assert any(problem.duplicate_of is None for problem in item.document.problems), where
                continue
            lists = (getattr(item.facts.facts, name, ()) for name in ("directories", "backends", "serving"))
            dotted = {entry.name for entries in lists for entry in entries}
            for scalar in scalars((item.facts.facts, item.facts.placeholders)):
                if scalar not in dotted:
                    assert stands_where_it_says(scalar, item.document), f"{where}: {scalar}"
    elsewhere = {"loki-rules", "thanos-objstore", "filebeat", "kibana", "elasticsearch", "blackbox"}
    elsewhere |= {"nginx", "dockerfile", "traefik"}
    assert seen >= kinds.KINDS.keys() - elsewhere
