"""PQL010."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.rules.base import Rule


class InconsistentLabelVocabulary(Rule[Expression]):
    """One metric is asked for two names of the same thing, such as `status` and `status_code`.

    A service gives its requests one of these labels. Whichever it is, what asks for the other finds nothing: the alert
    never fires, the panel stays empty, and neither says so. Which one is right tells `/metrics` of the service. Metrics
    of which the labels are known are another rule's, and so are names that one selector asks for together.
    """

    code, name, severity, proof = "PQL010", "inconsistent-label-vocabulary", Severity.WARNING, Proof.LIKELY
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        for split in graph.vocabulary.get(id(expression), ()):
            (usual, most), *rarer = split.names
            name, uses = rarer[0]
            others = ", ".join(f"`{other}` {_times(len(items))}" for other, items in rarer)
            yield self.claim(
                expression,
                f"`{split.metric}` is asked for `{usual}` {_times(len(most))} and for {others}: most likely it has one "
                "of them, and what asks for the other finds nothing",
                place=uses[0].place,
                related=[Related(most[0].place, f"{most[0].expression.what} asks for `{usual}`")],
                help=f"look at `/metrics` of the service, and write `{usual}` or `{name}` everywhere",
                subject=f"{split.metric}:{name}",
            )


def _times(number: int) -> str:
    return "once" if number == 1 else "twice" if number == 2 else f"{number} times"
