"""RES011."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph
from obslint.graph.clashes import together
from obslint.graph.nodes import DataDirectory, Mount, Store
from obslint.rules.base import Rule

_NETWORK = ("nfs", "cifs", "smb")


class TsdbStorageUnsafe(Rule[Store]):
    """A database of metrics or logs shares its directory with another, or lies on a network file system.

    A TSDB and a WAL belong to one process. A second one that opens the same directory does not start, or overwrites
    what the first has written; replicas on one volume do just that. Prometheus does not support NFS and other network
    file systems either: its database gets corrupted beyond repair. Give each its own volume, on a local disk. Who only
    reads (a sidecar, a backup) is fine, and so are processes that run a part of a store each (`-target`). It is a
    warning where a profile brings the two together, and for replicas of a swarm, which may run on several hosts.
    """

    code, name, severity = "RES011", "tsdb-storage-unsafe", Severity.ERROR
    on = Store

    def check(self, store: Store, graph: Graph) -> Iterator[Claim]:
        held = [directory for directory in store.directories if directory.exclusive and directory.mount is not None]
        if _owns(store, graph):
            for directory in held:
                shared = self._shared(store, directory, graph) or self._replicated(store, directory)
                if shared is not None:
                    yield shared
                    break
        for directory in store.directories:
            remote = _network_volume(directory) if directory.local else None
            if remote is not None and directory.mount is not None:
                kind, place = remote
                yield self.claim(
                    store,
                    f"{store.component.title} of service `{store.service.name}` keeps its {directory.what} on {kind}, "
                    "which it does not support: they may be corrupted beyond repair",
                    place=place,
                    related=[Related(directory.mount.place, f"volume `{directory.mount.source}` is mounted here")],
                    help="use a volume on a local disk, and remote write for what has to be kept elsewhere",
                    subject=store.service.name,
                    severity=Severity.WARNING,
                )

    def _shared(self, store: Store, directory: DataDirectory, graph: Graph) -> Claim | None:
        """Another service that owns the directory too; told of the later one."""
        mount = directory.mount
        if mount is None or directory.location is None:
            return None
        for other in graph.sharing(store, directory)[:100]:
            if other is store:
                return None
            answer = together(other.service, store.service)
            theirs = next((each.mount for each in other.directories if each.location == directory.location), None)
            if not answer.yes or theirs is None or theirs.read_only or not _owns(other, graph):
                continue
            when = f" once {answer.why[0]}" if answer.why else ""
            certain = not when and store.service.amended.no and other.service.amended.no
            return self.claim(
                store,
                f"services `{store.service.name}` and `{other.service.name}` both write {store.component.title}'s "
                f"{directory.what} into {_called(mount, directory)}: one does not start, or they corrupt it{when}",
                place=mount.place,
                related=[Related(theirs.place, f"`{other.service.name}` mounts it here")],
                help=f"give each a volume of its own, such as `{store.service.name}-data`",
                subject=f"{store.service.name}:{other.service.name}",
                proven=certain,
            )
        return None

    def _replicated(self, store: Store, directory: DataDirectory) -> Claim | None:
        """Replicas of the service itself. In a swarm those of `deploy` may each run on a host of their own."""
        replicas, mount = store.service.fact.replicas, directory.mount
        if replicas is None or mount is None or not mount.source or not replicas.text.isdecimal():
            return None
        if int(replicas.text[:9]) < 2:
            return None
        certain = replicas.place.at[-1:] == ("scale",) and store.service.amended.no
        return self.claim(
            store,
            f"{replicas.text} replicas of service `{store.service.name}` write {store.component.title}'s "
            f"{directory.what} into one {_called(mount, directory)}: one does not start, or they corrupt it",
            place=replicas.place,
            related=[Related(mount.place, "mounted here, by every replica")],
            help="run one replica; for high availability, a second service with a volume of its own",
            subject=store.service.name,
            proven=certain,
        )


def _owns(store: Store, graph: Graph) -> bool:
    """Whether the service writes all of the store: no part of it, no other program of the image, not read-only."""
    service = store.service
    flag = service.flag("target")
    if flag is not None and flag.value != "all":
        return False
    loki = graph.loki_of(service)
    if loki is not None and loki.fact.target is not None and loki.fact.target.text != "all" and flag is None:
        return False
    entrypoint = service.fact.entrypoint
    if entrypoint and posixpath.basename(entrypoint[0].text) != store.component.id:
        return False
    return not _read_only(store)


def _read_only(store: Store) -> bool:
    return any(directory.mount is not None and directory.mount.read_only for directory in store.directories)


def _called(mount: Mount, directory: DataDirectory) -> str:
    inside = posixpath.relpath(directory.path, mount.target or "/")
    kind = f"volume `{mount.source}`" if mount.kind == "volume" else f"directory `{mount.source}`"
    return kind if inside == "." else f"{kind} (at `{inside}`)"


def _network_volume(directory: DataDirectory) -> tuple[str, Place] | None:
    """The network file system that the directory's volume is declared on, and where."""
    for option in directory.volume.options if directory.volume is not None else ():
        if option.name.text == "type" and option.value is not None:
            kind = option.value.text.lower()
            if kind.startswith(_NETWORK):
                return kind.rstrip("0123456789").upper(), option.value.place
    return None
