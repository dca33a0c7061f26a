"""SYN009."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.nodes import ConfigUse
from obslint.kinds import KINDS
from obslint.rules.base import Rule


class EnvPlaceholderNotExpanded(Rule[ConfigUse]):
    """A variable stands in a file whose component does not expand variables.

    Compose expands `${NAME}`; Alertmanager and Prometheus do not (Prometheus only in `external_labels`), and Loki and
    Promtail do only with `-config.expand-env=true`. The component takes the text literally: a URL is refused, a
    password is wrong, a webhook never arrives.
    """

    code, name, severity = "SYN009", "env-placeholder-not-expanded", Severity.ERROR
    on = ConfigUse

    def check(self, use: ConfigUse, graph: Graph) -> Iterator[Claim]:
        if not use.expands.no:
            return
        title = KINDS[use.kind].title
        for placeholder in use.placeholders:
            yield self.claim(
                use,
                f"`{placeholder}` is taken literally: {use.expands.why[0]}",
                place=placeholder.place,
                help=_HELP.get(use.kind, f"write the value, or render the file before {title} reads it"),
                subject=placeholder.text,
                proof=Proof.PROVEN,
            )


_HELP = {
    "alertmanager": "use the field's `*_file` form with a mounted secret, or render the file before start",
    "prometheus": "use the field's `*_file` form with a mounted secret, or render the file before start",
    "loki": "start Loki with `-config.expand-env=true`",
    "promtail": "start Promtail with `-config.expand-env=true`",
}
