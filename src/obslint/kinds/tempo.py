"""Tempo."""

from __future__ import annotations

from obslint.facts import tempo as facts
from obslint.facts.common import Connection, Scalar
from obslint.kinds.kind import Kind, scalar, scalars, settings
from obslint.kinds.otel import receiver_listeners
from obslint.parse import Cursor

_OTHERS = frozenset(("apiVersion", "kind", "schema_config", "blocks_storage", "limits_config", "scrape_configs"))
_PARTS = frozenset(
    ("distributor", "ingester", "compactor", "backend_worker", "backend_scheduler", "live_store", "block_builder",
     "metrics_generator", "query_frontend", "querier", "overrides", "server", "memberlist")
)  # fmt: skip
_DIRECTORIES = (
    ("storage", "trace", "local", "path"),
    ("storage", "trace", "wal", "path"),
    ("metrics_generator", "storage", "path"),
    ("metrics_generator", "traces_storage", "path"),
    ("live_store", "wal", "path"),
    ("block_builder", "wal", "path"),
)


def recognise(root: Cursor) -> str | None:
    """Loki, Mimir and Cortex have a `distributor` as well, but no receivers in it."""
    if not isinstance(root.value, dict) or _OTHERS & root.value.keys():
        return None
    marks = []
    if isinstance(root.get("distributor", "receivers").value, dict):
        marks.append("`distributor.receivers`")
    trace = root.get("storage", "trace")
    if any(key in trace for key in ("backend", "local", "wal", "s3", "gcs", "azure")) and _PARTS & root.value.keys():
        marks.append("`storage.trace`")
    return " and ".join(marks) or None


def outline(keys: frozenset[str], text: str) -> bool:
    return {"distributor", "storage"} <= keys and not keys & _OTHERS and "receivers:" in text and "trace:" in text


def extract(root: Cursor) -> facts.TempoFile:
    generator = root.get("metrics_generator")
    writes = generator.get("storage", "remote_write")
    # `compactor` before 3.0, `backend_worker` since.
    compaction = root.get("backend_worker", "compaction") or root.get("compactor", "compaction")
    return facts.TempoFile(
        path=root.document.path,
        place=root.place,
        http_port=scalar(root.get("server", "http_listen_port")),
        grpc_port=scalar(root.get("server", "grpc_listen_port")),
        listeners=receiver_listeners(root.get("distributor", "receivers")),
        backend=scalar(root.get("storage", "trace", "backend")),
        directories=settings(root, _DIRECTORIES),
        block_retention=scalar(compaction.get("block_retention")),
        compacted_block_retention=scalar(compaction.get("compacted_block_retention")),
        override_retention=(
            scalar(root.get("overrides", "defaults", "compaction", "block_retention"))
            or scalar(root.get("overrides", "block_retention"))
        ),
        generator=generator.key if generator else None,
        remote_writes=tuple(
            Connection(
                part="metrics_generator",
                kind="remote-write",
                address=url,
                tls=bool(item.get("tls_config")),
                auth=any(item.get(key) for key in ("basic_auth", "authorization", "bearer_token", "oauth2")),
            )
            for item in writes.items()
            if (url := scalar(item.get("url"))) is not None
        ),
        processors=_processors(root.get("overrides")),
        overrides_file=scalar(root.get("overrides", "per_tenant_override_config")),
    )


def _processors(overrides: Cursor) -> tuple[Scalar, ...]:
    """In the scoped format or the flat one before 2.3; a set, which Tempo also reads from a mapping's keys."""
    written = overrides.get("defaults", "metrics_generator", "processors") or overrides.get(
        "metrics_generator_processors"
    )
    return (*scalars(written), *(Scalar(name, value.key) for name, value in written.pairs()))


KIND = Kind("tempo", "Tempo", recognise, extract, outline, first_only=True)
