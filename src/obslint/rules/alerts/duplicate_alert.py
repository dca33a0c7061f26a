"""ALR009."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import RuleFile
from obslint.graph.repeats import Likeness, Repeat
from obslint.rules.base import Rule

_SINGLY = 3
"""How many repeats of one file are told one by one; more are one finding."""
_MANY = 12
_PROOF: dict[Likeness, Proof] = {
    "same": Proof.PROVEN,
    "threshold": Proof.PROVEN,
    "overlap": Proof.LIKELY,
    "renamed": Proof.LIKELY,
    "labels": Proof.HEURISTIC,
}


@dataclass(frozen=True, slots=True)
class Settings:
    same_labels: bool = field(
        default=False,
        metadata={
            "help": "Whether to report every two rules of a file that share name and labels, as promtool's lint does."
        },
    )


class DuplicateAlert(Rule[RuleFile]):
    """A rule repeats another that the same server evaluates.

    Two rules with one name, the same labels and the same expression are one alert to Alertmanager: whoever corrects,
    silences or deletes one wonders why it goes on. Where only the threshold differs, or one selects a part of what the
    other does, the one that is resolved resolves the other; a ladder needs a different `severity` on each step. Two
    names for one expression notify twice for each cause. Expressions are compared by meaning: blanks, parentheses and
    the order of matchers do not count. Rules of two files are compared where one server is known to load both.
    """

    code, name, severity = "ALR009", "duplicate-alert", Severity.WARNING
    on = RuleFile
    options = Settings()

    def check(self, node: RuleFile, graph: Graph) -> Iterator[Claim]:
        by_file: dict[int, list[Repeat]] = defaultdict(list)
        for repeat in graph.repeats.get(id(node), ()):
            if repeat.likeness != "labels" or self.options.same_labels:
                by_file[id(repeat.first_file)].append(repeat)
        for repeats in by_file.values():
            if len(repeats) > _SINGLY:
                yield self._many(node, repeats)
            else:
                yield from (self._one(node, repeat) for repeat in repeats)

    def _one(self, node: RuleFile, repeat: Repeat) -> Claim:
        rule, first = repeat.rule, repeat.first
        what = f"{'alert' if rule.alerting else 'recording rule'} `{rule.name}`"
        where = "" if repeat.first_file is node else f" of {repeat.first_file.path}, which the same server loads"
        if repeat.likeness == "threshold":
            message = f"{what} has the labels of another{where} that differs only in the threshold: "
            message += "they are one alert to Alertmanager, and the one that ends resolves the other"
            help_ = "give each step another `severity`, or keep one"
        elif repeat.likeness == "overlap":
            message = f"{what} has the labels of another{where} that differs only in what it selects, a part of it: "
            message += "where both fire they are one alert to Alertmanager, and the one that ends resolves the other"
            help_ = "keep the wider one, or let each select what the other does not"
        elif repeat.likeness == "labels":
            message = f"{what} has the name and the labels of another with a different expression: "
            message += "where both yield the same series, nothing tells them apart"
            help_ = "give one of them a label of its own"
        elif repeat.likeness == "renamed":
            message = f"{what} has the labels and the expression of alert `{first.name}`{where}: "
            message += "each notifies for the same cause"
            help_ = "keep one of them"
        else:
            message = f"{what} has the name, the labels and the expression of another{where}: "
            message += (
                "whoever changes or deletes one leaves the other in force" if rule.alerting else "it is computed twice"
            )
            help_ = "delete one of them"
        return self.claim(
            node,
            message,
            place=rule.name.place,
            related=[Related(first.name.place, f"the first, `{first.name}`")],
            help=help_,
            subject=f"{first.name} {repeat.likeness}",
            proof=_PROOF[repeat.likeness],
        )

    def _many(self, node: RuleFile, repeats: list[Repeat]) -> Claim:
        first = repeats[0]
        same = first.first_file is node
        where = "others of this file" if same else f"those of {first.first_file.path}, which the same server loads"
        return self.claim(
            node,
            f"{len(repeats)} rules repeat {where}, the first is `{first.rule.name}`: "
            "whoever changes or deletes one leaves the other in force",
            place=first.rule.name.place,
            related=[
                Related(repeat.first.name.place, f"repeated as `{repeat.rule.name}`") for repeat in repeats[:_MANY]
            ],
            help="keep one of each" + ("" if same else ", or load only one of the files"),
            subject=first.first_file.path,
            proof=max((_PROOF[repeat.likeness] for repeat in repeats), key=list(Proof).index),
        )
