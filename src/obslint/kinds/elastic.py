"""Beats, Kibana and Elasticsearch: all three take `a.b: 1` and `a: {b: 1}` alike."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from obslint.facts import elastic as facts
from obslint.facts.common import Connection
from obslint.kinds.kind import Kind, dotted, scalar, scalars
from obslint.parse import Cursor

_BEATS = {
    "filebeat": ("inputs", "prospectors", "modules", "config.inputs", "config.modules", "autodiscover.providers"),
    "metricbeat": ("modules", "config.modules", "autodiscover.providers"),
    "heartbeat": ("monitors", "config.monitors", "autodiscover.providers"),
}
_OUTPUTS = (
    ("output.elasticsearch", "hosts", "search"),
    ("output.logstash", "hosts", "log-push"),
    ("output.kafka", "hosts", "queue"),
    ("output.redis", "hosts", "queue"),
    ("monitoring.elasticsearch", "hosts", "search"),
    ("setup.kibana", "host", "ui"),
)
_SECRETS = ("username", "password", "api_key")
_ELASTICSEARCH = (
    "cluster.name",
    "cluster.initial_master_nodes",
    "network.host",
    "discovery.type",
    "discovery.seed_hosts",
    "bootstrap.memory_lock",
    "node.roles",
    "xpack.security.enabled",
)
_TOPS = frozenset(("apiVersion", "kind", "services", "opensearch", "plugins", "spring"))
_OWN = {
    "kibana": frozenset(
        ("server", "elasticsearch", "kibana", "xpack", "monitoring", "logging", "telemetry", "i18n", "path", "pid",
         "ops", "map", "csp", "data", "migrations", "newsfeed", "savedObjects", "status", "uiSettings", "unifiedSearch")
    ),
    "elasticsearch": frozenset(
        ("cluster", "node", "path", "network", "http", "transport", "discovery", "bootstrap", "xpack", "gateway",
         "action", "indices", "index", "ingest", "reindex", "script", "thread_pool", "search", "logger",
         "processors", "remote")
    ),
}  # fmt: skip
"""The first parts of keys of each. Values of a Helm chart hold some of them too, in a file of the same name."""
_NAMES = {kind: re.compile(rf"(?:[^/]*[-_.])?{kind}(?:[-_.][^/]*)?\.ya?ml\Z") for kind in _OWN}


def _tops(root: Cursor) -> frozenset[str]:
    return frozenset(key.partition(".")[0] for key, _ in root.pairs())


def _named(root: Cursor, kind: str) -> bool:
    """Whether a file is called after the program and holds none but its keys."""
    name = posixpath.basename(root.document.path)
    return _NAMES[kind].match(name) is not None and _tops(root) <= _OWN[kind]


def _beat(root: Cursor) -> tuple[str, str] | None:
    """The Beat a file is for, and the key that says so."""
    if _TOPS & _tops(root):
        return None
    for beat, keys in _BEATS.items():
        for key in keys:
            found = dotted(root, f"{beat}.{key}")
            if isinstance(found.value, list) or (key.startswith("config.") and "path" in found):
                return beat, f"{beat}.{key}"
    return None


def recognise_beats(root: Cursor) -> str | None:
    beat = _beat(root)
    return f"`{beat[1]}`" if beat else None


def outline_beats(keys: frozenset[str], text: str) -> bool:
    return bool(keys & {"filebeat.inputs", "metricbeat.modules", "heartbeat.monitors"}) and any(
        key == "output" or key.startswith("output.") for key in keys
    )


def extract_beats(root: Cursor) -> facts.BeatsFile:
    beat = (_beat(root) or ("filebeat", ""))[0]
    own = [dotted(root, f"{beat}.{key}") for key in _BEATS[beat] if "." not in key]
    return facts.BeatsFile(
        path=root.document.path,
        place=root.place,
        beat=beat,
        inputs=tuple(_input(item) for block in own for item in block.items()),
        autodiscover=tuple(_input(item) for item in dotted(root, f"{beat}.autodiscover.providers").items()),
        connections=tuple(_outputs(root)),
    )


def _input(item: Cursor) -> facts.BeatInput:
    return facts.BeatInput(
        place=item.place,
        type=scalar(item.get("type")) or scalar(item.get("module")),
        paths=scalars(item.get("paths")),
        hosts=(*scalars(item.get("hosts")), *scalars(item.get("urls"))),
        enabled=item.get("enabled").flag,
        allow_deprecated_use=item.get("allow_deprecated_use").flag,
    )


def _outputs(root: Cursor) -> Iterator[Connection]:
    """An output may be switched off with `enabled: false`."""
    for block, key, kind in _OUTPUTS:
        if dotted(root, f"{block}.enabled").flag is False:
            continue
        tls = any(dotted(root, f"{block}.{part}") for part in ("ssl", "ssl.enabled", "ssl.certificate_authorities"))
        secured = tls and dotted(root, f"{block}.ssl.enabled").flag is not False
        auth = any(dotted(root, f"{block}.{secret}") for secret in _SECRETS)
        for address in scalars(dotted(root, f"{block}.{key}")):
            yield Connection(block, kind, address, secured, auth)


def recognise_kibana(root: Cursor) -> str | None:
    """Other programs have `elasticsearch: {hosts: …}` too: only the dotted form, or the name, makes it Kibana's."""
    if _TOPS & _tops(root) or not (dotted(root, "elasticsearch.hosts") or dotted(root, "elasticsearch.url")):
        return None
    if _named(root, "kibana") and not dotted(root, "elasticsearch.port"):
        return "its name and an address of Elasticsearch"
    server = [key for key in ("server.host", "server.port", "server.name") if dotted(root, key)]
    return f"`elasticsearch.hosts` and `{server[0]}`" if server and "elasticsearch.hosts" in root else None


def outline_kibana(keys: frozenset[str], text: str) -> bool:
    return "elasticsearch.hosts" in keys and bool(keys & {"server.host", "server.port", "server.name"})


def extract_kibana(root: Cursor) -> facts.KibanaFile:
    hosts = dotted(root, "elasticsearch.hosts") or dotted(root, "elasticsearch.url")
    auth = any(dotted(root, f"elasticsearch.{key}") for key in ("password", "serviceAccountToken"))
    tls = bool(dotted(root, "elasticsearch.ssl") or dotted(root, "elasticsearch.ssl.certificateAuthorities"))
    return facts.KibanaFile(
        path=root.document.path,
        place=root.place,
        server_host=scalar(dotted(root, "server.host")),
        server_port=scalar(dotted(root, "server.port")),
        connections=tuple(Connection("elasticsearch", "search", url, tls, auth) for url in scalars(hosts)),
    )


def recognise_elasticsearch(root: Cursor) -> str | None:
    """OpenSearch writes the same keys: `xpack` or the file's name tells which of the two it is."""
    if _TOPS & _tops(root) or dotted(root, "elasticsearch.hosts") or _beat(root):
        return None
    marks = [key for key in _ELASTICSEARCH if dotted(root, key)]
    if not marks or not (_named(root, "elasticsearch") or ("xpack" in _tops(root) and len(marks) > 1)):
        return None
    return "`" + "`, `".join(marks) + "`"


def outline_elasticsearch(keys: frozenset[str], text: str) -> bool:
    return {"cluster.name", "network.host", "xpack.security.enabled"} <= keys


def extract_elasticsearch(root: Cursor) -> facts.ElasticsearchFile:
    return facts.ElasticsearchFile(
        path=root.document.path,
        place=root.place,
        network_host=scalar(dotted(root, "network.host")),
        http_port=scalar(dotted(root, "http.port")),
        security=scalar(dotted(root, "xpack.security.enabled")),
        data=scalars(dotted(root, "path.data")),
        discovery_type=scalar(dotted(root, "discovery.type")),
    )


# go-ucfg, with which Beats load their files, keeps the last of two equal keys.
BEATS = Kind("filebeat", "Beats", recognise_beats, extract_beats, outline_beats, strict=False)
KIBANA = Kind("kibana", "Kibana", recognise_kibana, extract_kibana, outline_kibana)
ELASTICSEARCH = Kind(
    "elasticsearch", "Elasticsearch", recognise_elasticsearch, extract_elasticsearch, outline_elasticsearch
)
