"""A cheap look at a text for the keys at its top, so that files of no concern are never parsed."""

from __future__ import annotations

import json
import re
from functools import lru_cache

MARKERS = frozenset(
    """
    alerting auth_enabled blocks_storage cluster cluster.name config configs contactPoints dashboard datasources
    deleteContactPoints deleteDatasources deleteRules discovery discovery.type distributor elasticsearch
    elasticsearch.hosts elements entryPoints exporters filebeat filebeat.autodiscover
    filebeat.autodiscover.providers filebeat.config filebeat.config.inputs filebeat.config.modules filebeat.inputs
    filebeat.modules filebeat.prospectors global groups heartbeat heartbeat.autodiscover
    heartbeat.autodiscover.providers heartbeat.config heartbeat.config.monitors heartbeat.monitors http include
    ingester inhibit_rules limits_config metricbeat metricbeat.autodiscover metricbeat.autodiscover.providers
    metricbeat.config metricbeat.config.modules metricbeat.modules metrics_generator modules muteTimes network
    network.host networks panels pipelines policies positions processors providers receivers remote_read
    remote_write resetPolicies route rows rule_files schema_config schemaVersion scrape_config_files scrape_configs
    secrets service services storage storage_config targets tcp templating time_intervals udp volumes xpack
    xpack.security.enabled
    """.split()  # noqa: SIM905
)
"""Top-level keys one of which every config of an observability stack has; a file with none is of no concern to us."""

GRAFANA_SECTIONS = frozenset(
    """
    alerting analytics annotations auth auth.anonymous auth.azuread auth.basic auth.generic_oauth auth.github
    auth.gitlab auth.google auth.grafana_com auth.jwt auth.ldap auth.okta auth.proxy dashboards database dataproxy
    date_formats emails enterprise explore external_image_storage feature_toggles grafana_com live log metrics
    navigation panels paths plugins profile query_history quota remote_cache rendering security server smtp snapshots
    tracing.opentelemetry unified_alerting users
    """.split()  # noqa: SIM905
)
"""Sections of `grafana.ini` (grafana/grafana conf/defaults.ini), some of which other programs have as well."""

_SECTION = re.compile(r"\n[ \t]*+\[([\w.]++)\]")
_LEAD = re.compile(r"(?:[ \t]*+(?:#[^\n]*+|---[^\n]*+|%[^\n]*+|\r)?\n)*+([ ]*+)(-[ ]++)?([\[{])?")
_KEY = r"""(?:"([^"\n]{1,256})"|'([^'\n]{1,256})'|([^\s:"'#\[\]{}&*!|>%@`,-][^\s:]{0,255}))[ \t]{0,32}:(?=\s|\Z)"""
_MAX_INDENT = 64
_BLOCK = re.compile(r'\n([A-Za-z_][\w.]*+)[ \t]*+(?:"\w*+"[ \t]*+)?\{')


def outline(text: str, form: str, markers: frozenset[str] = MARKERS) -> frozenset[str]:
    """Keys a file seems to have at its top, all documents together; no parsing, and never an error.

    YAML gives the keys of its mappings at the top level, and of the items if a sequence stands there. JSON, and YAML
    that opens with a bracket, gives those of `markers` that occur as a key at any depth. Alloy
    gives the names of its blocks, INI those of its sections that Grafana has, too.
    """
    if form in ("env", "nginx", "dockerfile"):
        return frozenset()
    if form == "ini":
        return GRAFANA_SECTIONS.intersection(_SECTION.findall("\n" + text))
    if form == "alloy":
        return frozenset(_BLOCK.findall("\n" + text))
    lead = _LEAD.match(text)
    indent, dash, bracket = lead.groups() if lead else ("", None, None)
    if form == "json" or bracket:
        return frozenset(_flow_keys(markers, quoted=form == "json").findall(text))
    columns = {""}
    width = len(indent) + len(dash or "")
    if 0 < width <= _MAX_INDENT:
        columns.add(f"[ ]{{{width}}}")
        if dash:
            columns.add(f"[ ]{{{len(indent)}}}-[ ]{{{len(dash) - 1}}}")
    return frozenset(key for keys in _block_keys("|".join(sorted(columns))).findall("\n" + text) for key in keys if key)


@lru_cache(maxsize=64)
def _block_keys(columns: str) -> re.Pattern[str]:
    return re.compile(rf"\n(?:{columns}){_KEY}")


@lru_cache(maxsize=8)
def _flow_keys(markers: frozenset[str], quoted: bool) -> re.Pattern[str]:
    words = "|".join(map(re.escape, sorted(markers))) or "(?!)"
    return re.compile(rf'"({words})"\s*+:' if quoted else rf"""(?<![\w.-])({words})["']?[ ]*+:""")


_START = r"(?:^|[;{}])[ \t]*+"
_VALUE = r"\$\{\w{1,64}\}|[^;{}\n]"
_NGINX = re.compile(
    rf"""{_START}(?:
        (?:proxy|grpc|fastcgi|uwsgi|scgi)_pass[ \t]+[^\s;]++[ \t]*;
        | server[ \t\r\n]*+\{{[^{{}}]*?\b(?:listen|server_name)[ \t]+(?![=:\s])(?:{_VALUE}){{1,300}}+;
        | upstream[ \t]++[\w.-]++[ \t\r\n]*+\{{[^{{}}]*?\bserver[ \t]++[^\s=;{{}}][^;{{}}\n]{{0,300}}+;
        | (?:proxy_set_header|fastcgi_param|ssl_certificate|ssl_protocols|auth_basic(?:_user_file)?|auth_request
            |add_header|proxy_http_version|limit_req_zone|server_tokens|stub_status|client_max_body_size)
            (?:[ \t]++(?![=\s])(?:{_VALUE})*+)?;
        | map[ \t]++\S{{0,99}}\$\w\S{{0,99}}[ \t]++\$\w++[ \t\r\n]*+\{{
    )""",
    re.MULTILINE | re.VERBOSE,
)
_FROM = re.compile(r"^[ \t]*+FROM[ \t]++\S", re.MULTILINE | re.IGNORECASE)


def format_of(text: str) -> str:
    """The format of a text by its content, where no name promises one; `yaml` where nothing speaks for another."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return "yaml"  # with flow mappings like those of JSON, or neither
        return "json"
    if not outline(text, "yaml").isdisjoint(MARKERS):
        return "yaml"
    if is_nginx(text):
        return "nginx"
    if is_dockerfile(text):
        return "dockerfile"
    return "alloy" if outline(text, "alloy") else "yaml"


def is_nginx(text: str) -> bool:
    """Whether a text can only be nginx configuration; many programs have files called `.conf`."""
    return _NGINX.search(text) is not None


def is_dockerfile(text: str) -> bool:
    """Whether a text builds on an image."""
    return _FROM.search(text) is not None
