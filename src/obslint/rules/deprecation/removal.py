"""Whether the release that runs still has what a file asks of it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from obslint.findings import Claim, Related
from obslint.graph.nodes import Flag, Service
from obslint.knowledge import Fact, Removed, Version
from obslint.rules.base import Rule

_FLOATING = re.compile(r"v?([0-9]{1,9})(?=[-+_]|\Z)")


def running(service: Service) -> Version | None:
    """The version that a service runs, `(2,)` for the tag `v2`; None where the tag does not tell."""
    image = service.image
    if image is None or image.version is not None:
        return image.version if image else None
    match = _FLOATING.match(image.tag or "")
    return (int(match.group(1)),) if match else None


def gone(removed: Fact, service: Service) -> bool | None:
    """Whether the service runs a release without it; None where it is only likely, as with `latest`."""
    answer = removed.applies_to(running(service))
    if answer is None and service.image is not None and service.image.digest and not service.image.tag:
        return False  # pinned to one release that cannot be seen
    return answer


def runs(service: Service) -> str:
    """What the service runs, for messages."""
    return f"`{service.name}` runs {service.image.tag if service.image and service.image.tag else 'the newest'}"


def flag_claims(rule: Rule[Any], service: Service) -> Iterator[Claim]:
    """Removed flags on a command line. Those of another program that the image is started with are none."""
    component, entrypoint = service.component, service.fact.entrypoint
    if component is None or not component.removed:
        return
    if entrypoint and not service.scripted and posixpath.basename(entrypoint[0].text) != component.id:
        return
    dash = "-" if component.entrypoint_flag_style == "go" else "--"
    for removed in component.removed:
        answer = gone(removed, service)
        if answer is False:
            continue
        for flag in service.all_flags(*removed.flags, *(f"no-{name}" for name in removed.flags)):
            yield _claim(rule, service, flag, removed, f"`{dash}{flag.name}`", answer)


def _claim(rule: Rule[Any], service: Service, flag: Flag, removed: Removed, written: str, answer: bool | None) -> Claim:
    known = f"and {runs(service)}" if answer else "and the tag here does not name an older release"
    return rule.claim(
        service,
        f"{written} does not exist from {service.title} {removed.since} on, {known}: it does not start with it",
        place=flag.word,
        related=[Related(service.place, service.introduction)],
        help=f"use `{removed.instead}`" if removed.instead else "remove the flag",
        subject=f"{service.name}:{flag.name}",
        proven=bool(answer) and not service.scripted and service.amended.no,
    )
