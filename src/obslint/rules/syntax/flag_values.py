"""Values of flags that the program cannot read, and flags that stand more often than it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from obslint.findings import Claim, Place, Related
from obslint.graph.nodes import Flag, Service
from obslint.knowledge.flags import FlagTable, KnownFlag
from obslint.lang.flag_values import refusal, spelling
from obslint.lang.interpolation import HOLE
from obslint.lang.tokens import shortened
from obslint.rules.base import Rule
from obslint.rules.syntax.unknown_flags import is_gnu, read_flags


def claims(rule: Rule[Any], service: Service) -> Iterator[Claim]:
    """What is wrong with the values of a service's flags; nothing where a variable from outside decides."""
    gnu = is_gnu(service)
    first: dict[str, Flag] = {}
    for flag, known, table in read_flags(service):
        if known is None or _unknown_here(service, known, table):
            continue
        before = first.setdefault(flag.name.removeprefix("no-") if known.switch else flag.name, flag)
        message, place, help, related = "", flag.place, "", []
        written = f"`{'--' if gnu else '-'}{shortened(flag.name)}`"
        if gnu and before is not flag and not known.repeatable:
            message, place, help = f"the flag {written} cannot be repeated", flag.word, "keep one of the two"
            related = [Related(before.word, "first given here")]
        elif flag.value is None or HOLE in flag.value:
            continue
        elif known.switch:
            if gnu:
                message = f"the flag {written} takes no value, and `{shortened(flag.value)}` behind it is one too many"
                help = _switch(flag)
        elif known.choices:
            if flag.value.lower() not in known.choices:
                message = f"{written} cannot be `{shortened(flag.value)}`"
                help = f"known values are {', '.join(known.choices)}"
        else:
            why = refusal(known.grammar, flag.value)
            message = f"{written}: {why}" if why else ""
            meant = spelling(known.grammar, flag.value) if why else None
            help = f"write `{meant}`" if meant else ""
        if message:
            yield _claim(rule, service, flag, table, message, place, help, related)


def _unknown_here(service: Service, known: KnownFlag, table: FlagTable) -> bool:
    """Whether another finding says that this release does not have the flag."""
    version = service.image.version if service.image else None
    return version is not None and table.covers(version) and known.applies_to(version) is False


def _switch(flag: Flag) -> str:
    name = flag.name.removeprefix("no-")
    off = (flag.value or "").lower() in ("false", "0", "no", "off")
    return f"write `--{'no-' if off is not flag.name.startswith('no-') else ''}{name}` alone"


def _claim(
    rule: Rule[Any],
    service: Service,
    flag: Flag,
    table: FlagTable,
    message: str,
    place: Place,
    help: str,
    related: list[Related],
) -> Claim:
    version, tag = (service.image.version, service.image.tag) if service.image else (None, None)
    runs = f"{service.title} {tag}" if version is not None else service.title
    return rule.claim(
        service,
        f"{message}: {runs} does not start with it",
        place=place,
        related=[*related, Related(service.place, service.introduction)],
        help=help,
        subject=f"{service.name}:{flag.name}",
        proven=version is not None and table.covers(version) and service.amended.no and not flag.defaulted,
    )
