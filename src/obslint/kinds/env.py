"""Env files: assignments that Compose interpolates."""

from __future__ import annotations

from dataclasses import replace

from obslint.facts.compose import EnvFile
from obslint.kinds.kind import Kind, entries
from obslint.parse import Cursor
from obslint.parse.env import EnvDocument


def recognise(root: Cursor) -> str | None:
    return "an env file by its name" if isinstance(root.document, EnvDocument) else None


def extract(root: Cursor) -> EnvFile:
    assert isinstance(root.document, EnvDocument)
    found = entries(root)
    literal = {entry.name.text for entry in found if root.document.literal(entry.name.text)}
    return EnvFile(
        root.document.path,
        tuple(
            # As interpolation reads it, in which a dollar sign is written twice.
            replace(entry, value=replace(entry.value, text=entry.value.text.replace("$", "$$")))
            if entry.name.text in literal and entry.value is not None
            else entry
            for entry in found
        ),
    )


KIND = Kind("env", "Docker Compose", recognise, extract)
