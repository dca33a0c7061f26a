"""What a rule is: a class with a manual, metadata, the type of node it looks at, and one generator."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from obslint.findings import Claim, Place, Proof, Related, RuleInfo, Setting, Severity
from obslint.graph.graph import Graph
from obslint.graph.nodes import Node

N = TypeVar("N", bound=Node)

FAMILIES = {
    "OBS": "obslint itself",
    "SYN": "shape and syntax",
    "EXP": "exposure",
    "SEC": "secrets",
    "MON": "self-monitoring",
    "REF": "dangling references",
    "RET": "retention",
    "CAR": "cardinality",
    "PQL": "PromQL",
    "LOG": "log pipelines and LogQL",
    "ALR": "alerts and notification",
    "COH": "coherence",
    "DSH": "dashboards",
    "DEP": "deprecation",
    "RES": "resources and health",
    "ORG": "your organisation",
}


@dataclasses.dataclass(frozen=True, slots=True)
class NoSettings:
    """The settings of a rule that has none."""


class Rule(Generic[N]):
    """A rule looks at each node of one type and yields claims. It keeps no state; its docstring is its manual.

    A rule with settings declares them as a frozen dataclass, each field with `metadata={"help": …}`, and gives
    `options` an instance with the defaults; obslint.yaml may give another.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    proof: ClassVar[Proof] = Proof.PROVEN
    on: ClassVar[type[Node] | tuple[type[Node], ...]]
    enabled: ClassVar[bool] = True
    """Whether it runs where nothing asks for it by code or name."""
    options: Any = NoSettings()

    def check(self, node: N, graph: Graph) -> Iterator[Claim]:
        """Claims about this node. Unknown is silent."""
        raise NotImplementedError

    def claim(
        self,
        node: Node,
        message: str,
        *,
        place: Place | None = None,
        related: Sequence[Related] = (),
        help: str = "",
        subject: str = "",
        severity: Severity | None = None,
        proof: Proof | None = None,
        proven: bool | None = None,
    ) -> Claim:
        """A claim by this rule; `place` is where the mistake stands, the node's own place unless given.

        Without `severity` and `proof` those of the rule hold; what is not `proven` is likely, and no error.
        """
        if proven is not None:
            proof = proof or (Proof.PROVEN if proven else Proof.LIKELY)
            if not proven and self.severity is Severity.ERROR:
                severity = severity or Severity.WARNING
        return Claim(
            code=self.code,
            name=self.name,
            message=message,
            severity=severity or self.severity,
            proof=proof or self.proof,
            place=place or node.place,
            related=tuple(related),
            help=help,
            subject=subject,
            stack=node.stack.name,
        )

    @classmethod
    def info(cls) -> RuleInfo:
        """The rule's manual and metadata, for outputs."""
        summary, _, description = inspect.cleandoc(cls.__doc__ or "").partition("\n")
        return RuleInfo(
            code=cls.code,
            name=cls.name,
            summary=summary.strip(),
            description=description.strip(),
            severity=cls.severity,
            proof=cls.proof,
            family=FAMILIES.get(cls.code[:3], ""),
            enabled=cls.enabled,
            settings=tuple(_setting(field, cls.options) for field in dataclasses.fields(cls.options)),
        )


def _setting(field: dataclasses.Field[Any], options: object) -> Setting:
    default = json.dumps(getattr(options, field.name), ensure_ascii=False)
    return Setting(field.name.replace("_", "-"), default, field.metadata.get("help", ""))
