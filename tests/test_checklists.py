"""What components check when they load a file, item by item: each is found in a file that breaks it, and only there."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from compose_reference import RefusedError, oracle, reference
from obslint import engine

_PERIOD = {
    "from": "2024-01-01",
    "store": "tsdb",
    "object_store": "filesystem",
    "schema": "v13",
    "index": {"prefix": "index_", "period": "24h"},
}
BASES: dict[str, Any] = {
    "loki.yml": {
        "auth_enabled": False,
        "common": {
            "path_prefix": "/loki",
            "replication_factor": 1,
            "ring": {"kvstore": {"store": "inmemory"}},
            "storage": {"filesystem": {"chunks_directory": "/loki/chunks", "rules_directory": "/loki/rules"}},
        },
        "schema_config": {"configs": [_PERIOD]},
        "compactor": {"working_directory": "/loki/compactor"},
        "limits_config": {"reject_old_samples": True},
    },
    "promtail.yml": {
        "server": {"http_listen_port": 9080},
        "positions": {"filename": "/tmp/positions.yaml"},
        "clients": [{"url": "http://loki:3100/loki/api/v1/push"}],
        "scrape_configs": [
            {"job_name": "a", "static_configs": [{"labels": {"__path__": "/var/log/*.log"}}], "pipeline_stages": []}
        ],
    },
    "docker-compose.yml": {"services": {"app": {"image": "nginx:1.29"}}},
    "prometheus.yml": {"scrape_configs": [{"job_name": "a", "static_configs": [{"targets": ["localhost:9090"]}]}]},
    "datasources.yml": {"apiVersion": 1, "datasources": [{"name": "P", "type": "prometheus", "url": "http://p:9090"}]},
    "providers.yml": {"apiVersion": 1, "providers": [{"name": "a", "type": "file", "options": {"path": "/d"}}]},
    "alerting.yml": {
        "apiVersion": 1,
        "groups": [
            {
                "orgId": 1,
                "name": "g",
                "folder": "f",
                "interval": "1m",
                "rules": [
                    {
                        "uid": "u",
                        "title": "t",
                        "condition": "A",
                        "for": "1m",
                        "data": [{"refId": "A", "datasourceUid": "p", "model": {"refId": "A"}}],
                    }
                ],
            }
        ],
        "contactPoints": [
            {
                "orgId": 1,
                "name": "team",
                "receivers": [{"uid": "r", "type": "email", "settings": {"addresses": "a@example.com"}}],
            }
        ],
    },
}
_IMAGES = {
    "loki.yml": "grafana/loki:{}",
    "prometheus.yml": "prom/prometheus:v{}",
    "promtail.yml": "grafana/promtail:{}",
}
_STAGES = "scrape_configs.0.pipeline_stages"
_RULE = "groups.0.rules.0"


def _changed(base: Any, changes: dict[str, Any]) -> Any:
    """A copy with the values at dotted paths set; None removes what stands there."""
    data = copy.deepcopy(base)
    for path, value in changes.items():
        *above, last = path.split(".")
        node = data
        for step in above:
            node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
        if value is None:
            del node[last]
        elif isinstance(node, list):
            node.insert(int(last), value)
        else:
            node[last] = value
    return data


_SECOND = {**_PERIOD, "from": "2025-01-01"}
# Item, code, what breaks it, a near thing that does not, and the release that runs, if it counts.
LOKI = [
    ("L1 an empty schema", "SYN011", {"schema_config.configs": []}, {}),
    ("L2 a date of another form", "SYN011", {"schema_config.configs.0.from": "01.02.2024"}, {}),
    ("L2 periods that do not follow each other", "SYN011", {"schema_config.configs.1": _PERIOD},
     {"schema_config.configs.1": _SECOND}),
    ("L3 a schema that there is not", "SYN004", {"schema_config.configs.0.schema": "v99"}, {}),
    ("L4 an index period other than a day", "RET002", {"schema_config.configs.0.index.period": "168h"}, {}),
    ("L5 an index period of no whole days", "SYN011",
     {"schema_config.configs.0.index.period": "36h", "schema_config.configs.0.store": "boltdb"},
     {"schema_config.configs.0.index.period": "168h", "schema_config.configs.0.store": "boltdb"}),
    ("L6 a path prefix that does not end", "SYN011", {"schema_config.configs.0.index.path_prefix": "index"},
     {"schema_config.configs.0.index.path_prefix": "index/"}),
    ("L6 an absolute path prefix", "SYN011", {"schema_config.configs.0.index.path_prefix": "/index/"}, {}),
    ("L7 a store that there is not", "SYN004", {"schema_config.configs.0.store": "tsbd"}, {}),
    ("L8 an object store that there is not", "SYN011", {"schema_config.configs.0.object_store": "minio"},
     {"schema_config.configs.0.object_store": "minio",
      "storage_config.named_stores": {"filesystem": {"minio": {"directory": "/x"}}}}),
    ("L9 structured metadata without its schema", "DEP004", {"schema_config.configs.0.schema": "v12"}, {}),
    ("L11 two stores in common", "SYN011", {"common.storage.s3": {"bucketnames": "b"}}, {}),
    ("L13 two blocks of the worker's client", "SYN011",
     {"frontend_worker": {"grpc_client_config": {"max_recv_msg_size": 1},
                          "query_frontend_grpc_client": {"max_recv_msg_size": 1}}},
     {"frontend_worker": {"query_frontend_grpc_client": {"max_recv_msg_size": 1}}}),
    ("L14 retention without a store for deletes", "RET002", {"compactor.retention_enabled": True},
     {"compactor.retention_enabled": True, "compactor.delete_request_store": "filesystem"}),
    ("L15 no compaction at a time", "SYN004", {"compactor.max_compaction_parallelism": 0},
     {"compactor.max_compaction_parallelism": 1}),
    ("L15 a key prefix that does not end", "SYN011", {"compactor.delete_request_store_key_prefix": "index"},
     {"compactor.delete_request_store_key_prefix": "index/"}),
    ("L17 retention of a stream below a day", "SYN011",
     {"limits_config.retention_stream": [{"selector": "{a=\"b\"}", "priority": 1, "period": "12h"}]},
     {"limits_config.retention_stream": [{"selector": "{a=\"b\"}", "priority": 1, "period": "1d"}]}),
    ("L18 a deletion mode that there is not", "SYN004", {"limits_config.deletion_mode": "delete"},
     {"limits_config.deletion_mode": "filter-only"}),
    ("L19 shards of no bytes", "SYN011", {"limits_config.tsdb_max_bytes_per_shard": 0},
     {"limits_config.tsdb_max_bytes_per_shard": "600MB"}),
    ("L19 a sharding strategy that there is not", "SYN004", {"limits_config.tsdb_sharding_strategy": "best"},
     {"limits_config.tsdb_sharding_strategy": "bounded"}),
    ("L19 time buckets below a minute", "SYN011", {"limits_config.engine_results_cache_time_bucket_interval": "30s"},
     {"limits_config.engine_results_cache_time_bucket_interval": "1m"}),
    ("L20 an encoding that there is not", "SYN004", {"ingester.chunk_encoding": "zip"},
     {"ingester.chunk_encoding": "snappy"}),
    ("L20 a full disk of more than all", "SYN004", {"ingester.wal": {"enabled": True, "disk_full_threshold": 90}},
     {"ingester.wal": {"enabled": True, "disk_full_threshold": 0.9}}),
    ("L21 remote write without an address", "SYN011", {"ruler.remote_write": {"enabled": True}},
     {"ruler.remote_write": {"enabled": True, "clients": {"a": {"url": "http://p:9090/api/v1/write"}}}}),
    ("L22 sharded aggregations in another encoding", "SYN011",
     {"query_range.shard_aggregations": "quantile_over_time", "frontend.encoding": "json"},
     {"query_range.shard_aggregations": "quantile_over_time", "frontend.encoding": "protobuf"}),
    ("L24 a named store with a name of a type", "SYN011",
     {"storage_config.named_stores": {"aws": {"s3": {"bucketnames": "b"}}}},
     {"storage_config.named_stores": {"aws": {"mine": {"bucketnames": "b"}}}}),
    ("L24 two named stores of one name", "SYN011",
     {"storage_config.named_stores": {"aws": {"x": {"bucketnames": "b"}}, "filesystem": {"x": {"directory": "/"}}}},
     {}),
]  # fmt: skip
LOKI_ELSEWHERE = {
    "L10": "the directories may be set by flags: of files alone nothing is proven",
    "L12": "the path prefix may be set by a flag",
    "L16": "only of Loki 2: which release dropped it is not known",
    "L23": "of a release that is not out yet",
    "L25": "holds only where an index cache is configured, which flags may do",
    "L26": "found out by the process that runs, not by the file",
    "L27": "a warning of Loki's about its own future",
}
"""Items of Loki that no test stands for, each with the reason."""


def _stage(stage: dict[str, Any]) -> dict[str, Any]:
    return {f"{_STAGES}.0": stage}


PROMTAIL = [
    ("P1 no client", "SYN011", {"clients": []}, {}),
    ("P1 two clients of one name", "SYN011",
     {"clients": [{"name": "a", "url": "http://a/"}, {"name": "a", "url": "http://b/"}]},
     {"clients": [{"name": "a", "url": "http://a/"}, {"name": "b", "url": "http://b/"}]}),
    ("P2 a job that reads nothing", "SYN011", {"scrape_configs.0.static_configs": None}, {}),
    ("jobs of one name", "SYN011",
     {"scrape_configs.1": {"job_name": "a", "static_configs": [{"labels": {"__path__": "/x"}}]}},
     {"scrape_configs.1": {"job_name": "b", "static_configs": [{"labels": {"__path__": "/x"}}]}}),
    ("P4 a stage that there is not", "SYN003", _stage({"jsonn": {"expressions": {"a": "a"}}}), {}),
    ("P4 two stages in one item", "SYN004", _stage({"docker": {}, "cri": {}}), _stage({"docker": {}})),
    ("P4 json without expressions", "SYN004", _stage({"json": {"source": "a"}}),
     _stage({"json": {"expressions": {"a": ""}}})),
    ("P4 regex without an expression", "SYN004", _stage({"regex": {"source": "a"}}),
     _stage({"regex": {"expression": "(?P<a>b)"}})),
    ("P4 regex that does not compile", "SYN004", _stage({"regex": {"expression": "(?P<a>b"}}), {}),
    ("P4 timestamp without a format", "SYN004", _stage({"timestamp": {"source": "t"}}),
     _stage({"timestamp": {"source": "t", "format": "RFC3339"}})),
    ("P4 timestamp with another action", "SYN004",
     _stage({"timestamp": {"source": "t", "format": "Unix", "action_on_failure": "stop"}}), {}),
    ("P4 a time zone that there is not", "SYN011",
     _stage({"timestamp": {"source": "t", "format": "Unix", "location": "Nowhere/Here"}}),
     _stage({"timestamp": {"source": "t", "format": "Unix", "location": "Europe/Berlin"}})),
    ("P4 labels of nothing", "SYN011", _stage({"labels": {}}), _stage({"labels": {"a": None}})),
    ("P4 a label that has no name", "SYN011", _stage({"labels": {"a-b": None}}), {}),
    ("P4 multiline without a first line", "SYN004", _stage({"multiline": {"max_lines": 5}}),
     _stage({"multiline": {"firstline": "^a"}})),
    ("P4 metrics of no type", "SYN004", _stage({"metrics": {"m": {"type": "summary", "config": {}}}}), {}),
    ("P4 metrics that idle too short", "SYN011",
     _stage({"metrics": {"m": {"type": "Counter", "max_idle_duration": "100ms", "config": {"action": "inc"}}}}),
     _stage({"metrics": {"m": {"type": "Counter", "max_idle_duration": "1m", "config": {"action": "inc"}}}})),
    ("P4 match without a selector", "SYN004", _stage({"match": {"stages": [{"docker": {}}]}}),
     _stage({"match": {"selector": '{a="b"}', "stages": [{"docker": {}}]}})),
    ("P4 match that drops and has stages", "SYN011",
     _stage({"match": {"selector": '{a="b"}', "action": "drop", "stages": [{"docker": {}}]}}),
     _stage({"match": {"selector": '{a="b"}', "action": "drop"}})),
    ("P4 match that keeps and has none", "SYN011", _stage({"match": {"selector": '{a="b"}'}}), {}),
    ("P4 match with another action", "SYN004", _stage({"match": {"selector": '{a="b"}', "action": "x"}}), {}),
    ("P4 drop of nothing", "SYN011", _stage({"drop": {}}), _stage({"drop": {"longer_than": "8kb"}})),
    ("P4 drop by value and expression", "SYN011",
     _stage({"drop": {"source": "a", "value": "b", "expression": "c"}}), _stage({"drop": {"expression": "c"}})),
    ("P4 limit without a rate", "SYN004", _stage({"limit": {"burst": 5}}),
     _stage({"limit": {"rate": 1, "burst": 5}})),
    ("P4 limit by label that does not drop", "SYN011",
     _stage({"limit": {"rate": 1, "burst": 5, "by_label_name": "a"}}),
     _stage({"limit": {"rate": 1, "burst": 5, "by_label_name": "a", "drop": True}})),
    ("P4 a stage within a match", "SYN011",
     _stage({"match": {"selector": '{a="b"}', "stages": [{"drop": {}}]}}), {}),
    ("P4 tenant of two", "SYN011", _stage({"tenant": {"source": "a", "value": "b"}}),
     _stage({"tenant": {"value": "b"}})),
    ("P4 sampling of more than all", "SYN004", _stage({"sampling": {"rate": 2}}), _stage({"sampling": {"rate": 0.5}})),
]  # fmt: skip
PROMTAIL_ELSEWHERE = {
    "regex without named groups": "no error of its constructor that we could find: it merely extracts nothing",
    "P3": "`client` is only deprecated, and taken",
    "P5": "`static_configs` without `__path__` are taken, and read nothing: the rules on log pipelines",
    "P6": "positions on no volume: RET007",
    "P7": "labels of many values: CAR003",
}

_APP = "services.app"
COMPOSE = [
    ("an unknown key", "SYN003", {f"{_APP}.imagee": "a"}, {f"{_APP}.x-own": "a"}),
    ("a type", "SYN004", {f"{_APP}.ports": "80:80"}, {f"{_APP}.ports": ["80:80"]}),
    ("two dockerfiles", "SYN011", {f"{_APP}.build": {"context": ".", "dockerfile": "a", "dockerfile_inline": "FROM a"}},
     {f"{_APP}.build": {"context": ".", "dockerfile_inline": "FROM a"}}),
    ("platforms without the platform", "SYN011",
     {f"{_APP}.platform": "linux/arm64", f"{_APP}.build": {"context": ".", "platforms": ["linux/amd64"]}},
     {f"{_APP}.platform": "linux/amd64", f"{_APP}.build": {"context": ".", "platforms": ["linux/amd64"]}}),
    ("a network mode beside networks", "SYN011", {f"{_APP}.network_mode": "host", f"{_APP}.networks": ["default"]},
     {f"{_APP}.network_mode": "host"}),
    ("a health check of no form", "SYN011", {f"{_APP}.healthcheck": {"test": ["curl", "-f", "http://localhost"]}},
     {f"{_APP}.healthcheck": {"test": ["CMD", "curl", "-f", "http://localhost"]}}),
    ("two numbers of replicas", "SYN011", {f"{_APP}.scale": 2, f"{_APP}.deploy": {"replicas": 3}},
     {f"{_APP}.scale": 2, f"{_APP}.deploy": {"replicas": 2}}),
    ("two limits of memory", "SYN011",
     {f"{_APP}.mem_limit": "1g", f"{_APP}.deploy": {"resources": {"limits": {"memory": "2g"}}}},
     {f"{_APP}.mem_limit": "1g", f"{_APP}.deploy": {"resources": {"limits": {"memory": "1024m"}}}}),
    ("two limits of processors", "SYN011",
     {f"{_APP}.cpus": 1, f"{_APP}.deploy": {"resources": {"limits": {"cpus": "0.5"}}}},
     {f"{_APP}.cpus": 1, f"{_APP}.deploy": {"resources": {"limits": {"cpus": "1.0"}}}}),
    ("a container's name for many", "SYN011", {f"{_APP}.container_name": "aa", f"{_APP}.scale": 2},
     {f"{_APP}.container_name": "aa", f"{_APP}.scale": 1}),
    ("a container's name twice", "SYN011|EXP009",
     {f"{_APP}.container_name": "aa", "services.b": {"image": "nginx:1.29", "container_name": "aa"}},
     {f"{_APP}.container_name": "aa", "services.b": {"image": "nginx:1.29", "container_name": "bb"}}),
    ("a watch without a target", "SYN011",
     {f"{_APP}.develop": {"watch": [{"path": ".", "action": "sync"}]}},
     {f"{_APP}.develop": {"watch": [{"path": ".", "action": "rebuild"}]}}),
    ("a secret of two sources", "SYN011", {"secrets": {"a": {"file": "./a", "environment": "A"}}},
     {"secrets": {"a": {"environment": "A"}}}),
    ("an external volume with a driver", "SYN011", {"volumes": {"a": {"external": True, "driver": "local"}}},
     {"volumes": {"a": {"external": True, "name": "b"}}}),
    ("devices by number and by name", "SYN011",
     {f"{_APP}.deploy": {"resources": {"reservations": {"devices": [
         {"capabilities": ["gpu"], "count": 1, "device_ids": ["0"]}]}}}},
     {f"{_APP}.deploy": {"resources": {"reservations": {"devices": [{"capabilities": ["gpu"], "count": 1}]}}}}),
    ("a circle of dependencies", "SYN011",
     {f"{_APP}.depends_on": ["b"], "services.b": {"image": "nginx:1.29", "depends_on": ["app"]}},
     {f"{_APP}.depends_on": ["b"], "services.b": {"image": "nginx:1.29"}}),
    ("a host port that there is not", "SYN011", {f"{_APP}.ports": ["70000:80"]}, {f"{_APP}.ports": ["7000:80"]}),
    ("silent: a bind of a file that is missing", "REF019",
     {f"{_APP}.image": "prom/prometheus:v3.5.0", f"{_APP}.volumes": ["./p.yml:/etc/prometheus/prometheus.yml"]}, {}),
    ("silent: a host port twice", "EXP009",
     {f"{_APP}.ports": ["80:80"], "services.b": {"image": "nginx:1.29", "ports": ["80:80"]}}, {}),
    ("silent: a health check that nothing makes", "RES003",
     {f"{_APP}.depends_on": {"b": {"condition": "service_healthy"}}, "services.b": {"image": "prom/prometheus:v3.5.0"}},
     {}),
    ("the version", "DEP002", {"version": "3.8"}, {}),
]  # fmt: skip
COMPOSE_ELSEWHERE = {
    "image or build": "another file of the project may give them: only the merged model tells",
    "undefined networks, volumes, secrets, configs, services": "another file of the project may define them",
    "a secret or config of no source": "another file of the project may give it",
    "duplicate targets of mounts": "Compose 2.40.3 takes them",
    "include, extends, env_file": "the resolver follows them, and tells of what it does not find",
    "capabilities, restart, host network with ports": "Compose takes them; rules on resources",
    "tools in images": "RES001",
}

RETENTION = [
    ("a flag that 3.0 dropped", "DEP008", "3.5.0",
     {}, ["--storage.tsdb.retention=30d"], ["--storage.tsdb.retention.time=30d"]),
    ("retention in the file before 3.8", "SYN003", "3.5.0",
     {"storage": {"tsdb": {"retention": {"time": "30d"}}}}, None, None),
    ("a size below zero", "SYN004|SYN011", "3.11.0",
     {"storage": {"tsdb": {"retention": {"size": "-1GB"}}}}, None, None),
    ("a share above all", "SYN004|SYN011", "3.11.0",
     {"storage": {"tsdb": {"retention": {"percentage": 120}}}}, None, None),
    ("an encoding that there is not", "SYN004|SYN011", "3.14.0",
     {"storage": {"tsdb": {"chunk_encoding": {"floats": "zip"}}}}, None, None),
]  # fmt: skip
RETENTION_ELSEWHERE = {
    "3.8 to 3.10 read the time of the file wrongly": "RET004 and its like, of a later issue",
    "3.11 takes the file's block as a whole": "a rule on retention, of a later issue",
    "NFS, volumes, agents": "RES011, RET005, MON",
}

GRAFANA = [
    ("datasources.yml", "two defaults", "SYN011",
     {"datasources.0.isDefault": True, "datasources.1": {"name": "L", "type": "loki", "isDefault": True}},
     {"datasources.0.isDefault": True,
      "datasources.1": {"name": "L", "type": "loki", "isDefault": True, "orgId": 2}}),
    ("datasources.yml", "two of one uid", "SYN011",
     {"datasources.0.uid": "a", "datasources.1": {"name": "L", "type": "loki", "uid": "a"}},
     {"datasources.0.uid": "a", "datasources.1": {"name": "L", "type": "loki", "uid": "b"}}),
    ("providers.yml", "another type", "SYN004|SYN011", {"providers.0.type": "git"}, {}),
    ("providers.yml", "no path", "SYN004|SYN011",
     {"providers.0.options": {"foldersFromFilesStructure": False}, "providers.0.folder": "a"}, {}),
    ("providers.yml", "a folder beside folders of files", "SYN011",
     {"providers.0.folder": "a", "providers.0.folderUid": "b", "providers.0.options.foldersFromFilesStructure": True},
     {"providers.0.folder": "a", "providers.0.options.foldersFromFilesStructure": True}),
    ("alerting.yml", "a group without a name", "SYN004", {"groups.0.name": ""}, {}),
    ("alerting.yml", "a group without a folder", "SYN004", {"groups.0.folder": None}, {}),
    ("alerting.yml", "an interval that is none", "SYN004", {"groups.0.interval": "soon"}, {}),
    ("alerting.yml", "a rule without a title", "SYN004", {f"{_RULE}.title": None}, {}),
    ("alerting.yml", "a rule without a uid", "SYN004", {f"{_RULE}.uid": None}, {}),
    ("alerting.yml", "a rule without data", "SYN004", {f"{_RULE}.data": []}, {}),
    ("alerting.yml", "a rule without a condition", "SYN011", {f"{_RULE}.condition": None},
     {f"{_RULE}.condition": None, f"{_RULE}.record": {"metric": "a", "from": "A"}}),
    ("alerting.yml", "a state on errors that there is not", "SYN004", {f"{_RULE}.execErrState": "Ok"}, {}),
    ("alerting.yml", "a state without data that there is not", "SYN004", {f"{_RULE}.noDataState": "None"}, {}),
    ("alerting.yml", "a receiver without a uid", "SYN004", {"contactPoints.0.receivers.0.uid": None}, {}),
    ("alerting.yml", "a receiver without settings", "SYN004|SYN011", {"contactPoints.0.receivers.0.settings": {}}, {}),
    ("alerting.yml", "a contact point without a name", "SYN004", {"contactPoints.0.name": None}, {}),
    ("alerting.yml", "a rule's own route to nobody", "SYN004",
     {f"{_RULE}.notification_settings": {"group_by": ["a"]}},
     {f"{_RULE}.notification_settings": {"receiver": "team"}}),
]  # fmt: skip
GRAFANA_ELSEWHERE = {
    "another access": "taken with a warning in the log, as `proxy`",
    "two rules of one uid, a condition that is no query": "not refused when Grafana starts, as far as its code shows",
    "dashboards with one uid or title": "DSH rules",
    "dollar signs in values": "DSH and SEC rules; a value with a variable has no verdict",
    "data sources and dashboards that are not there": "REF024, REF029",
    "required settings of each contact point": "no field table of them",
}


def _codes(directory: Path, files: dict[str, Any]) -> set[str]:
    for name, data in files.items():
        (directory / name).write_text(yaml.safe_dump(data, sort_keys=False))
    found = engine.check(engine.Options([directory])).active
    return {finding.code for finding in found}


def _files(name: str, data: Any, release: str = "3.7.0") -> dict[str, Any]:
    image = _IMAGES.get(name)
    if image is None:
        return {name: data}
    service = {
        "image": image.format(release),
        "command": ["-config.file=/c.yml"] if name != "prometheus.yml" else ["--config.file=/c.yml"],
        "volumes": [f"./{name}:/c.yml"],
    }
    return {name: data, "docker-compose.yml": {"services": {"one": service}}}


def _holds(directory: Path, name: str, codes: str, bad: dict[str, Any], good: dict[str, Any]) -> None:
    expected = set(codes.split("|"))
    found = _codes(directory, _files(name, _changed(BASES[name], bad)))
    assert expected & found, f"expected {codes}, found {sorted(found)}"
    found = _codes(directory, _files(name, _changed(BASES[name], good)))
    assert not expected & found, f"nothing is wrong, and found are {sorted(found)}"


@pytest.mark.parametrize(("item", "code", "bad", "good"), LOKI, ids=[case[0] for case in LOKI])
def test_loki(item: str, code: str, bad: dict[str, Any], good: dict[str, Any], tmp_path: Path) -> None:
    _holds(tmp_path, "loki.yml", code, bad, good)


@pytest.mark.parametrize(("item", "code", "bad", "good"), PROMTAIL, ids=[case[0] for case in PROMTAIL])
def test_promtail(item: str, code: str, bad: dict[str, Any], good: dict[str, Any], tmp_path: Path) -> None:
    _holds(tmp_path, "promtail.yml", code, bad, good)


@pytest.mark.parametrize(("item", "code", "bad", "good"), COMPOSE, ids=[case[0] for case in COMPOSE])
def test_compose(item: str, code: str, bad: dict[str, Any], good: dict[str, Any], tmp_path: Path) -> None:
    _holds(tmp_path, "docker-compose.yml", code, bad, good)


@pytest.mark.skipif(not oracle(), reason="Docker Compose is not installed")
@pytest.mark.parametrize(("item", "code", "bad", "good"), COMPOSE, ids=[case[0] for case in COMPOSE])
def test_compose_itself_agrees(item: str, code: str, bad: dict[str, Any], good: dict[str, Any], tmp_path: Path) -> None:
    for changes, refused in ((bad, not item.startswith("silent") and item != "the version"), (good, False)):
        data = _changed(BASES["docker-compose.yml"], changes)
        (tmp_path / "compose.yml").write_text(yaml.safe_dump(data, sort_keys=False))
        if refused:
            with pytest.raises(RefusedError):
                reference(tmp_path, ["compose.yml"])
        else:
            reference(tmp_path, ["compose.yml"])


@pytest.mark.parametrize(("name", "item", "code", "bad", "good"), GRAFANA, ids=[" ".join(case[:2]) for case in GRAFANA])
def test_grafana(name: str, item: str, code: str, bad: dict[str, Any], good: dict[str, Any], tmp_path: Path) -> None:
    _holds(tmp_path, name, code, bad, good)


@pytest.mark.parametrize(
    ("item", "codes", "release", "bad", "flags", "right"), RETENTION, ids=[c[0] for c in RETENTION]
)
def test_retention_of_prometheus(
    item: str,
    codes: str,
    release: str,
    bad: dict[str, Any],
    flags: list[str] | None,
    right: list[str] | None,
    tmp_path: Path,
) -> None:
    base = BASES["prometheus.yml"]
    for changes, words, wrong in ((bad, flags, True), ({}, right, False)):
        files = _files("prometheus.yml", {**base, **changes}, release)
        if words is not None:
            files["docker-compose.yml"]["services"]["one"]["command"] = words
        assert bool(set(codes.split("|")) & _codes(tmp_path, files)) is wrong


def test_what_is_judged_elsewhere_has_its_reason() -> None:
    """The list of Loki has 27 items: each is a case, or has a reason why it is none."""
    tried = {case[0].split()[0] for case in LOKI}
    assert {f"L{number}" for number in range(1, 28)} == tried | LOKI_ELSEWHERE.keys()
    assert tried.isdisjoint(LOKI_ELSEWHERE)
    assert {f"P{number}" for number in range(1, 8)} <= {
        case[0].split()[0] for case in PROMTAIL
    } | PROMTAIL_ELSEWHERE.keys()
    for reasons in (LOKI_ELSEWHERE, PROMTAIL_ELSEWHERE, COMPOSE_ELSEWHERE, RETENTION_ELSEWHERE, GRAFANA_ELSEWHERE):
        assert all(reasons.values())
