"""What Loki's own validation refuses beyond shape, as far as no flag can mend it (`Config.Validate` and below)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from obslint.facts.common import Fault
from obslint.kinds import selector_checks
from obslint.kinds.checks import at_most_one, listed, meaning, needs, said
from obslint.lang.durations import prometheus_duration
from obslint.lang.references import rendered
from obslint.parse import Cursor

_DAY = 24 * 3_600_000  # milliseconds
_MINUTE = 60_000
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BACKENDS = ("s3", "gcs", "azure", "swift", "filesystem", "bos", "alibabacloud", "cos")
_USUAL = ("filesystem", "s3", "aws", "gcs", "azure", "alibabacloud", "bos", "cos", "swift")
_STORES = frozenset(
    (
        *_USUAL,
        "inmemory",
        "aws-dynamo",
        "gcp",
        "gcp-columnkey",
        "bigtable",
        "bigtable-hashed",
        "cassandra",
        "grpc-store",
    )
)
"""All that any known release takes as `object_store` (`pkg/storage/types`)."""


def check(root: Cursor) -> Iterator[Fault]:
    """What is wrong in one configuration."""
    yield from _schema(root)
    yield from _named_stores(root.get("storage_config", "named_stores"))
    common = root.get("common", "storage")
    yield from _one_of(
        common,
        [name for name, of_type in common.pairs() if name in _BACKENDS and of_type.value],
        "`common.storage` takes one store",
    )
    worker = root.get("frontend_worker")
    for own in ("query_frontend_grpc_client", "query_scheduler_grpc_client"):
        yield from at_most_one(worker, "grpc_client_config", own)
    yield from _path_prefix(root.get("compactor", "delete_request_store_key_prefix"))
    limits = root.get("limits_config")
    for stream in limits.get("retention_stream").items():
        yield from selector_checks.matchers(stream.get("selector"))
        yield from _at_least(stream.get("period"), _DAY, "retention of a stream", "24h")
    interval = limits.get("engine_results_cache_time_bucket_interval")
    yield from _at_least(interval, _MINUTE, "a time bucket of cached results", "1m")
    if limits.get("tsdb_max_bytes_per_shard").text in ("0", "0B", "0MB"):
        place = limits.get("tsdb_max_bytes_per_shard").place
        yield meaning("`tsdb_max_bytes_per_shard` must be more than nothing", place, "remove it for the default")
    write = root.get("ruler", "remote_write")
    if write.get("enabled").flag is True and not said(write.get("client")) and not write.get("clients").value:
        yield from needs(write, "`ruler.remote_write`", "clients", "client")
    sharded, encoding = root.get("query_range", "shard_aggregations"), root.get("frontend", "encoding")
    if said(sharded) and encoding.text == "json":
        help = "set `frontend.encoding: protobuf`"
        yield meaning("`shard_aggregations` needs the encoding `protobuf`", sharded.key, help, encoding.place)


def _schema(root: Cursor) -> Iterator[Fault]:
    configs = root.get("schema_config", "configs")
    if configs.value == []:
        yield meaning("`schema_config.configs` has no period", configs.key, "add one")
    stores = {name for _, of_type in root.get("storage_config", "named_stores").pairs() for name, _ in of_type.pairs()}
    before: Cursor | None = None
    for period in configs.items():
        start = period.get("from")
        text = start.text
        if text and not rendered(text):
            if not _is_date(text[:10]) or text[10:].strip(" T:0Z"):
                yield meaning(f"`from` must be a date such as `2024-01-31`, not `{text[:40]}`", start.place)
            elif before is not None and text <= (before.text or ""):
                message = f"the period from {text} is not after the one before it, from {before.text}"
                yield meaning(
                    message, start.place, "order the periods by date, each with a date of its own", before.place
                )
            before = start
        for table in ("index", "chunks"):
            yield from _tables(period.get(table))
        store = period.get("object_store")
        name = store.text
        if name and not rendered(name) and name not in _STORES | stores:
            help = f"there are {listed(_USUAL)}, or the name of a store of `named_stores`"
            yield meaning(f"there is no object store `{name[:60]}`", store.place, help)


def _is_date(text: str) -> bool:
    """Whether Go's `time.Parse` takes it, which knows how long each month is."""
    try:
        return _DATE.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _tables(table: Cursor) -> Iterator[Fault]:
    period = table.get("period")
    length = _milliseconds(period)
    if length is not None and length % _DAY:
        yield meaning(f"the period of tables must be whole days, not `{period.text}`", period.place, "write e.g. `24h`")
    yield from _path_prefix(table.get("path_prefix"))


def _path_prefix(prefix: Cursor) -> Iterator[Fault]:
    text = prefix.text
    if text is None or rendered(text):
        return
    if not text or "\\" in text or text.startswith("/") or not text.endswith("/"):
        message = f"the prefix `{text[:60]}` must end with `/`, not begin with it, and hold no backslash"
        yield meaning(message, prefix.place, "write it as `index/`")


def _named_stores(stores: Cursor) -> Iterator[Fault]:
    first: dict[str, Cursor] = {}
    for _, of_type in stores.pairs():
        for name, store in of_type.pairs():
            if name in _STORES:
                yield meaning(
                    f"a named store may not be called `{name}`, which is a type of store", store.key, "rename it"
                )
            elif name in first:
                yield meaning(f"the named store `{name[:60]}` is there twice", store.key, "rename one", first[name].key)
            first.setdefault(name, store)


def _one_of(cursor: Cursor, names: list[str], message: str) -> Iterator[Fault]:
    if len(names) > 1:
        place = cursor.get(names[1]).key
        yield meaning(f"{message}, and has {listed(names)}", place, "keep one of them", cursor.get(names[0]).key)


def _at_least(value: Cursor, least: int, what: str, shown: str) -> Iterator[Fault]:
    length = _milliseconds(value)
    if length is not None and length < least:
        yield meaning(f"{what} must be at least {shown}, not `{value.text}`", value.place)


def _milliseconds(value: Cursor) -> int | None:
    if value.text is None:
        return None
    try:
        return prometheus_duration(value.text)
    except ValueError:
        return None
