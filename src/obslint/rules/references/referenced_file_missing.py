"""REF019."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Mount
from obslint.rules.base import Rule

# What a config is written in: such a file has to be there before the container starts.
_CONFIG = frozenset((".yml", ".yaml", ".json", ".toml", ".conf", ".cfg", ".ini", ".rules", ".tmpl", ".alloy", ".river"))
_MODELS = (".example", ".sample", ".template", ".tmpl", ".tpl", ".dist", ".j2", ".in", "-example", "-sample")


class ReferencedFileMissing(Rule[Mount]):
    """A mounted file does not exist in the repository.

    Docker does not complain about a bind mount whose source is missing: it makes an empty *directory* of that name, and
    the component finds a directory where its configuration should be. Files that git ignores, or that have an example
    beside them, are taken to be made by hand.
    """

    code, name, severity = "REF019", "referenced-file-missing", Severity.ERROR
    on = Mount

    def check(self, mount: Mount, graph: Graph) -> Iterator[Claim]:
        source, target = mount.source, mount.target
        if mount.kind not in ("bind", "config") or not mount.known or source is None or target is None:
            return
        if source.startswith(("/", "~")) or graph.tree.status(source) != "missing":
            return
        ending = posixpath.splitext(source)[1].lower()
        if (
            ending not in _CONFIG
            or posixpath.splitext(target)[1].lower() not in _CONFIG
            or _made_by_hand(source, graph)
        ):
            return
        yield self.claim(
            mount,
            f"`{source}` does not exist: {_consequence(mount)}",
            place=mount.source_place,
            related=[Related(mount.service.place, f"mounted by service `{mount.service.name}` at {target}")],
            help=_help(source, graph),
            subject=f"{mount.service.name}:{target}",
            proof=Proof.PROVEN,
        )


def _consequence(mount: Mount) -> str:
    if mount.kind == "config":
        return "Compose refuses to start the service"
    return f"Docker makes an empty directory of it, and `{mount.service.name}` finds no file at {mount.target}"


def _made_by_hand(source: str, graph: Graph) -> bool:
    """Whether a template or example beside it shows that the file is made from it."""
    stem = posixpath.splitext(source)[0]
    ending = posixpath.splitext(source)[1]
    candidates = [source + model for model in _MODELS] + [stem + model + ending for model in _MODELS]
    candidates += [stem + model for model in _MODELS]
    return any(graph.tree.status(candidate) == "file" for candidate in candidates)


def _help(source: str, graph: Graph) -> str:
    """Names a file of the same name that lies elsewhere in the stack, if there is one."""
    name = posixpath.basename(source)
    twins = sorted(path for path in graph.files if posixpath.basename(path) == name)
    return f"did you mean `{twins[0]}`?" if twins else "add the file, or remove the mount"
