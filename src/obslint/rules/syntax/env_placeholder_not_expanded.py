"""SYN009."""

from __future__ import annotations

from collections.abc import Iterator

from obslint import shape
from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import ConfigUse
from obslint.rules.base import Rule

_HELP = {
    "loki": "start Loki with `-config.expand-env=true`",
    "promtail": "start Promtail with `-config.expand-env=true`",
    "tempo": "start Tempo with `-config.expand-env=true`",
    "mimir": "start Mimir with `-config.expand-env=true`",
    "file-sd": "write the address itself, or render the file before start",
}


class EnvPlaceholderNotExpanded(Rule[ConfigUse]):
    """A variable stands in a file whose component does not expand variables.

    Compose expands `${NAME}`; Alertmanager, the blackbox exporter and Prometheus do not (Prometheus only in
    `external_labels`, never in rules and target files), and Loki, Tempo and Promtail do only with
    `-config.expand-env=true`. The component takes the text literally: a URL is refused, a password is wrong, a webhook
    never arrives.
    """

    code, name, severity = "SYN009", "env-placeholder-not-expanded", Severity.ERROR
    on = ConfigUse

    def check(self, use: ConfigUse, graph: Graph) -> Iterator[Claim]:
        service = use.service
        if service is None or not use.expands.no:
            return
        victoria = service.runs("vmagent", "victoria_metrics")
        for placeholder in use.placeholders:
            yield self.claim(
                use,
                f"`{placeholder}` is taken literally: {use.expands.why[0]}",
                place=placeholder.place,
                related=[Related(service.place, f"service `{service.name}` loads the file")],
                help="write it as `%{NAME}`" if victoria else _help(use.kind, placeholder.place),
                subject=placeholder.text,
            )


def _help(kind: str, place: Place) -> str:
    if kind in _HELP:
        return _HELP[kind]
    field = next((step for step in reversed(place.at) if isinstance(step, str)), "")
    beside = f"{field}_file"
    if shape.has_field(kind, beside):
        return f"use `{beside}` with a mounted secret, or render the file before start"
    return f"write the {'address' if field == 'targets' else 'value'} itself, or render the file before start"
