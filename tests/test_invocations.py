"""Which compose files of a repository its scripts and manuals run together."""

from __future__ import annotations

from pathlib import Path

import pytest

from obslint.discover import Tree
from obslint.engine import Options, load
from obslint.graph.invocations import Invocation, created_networks, created_volumes, invocations
from obslint.lang.interpolation import HOLE


def tree_of(files: dict[str, str], root: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    (root / ".git").mkdir()
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(root)
    return load(Options([Path()])).discovery.tree


def shown(invocation: Invocation) -> str:
    parts = [*invocation.files, f"in {invocation.directory}"]
    parts += [f"-p {invocation.project_name}"] if invocation.project_name else []
    parts += [f"--env-file {file}" for file in invocation.env_files]
    parts += [f"--profile {profile}" for profile in invocation.profiles]
    parts += [] if invocation.complete else ["incomplete"]
    return " ".join((*parts, f"({invocation.evidence})"))


def compose(*paths: str) -> dict[str, str]:
    return dict.fromkeys(paths, "services:\n  web:\n    image: nginx\n")


CASES = {
    "a makefile in a directory": (
        compose("ops/a.yml", "ops/b.yml") | {"ops/Makefile": "up:\n\tdocker compose -f a.yml -f b.yml up\n"},
        ["ops/a.yml ops/b.yml in ops (ops/Makefile:2)"],
    ),
    "a makefile that the root includes": (
        compose("a.yml", "ops/b.yml") | {"ops/x.mk": "up:\n\tdocker compose -f a.yml -f ops/b.yml up\n"},
        ["a.yml ops/b.yml in . (ops/x.mk:2)"],
    ),
    "a script that goes to the root": (
        compose("docker/a.yml") | {"scripts/up.sh": 'cd "$(dirname "$0")/.."\ndocker compose -f docker/a.yml up\n'},
        ["docker/a.yml in docker (scripts/up.sh:2)"],
    ),
    "a script that is run from the root": (
        compose("docker/a.yml") | {"scripts/up.sh": "docker compose -f docker/a.yml up\n"},
        ["docker/a.yml in docker (scripts/up.sh:1)"],
    ),
    "a file by the script's directory": (
        compose("docker/a.yml")
        | {"s/up.sh": 'D="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"\ndocker compose -f "$D/../docker/a.yml" up\n'},
        ["docker/a.yml in docker (s/up.sh:2)"],
    ),
    "the repository's top": (
        compose("docker/a.yml")
        | {"s/up.sh": "cd $(git rev-parse --show-toplevel)\ndocker compose -f docker/a.yml up\n"},
        ["docker/a.yml in docker (s/up.sh:2)"],
    ),
    "the default files": (
        compose("docker-compose.yml", "mon/compose.yaml")
        | {"up.sh": "docker compose up\ncd mon && docker compose up\n"},
        ["in . (up.sh:1)", "in mon (up.sh:2)"],
    ),
    "the default files where a script may be run from two places": (
        compose("docker-compose.yml") | {"scripts/up.sh": "docker compose up\n"},
        ["in . (scripts/up.sh:1)"],
    ),
    "the default files of an unknown directory": (
        compose("docker-compose.yml") | {"up.sh": 'cd "$1"\ndocker compose up\n'},
        [],
    ),
    "the default files where there are none": ({"up.sh": "docker compose up\n"}, []),
    "the default files above": (
        compose("docker-compose.yml") | {"ops/x.txt": "", "up.sh": "cd ops && docker compose up\n"},
        ["in . (up.sh:1)"],
    ),
    "the default files of another machine": (
        compose("docker-compose.yml") | {"up.sh": "cd /opt/app && docker compose up\n"},
        [],
    ),
    "one file that does not exist": (
        compose("a.yml") | {"up.sh": "docker compose -f a.yml -f secret.yml up\n"},
        ["a.yml in . incomplete (up.sh:1)"],
    ),
    "no file that exists": (compose("a.yml") | {"up.sh": "docker compose -f b.yml up\n"}, []),
    "a first file that is unknown": (
        compose("ops/b.yml") | {"up.sh": "docker compose -f $X -f ops/b.yml up\n"},
        ["ops/b.yml in None incomplete (up.sh:1)"],
    ),
    "a file beyond the root": (compose("a.yml") | {"up.sh": "docker compose -f ../../a.yml up\n"}, []),
    "an absolute file": (compose("a.yml") | {"up.sh": "docker compose -f /a.yml up\n"}, []),
    "a project directory": (
        compose("ops/a.yml") | {"up.sh": "docker compose --project-directory . -f ops/a.yml up\n"},
        ["ops/a.yml in . (up.sh:1)"],
    ),
    "names, env files and profiles": (
        compose("ops/a.yml") | {"up.sh": "cd ops\ndocker compose -p x --profile y --env-file ../.env -f a.yml up\n"},
        ["ops/a.yml in ops -p x --env-file .env --profile y (up.sh:2)"],
    ),
    "an unknown profile": (
        compose("a.yml") | {"up.sh": "docker compose --profile $1 -f a.yml up\n"},
        ["a.yml in . incomplete (up.sh:1)"],
    ),
    "the same run twice": (
        compose("a.yml") | {"up.sh": "docker compose -f a.yml pull\ndocker compose -f a.yml up\n"},
        ["a.yml in . (up.sh:1)"],
    ),
    "a manual in a directory": (
        compose("docs/a.yml", "ops/b.yml")
        | {"docs/README.md": "`docker compose -f a.yml up` `docker compose -f ops/b.yml up`"},
        ["docs/a.yml in docs (docs/README.md:1)", "ops/b.yml in ops (docs/README.md:1)"],
    ),
    "a clone": (
        compose("docker-compose.yml") | {"README.md": "```\ngit clone https://x/y/z\ncd z\ndocker compose up\n```\n"},
        ["in . (README.md:4)"],
    ),
    "a workflow starts in the root": (
        compose("a.yml")
        | {".github/workflows/x.yml": "jobs:\n  t:\n    steps:\n      - run: docker compose -f a.yml up\n"},
        ["a.yml in . (.github/workflows/x.yml:4)"],
    ),
    "a comment of a compose file": (
        compose("ops/b.yml")
        | {"ops/docker-compose.a.yml": "# docker compose -f ops/docker-compose.a.yml -f ops/b.yml up\nservices: {}\n"},
        ["ops/docker-compose.a.yml ops/b.yml in ops (ops/docker-compose.a.yml:1)"],
    ),
    "a comment of a file that is none": (
        compose("a.yml") | {"values.yml": "# docker compose -f a.yml up\n"},
        [],
    ),
    "a vendored script": (compose("a.yml") | {"node_modules/x/up.sh": "docker compose -f ../../a.yml up\n"}, []),
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES)
def test_invocations(
    files: dict[str, str], expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [shown(invocation) for invocation in invocations(tree_of(files, tmp_path, monkeypatch))] == expected


def test_paths_are_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree_of(compose("x/a.yml") | {"Makefile": "up:\n\tdocker compose -f x/a.yml up\n"}, tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path / "x")
    found = load(Options([Path("a.yml")])).discovery.tree
    assert [shown(invocation) for invocation in invocations(found)] == ["a.yml in . (../Makefile:2)"]


def test_a_linked_compose_file_is_the_file_it_leads_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tree_of(compose("a.yml") | {"up.sh": "docker compose -f ops/b.yml up\n"}, tmp_path, monkeypatch)
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "b.yml").symlink_to("../a.yml")
    assert [shown(invocation) for invocation in invocations(tree)] == ["a.yml in ops (up.sh:1)"]


def test_commands_of_one_target_share_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    makefile = "up:\n\tdocker compose -f a.yml up\n\tdocker compose -f b.yml up\nx:\n\tdocker compose -f a.yml ps\n"
    found = invocations(tree_of(compose("a.yml", "b.yml") | {"Makefile": makefile}, tmp_path, monkeypatch))
    assert [invocation.group for invocation in found] == ["Makefile#up", "Makefile#up", "Makefile#x"]


def test_networks_and_volumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "up.sh": "docker network create mon\ndocker volume create data\n",
        "README.md": "`docker network create mon` and `docker network create edge`",
        "x.sh": 'docker network create "$NAME"\n',
    }
    tree = tree_of(files, tmp_path, monkeypatch)
    assert created_networks(tree) == {"mon": "up.sh:1", HOLE: "x.sh:1", "edge": "README.md:1"}
    assert created_volumes(tree) == {"data": "up.sh:2"}


def test_scripts_come_before_manuals_and_those_near_the_root_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "z.sh": "echo",
        "a/b/deep.md": "docker compose",
        "top.md": "docker compose",
        "prose.md": "nothing of the kind",
        "package.json": '{"scripts": {"up": "docker compose up"}}',
    }
    tree = tree_of(files, tmp_path, monkeypatch)
    paths = [path for path, _ in tree.scripts()]
    assert paths == ["z.sh", "package.json", "top.md", "a/b/deep.md"]
    assert [path for path, _ in tree.scripts()] == paths


def test_manuals_are_read_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = "docker compose\n" + "x" * (200 << 10)
    files = {f"docs/{number:03}.md": page for number in range(40)} | {"README.md": "docker compose up"}
    found = [path for path, _ in tree_of(files, tmp_path, monkeypatch).scripts()]
    assert found[0] == "README.md"
    assert 10 < len(found) < 25


def test_a_manual_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tree_of({"README.md": "docker compose config > made.yml"}, tmp_path, monkeypatch)
    assert [path for path, _ in tree.scripts()] == ["README.md"]
    assert tree.written_by("made.yml") is None
