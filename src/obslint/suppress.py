"""`# obslint: ignore[CODE] reason` silences a finding at either end of a link; the silenced stay in the counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from obslint.findings import Finding, Location
from obslint.parse import Document

_DIRECTIVE = re.compile(r"#\s*obslint:\s*ignore\[([^\]]*)\]\s*(.*)")


@dataclass(frozen=True, slots=True)
class Directive:
    """One comment: the codes, families or names it silences, and why."""

    selectors: frozenset[str]
    reason: str
    line: int

    def covers(self, finding: Finding) -> bool:
        return not self.selectors.isdisjoint((finding.code, finding.code[:3], finding.name))


def directives(documents: Iterable[Document]) -> dict[int, list[Directive]]:
    """Directives of one file by the line they silence: their own, or the first line of content below."""
    found: dict[int, list[Directive]] = {}
    for document in documents:
        if "obslint:" not in document.text.text:
            continue
        comments = document.comments()
        for line, comment in comments.items():
            match = _DIRECTIVE.match(comment)
            if match is None:
                continue
            selectors = frozenset(part.strip() for part in match.group(1).split(",") if part.strip())
            directive = Directive(selectors, match.group(2).strip(), line)
            target = line
            if document.text.line(line).lstrip().startswith("#"):
                target = line + 1
                while target in comments and document.text.line(target).lstrip().startswith("#"):
                    target += 1
            known = found.setdefault(target, [])
            if directive not in known:
                known.append(directive)
    return found


def silence(finding: Finding, at: Callable[[Location], Iterable[Directive]]) -> Finding:
    """The finding, marked with the directive that silences it at its primary place or any related one."""
    for location in (finding.primary, *finding.related):
        for directive in at(location):
            if directive.covers(finding):
                where = f"{location.path}:{directive.line}"
                return replace(finding, silenced_by=f"{where} {directive.reason}".rstrip())
    return finding
