"""REF022."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph, configs, containers
from obslint.graph.nodes import Grafana, Mount, Service, UnusedConfig
from obslint.knowledge import ConfigFile
from obslint.lang.interpolation import HOLE
from obslint.rules.base import Rule

# What reads each kind of file, in words.
_READERS = {
    "prometheus": "Prometheus",
    "alertmanager": "Alertmanager",
    "loki": "Loki",
    "promtail": "Promtail",
    "grafana-datasources": "Grafana",
    "grafana-dashboards": "Grafana",
    "dashboard": "Grafana",
}
# Folders, and words in a file's name, of what is not for this stack or not for use as it is.
_OTHERS = re.compile(
    r"(?:^|/)(?:k8s|kubernetes|helm|charts?|kustomize|manifests|ansible|roles|terraform|tf|nomad|swarm|packer|puppet|chef|"
    r"aws|ecs|eks|gcp|azure|cloud|systemd|mixins?|jsonnet|tests?|testdata|e2e|ci|examples?|samples?|demos?|templates?|docs?|archive[ds]?|legacy|old|backups?|"
    r"deprecated|vendor|third_party)/|"
    r"(?:^|[-_.])(?:prod|production|stag(?:e|ing)|dev|devel|development|tests?|testing|local|ci|e2e|k8s|kube|kubernetes|"
    r"swarm|cloud|aws|gcp|azure|remote|agent|minimal|simple|full|lite|demo|examples?|samples?|templates?)(?:[-_.]|$)",
    re.IGNORECASE,
)


class OrphanConfig(Rule[UnusedConfig]):
    """A config file of the monitoring that nothing uses, though the component runs here with another.

    No service mounts it, and no script, image build, pipeline or document names it. Whoever edits it changes nothing,
    and finds out during the next incident. Mount it, merge it into the one that is used, or delete it. Only files in or
    below the directory of a compose file whose component of that kind has a configuration that is known are looked at.
    """

    code, name, severity, proof = "REF022", "orphan-config", Severity.INFO, Proof.LIKELY
    on = UnusedConfig

    def check(self, node: UnusedConfig, graph: Graph) -> Iterator[Claim]:
        reader = _READERS.get(node.kind)
        if reader is None or _OTHERS.search(node.path):
            return
        if node.kind == "dashboard":
            yield from self._dashboards(node, graph)
            return
        near = [
            (service, config)
            for service in graph.all(Service)
            for config in (service.component.config if service.component else ())
            if config.kind == node.kind and _below(node.path, service.stack.directory)
        ]
        used = [_used(service, config, graph) for service, config in near]
        if not near or any(text is None for text in used):
            return
        if _is_named(node.path, graph) or _is_built(node.path, graph) or _is_meant(node.path, graph):
            return
        service = near[0][0]
        yield self.claim(
            node,
            f"no service mounts this file, and nothing names it: {reader} "
            + f"of service `{service.name}` uses {used[0] or 'the configuration in its image'}",
            related=[Related(service.place, service.introduction)],
            help="mount it, merge it into the file that is used, or delete it",
            subject=node.path,
        )

    def _dashboards(self, node: UnusedConfig, graph: Graph) -> Iterator[Claim]:
        """Once for each directory, where every Grafana nearby loads dashboards from others."""
        folder, count = posixpath.dirname(node.path), node.alike
        near = [item for item in graph.all(Grafana) if _below(node.path, item.stack.directory)]
        known = all(item.providers_complete.yes and item.dashboards and item.service.amended.no for item in near)
        if not count or not near or not known or any(_is_named(path, graph) for path in (node.path, folder)):
            return
        service = near[0].service
        what = (
            f"no Grafana loads the {count} dashboards of {folder}" if count > 1 else "no Grafana loads this dashboard"
        )
        yield self.claim(
            node,
            f"{what}, and nothing names {'them' if count > 1 else 'it'}: `{service.name}` loads those of "
            + ", ".join(sorted({provider.directory for provider in near[0].providers})),
            related=[Related(service.place, service.introduction)],
            help="move them to a directory that a provider names, or delete them",
            subject=folder,
        )


def _below(path: str, directory: str) -> bool:
    return directory in ("", ".") or path.startswith(directory.rstrip("/") + "/")


def _used(service: Service, config: ConfigFile, graph: Graph) -> str | None:
    """The file that a service loads as this kind of config, empty for the one in its image; None where unknown."""
    if service.amended.unknown or service.scripted or any(HOLE in (mount.source or "") for mount in service.mounts):
        return None
    path = configs.config_path(service, config)
    if path is None:
        return None
    source, answer = containers.repository_path(service, path)
    if source is not None:
        return source if graph.tree.status(source) in ("file", "directory") else None
    return "" if answer.no else None


def _is_meant(path: str, graph: Graph) -> bool:
    """Whether a mount that finds nothing would show the file, were its stack run from another directory."""
    for mount in graph.all(Mount):
        if mount.kind != "bind" or not mount.known or not mount.source or mount.source.startswith(("/", "~")):
            continue
        relative = posixpath.relpath(mount.source, mount.stack.directory or ".").lstrip("./")
        if relative and f"/{relative}/" in f"/{path}/" and graph.tree.status(mount.source) == "missing":
            return True
    return False


def _is_built(path: str, graph: Graph) -> bool:
    """Whether an image is built of the file's folder: a Dockerfile stands in it, or copies it by name."""
    folder = posixpath.dirname(path)
    if graph.tree.status(posixpath.join(folder, "Dockerfile")) == "file":
        return True
    name = posixpath.basename(folder)
    copied = re.compile(rf"\s*(?:COPY|ADD)\b.*(?<![\w-]){re.escape(name)}(?![\w-])", re.IGNORECASE)
    return bool(name) and any(copied.match(line) for _, line in graph.tree.naming(name))


def _is_named(path: str, graph: Graph) -> bool:
    """Whether a script, an image build, a pipeline or a document names the file or folder."""
    name = posixpath.basename(path)
    parent = posixpath.basename(posixpath.dirname(path))
    twins = [other for other in graph.files if posixpath.basename(other) == name]
    wanted = f"{parent}/{name}" if len(twins) > 1 and parent else name
    named = re.compile(rf"(?<![\w-]){re.escape(wanted)}(?![\w-])")
    return any(named.search(line) for _, line in graph.tree.naming(wanted))
