"""ALR022."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.rules.base import Rule


class ExternalLabelOverridden(Rule[Expression]):
    """A rule sets a label to another value than the external label of the server that evaluates it.

    Prometheus adds its `external_labels` to each alert it sends, and to each series it writes remotely, but only where
    there is no such label yet. A rule with a label of that name wins, and its alerts seem to come from another cluster,
    replica or environment than they do: they are routed, grouped and deduplicated by what is not true. Give the rule's
    label another name, or leave it to the server.
    """

    code, name, severity, proof = "ALR022", "external-label-overridden", Severity.WARNING, Proof.LIKELY
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        rule = expression.rule
        if rule is None:
            return
        for server in expression.servers:
            if not rule.alerting and not server.fact.remote_writes:
                continue
            external = {entry.name.text: entry for entry in server.fact.external_labels}
            for entry in rule.labels:
                other = external.get(entry.name.text)
                if entry.value is None or other is None or other.value is None:
                    continue
                if "$" in other.value.text or other.value.text in (entry.value.text, ""):
                    continue  # what the environment sets is not known
                yield self.claim(
                    expression,
                    f"{expression.what} sets `{entry.name}: {entry.value}`, which wins over the external label "
                    f"`{other.name}: {other.value}` of Prometheus",
                    place=entry.value.place,
                    related=[Related(other.value.place, "the external label")],
                    help="give the rule's label another name, or remove it",
                    subject=f"{rule.name}:{entry.name}",
                )
