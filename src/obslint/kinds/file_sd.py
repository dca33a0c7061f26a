"""Target files of `file_sd_configs`: groups of targets with labels, in JSON or YAML."""

from __future__ import annotations

from obslint.facts.prometheus import TargetFile
from obslint.kinds.kind import Kind
from obslint.kinds.prometheus import target_groups
from obslint.parse import Cursor

_KEYS = frozenset(("targets", "labels"))


def recognise(root: Cursor) -> str | None:
    groups = list(root.items())
    known = all(
        isinstance(group.value, dict) and isinstance(group.get("targets").value, list) and group.value.keys() <= _KEYS
        for group in groups
    )
    return "a list of `targets`" if groups and known else None


def extract(root: Cursor) -> TargetFile:
    return TargetFile(root.document.path, root.place, target_groups(root))


KIND = Kind("file-sd", "file_sd targets", recognise, extract)
