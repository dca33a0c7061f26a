"""Mimir, and the object store files of Thanos."""

from __future__ import annotations

from obslint.facts import mimir as facts
from obslint.facts.common import Connection, Scalar
from obslint.kinds.kind import Kind, scalar, settings
from obslint.parse import Cursor

# Keys of Cortex, from which Mimir was forked; a file with `blocks_storage` and none of either may be read by both.
_OTHERS = frozenset(
    ("apiVersion", "kind", "auth_enabled", "schema", "storage", "chunk_store", "table_manager", "schema_config",
     "limits_config", "configs", "resource_monitor")
)  # fmt: skip
_MARKS = frozenset(("multitenancy_enabled", "common", "activity_tracker", "usage_stats", "no_auth_tenant"))
_BLOCKS = ("blocks_storage", "ruler_storage", "alertmanager_storage")
_BACKENDS = (("common", "storage", "backend"), *((block, "backend") for block in _BLOCKS))
_DIRECTORIES = (
    ("common", "storage", "filesystem", "dir"),
    *((block, "filesystem", "dir") for block in _BLOCKS),
    ("blocks_storage", "tsdb", "dir"),
    ("blocks_storage", "bucket_store", "sync_dir"),
    ("compactor", "data_dir"),
    ("ruler", "rule_path"),
    ("ruler_storage", "local", "directory"),
    ("alertmanager", "data_dir"),
    ("alertmanager_storage", "local", "path"),
)
_CONNECTIONS = (
    ("alertmanager", ("ruler", "alertmanager_url")),
    ("cluster", ("ruler", "query_frontend", "address")),
    ("cluster", ("frontend_worker", "frontend_address")),
    ("cluster", ("frontend_worker", "scheduler_address")),
    ("cluster", ("frontend", "scheduler_address")),
)
_STORES = frozenset(("S3", "GCS", "AZURE", "SWIFT", "COS", "ALIYUNOSS", "BOS", "OCI", "OBS", "FILESYSTEM"))


def recognise(root: Cursor) -> str | None:
    if not isinstance(root.value, dict) or _OTHERS & root.value.keys():
        return None
    if not isinstance(root.get("blocks_storage").value, dict) or "lifecycler" in root.get("ingester"):
        return None
    marks = sorted(_MARKS & root.value.keys())
    if "ring" in root.get("ingester"):
        marks.append("ingester.ring")
    return "`blocks_storage` with " + ", ".join(f"`{mark}`" for mark in marks) if marks else None


def outline(keys: frozenset[str], text: str) -> bool:
    return {"blocks_storage", "multitenancy_enabled"} <= keys and not keys & _OTHERS and "lifecycler:" not in text


def extract(root: Cursor) -> facts.MimirFile:
    return facts.MimirFile(
        path=root.document.path,
        place=root.place,
        target=scalar(root.get("target")),
        multitenancy=scalar(root.get("multitenancy_enabled")),
        http_port=scalar(root.get("server", "http_listen_port")),
        grpc_port=scalar(root.get("server", "grpc_listen_port")),
        backends=settings(root, _BACKENDS),
        directories=settings(root, _DIRECTORIES),
        connections=tuple(
            Connection(keys[0], kind, address)
            for kind, keys in _CONNECTIONS
            if (address := scalar(root.get(*keys))) is not None and address.text
        ),
        retention=scalar(root.get("limits", "compactor_blocks_retention_period")),
        rules_directory=scalar(root.get("ruler_storage", "local", "directory")),
    )


def recognise_store(root: Cursor) -> str | None:
    """Many files have a `type` and a `config`: nothing else may stand at the top, and a place for blocks below."""
    if not isinstance(root.value, dict) or not root.value.keys() <= {"type", "config", "prefix"}:
        return None
    kind, config = (root.get("type").text or "").upper(), root.get("config")
    place = {"FILESYSTEM": "directory", "AZURE": "container", "SWIFT": "container_name"}.get(kind, "bucket")
    return f"`type: {kind}` with `config.{place}`" if kind in _STORES and place in config else None


def extract_store(root: Cursor) -> facts.ObjectStoreFile:
    config = root.get("config")
    buckets = (scalar(config.get(key)) for key in ("bucket", "container", "container_name"))
    return facts.ObjectStoreFile(
        path=root.document.path,
        place=root.place,
        type=scalar(root.get("type")) or Scalar("", root.place),
        bucket=next((bucket for bucket in buckets if bucket is not None), None),
        endpoint=scalar(config.get("endpoint")),
        directory=scalar(config.get("directory")),
    )


KIND = Kind("mimir", "Mimir", recognise, extract, outline)
STORE = Kind("thanos-objstore", "Thanos", recognise_store, extract_store)
