"""One model of several compose files: where its values stand, its name, and what could not be followed.

What Compose itself makes of the files is compared in test_compose_reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from obslint import engine
from obslint.findings import Place
from obslint.graph.project import Project, assemble
from obslint.graph.scope import Scope, host_path
from obslint.graph.views import views
from support import library_of

WEB = "services: {web: {image: 'nginx:1.29'}}\n"


def project(root: Path, files: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[Project, engine.Loaded]:
    """The first view of `files`, assembled."""
    library, loaded = library_of(root, files, monkeypatch)
    view = next(view for view in views(library, []) if view.certain)
    return assemble(view.files, Scope(view.environment, view.directory), library, view.project), loaded


BASE = """\
services:
  web:
    image: nginx:1.29
    command: [run]
    ports:
      - "80:80"
      - "81:81"
    environment:
      A: base
      B: base
    volumes:
      - ./a:/a
      - ./b:/b
    networks: [front]
  db: {image: 'postgres:17'}
networks:
  front: {}
"""
OVER = """\
services:
  web:
    image: nginx:1.30
    ports:
      - "82:82"
      - "81:81"
    environment: [B=over, C=over]
    volumes: ['./c:/b']
    networks: [back]
  job: {image: 'busybox:1'}
networks:
  back: {}
"""


def test_every_merged_value_keeps_the_place_where_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"compose.yaml": BASE, "compose.override.yaml": OVER}
    found, loaded = project(tmp_path, files, monkeypatch)

    def at(place: object) -> str:
        assert isinstance(place, Place)
        location = loaded.documents[place.path][0].locate(place)
        return f"{place.path.removeprefix('compose.').removesuffix('yaml')}{location.line}"

    services = {service.name.text: service for service in found.model.services}
    assert {name: at(service.name.place) for name, service in services.items()} == {
        "web": "2",
        "db": "15",
        "job": "override.10",
    }
    web = services["web"]
    assert web.image is not None
    assert at(web.image.place) == "override.3"
    assert web.command is not None
    assert [at(word.place) for word in web.command] == ["4"]
    assert sorted((port.short.text, at(port.place)) for port in web.ports if port.short) == [
        ("80:80", "6"),
        ("81:81", "override.6"),
        ("82:82", "override.5"),
    ]
    assert [(entry.name.text, at(entry.name.place)) for entry in web.environment] == [
        ("A", "9"),
        ("B", "override.7"),
        ("C", "override.7"),
    ]
    assert [(mount.short.text, at(mount.place)) for mount in web.mounts if mount.short] == [
        ("./a:/a", "12"),
        ("./c:/b", "override.8"),
    ]
    assert [(join.network.text, at(join.network.place)) for join in web.networks or ()] == [
        ("front", "14"),
        ("back", "override.9"),
    ]
    assert [(item.key.text, at(item.key.place)) for item in found.model.networks] == [
        ("front", "17"),
        ("back", "override.12"),
    ]


def test_what_is_extended_keeps_its_place_and_where_its_paths_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "compose.yaml": "services: {web: {extends: {file: lib/base.yml, service: base}, volumes: ['./x:/x']}}\n",
        "lib/base.yml": "services: {base: {image: 'nginx:1.29', volumes: ['./y:/y']}}\n",
    }
    found, _ = project(tmp_path, files, monkeypatch)
    (web,) = found.model.services
    assert web.image is not None
    assert (web.name.text, web.name.place.path, web.image.place.path) == ("web", "compose.yaml", "lib/base.yml")
    paths = {found.scope.path(mount.short.text.partition(":")[0], mount.short) for mount in web.mounts if mount.short}
    assert paths == {"x", "lib/y"}
    assert found.included == {"lib/base.yml"}


def test_included_files_have_variables_and_paths_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "compose.yaml": "include: [lib/part.yml]\nservices: {web: {image: 'nginx:${TAG}'}}\n",
        ".env": "BOTH=outer\n",
        "lib/part.yml": "services: {part: {image: 'x:${TAG}-${BOTH}', volumes: ['./y:/y']}}\n",
        "lib/.env": "TAG=1\nBOTH=inner\n",
    }
    found, _ = project(tmp_path, files, monkeypatch)
    images = {
        service.name.text: found.scope.read(service.image).text for service in found.model.services if service.image
    }
    assert images == {"part": "x:1-outer", "web": "nginx:\x00"}
    mounts = [mount.short for service in found.model.services for mount in service.mounts if mount.short]
    assert [found.scope.path("./y", mount) for mount in mounts] == ["lib/y"]


def chain(length: int) -> dict[str, str]:
    """Compose files, each of which includes the next."""
    files = {f"{n}.yml": f"include: [{n + 1}.yml]\nservices: {{s{n}: {{image: x}}}}\n" for n in range(length)}
    return {"compose.yaml": f"include: [0.yml]\n{WEB}", **files, f"{length}.yml": WEB}


UNREAD = "an included file was not read"

OPEN: dict[str, tuple[dict[str, str], str]] = {
    "nothing is included": ({"compose.yaml": WEB}, ""),
    "what is included is here": ({"compose.yaml": f"include: [a.yml]\n{WEB}", "a.yml": WEB}, ""),
    "what is included is not here": ({"compose.yaml": f"include: [a.yml]\n{WEB}"}, UNREAD),
    "one of two is not here": ({"compose.yaml": f"include: [a.yml, b.yml]\n{WEB}", "a.yml": WEB}, UNREAD),
    "one of two that are merged is not here": (
        {"compose.yaml": f"include: [{{path: [a.yml, b.yml]}}]\n{WEB}", "a.yml": WEB},
        UNREAD,
    ),
    "a variable tells what is included": (
        {"compose.yaml": f"include: ['${{WHICH}}.yml']\n{WEB}", ".env": "WHICH=a\n", "a.yml": WEB},
        "",
    ),
    "a variable that is unknown tells what is included": (
        {"compose.yaml": f"include: ['${{WHICH}}.yml']\n{WEB}", "a.yml": WEB},
        UNREAD,
    ),
    "what is included is elsewhere": (
        {"compose.yaml": f"include: ['https://github.com/acme/x.git']\n{WEB}"},
        UNREAD,
    ),
    "what is included is no compose file": ({"compose.yaml": f"include: [a.yml]\n{WEB}", "a.yml": "a: b\n"}, UNREAD),
    "what is included includes what is not here": (
        {"compose.yaml": f"include: [a.yml]\n{WEB}", "a.yml": f"include: [b.yml]\n{WEB}"},
        UNREAD,
    ),
    "files include each other": (
        {"compose.yaml": f"include: [a.yml]\n{WEB}", "a.yml": f"include: [compose.yaml]\n{WEB}"},
        "",
    ),
    "a chain of includes": (chain(10), ""),
    "a chain of includes that does not end": (chain(60), UNREAD),
}


@pytest.mark.parametrize(("files", "why"), OPEN.values(), ids=OPEN.keys())
def test_whether_all_that_is_included_was_read(
    files: dict[str, str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = project(tmp_path, files, monkeypatch)
    assert found.open == why
    assert "web" in {service.name.text for service in found.model.services}


def extending(extends: str, more: str = "") -> dict[str, str]:
    return {"compose.yaml": f"services:\n  web: {{extends: {extends}}}\n  db: {{image: x}}\n{more}"}


DEEP = "".join(f"  s{n}: {{extends: s{n + 1}}}\n" for n in range(60)) + "  s60: {image: x}\n"

UNFOLLOWED: dict[str, tuple[dict[str, str], set[str]]] = {
    "a service of the file": (extending("{service: db}"), set()),
    "a service by its name alone": (extending("db"), set()),
    "a service that is not here": (extending("{service: nobody}"), {"web"}),
    "a file that is not here": (extending("{file: a.yml, service: db}"), {"web"}),
    "a file that a variable names": (extending("{file: '${A}.yml', service: db}"), {"web"}),
    "a service that is not in the other file": (extending("{file: a.yml, service: db}") | {"a.yml": WEB}, {"web"}),
    "what is extended extends what is not here": (extending("x", "  x: {extends: nobody}\n"), {"web", "x"}),
    "itself": (extending("web"), {"web"}),
    "one another": (extending("x", "  x: {extends: web}\n"), {"web", "x"}),
    "a long way": (extending("s45", DEEP), {f"s{n}" for n in range(39)}),
}


@pytest.mark.parametrize(("files", "services"), UNFOLLOWED.values(), ids=UNFOLLOWED.keys())
def test_services_whose_base_was_not_read(
    files: dict[str, str], services: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = project(tmp_path, files, monkeypatch)
    assert found.unfollowed == services


@pytest.mark.parametrize(
    ("files", "name", "named"),
    [
        pytest.param({"My.App_1/compose.yaml": WEB}, "myapp_1", False, id="the directory's"),
        pytest.param({"-_x/compose.yaml": WEB}, "x", False, id="the directory's, without what no name begins with"),
        pytest.param({"a/compose.yaml": f"name: Shop\n{WEB}"}, "shop", True, id="that of the file"),
        pytest.param(
            {"a/compose.yaml": f"name: one\n{WEB}", "a/compose.override.yaml": f"name: two\n{WEB}"},
            "two",
            True,
            id="that of the last file",
        ),
        pytest.param(
            {"a/compose.yaml": f"name: one\n{WEB}", "a/.env": "COMPOSE_PROJECT_NAME=env\n"},
            "env",
            True,
            id="that of the environment before that of the file",
        ),
        pytest.param(
            {"a/compose.yaml": f"name: 'p-${{X}}'\n{WEB}", "a/.env": "X=1\n"}, "p-1", True, id="one with a variable"
        ),
        pytest.param({"a/compose.yaml": f"name: 'p-${{X}}'\n{WEB}"}, "a", False, id="one that nobody knows"),
    ],
)
def test_name_of_a_project(
    files: dict[str, str], name: str, named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = project(tmp_path, files, monkeypatch)
    assert (found.name, found.named) == (name, named)


@pytest.mark.parametrize(
    ("directory", "written", "path"),
    [
        ("", "./a", "a"),
        ("ops", "../a/./b/", "a/b"),
        ("ops", "..", "."),
        ("ops", "../../a", "../a"),
        ("ops", "/a", "/a"),
        ("ops", "~/a", "~/a"),
        ("ops", ".\\a\\b", "ops/a/b"),
        ("ops", "C:\\a", "C:\\a"),
    ],
)
def test_path_of_the_host(directory: str, written: str, path: str) -> None:
    assert host_path(directory, written) == path
