"""What a Promtail pipeline has extracted and labelled so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from obslint.facts.common import Relabel
from obslint.facts.logs import LogJob, Stage

_ADDED = ("service_name",)
"""What other parts than Promtail's configuration may add."""
_ALWAYS = ("filename", "job", *_ADDED)


@dataclass(slots=True)
class State:
    """What is known before a stage runs. `open` says that keys and labels may be there that no one can see."""

    labels: set[str] = field(default_factory=set)
    extracted: dict[str, Stage | None] = field(default_factory=dict)
    """Keys, and the stage that extracts each first; None for a label, which is there from the start."""
    open: bool = False
    mapped: bool = False
    """Whether every label of a container is a label of its lines."""

    @property
    def shown(self) -> list[str]:
        """The labels that the file itself, or Promtail, gives the lines; those with underscores are taken off."""
        return sorted(label for label in self.labels if label and not label.startswith("__") and label not in _ADDED)


def walk(job: LogJob) -> Iterator[tuple[Stage, State]]:
    """Each stage of a job in the order in which they run, with what is known before it; the state is one, and grows."""
    state = State()
    state.labels.update(_ALWAYS, job.source_labels)
    state.labels.update(label.name.text for label in job.labels)
    state.open = job.labels_open
    for step in job.relabels:
        action = step.action.text.lower() if step.action else "replace"
        target = step.target_label.text if step.target_label else ""
        mapped = action == "labelmap" and _of_containers(step)
        state.mapped |= mapped
        state.open |= (action == "labelmap" and not mapped) or "$" in target
        state.labels.add(target)
    state.extracted.update(dict.fromkeys(state.labels))
    yield from _run(job.stages, state)


def _of_containers(step: Relabel) -> bool:
    """Whether a `labelmap` takes the labels of Docker's containers as they are."""
    regex = step.regex.text if step.regex else ""
    return regex.startswith("__meta_docker_container_label_") and (
        step.replacement is None or step.replacement.text in ("$1", "${1}")
    )


def _run(stages: Sequence[Stage], state: State) -> Iterator[tuple[Stage, State]]:
    for stage in stages:
        yield stage, state
        if stage.kind == "match":
            # A pipeline of its own begins with the labels as they are then.
            state.extracted.update(dict.fromkeys(state.labels - state.extracted.keys()))
            yield from _run(stage.stages, state)
        for key in (*stage.extracts, *stage.rewrites):
            state.extracted.setdefault(key, stage)
        state.labels.update(label.label.text for label in stage.labels)
        state.labels.update(stage.sets)
        if stage.kind in ("cri", "docker"):
            state.labels.add("stream")
        state.open |= stage.open
