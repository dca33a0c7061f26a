"""Which containers a log shipper reads: by what it asks Docker for, by its relabelling, by the files it opens.

A container is known by its compose service. What only Docker decides, such as its id, is unknown, and its name has to
be chosen by every way Compose may have made it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from obslint.facts.common import Relabel
from obslint.facts.logs import DockerDiscovery, Filter, LogJob
from obslint.graph import relabel
from obslint.graph.answers import Answer, no, unknown, yes
from obslint.graph.nodes import Collection, Service
from obslint.lang import globs
from obslint.lang.addresses import parse_target
from obslint.lang.interpolation import HOLE
from obslint.lang.tokens import re2_pattern

_DOCKER_FILES = "/var/lib/docker/containers"
_SOCKETS = ("unix://", "npipe://")
_LABEL = "__meta_docker_container_label_"
_FOREIGN = ("org.opencontainers.", "org.label-schema.", "com.docker.", "maintainer")
"""Labels that images and Compose set, whether or not a compose file names them."""
_ID = "0123456789abcdef" * 4
_FILTERS = frozenset(("keep", "drop", "keepequal", "dropequal"))
_NOT_A_NAME = re.compile(r"[^a-zA-Z0-9_]")
_EFFORT = 10_000
"""Relabelling steps times services that are followed for one collection; real ones have some hundreds."""


@dataclass(frozen=True, slots=True)
class _Container:
    """A container as Docker may show it: its name without the slash, and its labels; None for unknown values."""

    name: str | None
    labels: Mapping[str, str | None]
    networks: frozenset[str]


def read_by(collection: Collection) -> list[Service]:
    """The services of its stack whose containers the collection reads for certain, where their logging driver lets it.

    Where there are very many, no more than the first.
    """
    job = collection.job
    services = [service for service in collection.stack.services.values() if not service.amended.unknown]
    if job.source == "files":
        return services if _by_files(collection).yes else []
    if job.source != "docker" or not job.relabels_known:
        return []
    filters = [index for index, step in enumerate(job.relabels) if relabel.action(step) in _FILTERS]
    steps = job.relabels[: filters[-1] + 1] if filters else ()
    most = _EFFORT // (len(steps) + 1)
    return [service for service in services[:most] if _by_api(collection, service, steps)]


def anything_by(collection: Collection) -> Answer:
    """Whether the collection reads every container there is, where its logging driver lets it."""
    job = collection.job
    if job.source == "files":
        return _by_files(collection)
    if job.source != "docker":
        return unknown(f"what `{job.source}` delivers is not followed")
    if not job.relabels_known or any(_asked(one, None, collection) is None for one in job.docker):
        return unknown("it is not known what it asks for")
    return unknown("it chooses among containers") if chooses(job) else yes("it asks Docker for all containers")


def chooses(job: LogJob) -> bool:
    """Whether the job picks some containers among all."""
    return any(discovery.filters for discovery in job.docker) or any(
        relabel.action(step) in _FILTERS for step in job.relabels
    )


def leaves_lines_out(job: LogJob) -> bool:
    """Whether the pipeline may drop lines, so that two jobs may share out those of a container."""
    waiting = list(job.stages)
    while waiting:
        stage = waiting.pop()
        if stage.kind in ("drop", "limit", "sampling") or stage.action == "drop":
            return True
        waiting.extend(stage.stages)
    return False


def _by_api(collection: Collection, service: Service, steps: Sequence[Relabel]) -> bool:
    discoveries = collection.job.docker
    return all(
        _any(_asked(discovery, container, collection) for discovery in discoveries) is True and _kept(steps, container)
        for container in _containers(service)
    )


def _asked(discovery: DockerDiscovery, container: _Container | None, collection: Collection) -> bool | None:
    """Whether a container, any where none is given, is among those that the daemon of this host is asked for."""
    host = discovery.host.text if discovery.host else ""
    if not host.startswith(_SOCKETS):
        address = parse_target(host)  # a proxy of the socket is a service beside it
        if address is None or address.host not in collection.stack.services:
            return None
    if not discovery.known or (container is None and discovery.filters):
        return None
    return _all(_lets_through(one, container) for one in discovery.filters if container is not None)


def _lets_through(found: Filter, container: _Container) -> bool | None:
    """One filter of Docker's list of containers: of its values one has to fit, of labels each."""
    name, values = found.name.text if found.name else "", [value.text for value in found.values]
    if any("$" in value and not value.endswith("$") for value in values):
        return None
    if name == "name":
        return _any(_searches(value, container.name) for value in values)
    if name == "label":
        return _all(_labelled(value, container) for value in values)
    if name == "status":
        return True if "running" in values else None
    if name == "network":
        return True if container.networks & set(values) else None
    return None


def _searches(regex: str, name: str | None) -> bool | None:
    if name is None:
        return None
    try:
        pattern = re2_pattern(regex)
    except ValueError:
        return False
    return None if pattern is None else bool(pattern.search(name) or pattern.search(f"/{name}"))


def _labelled(wanted: str, container: _Container) -> bool | None:
    key, equals, value = wanted.partition("=")
    if key not in container.labels:
        return None if key.startswith(_FOREIGN) else False
    found = container.labels[key]
    return (None if found is None else found == value) if equals else True


def _kept(steps: Sequence[Relabel], container: _Container) -> bool | None:
    labels: relabel.Labels = {"__meta_docker_container_name": f"/{container.name}" if container.name else None}
    for key, value in container.labels.items():
        labels[_LABEL + _NOT_A_NAME.sub("_", key)] = value
    try:
        return all(relabel.apply(step, labels, hidden=_hidden) for step in steps)
    except relabel.UnknownOutcomeError:
        return None


def _hidden(name: str) -> bool:
    if name.startswith(_LABEL):
        return name.removeprefix(_LABEL).startswith(tuple(_NOT_A_NAME.sub("_", part) for part in _FOREIGN))
    return name.startswith(("__meta_", "__address__"))


def _containers(service: Service) -> Iterator[_Container]:
    """The first container of a service by each name it may have: of Compose 2 and 1, in this project or another."""
    written = service.fact.container_name
    projects = [service.stack.project] if service.stack.named else [service.stack.project, "another"]
    for project in projects:
        labels: dict[str, str | None] = {
            "com.docker.compose.service": service.name,
            "com.docker.compose.project": project,
            "com.docker.compose.oneoff": "False",
            "com.docker.compose.container-number": "1",
        }
        for entry in service.fact.labels:
            value = entry.value.text if entry.value else ""
            labels[entry.name.text] = None if "$" in value else value
        names: list[str | None] = [f"{project}{separator}{service.name}{separator}1" for separator in "-_"]
        if written is not None:
            names = [None if "$" in written.text else written.text]
        for name in names:
            yield _Container(name, labels, frozenset(name for name in service.networks if HOLE not in name))


def _by_files(collection: Collection) -> Answer:
    """Whether the files that `json-file` writes of any container are among those that are opened."""
    job = collection.job
    if any(relabel.action(step) in _FILTERS for step in job.relabels) or not job.relabels_known:
        return unknown("its relabelling chooses among its files")
    opened = [
        _all(
            (
                globs.tree_match(path.text, sample),
                _not(_any(globs.tree_match(one.text, sample) for one in job.excluded)),
            )
        )
        for directory in _shown_directories(collection.shipper.service)
        for sample in [posixpath.join(directory, _ID, f"{_ID}-json.log")]
        for path in job.paths
    ]
    found = _any(opened)
    if found is None:
        return unknown("its patterns are not understood")
    return yes(f"it opens the files below {_DOCKER_FILES}") if found else no("it opens none of Docker's files")


def _shown_directories(service: Service | None) -> Iterator[str]:
    """Where the shipper sees Docker's log files."""
    if service is None:
        yield _DOCKER_FILES
        return
    for mount in service.mounts:
        source, target = mount.source or "", mount.target
        if mount.kind != "bind" or target is None or not mount.known:
            continue
        below = posixpath.relpath(_DOCKER_FILES, source) if source.startswith("/") else ".."
        if not below.startswith(".."):
            yield posixpath.normpath(posixpath.join(target, below))


def _all(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return False if False in found else None if None in found else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return True if True in found else None if None in found else False


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer
