"""DEP007."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.alertmanager import LegacyMatch
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Alertmanager
from obslint.rules.base import Rule

_SINCE = (0, 22, 0)
_MANY = 12
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


class AmLegacyMatchers(Rule[Alertmanager]):
    """Alertmanager routes or inhibit rules select alerts with `match` and `match_re`.

    Alertmanager 0.22 brought `matchers`, `source_matchers` and `target_matchers`, which also know `!=` and `!~`, and
    deprecated the six older keys; they still work, but will go. Each finding shows how the matchers are written
    instead. An Alertmanager before 0.22 does not know the new keys and is left alone.
    """

    code, name, severity = "DEP007", "am-legacy-matchers", Severity.INFO
    on = Alertmanager

    def check(self, node: Alertmanager, graph: Graph) -> Iterator[Claim]:
        written = node.fact.legacy_matches
        service = node.service
        version = service.image.version if service is not None and service.image is not None else None
        if not written or (version is not None and version < _SINCE):
            return
        first, *others = written
        names = [f"`{name}`" for name in dict.fromkeys(match.key.text for match in written)]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        times = f", {len(written)} times" if len(written) > len(names) else ""
        yield self.claim(
            node,
            f"alerts are selected with {listed}{times}, which Alertmanager 0.22 deprecated",
            place=first.key.place,
            related=[Related(match.key.place, f"write {_converted(match)}") for match in others[:_MANY]],
            help=f"write {_converted(first)}; one list takes what stands in both forms",
            subject=node.fact.path,
        )


def _converted(match: LegacyMatch) -> str:
    """The same as a list of matchers. Quoted with escapes, both grammars read a value the same."""
    operator = "=~" if match.regex else "="
    items = [
        f'{entry.name.text}{operator}"{(entry.value.text if entry.value else "").translate(_ESCAPES)}"'
        for entry in match.pairs
    ]
    listed = ", ".join("'" + item.replace("'", "''") + "'" for item in items)
    return f"`{match.key.text.removesuffix('_re')}ers: [{listed}]`"
