"""PQL005."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.lang import promql
from obslint.rules.base import Rule

_SET = frozenset(("and", "unless"))


class ImpossibleVectorMatch(Rule[Expression]):
    """Two sides of an operation never match, or a label is asked for that is gone.

    Two series match where they agree in all labels, those of `on (…)` alone, or all but those of `ignoring (…)`. What
    an aggregation drops, no match and no later `by (…)` can bring back: `sum by (instance) (a) / b` finds nothing, as
    each `b` has a `job` too. An operation whose sides never match yields nothing and says nothing; an `unless` like
    that removes nothing. It is an error where that follows from the expression, the rules it reads and what every
    scrape adds, and a warning where it follows only from the labels that series usually have, or where one branch of an
    `or` is lost.
    """

    code, name, severity = "PQL005", "impossible-vector-match", Severity.ERROR
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        inference = graph.inference(expression) if "loki" not in expression.readers else None
        usual = graph.usual_inference(expression) if inference is not None else None
        if expression.tree is None or inference is None or usual is None:
            return
        inside = {id(node): node for node in promql.walk(expression.tree)}
        needed = set(map(id, promql.required_selectors(expression.tree)))
        told: set[int] = set()
        found = [(mismatch, True) for mismatch in _told(inference, partly=True)]
        found += [(mismatch, False) for mismatch in _told(usual, partly=False)]
        for mismatch, certain in found:
            if id(mismatch.node) in told:
                continue
            told.add(id(mismatch.node))
            required = mismatch.whole and any(id(item) in needed for item in promql.required_selectors(mismatch.node))
            yield self.claim(
                expression,
                f"{expression.what}: {_what(mismatch, certain)}{_consequence(expression, mismatch, required)}: "
                f"{_why(mismatch, inside, certain)}",
                place=expression.within(mismatch.node.op_start, mismatch.node.op_end),
                related=_related(expression, graph, mismatch, inside),
                help=_help(mismatch),
                subject=f"{mismatch.node.op} {mismatch.label}",
                proven=certain and required,
            )
        for node in inside.values():
            if id(node) not in told:
                yield from self._lost(expression, inference, node, inside)

            if isinstance(node, promql.Binary) and node.op in _SET:
                yield from self._in_vain(expression, node)

    def _in_vain(self, expression: Expression, node: promql.Binary) -> Iterator[Claim]:
        """Labels that are copied onto the right side of `and` or `unless`, of which only the match is left."""
        for label in _copied(node.rhs):
            if expression.written(label) and not _compares(node.matching, label.name):
                yield self.claim(
                    expression,
                    f"{expression.what} copies `{label.name}` onto the right side of `{node.op}`, "
                    "whose labels are dropped",
                    place=expression.at(label),
                    related=[Related(expression.within(node.op_start, node.op_end), "only the left side is handed on")],
                    help=f"join on the left side of `{node.op}`, or leave `{label.name}` out",
                    subject=f"copied {label.name}",
                    severity=Severity.WARNING,
                )

    def _lost(
        self, expression: Expression, inference: promql.Inference, node: promql.Expr, inside: dict[int, promql.Expr]
    ) -> Iterator[Claim]:
        """Labels that are asked for by name where no series has them any more."""
        for use, sources, names, instead in _asked(inference, node):
            lost = [
                (label, taken)
                for label in names
                if expression.written(label) and (taken := _taken(label.name, sources)) is not None
            ]
            if not lost:
                continue
            label, taken = lost[0]
            shown = _listed([item.name for item, _ in lost], ", ")
            here = id(taken) in inside
            by = f"`{_head(taken)}`" if here else "the rule that records it"
            yield self.claim(
                expression,
                f"{expression.what} {use.format(shown)}, but {by} has dropped "
                f"{'that label' if len(lost) == 1 else 'these labels'} before",
                place=expression.at(label),
                related=[Related(expression.at(taken), f"`{label.name}` is dropped here")] if here else [],
                help=f"keep {shown} in the aggregation inside, or {instead}",
                subject=f"lost {shown}",
                severity=Severity.WARNING,
            )


def _taken(label: str, sources: Sequence[promql.Source]) -> promql.Node | None:
    """What takes a label away from all of these series, if that is not a matcher that wants it to be empty."""
    if not sources or any(source.labels.has(label) is not False for source in sources):
        return None
    found = next((why for source in sources if (why := source.labels.why_not(label))), None)
    return None if isinstance(found, promql.VectorSelector) else found


def _told(inference: promql.Inference, partly: bool) -> Iterator[promql.Mismatch]:
    """One mismatch of each operation that never matches; `partly`: or loses a whole branch of an `or`."""
    for _, group in groupby(inference.mismatches, key=lambda mismatch: id(mismatch.node)):
        mismatches = list(group)
        if mismatches[0].whole:
            yield mismatches[0]
        elif partly and (lost := _lost_branch(inference, mismatches)):
            yield lost


def _lost_branch(inference: promql.Inference, mismatches: Sequence[promql.Mismatch]) -> promql.Mismatch | None:
    node = mismatches[0].node
    left, right = inference.of(node.lhs), inference.of(node.rhs)
    for mismatch in mismatches:
        for sources, others, origin, mine in (
            (left, right, mismatch.lhs.origin, [other.lhs.origin for other in mismatches]),
            (right, left, mismatch.rhs.origin, [other.rhs.origin for other in mismatches]),
        ):
            branch = sum(source.origin is origin for source in sources)
            if branch < len(sources) and sum(item is origin for item in mine) == branch * len(others):
                return mismatch
    return None


def _what(mismatch: promql.Mismatch, certain: bool) -> str:
    op, most = mismatch.node.op, "" if certain else "most likely "
    part = "" if mismatch.whole else "a branch of "
    match op:
        case "unless":
            return f"{part}`unless` {most}removes nothing"
        case "and":
            return f"{part}`and` {most}keeps nothing"
        case _:
            return f"{part}the two sides of `{op}` {most}never match"


def _consequence(expression: Expression, mismatch: promql.Mismatch, required: bool) -> str:
    if mismatch.node.op == "unless" or not mismatch.whole:
        return ""
    if not required:
        return ", so this part of it yields nothing"
    if expression.rule is None:
        return ", so the query finds nothing"
    return ", so it can never fire" if expression.rule.alerting else ", so it records nothing"


def _why(mismatch: promql.Mismatch, inside: dict[int, promql.Expr], certain: bool) -> str:
    label, lacking = mismatch.label, mismatch.lacking
    if lacking is None:
        values = [_values(side.labels.values.get(label, ())) for side in (mismatch.lhs, mismatch.rhs)]
        return f"`{label}` is {values[0]} on the left side, {values[1]} on the right"
    left = lacking is mismatch.lhs
    taken = lacking.labels.why_not(label)
    by = f" (`{_head(taken)}`)" if taken is not None and id(taken) in inside else ""
    other = f"each series of the {'right' if left else 'left'} side {'has' if certain else 'usually has'} one"
    return f"the {'left' if left else 'right'} side has no label `{label}`{by}, {other}"


def _values(values: Iterable[str]) -> str:
    return _listed(sorted(values), " or ") or "never set"


def _listed(names: Sequence[str], between: str) -> str:
    shown = [f"`{name}`" for name in names[:4]]
    return between.join(shown if len(names) <= 4 else [*shown, "…"])


def _head(node: promql.Node) -> str:
    """What a part of an expression does to labels, in short."""
    match node:
        case promql.Aggregation(op=op, grouping=grouping, without=without):
            return op if grouping is None else f"{op} {'without' if without else 'by'} ({_names(grouping)})"
        case promql.Call(function=function):
            return function
        case promql.Binary(op=op, matching=promql.Matching(on=on, labels=labels)):
            return f"{op} {'on' if on else 'ignoring'} ({_names(labels)})"
        case promql.Binary(op=op):
            return op
        case _:
            return "its matchers"


def _names(labels: Sequence[promql.Label]) -> str:
    return ", ".join([label.name for label in labels[:6]] + ["…"] * (len(labels) > 6))


def _related(
    expression: Expression, graph: Graph, mismatch: promql.Mismatch, inside: dict[int, promql.Expr]
) -> list[Related]:
    lacking, label = mismatch.lacking, mismatch.label
    if lacking is None:
        return []
    taken = lacking.labels.why_not(label)
    if taken is not None and id(taken) in inside:
        return [Related(expression.at(taken), f"here `{label}` is lost")]
    name = lacking.origin.metric_name if isinstance(lacking.origin, promql.VectorSelector) else None
    recordings = graph.recordings(name, expression) if name else []
    return [Related(item.place, f"records it without `{label}`") for item in recordings[:3]]


def _help(mismatch: promql.Mismatch) -> str:
    """How the sides match; a side that keeps labels which the other has lost has several series for one of that."""
    node, label, lacking, matching = mismatch.node, mismatch.label, mismatch.lacking, mismatch.node.matching
    left, right = mismatch.lhs.labels, mismatch.rhs.labels
    named = [item.name for item in matching.labels] if matching is not None else []
    on = matching is not None and matching.on
    if not mismatch.whole:
        return f"give that branch of the `or` the label `{label}`, or move it behind the operation"
    if lacking is None and on:
        return f"take `{label}` out of `on (…)`, and match labels that are alike on both sides"
    if lacking is None:
        ignored = ", ".join((*named, label))
        return f"leave it out of the match with `ignoring ({ignored})`, or `on (…)` the labels that both sides share"
    lost = {"left": _lost_by(left, right, matching), "right": _lost_by(right, left, matching)}
    gone = [*lost["left"], *lost["right"]]
    shared = [name for name in named if name not in gone] if on else _shared(left, right, named)
    match = f"ignoring ({', '.join([*named, *gone])})" if shared is None else f"on ({_listing(shared)})"
    if node.op in _SET:
        return f"match `{match}` only" + (f", or keep {_listed(gone, ', ')} on both sides" if on else "")
    if all(lost.values()):
        return "aggregate both sides " + (
            f"`by ({_listing(shared)})`" if shared is not None else f"`without ({_listing(gone)})`"
        )
    one, many = ("left", "right") if lost["left"] else ("right", "left")
    possible = (left if one == "left" else right).possible
    if on:
        keep = f"keep {_listed(gone, ', ')} on the {one} side"
        if possible is None or not possible - {promql.METRIC_NAME} <= set(shared or ()):
            return keep
        return f"{keep}, match `{match} group_{many}`" + ("" if shared else ", or leave the join out")
    if shared is None:
        return f"match `{match} group_{many}`, or aggregate the {many} side `without ({_listing(gone)})` as well"
    same = f"by the same labels ({_listing(shared)})" if shared else "as well"
    return f"aggregate the {many} side {same}, or match `{match} group_{many}`"


def _lost_by(labels: promql.Labels, other: promql.Labels, matching: promql.Matching | None) -> list[str]:
    """The labels that are compared, and that these series have lost and the others have, or may have."""
    if matching is not None and matching.on:
        names = {item.name for item in matching.labels}
    else:
        dropped = {name for name, why in labels.never.items() if not isinstance(why, promql.Call)}
        names = dropped | other.sure | (other.possible or frozenset())
    return sorted(
        name
        for name in names - {promql.METRIC_NAME}
        if _compares(matching, name) and labels.has(name) is False and other.has(name) is not False
    )


def _shared(left: promql.Labels, right: promql.Labels, ignored: Sequence[str]) -> list[str] | None:
    """The labels that both sides may have and that are compared; None where no side is known to have no others."""
    known = left.possible if left.possible is not None else right.possible
    if known is None:
        return None
    both = (name for name in known if left.has(name) is not False and right.has(name) is not False)
    return sorted(set(both) - {promql.METRIC_NAME, *ignored})


def _listing(names: Sequence[str]) -> str:
    return ", ".join([*names[:20], *["…"] * (len(names) > 20)])


def _copied(node: promql.Expr) -> tuple[promql.Label, ...]:
    """The labels that the outermost join of an expression copies; what is compared with a number keeps them."""
    while isinstance(node := promql.bare(node), promql.Binary):
        if promql.ValueType.SCALAR not in (node.lhs.type, node.rhs.type):
            return node.matching.include if node.matching is not None else ()
        node = node.rhs if node.lhs.type is promql.ValueType.SCALAR else node.lhs
    return ()


def _compares(matching: promql.Matching | None, label: str) -> bool:
    return matching is None or any(item.name == label for item in matching.labels) == matching.on


def _asked(
    inference: promql.Inference, node: promql.Expr
) -> Iterator[tuple[str, Sequence[promql.Source], Sequence[promql.Label], str]]:
    """What a part of an expression does with labels it names, to which series, these labels, and what else may help.

    A label that both sides of a match have lost is none that keeps them apart.
    """
    match node:
        case promql.Aggregation(op=op, grouping=grouping, without=False, expr=inner):
            yield f"groups by {{}} in `{op}`", inference.of(inner), grouping or (), "leave it out here"
        case promql.Binary(op=op, lhs=lhs, rhs=rhs, matching=promql.Matching() as matching):
            left, right = inference.of(lhs), inference.of(rhs)
            copied = f"copies {{}} with `group_{matching.group}`"
            yield copied, right if matching.group != "right" else left, matching.include, "leave it out here"
            for side, other, many in ((left, right, "right"), (right, left, "left")):
                kept = [
                    label
                    for label in matching.labels
                    if matching.on and any(source.labels.has(label.name) is not False for source in other)
                ]
                yield f"matches `{op}` on {{}}", side, kept, _instead(op, many)


def _instead(op: str, many: str) -> str:
    return "leave it out here" if op in _SET else f"leave it out and let `group_{many}` allow the series it keeps apart"
