"""ALR006."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.common import Scalar
from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph, alert_texts
from obslint.graph.nodes import PROMQL_READERS, Expression
from obslint.lang import promql
from obslint.lang.alert_templates import LabelUse
from obslint.rules.base import Rule

_ADDED = frozenset(("alertname", "alertgroup"))
"""Labels that vmalert shows to templates besides those of the expression; Prometheus shows none."""


class TemplateUnknownLabel(Rule[Expression]):
    """The text of an alert shows a label that the alert cannot have.

    An annotation sees the labels of the series that the expression yields, nothing else: what `sum by (job)` leaves
    out, what a binary operation with `on` drops, what `absent` cannot know is an empty string in the notification, just
    where it should say which instance to look at. In Prometheus the rule's own `labels` are not there either. The same
    holds for the labels of what `query` finds. A label that only one side of an `or` lacks is a warning, and so is an
    alert of which nothing here shows what evaluates it, for evaluators differ in what they show to a text.
    """

    code, name, severity = "ALR006", "template-unknown-label", Severity.ERROR
    on = Expression

    def check(self, node: Expression, graph: Graph) -> Iterator[Claim]:
        rule = node.rule
        if rule is None or not rule.alerting:
            return
        inference = graph.inference(node)
        added = (
            ()
            if node.readers and node.readers <= PROMQL_READERS
            else (*_ADDED, *(str(item.name) for item in rule.labels))
        )
        for where, text in alert_texts.texts(rule):
            for use in _uses(text):
                if use.query is not None:
                    yield from self._of_query(node, text, use, where)
                elif inference is not None and use.name not in added:
                    yield from self._of_alert(node, text, use, where, inference)

    def _of_alert(
        self, node: Expression, text: Scalar, use: LabelUse, where: str, inference: promql.Inference
    ) -> Iterator[Claim]:
        lacking = [source for source in inference.result if source.labels.has(use.name) is False]
        if not lacking:
            return
        always = len(lacking) == len(inference.result)
        written = text.text[use.start : use.end]
        why = lacking[0].labels.why_not(use.name) or lacking[0].origin
        yield self.claim(
            node,
            f"`{written}` in {where} is {'always' if always else 'sometimes'} empty: "
            f"{_reason(why, node.quoted(why), use.name)}",
            place=_place(text, use),
            related=[Related(node.at(why), f"here the label `{use.name}` is lost")],
            help=_help(node.tree, why, use.name),
            subject=f"{where} {use.name}",
            proven=always and bool(node.readers),
        )

    def _of_query(self, node: Expression, text: Scalar, use: LabelUse, where: str) -> Iterator[Claim]:
        assert use.query is not None
        try:
            sources = promql.Inference(promql.parse(use.query.text)).result
        except promql.SyntaxProblem:
            return
        if sources and all(source.labels.has(use.name) is False for source in sources):
            yield self.claim(
                node,
                f"the label `{use.name}` in {where} is always empty: the query `{use.query.text}` yields no such label",
                place=_place(text, use),
                help=f"keep `{use.name}` in the query, or take it out of the text",
                subject=f"{where} {use.name}",
                proven=bool(node.readers),
            )


def _uses(text: Scalar) -> Iterator[LabelUse]:
    """Each label that a text shows, once."""
    found = alert_texts.reading(text.text)
    seen = set()
    for use in found.labels if found is not None else ():
        if (use.name, use.query) not in seen:
            seen.add((use.name, use.query))
            yield use


def _place(text: Scalar, use: LabelUse) -> Place:
    return text.place.within(use.start, use.end)


def _reason(why: promql.Expr | promql.Node, short: str, name: str) -> str:
    match why:
        case promql.Aggregation(grouping=None, op=op):
            return f"`{op}(…)` without `by` leaves no labels"
        case promql.Aggregation(op=op, without=True):
            return f"`{op} without ({name})` removes the label"
        case promql.Aggregation(op=op, grouping=grouping):
            kept = ", ".join(label.name for label in grouping or ())
            return f"`{op} by ({kept})` leaves no other label"
        case promql.Call(function="absent" | "absent_over_time" as function):
            return f"`{function}` knows only the labels that its selector fixes with `=`"
        case promql.Call(function="vector"):
            return f"`{short}` has no labels"
        case promql.Binary(op=op):
            return f"the `{op}` matches by other labels, and leaves only these"
        case promql.VectorSelector(matchers=matchers) if any(matcher.label == name for matcher in matchers):
            return f"`{short}` asks for series without it"
        case promql.VectorSelector():
            return f"the rule that records `{short}` leaves it out"
        case _:
            return f"`{short}` has no such label"


def _help(tree: promql.Expr | None, why: promql.Expr | promql.Node, name: str) -> str:
    aggregations = [part for part in promql.walk(tree) if isinstance(part, promql.Aggregation)] if tree else []
    match why:
        case promql.Aggregation(without=True):
            return f"take `{name}` out of `without (…)`, or out of the text"
        case promql.Aggregation(grouping=grouping):
            where = "to each aggregation's" if len(aggregations) > 1 else "to" if grouping else "with"
            return f"add `{name}` {where} `by (…)`, or take it out of the text"
        case promql.Binary():
            return f"add `{name}` to the matching or with `group_left ({name})`, or take it out of the text"
        case promql.Call(function="absent" | "absent_over_time"):
            return f'name it in the selector, {name}="…", or write the text without it'
        case _:
            return "take it out of the text"
