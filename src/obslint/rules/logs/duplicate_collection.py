"""LOG005."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice, product

from obslint.facts.common import Scalar
from obslint.facts.logs import LogJob
from obslint.findings import Claim, Place, Proof, Related, Severity
from obslint.graph import Graph, shipping
from obslint.graph.nodes import Collection, Service
from obslint.lang import globs
from obslint.rules.base import Rule

_JOBS = 30
"""Jobs of a stack that are compared with each other; real ones have some."""
_PAIRS = 100
"""Pairs of patterns of files that are compared for two jobs, or within one."""
_SHOWN = 4
_WRITES_FILES = ("", "json-file")


class DuplicateCollection(Rule[Collection]):
    """The same log is collected twice.

    Two jobs of a shipper read the same containers or files, or a container's logging driver pushes to Loki what a
    shipper reads as well. Each line is stored twice, under two sets of labels: counts and rates double, alerts on logs
    fire early, and so does the bill. Let one of them leave out what the other reads. Two jobs that set the same labels
    write the same streams, in which Loki keeps equal lines of one time once: for these it is but an information.

    Jobs whose pipelines drop lines may share them out between them and are not judged.
    """

    code, name, severity, proof = "LOG005", "duplicate-collection", Severity.WARNING, Proof.LIKELY
    on = Collection

    def check(self, node: Collection, graph: Graph) -> Iterator[Claim]:
        yield from self._pushed_as_well(node, graph)
        yield from self._within(node)
        collections = graph.in_stack(Collection, node.stack)[:_JOBS]
        if node not in collections or shipping.leaves_lines_out(node.job):
            return
        for other in collections[: collections.index(node)]:
            if _same_store(node, other) and not shipping.leaves_lines_out(other.job):
                found = _twice(node, other, graph)
                if found is not None:
                    yield self._claim(node, other, *found)
                    return

    def _claim(self, node: Collection, other: Collection, what: str, place: Place, other_place: Place) -> Claim:
        alike = node.job.source == other.job.source == "docker" and _labels(node.job) == _labels(other.job)
        return self.claim(
            node,
            f"{node.name} collects {what} that {other.name} collects already: "
            + ("each line is read and sent twice" if alike else "each line is stored twice"),
            place=place,
            related=[Related(other_place, f"collected by {other.name}")],
            help="remove one of the two, or let it leave out what the other reads",
            subject=f"{node.job.name}:{other.job.name}",
            severity=Severity.INFO if alike else None,
        )

    def _within(self, node: Collection) -> Iterator[Claim]:
        """One job whose patterns of files overlap."""
        if node.job.source != "files" or not _plain(node.job):
            return
        told = set()
        for other, path in islice(combinations(node.job.paths, 2), _PAIRS):
            if path.place not in told and (_covers(other, path) or _covers(path, other)):
                told.add(path.place)
                yield self.claim(
                    node,
                    f"{node.name} reads files of `{path}` twice: `{other}` names them, too",
                    place=path.place,
                    related=[Related(other.place, "the other pattern")],
                    help="remove one of the two, or leave out the files with `__path_exclude__`",
                    subject=f"{node.job.name}:{path}",
                )

    def _pushed_as_well(self, node: Collection, graph: Graph) -> Iterator[Claim]:
        """Docker's plugin for Loki pushes what a shipper reads from the daemon's cache."""
        if node.job.source != "docker":
            return
        for service in graph.read_by(node):
            logging = service.fact.logging
            if service.log_driver is None or logging is None or logging.driver is None:
                continue
            if service.log_driver.rpartition("/")[2].partition(":")[0] in ("loki", "loki-docker-driver"):
                yield self.claim(
                    node,
                    f"{node.name} collects `{service.name}`, whose logging driver pushes to Loki itself: each line is "
                    "stored twice",
                    place=logging.driver.place,
                    related=[Related(node.place, f"read by {node.name} from Docker's cache")],
                    help="remove the driver, or let the job leave the container out",
                    subject=f"{node.job.name}:{service.name}:driver",
                )


def _same_store(node: Collection, other: Collection) -> bool:
    """Whether both end in the same Loki, by different sources."""
    if node.job.place == other.job.place:
        return False  # one source of Alloy, on two ways
    if node.shipper is other.shipper:
        return node.job.destination == other.job.destination
    return bool(node.stores & other.stores)


def _twice(node: Collection, other: Collection, graph: Graph) -> tuple[str, Place, Place] | None:
    """What both collect, in words, and where each is told of it."""
    sources = {node.job.source, other.job.source}
    if not sources <= {"docker", "files"}:
        return None
    if sources == {"files"} and node.shipper is not other.shipper:
        return None  # each sees the files that are mounted into its own container
    if sources == {"files"}:
        if not (_plain(node.job) and _plain(other.job)):
            return None
        for mine, theirs in islice(product(node.job.paths, other.job.paths), _PAIRS):
            if _covers(mine, theirs) or _covers(theirs, mine):
                return f"files of `{mine}`", mine.place, theirs.place
        return None
    readable = [one for one in graph.read_by(other) if "files" not in sources or one.log_driver in _WRITES_FILES]
    known = {id(service) for service in readable}
    both = [service for service in graph.read_by(node) if id(service) in known]
    if both:
        return _named(both, node), _place(node), _place(other)
    if not node.stack.services and shipping.anything_by(node).yes and shipping.anything_by(other).yes:
        return "all containers", _place(node), _place(other)
    return None


def _named(services: Sequence[Service], node: Collection) -> str:
    if len(services) > _SHOWN and not shipping.chooses(node.job):
        return "all containers"
    shown = ", ".join(f"`{service.name}`" for service in services[:_SHOWN])
    return shown + (f" and {len(services) - _SHOWN} more" if len(services) > _SHOWN else "")


def _place(node: Collection) -> Place:
    """Where a job says what it reads."""
    if node.job.docker and node.job.source == "docker":
        return node.job.docker[0].place
    return node.job.paths[0].place if node.job.paths else node.place


def _plain(job: LogJob) -> bool:
    """Whether all files of its patterns are read: none is excluded, and no relabelling chooses among them."""
    return job.relabels_known and not job.excluded and not shipping.chooses(job)


def _covers(pattern: Scalar, other: Scalar) -> bool:
    """Whether every file of the other pattern is one of this."""
    if "$" in pattern.text + other.text or not other.text.startswith(globs.static_directory(pattern.text)):
        return False
    sample = globs.tree_sample(other.text)
    return sample is not None and globs.tree_match(pattern.text, sample) is True


def _labels(job: LogJob) -> tuple[object, ...]:
    """What a job makes of its lines, as far as it is written."""
    steps = [
        (str(step.action), [source.text for source in step.source_labels], str(step.regex), str(step.target_label),
         str(step.replacement), str(step.separator))
        for step in job.relabels
        if step.target_label is not None
    ]  # fmt: skip
    return (steps, [stage.kind for stage in job.stages], [label.name.text for label in job.labels])
