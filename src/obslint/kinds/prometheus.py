"""prometheus.yml, also as vmagent's `-promscrape.config`."""

from __future__ import annotations

from obslint.facts import prometheus as facts
from obslint.facts.common import Scalar
from obslint.kinds import prometheus_checks
from obslint.kinds.kind import Kind, entries, named_files, relabels, scalar, scalars
from obslint.parse import Cursor

_OTHERS = frozenset(
    ("clients", "client", "positions", "server", "loki_config", "metrics", "logs", "groups", "services", "tests",
     "apiVersion")
)  # fmt: skip
_MARKS = frozenset(("scrape_configs", "rule_files", "alerting", "remote_write", "scrape_config_files"))
_IDENTITY = ("basic_auth", "authorization", "bearer_token", "bearer_token_file", "oauth2", "sigv4", "http_headers",
             "headers", "tls_config")  # fmt: skip
_NO_DISCOVERY = frozenset(("static_configs", "relabel_configs", "metric_relabel_configs", "tls_config"))


def recognise(root: Cursor) -> str | None:
    if not isinstance(root.value, dict) or _OTHERS & root.value.keys():
        return None
    jobs = root.get("scrape_configs")
    if jobs and not isinstance(jobs.value, list):
        return None
    if any("pipeline_stages" in job for job in jobs.items()):
        return None
    timing = root.get("global", "scrape_interval") or root.get("global", "evaluation_interval")
    marks = sorted(_MARKS & root.value.keys())
    listed = any(isinstance(root.get(name).value, list) for name in ("rule_files", "scrape_config_files"))
    if jobs.value or (timing and marks) or listed:
        return "`" + "`, `".join((["global"] if "global" in root else []) + marks) + "`"
    return "`global` with scrape timing" if timing else None


def outline(keys: frozenset[str], text: str) -> bool:
    return "scrape_configs" in keys and not keys & _OTHERS and "job_name" in text and "pipeline_stages" not in text


def extract(root: Cursor) -> facts.PrometheusFile:
    alertmanagers = root.get("alerting", "alertmanagers")
    storage = root.get("storage", "tsdb", "retention")
    return facts.PrometheusFile(
        path=root.document.path,
        place=root.place,
        external_labels=entries(root.get("global", "external_labels")),
        scrape_interval=scalar(root.get("global", "scrape_interval")),
        evaluation_interval=scalar(root.get("global", "evaluation_interval")),
        rule_files=scalars(root.get("rule_files")),
        rule_files_place=root.get("rule_files").key if "rule_files" in root else None,
        jobs=tuple(scrape_job(item) for item in root.get("scrape_configs").items()),
        jobs_place=root.get("scrape_configs").key if "scrape_configs" in root else None,
        scrape_config_files=scalars(root.get("scrape_config_files")),
        alertmanagers=tuple(_alertmanagers(item) for item in alertmanagers.items()) if alertmanagers else None,
        alertmanagers_place=alertmanagers.key if "alertmanagers" in root.get("alerting") else None,
        remote_writes=_remotes(root.get("remote_write")),
        remote_reads=_remotes(root.get("remote_read")),
        retention_time=scalar(storage.get("time")),
        retention_size=scalar(storage.get("size")),
        paths=named_files(root),
        alert_relabels=relabels(root.get("alerting", "alert_relabel_configs")),
    )


def scrape_job(item: Cursor) -> facts.ScrapeJob:
    """One item of `scrape_configs`, also where another program embeds them."""
    discoveries = tuple(
        Scalar(key, value.key)
        for key, value in item.pairs()
        if (key.endswith("_sd_configs") or (key.endswith("_configs") and key not in _NO_DISCOVERY))
        and key != "file_sd_configs"
        and value
    )
    return facts.ScrapeJob(
        place=item.place,
        name=scalar(item.get("job_name")),
        metrics_path=scalar(item.get("metrics_path")),
        scheme=scalar(item.get("scheme")),
        params=tuple(
            (name, tuple(found.text for found in scalars(values))) for name, values in item.get("params").pairs()
        ),
        interval=scalar(item.get("scrape_interval")),
        honor_labels=item.get("honor_labels").flag is True,
        groups=target_groups(item.get("static_configs")),
        discoveries=discoveries,
        file_discoveries=tuple(
            found for config in item.get("file_sd_configs").items() for found in scalars(config.get("files"))
        ),
        relabels=relabels(item.get("relabel_configs")),
        metric_relabels=relabels(item.get("metric_relabel_configs")),
        proxied=bool(item.get("proxy_url")) or item.get("proxy_from_environment").flag is True,
        identified=any(name in item for name in _IDENTITY),
        timeout=scalar(item.get("scrape_timeout")),
    )


def target_groups(cursor: Cursor) -> tuple[facts.TargetGroup, ...]:
    """Groups of targets, as in `static_configs`."""
    return tuple(
        facts.TargetGroup(item.place, scalars(item.get("targets")), entries(item.get("labels")))
        for item in cursor.items()
    )


def _alertmanagers(item: Cursor) -> facts.AlertmanagerSet:
    return facts.AlertmanagerSet(
        place=item.place,
        groups=target_groups(item.get("static_configs")),
        discoveries=tuple(
            Scalar(key, value.key) for key, value in item.pairs() if key.endswith("_sd_configs") and value
        ),
        relabels=relabels(item.get("relabel_configs")),
        api_version=scalar(item.get("api_version")),
        alert_relabels=relabels(item.get("alert_relabel_configs")),
    )


def _remotes(cursor: Cursor) -> tuple[facts.Remote, ...]:
    return tuple(facts.Remote(item.place, scalar(item.get("url"))) for item in cursor.items())


KIND = Kind("prometheus", "Prometheus", recognise, extract, outline, check=prometheus_checks.check, first_only=True)
