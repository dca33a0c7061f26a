"""RET006."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import DataDirectory, Mount, Store
from obslint.rules.base import Rule


class DataPathNotOnVolume(Rule[Store]):
    """A volume was mounted for the data, but the component writes elsewhere.

    Someone thought of a volume, so everyone believes that the data are safe; yet the path in the configuration, a flag
    or the image's own default lies outside it, in the container, and is gone after `docker compose down`. Mount the
    volume where the component writes, or let the component write where the volume is. It is a warning where only a part
    lies outside (a WAL, an index), where less is lost, where the volume is known by its name alone, and where a shell
    starts the component.
    """

    code, name, severity = "RET006", "data-path-not-on-volume", Severity.ERROR
    on = Store

    def check(self, store: Store, graph: Graph) -> Iterator[Claim]:
        kept = store.kept or store.directories
        lost = [directory for directory in kept if directory.covered.no]
        if not lost:
            return
        if store.misplaced is not None:
            yield self._all(store, store.misplaced, lost[0])
        elif any(directory.covered.yes for directory in kept):
            yield self._part(store, lost, next(directory for directory in kept if directory.covered.yes))

    def _all(self, store: Store, mount: Mount, lost: DataDirectory) -> Claim:
        """No directory is covered, and a mount was meant for them."""
        service = store.service
        proven = store.usual and lost.essential and not service.scripted and not service.development
        return self.claim(
            store,
            f"{store.component.title} of service `{service.name}` keeps its {lost.what} in {lost.path}, "
            f"but {_called(mount)} is mounted at {mount.target}: they are gone after `docker compose down`",
            place=mount.place,
            related=_written(lost),
            help=f"mount it at {lost.path} instead of {mount.target}"
            + (f", or let {lost.evidence} name {mount.target}" if lost.place else ""),
            subject=f"{service.name}:{lost.path}",
            proven=proven,
        )

    def _part(self, store: Store, lost: Sequence[DataDirectory], held: DataDirectory) -> Claim:
        """Some directories lie on a volume, others beside it."""
        service, first = store.service, lost[0]
        where = " and ".join(f"its {directory.what} in {directory.path}" for directory in lost)
        volume = f"{_called(held.mount)} holds only {held.mount.target}" if held.mount else "no volume holds it"
        return self.claim(
            store,
            f"{store.component.title} of service `{service.name}` keeps {where}, but {volume}: "
            "they are gone after `docker compose down`",
            place=first.place or (held.mount.place if held.mount else None),
            related=[Related(held.mount.place, f"holds its {held.what} in {held.path}")] if held.mount else [],
            help=f"move the path below that mount, or mount another volume at {first.path}",
            subject=f"{service.name}:{first.path}",
            severity=Severity.WARNING,
        )


def _called(mount: Mount) -> str:
    return f"volume `{mount.source}`" if mount.kind == "volume" else f"`{mount.source}`"


def _written(lost: DataDirectory) -> list[Related]:
    return [Related(lost.place, "the path is set here")] if lost.place is not None else []
