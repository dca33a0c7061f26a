"""Promtail: which logs it reads, and what its pipeline makes of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from obslint.facts import logs as facts
from obslint.facts.common import Entry, Scalar
from obslint.findings import Place
from obslint.kinds import promtail_checks
from obslint.kinds.kind import Kind, entries, relabels, scalar, scalars
from obslint.parse import Cursor

MAX_DEPTH = 20
_LABELLED = frozenset(("file_sd_configs", "http_sd_configs", "loki_push_api"))
"""Sources whose lines bring labels of their own."""
_DISCOVERIES = ("_sd_configs", "static_configs")
_DOCKER_SD = "docker_sd_configs"
_SOURCES = ("journal", "syslog", "gcplog", "loki_push_api", "windows_events", "kafka", "azure_event_hubs", "gelf",
            "cloudflare", _DOCKER_SD, "heroku_drain")  # fmt: skip
"""Sources other than files, the one that Promtail takes before."""
_CRI = ("time", "stream", "flags", "content")
_DOCKER = ("output", "stream", "timestamp")
_QUIET = frozenset(
    ("json", "logfmt", "regex", "replace", "template", "labels", "labeldrop", "labelallow", "structured_metadata",
     "non_indexed_labels", "static_labels", "timestamp", "output", "tenant", "drop", "sampling", "limit", "multiline",
     "pack", "decolorize", "metrics", "match", "docker", "cri")
)  # fmt: skip
"""Stages that extract and set nothing but what the file names, or what is known of them."""
_READ = frozenset(("json", "logfmt", "regex", "replace", "timestamp", "output", "tenant", "drop"))
_GROUP = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")


def recognise(root: Cursor) -> str | None:
    if not isinstance(root.get("scrape_configs").value, list) or "scrape_interval" in root.get("global"):
        return None
    marks = [key for key in ("clients", "client", "positions") if key in root]
    if marks:
        return "`scrape_configs` with " + ", ".join(f"`{mark}`" for mark in marks)
    staged = any("pipeline_stages" in job for job in root.get("scrape_configs").items())
    return "`scrape_configs` with `pipeline_stages`" if staged else None


def outline(keys: frozenset[str], text: str) -> bool:
    return "scrape_configs" in keys and bool(keys & {"client", "clients", "positions"})


def extract(root: Cursor) -> facts.PromtailFile:
    clients = [*root.get("clients").items(), *([root.get("client")] if root.get("client") else [])]
    return facts.PromtailFile(
        path=root.document.path,
        place=root.place,
        clients=tuple(_client(client) for client in clients),
        jobs=tuple(_job(item) for item in root.get("scrape_configs").items()),
    )


def _client(client: Cursor) -> facts.LogClient:
    return facts.LogClient(
        place=client.place,
        url=scalar(client.get("url")),
        tenant=scalar(client.get("tenant_id")),
        headers=(
            *entries(client.get("headers")),
            *(
                Entry(Scalar(name, header.key), value)
                for name, header in client.get("http_headers").pairs()
                for value in scalars(header.get("values")) or (None,)
            ),
        ),
        proxied=bool(client.get("proxy_url")) or client.get("proxy_from_environment").flag is True,
    )


def _job(item: Cursor) -> facts.LogJob:
    labels = [label for group in item.get("static_configs").items() for label in entries(group.get("labels"))]
    source, statics = _source(item)
    return facts.LogJob(
        place=item.place,
        name=scalar(item.get("job_name")),
        discoveries=tuple(
            Scalar(key, value.key)
            for key, value in item.pairs()
            if value and (key.endswith("_sd_configs") or key in ("journal", "syslog", "gelf", "cloudflare", "kafka"))
        ),
        labels=tuple(labels),
        relabels=relabels(item.get("relabel_configs")),
        stages=_stages(item.get("pipeline_stages"), MAX_DEPTH),
        source_labels=tuple(name for _, section in item.pairs() for name, _ in section.get("labels").pairs()),
        labels_open=any(key in item for key in _LABELLED),
        source=source,
        docker=tuple(_docker(discovery) for discovery in item.get("docker_sd_configs").items()),
        paths=_named(labels, "__path__"),
        excluded=_named(labels, "__path_exclude__"),
        statics=statics,
    )


def _source(item: Cursor) -> tuple[str, Place | None]:
    """What a job reads; Promtail takes one source alone (its targets/manager.go): files, if anything leads to some."""
    files = next(
        (value for key, value in item.pairs() if key != _DOCKER_SD and key.endswith(_DISCOVERIES) and value), None
    )
    if files is not None:
        return "files", files.key
    other = next((key for key in _SOURCES if item.get(key)), "")
    return "docker" if other == _DOCKER_SD else other, None


def _docker(cursor: Cursor) -> facts.DockerDiscovery:
    return facts.DockerDiscovery(
        place=cursor.place,
        host=scalar(cursor.get("host")),
        filters=tuple(
            facts.Filter(scalar(item.get("name")), scalars(item.get("values")))
            for item in cursor.get("filters").items()
        ),
    )


def _named(labels: Sequence[Entry], name: str) -> tuple[Scalar, ...]:
    return tuple(label.value for label in labels if label.name.text == name and label.value is not None)


def _stages(cursor: Cursor, depth: int) -> tuple[facts.Stage, ...]:
    if depth == 0:
        return ()
    found = [_stage(kind, body, depth) for item in cursor.items() for kind, body in item.pairs()]
    return tuple(found)


def _stage(kind: str, body: Cursor, depth: int) -> facts.Stage:
    labels: tuple[facts.LabelStage, ...] = ()
    extracts: tuple[str, ...] = ()
    rewrites: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    keeps: tuple[str, ...] | None = None
    stages: tuple[facts.Stage, ...] = ()
    if kind == "labels":
        labels = tuple(facts.LabelStage(Scalar(name, value.key), value.text or name) for name, value in body.pairs())
    elif kind in ("json", "logfmt"):
        block = body.get("expressions" if kind == "json" else "mapping")
        extracts = tuple(name for name, _ in block.pairs())
    elif kind == "regex":
        extracts = tuple(_GROUP.findall(body.get("expression").text or ""))
    elif kind == "template":
        rewrites = tuple(source for source in [body.get("source").text] if source)
    elif kind == "replace":
        rewrites = tuple(source for source in [body.get("source").text] if source)
        extracts = tuple(_GROUP.findall(body.get("expression").text or ""))
    elif kind == "labeldrop":
        removes = tuple(text for item in body.each() if (text := item.text))
    elif kind == "structured_metadata":
        removes = tuple(value.text or name for name, value in body.pairs())
    elif kind == "pack":
        removes = tuple(text for item in body.get("labels").each() if (text := item.text))
    elif kind == "labelallow":
        keeps = tuple(text for item in body.each() if (text := item.text))
    elif kind == "match":
        stages = _stages(body.get("stages"), depth - 1)
    elif kind in ("cri", "docker"):
        extracts = _CRI if kind == "cri" else _DOCKER
    return facts.Stage(
        body.key,
        kind,
        labels,
        extracts,
        rewrites,
        removes,
        keeps,
        stages,
        sources=scalars(body.get("source")) if kind in _READ else (),
        sets=tuple(name for name, _ in body.pairs()) if kind == "static_labels" else (),
        open=kind not in _QUIET or (kind == "match" and depth == 1) or "${" in (body.get("expression").text or ""),
        selector=scalar(body.get("selector")) if kind == "match" else None,
        action=body.get("action").text if kind == "match" else None,
    )


KIND = Kind("promtail", "Promtail", recognise, extract, outline, check=promtail_checks.check, first_only=True)
