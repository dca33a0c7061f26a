"""What Alertmanager refuses beyond keys and types: `config/config.go`, `config/notifiers.go` and time intervals.

Undefined receivers and time intervals are a rule of their own, for they are references; what must always be there, and
what excludes its own `*_file` form, is in the schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from obslint.facts.common import Fault
from obslint.kinds import template_checks
from obslint.kinds.checks import (
    at_most_one,
    duplicates,
    http_client,
    listed,
    meaning,
    needs,
    placeholder,
    regex,
    said,
    tls,
)
from obslint.kinds.relabel_checks import label_name
from obslint.lang import matchers, time_intervals
from obslint.lang.durations import prometheus_duration
from obslint.lang.references import rendered
from obslint.lang.tokens import shortened
from obslint.parse import Cursor

MAX_DEPTH = 50
_UTF8 = "0.27"
"""The first version that takes any UTF-8 in names, unless `_CLASSIC` is enabled (its changelog, `featurecontrol`)."""
_CLASSIC = "classic-mode"
_SLACK_API = "https://slack.com/api/chat.postMessage"

_NEEDS: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    "slack": (
        (
            ("api_url", "api_url_file", "app_token", "app_token_file"),
            ("slack_api_url", "slack_api_url_file", "slack_app_token", "slack_app_token_file"),
        ),
    ),
    "opsgenie": ((("api_key", "api_key_file"), ("opsgenie_api_key", "opsgenie_api_key_file")),),
    "victorops": ((("api_key", "api_key_file"), ("victorops_api_key", "victorops_api_key_file")),),
    "wechat": (
        (("api_secret", "api_secret_file"), ("wechat_api_secret", "wechat_api_secret_file")),
        (("corp_id",), ("wechat_api_corp_id",)),
    ),
    "email": ((("smarthost",), ("smtp_smarthost",)), (("from",), ("smtp_from",))),
    "pagerduty": ((("routing_key", "routing_key_file", "service_key", "service_key_file"), ()),),
    "webhook": ((("url", "url_file"), ()),),
    "pushover": ((("user_key", "user_key_file"), ()), (("token", "token_file"), ())),
    "telegram": (
        (("bot_token", "bot_token_file"), ("telegram_bot_token", "telegram_bot_token_file")),
        (("chat_id", "chat_id_file"), ()),
    ),
    "discord": ((("webhook_url", "webhook_url_file"), ()),),
    "msteams": ((("webhook_url", "webhook_url_file"), ()),),
    "msteamsv2": ((("webhook_url", "webhook_url_file"), ()),),
    "mattermost": ((("webhook_url", "webhook_url_file"), ("mattermost_webhook_url", "mattermost_webhook_url_file")),),
    "jira": ((("api_url",), ("jira_api_url",)),),
    "rocketchat": (
        (("token", "token_file"), ("rocketchat_token", "rocketchat_token_file")),
        (("token_id", "token_id_file"), ("rocketchat_token_id", "rocketchat_token_id_file")),
    ),
    "incidentio": ((("url", "url_file"), ()),),
    "sns": ((("topic_arn", "target_arn", "phone_number"), ()),),
}
"""What each integration must have, of its own or, where there is such a thing, of `global`."""

_RECENT = frozenset(("app_token", "app_token_file", "slack_app_token", "slack_app_token_file"))
"""Those that are not advised: releases before 0.30 do not have them."""

_VICTOROPS_OWN = ("routing_key", "message_type", "state_message", "entity_display_name", "monitoring_tool", "entity_id",
                  "entity_state")  # fmt: skip
_RESPONDERS = ("team", "teams", "user", "escalation", "schedule")
_TWO_SIGNS = re.compile(r"\{?\s*([a-zA-Z_][a-zA-Z0-9_]{0,100})\s*==")
_RANGES: dict[str, Callable[[str], None]] = {
    "weekdays": time_intervals.weekdays,
    "days_of_month": time_intervals.days_of_month,
    "months": time_intervals.months,
    "years": time_intervals.years,
}


def check(root: Cursor) -> Iterator[Fault]:
    """What is wrong in one configuration."""
    yield from _global(root.get("global"))
    yield from _root_route(root)
    yield from _route(root.get("route"), MAX_DEPTH)
    receivers = list(root.get("receivers").items())
    yield from duplicates([receiver.get("name") for receiver in receivers], "receiver")
    for receiver in receivers:
        if isinstance(receiver.value, dict):
            yield from _receiver(receiver, root.get("global"))
    yield from template_checks.in_receivers(root)
    for rule in root.get("inhibit_rules").items():
        yield from _inhibition(rule)
    intervals = [*root.get("mute_time_intervals").items(), *root.get("time_intervals").items()]
    yield from duplicates([interval.get("name") for interval in intervals], "time interval")
    for interval in intervals:
        if isinstance(interval.value, dict):
            for part in interval.get("time_intervals").items():
                yield from _interval(part)


def _global(cursor: Cursor) -> Iterator[Fault]:
    app = cursor.get("slack_app_url").text or _SLACK_API
    if cursor.get("slack_api_url").text != app:
        yield from _slack_ways(cursor, "slack_")
    yield from _address(cursor.get("smtp_smarthost"))
    yield from http_client(cursor.get("http_config"))
    yield from tls(cursor.get("smtp_tls_config"))


def _slack_ways(cursor: Cursor, prefix: str) -> Iterator[Fault]:
    """A webhook's address and an app's token exclude each other."""
    tokens = [f"{prefix}app_token", f"{prefix}app_token_file"]
    webhooks = [f"{prefix}api_url", f"{prefix}api_url_file"]
    token = next((name for name in tokens if said(cursor.get(name))), None)
    webhook = next((name for name in webhooks if said(cursor.get(name))), None)
    if token is not None and webhook is not None:
        yield from at_most_one(cursor, webhook, token)


def _address(cursor: Cursor) -> Iterator[Fault]:
    text = cursor.text
    if not text or placeholder(text):
        return
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not (host.startswith("[") and host.endswith("]"))):
        yield meaning(f"`{shortened(text)}` is no `host:port`", cursor.place, "add the port, e.g. `:587`")
    elif not port:
        yield meaning(f"`{shortened(text)}` has no port", cursor.place, "add the port, e.g. `:587`")


def _root_route(root: Cursor) -> Iterator[Fault]:
    route = root.get("route")
    for name in ("match", "match_re", "matchers"):
        if route.get(name).value:
            help = "move it to a child route: the root takes every alert"
            yield meaning(f"the root route has `{name}`", route.get(name).key, help)
    for name in ("mute_time_intervals", "active_time_intervals"):
        if route.get(name).value:
            yield meaning(f"the root route has `{name}`", route.get(name).key, "move it to a child route")
    if route.get("continue").flag is True:
        yield meaning("the root route has `continue`", route.get("continue").key, "remove it")


def _route(route: Cursor, depth: int) -> Iterator[Fault]:
    if depth == 0 or not isinstance(route.value, dict):
        return
    yield from _equalities(route.get("match"))
    yield from _regexes(route.get("match_re"))
    yield from _matchers(route.get("matchers"))
    yield from _group_by(route.get("group_by"))
    for name in ("group_interval", "repeat_interval"):
        value = route.get(name)
        if value.text is not None and _zero(value.text):
            yield meaning(f"`{name}` is zero", value.place, "give it a length, or remove it for the default")
    for child in route.get("routes").items():
        yield from _route(child, depth - 1)


def _zero(duration: str) -> bool:
    try:
        return prometheus_duration(duration) == 0
    except ValueError:
        return False


def _group_by(labels: Cursor) -> Iterator[Fault]:
    seen: dict[str, Cursor] = {}
    for item in labels.items():
        name = item.text
        if name is None or rendered(name):
            continue
        if name == "":
            yield meaning("an empty label name in `group_by`", item.place, "remove it")
        elif name != "..." and not label_name(name):
            message = f"`{shortened(name)}` in `group_by` is no label name before {_UTF8}"
            yield replace(meaning(message, item.place, since=_UTF8), mode=_CLASSIC)
        if name in seen and name != "...":
            yield meaning(f"`{shortened(name)}` is twice in `group_by`", item.place, "remove it", seen[name].place)
        seen.setdefault(name, item)
    if "..." in seen and len(seen) > 1:
        message = "`...` in `group_by` means all labels and stands alone"
        yield meaning(message, seen["..."].place, "remove `...`, or the other labels")


def _equalities(block: Cursor) -> Iterator[Fault]:
    for name, value in block.pairs():
        if not label_name(name) and not rendered(name):
            yield meaning(f"`{shortened(name)}` is no label name", value.key, "use `matchers` for names in UTF-8")


def _regexes(block: Cursor) -> Iterator[Fault]:
    yield from _equalities(block)
    for _, value in block.pairs():
        text = value.text
        if text is None or rendered(text):
            continue
        why = regex(text)
        if why is not None:
            yield meaning(why, value.place)


def _matchers(lines: Cursor) -> Iterator[Fault]:
    for line in lines.items():
        text = line.text
        if text is None or rendered(text):
            continue
        classic, utf8 = _wrong(matchers.classic, text), _wrong(matchers.utf8, text)
        if classic is not None:
            twice = _TWO_SIGNS.match(text)
            help = f'write one `=`: `{twice[1]}="…"`' if twice else 'quote the value: `name="value"`'
            if utf8 is not None:
                yield meaning(f"`{shortened(text)}` is no matcher: {utf8}", line.place, help)
            else:
                fault = meaning(f"{classic}, before {_UTF8}", line.place, help, since=_UTF8)
                yield replace(fault, mode=_CLASSIC)


def _wrong(parse: Callable[[str], object], text: str) -> str | None:
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    return None


def _inhibition(rule: Cursor) -> Iterator[Fault]:
    for side in ("source", "target"):
        yield from _equalities(rule.get(f"{side}_match"))
        yield from _regexes(rule.get(f"{side}_match_re"))
        yield from _matchers(rule.get(f"{side}_matchers"))
    for item in rule.get("equal").items():
        name = item.text
        if name is not None and not label_name(name) and not rendered(name):
            message = f"`{shortened(name)}` in `equal` is no label name before {_UTF8}"
            yield replace(meaning(message, item.place, since=_UTF8), mode=_CLASSIC)


def _receiver(receiver: Cursor, common: Cursor) -> Iterator[Fault]:
    name = receiver.get("name")
    label = receiver.get("labels", "name")
    if said(label) and label.text != name.text:
        yield meaning(f"the label `name` of a receiver must be its name `{name.text}`", label.place, "", name.place)
    for key, items in receiver.pairs():
        if key.endswith("_configs"):
            for item in items.items():
                if isinstance(item.value, dict):
                    yield from _integration(key.removesuffix("_configs"), item, common)


def _integration(kind: str, item: Cursor, common: Cursor) -> Iterator[Fault]:
    what = f"`{kind}_configs`"
    for own, shared in _NEEDS.get(kind, ()):
        if any(said(common.get(name)) for name in shared) or any(said(item.get(name)) for name in own):
            continue
        here, above = (tuple(name for name in names if name not in _RECENT) for names in (own, shared))
        for fault in needs(item, what, *here):
            yield meaning(
                fault.message, fault.place, fault.help + (f", or {listed(above, 'or')} in `global`" if above else "")
            )
    yield from http_client(item.get("http_config"))
    yield from _SPECIAL.get(kind, _nothing)(item)


def _nothing(item: Cursor) -> Iterator[Fault]:
    return iter(())


def _slack(item: Cursor) -> Iterator[Fault]:
    yield from _slack_ways(item, "")
    url = item.get("api_url")
    if item.get("update_message").flag is True and url.text and url.text != _SLACK_API and not placeholder(url.text):
        message = "`update_message` needs a bot's token: a webhook cannot change what it sent"
        yield meaning(message, item.get("update_message").key, f"set `api_url: {_SLACK_API}`, or `app_token`", url.key)
    for action in item.get("actions").items():
        yield from needs(action, "an action of a Slack message", "url", "name")


def _email(item: Cursor) -> Iterator[Fault]:
    yield from _address(item.get("smarthost"))
    yield from tls(item.get("tls_config"))
    seen: dict[str, Cursor] = {}
    for name, value in item.get("headers").pairs():
        if name.lower() in seen:
            yield meaning(
                f"the header `{name}` is there twice: case does not count",
                value.key,
                "remove one",
                seen[name.lower()].key,
            )
        seen.setdefault(name.lower(), value)


def _opsgenie(item: Cursor) -> Iterator[Fault]:
    for responder in item.get("responders").items():
        yield from needs(responder, "a responder", "id", "name", "username")
        kind = responder.get("type")
        text = kind.text or ""
        if "{{" not in text and text.lower() not in _RESPONDERS and not rendered(text):
            place = kind.place if "type" in responder else responder.place
            yield meaning(f"`{shortened(text)}` is no type of responder", place, f"one of {listed(_RESPONDERS, 'or')}")


def _victorops(item: Cursor) -> Iterator[Fault]:
    for name, value in item.get("custom_fields").pairs():
        if name in _VICTOROPS_OWN:
            yield meaning(f"`{name}` may not be a custom field: it is a field of its own", value.key, "rename it")


def _webex(item: Cursor) -> Iterator[Fault]:
    if not item.get("http_config", "authorization"):
        yield meaning("`webex_configs` needs `http_config.authorization`", item.place, "set the bot's token there")


def _sns(item: Cursor) -> Iterator[Fault]:
    names = [name for name in ("topic_arn", "target_arn", "phone_number") if said(item.get(name))]
    if len(names) == 2:  # all three pass its test, of which one is used
        yield from at_most_one(item, *names)


def _incidentio(item: Cursor) -> Iterator[Fault]:
    if not item.get("http_config", "authorization"):
        yield from needs(item, "`incidentio_configs`", "alert_source_token", "alert_source_token_file")


def _webhook(item: Cursor) -> Iterator[Fault]:
    url = item.get("url")
    if not rendered((url.text or "").partition("{{")[0]):
        yield from template_checks.in_address(url)


_SPECIAL: dict[str, Callable[[Cursor], Iterator[Fault]]] = {
    "slack": _slack,
    "email": _email,
    "opsgenie": _opsgenie,
    "victorops": _victorops,
    "webex": _webex,
    "sns": _sns,
    "incidentio": _incidentio,
    "webhook": _webhook,
}


def _interval(part: Cursor) -> Iterator[Fault]:
    for times in part.get("times").items():
        start, end = times.get("start_time"), times.get("end_time")
        if not isinstance(times.value, dict) or rendered((start.text or "") + (end.text or "")):
            continue
        if not start.text or not end.text:
            continue
        found = []
        for cursor in (start, end):
            try:
                found.append(time_intervals.minutes(cursor.text or ""))
            except ValueError as error:
                yield meaning(str(error), cursor.place)
        if len(found) == 2 and found[0] >= found[1]:
            yield meaning(
                f"`start_time` {start.text} is not before `end_time` {end.text}",
                end.place,
                "a range over midnight is two: one to 24:00, one from 00:00",
                start.place,
            )
    for name, parse in _RANGES.items():
        for item in part.get(name).items():
            yield from _part(item, parse)
    yield from _part(part.get("location"), time_intervals.location)


def _part(item: Cursor, parse: Callable[[str], None]) -> Iterator[Fault]:
    if item.text is not None and not rendered(item.text):
        why = _wrong(parse, item.text)
        if why is not None:
            yield meaning(why, item.place)
