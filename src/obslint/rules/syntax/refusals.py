"""How a fault of a file is told, by the release that meets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph.nodes import FileFault
from obslint.rules.base import Rule


def claims(rule: Rule[Any], node: FileFault, effect: str = "refuses the file") -> Iterator[Claim]:
    """The claim of a rule about a fault; nothing where the running release, or an unknown one, may take it.

    What no release takes is an error, unless a release runs that is older or newer than all that are known. What some
    take is an error where the release that runs is known to refuse it, and a warning where only the newest is known to.
    """
    fault, running = node.fault, node.version
    severity, proof = Severity.ERROR, Proof.PROVEN
    by_version = fault.since is not None or fault.until is not None
    mode = _mode(node)
    if by_version and running is not None:
        if (
            not mode
            and (fault.since is None or running >= _version(fault.since))
            and (fault.until is None or running < _version(fault.until))
        ):
            return
    elif by_version and fault.until is None:
        return
    elif by_version or node.beyond:
        severity, proof = Severity.WARNING, Proof.LIKELY
    related = [Related(fault.other, "the other one")] if fault.other else []
    message = fault.message if by_version else f"{fault.message}: {node.reader} {effect}"
    service = node.service
    if service is not None:
        related.append(Related(service.place, f"service `{service.name}` loads the file"))
        if by_version and running is not None and service.image is not None:
            runs = f"{node.reader} {service.image.tag}" + (f" with `{mode}`" if mode else "")
            message = f"{message}, and `{service.name}` runs {runs}, which {effect}"
    yield rule.claim(
        node,
        message,
        related=related,
        help=fault.help,
        subject=fault.message,
        severity=severity,
        proof=proof,
    )


def _mode(node: FileFault) -> str:
    """The mode in which the release that runs refuses what it takes otherwise; empty where it does not."""
    mode, service = node.fault.mode, node.service
    if not mode or service is None:
        return ""
    enabled = (flag.value or "" for flag in service.all_flags("enable-feature"))
    return mode if any(mode in words.split(",") for words in enabled) else ""


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
