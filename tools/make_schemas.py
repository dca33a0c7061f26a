"""Write schemas/<kind>.json from version-aware field tables and the overlays beside this tool.

    python tools/make_schemas.py FIELDS            write schemas/
    python tools/make_schemas.py FIELDS --check    write nothing; exit 1 when a schema is stale

FIELDS is a folder of tables, one JSON file a component: `fields` maps a path (`a.b`, `[]` an item, `{}` a map's value)
to its type, since, until, default and enum; `definitions` are blocks that several paths share. An overlay,
`schema_overlays/<kind>.yaml`, names its tables, says how the component reads YAML, and is itself a partial table laid
over them: entries are merged, `null` drops a path. `vocabulary.yaml` holds the keywords, formats and scalar types.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
BASE = "urn:obslint:schemas"
DRAFT = "https://json-schema.org/draft/2020-12/schema"

STANDARD_KEYWORDS = (
    *("$schema", "$id", "$comment", "$ref", "$defs", "title", "description", "default", "examples", "deprecated"),
    *("type", "enum", "pattern", "minLength", "minimum", "maximum", "items", "minItems"),
    *("properties", "patternProperties", "additionalProperties", "propertyNames", "required", "maxProperties"),
)
"""The keywords of JSON Schema that our schemas use: all that a reader of them must know."""

_SHAPE_KEYWORDS = ("x-at-most-one", "x-enum", "x-format", "x-unknown-keys")
_NOTES = ("default", "deprecated", "description", "examples")
"""A shape is shared through `$defs`; what is said of one use of it (these and all other `x-`) stands beside `$ref`."""

_WORTH_SHARING = 110
"""Characters from which a repeated block becomes a definition."""

_STEP = re.compile(r"\[\]|\{\}|[^.\[\]{}]+")
_JSON_TYPE = {"object": "object", "map": "object", "list": "array"}
_SITE_KEYS = ("since", "until", "deprecated", "replaced_by", "required", "required_until", "default", "dialects")
"""Keys of an entry that speak of the place, not of the block that stands there."""

Json = Any
Schema = dict[str, Json]
Entry = dict[str, Json]
Fields = dict[str, Entry]


@dataclass(slots=True)
class Node:
    """One place of a document: its table entry, and the places below it."""

    name: str = ""
    """The last field that leads here."""
    entry: Entry = field(default_factory=dict)
    fields: dict[str, Node] = field(default_factory=dict)
    values: Node | None = None
    items: Node | None = None

    def child(self, step: str) -> Node:
        if step == "[]":
            self.items = self.items or Node(self.name)
            return self.items
        if step == "{}":
            self.values = self.values or Node(self.name)
            return self.values
        return self.fields.setdefault(step, Node(step))

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for child in (*self.fields.values(), self.values, self.items):
            if child is not None:
                yield from child.walk()


@dataclass(frozen=True, slots=True)
class Overlay:
    """The hand-kept half of a schema. The attributes are the keys of its YAML file."""

    kind: str
    title: str
    tables: dict[str, str]
    """Table name by dialect; two make one schema whose fields carry `x-dialect`."""
    loader: str
    """How the component reads scalars: a key of `loaders` in the vocabulary."""
    description: str = ""
    prefix: str = ""
    """Part of the table that this kind is, e.g. `provisioning/alerting:`."""
    unknown_keys: str = "refused"
    """`refused` closes each block whose fields are known; `ignored` leaves it open and says so; `open` says nothing."""
    null_items: bool = True
    """Whether the component accepts an empty item in a list of blocks."""
    placeholders: str = ""
    """Regular expression of a placeholder that may stand for any scalar, such as an environment variable."""
    versions: bool = True
    """Whether the table's versions are this component's own, and read from its releases."""
    defaults: bool = True
    """Whether the table's defaults were read from the component."""
    formats: dict[str, str] = field(default_factory=dict)
    """`x-format` by table type, where this component differs from the vocabulary."""
    extract: dict[str, str] = field(default_factory=dict)
    """Path of a block by the name of the definition it becomes, so that an entry may `ref` it."""
    fields: dict[str, Entry | None] = field(default_factory=dict)
    """Entries by path; the empty path is the root."""
    definitions: dict[str, dict[str, Entry | None]] = field(default_factory=dict)
    rules: list[Entry] = field(default_factory=list)
    """Rules between fields, in the table's form, that the table has not."""
    skip_rules: list[list[str]] = field(default_factory=list)
    """Pairs of paths that the table says exclude each other, and that do not."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The contents of `vocabulary.yaml`."""

    keywords: dict[str, Schema]
    formats: dict[str, Schema]
    types: dict[str, dict[str, str]]
    named_values: list[str]
    loaders: dict[str, dict[str, Schema]]


@dataclass(slots=True)
class Table:
    """One component's field table, cut to what a kind needs."""

    fields: Fields
    definitions: dict[str, Fields]
    rules: list[Entry]
    versions: list[str]


# Tables


def version(text: str) -> tuple[int, ...]:
    """Major and minor of a version, for comparing: `2.53` is above `2.9`."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def load_table(folder: Path, name: str, prefix: str) -> Table:
    raw = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    fields = {path.removeprefix(prefix): entry for path, entry in raw["fields"].items() if path.startswith(prefix)}
    definitions: dict[str, Fields] = {}
    for title, block in raw.get("definitions", {}).items():
        inner = block.get("fields")
        definitions[title] = inner if isinstance(inner, dict) and not isinstance(inner.get("type"), str) else block
    newest = version(raw["versions"][-1])
    for block in (fields, *definitions.values()):
        for entry in block.values():
            # The specification is ahead of the last release read: the next one is the first that can have it.
            if entry.get("since") == "spec-head":
                entry["since"] = f"{newest[0]}.{newest[1] + 1}"
    span = [".".join(str(part) for part in version(raw["versions"][end])) for end in (0, -1)]
    return Table(fields, definitions, raw.get("rules", []), span)


def merge_dialects(tables: dict[str, Table]) -> Fields:
    """One table of several dialects. A field that differs between them says which know it, and since when."""
    merged: Fields = {}
    own_to_dialect = ("since", "until", "replaced_by")
    for path in dict.fromkeys(path for table in tables.values() for path in table.fields):
        entries = {dialect: table.fields[path] for dialect, table in tables.items() if path in table.fields}
        entry: Entry = {}
        for one in reversed(list(entries.values())):
            entry |= {key: value for key, value in one.items() if key not in own_to_dialect}
        entry["type"] = "|".join(one["type"] for one in entries.values())
        spans = {dialect: {key: one[key] for key in own_to_dialect if one.get(key)} for dialect, one in entries.items()}
        if len(spans) < len(tables) or any(spans.values()):
            entry["dialects"] = spans
        merged[path] = entry
    return merged


def below(fields: Fields, path: str) -> list[str]:
    return [known for known in fields if known != path and known.startswith((f"{path}.", f"{path}[", f"{path}{{"))]


def lay_over(fields: Fields, overlay: dict[str, Entry | None]) -> Fields:
    """A table with an overlay's entries merged in; `null` drops a path and all below it."""
    result = copy.deepcopy(fields)
    for path, patch in overlay.items():
        # The tables leave the root and the items of lists unsaid.
        if path not in result and path and not path.endswith("[]") and not (patch and "type" in patch):
            raise SystemExit(f"an overlay changes `{path}`, which no table has")
        if patch is None:
            for known in [path, *below(result, path)]:
                del result[known]
        else:
            result.setdefault(path, {}).update(patch)
    return result


def extract(fields: Fields, path: str) -> Fields:
    """Take the block at a path out of a table, as a definition with paths relative to it."""
    block = {known[len(path) :].lstrip("."): fields.pop(known) for known in below(fields, path)}
    entry = fields.get(path, {})
    block[""] = {"type": "object", **{key: value for key, value in entry.items() if key not in _SITE_KEYS}}
    fields[path] = {"type": "object", **{key: value for key, value in entry.items() if key in _SITE_KEYS}}
    return block


def tree(fields: Fields, name: str = "") -> Node:
    root = Node(name, {"type": "object"})
    for path, entry in fields.items():
        node = root
        for step in _STEP.findall(path):
            node = node.child(step)
        node.entry = {**node.entry, **entry} if node is root else entry
    return root


def attach_rules(root: Node, definitions: dict[str, Node], rules: list[Entry]) -> None:
    """Give blocks their groups of keys of which at most one may be set; rules with an "unless" are left to code."""
    places = [(node.name, node) for top in (root, *definitions.values()) for node in top.walk()]
    places += [(name, definitions[def_name(node.entry["ref"])]) for name, node in places if "ref" in node.entry]
    for rule in rules:
        if rule["kind"] != "at_most_one" or rule.get("until") or re.search("unless|grant", rule.get("detail", "")):
            continue
        paths = [[step for step in _STEP.findall(path) if step != "[]"] for path in rule["paths"]]
        owner = paths[0][-2] if len(paths[0]) > 1 else rule.get("def")
        if owner is None or any(path[:-1] != paths[0][:-1] for path in paths):
            continue
        for name, node in places:
            group = [path[-1] for path in paths if path[-1] in node.fields]
            if len(group) > 1 and owner in ("*", name):
                groups = node.entry.setdefault("at_most_one", [])
                groups[:] = [known for known in groups if not set(known) <= set(group)]
                if not any(set(group) <= set(known) for known in groups):
                    groups.append(group)


# Schemas


@dataclass(frozen=True, slots=True)
class Scope:
    """What a block hands down to those inside it."""

    unknown_keys: str
    since: str | None = None
    until: str | None = None
    dialects: Json = None


@dataclass(slots=True)
class Emitter:
    """Turns nodes into JSON Schema, as one component reads YAML."""

    overlay: Overlay
    vocabulary: Vocabulary
    scalars: dict[str, Schema] = field(default_factory=dict)
    """Scalar definitions in use, by name."""

    @property
    def typed(self) -> bool:
        """Whether the component decodes into typed fields, where null is mostly the same as leaving the field out."""
        return self.overlay.loader != "spec"

    def type_parts(self, node: Node) -> list[str]:
        """The types a field takes in any release; without an entry, what its children say."""
        says, default = node.entry.get("type"), node.entry.get("default")
        if says is None:
            return ["object" if node.fields else "map" if node.values else "list" if node.items else "any"]
        if says == "int" and isinstance(default, str) and default.endswith("B"):
            # The tables hold Go kinds: a size that is stored as an integer may be written with a unit.
            says = "size"
        elif says == "int" and node.name in self.vocabulary.named_values:
            says = "string"
        parts = [part for part in re.sub(r"<[^>]*>", "", says).split("|") if part]
        for _, older in node.entry.get("type_history", []):
            old = re.sub(r"<[^>]*>", "", older).split("|")
            # Text that got a meaning (a secret, a duration) has not changed its shape.
            if {part in _JSON_TYPE for part in old} != {part in _JSON_TYPE for part in parts}:
                parts += old
        return list(dict.fromkeys(parts))

    def emit(self, node: Node, scope: Scope | None = None, item: bool = False) -> Schema:
        """The schema of a node; `item` when it stands in a list."""
        scope = scope or Scope(self.overlay.unknown_keys)
        entry = node.entry
        inner = replace(
            scope,
            unknown_keys=entry.get("unknown_keys", scope.unknown_keys),
            since=entry.get("since") or scope.since,
            until=entry.get("until") or scope.until,
            dialects=entry.get("dialects", scope.dialects),
        )
        if "ref" in entry:
            shape: Schema = {"$ref": f"#/$defs/{def_name(entry['ref'])}"}
            if self.typed and not self.nullable(entry, item):
                shape["type"] = "object"
        else:
            shape = self.shape(node, inner, item)
        return merge({**shape, **self.notes(entry, scope)}, entry.get("schema", {}))

    def shape(self, node: Node, scope: Scope, item: bool) -> Schema:
        entry, parts = node.entry, self.type_parts(node)
        if "any" in parts:
            return {}
        scalars = [part for part in parts if part not in _JSON_TYPE and part != "null"]
        containers = [part for part in parts if part in _JSON_TYPE]
        if not containers:
            return self.scalar(entry, scalars, "null" in parts)
        schema = self.scalar_rules(entry, scalars) if scalars else {"type": []}
        types = [kind for kind in schema["type"] if kind != "null"] + [_JSON_TYPE[part] for part in containers]
        if "null" in parts or (self.typed and self.nullable(entry, item)):
            types.append("null")
        schema["type"] = one_or_all(types)
        if "object" in types:
            self.object(schema, node, scope, named_only="object" in containers)
        if "array" in types:
            items = self.emit(node.items, scope, item=True) if node.items else {}
            if items:
                schema["items"] = items
            if self.typed and is_required(entry):
                schema["minItems"] = 1
        return schema

    def object(self, schema: Schema, node: Node, scope: Scope, named_only: bool) -> None:
        """Add what a block or a map takes. A map may name some of its keys and take others: `named_only` is false."""
        entry = node.entry
        if "key_type" in entry:
            schema["propertyNames"] = {"x-format": self.format_of(entry["key_type"])}
        if node.fields:
            schema["properties"] = {name: self.emit(child, scope) for name, child in node.fields.items()}
            required = [name for name, child in node.fields.items() if is_required(child.entry)]
            if required:
                schema["required"] = required
        patterns: dict[str, Schema] = {}
        rest: Schema | None = None
        if node.values is not None:
            pattern = node.values.entry.get("key_pattern", "").strip("^$")
            if pattern in ("", ".+"):
                rest = self.emit(node.values, scope)
            else:
                patterns[f"^{pattern}$"] = self.emit(node.values, scope)
        if entry.get("extensions"):
            patterns["^x-"] = {}
        if patterns:
            schema["patternProperties"] = patterns
        complete = bool(node.fields) and named_only if self.typed else bool(entry.get("closed"))
        if rest:
            schema["additionalProperties"] = rest
        elif rest is None and (entry.get("closed") or (complete and scope.unknown_keys == "refused")):
            schema["additionalProperties"] = False
        elif rest is None and complete and scope.unknown_keys == "ignored":
            schema["x-unknown-keys"] = "ignored"
        if entry.get("at_most_one"):
            schema["x-at-most-one"] = entry["at_most_one"]

    def nullable(self, entry: Entry, item: bool) -> bool:
        """Whether a typed decoder takes null here, for a block, list or map."""
        default = not (is_required(entry) or entry.get("nonempty") or (item and not self.overlay.null_items))
        return bool(entry.get("nullable", default))

    def scalar(self, entry: Entry, parts: list[str], null: bool) -> Schema:
        """A scalar field: a reference to the shared definition of its type, or its own rules where it has any."""
        rules = self.scalar_rules(entry, parts)
        enum = self.enum(entry, parts)
        present = [kind for kind in rules["type"] if kind != "null"]
        must = is_required(entry) or bool(entry.get("nonempty"))
        if "enum" in enum:
            return {**enum, "enum": enum["enum"] if must or not self.typed else [*enum["enum"], None]}
        own: Schema = {
            keyword: entry[bound] for bound, keyword in (("min", "minimum"), ("max", "maximum")) if bound in entry
        }
        if "pattern" in entry:
            own["pattern"] = self.or_placeholder(entry["pattern"])
        name = rules.get("x-format", parts[0])
        written = {**rules, "type": one_or_all([*rules["type"], *(["null"] if null else [])])}
        if len(parts) == 1 and not null and not own and self.scalars.setdefault(name, written) == written:
            schema: Schema = {"$ref": f"#/$defs/{name}", **enum}
        else:
            schema = {**written, **own, **enum}
        if self.typed and must:
            schema["type"] = one_or_all(present)
            # Go sees no difference between an empty text and none; a URL has a check of its own.
            if "string" in present and "url" not in name:
                schema["minLength"] = 1
        return schema

    def scalar_rules(self, entry: Entry, parts: list[str]) -> Schema:
        """Types, format and pattern of a scalar, or of a union of scalars. `type` is always a list."""
        bases = self.vocabulary.loaders[self.overlay.loader]
        types: list[str] = []
        patterns: list[str] = []
        name, free_text = "", False
        rules: Schema = {}
        for part in parts:
            rules = dict(bases[self.vocabulary.types.get(part, {}).get("base", part)])
            own = self.format_of(entry.get("format", part)) or entry.get("format", "")
            if own and self.overlay.loader == "go":
                # Only a typed decoder refuses a value for its format; elsewhere `x-format` alone says what is meant.
                stricter = {key: value for key, value in self.vocabulary.formats[own].items() if key != "says"}
                if "types" in stricter:
                    stricter["types"] = [*stricter["types"], "null"]
                rules |= stricter
            name = name or own
            pattern = rules.pop("pattern", "")
            if pattern:
                patterns.append(pattern)
            free_text = free_text or ("string" in rules["types"] and not pattern)
            types += rules.pop("types")
        if self.overlay.placeholders and not free_text:
            types.append("string")
            patterns.append(self.overlay.placeholders)
        schema: Schema = {"type": list(dict.fromkeys(types))}
        if name:
            schema["x-format"] = name
        if patterns and not free_text:
            schema["pattern"] = "|".join(patterns)
        if len(parts) == 1:
            schema |= rules
        return schema

    def or_placeholder(self, pattern: str) -> str:
        return f"{pattern}|{self.overlay.placeholders}" if self.overlay.placeholders else pattern

    def format_of(self, part: str) -> str:
        """The `x-format` of a table type, or empty."""
        return self.overlay.formats.get(part) or self.vocabulary.types.get(part, {}).get("format", "")

    def enum(self, entry: Entry, parts: list[str]) -> Schema:
        values = entry.get("enum")
        if not values:
            return {}
        if parts == ["int"]:
            values = [int(value) for value in values]
        since = {f"x-enum-{key}": entry[f"enum_{key}"] for key in ("since", "until") if entry.get(f"enum_{key}")}
        if entry.get("enum_enforced") is False or entry.get("open_enum") or self.overlay.loader == "any":
            return {"examples": values}
        if not entry.get("case_insensitive") and not self.overlay.placeholders:
            return {"enum": values, **since}
        spell = any_case if entry.get("case_insensitive") else re.escape
        return {"x-enum": values, "pattern": self.or_placeholder(f"^(?:{'|'.join(map(spell, values))})$"), **since}

    def notes(self, entry: Entry, scope: Scope) -> Schema:
        """What is said about a field beside its shape: versions, replacement, default."""
        notes: Schema = {}
        since, until = entry.get("since"), entry.get("until")
        if self.overlay.versions:
            if since and (not scope.since or version(since) > version(scope.since)):
                notes["x-since"] = since
            if until and (not scope.until or version(until) < version(scope.until)):
                notes["x-until"] = until
            for key in ("gaps", "absent_in"):
                if entry.get(key):
                    notes["x-absent-in"] = entry[key]
            if entry.get("deprecated"):
                notes["x-deprecated"] = entry["deprecated"]
        if entry.get("deprecated"):
            notes["deprecated"] = True
        if entry.get("replaced_by"):
            notes["x-replaced-by"] = entry["replaced_by"]
        if entry.get("undocumented"):
            notes["x-undocumented"] = True
        if entry.get("dialects", scope.dialects) != scope.dialects:
            notes["x-dialect"] = {
                dialect: {f"x-{key.replace('_', '-')}": value for key, value in span.items()}
                for dialect, span in entry["dialects"].items()
            }
        default = entry.get("default")
        # The default of a list is written in the manual's own words, not as a value.
        prose = isinstance(default, str) and any(part in _JSON_TYPE for part in entry.get("type", "").split("|"))
        if self.overlay.defaults and not prose:
            if default not in (None, ""):
                notes["default"] = default
            if entry.get("default_history"):
                notes["x-default-history"] = entry["default_history"]
        return notes


def is_required(entry: Entry) -> bool:
    return bool(entry.get("required")) and not entry.get("required_until")


def one_or_all(types: list[str]) -> str | list[str]:
    """The value of `type`, without repeats."""
    unique = list(dict.fromkeys(types))
    return unique[0] if len(unique) == 1 else unique


def any_case(word: str) -> str:
    """A pattern for a word in any letter case; the regular expressions of JSON Schema have no flag for it."""
    return "".join(f"[{char.lower()}{char.upper()}]" if char.isalpha() else re.escape(char) for char in word)


def merge(schema: Schema, extra: Schema) -> Schema:
    """A schema with an overlay's own keywords: objects merge, anything else replaces, null removes."""
    result = dict(schema)
    for key, value in extra.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result


def def_name(name: str) -> str:
    """A name for a definition; the tables call the value of a map `{}`."""
    return re.sub(r"\W+", "_", name).strip("_") or "value"


# Sharing

Change = Callable[[Schema, str], Schema]
"""Takes a subschema and the name it would go by as a definition."""


def map_children(schema: Schema, change: Change, name: str) -> Schema:
    """A schema with each subschema changed."""
    result = dict(schema)
    if "properties" in schema:
        result["properties"] = {key: change(child, key) for key, child in schema["properties"].items()}
    if "patternProperties" in schema:
        children = schema["patternProperties"].items()
        result["patternProperties"] = {key: change(child, f"{name}_value") for key, child in children}
    for keyword, suffix in (("items", "item"), ("additionalProperties", "value")):
        if isinstance(schema.get(keyword), dict):
            result[keyword] = change(schema[keyword], f"{name}_{suffix}")
    return result


def is_note(key: str) -> bool:
    return key in _NOTES or (key.startswith("x-") and key not in _SHAPE_KEYWORDS)


def shape_of(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if not is_note(key)}


def identity(schema: Schema) -> str:
    return json.dumps(shape_of(schema), sort_keys=True)


def merge_equal(root: Schema, definitions: dict[str, Schema]) -> tuple[Schema, dict[str, Schema]]:
    """Leave one of several definitions that say the same, until no two do."""
    while True:
        first: dict[str, str] = {}
        kept = {title: first.setdefault(identity(schema), title) for title, schema in definitions.items()}
        alias = {f"#/$defs/{title}": f"#/$defs/{other}" for title, other in kept.items() if title != other}
        if not alias:
            return root, definitions

        def redirect(schema: Schema, name: str, alias: dict[str, str] = alias) -> Schema:
            schema = map_children(schema, redirect, name)
            return {**schema, "$ref": alias[schema["$ref"]]} if schema.get("$ref") in alias else schema

        root = redirect(root, "")
        definitions = {title: redirect(definitions[title], title) for title, other in kept.items() if title == other}


def share(root: Schema, definitions: dict[str, Schema]) -> tuple[Schema, dict[str, Schema]]:
    """Move every block that occurs more than once into a definition, and drop definitions that nothing refers to."""
    root, definitions = merge_equal(root, definitions)
    seen: Counter[str] = Counter()

    def count(schema: Schema, name: str) -> Schema:
        key = identity(schema)
        seen[key] += 1
        # What stands inside a repeated block is counted once: it will stand once, in the definition.
        return map_children(schema, count, name) if seen[key] == 1 else schema

    count(root, "")
    for title, schema in definitions.items():
        count(schema, title)
    titles = {identity(schema): title for title, schema in definitions.items()}
    shared: dict[str, Schema] = {}

    def build(schema: Schema, name: str) -> Schema:
        key = identity(schema)
        if key not in titles and seen[key] > 1 and len(key) > _WORTH_SHARING:
            titles[key] = free_name(def_name(name), set(titles.values()))
            shared[titles[key]] = map_children(shape_of(schema), build, titles[key])
        if key not in titles:
            return map_children(schema, build, name)
        return {"$ref": f"#/$defs/{titles[key]}", **{note: value for note, value in schema.items() if is_note(note)}}

    root = map_children(root, build, "")
    for title, schema in definitions.items():
        shared[title] = map_children(shape_of(schema), build, title)
    return root, reachable(root, shared)


def free_name(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def reachable(root: Schema, definitions: dict[str, Schema]) -> dict[str, Schema]:
    """The definitions that the root uses, directly or through others, by name."""
    used: dict[str, Schema] = {}

    def visit(schema: Schema, name: str) -> Schema:
        title = schema.get("$ref", "").removeprefix("#/$defs/")
        if title and title not in used:
            used[title] = definitions[title]
            visit(definitions[title], title)
        return map_children(schema, visit, name)

    visit(root, "")
    return dict(sorted(used.items()))


# Files


def read_vocabulary(folder: Path) -> Vocabulary:
    return Vocabulary(**yaml.safe_load((folder / "vocabulary.yaml").read_text(encoding="utf-8")))


def read_overlays(folder: Path) -> list[Overlay]:
    paths = [path for path in sorted(folder.glob("*.yaml")) if path.stem != "vocabulary"]
    return [Overlay(kind=path.stem, **yaml.safe_load(path.read_text(encoding="utf-8"))) for path in paths]


def make(overlay: Overlay, vocabulary: Vocabulary, folder: Path) -> Schema:
    """One kind's schema."""
    tables = {dialect: load_table(folder, name, overlay.prefix) for dialect, name in overlay.tables.items()}
    main_table = next(iter(tables.values()))
    several = len(tables) > 1
    fields = lay_over(merge_dialects(tables) if several else main_table.fields, overlay.fields)
    blocks = {
        title: lay_over(block, overlay.definitions.get(title, {})) for title, block in main_table.definitions.items()
    }
    for title, path in overlay.extract.items():
        blocks[title] = extract(fields, path)
        fields[path]["ref"] = title
    root = tree(fields)
    # A title that is no name (`{}`) comes last, so that of two equal definitions the one with a name stays.
    names = sorted(blocks, key=lambda title: (def_name(title) != title, title))
    definitions = {def_name(title): tree(blocks[title], title) for title in names}
    rules = [rule for table in tables.values() for rule in table.rules] + overlay.rules
    skip = [set(pair) for pair in overlay.skip_rules]
    attach_rules(root, definitions, [rule for rule in rules if not any(pair <= set(rule["paths"]) for pair in skip)])

    emitter = Emitter(overlay, vocabulary)
    body = emitter.emit(root)
    emitted = {title: emitter.emit(node) for title, node in definitions.items()}
    clash = emitter.scalars.keys() & emitted.keys()
    if clash:
        raise SystemExit(f"{overlay.kind}: a block is named as a scalar type is: {', '.join(sorted(clash))}")
    body, defs = share(body, {**emitter.scalars, **emitted})
    head: Schema = {
        "$schema": DRAFT,
        "$id": f"{BASE}:{overlay.kind}",
        "$comment": f"Made by tools/make_schemas.py; edit tools/schema_overlays/{overlay.kind}.yaml instead.",
        "title": overlay.title,
    }
    if overlay.description:
        head["description"] = overlay.description
    head["x-kind"] = overlay.kind
    if overlay.versions:
        spans = {dialect: table.versions for dialect, table in tables.items()}
        head["x-versions"] = spans if several else main_table.versions
    return {**head, **body, "$defs": defs}


def make_vocabulary(vocabulary: Vocabulary) -> Schema:
    """The metaschema of all kinds: draft 2020-12 and our own keywords. Others are refused, so a misspelt one is too."""
    formats = [{"const": name, "description": rules["says"]} for name, rules in vocabulary.formats.items()]
    keywords = {**vocabulary.keywords, "x-format": {**vocabulary.keywords["x-format"], "oneOf": formats}}
    return {
        "$schema": DRAFT,
        "$id": f"{BASE}:vocabulary",
        "$comment": "Made by tools/make_schemas.py; edit tools/schema_overlays/vocabulary.yaml instead.",
        "title": "Keywords of the schemas of obslint",
        "$dynamicAnchor": "meta",
        "allOf": [{"$ref": DRAFT}],
        "properties": keywords,
        "propertyNames": {"enum": [*STANDARD_KEYWORDS, *keywords]},
    }


def dump(value: Json, indent: int = 0, lead: int = 0) -> str:
    """JSON with a line for whatever fits on one, so that a diff shows the field that changed."""
    flat = json.dumps(value, ensure_ascii=False)
    if indent + lead + len(flat) <= 120 or not isinstance(value, (dict, list)):
        return flat
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        lines = [f"{pad}{json.dumps(key)}: {dump(one, indent + 1, len(key) + 5)}" for key, one in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{' ' * indent}}}"
    return "[\n" + ",\n".join(pad + dump(one, indent + 1) for one in value) + f"\n{' ' * indent}]"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write schemas/<kind>.json from field tables and overlays.")
    parser.add_argument("fields", type=Path, help="folder of field tables")
    parser.add_argument("--out", type=Path, default=HERE.parent / "schemas", help="folder of schemas (schemas/)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a schema is stale")
    options = parser.parse_args(argv)
    overlays = HERE / "schema_overlays"
    vocabulary = read_vocabulary(overlays)
    made = {overlay.kind: make(overlay, vocabulary, options.fields) for overlay in read_overlays(overlays)}
    made["vocabulary"] = make_vocabulary(vocabulary)
    texts = {options.out / f"{kind}.json": dump(schema) + "\n" for kind, schema in made.items()}
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if options.check:
            print(f"{path} is stale", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
            print(f"wrote {path}")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
