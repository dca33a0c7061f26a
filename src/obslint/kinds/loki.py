"""Loki's own configuration."""

from __future__ import annotations

from obslint.facts import logs as facts
from obslint.findings import Place
from obslint.kinds import loki_checks
from obslint.kinds.kind import Kind, scalar, settings
from obslint.parse import Cursor

_OTHERS = frozenset(
    ("scrape_configs", "clients", "blocks_storage", "receivers", "services", "datasources", "apiVersion")
)
_PARTS = frozenset(
    ("ingester", "compactor", "storage_config", "limits_config", "common", "query_range", "ruler", "table_manager",
     "chunk_store_config", "querier", "frontend", "ingester_client", "memberlist")
)  # fmt: skip
_DIRECTORIES = (
    ("common", "storage", "filesystem", "chunks_directory"),
    ("common", "storage", "filesystem", "rules_directory"),
    ("storage_config", "filesystem", "directory"),
    ("storage_config", "boltdb", "directory"),
    ("storage_config", "boltdb_shipper", "active_index_directory"),
    ("storage_config", "boltdb_shipper", "cache_location"),
    ("storage_config", "tsdb_shipper", "active_index_directory"),
    ("storage_config", "tsdb_shipper", "cache_location"),
    ("compactor", "working_directory"),
    ("ingester", "wal", "dir"),
    ("ruler", "storage", "local", "directory"),
    ("ruler", "rule_path"),
)
_SERVING = (
    ("server", "http_listen_port"),
    ("server", "grpc_listen_port"),
    ("server", "http_path_prefix"),
    ("memberlist", "bind_port"),
)


def recognise(root: Cursor) -> str | None:
    if not isinstance(root.value, dict) or _OTHERS & root.value.keys():
        return None
    schema = any("schema" in period for period in root.get("schema_config", "configs").items())
    parts = sorted(_PARTS & root.value.keys())
    if schema and parts:
        return "`schema_config` with " + ", ".join(f"`{part}`" for part in parts)
    if "limits_config" in root and len(parts) > 1 and not isinstance(root.get("distributor", "receivers").value, dict):
        return ", ".join(f"`{part}`" for part in parts)
    return None


def outline(keys: frozenset[str], text: str) -> bool:
    return "schema_config" in keys and len(keys & _PARTS) > 1 and not keys & _OTHERS and "schema:" in text


def extract(root: Cursor) -> facts.LokiFile:
    limits, compactor = root.get("limits_config"), root.get("compactor")
    deletes = root.get("table_manager", "retention_deletes_enabled")
    return facts.LokiFile(
        path=root.document.path,
        place=root.place,
        auth_enabled=scalar(root.get("auth_enabled")),
        retention_period=scalar(limits.get("retention_period")),
        retention_streams=tuple(
            period for item in limits.get("retention_stream").items() if (period := scalar(item.get("period")))
        ),
        retention_enabled=scalar(compactor.get("retention_enabled")),
        misplaced_retention_enabled=_misplaced(root),
        table_manager_deletes=scalar(deletes),
        delete_request_store=scalar(compactor.get("delete_request_store")),
        shared_store=scalar(compactor.get("shared_store")),
        compactor=compactor.key if compactor else None,
        periods=tuple(
            facts.SchemaPeriod(
                place=item.place,
                start=scalar(item.get("from")),
                store=scalar(item.get("store")),
                object_store=scalar(item.get("object_store")),
                schema=scalar(item.get("schema")),
                index=item.get("index").key if item.get("index") else None,
                index_period=scalar(item.get("index", "period")),
            )
            for item in root.get("schema_config", "configs").items()
        ),
        path_prefix=scalar(root.get("common", "path_prefix")),
        directories=settings(root, _DIRECTORIES),
        alertmanager_url=scalar(root.get("ruler", "alertmanager_url")),
        rules_directory=scalar(root.get("ruler", "storage", "local", "directory")),
        target=scalar(root.get("target")),
        wal_enabled=scalar(root.get("ingester", "wal", "enabled")),
        serving=settings(root, _SERVING),
        alertmanager_v2=scalar(root.get("ruler", "enable_alertmanager_v2")),
        structured_metadata=scalar(limits.get("allow_structured_metadata")),
        no_auth_tenant=scalar(root.get("no_auth_tenant")),
    )


def _misplaced(root: Cursor) -> tuple[Place, ...]:
    """`retention_enabled` at the top level or one level below, but not under `compactor`."""
    found = [root.get("retention_enabled").key] if "retention_enabled" in root else []
    found.extend(
        block.get("retention_enabled").key
        for name, block in root.pairs()
        if name != "compactor" and "retention_enabled" in block
    )
    return tuple(found)


KIND = Kind("loki", "Loki", recognise, extract, outline, check=loki_checks.check, first_only=True)
