"""Rule files: recording and alerting rules for Prometheus and vmalert, and the same shape for Loki's ruler."""

from __future__ import annotations

import re

from obslint.facts import prometheus as facts
from obslint.facts.common import Entry, Scalar
from obslint.kinds import rules_checks
from obslint.kinds.kind import Kind, entries, scalar
from obslint.parse import Cursor

# What no PromQL expression can contain: a line filter, a pipeline after a stream selector, a function of LogQL alone.
_LOGQL = re.compile(
    r"\|[=~>]|!>|\}\s*(?:!~|!=)\s*[\"`]|[}\"`\])]\s*\|\s*[a-z_]+|\b(?:bytes_rate|bytes_over_time|rate_counter)\s*\("
)
_STRINGS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\n]*")
# Of vmalert, of Mimir and of Cortex.
_SCOPES = ("tenant", "params", "headers", "extra_filter_labels", "source_tenants")


def _groups(root: Cursor) -> bool:
    """Groups of rules, or the empty list that a rule generator leaves; not vmalert's for Graphite and VictoriaLogs."""
    groups = root.get("groups")
    if groups.value == [] and root.value == {"groups": []}:
        return True
    if any("type" in group and group.get("type").value != "prometheus" for group in groups.items()):
        return False
    rules = [rule for group in groups.items() for rule in group.get("rules").items()]
    return "apiVersion" not in root and any("expr" in rule and ("alert" in rule or "record" in rule) for rule in rules)


def _logql(root: Cursor) -> bool:
    """Whether an expression can only be LogQL; strings and comments are blanked first, for they may hold anything."""
    for group in root.get("groups").items():
        for rule in group.get("rules").items():
            expr = rule.get("expr").text
            if expr and _LOGQL.search(_STRINGS.sub(lambda match: '"' + "x" * (len(match.group()) - 2) + '"', expr)):
                return True
    return False


def recognise_rules(root: Cursor) -> str | None:
    return "`groups` of rules" if _groups(root) and not _logql(root) else None


def recognise_loki(root: Cursor) -> str | None:
    return "`groups` of rules in LogQL" if _groups(root) and _logql(root) else None


def outline(keys: frozenset[str], text: str) -> bool:
    return keys == {"groups"} and "expr:" in text and ("alert:" in text or "record:" in text)


def extract(root: Cursor) -> facts.RuleFile:
    return facts.RuleFile(
        path=root.document.path,
        place=root.place,
        groups=tuple(_group(group) for group in root.get("groups").items()),
        logql=_logql(root),
    )


def _group(group: Cursor) -> facts.RuleGroup:
    labels = entries(group.get("labels"))
    return facts.RuleGroup(
        name=scalar(group.get("name")),
        rules=tuple(_rule(item, labels) for item in group.get("rules").items()),
        interval=scalar(group.get("interval")),
        query_offset=scalar(group.get("query_offset")),
        limit=scalar(group.get("limit")),
        scope=", ".join(f"{key}: {group.get(key).value!r}" for key in _SCOPES if group.get(key)),
    )


def _rule(item: Cursor, inherited: tuple[Entry, ...]) -> facts.Rule:
    alert = scalar(item.get("alert"))
    labels = entries(item.get("labels"))
    own = {entry.name.text for entry in labels}
    return facts.Rule(
        name=alert or scalar(item.get("record")) or Scalar("", item.place),
        expr=scalar(item.get("expr")),
        alerting=alert is not None,
        labels=(*labels, *(entry for entry in inherited if entry.name.text not in own)),
        annotations=entries(item.get("annotations")),
        hold=scalar(item.get("for")),
        keep_firing=scalar(item.get("keep_firing_for")),
    )


RULES = Kind("rules", "Prometheus", recognise_rules, extract, outline, check=rules_checks.check)
LOKI_RULES = Kind(
    "loki-rules", "Loki", recognise_loki, extract, check=lambda root: rules_checks.check(root, utf8_since=None)
)
