"""Whether a text is a template of a config, still to be rendered by Helm, Jinja and their like.

The difficulty is the files that hold Go templates for good: alerts, notifications, log pipelines, dashboards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from obslint.discover.names import template_ending
from obslint.discover.sniff import outline


@dataclass(frozen=True, slots=True)
class _Marker:
    name: str
    needles: tuple[str, ...]
    """Without one of these words in the text the expression need not run."""
    expression: re.Pattern[str]


_OUTSIDE = "`{{` outside of quotes"
_ANYWHERE = (
    _Marker(
        "Helm",
        (".Values", ".Release.", ".Chart.", ".Capabilities."),
        re.compile(r"\{\{[^{}\n]{0,200}?(?<![\w\])])\$?\.(?:Values\b|(?:Release|Chart|Capabilities)\.[A-Z])"),
    ),
    _Marker("Helm", ("include",), re.compile(r"\{\{-?[ \t]*+include[ \t]+\\?[\"`]")),
    _Marker("escaped braces", ("{{",), re.compile(r"\{\{-?[ \t]*+(?:`[^`\n]{0,200}?|\\?[\"'])\{\{")),
    _Marker(
        "gomplate",
        ("env", ".Env."),
        re.compile(r"\{\{-?[ \t]*+(?:getenv[ \t]|env\.Getenv\b|\.Env\.\w|env[ \t]+\\?[\"`])"),
    ),
    _Marker(
        "consul-template",
        ("key", "secret"),
        re.compile(r"\{\{-?[ \t]*+(?:(?:with[ \t]+)?secret|key|keyOrDefault)[ \t]+\\?[\"`]"),
    ),
    _Marker(
        "Jinja",
        ("{%",),
        re.compile(
            r"\{%[-+]?[ \t]*+(?:if|elif|else|endif|for|endfor|set|raw|endraw|block|extends|import|from|include)\b"
        ),
    ),
)
"""What no component's own config contains."""
_ANYWHERE_YAML = (
    *_ANYWHERE,
    _Marker("Jinja", ("{#",), re.compile(r"\n[ \t]*+\{#")),
    _Marker("ERB", ("<%",), re.compile(r"<%[-=]?[ \t][^%\n]{1,200}%>")),
    _Marker("Terraform", ("%{",), re.compile(r"%\{~?[ \t]*+(?:if|else|endif|for|endfor)\b")),
)
_ANYWHERE_JSON = (
    *_ANYWHERE,
    _Marker(_OUTSIDE, ('":{{', '": {{'), re.compile(r'(?<!\\)"[\w.$-]{1,100}":[ ]?\{\{')),
    _Marker(_OUTSIDE, ("{{",), re.compile(r"\n[ \t]*+\{\{")),
)

_ANYWHERE_NGINX = (*_ANYWHERE, _Marker("`{{`", ("{{",), re.compile(r"\{\{-?[ \t]*+[.$\w]")))

_PLACEHOLDER = re.compile(r"%\(([A-Za-z_]\w{1,63})\)[sd]")
_PLACEHOLDERS_OF_PROGRAMS = frozenset(
    """
    protocol domain http_addr http_port root_url instance_name
    args asctime created exc_info filename funcName levelname levelno lineno message module msecs msg name pathname
    process processName relativeCreated taskName thread threadName
    """.split()  # noqa: SIM905
)
"""Grafana's [server] settings, which refer to each other in this form, and the attributes of Python's log records."""

_BARE = re.compile(r"\[?[ ]*\{\{")
_NOTIFICATION = re.compile(r"\{\{-?[ \t]*template\b")
_ALERT = re.compile(
    r"\{\{[^}]{0,200}?(?:\$(?:labels|values?|externalLabels|externalURL)\b"
    r"|\.(?:CommonLabels|CommonAnnotations|GroupLabels|Labels|Annotations|Alerts)\b)"
)
"""Templates of alerts and notifications: without the quotes YAML wants they are a mistake to report, not a template."""

_EXPRESSION = re.compile(
    r"(?<![$\\])\{\{-?[ \t]*+([A-Za-z_]\w*+)(?:\.\w++|\[[^\]{}\n]{1,100}\])*+[ \t]*+(?:\|[^{}\n]{1,200})?-?\}\}"
)
"""A Jinja expression: a name, its attributes, filters. A Go template would need a dot, a dollar or arguments."""
_NO_TEMPLATES = frozenset(
    """
    services scrape_configs rule_files alerting remote_write route receivers schema_config limits_config auth_enabled
    clients positions datasources
    """.split()  # noqa: SIM905
)
"""Keys of the kinds that give no meaning of their own to `{{ name }}`."""
_OWN_FIELDS = frozenset({"expr", "legendFormat", "alias", "template", "line_format", "label_format"})
"""Fields whose own language has that form all the same."""
_GO_WORDS = frozenset(
    """
    and block break call continue define else end eq false ge gt html if index js le len lt ne nil not or print printf
    println range slice template true urlquery with

    append args base64decode base64encode date dict externalURL first graphLink humanize humanize1024 humanizeDuration
    humanizePercentage humanizeTimestamp join label list match mustToDate now parseDuration pathPrefix query
    reReplaceAll routeLabels safeHtml safeUrl since sortByLabel stringSlice stripDomain stripPort strvalue tableLink
    title tmpl toDate toDuration toJson toLower toTime toUpper trimSpace tz urlQueryEscape urlUnescape value

    Hash Replace Sha2Hash ToLower ToUpper Trim TrimLeft TrimPrefix TrimRight TrimSpace TrimSuffix regexReplaceAll
    regexReplaceAllLiteral

    Alerts Annotations CommonAnnotations CommonLabels ExternalURL GroupLabels Labels Receiver Status instance job labels
    values
    """.split()  # noqa: SIM905
)
"""Words of text/template, of Prometheus' and Alertmanager's functions, of Promtail's template stage, and what an alert
refers to when its author forgot the dot or the dollar: no names of a Jinja template."""

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[^\n]*+", re.MULTILINE)
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]{0,2}(?:[ \t]+#.*)?")
_CLOSING = {'"': re.compile(r'(?:[^"\\]|\\.?)*+"', re.DOTALL), "'": re.compile(r"(?:[^']|'')*+'", re.DOTALL)}
_QUOTED_KEY = re.compile(r"""("(?:[^"\\]|\\.)*+"|'(?:[^']|'')*+')[ \t]*+:(?=[ \t]|\Z)""")


def templated(text: str, form: str, path: str = "") -> str | None:
    """Name and line of the marker that shows a file to be a template of a config; None if it is none.

    The marker itself is not quoted, for it may hold a secret. Go templates inside the strings of alerts, notifications,
    log pipelines, dashboards and log options are none, nor is `${VAR}`.
    """
    ending = template_ending(path)
    if ending is not None:
        return f"`{ending}` ending"
    if form == "env" or not any(needle in text for needle in ("{{", "{%", "{#", "%(", "<%", "%{")):
        return None
    if form in ("nginx", "dockerfile"):  # they hold the `%(name)s` of other programs, as compose files do
        return _certain("\n" + text, _ANYWHERE_NGINX if form == "nginx" else _ANYWHERE, frozenset(("services",)))
    if form in ("json", "alloy"):
        return _certain("\n" + text, _ANYWHERE_JSON if form == "json" else _ANYWHERE, frozenset())
    keys = outline(text, form)
    found = _certain("\n" + text, _ANYWHERE_YAML, keys)
    if found is not None:  # rarely: so comments are taken out only now
        found = _certain(_COMMENT.sub("", "\n" + text), _ANYWHERE_YAML, keys)
    return found or (_structural(text, keys) if "{{" in text else None)


def _certain(text: str, markers: Sequence[_Marker], keys: frozenset[str]) -> str | None:
    """A marker that is one wherever it stands; `text` begins with an extra line end."""
    notifications = not keys.isdisjoint(("contactPoints", "templates"))
    for marker in markers:
        if not any(needle in text for needle in marker.needles):
            continue
        for match in marker.expression.finditer(text):
            if notifications and match.group().endswith(".Values"):  # which Grafana's notifications know as well
                continue
            return _report(marker.name, text, match)
    if "%(" in text and "services" not in keys:  # a compose file hands such words to the programs that read them
        for match in _PLACEHOLDER.finditer(text):
            if match[1] not in _PLACEHOLDERS_OF_PROGRAMS and not match[1].startswith("ENV_"):
                return _report("`%(name)s`", text, match)
    return None


def _report(name: str, text: str, match: re.Match[str]) -> str:
    line = text.count("\n", 0, match.end())
    return f"{name}, line {line}"


def _structural(text: str, keys: frozenset[str]) -> str | None:
    """A `{{` that YAML itself would have to read, or a Jinja expression where no component knows templates."""
    expressions = not keys.isdisjoint(_NO_TEMPLATES)
    own = _OWN_FIELDS | {"labels"} if "services" in keys else _OWN_FIELDS
    for number, role, value, owners in _lines(text):
        if "{{" not in value:
            continue
        if role in ("value", "bare") and _BARE.match(value):
            notification = role == "value" and "receivers" in keys and _NOTIFICATION.match(value)
            if not notification and not _ALERT.search(value):
                return f"{_OUTSIDE}, line {number}"
        elif expressions and role != "block" and own.isdisjoint(key for _, key in owners):
            for match in _EXPRESSION.finditer(value):
                if match[1] not in _GO_WORDS and not match[1].startswith("HOMEPAGE_"):
                    return f"Jinja, line {number}"
    return None


def _lines(text: str) -> Iterator[tuple[int, str, str, list[tuple[int, str]]]]:
    """Lines of YAML by what stands on them: number, role, value, and the keys that own it with their columns.

    Roles are `value` (after a key or a dash), `bare` (a value on a line of its own), `block` and `text` (a further line
    of a block scalar, or of another one). An approximation that errs towards the last two; the list is live.
    """
    owners: list[tuple[int, str]] = []
    inside, parent, quote = "", -1, ""
    for number, line in enumerate(text.split("\n"), 1):
        body = line.strip()
        if inside == "quoted":
            yield number, "text", body, owners
            if _CLOSING[quote].match(body):
                inside = ""
            continue
        if not body:
            continue
        column = len(line) - len(line.lstrip(" "))
        if inside and column > parent:
            yield number, inside, body, owners
            continue
        inside = ""
        if body.startswith("#"):
            continue
        if line.startswith(("---", "...")):
            owners.clear()
            body, column = body[3:].lstrip(), 0
            if not body:
                continue
        role = "bare"
        while body == "-" or body.startswith("- "):
            role, parent = "value", column
            while owners and owners[-1][0] > column:
                owners.pop()
            rest = body[1:].lstrip(" ")
            column += len(body) - len(rest)
            body = rest
        key, value = _split(body)
        if key is not None:
            while owners and owners[-1][0] >= column:
                owners.pop()
            owners.append((column, key))
            role, parent = "value", column
        elif role == "bare":
            parent = owners[-1][0] if owners else -1
        while value[:1] in ("&", "!"):
            value = value.partition(" ")[2].lstrip()
        if not value or value.startswith("#"):
            continue
        if _BLOCK_HEADER.fullmatch(value):
            inside = "block"
        elif value[0] in _CLOSING:
            quote = value[0]
            closed = _CLOSING[quote].match(value, 1)
            inside = "" if closed else "quoted"
            value = value[: closed.end()] if closed else value
        else:
            inside = "" if value[0] in "[{" else "text"
            value = value.partition(" #")[0]
        yield number, role, value, owners


def _split(body: str) -> tuple[str | None, str]:
    """Key and value of a line that holds an entry of a block mapping; no key if it does not."""
    if body[:1] in ("'", '"'):
        match = _QUOTED_KEY.match(body)
        return (match[1][1:-1], body[match.end() :].strip()) if match else (None, body)
    if body[:1] in ("{", "[", "|", ">", "#"):
        return None, body
    at = body.find(": ")
    if at < 0 and body.endswith(":"):
        at = len(body) - 1
    return (body[:at].strip(), body[at + 1 :].strip()) if at > 0 else (None, body)
