"""SYN009."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import ConfigUse
from obslint.rules.base import Rule

_HELP = {
    "alertmanager": "use the field's `*_file` form with a mounted secret, or render the file before start",
    "prometheus": "use the field's `*_file` form with a mounted secret, or render the file before start",
    "loki": "start Loki with `-config.expand-env=true`",
    "promtail": "start Promtail with `-config.expand-env=true`",
    "tempo": "start Tempo with `-config.expand-env=true`",
    "mimir": "start Mimir with `-config.expand-env=true`",
    "blackbox": "use the field's `*_file` form with a mounted secret, or render the file before start",
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
        help = "write it as `%{NAME}`" if victoria else _HELP.get(use.kind, "write the value itself")
        for placeholder in use.placeholders:
            yield self.claim(
                use,
                f"`{placeholder}` is taken literally: {use.expands.why[0]}",
                place=placeholder.place,
                related=[Related(service.place, f"service `{service.name}` loads the file")],
                help=help,
                subject=placeholder.text,
            )
