"""Text to documents: nothing here raises on bad input, and every value has a place."""

from __future__ import annotations

from obslint.parse import alloy, dockerfile, env, ini, json, nginx, yaml
from obslint.parse.cursor import Cursor
from obslint.parse.document import Document, Plain, Problem, Text

FORMATS = ("yaml", "json", "env", "alloy", "nginx", "dockerfile", "ini")


def load(path: str, source: str, format: str) -> list[Document]:
    """Every document of a text in one of `FORMATS`."""
    if format == "json":
        return [json.load(path, source)]
    if format == "env":
        return [env.load(path, source)]
    if format == "alloy":
        return [alloy.load(path, source)]
    if format == "nginx":
        return [nginx.load(path, source)]
    if format == "dockerfile":
        return [dockerfile.load(path, source)]
    if format == "ini":
        return [ini.load(path, source)]
    return list(yaml.load(path, source))


__all__ = ["FORMATS", "Cursor", "Document", "Plain", "Problem", "Text", "load"]
