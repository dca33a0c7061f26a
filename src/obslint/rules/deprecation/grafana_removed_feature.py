"""DEP012."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts.grafana import SettingsFile
from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Service, Setup
from obslint.knowledge.grafana import ANGULAR_GONE, ANGULAR_OFF, RemovedSetting, removals
from obslint.lang.interpolation import HOLE
from obslint.rules.base import Rule
from obslint.rules.deprecation.removal import gone, runs

_PLUGINS = ("GF_INSTALL_PLUGINS", "GF_PLUGINS_PREINSTALL", "GF_PLUGINS_PREINSTALL_SYNC")
_PLUGIN_SETTINGS = ("plugins.preinstall", "plugins.preinstall_sync")
_SUPPORT = "GF_SECURITY_ANGULAR_SUPPORT_ENABLED"
_PLUGIN = re.compile(r"[^,;@\s]+")
_TRUE = ("true", "1", "t", "yes", "y", "on")


class GrafanaRemovedFeature(Rule[Service | Setup]):
    """Grafana is told to use what its release no longer has.

    With `[alerting] enabled = true` Grafana 11 does not start; its other settings are read by nothing. Plugins built
    with AngularJS, such as the old pie chart and SimpleJson, are installed and never loaded: from 11.0 on unless
    `angular_support_enabled` is set, from 12.0 on in any case. `editors_can_admin` is gone from 12.0 on. Where the tag
    does not tell the release, as `latest`, it is taken for the newest, and never an error.
    """

    code, name, severity = "DEP012", "grafana-removed-feature", Severity.WARNING
    on = (Service, Setup)

    def check(self, node: Service | Setup, graph: Graph) -> Iterator[Claim]:
        if isinstance(node, Service):
            if node.runs("grafana"):
                yield from self._variables(node)
        elif isinstance(node.fact, SettingsFile) and node.service is not None and node.service.runs("grafana"):
            yield from self._settings(node, node.fact, node.service)

    def _variables(self, service: Service) -> Iterator[Claim]:
        for variable in service.environment.values():
            if variable.value is None:
                continue
            removed = removals().variable(variable.name)
            if removed is not None:
                yield from self._setting(service, service, removed, variable.name, variable.value, variable.word)
            elif variable.name in _PLUGINS:
                support = service.environment.get(_SUPPORT)
                yield from self._plugins(
                    service, service, variable.value, variable.place, support.value if support else ""
                )

    def _settings(self, node: Setup, file: SettingsFile, service: Service) -> Iterator[Claim]:
        values = {setting.name: setting.value.text for setting in file.settings}
        for setting in file.settings:
            section, _, key = setting.name.rpartition(".")
            value, removed = setting.value.text, removals().setting(setting.name)
            if "GF_" + re.sub(r"[.-]", "_", setting.name).upper() in service.environment or "$" in value:
                continue  # the variable decides, or what Grafana puts in
            if removed is not None:
                yield from self._setting(node, service, removed, f"[{section}] {key}", value, setting.key.place)
            elif setting.name in _PLUGIN_SETTINGS:
                support = values.get("security.angular_support_enabled", "")
                yield from self._plugins(node, service, value, setting.value.place, support)

    def _setting(
        self, node: Service | Setup, service: Service, removed: RemovedSetting, written: str, value: str, place: Place
    ) -> Iterator[Claim]:
        answer = gone(removed, service)
        on = value.strip().lower() in _TRUE
        if answer is False or not value or (not on and (HOLE in value or removed.refuses or removed.key[-1] != "*")):
            return
        known = f"and {runs(service)}" if answer else "and the tag here does not name an older release"
        says = f"`{written}` does not exist from Grafana {removed.since} on, {known}"
        stops = removed.refuses is not None and on
        hidden = service.scripted or (node is not service and service.environment_open)  # a variable may decide
        certain = bool(answer) and not hidden and service.amended.no
        yield self.claim(
            node,
            f"{says}: {removed.why}, and Grafana does not start with it" if stops else f"{says}: {removed.why}",
            place=place,
            related=[] if node is service else [Related(service.place, f"service `{service.name}` loads the file")],
            help=removed.instead,
            subject=f"{service.name}:{written}",
            severity=Severity.ERROR if stops and certain else Severity.WARNING if on else Severity.INFO,
            proven=certain,
        )

    def _plugins(
        self, node: Service | Setup, service: Service, value: str, place: Place, support: str | None
    ) -> Iterator[Claim]:
        """`support` is what the setting says that loads such plugins in Grafana 11; None where that is not known."""
        never, off = gone(ANGULAR_GONE, service), gone(ANGULAR_OFF, service)
        if off is False or (never is False and (support is None or HOLE in support or support.lower() in _TRUE)):
            return
        for word in dict.fromkeys(match[0] for match in _PLUGIN.finditer(value)):
            instead = removals().plugins.get(word)
            if instead is None:
                continue
            at = value.find(word)
            known = f"and {runs(service)}" if off else "and the tag here does not name an older release"
            since = "by default from Grafana 11.0" if never is False else "from Grafana 12.0"
            yield self.claim(
                node,
                f"the plugin `{word}` needs AngularJS, which is not there {since} on, {known}: it is never loaded",
                place=place.part(at, at + len(word), len(value)),
                help=f"use {instead}" if " " in instead else f"use `{instead}`",
                subject=f"{service.name}:{word}",
                proven=bool(off) and not service.scripted and service.amended.no,
            )
