"""One text that came without a path: standard input."""

from __future__ import annotations

from obslint.discover import sniff
from obslint.discover.templates import templated
from obslint.discover.tree import Unseen
from obslint.discover.walk import MARK, MAX_BYTES, Discovery, Reason, Skipped, Source, decode, format_as, is_binary

PATH = "<stdin>"
"""What is shown for its path. Not one of a file: nothing is asked of the disk about it."""


def given(data: bytes, kind: str | None = None, *, max_bytes: int = MAX_BYTES) -> Discovery:
    """What there is to parse in a text that the user named, with nothing around it; `kind` is what it is told to be."""

    def skip(reason: Reason, detail: str = "") -> Discovery:
        return Discovery((), (Skipped(PATH, reason, detail, named=True),), Unseen())

    if len(data) > max_bytes:
        return skip("too-large", f"more than {max_bytes} bytes")
    if is_binary(data):
        return skip("not-text")
    text, bad_utf8 = decode(data)
    form = format_as(sniff.format_of(text), kind, text)
    marker = templated(text, form, "")
    if marker is not None:
        return skip("templated", marker)
    outline = sniff.outline(text, form)
    return Discovery((Source(PATH, form, text, True, outline, bad_utf8, kind, data.startswith(MARK)),), (), Unseen())
