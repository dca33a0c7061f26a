"""Relabelling steps that Prometheus refuses (model/relabel), or reads otherwise than they are meant.

A fault of the sort `relabel` is refused; nothing refuses one of the sort `group`, a reference to a group that the regex
does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts.common import Fault
from obslint.findings import Place
from obslint.kinds import checks
from obslint.kinds.checks import listed, said
from obslint.lang.references import rendered
from obslint.lang.tokens import re2_pattern, shortened
from obslint.parse import Cursor

VICTORIA_ACTIONS = frozenset(
    ("replace_all", "labelmap_all", "keep_if_equal", "drop_if_equal", "keep_if_contains", "drop_if_contains",
     "keep_metrics", "drop_metrics", "graphite")
)  # fmt: skip
"""Actions that only VictoriaMetrics' components know (docs.victoriametrics.com/relabeling)."""

_ACTIONS = ("replace", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap", "labeldrop", "labelkeep",
            "lowercase", "uppercase")  # fmt: skip
_SINCE = {"lowercase": "2.36", "uppercase": "2.36", "keepequal": "2.41", "dropequal": "2.41"}
_NEEDS_TARGET = frozenset(("replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"))
_EQUALITY = frozenset(("keepequal", "dropequal"))
_NAMES_ONLY = frozenset(("labeldrop", "labelkeep"))
_DEFAULTS = {"separator": ";", "replacement": "$1", "modulus": "0", "target_label": ""}
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_REFERENCE = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))", re.ASCII)
_NUMBERED = re.compile(r"([0-9]+)(.*)")


def label_name(text: str) -> bool:
    """Whether a label may have this name in every version; Prometheus 3 takes any UTF-8."""
    return _LABEL.fullmatch(text) is not None


def check(steps: Cursor, utf8_since: str | None = None) -> Iterator[Fault]:
    """What is wrong in a list of relabelling steps.

    `utf8_since` is the reader's first version that takes any UTF-8 as the name of a label; None where that is not
    known, and such names are let pass.
    """
    for step in steps.items():
        if step.value is None:
            yield Fault("relabel", "an empty relabelling step", step.place, "remove the `-`")
        elif isinstance(step.value, dict):
            for message, place, help, since in _step(step, utf8_since):
                yield Fault("relabel", message, place, help, since=since)
            yield from _references(step)


def _step(step: Cursor, utf8_since: str | None) -> Iterator[tuple[str, Place, str, str | None]]:
    written = step.get("action")
    if written.value is not None and written.text is None:
        return
    action = (written.text or ("replace" if "action" not in step or written.value is None else "")).lower()
    if rendered(action):
        return
    if action not in _ACTIONS:
        yield f"unknown relabelling action `{shortened(action)}`", written.place, f"one of {listed(_ACTIONS)}", None
        return
    if action in _SINCE:
        yield f"the relabelling action `{action}` exists since {_SINCE[action]}", written.place, "", _SINCE[action]
    yield from _regex(step.get("regex"))
    modulus = step.get("modulus")
    if action == "hashmod" and (modulus.value is None or modulus.text == "0"):
        yield "`hashmod` needs a `modulus` above 0", _place(step, "modulus"), "set it to the number of shards", None
    yield from _target(step, action, utf8_since)
    for source in step.get("source_labels").items():
        name = source.text
        if name is not None and utf8_since is not None and not label_name(name) and not rendered(name):
            yield f"`{shortened(name)}` is no label name before {utf8_since}", source.place, "", utf8_since
    if action in _NAMES_ONLY:
        yield from _only(
            step, action, ("source_labels", "separator", "target_label", "modulus", "replacement"), "`regex`"
        )
    elif action in _EQUALITY:
        extra = ("separator", "regex", "modulus", "replacement")
        yield from _only(step, action, extra, "`source_labels` and `target_label`")
    elif action in ("lowercase", "uppercase"):
        yield from _only(step, action, ("replacement",), "`source_labels`, `separator`, `regex` and `target_label`")


def _regex(regex: Cursor) -> Iterator[tuple[str, Place, str, str | None]]:
    text = regex.text
    if text is None or rendered(text):
        return
    why = checks.regex(text)
    if why is not None:
        help = "look-around and back-references do not exist in RE2" if "perl" in why or "escape" in why else ""
        yield why, regex.place, help, None


def _target(step: Cursor, action: str, utf8_since: str | None) -> Iterator[tuple[str, Place, str, str | None]]:
    target = step.get("target_label")
    if action in _NEEDS_TARGET and not said(target):
        place = _place(step, "target_label")
        yield f"`{action}` needs a `target_label`", place, "set `target_label`, or say which `action` is meant", None
        return
    name = target.text if action in _NEEDS_TARGET else step.get("replacement").text if action == "labelmap" else None
    key = "replacement" if action == "labelmap" else "target_label"
    if name is None or utf8_since is None or "{{" in name or "{%" in name:
        return
    # What a group brings in is known only when it is used; releases differ in where they take one.
    bare = name if action == "hashmod" else _REFERENCE.sub("a", name)
    if not label_name(bare):
        message = f"`{shortened(name)}` is no label name before {utf8_since}"
        yield message, step.get(key).place, "letters, digits and `_` only, not beginning with a digit", utf8_since


def _only(
    step: Cursor, action: str, extra: tuple[str, ...], takes: str
) -> Iterator[tuple[str, Place, str, str | None]]:
    for name in extra:
        field = step.get(name)
        if field.value is None:
            continue
        if isinstance(field.value, list) or name == "regex" or field.text != _DEFAULTS.get(name):
            yield f"`{action}` takes only {takes}, not `{name}`", field.key, f"remove `{name}`", None


def _references(step: Cursor) -> Iterator[Fault]:
    """`$2` where the regex has one group, and `$1_total`, which Go reads as the group named `1_total`."""
    action = (step.get("action").text or "replace").lower()
    replacement, regex = step.get("replacement"), step.get("regex")
    text = replacement.text
    if action not in ("replace", "labelmap") or text is None or "$" not in text or "{{" in text:
        return
    pattern = None
    if regex.value is None:
        groups = 1
    else:
        if regex.text is None or rendered(regex.text):
            return
        try:
            pattern = re2_pattern(f"^(?s:{regex.text})$")
        except ValueError:
            return
        if pattern is None:
            return
        groups = pattern.groups
    names = dict(pattern.groupindex) if pattern is not None else {}
    for reference in _REFERENCE.finditer(text):
        name = reference.group(1) or reference.group(2)
        numbered = _NUMBERED.fullmatch(name) if name else None
        if name is None or numbered is None or name in names:
            continue
        number, rest = numbered.groups()
        place = replacement.place.within(*reference.span())
        if rest:
            yield Fault(
                "group",
                f"`{reference.group()}` stands for a group named `{name}`, which the regex does not have: it is empty",
                place,
                f"write `${{{number}}}{rest}`",
            )
        elif len(number) > 9 or int(number) > groups:
            has = f"{groups} group{'' if groups == 1 else 's'}" if groups else "no group"
            which = "regex" if regex.value is not None else "default `regex`"
            yield Fault(
                "group",
                f"`{reference.group()}` is empty, for the {which} has {has}",
                place,
                "put `(…)` around what is to be kept"
                if regex.value is not None
                else "set a `regex` with as many groups",
                regex.place if regex.value is not None else None,
            )


def _place(step: Cursor, name: str) -> Place:
    """What is wrong about a key that is missing or empty: the key, the action that asks for it, or the step."""
    if name in step:
        return step.get(name).key
    return step.get("action").place if "action" in step else step.place
