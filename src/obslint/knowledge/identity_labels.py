"""By which labels the series of a component differ, as data: `identity_labels.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path


def identity_labels(component: str) -> Mapping[str, str]:
    """Labels without which series of one target collide, each with such a metric; empty where nothing is known."""
    return _read().get(component, {})


@cache
def _read() -> Mapping[str, Mapping[str, str]]:
    import yaml  # only a job that takes labels off pays for it

    text = Path(__file__).with_name("identity_labels.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Mapping[str, str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return data
