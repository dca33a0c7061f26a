"""Env files: assignments that Compose interpolates."""

from __future__ import annotations

from obslint.facts.compose import EnvFile
from obslint.kinds.kind import Kind, entries
from obslint.parse import Cursor
from obslint.parse.env import EnvDocument


def recognise(root: Cursor) -> str | None:
    return "an env file by its name" if isinstance(root.document, EnvDocument) else None


def extract(root: Cursor) -> EnvFile:
    return EnvFile(root.document.path, entries(root))


KIND = Kind("env", "Docker Compose", recognise, extract)
