"""Flags on a command line as the program knows them, and those that it does not know."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from obslint.findings import Claim, Related
from obslint.graph.nodes import Flag, Service
from obslint.knowledge.flags import FlagTable, KnownFlag, flag_table
from obslint.lang.tokens import shortened
from obslint.rules.base import Rule

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_ALWAYS = frozenset(
    ("help", "h", "version", "help-long", "help-man", "completion-bash", "completion-script-bash",
     "completion-script-zsh")
)  # fmt: skip
"""What the libraries that read flags add of themselves (kingpin, Go's flag)."""


def claims(rule: Rule[Any], service: Service) -> Iterator[Claim]:
    """What is wrong with the names of a service's flags."""
    for flag, known, table in read_flags(service):
        assert service.component is not None  # looked at by `read_flags`
        removed = {name for one in service.component.removed for name in one.flags}
        if flag.name.removeprefix("no-") not in removed:
            yield from _judge(rule, service, flag, known, table, is_gnu(service))


def read_flags(service: Service) -> Iterator[tuple[Flag, KnownFlag | None, FlagTable]]:
    """The flags that the program reads, as it knows them; none where its image or command is not the makers' own."""
    component, image = service.component, service.image
    if component is None or image is None or image.repository not in component.images or service.scripted:
        return
    entrypoint = service.fact.entrypoint
    if entrypoint and posixpath.basename(entrypoint[0].text) != component.id.replace("_", "-"):
        return
    table = flag_table(component.id)
    command = service.fact.command
    if table is None or not command or (not entrypoint and not command[0].text.startswith("-")):
        return
    for before, flag in zip((None, *service.flags), service.flags, strict=False):
        if not _NAME.fullmatch(flag.name) or flag.name in _ALWAYS or _is_value(before, flag, table):
            continue
        known = table.get(flag.name)
        if known is None and flag.name.startswith("no-") and is_gnu(service):
            known = table.get(flag.name[3:])
            known = known if known is not None and known.switch else None
        yield flag, known, table


def is_gnu(service: Service) -> bool:
    """Whether flags are read as kingpin does: two dashes, `--no-` for false, each once unless it is a list."""
    return service.component is not None and service.component.entrypoint_flag_style == "gnu"


def _is_value(before: Flag | None, flag: Flag, table: FlagTable) -> bool:
    """Whether the word is what the flag before it takes as its value, though it begins with a dash."""
    known = table.get(before.name) if before is not None and before.value is None else None
    return known is not None and not known.switch


def _judge(
    rule: Rule[Any], service: Service, flag: Flag, known: KnownFlag | None, table: FlagTable, gnu: bool
) -> Iterator[Claim]:
    assert service.image is not None  # looked at by `claims`
    version = service.image.version
    written = f"`{'--' if gnu else '-'}{shortened(flag.name)}`"
    runs = f"`{service.name}` runs {service.title} {service.image.tag}"
    near = next(iter(get_close_matches(flag.name, table.flags, 1, 0.85)), None) if len(flag.name) < 80 else None
    certain = version is not None and table.covers(version) and table.complete and service.amended.no
    if known is None:
        if version is not None and version[:2] < table.oldest:
            return
        if near is None and not certain:
            return  # a release newer than the table, or a table with gaps, may know it
        says = f"{service.title} has no flag {written}"
        message = f"{says}, and {runs}: it does not start with it" if certain else f"{says} as far as is known"
    else:
        if gnu and flag.dashes == 1:
            message = (
                f"`-{shortened(flag.name)}` has one dash: {service.title} reads it as short flags, and does not start"
            )
            certain = version is not None and table.covers(version) and service.amended.no
            near = flag.name
        elif version is None or not table.covers(version) or known.applies_to(version) is not False:
            return
        elif known.since is not None and _before(version, known.since):
            message = (
                f"{written} exists only from {service.title} {known.since} on, and {runs}: it does not start with it"
            )
            near = None
        else:
            message = f"{written} exists no more from {service.title} {known.until} on, and {runs}: it does not start"
            near = None
    yield rule.claim(
        service,
        message,
        place=flag.word,
        related=[Related(service.place, service.introduction)],
        help=f"did you mean `{'--' if gnu else '-'}{near}`?"
        if near
        else "remove the flag, or run a release that has it",
        subject=f"{service.name}:{flag.name}",
        proven=certain,
    )


def _before(version: tuple[int, int, int], since: str) -> bool:
    return version[:2] < tuple(int(part) for part in since.split("."))
