"""What relabelling does to labels, step by step, as Prometheus' `relabel.Process` does it; all others took it over."""

from __future__ import annotations

import re
from collections.abc import Callable

from obslint.facts.common import Relabel, Scalar
from obslint.findings import Place
from obslint.lang.tokens import re2_pattern

Labels = dict[str, str | None]
"""Values by name; None for one that is there but not known. What is not there is empty."""

_LENGTH = 1024
"""Characters of a label value that are followed."""
_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})", re.ASCII)
_EVERYTHING = ("(.*)", ".*")


class UnknownOutcomeError(Exception):
    """A step whose outcome the file does not tell."""


def action(step: Relabel) -> str:
    """What a step does; Prometheus reads it without regard to case."""
    return step.action.text.lower() if step.action else "replace"


def pattern(regex: Scalar | None) -> re.Pattern[str]:
    """The regex, which has to match the whole value. Raises UnknownOutcomeError where it cannot be compiled."""
    try:
        found: re.Pattern[str] | None = re2_pattern(f"^(?s:{regex.text if regex else '(.*)'})$")
    except ValueError:
        raise UnknownOutcomeError from None
    if found is None:
        raise UnknownOutcomeError
    return found


def takes_off(step: Relabel, name: str) -> bool | None:
    """Whether the step is a `labeldrop` or `labelkeep` that takes this label off; None where that cannot be told."""
    if action(step) not in ("labeldrop", "labelkeep"):
        return False
    try:
        return bool(pattern(step.regex).fullmatch(name)) == (action(step) == "labeldrop")
    except UnknownOutcomeError:
        return None


def apply(
    step: Relabel,
    labels: Labels,
    decided: dict[str, Place] | None = None,
    hidden: Callable[[str], bool] = lambda name: False,
) -> bool:
    """Do one step; False where it drops the target.

    `decided` takes the place of what sets a label. `hidden` says of labels that are not in `labels` which may be there.
    Raises UnknownOutcomeError where it cannot be told what the step does.
    """
    kind = action(step)
    value = _joined(step, labels, hidden)
    target = step.target_label.text if step.target_label else ""
    if kind in ("keepequal", "dropequal"):
        other = _value(target, labels, hidden)
        if value is None or other is None:
            raise UnknownOutcomeError
        return (other == value) == (kind == "keepequal")
    if kind in ("lowercase", "uppercase", "hashmod"):
        changed = None
        if value is not None and kind != "hashmod":
            changed = value.lower() if kind == "lowercase" else value.upper()
        _set(labels, decided, target, changed, step)
        return True
    regex = pattern(step.regex)
    if kind in ("keep", "drop"):
        if value is None and not _takes_everything(step):
            raise UnknownOutcomeError
        return bool(value is None or regex.fullmatch(value)) == (kind == "keep")
    if kind in ("labeldrop", "labelkeep"):
        for name in [name for name in labels if bool(regex.fullmatch(name)) == (kind == "labeldrop")]:
            del labels[name]
        return True
    replacement = step.replacement.text if step.replacement else "$1"
    if kind == "labelmap":
        for name, found in list(labels.items()):
            if match := regex.fullmatch(name):
                _set(labels, decided, _expand(replacement, match), found, step)
        return True
    if kind != "replace" or "$" in target:
        raise UnknownOutcomeError
    if value is None:
        constant = "$" not in replacement and _takes_everything(step)
        _set(labels, decided, target, replacement if constant else None, step)
    elif (match := regex.fullmatch(value)) is not None:
        _set(labels, decided, target, _expand(replacement, match), step)
    return True


def _takes_everything(step: Relabel) -> bool:
    return step.regex is None or step.regex.text in _EVERYTHING


def _joined(step: Relabel, labels: Labels, hidden: Callable[[str], bool]) -> str | None:
    parts = [_value(source.text, labels, hidden) for source in step.source_labels]
    known = [part for part in parts if part is not None]
    joined = (step.separator.text if step.separator else ";").join(known)
    if len(joined) > _LENGTH:
        raise UnknownOutcomeError
    return joined if len(known) == len(parts) else None


def _value(name: str, labels: Labels, hidden: Callable[[str], bool]) -> str | None:
    return labels[name] if name in labels else None if hidden(name) else ""


def _set(labels: Labels, decided: dict[str, Place] | None, name: str, value: str | None, step: Relabel) -> None:
    if value is not None and len(value) > _LENGTH:
        raise UnknownOutcomeError
    labels[name] = value
    if decided is not None:
        says = step.replacement or step.target_label
        decided[name] = says.place if says else step.place


def _expand(template: str, match: re.Match[str]) -> str:
    """Go's `Regexp.Expand`. A name that is no group may be a variable that something replaces before: unknown."""

    def one(reference: re.Match[str]) -> str:
        dollar, *names = reference.groups()
        if dollar:
            return "$"
        name = next(name for name in names if name)
        if name.isdigit() and len(name) < 4:
            return (match.group(int(name)) or "") if int(name) <= match.re.groups else ""
        raise UnknownOutcomeError

    return _REFERENCE.sub(one, template)
