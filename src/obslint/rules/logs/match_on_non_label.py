"""LOG003."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import LogShipper
from obslint.lang.tokens import re2_pattern
from obslint.rules.base import Rule
from obslint.rules.logs.pipeline import walk

_MATCHER = re.compile(r"\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*(\"(?:[^\"\\]|\\.)*\"|`[^`]*`)\s*([,}])")
_OTHER = re.compile(r"[^A-Za-z0-9_]")


class MatchOnNonLabel(Rule[LogShipper]):
    """A `match` stage selects by something that is not a label at this point: its branch never runs.

    The selector sees labels only: those of the target, of relabelling, and of `labels` and `static_labels` stages
    before it. What `json`, `regex` or `logfmt` extracted is no label until a `labels` stage makes it one. Use a line
    filter, as in `{job="app"} |~ "pattern"`, or a `drop` stage with a `source`, rather than a label for its own sake.

    Where `labelmap` makes labels of those of Docker's containers, it is only said of what was extracted and is no label
    of any service of the stack.
    """

    code, name, severity = "LOG003", "match-on-non-label", Severity.WARNING
    on = LogShipper

    def check(self, shipper: LogShipper, graph: Graph) -> Iterator[Claim]:
        of_containers = _container_labels(shipper)
        for job in shipper.fact.jobs:
            for stage, state in walk(job):
                if state.open:
                    break
                if stage.selector is None:
                    continue
                drops = (stage.action or "").lower() == "drop"
                for name, start, end in _needed(stage.selector.text):
                    if name in state.labels or name.startswith("__"):
                        continue
                    origin = state.extracted.get(name)
                    if state.mapped and (origin is None or name in of_containers):
                        continue
                    what = f"extracted by `{origin.kind}`, but no label" if origin else "no label of these lines"
                    labels = ", ".join(f"`{label}`" for label in state.shown)
                    yield self.claim(
                        shipper,
                        f"`match` asks for `{name}`, which is {what}: "
                        + ("nothing is dropped" if drops else "its stages never run"),
                        place=stage.selector.place.within(start, end),
                        related=[Related(origin.place, "extracted here")] if origin else [],
                        help=(
                            f'drop by a `drop` stage with `source: {name}`, or by a line filter: `{{…}} |~ "…"`'
                            if origin and drops
                            else "select by a label and a line filter"
                        )
                        + f"; labels here: {labels}",
                        subject=f"{name}:{stage.selector}",
                        proven=not state.mapped,
                    )


def _container_labels(shipper: LogShipper) -> set[str]:
    """Labels that the stack's compose files give containers, as Promtail spells them."""
    services = shipper.stack.services.values()
    return {_OTHER.sub("_", label.name.text) for service in services for label in service.fact.labels}


def _needed(selector: str) -> Iterator[tuple[str, int, int]]:
    """Labels that must not be empty for the selector to hold, each with where it stands; none where it is unclear."""
    position = selector.find("{") + 1
    if position == 0 or selector[: position - 1].strip():
        return
    found = []
    while True:
        match = _MATCHER.match(selector, position)
        if match is None:
            return
        name, operator, quoted, after = match.groups()
        if not _takes_empty(operator, quoted):
            found.append((name, match.start(1), match.end(3)))
        position = match.end()
        if after == "}":
            break
    yield from found


def _takes_empty(operator: str, quoted: str) -> bool:
    """Whether a matcher holds for a label that is not there, or may."""
    try:
        value = quoted[1:-1] if quoted[0] == "`" else json.loads(quoted)
        if operator in ("=", "!="):
            return (value == "") == (operator == "=")
        pattern = re2_pattern(f"^(?s:{value})$")
    except ValueError:
        return True
    return pattern is None or bool(pattern.fullmatch("")) == (operator == "=~")
