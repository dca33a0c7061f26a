"""Makefiles to the shell text of their recipes, with variables expanded as GNU make does where that can be told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from obslint.lang import shell
from obslint.lang.interpolation import HOLE

_MAX_DEPTH = 20
_MAX_LINE = 16 << 10
_MAX_EXPANDED = 4 << 20
"""Characters of one line, and of all lines together, that variables may make of a makefile."""

_ASSIGNMENT = re.compile(
    r"(?:(?:override|export|private)\s+)*([A-Za-z_][\w.-]*)\s*(:::?=|::?=|\?=|\+=|!=|=)\s*(.*)", re.S
)
_RULE = re.compile(r"([^\s:=#][^:=#]*?)\s*::?(?!=)(.*)", re.S)
_COMPOSE_VARIABLES = (
    "COMPOSE_FILE",
    "COMPOSE_PATH_SEPARATOR",
    "COMPOSE_PROJECT_NAME",
    "COMPOSE_PROFILES",
    "COMPOSE_ENV_FILES",
)
_CONDITION = re.compile(r"(?:ifeq|ifneq|ifdef|ifndef)\b")


def blocks(text: str) -> Iterator[shell.Block]:
    """One block for each recipe line, or for each recipe where the makefile says `.ONESHELL`."""
    make = _Make()
    whole = re.search(r"^\.ONESHELL\s*:", text, re.M) is not None
    recipes: list[tuple[str, int, str]] = []
    target = ""
    conditions, defining = 0, False
    for line, number in _logical_lines(text):
        if defining:
            defining = not line.strip().startswith("endef")
            continue
        if line.startswith("\t") and target:
            if whole and recipes and recipes[-1][0] == target:
                recipes[-1] = (*recipes[-1][:2], f"{recipes[-1][2]}\n{_bare(line)}")
            else:
                recipes.append((target, number, _bare(line)))
            continue
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if _CONDITION.match(line):
            conditions += 1
        elif line.startswith("endif"):
            conditions = max(0, conditions - 1)
        elif line.startswith("define "):
            defining = True
            make.forget(line.split()[1])
        elif line.startswith(("else", "include ", "-include ", "sinclude ")):
            continue
        elif line.startswith("export") and (assigned := _ASSIGNMENT.match(line)) is None:
            make.exported.update(line.split()[1:] or ("*",))
        elif assigned := _ASSIGNMENT.match(line):
            name, operator, value = assigned.groups()
            if line.startswith("export"):
                make.exported.add(name)
            make.assign(name, operator, value, conditions > 0)
        elif rule := _RULE.match(line):
            target = rule.group(1)
            rest, _, inline = rule.group(2).partition(";")
            assigned = _ASSIGNMENT.match(rest.strip())
            if assigned:
                make.of_target.setdefault(target, {})[assigned.group(1)] = assigned.group(3)
                if rest.strip().startswith("export"):
                    make.exported.add(assigned.group(1))
                target = ""
            elif inline.strip():
                recipes.append((target, number, _bare(inline)))
    for target, number, body in recipes:
        yield make.block(target, number, body)


def _logical_lines(text: str) -> Iterator[tuple[str, int]]:
    """Lines with those that continue them, and where they begin."""
    parts: list[str] = []
    first = 1
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if not parts:
            first = number
        parts.append(line)
        if not line.endswith("\\"):
            yield "\n".join(parts), first
            parts = []
    if parts:
        yield "\n".join(parts), first


def _bare(line: str) -> str:
    """A recipe line without the tab and the signs that make itself reads."""
    return line.lstrip(" \t@-+")


class _Make:
    def __init__(self) -> None:
        self.raw: dict[str, str] = {}
        self.of_target: dict[str, dict[str, str]] = {}
        self.exported: set[str] = set()
        self.left = _MAX_EXPANDED

    def forget(self, name: str) -> None:
        self.raw[name] = HOLE

    def assign(self, name: str, operator: str, value: str, conditional: bool) -> None:
        """Values are kept unexpanded, except those of `:=`, which hold what is known above them."""
        value = re.split(r"\s#", value.replace("\\\n", " "), maxsplit=1)[0].strip()
        if len(value) > _MAX_LINE or operator == "!=":
            value = HOLE
        old = self.raw.get(name)
        if operator == "?=" and old is not None and not conditional:
            return
        if operator in (":=", "::=", ":::="):
            value = self.expand(value, {})
        if operator == "+=":
            value = f"{old} {value}".strip() if old is not None else value
        if len(value) > _MAX_LINE:
            value = HOLE
        merged = shell.merge(old, value) if conditional and (old is not None or operator == "+=") else value
        self.raw[name] = merged if isinstance(merged, str) else HOLE

    def block(self, target: str, number: int, body: str) -> shell.Block:
        local = self.of_target.get(target, {})
        single = target if len(target.split()) == 1 and "%" not in target else HOLE
        own = {"@": single} | local
        values = {
            name: self.expand(own.get(name) or self.raw[name], own)
            for name in _COMPOSE_VARIABLES
            if (name in self.raw or name in local) and not self.exported.isdisjoint((name, "*"))
        }
        return shell.Block(
            text=self.expand(body, own),
            line=number,
            group=target,
            variables=dict(values),
            exported=frozenset(values),
        )

    def expand(self, text: str, own: Mapping[str, str]) -> str:
        """Expand make's references; `$$` becomes the shell's dollar. A `HOLE` for what cannot be told."""
        if "$" not in text:
            return text
        if self.left <= 0:
            return HOLE
        out = self._expand(text, own, 0)
        self.left -= len(out) + len(text)
        return out

    def _expand(self, text: str, own: Mapping[str, str], depth: int) -> str:
        if depth > _MAX_DEPTH or len(text) > 4 * _MAX_LINE:
            return HOLE
        out: list[str] = []
        size = 0
        position = 0
        closing = _closing(text)
        while position < len(text):
            dollar = text.find("$", position)
            if dollar < 0 or dollar + 1 >= len(text):
                out.append(text[position:])
                break
            out.append(text[position:dollar])
            following = text[dollar + 1]
            if following == "$":
                out.append("$")
                position = dollar + 2
                continue
            if following in "({":
                end = closing.get(dollar + 1)
                if end is None:
                    out.append(HOLE)
                    position = dollar + 2
                    continue
                value = self._reference(text[dollar + 2 : end], own, depth + 1)
                position = end + 1
            else:
                value = self._variable(following, own, depth + 1)
                position = dollar + 2
            size += len(value)
            self.left -= len(value)
            if size > _MAX_LINE or self.left <= 0:
                out.append(HOLE)
                break
            out.append(value)
        return "".join(out)

    def _variable(self, name: str, own: Mapping[str, str], depth: int) -> str:
        if name in ("CURDIR", "PWD"):
            return f"{shell.START}/."
        if name == "MAKEFILE_LIST":
            return f"{shell.HERE}/Makefile"
        if name == "MAKE":
            return "make"
        raw = own[name] if name in own else self.raw.get(name)
        return HOLE if raw is None else self._expand(raw, own, depth)

    def _reference(self, inside: str, own: Mapping[str, str], depth: int) -> str:
        """The inside of `$(…)`: a variable, a substitution in one, or a function."""
        word, blank, rest = inside.partition(" ")
        if not blank:
            name, colon, _ = inside.partition(":")
            return HOLE if colon or "$" in name else self._variable(name, own, depth)
        if word == "addprefix":
            prefix, comma, words = rest.partition(",")
            if comma:
                prefix, words = self._expand(prefix, own, depth), self._expand(words, own, depth)
                return " ".join(HOLE if HOLE in item else f"{prefix}{item}" for item in words.split())
        elif word == "foreach":
            parts = rest.split(",", 2)
            if len(parts) == 3:
                items = self._expand(parts[1], own, depth).split()
                return " ".join(
                    HOLE if HOLE in item else self._expand(parts[2], {**own, parts[0].strip(): item}, depth)
                    for item in items[:64]
                )
        elif word == "shell":
            command = self._expand(rest, own, depth).strip()
            if command == "pwd":
                return f"{shell.START}/."
            if command == "git rev-parse --show-toplevel":
                return shell.TOP
        elif word in ("abspath", "realpath", "strip", "firstword", "lastword"):
            return self._expand(rest, own, depth).strip()
        elif word == "dir":
            return shell.dirname(self._expand(rest, own, depth).strip()) + "/"
        return HOLE


def _closing(text: str) -> dict[int, int]:
    """Offset of each bracket that opens a reference → that of the one that closes it."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for match in re.finditer(r"[(){}]", text):
        if match.group() in "({":
            opened.append(match.start())
        else:
            while opened:
                start = opened.pop()
                if (text[start] == "(") == (match.group() == ")"):
                    found[start] = match.start()
                    break
    return found
