"""What Prometheus refuses in its configuration beyond keys and types: `config/config.go` and each discovery's own."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import replace

from obslint.facts.common import Fault
from obslint.kinds import relabel_checks
from obslint.kinds.checks import (
    at_most_one,
    duplicates,
    go_url,
    http_client,
    http_url,
    listed,
    meaning,
    needs,
    placeholder,
    said,
    tls,
)
from obslint.lang.durations import prometheus_duration
from obslint.lang.references import rendered
from obslint.lang.tokens import shortened
from obslint.parse import Cursor

_UTF8 = "3.0"
"""The first version that takes any UTF-8 in names (its migration guide)."""
_QUEUE_CHECKED = "3.12"
_RULE_PATH = re.compile(r"[^*]*(?:\*[^/]*)?")
_TARGET_FILE = re.compile(r"[^*]*(?:\*[^/]*)?\.(?:json|yml|yaml|JSON|YML|YAML)")
_RESERVED_HEADERS = frozenset(
    ("host", "content-encoding", "content-length", "content-type", "user-agent", "connection", "keep-alive",
     "proxy-authenticate", "proxy-authorization", "www-authenticate", "x-prometheus-remote-write-version",
     "x-prometheus-remote-read-version")
)  # fmt: skip
_SERVER = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]")
_BINARY_KEY = re.compile(r"!!binary[ \t]+$")
_VICTORIA_JOB = frozenset(
    ("stream_parse", "scrape_align_interval", "scrape_offset", "series_limit", "no_stale_markers", "max_scrape_size",
     "disable_compression", "disable_keepalive", "relabel_debug", "metric_relabel_debug")
)  # fmt: skip
_VICTORIA_STEP = frozenset(("if", "match", "labels", "replacement_template"))

_SELECTORS = {
    "pod": ("pod", "node"),
    "service": ("service",),
    "endpointslice": ("pod", "service", "endpointslice"),
    "endpoints": ("pod", "service", "endpoints"),
    "node": ("node",),
    "ingress": ("ingress",),
}


def check(root: Cursor) -> Iterator[Fault]:
    """What is wrong; where the file is in the dialect of VictoriaMetrics, only if a Prometheus is known to load it."""
    program = "prometheus" if _victoria(root) else ""
    for fault in _check(root):
        yield replace(fault, program=program) if program else fault


def _victoria(root: Cursor) -> bool:
    for job in root.get("scrape_configs").items():
        if isinstance(job.value, dict) and _VICTORIA_JOB & job.value.keys():
            return True
    return any(
        (step.get("action").text or "").lower() in relabel_checks.VICTORIA_ACTIONS
        or bool(isinstance(step.value, dict) and _VICTORIA_STEP & step.value.keys())
        or isinstance(step.get("regex").value, list)
        for steps in _all_relabels(root)
        for step in steps.items()
    )


def _all_relabels(root: Cursor) -> Iterator[Cursor]:
    for job in root.get("scrape_configs").items():
        yield job.get("relabel_configs")
        yield job.get("metric_relabel_configs")
    yield root.get("alerting", "alert_relabel_configs")
    for alertmanager in root.get("alerting", "alertmanagers").items():
        yield alertmanager.get("relabel_configs")
        yield alertmanager.get("alert_relabel_configs")
    for remote in root.get("remote_write").items():
        yield remote.get("write_relabel_configs")


def _retention(retention: Cursor) -> Iterator[Fault]:
    """Bounds of what is kept (config/config.go, `TSDBRetentionConfig`)."""
    size, share = retention.get("size"), retention.get("percentage")
    if size.text is not None and size.text.startswith("-"):
        yield meaning("the size of what is kept may not be negative", size.place)
    if isinstance(share.value, (int, float)) and not 0 <= share.value <= 100:
        yield meaning(f"`percentage` must be between 0 and 100, not {shortened(share.text or '')}", share.place)


def _check(root: Cursor) -> Iterator[Fault]:
    for key in ("rule_files", "scrape_config_files"):
        for item in root.get(key).items():
            if item.text is not None and not _RULE_PATH.fullmatch(item.text):
                message = f"`{shortened(item.text)}` has a `*` before its last part"
                yield meaning(message, item.place, "use `*` in the file's name only")
    for steps in _all_relabels(root):
        yield from relabel_checks.check(steps, _UTF8)
    yield from _global(root.get("global"))
    yield from _retention(root.get("storage", "tsdb", "retention"))
    yield from _jobs(root)
    for alertmanager in root.get("alerting", "alertmanagers").items():
        yield from http_client(alertmanager)
        yield from _discoveries(alertmanager)
    for key in ("remote_write", "remote_read"):
        yield from _remotes(root.get(key), key)
    yield from _tracing(root.get("tracing"))
    yield from _otlp(root)


def _global(cursor: Cursor) -> Iterator[Fault]:
    interval, timeout = _milliseconds(cursor.get("scrape_interval")), _milliseconds(cursor.get("scrape_timeout"))
    if (
        timeout is not None
        and timeout > (interval or 60_000)
        and not (interval is None and said(cursor.get("scrape_interval")))
    ):
        yield _too_long(cursor.get("scrape_timeout"), cursor.get("scrape_interval"), "the default of 1m")
    yield from _protocols(cursor.get("scrape_protocols"))
    for name, value in cursor.get("external_labels").pairs():
        yield from _label(name, value)


def _label(name: str, value: Cursor) -> Iterator[Fault]:
    """A label's name and value, also as `!!binary`, which may hold what is no UTF-8."""
    start = value.document.span(value.at, True).start
    binary = _BINARY_KEY.search(value.document.text.text, max(0, start - 50), start) is not None
    if binary and not _utf8(name):
        yield meaning("a label's name must be UTF-8", value.key, "write it as text")
    if value.document.tag(value.at) == "tag:yaml.org,2002:binary" and not _utf8(value.text or ""):
        yield meaning("a label's value must be UTF-8", value.place, "write it as text")
    if binary:
        return
    if not relabel_checks.label_name(name) and not rendered(name):
        if name == "":
            yield meaning("a label's name is empty", value.key, "name the label")
        else:
            message = f"`{shortened(name)}` is no label name before {_UTF8}"
            yield meaning(message, value.key, "letters, digits and `_` only, not beginning with a digit", since=_UTF8)


def _utf8(encoded: str) -> bool:
    """Whether Base64 holds UTF-8; what is no Base64 is not judged here."""
    try:
        base64.b64decode(encoded).decode()
    except UnicodeDecodeError:
        return False
    except binascii.Error:
        pass
    return True


def _milliseconds(cursor: Cursor) -> int | None:
    text = cursor.text
    if not text:
        return None
    try:
        return prometheus_duration(text)
    except ValueError:
        return None


def _too_long(timeout: Cursor, interval: Cursor, otherwise: str) -> Fault:
    shown = f"`scrape_interval` {interval.text}" if said(interval) else f"`scrape_interval`, {otherwise}"
    return meaning(
        f"`scrape_timeout` {timeout.text} is longer than {shown}",
        timeout.place,
        "lower the timeout or raise the interval",
        interval.place if said(interval) else None,
    )


def _protocols(cursor: Cursor) -> Iterator[Fault]:
    if cursor.value == []:
        yield meaning("`scrape_protocols` is empty", cursor.place, "remove it, or name a protocol")
    seen: dict[str, Cursor] = {}
    for item in cursor.items():
        name = (item.text or "").lower()
        if name in seen:
            yield meaning(f"the protocol `{item.text}` is there twice", item.place, "remove it", seen[name].place)
        seen.setdefault(name, item)


def _jobs(root: Cursor) -> Iterator[Fault]:
    jobs = list(root.get("scrape_configs").items())
    yield from duplicates([job.get("job_name") for job in jobs], "job name")
    common = root.get("global")
    # A file of `scrape_config_files` takes what it does not say from the main file, which is elsewhere.
    whole = isinstance(root.value, dict) and root.value.keys() != {"scrape_configs"}
    for job in jobs:
        if job.value is None:
            yield meaning("an empty scrape config", job.place, "remove the `-`")
        if not isinstance(job.value, dict):
            continue
        yield from _timing(job, common, whole)
        yield from _protocols(job.get("scrape_protocols"))
        yield from _escaping(job, common)
        yield from http_client(job)
        yield from _discoveries(job)


def _timing(job: Cursor, common: Cursor, whole: bool) -> Iterator[Fault]:
    timeout, interval = job.get("scrape_timeout"), job.get("scrape_interval")
    limit = _milliseconds(timeout)
    if not limit:
        return
    own = _milliseconds(interval)
    if own is None and said(interval):
        return
    if not own:
        interval = common.get("scrape_interval")
        own = _milliseconds(interval)
        if own is None and (said(interval) or not whole):
            return
    if limit > (own or 60_000):
        yield _too_long(timeout, interval, "the default of 1m")


def _escaping(job: Cursor, common: Cursor) -> Iterator[Fault]:
    scheme, escaping = job.get("metric_name_validation_scheme"), job.get("metric_name_escaping_scheme")
    if escaping.text == "allow-utf-8" and (scheme.text or common.get(*scheme.at[-1:]).text) == "legacy":
        message = "`metric_name_escaping_scheme` allow-utf-8 needs `metric_name_validation_scheme` utf8"
        yield meaning(message, escaping.place)
    elif (
        not escaping.text
        and not scheme.text
        and common.get("metric_name_escaping_scheme").text == "allow-utf-8"
        and common.get("metric_name_validation_scheme").text == "legacy"
    ):
        message = "`metric_name_escaping_scheme` allow-utf-8 needs `metric_name_validation_scheme` utf8"
        yield meaning(message, common.get("metric_name_escaping_scheme").place)


def _remotes(cursor: Cursor, key: str) -> Iterator[Fault]:
    remotes = list(cursor.items())
    yield from duplicates([remote.get("name") for remote in remotes], f"`{key}` name")
    for remote in remotes:
        if remote.value is None:
            yield meaning(f"an empty `{key}` entry", remote.place, "remove the `-`")
        if not isinstance(remote.value, dict):
            continue
        yield from _url(remote.get("url"), f"`{key}`")
        yield from _headers(remote.get("headers"), "use `basic_auth`, `authorization` or `oauth2`")
        yield from http_client(remote)
        yield from _queue(remote.get("queue_config"))
        keys = remote.get("sigv4")
        if said(keys.get("access_key")) != said(keys.get("secret_key")):
            yield meaning("`access_key` and `secret_key` of `sigv4` come together", keys.key)


def _headers(cursor: Cursor, help: str) -> Iterator[Fault]:
    for name, value in cursor.pairs():
        if name.lower() == "authorization":
            yield meaning("the header `Authorization` may not be set by `headers`", value.key, help)
        elif name.lower() in _RESERVED_HEADERS:
            yield meaning(f"the header `{name}` is Prometheus' own and may not be set", value.key, "remove it")


def _queue(queue: Cursor) -> Iterator[Fault]:
    for name in ("max_shards", "min_shards", "capacity", "max_samples_per_send"):
        value = queue.get(name)
        number = value.text or ""
        if re.fullmatch(r"0+|-[0-9]+", number):
            yield meaning(
                f"`{name}` must be above 0 from {_QUEUE_CHECKED} on",
                value.place,
                "remove it for the default",
                until=_QUEUE_CHECKED,
            )
    for low, high, of in (
        ("min_shards", "max_shards", lambda cursor: cursor.number),
        ("min_backoff", "max_backoff", _milliseconds),
    ):
        lowest, highest = of(queue.get(low)), of(queue.get(high))
        if lowest and highest and lowest > highest:
            message = f"`{low}` {queue.get(low).text} is above `{high}` {queue.get(high).text}"
            message += f", which {_QUEUE_CHECKED} refuses"
            yield meaning(message, queue.get(low).place, "", queue.get(high).place, until=_QUEUE_CHECKED)


def _tracing(tracing: Cursor) -> Iterator[Fault]:
    if isinstance(tracing.value, dict):
        yield from _headers(tracing.get("headers"), "remove it")
        yield from tls(tracing.get("tls_config"))


def _otlp(root: Cursor) -> Iterator[Fault]:
    otlp = root.get("otlp")
    everything = otlp.get("promote_all_resource_attributes")
    for key in ("promote_resource_attributes", "ignore_resource_attributes"):
        names = otlp.get(key)
        seen: dict[str, Cursor] = {}
        for item in names.items():
            name = (item.text or "").strip()
            if not name:
                yield meaning(f"an empty name in `{key}`", item.place, "remove it")
            elif name in seen:
                yield meaning(f"`{shortened(name)}` is twice in `{key}`", item.place, "remove it", seen[name].place)
            seen.setdefault(name, item)
        if not names.value:
            continue
        if key == "ignore_resource_attributes" and everything.flag is not True:
            message = "`ignore_resource_attributes` needs `promote_all_resource_attributes: true`"
            yield meaning(message, names.key)
    strategy, scheme = otlp.get("translation_strategy"), root.get("global", "metric_name_validation_scheme")
    if scheme.text == "legacy" and strategy.text in ("NoTranslation", "NoUTF8EscapingWithSuffixes"):
        message = f"`translation_strategy` {strategy.text} needs UTF-8 names, which `legacy` turns off"
        yield meaning(message, strategy.place, "", scheme.place)


def _discoveries(block: Cursor) -> Iterator[Fault]:
    relabelled = bool(block.get("relabel_configs").value)
    for group in block.get("static_configs").items():
        if group.value is None:
            yield meaning("an empty entry of `static_configs`", group.place, "remove the `-`")
        for name, value in group.get("labels").pairs():
            yield from _label(name, value)
        for target in group.get("targets").items():
            text = target.text
            if text is not None and "/" in text and not relabelled and not rendered(text):
                yield meaning(
                    "a target is an address, and this one has a `/`",
                    target.place,
                    "write `host:port` alone; `scheme` and `metrics_path` are settings of the job",
                )
    for key, configs in block.pairs():
        if key.endswith("_sd_configs"):
            for config in configs.items():
                if isinstance(config.value, dict):
                    yield from _discovery(key.removesuffix("_sd_configs"), config)


def _discovery(kind: str, config: Cursor) -> Iterator[Fault]:
    what = f"`{kind}_sd_configs`"
    yield from http_client(config)
    if kind in ("http", "puppetdb"):
        yield from http_url(config.get("url"), what)
    elif kind == "file":
        yield from _files(config)
    elif kind == "dns":
        record = (config.get("type").text or "SRV").upper()
        if record != "SRV" and not config.get("port").number and not rendered(config.get("port").text or ""):
            message = f"{what} of type {record} needs a `port`"
            yield meaning(message, config.get("type").place, "set `port`: only SRV records tell it")
    elif kind == "kubernetes":
        yield from _kubernetes(config)
    elif kind == "consul":
        if config.get("basic_auth"):
            yield from at_most_one(config, "username", "basic_auth")
    elif kind in ("ec2", "lightsail", "aws"):
        for item in config.get("filters").items():
            if not item.get("values").value:
                place = item.get("values").key if "values" in item else item.place
                yield meaning(f"a filter of {what} has no `values`", place, "name the values, or remove the filter")
    elif kind == "eureka":
        server = config.get("server")
        if server.text and not placeholder(server.text) and not _SERVER.match(server.text):
            yield meaning(f"the URL of {what} has no scheme or no host", server.place, "write `http://host:port/path`")
    elif kind == "uyuni":
        for name in ("username", "password"):
            yield from needs(config, what, name)
    elif kind == "azure":
        method = config.get("authentication_method").text or "OAuth"
        if method == "OAuth":
            for name in ("tenant_id", "client_id", "client_secret"):
                yield from needs(config, f"{what} with OAuth", name)
    elif kind in ("serverset", "nerve"):
        for path in config.get("paths").items():
            if path.text is not None and not path.text.startswith("/"):
                yield meaning(f"a path of {what} must begin with `/`", path.place)
    elif kind in ("scaleway", "outscale"):
        yield from needs(config, what, "secret_key", "secret_key_file")
        if kind == "outscale":
            yield from needs(config, what, "region")
    elif kind == "stackit":
        yield from _url(config.get("endpoint"), what)


def _url(url: Cursor, what: str) -> Iterator[Fault]:
    if url.text and not placeholder(url.text) and (why := go_url(url.text)) is not None:
        yield meaning(f"the URL of {what} is refused: {why}", url.place)


def _files(config: Cursor) -> Iterator[Fault]:
    for item in config.get("files").items():
        if item.text is not None and not _TARGET_FILE.fullmatch(item.text) and not rendered(item.text):
            yield meaning(
                f"`{shortened(item.text)}` is no file that `file_sd_configs` takes",
                item.place,
                "the name ends in .json, .yml or .yaml, with `*` in its last part only",
            )


def _kubernetes(config: Cursor) -> Iterator[Fault]:
    server, kubeconfig = config.get("api_server"), config.get("kubeconfig_file")
    own = config.get("namespaces", "own_namespace")
    yield from at_most_one(config, "api_server", "kubeconfig_file")
    for other in (server, kubeconfig):
        if own.flag is True and said(other):
            message = f"`own_namespace` and `{other.at[-1]}` exclude each other"
            yield meaning(message, own.key, "own_namespace is for a Prometheus in the cluster", other.key)
    if not said(server):
        keys = ("basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file", "tls_config", "proxy_url")
        custom = next((name for name in keys if config.get(name).value), None)
        if custom is not None:
            message = f"`{custom}` of `kubernetes_sd_configs` needs `api_server`"
            yield meaning(message, config.get(custom).key, f"set `api_server`, or remove `{custom}`")
    role = config.get("role").text or ""
    allowed = _SELECTORS.get(role)
    seen: dict[str, Cursor] = {}
    for selector in config.get("selectors").items():
        of = selector.get("role")
        if of.text and of.text in seen:
            yield meaning(f"two selectors of the role `{of.text}`", of.place, "merge them", seen[of.text].place)
        if of.text:
            seen.setdefault(of.text, of)
        if allowed is not None and of.text in _SELECTORS and of.text not in allowed:
            yield meaning(
                f"the role `{role}` takes selectors of {listed(allowed)} only", of.place, "", config.get("role").place
            )
        field = selector.get("field")
        for term in re.split(r"(?<!\\),", field.text or ""):
            if term and "=" not in term and not rendered(term):
                yield meaning(
                    f"`{shortened(term)}` is no field selector", field.place, "write `name=value` or `name!=value`"
                )
