"""REF018."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Prometheus, RuleFile
from obslint.lang import globs
from obslint.rules.base import Rule

# Folders whose rule files other tools load: Kubernetes, configuration management, libraries, unit tests.
_OTHERS = frozenset(
    ("k8s", "kubernetes", "helm", "chart", "charts", "kustomize", "ansible", "roles", "terraform", "mixin", "mixins",
     "jsonnet", "test", "tests")
)  # fmt: skip


class RuleFileNotLoaded(Rule[RuleFile | Prometheus]):
    """A rule file exists but nothing loads it, or a `rule_files` entry matches no file.

    Prometheus accepts an entry that matches nothing without a word, and never learns of a file it is not told of. The
    alerts in it look fine in review and never fire. Where no entry matches any file, there are no rules at all: that is
    an error.
    """

    code, name, severity, proof = "REF018", "rule-file-not-loaded", Severity.WARNING, Proof.LIKELY
    on = (RuleFile, Prometheus)

    def check(self, node: RuleFile | Prometheus, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, RuleFile):
            yield from self._file(node, graph)
        else:
            yield from self._entries(node)

    def _file(self, rule_file: RuleFile, graph: Graph) -> Iterator[Claim]:
        if rule_file.loaders or rule_file.fact.logql or _OTHERS & set(rule_file.path.lower().split("/")[:-1]):
            return
        servers = graph.all(Prometheus)
        near = [server for server in servers if _evaluates(server) and _share(server, rule_file.path)]
        if not near or not all(server.rules_known.yes for server in near):
            return
        if any(_may_load(server, rule_file.path) for server in servers):
            return
        server = min(
            near, key=lambda server: (-len(posixpath.commonpath(_folders(server, rule_file))), server.fact.path)
        )
        count = len(list(rule_file.rules()))
        yield self.claim(
            rule_file,
            f"nothing loads this rule file: its {count} rules are never evaluated"
            if count != 1
            else "nothing loads this rule file: its rule is never evaluated",
            place=rule_file.place.child("groups", key=True),
            related=[Related(server.fact.rule_files_place or server.place, f"{server.fact.path} loads its rules here")],
            help=f"add it to `rule_files` of {server.fact.path} and mount it, or delete it",
            subject=rule_file.path,
        )

    def _entries(self, server: Prometheus) -> Iterator[Claim]:
        nothing = all(load.complete.no for load in server.loads)
        for load in server.loads:
            directory = load.mount if globs.is_glob(load.written.text) else None
            if not load.complete.no or (load.mount is not None and directory is None):
                continue  # a mount of just this file that is missing is told where it is written
            related = [Related(server.service.place, server.service.introduction)] if server.service else []
            if directory is not None:
                related = [Related(directory.source_place, "mounted here")]
            yield self.claim(
                server,
                f"`{load.written}` matches no file: {load.complete.why[0]}; "
                + ("Prometheus starts without any rule" if nothing else "Prometheus starts without these rules"),
                place=load.written.place,
                related=related,
                help="mount the rule files into the container at this path, or mend the path",
                subject=load.written.text,
                severity=Severity.ERROR if nothing and directory is None else Severity.WARNING,
                proof=Proof.PROVEN if directory is None else Proof.LIKELY,  # git keeps no empty directories
            )


def _evaluates(server: Prometheus) -> bool:
    """Whether it is a server that would evaluate rules: no agent, and no scraper that only has the same format."""
    if server.agent:
        return False
    return server.fact.rule_files_place is not None or (
        server.service is not None and server.service.runs("prometheus")
    )


def _share(server: Prometheus, path: str) -> bool:
    """Whether the file lies in the folder of a server's configuration or stack, or below."""
    for directory in {posixpath.dirname(server.fact.path), server.stack.directory}:
        if directory in ("", ".") or path.startswith(directory.rstrip("/") + "/"):
            return True
    return False


def _folders(server: Prometheus, rule_file: RuleFile) -> tuple[str, str]:
    return posixpath.join("/", posixpath.dirname(server.fact.path)), posixpath.join("/", rule_file.path)


def _may_load(server: Prometheus, path: str) -> bool:
    """Whether an entry that could not be followed has a name that fits."""
    for load in server.loads:
        compiled = globs.compile_glob(posixpath.basename(load.written.text))
        if load.complete.unknown and (compiled is None or compiled.match(posixpath.basename(path))):
            return True
    return False
