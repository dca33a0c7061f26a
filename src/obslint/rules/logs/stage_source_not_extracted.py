"""LOG002."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from obslint.facts.common import Scalar
from obslint.facts.logs import Stage
from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import LogShipper
from obslint.rules.base import Rule
from obslint.rules.logs.pipeline import State, walk

_EFFECTS = {
    "timestamp": "lines keep the time at which Promtail read them",
    "output": "the line stays as it is",
    "drop": "nothing is dropped",
    "tenant": "the tenant is not set",
    "replace": "nothing is replaced",
}
_SHOWN = 8


class StageSourceNotExtracted(Rule[LogShipper]):
    """A stage of a Promtail pipeline uses a key that no stage before it extracts.

    `labels`, `timestamp`, `output`, `drop` and the parsing stages with a `source` take values from what earlier stages
    extracted, and from the labels with which the line came. `labels: {level: }` means `level: level`; a value there is
    the name of a key, not the label's value, for which there is `static_labels`. Where the key is missing the stage
    does nothing, without a word. Whether a line really holds a key that is asked for cannot be told and is not judged.
    """

    code, name, severity = "LOG002", "stage-source-not-extracted", Severity.WARNING
    on = LogShipper

    def check(self, shipper: LogShipper, graph: Graph) -> Iterator[Claim]:
        for job in shipper.fact.jobs:
            for stage, state in walk(job):
                if state.open or state.mapped:
                    break
                for label in stage.labels:
                    if _missing(label.source, state):
                        yield self._claim(shipper, stage, label.label, label.source, state)
                for source in stage.sources:
                    if _missing(source.text, state):
                        yield self._claim(shipper, stage, source, source.text, state)

    def _claim(self, shipper: LogShipper, stage: Stage, written: Scalar, source: str, state: State) -> Claim:
        keys = sorted(key for key, found in state.extracted.items() if found is not None)
        close = get_close_matches(source, keys, 1, 0.6)
        renamed = stage.kind == "labels" and source != written.text
        if renamed:
            effect, advice = f"the label `{written}` is never set", "for a fixed value use a `static_labels` stage; "
        elif stage.kind == "labels":
            effect, advice = f"the label `{written}` is never set", f"extract `{source}` in a stage before this one; "
        else:
            effect = _EFFECTS.get(stage.kind, "the stage finds nothing")
            advice = f"extract `{source}` in a stage before this one; "
        listed = ", ".join(f"`{key}`" for key in keys[:_SHOWN]) + (", …" if len(keys) > _SHOWN else "")
        return self.claim(
            shipper,
            f"`{stage.kind}` uses `{source}`, which no stage before it extracts: {effect}",
            place=written.place,
            help=(f"did you mean `{close[0]}`? " if close else advice) + f"extracted so far: {listed or 'nothing'}",
            subject=f"{stage.kind}:{written}",
        )


def _missing(source: str, state: State) -> bool:
    return source not in state.extracted and "$" not in source and "{{" not in source
