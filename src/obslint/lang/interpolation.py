"""Compose's variable interpolation, with what stays unknown kept apart from what is known.

Grammar: `$VAR`, `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:?error}`, `${VAR?error}`, `${VAR:+value}`,
`${VAR+value}`, nested, and `$$` for a dollar sign (Compose Specification, "Interpolation").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

HOLE = "\x00"
"""Stands for text that only the shell of whoever runs Compose knows; no YAML scalar can hold it."""

MAX_DEPTH = 20
_BRACE = re.compile(r"\$\{|\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Interpolated:
    """The result. `text` holds a `HOLE` for each unknown part; `defaulted` says that a default of the file was used."""

    text: str
    defaulted: bool = False

    @property
    def known(self) -> str | None:
        """The text, if nothing in it is unknown."""
        return None if HOLE in self.text else self.text


def interpolate(text: str, values: Mapping[str, str]) -> Interpolated:
    """Replace the variables of `text`. A malformed expression is left as it stands: Compose refuses the file anyway."""
    if "$" not in text:
        return Interpolated(text)
    return _run(text, values, MAX_DEPTH)


def _run(text: str, values: Mapping[str, str], depth: int) -> Interpolated:
    out: list[str] = []
    defaulted = False
    closing = _closing(text)
    i = 0
    while i < len(text):
        if text[i] != "$":
            dollar = text.find("$", i)
            out.append(text[i : dollar if dollar >= 0 else len(text)])
            i += len(out[-1])
            continue
        if text[i + 1 : i + 2] == "$":
            out.append("$")
            i += 2
            continue
        bare = _NAME.match(text, i + 1)
        if bare:
            out.append(values.get(bare.group(), HOLE))
            i = bare.end()
            continue
        end = closing.get(i)
        if end is None or depth == 0:
            out.append("$")
            i += 1
            continue
        part = _expression(text[i + 2 : end], values, depth)
        out.append(part.text)
        defaulted = defaulted or part.defaulted
        i = end + 1
    return Interpolated("".join(out), defaulted)


def _closing(text: str) -> dict[int, int]:
    """Offset of the closing brace of each `${` that has one."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace.group() == "${":
            opened.append(brace.start())
        elif opened:
            found[opened.pop()] = brace.start()
    return found


def _expression(body: str, values: Mapping[str, str], depth: int) -> Interpolated:
    name = _NAME.match(body)
    if name is None:
        return Interpolated("${" + body + "}")
    rest = body[name.end() :]
    value = values.get(name.group())
    if not rest:
        return Interpolated(HOLE if value is None else value)
    colon = rest.startswith(":")
    operator, operand = rest[colon : colon + 1], rest[colon + 1 :]
    present = value is not None and (value != "" or not colon)
    if operator == "-":
        if present and value is not None:
            return Interpolated(value)
        inner = _run(operand, values, depth - 1)
        return Interpolated(inner.text, True)
    if operator == "?":
        return Interpolated(value if present and value is not None else HOLE)
    if operator == "+":
        return _run(operand, values, depth - 1) if present else Interpolated(HOLE if value is None else "")
    return Interpolated("${" + body + "}")
