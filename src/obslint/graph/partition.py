"""Which stacks belong together: those that share files, networks, volumes or a project, each with the reason.

Names never join stacks: that two of them have a service `redis` says nothing.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from obslint.discover.gitignore import Glob, below, covered
from obslint.graph.declared import Declared
from obslint.graph.nodes import Stack
from obslint.lang.interpolation import HOLE

_NEAR = 2
"""How many directories a config may lie below or beside a stack to be counted to it."""


@dataclass(frozen=True, slots=True)
class Bond:
    """Why two stacks are one group."""

    one: Stack
    other: Stack
    why: str


@dataclass(slots=True)
class Group:
    """Stacks that belong together. `bonds` are the reasons that joined them, none of them superfluous."""

    stacks: list[Stack]
    bonds: list[Bond] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The project's name, else the directory, else the file that stands alone."""
        first = self.stacks[0]
        return first.project or first.directory or first.name


def partition(stacks: Sequence[Stack], declared: Declared) -> list[Group]:
    """The groups of all stacks, each stack's `group` set."""
    parent = {id(stack): stack for stack in stacks}

    def root(stack: Stack) -> Stack:
        while parent[id(stack)] is not stack:
            parent[id(stack)] = stack = parent[id(parent[id(stack)])]
        return stack

    joined: list[Bond] = []

    def join(bonds: Iterator[Bond]) -> None:
        for bond in bonds:
            one, other = root(bond.one), root(bond.other)
            if one is not other:
                parent[id(other)] = one
                joined.append(bond)

    compose = [stack for stack in stacks if stack.compose is not None]
    join(_declared(stacks, declared))
    join(_shared(compose))
    join(_networked(compose))
    alone = [stack for stack in stacks if stack.compose is None]
    join(_near(alone, compose, {id(stack): id(root(stack)) for stack in compose}))
    groups: dict[int, Group] = {}
    for stack in stacks:
        groups.setdefault(id(root(stack)), Group([])).stacks.append(stack)
    for bond in joined:
        groups[id(root(bond.one))].bonds.append(bond)
    for number, group in enumerate(groups.values()):
        for stack in group.stacks:
            stack.group = number
    return list(groups.values())


def _declared(stacks: Sequence[Stack], declared: Declared) -> Iterator[Bond]:
    for name, patterns in declared.stacks.items():
        globs = [found for pattern in patterns if (found := Glob.parse(pattern)) is not None]
        chosen = [
            stack
            for stack in stacks
            if any(
                (seen := below(declared.base, path)) is not None and covered(globs, seen)
                for path in stack.files or (stack.name,)
            )
        ]
        for other in chosen[1:]:
            yield Bond(chosen[0], other, f"obslint.yaml counts both to `{name}`")


def _shared(stacks: Sequence[Stack]) -> Iterator[Bond]:
    """Stacks with a file, a project or a script in common."""
    first: dict[tuple[str, str], Stack] = {}
    for stack in stacks:
        for key, why in _marks(stack):
            known = first.setdefault(key, stack)
            if known is not stack:
                yield Bond(known, stack, why)


def _marks(stack: Stack) -> Iterator[tuple[tuple[str, str], str]]:
    for path in (*stack.files, *sorted(stack.included)):
        yield ("file", path), f"both use {path}"
    if stack.run_with:
        yield ("script", stack.run_with), f"{stack.run_with} runs both"
    if stack.named and HOLE not in stack.project:
        yield ("project", stack.project), f"both are the project `{stack.project}`"
    yield ("directory", f"{stack.directory}\n{stack.project}"), f"both run in {stack.directory or 'the same directory'}"
    for service in stack.services.values():
        for mount in service.mounts:
            if mount.kind in ("bind", "config") and mount.known and mount.source and _is_part(mount.source, stack):
                yield ("mount", mount.source), f"both mount {mount.source}"


def _is_part(source: str, stack: Stack) -> bool:
    """Whether a mounted path is a part of the repository, not a tree that holds the stack itself."""
    if source.startswith(("/", "~", "..")) or HOLE in source or source == ".":
        return False
    return not any(path.startswith(source + "/") for path in stack.files)


def _networked(stacks: Sequence[Stack]) -> Iterator[Bond]:
    """Stacks whose containers meet: on a network or a volume that both know by one name.

    What is named after a project that is named after its directory meets others by accident. It counts where another
    stack calls it external, and one directory alone makes it.
    """
    found = [(stack, key) for stack in stacks for key in _belongings(stack)]
    external = {key for stack, key in found if _external(stack, key)}
    makers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for stack, key in found:
        if _made_up(stack, key):
            makers[key].add(stack.directory)
    first: dict[tuple[str, str], Stack] = {}
    for stack, key in found:
        if _made_up(stack, key) and (key not in external or len(makers[key]) > 1):
            continue
        known = first.setdefault(key, stack)
        if known is not stack:
            yield Bond(known, stack, f"both use the {key[0]} `{key[1]}`")


def _belongings(stack: Stack) -> Iterator[tuple[str, str]]:
    """The networks and volumes that the services of a stack use: kind and real name."""
    for service in stack.services.values():
        found = [("network", network) for network in sorted(service.networks)]
        found += [("volume", mount.real_name) for mount in service.mounts if mount.real_name]
        yield from (key for key in found if HOLE not in key[1])


def _external(stack: Stack, key: tuple[str, str]) -> bool:
    kind, name = key
    return name in (stack.external_networks if kind == "network" else stack.external_volumes)


def _made_up(stack: Stack, key: tuple[str, str]) -> bool:
    return not (stack.named or _external(stack, key)) and key[1].startswith(f"{stack.project}_")


def _near(alone: Sequence[Stack], compose: Sequence[Stack], root: Mapping[int, int]) -> Iterator[Bond]:
    """Configs that no service loads: counted to the one group whose directory is nearest."""
    below: dict[tuple[str, int], list[Stack]] = defaultdict(list)
    groups: dict[tuple[str, int], set[int]] = defaultdict(set)
    for other in compose:
        for at in _above(other.directory):
            below[at].append(other)
            groups[at].add(root[id(other)])
    for stack in alone:
        for distance in range(_NEAR + 1):
            ways = [(path, distance - up) for path, up in _above(stack.directory) if up <= distance]
            nearest = [way for way in ways if way in below]
            if nearest:
                if len(set().union(*(groups[way] for way in nearest))) == 1:
                    yield Bond(below[nearest[0]][0], stack, "the nearest stack")
                break


def _above(directory: str) -> Iterator[tuple[str, int]]:
    """A directory and those above it, each with the steps up to it, as far as counts."""
    for steps in range(_NEAR + 1):
        yield directory, steps
        if not directory:
            break
        directory = posixpath.dirname(directory)
