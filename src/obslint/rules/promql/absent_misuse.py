"""PQL014."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.knowledge import metric_facts
from obslint.lang import promql
from obslint.lang.durations import prometheus_duration
from obslint.rules.base import Rule

_ABSENT = frozenset(("absent", "absent_over_time"))
_OF_EVERY_SCRAPE = frozenset(
    ("up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling")
)
_MANY = 50
"""Nobody waits for more things than this one by one."""
_WORDS = re.compile(r"\(?(?:\?:)?([\w /-]+(?:\|[\w /-]+)+)\)?")


class AbsentMisuse(Rule[Expression]):
    """An `absent` does not tell what it is meant to tell.

    `absent(x)` yields one series while *no* series of `x` is there, with the labels that `=` matchers fix and no other.
    So it cannot tell which of several jobs or instances is missing: neither `absent(sum by (job) (x))` nor
    `absent(up{job=~"a|b"})` fires while one of them is left. It never fires where its argument always has a value,
    and `absent(up == 0)` fires whenever nothing is down.

    Without `for` it fires at once. A scrape that fails ends the series of its target, so that one is enough for an
    `absent` of these. It does not end `up`, which is 0 then; but `absent(up{…})` finds nothing as soon as a target is
    replaced or leaves service discovery, and when Prometheus itself was down.
    """

    code, name, severity = "PQL014", "absent-misuse", Severity.WARNING
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        rule, tree = expression.rule, expression.tree
        if rule is None or not rule.alerting or tree is None or "absent" not in expression.text:
            return
        calls = [call for call in _absences(tree) if len(call.args) == 1]
        turned = [call for call in calls if _turned_round(call)]
        for call in turned:
            text = expression.quoted(call, None)
            yield self.claim(
                expression,
                f"{expression.what}: `{text}` yields something whenever nothing is down: it fires while all is well",
                place=expression.at(call),
                help="leave out `absent` to tell of what is down; to tell that nothing is up, compare with 1",
                subject="turned",
            )
        for call in calls:
            if call not in turned:
                yield from self._argument(expression, call)
        hasty = next((call for call in calls if call not in turned and not _looks_back(call)), None)
        hold = rule.hold
        if hasty is not None and _at_once(hold.text if hold is not None else ""):
            written = hold is not None and bool(hold.text)
            yield self.claim(
                expression,
                f"{expression.what} fires as soon as `{hasty.function}` finds nothing: {_enough(hasty)}",
                place=expression.within(hasty.start, hasty.start + len(hasty.function)),
                related=[Related(hold.place, "holds nothing back")] if hold is not None and written else [],
                help=f"{f'raise `for: {hold}` to' if written else 'add a `for` of'} a few scrape intervals, such as "
                "`for: 5m`",
                subject="for",
            )

    def _argument(self, expression: Expression, call: promql.Call) -> Iterator[Claim]:
        argument = promql.bare(call.args[0])
        if isinstance(promql.constant_value(argument), promql.Always):
            yield self.claim(
                expression,
                f"{expression.what}: `{call.function}` never fires, as its argument has a value always",
                place=expression.at(argument),
                help="leave out the `or` that fills in a value",
                subject="always",
            )
        elif isinstance(argument, promql.Aggregation) and argument.grouping:
            words = f"{argument.op} {'without' if argument.without else 'by'} (…)"
            yield self.claim(
                expression,
                f"{expression.what}: `{call.function}` of `{words}` fires only when all groups are gone, and has none "
                "of their labels",
                place=expression.within(argument.start, argument.start + len(argument.op)),
                help="write one `absent` with `=` matchers for each, or compare with what was there before: "
                "`x offset 1h unless x`",
                subject="grouped",
            )
        else:
            yield from self._selector(expression, call)

    def _selector(self, expression: Expression, call: promql.Call) -> Iterator[Claim]:
        found = list(promql.selectors(call))
        if len(found) != 1:
            return
        selector = found[0]
        if selector.metric_name in _OF_EVERY_SCRAPE and not selector.matchers:
            yield self.claim(
                expression,
                f"{expression.what}: `absent({selector.metric_name})` fires only when nothing at all is scraped",
                place=expression.at(selector),
                help=f'name what must be there: `absent({selector.metric_name}{{job="…"}})`',
                subject="unmatched",
            )
            return
        for matcher in selector.matchers:
            words = _alternatives(matcher)
            if words:
                yield self.claim(
                    expression,
                    f"{expression.what}: `absent` fires only when all of {', '.join(f'`{word}`' for word in words[:4])}"
                    f"{', …' if len(words) > 4 else ''} are gone, and does not tell `{matcher.label}`",
                    place=expression.at(matcher),
                    help=f'write one for each: `absent(…{{{matcher.label}="{words[0]}"}}) or '
                    f'absent(…{{{matcher.label}="{words[1]}"}})`',
                    subject=f"{matcher.label} {matcher.value}",
                    proof=Proof.LIKELY,
                )


def _absences(tree: promql.Expr) -> Iterator[promql.Call]:
    """Every `absent` whose result the alert hands on as its own, not as a condition of something else."""
    stack = [tree]
    while stack:
        match promql.bare(stack.pop()):
            case promql.Call(function=function) as call if function in _ABSENT:
                yield call
            case promql.Binary(op="or", lhs=lhs, rhs=rhs):
                stack += [rhs, lhs]
            case promql.Binary(op="and" | "unless", lhs=lhs):
                stack.append(lhs)
            case promql.Binary(lhs=lhs, rhs=rhs) if promql.ValueType.SCALAR in (lhs.type, rhs.type):
                stack.append(rhs if lhs.type is promql.ValueType.SCALAR else lhs)
            case promql.Aggregation(expr=inner):
                stack.append(inner)
            case _:
                pass


def _turned_round(call: promql.Call) -> bool:
    """Whether it asks that no state is 0: `absent(up == 0)`."""
    match promql.bare(call.args[0]):
        case promql.Binary(op="==", lhs=promql.VectorSelector() as selector, rhs=promql.NumberLiteral(value=0)):
            return metric_facts.values(selector.metric_name or "") == (0, 1)
        case _:
            return False


def _enough(call: promql.Call) -> str:
    """What makes its argument vanish for a moment."""
    found = list(promql.selectors(call))
    names = {selector.metric_name for selector in found}
    if names <= _OF_EVERY_SCRAPE:
        if any(isinstance(node, promql.Binary) and node.op in promql.COMPARISONS for node in promql.walk(call)):
            return "one scrape that fails is enough where no other target is left, as on a restart"
        return (
            "it is enough that a target is replaced or leaves service discovery for a moment, or that Prometheus "
            "itself was down"
        )
    if None in names or any(":" in name for name in names if name is not None):
        return "one moment without data is enough, as on a restart"
    return "one scrape that fails is enough where no other target has it, as that ends the series at once"


def _looks_back(call: promql.Call) -> bool:
    """Whether it takes some time without data for it to yield anything."""
    return any(isinstance(node, (promql.MatrixSelector, promql.Subquery)) for node in promql.walk(call))


def _at_once(hold: str) -> bool:
    """Whether a `for` holds nothing back; a broken one is for another rule to tell."""
    try:
        return not hold or prometheus_duration(hold) == 0
    except ValueError:
        return False


def _alternatives(matcher: promql.Matcher) -> list[str]:
    """The values of which a regex wants one, if they are things apart and not several spellings of one."""
    words = _WORDS.fullmatch(matcher.value) if matcher.op == "=~" else None
    if words is None:
        return []
    found = list(dict.fromkeys(words[1].split("|")))
    if not 1 < len(found) <= _MANY or any(one in other for one in found for other in found if one is not other):
        return []
    return found
