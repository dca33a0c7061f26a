"""What a Dockerfile says of the image it builds, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass

from obslint.facts.common import Entry, Scalar
from obslint.findings import Place


@dataclass(frozen=True, slots=True)
class Command:
    """What `ENTRYPOINT`, `CMD` or `HEALTHCHECK CMD` runs: the words as they are, or split as a shell would."""

    place: Place
    words: tuple[Scalar, ...]
    shell: bool
    """Whether `/bin/sh -c` reads it, so that words may be operators and variables."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One `COPY` or `ADD`."""

    place: Place
    sources: tuple[Scalar, ...]
    """Relative to the build context, or to the root of what `--from` names; of `ADD` also URLs."""
    destination: Scalar
    target: str | None
    """The destination as an absolute path, with the slash at its end that makes it a directory; None where a variable
    decides, or a directory of the base image's."""
    origin: Scalar | None
    """What `--from` names: a stage by its name or number, or an image."""


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """One `HEALTHCHECK`; without a command it is `NONE` and switches off what the base image has."""

    place: Place
    command: Command | None


@dataclass(frozen=True, slots=True)
class Stage:
    """One `FROM` and what follows it. What stands several times counts by its last, as the builder takes it."""

    place: Place
    image: Scalar
    """As written: an image, the name of an earlier stage, or `scratch`."""
    base: str | None
    """The same with the defaults of the file's `ARG`s, which a build may override; None where one has no default."""
    name: Scalar | None
    copies: tuple[Copy, ...]
    environment: tuple[Entry, ...]
    expose: tuple[Scalar, ...]
    workdir: Scalar | None
    user: Scalar | None
    entrypoint: Command | None
    command: Command | None
    healthcheck: Healthcheck | None


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """One Dockerfile."""

    path: str
    place: Place
    args: tuple[Entry, ...]
    """The `ARG`s above the first stage."""
    stages: tuple[Stage, ...]

    def chain(self, target: str | None = None) -> tuple[Stage, ...]:
        """The stages that make the image of a target, or of the file: what it starts from first; none if unknown."""
        end = self._index(target, len(self.stages)) if target is not None else len(self.stages) - 1
        found: list[Stage] = []
        while end >= 0:
            found.append(self.stages[end])
            end = self._index(self.stages[end].base or "", end)
        return tuple(reversed(found))

    def _index(self, name: str, before: int) -> int:
        """The last stage of that name among the first; -1 if there is none. Names are in any case."""
        return next(
            (
                index
                for index in range(before - 1, -1, -1)
                if (stage := self.stages[index].name) is not None and stage.text.lower() == name.lower()
            ),
            -1,
        )
