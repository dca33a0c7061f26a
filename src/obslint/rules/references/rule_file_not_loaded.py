"""REF018."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Prometheus, RuleFile
from obslint.lang import globs
from obslint.rules.base import Rule


class RuleFileNotLoaded(Rule[RuleFile | Prometheus]):
    """A rule file exists but nothing loads it, or a `rule_files` entry matches no file.

    Prometheus accepts an entry that matches nothing without a word, and never learns of a file it is not told of. The
    alerts in it look fine in review and never fire.
    """

    code, name, severity, proof = "REF018", "rule-file-not-loaded", Severity.WARNING, Proof.LIKELY
    on = (RuleFile, Prometheus)

    def check(self, node: RuleFile | Prometheus, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, RuleFile):
            yield from self._file(node, graph)
        else:
            yield from self._entries(node)

    def _file(self, rule_file: RuleFile, graph: Graph) -> Iterator[Claim]:
        if rule_file.loaders or rule_file.fact.logql:
            return
        servers = graph.all(Prometheus)
        near = [server for server in servers if _share(server, rule_file.path)]
        if (
            not near
            or not all(server.rules_complete.yes for server in near)
            or any(_may_load(s, rule_file.path) for s in servers)
        ):
            return
        server = near[0]
        yield self.claim(
            rule_file,
            "nothing loads this rule file: its alerts and recordings are never evaluated",
            related=[Related(server.fact.rule_files_place or server.place, f"{server.fact.path} loads its rules here")],
            help="add it to `rule_files` (and mount it), or delete it",
            subject=rule_file.path,
        )

    def _entries(self, server: Prometheus) -> Iterator[Claim]:
        for load in server.loads:
            if load.complete.no:
                yield self.claim(
                    server,
                    f"`{load.written}` matches no file: {load.complete.why[0]}; Prometheus starts without these rules",
                    place=load.written.place,
                    help="mount the rule files into the container at this path, or mend the path",
                    subject=load.written.text,
                    proof=Proof.PROVEN,
                )


def _share(server: Prometheus, path: str) -> bool:
    """Whether the file lies in the folder of a server's configuration or stack, or below."""
    for directory in {posixpath.dirname(server.fact.path), server.stack.directory}:
        if directory in ("", ".") or path.startswith(directory.rstrip("/") + "/"):
            return True
    return False


def _may_load(server: Prometheus, path: str) -> bool:
    """Whether an entry that could not be followed has a name that fits."""
    for load in server.loads:
        compiled = globs.compile_glob(posixpath.basename(load.written.text))
        if load.complete.unknown and (compiled is None or compiled.match(posixpath.basename(path))):
            return True
    return False
