"""Which service loads which config file, at which path of its container."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from obslint.facts.common import Scalar
from obslint.graph import containers
from obslint.graph.answers import Answer, no, unknown, yes
from obslint.graph.nodes import Service
from obslint.knowledge import ConfigFile, components
from obslint.lang.interpolation import HOLE

MONITORING = frozenset(
    ("prometheus", "vmagent", "rules", "alertmanager", "loki", "promtail", "grafana-datasources", "grafana-dashboards",
     "grafana-alerting", "grafana-ini")
)  # fmt: skip
"""Kinds of config, as `knowledge` names them, without which a component of the monitoring itself is not what it was."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A service that loads a config file. `declared` is what the component's knowledge says of such files."""

    service: Service
    container_path: str
    declared: ConfigFile | None


def bind(path: str, kinds: Sequence[str], services: Iterable[Service]) -> list[Binding]:
    """The services that load a repository file as one of these kinds of config.

    A known component loads the file its flag, variable or image default names. Of an unknown image (a build, a mirror)
    it can only be supposed; one that merely mounts a directory with the file in it, say the whole repository, does not.
    """
    found: list[Binding] = []
    supposed: list[Binding] = []
    for service in services:
        paths = containers.container_paths(service, path)
        if not paths:
            continue
        declared = [
            config for config in (service.component.config if service.component else ()) if config.kind in kinds
        ]
        if not declared:
            if service.component is None:
                supposed.extend(_supposed(service, path, paths, kinds))
            continue
        for config in declared:
            wanted = _wanted(service, config)
            inside = next((path for path in wanted if path in paths), paths[0] if None in wanted else None)
            if inside is not None:
                found.append(Binding(service, inside, config))
                break
    return found or supposed


def _supposed(service: Service, path: str, paths: Sequence[str], kinds: Sequence[str]) -> list[Binding]:
    """The binding of an unknown image that names the file, mounts it by itself, or has it where the original does."""
    words = {word.text for word in (*(service.fact.entrypoint or ()), *(service.fact.command or ()))}
    words.update(flag.value for flag in service.flags if flag.value)
    usual = {config.path for kind in kinds if kind in components() for config in components()[kind].config}
    alone = any(mount.source == path for mount in (*service.mounts, *service.carried))
    inside = next((shown for shown in paths if shown in words or shown in usual), paths[0] if alone else None)
    return [Binding(service, inside, None)] if inside is not None else []


def _wanted(service: Service, config: ConfigFile) -> list[str | None]:
    """Where a service looks for its configuration; a collector merges all that it is given (its `--config`)."""
    flags = service.all_flags(*config.flags) if config.kind == "otel" else []
    return [_absolute(flag.value) for flag in flags] if len(flags) > 1 else [config_path(service, config)]


def config_path(service: Service, config: ConfigFile) -> str | None:
    """Where in its container a service looks for a config file; None where that is unknown."""
    flag = service.flag(*config.flags)
    if flag is not None:
        return _absolute(flag.value)
    for name in config.env:
        if name in service.environment:
            return _absolute(service.environment[name].value)
    if config.argument:
        words = [word.text for word in service.fact.command or ()]
        if config.argument in words[:-1]:
            return _absolute(words[words.index(config.argument) + 1])
    if config.set_by == "command" and service.fact.command is not None:
        return None if service.fact.working_dir else config.path_if_command_overridden
    return config.path


def _absolute(value: str | None) -> str | None:
    if value is None or not value.startswith("/") or "\x00" in value:
        return None
    return posixpath.normpath(value)


def may_rewrite(service: Service) -> Answer | None:
    """Why a file may be rendered in the container before the component reads it; None where nothing can do that."""
    if service.scripted:
        return unknown(f"`{service.name}` starts through a shell, which may rewrite the file")
    if service.fact.build or service.component is None:
        return unknown(f"the image of `{service.name}` may rewrite the file")
    return service.amended if service.amended.unknown else None


def expands(binding: Binding | None) -> Answer:
    """Whether environment variables written in the file are replaced before or when the component reads it."""
    if binding is None:
        return unknown("nothing in the repository shows which program reads it, and what may rewrite it before")
    service, declared = binding.service, binding.declared
    doubt = may_rewrite(service)
    if doubt is not None:
        return doubt
    if declared is not None and config_path(service, declared) is None:
        return unknown(f"which configuration `{service.name}` loads is not known")
    if declared is None:
        return unknown(f"the image of `{service.name}` may rewrite the file")
    if declared.expands_env == "never":
        return no(f"{service.title} never expands variables")
    if declared.expands_env == "flag" and declared.expands_env_flag:
        flag = service.flag(declared.expands_env_flag)
        if flag is None:
            return no(f"{service.title} expands variables only with `-{declared.expands_env_flag}=true`")
        if HOLE in (flag.value or ""):
            return unknown(f"a variable decides `-{declared.expands_env_flag}`")
        if flag.value in (None, "true", "1", "t", "T", "TRUE", "True"):
            return yes(f"`-{declared.expands_env_flag}` is set")
        return no(f"`-{declared.expands_env_flag}` is {flag.value}")
    if declared.expands_env == "percent":
        return no(f"{service.title} expands only `%{{NAME}}`")
    if declared.expands_env is None:
        return unknown(f"whether {service.title} expands variables is not known")
    if declared.expands_env == "partial":
        return no(f"{service.title} expands variables only in `external_labels`")
    return yes(f"{service.title} expands variables")


def in_external_labels(placeholder: Scalar, kind: str) -> bool:
    """Whether a variable stands in the one part of its configuration in which Prometheus may expand it."""
    return kind == "prometheus" and placeholder.place.at[:2] == ("global", "external_labels")


def expands_external_labels(service: Service | None, otherwise: Answer) -> Answer:
    """Prometheus expands `external_labels` since 3.0, and from 2.27 on with a feature flag (its migration guide)."""
    if service is None or not service.runs("prometheus") or otherwise.unknown:
        return unknown("what reads `external_labels` is not known")
    version = service.image.version if service.image else None
    features = ",".join(flag.value or "" for flag in service.all_flags("enable-feature"))
    if version is None or "expand-external-labels" in features or HOLE in features:
        return unknown("whether `external_labels` are expanded is not known")
    if version >= (3, 0, 0):
        return yes("Prometheus 3 expands variables in `external_labels`")
    return no(
        f"before 3.0, here {service.image.tag if service.image else ''}, Prometheus expands `external_labels` only "
        "with `--enable-feature=expand-external-labels`"
    )
