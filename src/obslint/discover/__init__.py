"""Paths to sources: walking, git-ignore, archives and templates recognised, a cheap look before any parsing."""

from __future__ import annotations

from obslint.discover.given import given
from obslint.discover.sniff import MARKERS, is_dockerfile, is_nginx, outline
from obslint.discover.templates import templated
from obslint.discover.tree import Status, Tree, Unseen
from obslint.discover.walk import MAX_BYTES, Discovery, InputError, Reason, Skipped, Source, discover

__all__ = [
    "MARKERS",
    "MAX_BYTES",
    "Discovery",
    "InputError",
    "Reason",
    "Skipped",
    "Source",
    "Status",
    "Tree",
    "Unseen",
    "discover",
    "given",
    "is_dockerfile",
    "is_nginx",
    "outline",
    "templated",
]
