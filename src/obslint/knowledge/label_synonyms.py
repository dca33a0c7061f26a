"""Labels that mean the same, as data: `label_synonyms.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def label_synonyms() -> Mapping[str, frozenset[str]]:
    """Label → all names of what it tells, its own among them."""
    import yaml  # only matchers on metrics that no exporter is known for pay for it

    text = Path(__file__).with_name("label_synonyms.yaml").read_text(encoding="utf-8")
    return {name: frozenset(group) for group in yaml.load(text, Loader=yaml.CSafeLoader) for name in group}
