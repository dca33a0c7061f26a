"""What Grafana refuses in its provisioning files beyond shape (grafana/grafana pkg/services/provisioning)."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.common import Fault
from obslint.kinds.checks import duplicates, meaning, needs, said
from obslint.lang.tokens import shortened
from obslint.parse import Cursor


def datasources(root: Cursor) -> Iterator[Fault]:
    """One default an organisation, and one data source a uid."""
    first: dict[str, Cursor] = {}
    items = list(root.get("datasources").items())
    for item in items:
        if item.get("isDefault").flag is True:
            organisation = item.get("orgId").text or "1"
            if organisation in first:
                message = "two data sources of one organisation are the default"
                yield meaning(message, item.get("isDefault").key, "keep one", first[organisation].key)
            first.setdefault(organisation, item.get("isDefault"))
    by_organisation: dict[str, list[Cursor]] = {}
    for item in items:
        by_organisation.setdefault(item.get("orgId").text or "1", []).append(item.get("uid"))
    for uids in by_organisation.values():
        yield from duplicates(uids, "uid")


def providers(root: Cursor) -> Iterator[Fault]:
    """A directory, and folders either by name or by directory."""
    for item in root.get("providers").items():
        kind, options = item.get("type"), item.get("options")
        if kind.text not in (None, "", "file"):
            if "$" not in kind.text:
                yield meaning(f"there is no type of provider `{shortened(kind.text)}`", kind.place, "write `file`")
            continue
        if isinstance(options.value, dict) and not any(
            isinstance(options.get(key).value, str) for key in ("path", "folder")
        ):
            yield from needs(options, "`options`", "path")
        folders = options.get("foldersFromFilesStructure")
        if folders.value is True and said(item.get("folder")) and said(item.get("folderUid")):
            message = "`folder` and `folderUid` must be empty with `foldersFromFilesStructure`"
            yield meaning(message, item.get("folderUid").key, "remove them", folders.key)


def alerting(root: Cursor) -> Iterator[Fault]:
    """A condition for each rule, settings for each receiver."""
    for group in root.get("groups").items():
        for rule in group.get("rules").items():
            if isinstance(rule.value, dict) and not rule.get("record").value:
                yield from needs(rule, "a rule", "condition")
    for point in root.get("contactPoints").items():
        for receiver in point.get("receivers").items():
            if receiver.get("settings").value == {}:
                yield meaning("a receiver has no settings", receiver.get("settings").key, "say where it sends to")
