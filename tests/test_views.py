"""Which compose files are run together: small repositories, and the views that stand for the ways to run them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path

import pytest

from obslint.graph.invocations import invocations
from obslint.graph.project import Library
from obslint.graph.views import View, nearby, views
from support import library_of

WEB = "services: {web: {image: 'nginx:1.29'}}\n"
FRAGMENT = "services: {web: {environment: {A: b}}}\n"
"""A service without an image: the file cannot be run alone."""
NAMES = "Compose looks for these names"
DOTENV = "`.env` sets COMPOSE_FILE"
NOTHING = "nothing shows how it is run"


def found(root: Path, files: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[list[View], Library]:
    (root / ".git").mkdir()
    library, loaded = library_of(root, files, monkeypatch)
    return views(library, invocations(loaded.discovery.tree)), library


def shown(view: View) -> str:
    """A view in a line: `!` for certain, `?` for supposed."""
    parts = [f"{'!' if view.certain else '?'} {view.name}", f"in {view.directory or '.'}"]
    parts += [f"-p {view.project}"] if view.project else []
    parts += [f"{name}={value}" for name, value in sorted(view.environment.items()) if name != "COMPOSE_FILE"]
    parts += [f"by {view.group}"] if view.group else []
    parts += [f"with {', '.join(view.companions)}"] if view.companions else []
    return "; ".join((" ".join(parts), view.evidence))


def same(*paths: str, text: str = WEB) -> dict[str, str]:
    return dict.fromkeys(paths, text)


CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "no compose file": ({"README.md": "docker compose up\n"}, []),
    "a default name": (same("compose.yaml"), [f"! compose.yaml in .; {NAMES}"]),
    "a default name in a directory below": (same("a/b/compose.yml"), [f"! a/b/compose.yml in a/b; {NAMES}"]),
    "two default names in one directory: Compose takes the first": (
        same("compose.yml", "docker-compose.yml"),
        [
            f"! compose.yml in . with docker-compose.yml; {NAMES}",
            f"? docker-compose.yml in . with compose.yml; {NOTHING}",
        ],
    ),
    "the newer spelling comes before the older": (
        same("docker-compose.yaml", "docker-compose.yml"),
        [
            f"? docker-compose.yaml in . with docker-compose.yml; {NOTHING}",
            f"! docker-compose.yml in . with docker-compose.yaml; {NAMES}",
        ],
    ),
    "an override": (
        same("docker-compose.yml") | same("docker-compose.override.yml", text=FRAGMENT),
        [f"! docker-compose.yml + docker-compose.override.yml in .; {NAMES}"],
    ),
    "an override in another spelling": (
        same("docker-compose.yml") | same("compose.override.yaml", text=FRAGMENT),
        [f"! docker-compose.yml + compose.override.yaml in .; {NAMES}"],
    ),
    "an override that could stand alone": (
        same("compose.yaml", "compose.override.yaml"),
        [f"! compose.yaml + compose.override.yaml in .; {NAMES}"],
    ),
    "an override without a base is a file like any other": (
        same("compose.override.yaml"),
        [f"? compose.override.yaml in .; {NOTHING}"],
    ),
    "an override of another directory is none": (
        same("compose.yaml", "ops/compose.override.yaml"),
        [f"! compose.yaml in .; {NAMES}", f"? ops/compose.override.yaml in ops; {NOTHING}"],
    ),
    "a file beside, of which nothing is said": (
        same("compose.yaml", "docker-compose.monitoring.yml"),
        [
            f"! compose.yaml in . with docker-compose.monitoring.yml; {NAMES}",
            f"? docker-compose.monitoring.yml in . with compose.yaml; {NOTHING}",
        ],
    ),
    "files of production and development": (
        same("compose.yaml") | same("compose.dev.yaml", "compose.prod.yaml", text=FRAGMENT),
        [
            f"! compose.yaml in . with compose.dev.yaml, compose.prod.yaml; {NAMES}",
            "? compose.yaml + compose.dev.yaml in . with compose.prod.yaml; "
            "service `web` has no image in compose.dev.yaml, which must be merged with another",
            "? compose.yaml + compose.prod.yaml in . with compose.dev.yaml; "
            "service `web` has no image in compose.prod.yaml, which must be merged with another",
        ],
    ),
    "a fragment in a directory below, on top of the root's": (
        same("compose.yaml") | same("deploy/prod.yml", text=FRAGMENT),
        [
            f"! compose.yaml in . with deploy/prod.yml; {NAMES}",
            "? compose.yaml + deploy/prod.yml in .; "
            "service `web` has no image in prod.yml, which must be merged with another",
        ],
    ),
    "a fragment beside two bases takes the one of its own directory": (
        same("compose.yaml", "a/compose.yaml") | same("a/prod.yml", text=FRAGMENT),
        [
            f"! a/compose.yaml in a with a/prod.yml; {NAMES}",
            "? a/compose.yaml + a/prod.yml in a; "
            "service `web` has no image in prod.yml, which must be merged with another",
            f"! compose.yaml in . with a/prod.yml; {NAMES}",
        ],
    ),
    "a fragment without a base stays alone": (
        same("prod.yml", text=FRAGMENT),
        [f"? prod.yml in .; {NOTHING}"],
    ),
    "a service that is built or extended needs no image": (
        {
            "compose.yaml": WEB,
            "a.yml": "services: {web: {build: .}}",
            "b.yml": "services: {web: {extends: {file: a.yml, service: web}}}",
        },
        [
            f"? b.yml in . with a.yml, compose.yaml; {NOTHING}",
            f"! compose.yaml in . with b.yml; {NAMES}",
        ],
    ),
    "a file that is only extended from": (
        {"compose.yaml": "services: {web: {extends: {file: base.yml, service: base}}}", "base.yml": WEB},
        [f"! compose.yaml in .; {NAMES}"],
    ),
    "a file that is included": (
        {"compose.yaml": f"include: [parts/db.yml]\n{WEB}", "parts/db.yml": WEB},
        [f"! compose.yaml in .; {NAMES}"],
    ),
    "an included file of a default name is run by itself, too": (
        {"compose.yaml": f"include: [db/compose.yaml]\n{WEB}", "db/compose.yaml": WEB},
        [f"! compose.yaml in .; {NAMES}", f"! db/compose.yaml in db; {NAMES}"],
    ),
    "a file that includes itself is run all the same": (
        {"a.yml": f"include: [a.yml]\n{WEB}"},
        [f"? a.yml in .; {NOTHING}"],
    ),
    "COMPOSE_FILE": (
        same("a.yml", "b.yml") | {".env": "COMPOSE_FILE=a.yml:b.yml\nTAG=1\n"},
        [f"! a.yml + b.yml in . TAG=1; {DOTENV}"],
    ),
    "COMPOSE_FILE keeps default names out": (
        same("compose.yaml", "compose.override.yaml", "a.yml") | {".env": "COMPOSE_FILE=compose.yaml:a.yml\n"},
        [
            f"? compose.override.yaml in . with a.yml, compose.yaml; {NOTHING}",
            f"! compose.yaml + a.yml in . with compose.override.yaml; {DOTENV}",
        ],
    ),
    "COMPOSE_FILE with another separator": (
        same("a.yml", "b.yml") | {".env": "COMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=a.yml,b.yml\n"},
        [f"! a.yml + b.yml in . COMPOSE_PATH_SEPARATOR=,; {DOTENV}"],
    ),
    "COMPOSE_FILE that leads into a directory": (
        same("docker/a.yml") | {".env": "COMPOSE_FILE=docker/a.yml\n"},
        [f"! docker/a.yml in docker; {DOTENV}"],
    ),
    "COMPOSE_FILE that names what is not here": (
        same("a.yml", "compose.yaml") | {".env": "COMPOSE_FILE=a.yml:secret.yml\n"},
        [f"? a.yml in . with compose.yaml; {NOTHING}", f"? compose.yaml in . with a.yml; {NOTHING}"],
    ),
    "COMPOSE_FILE that a variable decides": (
        same("a.yml") | {".env": "COMPOSE_FILE=${WHICH}.yml\n"},
        [f"? a.yml in .; {NOTHING}"],
    ),
    "the variables beside the file": (
        same("ops/compose.yaml") | {".env": "A=1\n", "ops/.env": "B=2\n"},
        [f"! ops/compose.yaml in ops B=2; {NAMES}"],
    ),
    "another env file is not read by itself": (
        same("compose.yaml") | {"prod.env": "A=1\n", ".env.example": "B=1\n"},
        [f"! compose.yaml in .; {NAMES}"],
    ),
    "a Make target": (
        same("a.yml", "b.yml", "c.yml") | {"Makefile": "up:\n\tdocker compose -f a.yml -f b.yml up -d\n"},
        [
            "! a.yml + b.yml in . by Makefile#up with c.yml; Makefile:2",
            f"? c.yml in . with a.yml, b.yml; {NOTHING}",
        ],
    ),
    "one Make target runs two projects": (
        same("a/a.yml", "b/b.yml")
        | {"Makefile": "up:\n\tdocker compose -f a/a.yml up\n\tdocker compose -f b/b.yml up\n"},
        ["! a/a.yml in a by Makefile#up; Makefile:2", "! b/b.yml in b by Makefile#up; Makefile:3"],
    ),
    "the order of the files counts": (
        same("a.yml", "b.yml")
        | {"Makefile": "one:\n\tdocker compose -f a.yml -f b.yml up\ntwo:\n\tdocker compose -f b.yml -f a.yml up\n"},
        ["! a.yml + b.yml in . by Makefile#one; Makefile:2", "! b.yml + a.yml in . by Makefile#two; Makefile:4"],
    ),
    "what two places run the same way is one view": (
        same("a.yml") | {"Makefile": "up:\n\tdocker compose -f a.yml up\ndown:\n\tdocker compose -f a.yml down\n"},
        ["! a.yml in . by Makefile#up; Makefile:2"],
    ),
    "a manual": (
        same("compose.yaml", "monitoring.yml")
        | {"README.md": "# How\n```sh\ndocker compose -f compose.yaml -f monitoring.yml up\n```\n"},
        [
            f"! compose.yaml in .; {NAMES}",
            "! compose.yaml + monitoring.yml in . by README.md#block 3; README.md:3",
        ],
    ),
    "a script with a project's name and variables": (
        same("ops/a.yml")
        | {"up.sh": "docker compose -p shop --env-file ops/x.env -f ops/a.yml up\n", "ops/x.env": "A=1"},
        ["! ops/a.yml in ops -p shop A=1 by up.sh#; up.sh:1"],
    ),
    "a script that gives the project's directory": (
        same("ops/a.yml") | {"up.sh": "docker compose --project-directory . -f ops/a.yml up\n", ".env": "A=1\n"},
        ["! ops/a.yml (project directory .) in . A=1 by up.sh#; up.sh:1"],
    ),
    "one file in two directories": (
        same("ops/a.yml")
        | {
            "up.sh": "for d in . ops; do :; done\ndocker compose -f ops/a.yml up\n"
            "docker compose --project-directory . -f ops/a.yml up\n"
        },
        ["! ops/a.yml (project directory .) in . by up.sh#; up.sh:3", "! ops/a.yml in ops by up.sh#; up.sh:2"],
    ),
    "a script that runs the default files": (
        same("compose.yaml", "compose.override.yaml") | {"up.sh": "docker compose up -d\n"},
        ["! compose.yaml + compose.override.yaml in . by up.sh#; up.sh:1"],
    ),
    "a script that leaves the override out": (
        same("compose.yaml", "compose.override.yaml") | {"up.sh": "docker compose -f compose.yaml up -d\n"},
        [
            "! compose.yaml in . by up.sh#; up.sh:1",
            f"! compose.yaml + compose.override.yaml in .; {NAMES}",
        ],
    ),
    "a script that names a file which is not here is no evidence": (
        same("a.yml") | {"up.sh": "docker compose -f a.yml -f secret.yml up\n"},
        [f"? a.yml in .; {NOTHING}"],
    ),
    "a script that a variable completes is no evidence": (
        same("a.yml", "a.prod.yml") | {"up.sh": 'docker compose -f a.yml -f "a.$1.yml" up\n'},
        [f"? a.prod.yml in . with a.yml; {NOTHING}", f"? a.yml in . with a.prod.yml; {NOTHING}"],
    ),
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES.keys())
def test_views(files: dict[str, str], expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [shown(view) for view in found(tmp_path, files, monkeypatch)[0]] == expected


def test_standalone_monitoring_files_are_stacks_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = same("compose.yaml", "monitoring/prometheus.yml.d/stack.yml", "monitoring/docker-compose.yml")
    names = [view.name for view in found(tmp_path, files, monkeypatch)[0]]
    assert names == sorted(files)


def test_order_of_the_files_read_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = same("compose.yaml", "a.yml", "b/compose.yaml", "b/c.yml") | same("d.yml", "b/d.yml", text=FRAGMENT)
    ways, library = found(tmp_path, files, monkeypatch)
    assert len(ways) == 6
    backwards = Library(dict(reversed(list(library.compose.items()))), library.env, {})
    assert views(backwards, []) == ways


def test_fragments_are_companions_of_every_view_nearby(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    homes = ["", "a", "b", "a/a", "a/b", "b/a", "a/a/a", "a/b/a"]
    bases = [posixpath.join(home, "compose.yaml") for home in homes]
    fragments = [posixpath.join(home, "f.yml") for home in homes]
    ways, _ = found(tmp_path, same(*bases) | same(*fragments, text=FRAGMENT), monkeypatch)
    companions = {view.files: view.companions for view in ways}
    for base in bases:
        home = posixpath.dirname(base)
        near = [path for path in fragments if nearby(home, posixpath.dirname(path))]
        assert companions[base,] == tuple(sorted(near))


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("", "", True),
        ("", "a", True),
        ("a", "", True),
        ("", "a/b/c", True),
        ("a", "a/b/c", True),
        ("a/b", "a/c", True),
        ("a/b", "a/c/d", False),
        ("a", "b", True),
        ("ab", "a", True),
        ("x/ab", "y/ab", False),
        ("a/b", "c", False),
    ],
)
def test_nearby(one: str, other: str, near: bool) -> None:
    assert nearby(one, other) is near
    assert nearby(other, one) is near
