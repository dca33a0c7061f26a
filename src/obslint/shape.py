"""A parsed document against the schema of its kind: every unknown key and wrong value in one pass.

The schemas are data (`schemas/`, see `vocabulary.json` there); this walks what their vocabulary has and nothing else.
`jsonschema` gives the same verdicts on the plain part of them, some twenty times slower and without versions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from typing import Any

from obslint import resources
from obslint.facts.common import Fault
from obslint.findings import KeyPath, Place
from obslint.knowledge.flags import flag_table
from obslint.lang.durations import go_duration, prometheus_duration, spelled
from obslint.lang.tokens import check_regex, shortened
from obslint.lang.urls import check_http_url
from obslint.parse import Document

Schema = dict[str, Any]

KINDS = frozenset(
    ("alertmanager", "blackbox", "compose", "file-sd", "grafana-alerting", "grafana-dashboards",
     "grafana-datasources", "loki", "loki-rules", "otel", "prometheus", "promtail", "rules", "tempo")
)  # fmt: skip
"""The kinds that are judged: those with a schema, but for dashboards, of which Grafana refuses next to nothing."""

_ALSO = {"prometheus": "vmagent"}
"""The kind as which another program reads the same files: a key that it knows may be meant for it."""
_OWN_PROGRAM = "prometheus"
"""Of a kind that several programs read: the one of which something is said."""

_VARIABLE = re.compile(r"\$\{|\$[A-Za-z_(]|%\{|\{\{|\{%|<%|\A__\w+__\Z|\A@\w+@\Z|\A<[\w -]+>\Z")
"""What is written where something replaces text before the component reads the file."""
_EXTENSION = "^x-"
_STEPS = re.compile(r"relabel_configs\Z|\Arelabel_config")
_MAX_TEXT = 500
"""Characters of the longest text that is matched with a pattern: these backtrack."""
_MAX_FAULTS = 100
"""More faults of one document say no more than that it is of some other kind."""
_SURE_SPELLING = 0.8
_MANY_PLACES = 3
"""A key known in more places than this is a common word: where it was meant to be cannot be told."""
_MAX_DEPTH = 12
"""Levels below the root to which fields are looked up; no schema has fields deeper that stand nowhere else."""

_JSON_TYPES: dict[type, tuple[str, ...]] = {
    dict: ("object",),
    list: ("array",),
    str: ("string",),
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
    type(None): ("null",),
}
_LIMITS = frozenset(("enum", "x-enum", "x-format", "pattern", "minLength", "minimum", "maximum"))
"""Keywords that say more of a scalar than its type."""
_SHOWN = {
    dict: "a mapping",
    list: "a list",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    type(None): "empty",
}
_WANTED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "string": "text",
    "duration": "a duration such as `30s`",
    "duration-go": "a duration such as `30s` or `24h`",
    "duration-prometheus": "a duration such as `30s` or `1d`",
    "size": "a size such as `4MB`",
    "size-humanize": "a size such as `4MB`",
    "size-prometheus": "a size with its unit, such as `512MB`",
    "path-glob": "a path in which only the last part holds `*`",
}
"""What a scalar definition of the schemas takes, by its name."""
_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "plain": "a plain value",
}


@dataclass(slots=True)
class _Model:
    """One loaded schema with what was looked up in it."""

    root: Schema
    merged: dict[int, Schema] = field(default_factory=dict)
    index: dict[str, list[tuple[str, ...]]] | None = None

    def resolve(self, schema: Schema) -> Schema:
        """A schema with what its `$ref` says; what stands beside the reference is the narrower."""
        if "$ref" not in schema:
            return schema
        known = self.merged.get(id(schema))
        if known is None:
            name = schema["$ref"].removeprefix("#/$defs/")
            shared = self.resolve(self.root["$defs"][name])
            known = {**shared, **schema, "name": name}
            if "properties" in schema:
                known["properties"] = {**shared.get("properties", {}), **schema["properties"]}
            del known["$ref"]
            self.merged[id(schema)] = known
        return known

    def places_of(self, key: str) -> list[tuple[str, ...]]:
        """The fields of this name, as paths in which `[]` is an item and `{}` the value of any key."""
        if self.index is None:
            self.index = {}
            todo: list[tuple[tuple[str, ...], Schema, frozenset[int]]] = [((), self.root, frozenset())]
            while todo:
                path, written, above = todo.pop()
                schema = self.resolve(written)
                inside = id(schema.get("properties"))
                if len(path) > _MAX_DEPTH or inside in above:
                    continue
                below = above | {inside} if "properties" in schema else above
                for name, child in schema.get("properties", {}).items():
                    self.index.setdefault(name, []).append((*path, name))
                    todo.append(((*path, name), child, below))
                for keyword, step in (("items", "[]"), ("additionalProperties", "{}")):
                    if isinstance(schema.get(keyword), dict):
                        todo.append(((*path, step), schema[keyword], below))
                patterned = schema.get("patternProperties", {}).values()
                todo.extend(((*path, "{}"), child, below) for child in patterned)
        return self.index.get(key, [])


@cache
def _model(kind: str) -> _Model:
    return _Model(json.loads(resources.path("schemas", f"{kind}.json").read_text(encoding="utf-8")))


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def releases(kind: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The oldest and the newest release whose fields are known; None where the schema does not go by releases."""
    span = _model(kind).root.get("x-versions") if kind in KINDS else None
    if isinstance(span, dict):
        span = span.get(_OWN_PROGRAM)
    if not span:
        return None
    (oldest, old_minor), (newest, new_minor) = (str(release).split(".") for release in span)
    return (int(oldest), int(old_minor)), (int(newest), int(new_minor))


def has_field(kind: str, name: str) -> bool:
    """Whether files of a kind have a field of this name anywhere; False where the kind has no schema."""
    return kind in KINDS and bool(_model(kind).places_of(name))


def judge(kind: str, document: Document) -> tuple[Fault, ...]:
    """What the component that reads such files refuses in a document, in the order in which it stands there."""
    if kind not in KINDS:
        return ()
    first = islice(_Walk(_model(kind), document).faults(), _MAX_FAULTS)
    faults = [fault for fault in first if not _tagged(document, fault.place.at)]
    if kind in _ALSO:
        faults = _for_either(faults, _ALSO[kind], document)
    return tuple(sorted(dict.fromkeys(faults), key=lambda fault: document.locate(fault.place).sort_key))


def _for_either(faults: list[Fault], other: str, document: Document) -> list[Fault]:
    """The faults of a file that another program may read; where that knows a field, one program alone refuses it."""
    if not any(fault.sort == "field" and fault.since is None and fault.until is None for fault in faults):
        return faults
    refused = {fault.place.at for fault in islice(_Walk(_model(other), document).faults(), _MAX_FAULTS)}

    def by_both(fault: Fault) -> bool:
        return any(fault.place.at[:depth] in refused for depth in range(len(fault.place.at) + 1))

    if all(by_both(fault) for fault in faults if fault.sort == "field" and fault.since is None and fault.until is None):
        return faults
    return [fault if by_both(fault) else replace(fault, program=_OWN_PROGRAM) for fault in faults]


def _tagged(document: Document, at: KeyPath) -> bool:
    """Whether a tag such as `!reset` says that something else reads the value first."""
    tags = (document.tag(at[:depth]) for depth in range(len(at) + 1))
    return any(tag is not None and not tag.startswith(("!!", "tag:yaml.org")) for tag in tags)


class _Walk:
    def __init__(self, model: _Model, document: Document) -> None:
        self.model = model
        self.document = document
        self.formats = _FORMATS.get(model.root["x-kind"], {})

    def faults(self) -> Iterator[Fault]:
        todo: list[tuple[object, Schema, KeyPath]] = [(self.document.data, self.model.root, ())]
        seen: set[tuple[int, int]] = set()  # an alias used a thousand times is judged once
        while todo:
            value, written, at = todo.pop()
            schema = self.model.resolve(written)
            if isinstance(value, (dict, list)):
                if (id(value), id(schema)) in seen:
                    continue
                seen.add((id(value), id(schema)))
            fault = self._value(value, schema, at)
            if fault is not None:
                yield fault
            elif isinstance(value, dict):
                yield from self._keys(value, schema, at, todo)
            elif isinstance(value, list):
                if len(value) < schema.get("minItems", 0):
                    yield self._wrong(at, f"`{_shown(at)}` needs at least one item")
                items = schema.get("items")
                if items:
                    wrapped = self._wrapped(value, self.model.resolve(items))
                    if wrapped:
                        yield self._unwrap(wrapped, self.model.resolve(items), at)
                    todo.extend(
                        (item, items, (*at, index))
                        for index, item in reversed(list(enumerate(value)))
                        if index not in wrapped
                    )

    def _wrong(self, at: KeyPath, message: str, key: bool = False, **rest: Any) -> Fault:
        return Fault("value", message, Place(self.document.path, at, key, document=self.document.index), **rest)

    def _value(self, value: object, schema: Schema, at: KeyPath) -> Fault | None:
        """What is wrong with a value itself, whatever stands below it."""
        types = schema.get("type")
        fault = None
        names = _JSON_TYPES[type(value)]
        if types is not None and names[0] not in types and names[-1] not in types:
            fault = self._type(value, types, schema, at)
        elif types is None and "enum" in schema and isinstance(value, (dict, list)):
            fault = self._wrong(at, f"`{_shown(at)}` must be one word, not {_SHOWN[type(value)]}")
        elif not isinstance(value, (dict, list)) and value is not None and not schema.keys().isdisjoint(_LIMITS):
            fault = self._limits(value, schema, at)
        return None if fault is not None and isinstance(value, str) and _VARIABLE.search(value) else fault

    def _type(self, value: object, types: str | list[str], schema: Schema, at: KeyPath) -> Fault | None:
        """A value of another type."""
        if value is None:
            if schema.get("x-format") == "promql" and self.document.raw(at) == "null":
                return None  # Prometheus keeps the word, which is the name of a metric
            return self._wrong(at, f"`{_shown(at)}` is empty", help=f"write {_wanted(schema)}")
        if isinstance(value, float) and value.is_integer() and "integer" in types:
            return None
        return self._wrong(at, f"`{_shown(at)}` must be {_wanted(schema)}, not {self._written(value, at)}")

    @staticmethod
    def _wrapped(value: list[object], schema: Schema) -> dict[int, str]:
        """Items that are plain values with a key before or a colon behind, as `- name: x` for `- x`: what was meant."""
        types = schema.get("type", "object")
        if "object" in types:
            return {}
        found = {}
        for index, item in enumerate(value):
            if isinstance(item, dict) and len(item) == 1:
                ((key, inside),) = item.items()
                if not isinstance(inside, (dict, list)):
                    found[index] = key if inside is None else str(inside)
        return found

    def _unwrap(self, wrapped: dict[int, str], schema: Schema, at: KeyPath) -> Fault:
        """One fault for all such items of a list, told at the first."""
        first, meant = next(iter(wrapped.items()))
        others = ", and the others alike" if len(wrapped) > 1 else ""
        message = f"an item of `{_shown(at)}` must be {_wanted(schema)}, not a mapping"
        return self._wrong((*at, first), message, help=f"write `- {shortened(meant)}`{others}")

    def _limits(self, value: object, schema: Schema, at: KeyPath) -> Fault | None:
        """What is wrong with a scalar of the right type."""
        if len(at) > 2 and any(isinstance(step, str) and _STEPS.search(step) for step in at[-4:-1]):
            return None  # what a relabelling step means is judged as a whole
        enum = schema.get("enum") or schema.get("x-enum")
        if enum is not None:
            return self._choice(value, enum, schema, at)
        if isinstance(value, str):
            return self._text(value, schema, at) if len(value) <= _MAX_TEXT else None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < schema.get("minimum", value) or value > schema.get("maximum", value):
                return self._number(value, schema, at)
            if schema.get("x-format") == "duration-rules" and value != 0:
                message = f"`{_shown(at)}`: {self._written(value, at)} has no unit"
                return self._wrong(at, message, program=_OWN_PROGRAM, help=_UNIT)
        return None

    def _text(self, value: str, schema: Schema, at: KeyPath) -> Fault | None:
        if not value and "minLength" in schema:
            return self._wrong(at, f"`{_shown(at)}` is empty")
        format_ = schema.get("x-format", "")
        check = self.formats.get(format_)
        if check is not None and at[-1] not in _UNPARSED:
            try:
                check(value)
            except ValueError as error:
                other = format_ == "duration-rules" and _pattern(schema["pattern"]).search(value)
                meant = spelled(value, check) if format_.startswith("duration") else None
                return self._wrong(
                    at,
                    f"`{_shown(at)}`: {error}",
                    program=_OWN_PROGRAM if other else "",
                    help=f"write `{meant}`" if meant else "",
                )
        pattern = schema.get("pattern")
        if pattern is not None and not _pattern(pattern).search(value):
            wanted = _WANTED.get(format_ or schema.get("name", "")) or "of another form"
            return self._wrong(at, f"`{_shown(at)}` must be {wanted}, not {self._written(value, at)}")
        return None

    def _number(self, value: float, schema: Schema, at: KeyPath) -> Fault:
        written = self._written(value, at)
        if "x-format" in schema:
            help = "write the unit, such as `MB`" if schema["x-format"].startswith("size") else _UNIT
            return self._wrong(at, f"`{_shown(at)}` must be {_wanted(schema)}, and {written} has no unit", help=help)
        if value < schema.get("minimum", value):
            return self._wrong(at, f"`{_shown(at)}` must be at least {schema['minimum']}, not {written}")
        return self._wrong(at, f"`{_shown(at)}` must be at most {schema['maximum']}, not {written}")

    def _choice(self, value: object, enum: list[object], schema: Schema, at: KeyPath) -> Fault | None:
        """Whether a value is one of those that are known, as the component's loader spells it."""
        text = value if isinstance(value, str) else self.document.raw(at)
        if len(text) > _MAX_TEXT:
            return None
        pattern = schema.get("pattern")
        if value not in enum and text not in enum and not (pattern and _pattern(pattern).search(text)):
            near = _nearest(text, [one for one in enum if isinstance(one, str)])
            known = ", ".join(str(one) for one in enum if one not in (None, ""))
            return self._wrong(
                at,
                f"`{_shown(at)}` cannot be {self._written(value, at)}",
                help=f"did you mean `{near}`?" if near else f"known values are {known}" if len(known) < 200 else "",
            )
        since, until = schema.get("x-enum-since", {}).get(text), schema.get("x-enum-until", {}).get(text)
        if since or until:
            return self._wrong(at, f"`{text}` as `{_shown(at)}` {_span(since, until)}", since=since, until=until)
        return None

    def _written(self, value: object, at: KeyPath) -> str:
        if isinstance(value, (dict, list)) or value is None:
            return _SHOWN[type(value)]
        text = self.document.raw(at)
        return f"`{shortened(text)}`" if text and "\n" not in text else _SHOWN[type(value)]

    def _keys(
        self, value: dict[str, object], schema: Schema, at: KeyPath, todo: list[tuple[object, Schema, KeyPath]]
    ) -> Iterator[Fault]:
        """The keys of a mapping; those that are known go on with their values."""
        properties = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        rest = schema.get("additionalProperties")
        for key, child in value.items():
            below = properties.get(key)
            if below is not None:
                fault = self._versions(key, below, at)
                if fault is not None:
                    yield fault
            else:
                short = key[:_MAX_TEXT]
                below = next((one for pattern, one in patterns.items() if _pattern(pattern).search(short)), rest)
            if below is False:
                if not _VARIABLE.search(key) and not key.startswith(("{", "<")):
                    names = [pattern for pattern in patterns if pattern != _EXTENSION]
                    if names and not properties:
                        message = f"`{shortened(key)}` cannot be a name in {_where(at)}"
                        yield self._wrong((*at, key), message, key=True, help=f"names match `{names[0]}`")
                    else:
                        yield self._unknown(key, schema, at)
            elif below:
                todo.append((child, below, (*at, key)))
            elif below is None and "x-unknown-keys" in schema:
                near = _nearest(key, [name for name in properties if name not in value])
                if near is not None:
                    yield Fault(
                        "ignored",
                        f"`{key}` in {_where(at)} is no field and has no effect",
                        self._key(at, key),
                        help=f"did you mean `{near}`?",
                    )
        for key in schema.get("required", ()):
            if key not in value:
                yield self._wrong(at, f"`{key}` is missing in {_where(at)}", key=True)
        if len(value) > schema.get("maxProperties", len(value)):
            first, second = list(value)[:2]
            yield self._wrong(
                (*at, second),
                f"{_where(at)} takes one key, and has `{first}` too",
                key=True,
                other=self._key(at, first),
            )
        for group in schema.get("x-at-most-one", ()):
            both = [key for key in value if key in group and value[key] not in (None, "", [], {}, False)]
            if len(both) > 1:
                first, second = both[:2]
                yield self._wrong(
                    (*at, second),
                    f"`{first}` and `{second}` exclude each other in {_where(at)}",
                    key=True,
                    other=self._key(at, first),
                    help="keep one of the two",
                )

    def _key(self, at: KeyPath, key: str) -> Place:
        return Place(self.document.path, (*at, key), True, document=self.document.index)

    def _versions(self, key: str, written: Schema, at: KeyPath) -> Fault | None:
        """A known key that some releases, or some programs that read such files, do not know."""
        dialects = written.get("x-dialect")
        span = written
        program = ""
        if dialects is not None:
            span, program = dialects.get(_OWN_PROGRAM), _OWN_PROGRAM
        if span is None:
            known = " and ".join(f"`{name}`" for name in dialects)
            message = f"the field `{key}` in {_where(at)} is one of {known} alone"
            return Fault("field", message, self._key(at, key), program=program)
        since, until = span.get("x-since"), span.get("x-until")
        if (since is None and until is None) or "x-absent-in" in written:
            return None
        instead = span.get("x-replaced-by")
        return Fault(
            "field",
            f"the field `{key}` in {_where(at)} {_span(since, until)}",
            self._key(at, key),
            help=f"use `{instead}` instead" if instead and until else self._flag(key, at) if since else "",
            since=since,
            until=until,
            program=program,
        )

    def _unknown(self, key: str, schema: Schema, at: KeyPath) -> Fault:
        fields = schema.get("properties", {})
        given = self.document.value(at)
        flag = self._flag(key, at)
        near = _nearest(key, [name for name in fields if not (isinstance(given, dict) and name in given)])
        if flag:
            help = flag
        elif near is not None:
            help = f"did you mean `{near}`?"
        else:
            places = self._meant(key, at)
            help = f"`{key}` is a field {' or '.join(places)}" if places else ""
        known = [name for name, one in fields.items() if "x-undocumented" not in one and "deprecated" not in one]
        if not help and 0 < len(known) <= 12:
            help = f"known fields here are {', '.join(known)}"
        return Fault("field", f"unknown field `{shortened(key)}` in {_where(at)}", self._key(at, key), help=help)

    def _flag(self, key: str, at: KeyPath) -> str:
        """Where a setting is no field but a flag of the same name, as Prometheus calls its own: which that is."""
        table = flag_table(self.model.root["x-kind"])
        if table is None or not all(isinstance(step, str) for step in at):
            return ""
        path = ".".join(map(str, (*at, key)))
        value = self.document.value((*at, key))
        names = [f"{path}.{child}" for child in value] if isinstance(value, dict) else [path]
        flags = [name for name in names if (known := table.get(name)) is not None and known.until is None]
        return f"set it on the command line: {' and '.join(f'`--{name}`' for name in flags)}" if flags else ""

    def _meant(self, key: str, at: KeyPath) -> list[str]:
        """Where a key would belong: the nearest places that know it."""
        here = [step if isinstance(step, str) else "[]" for step in at]

        def shared(path: tuple[str, ...]) -> int:
            pairs = zip(path[:-1], here, strict=False)
            return next((i for i, (a, b) in enumerate(pairs) if a != b and a != "{}"), min(len(path) - 1, len(here)))

        places = self.model.places_of(key)
        if not places:
            return []
        best = max(shared(path) for path in places)
        near = [path for path in places if shared(path) == best]
        return [_below(path[:-1]) for path in near] if len(near) <= _MANY_PLACES else []


_UNIT = "write the unit: `s`, `m`, `h`, `d`"


def _span(since: str | None, until: str | None) -> str:
    if since and until:
        return f"exists only from {since} on, and not from {until} on"
    return f"exists only from {since} on" if since else f"exists no more from {until} on"


def _shown(at: KeyPath) -> str:
    text = ""
    for step in at:
        text += f"[{step}]" if isinstance(step, int) else f".{shortened(step)}" if text else shortened(step)
    return text or "the file"


def _where(at: KeyPath) -> str:
    return f"`{_shown(at)}`" if at else "the top level"


def _below(path: tuple[str, ...]) -> str:
    text = ""
    for step in path:
        text += "[]" if step == "[]" else f".{'*' if step == '{}' else step}" if text else step
    return f"of `{text}`" if text else "of the top level"


def _wanted(schema: Schema) -> str:
    """What a schema takes, in words."""
    types = schema.get("type", ())
    types = [types] if isinstance(types, str) else types
    name = schema.get("x-format", schema.get("name", ""))
    if name in _WANTED and "boolean" not in types:
        return _WANTED[name]
    scalars = [one for one in types if one not in ("object", "array", "null")]
    if len(scalars) > 2:
        scalars = ["plain"]
    words = [_TYPES[one] for one in ("object", "array", *scalars) if one in types or one == "plain"]
    return " or ".join(dict.fromkeys(words))


def _nearest(word: str, known: list[str]) -> str | None:
    """The known word that this one was most likely meant to be."""
    import difflib

    if len(word) > 80:
        return None
    plain = {name.lower().replace("-", "").replace("_", ""): name for name in known}
    same = plain.get(word.lower().replace("-", "").replace("_", ""))
    return same or next(iter(difflib.get_close_matches(word, known, 1, _SURE_SPELLING)), None)


# Formats


Check = Callable[[str], object]
"""Raises ValueError, which says what is wrong."""

_FORMATS: dict[str, dict[str, Check]] = {
    "prometheus": {"duration-prometheus": prometheus_duration},
    "rules": {"duration-rules": prometheus_duration},
    "loki-rules": {"duration-prometheus": prometheus_duration},
    "alertmanager": {
        "duration-prometheus": prometheus_duration,
        "url": check_http_url,
        "secret-url": check_http_url,
    },
    "promtail": {
        "regex": check_regex,
        "duration-go": go_duration,
        "duration-prometheus": prometheus_duration,
    },
    "loki": {"duration-go": go_duration, "duration-prometheus": prometheus_duration},
    "tempo": {"duration-go": go_duration},
    "otel": {"duration": go_duration},
    "grafana-alerting": {"duration-prometheus": prometheus_duration},
}
"""What a component parses when it loads a file, by kind and format; of other formats nothing is said."""
_UNPARSED = frozenset(("proxy_url", "token_url"))
"""URLs that Alertmanager's HTTP client reads, and not Alertmanager."""
