"""ALR014."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression
from obslint.knowledge.directions import direction_words, words
from obslint.lang import promql
from obslint.rules.base import Rule

# Functions whose result grows with what they are asked of; the position of that argument.
_GROWING = {
    "avg_over_time": 0, "ceil": 0, "count_over_time": 0, "floor": 0, "histogram_quantile": 1, "increase": 0, "irate": 0,
    "last_over_time": 0, "max_over_time": 0, "min_over_time": 0, "rate": 0, "round": 0, "sum_over_time": 0,
}  # fmt: skip
_AGGREGATORS = frozenset(("avg", "max", "min", "quantile", "sum"))


class DirectionNameMismatch(Rule[Expression]):
    """An alert's name says too much, but it fires on little, or the other way round.

    `DiskAlmostFull` with `size - available < size * 0.9` fires on every disk that is not full, and is silent on the one
    that is. The rule reads words: of the alert's name (high, full, exhausted; low, few), and of the metrics' names
    (free, available, idle; used, errors) and of the labels they ask for. Names are no proof, so it is off by default.
    """

    code, name, severity, proof = "ALR014", "direction-name-mismatch", Severity.INFO, Proof.HEURISTIC
    on = Expression
    enabled = False

    def check(self, node: Expression, graph: Graph) -> Iterator[Claim]:
        rule = node.rule
        if rule is None or not rule.alerting or node.tree is None:
            return
        compared = _comparison(node.tree)
        if compared is None:
            return
        signs = _signs(compared)
        strain = _strain(signs) if signs else 0
        known = direction_words()
        telling = any(found & (known.left | known.used) for found, _ in signs)
        calculated = any(isinstance(part, promql.Binary) for part in promql.walk(compared) if part is not compared)
        if (calculated and not telling) or (not calculated and _is_flag(compared)):
            return
        expected = _expected(words(rule.name.text), telling)
        if not strain or not expected or strain == expected:
            return
        large = compared.op in (">", ">=")
        yield self.claim(
            node,
            f"by its name, `{rule.name}` is about too {'much' if _says_high(rule.name.text) else 'little'}, "
            f"but it fires when {'more' if large else 'less'} is measured than the threshold",
            place=node.within(compared.op_start, compared.op_end),
            help=f"turn `{compared.op}` round, or call the alert by what it finds",
            subject=rule.name.text,
        )


def _comparison(tree: promql.Expr) -> promql.Binary | None:
    """What is compared by order, at the top or on the left of `and` and `unless`."""
    while True:
        match tree:
            case promql.Paren(expr=inner):
                tree = inner
            case promql.Binary(op="and" | "unless", lhs=lhs):
                tree = lhs
            case promql.Binary(op="<" | "<=" | ">" | ">=", return_bool=False):
                return tree
            case _:
                return None


def _signs(compared: promql.Binary) -> list[tuple[frozenset[str], int]]:
    """The words of each metric, and whether the alert needs more (1) or less (-1) of it; none where it is not clear."""
    turn = 1 if compared.op in (">", ">=") else -1
    found: list[tuple[frozenset[str], int]] = []
    stack: list[tuple[promql.Expr, int]] = [(compared.lhs, turn), (compared.rhs, -turn)]
    while stack:
        expr, sign = stack.pop()
        match expr:
            case promql.NumberLiteral():
                continue
            case promql.VectorSelector() if expr.metric_name:
                chosen = (matcher.value for matcher in expr.matchers if matcher.op == "=")  # such as `mode="idle"`
                found.append((frozenset().union(words(expr.metric_name), *map(words, chosen)), sign))
            case promql.MatrixSelector(selector=selector):
                stack.append((selector, sign))
            case promql.Paren(expr=inner) | promql.Unary(op="+", expr=inner) | promql.Subquery(expr=inner):
                stack.append((inner, sign))
            case promql.Unary(expr=inner):
                stack.append((inner, -sign))
            case promql.Binary(op="+" | "*", lhs=lhs, rhs=rhs):
                stack += ((lhs, sign), (rhs, sign))
            case promql.Binary(op="-", lhs=lhs, rhs=rhs):
                stack += ((lhs, sign), (rhs, -sign))
            case promql.Binary(op="/", lhs=lhs):
                stack.append((lhs, sign))  # what it is a part of does not tell
            case promql.Call(function=function, args=args) if _GROWING.get(function, len(args)) < len(args):
                stack.append((args[_GROWING[function]], sign))
            case promql.Aggregation(op=op, expr=inner) if op in _AGGREGATORS:
                stack.append((inner, sign))
            case _:
                return []
    return found


def _strain(signs: list[tuple[frozenset[str], int]]) -> int:
    """1 if the alert fires when much is used, failed or measured, -1 for little, 0 where metrics disagree."""
    known = direction_words()
    measured = [(metric, sign) for metric, sign in signs if (metric, -sign) not in signs and not metric & known.whole]
    if any(metric & known.left and metric & known.used for metric, _ in measured):
        return 0
    strains = {-sign if metric & known.left else sign for metric, sign in measured}
    return strains.pop() if len(strains) == 1 else 0


def _says_high(name: str) -> bool:
    return bool(words(name) & direction_words().high)


def _is_flag(compared: promql.Binary) -> bool:
    """Whether it asks for a mere yes or no."""
    return any(isinstance(side, promql.NumberLiteral) and side.value in (0, 1) for side in (compared.lhs, compared.rhs))


def _expected(name: frozenset[str], telling: bool) -> int:
    """The strain that an alert's name speaks of; 0 where it speaks of none, or of both.

    Where no metric's name is `telling`, name and metric are about the same, be it good or bad.
    """
    known = direction_words()
    high, low = bool(name & known.high), bool(name & known.low)
    if high == low:
        return 0
    if not telling:
        return 1 if high else -1
    if name & known.left:
        return -1 if high else 1
    # Little memory is much memory used.
    return -1 if low and name & known.used else 1
