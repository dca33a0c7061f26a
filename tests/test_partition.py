"""Which stacks belong together: small repositories, their groups, and the reasons that join them."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from obslint import engine, graph
from obslint.facts.compose import ComposeFile
from obslint.graph import Declared, nodes
from obslint.graph.partition import Group, partition

TARGETS = "scrape_configs: [{job_name: a, static_configs: [{targets: ['web:80']}]}]\n"


def service(name: str = "web", keys: str = "", top: str = "", image: str = "nginx:1.29") -> str:
    """A compose file with one service; `keys` are more of the service's, `top` more of the file's."""
    return f"services: {{{name}: {{image: '{image}', {keys}}}}}\n{top}\n"


def groups(
    root: Path, files: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, declared: Mapping[str, Sequence[str]]
) -> list[Group]:
    (root / ".git").mkdir()
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    monkeypatch.chdir(root)
    options = engine.Options([Path()], declared=graph.Declared(stacks=declared))
    loaded = engine.load(options)
    assert not loaded.crashes
    return engine.link(loaded, options).groups


def shown(group: Group) -> str:
    return "; ".join([", ".join(stack.name for stack in group.stacks), *(bond.why for bond in group.bonds)])


@dataclass(frozen=True)
class Situation:
    """Files, and the groups they make: the stacks of each, then the reasons."""

    files: Mapping[str, str]
    groups: Sequence[str]
    declared: Mapping[str, Sequence[str]] = field(default_factory=dict)


EXTERNAL = "networks: {proxy: {external: true}}"
APART = ["a/compose.yaml", "b/compose.yaml"]

SITUATIONS = {
    "nothing": Situation({}, []),
    "a base with and without an added file": Situation(
        {
            "compose.yaml": service(),
            "m.yml": service("db"),
            "up.sh": "docker compose -f compose.yaml -f m.yml up\n",
        },
        ["compose.yaml, compose.yaml + m.yml; both use compose.yaml"],
    ),
    "two stacks that include one file": Situation(
        {
            "a/compose.yaml": "include: [../lib/db.yml]\n" + service(),
            "b/compose.yaml": "include: [../lib/db.yml]\n" + service(),
            "lib/db.yml": service("db"),
        },
        ["a/compose.yaml, b/compose.yaml; both use lib/db.yml"],
    ),
    "two stacks that extend one file": Situation(
        {
            "a/compose.yaml": "services: {web: {extends: {file: ../lib/base.yml, service: base}}}\n",
            "b/compose.yaml": "services: {web: {extends: {file: ../lib/base.yml, service: base}}}\n",
            "lib/base.yml": service("base"),
        },
        ["a/compose.yaml, b/compose.yaml; both use lib/base.yml"],
    ),
    "one name of a project": Situation(
        {"a/compose.yaml": service(top="name: shop"), "b/compose.yaml": service(top="name: shop")},
        ["a/compose.yaml, b/compose.yaml; both are the project `shop`"],
    ),
    "one name of a project in `.env`": Situation(
        {
            "a/compose.yaml": service(top="name: shop"),
            "b/compose.yaml": service(),
            "b/.env": "COMPOSE_PROJECT_NAME=shop\n",
        },
        ["a/compose.yaml, b/compose.yaml; both are the project `shop`"],
    ),
    "one name of a project on the command line": Situation(
        {
            "a/compose.yaml": service(),
            "b/compose.yaml": service(),
            "a.sh": "docker compose -p shop -f a/compose.yaml up\n",
            "b.sh": "docker compose -p shop -f b/compose.yaml up\n",
        },
        ["a/compose.yaml, b/compose.yaml; both are the project `shop`"],
    ),
    "names of projects that a variable decides": Situation(
        {"a/compose.yaml": service(top="name: '${P}'"), "b/compose.yaml": service(top="name: '${P}'")}, APART
    ),
    "different names of projects": Situation(
        {"a/compose.yaml": service(top="name: one"), "b/compose.yaml": service(top="name: two")}, APART
    ),
    "one directory": Situation(
        {"compose.yaml": service(), "monitoring.yml": service("db")},
        ["compose.yaml, monitoring.yml; both run in the same directory"],
    ),
    "one directory below the root": Situation(
        {"ops/a.yml": service(), "ops/b.yml": service("db")}, ["ops/a.yml, ops/b.yml; both run in ops"]
    ),
    "one directory, projects of different names": Situation(
        {"a.yml": service(top="name: one"), "b.yml": service(top="name: two")}, ["a.yml", "b.yml"]
    ),
    "a file that both mount": Situation(
        {
            "a/compose.yaml": service(keys="volumes: ['../conf/x.conf:/x']"),
            "b/compose.yaml": service(keys="volumes: ['../conf/x.conf:/y']"),
            "conf/x.conf": "x",
        },
        ["a/compose.yaml, b/compose.yaml; both mount conf/x.conf"],
    ),
    "a directory that both mount": Situation(
        {
            "a/compose.yaml": service(keys="volumes: ['../dashboards:/x']"),
            "b/compose.yaml": service(keys="volumes: [{type: bind, source: ../dashboards, target: /y}]"),
        },
        ["a/compose.yaml, b/compose.yaml; both mount dashboards"],
    ),
    "a config that both hand out": Situation(
        {
            f"{name}/compose.yaml": service(keys="configs: [x]", top="configs: {x: {file: ../x.conf}}")
            for name in ("a", "b")
        },
        ["a/compose.yaml, b/compose.yaml; both mount x.conf"],
    ),
    "files of one name": Situation(
        {f"{name}/compose.yaml": service(keys="volumes: ['./x.conf:/x']") for name in ("a", "b")}, APART
    ),
    "the Docker socket": Situation(
        {
            f"{name}/compose.yaml": service(keys="volumes: ['/var/run/docker.sock:/var/run/docker.sock']")
            for name in ("a", "b")
        },
        APART,
    ),
    "directories of the host": Situation(
        {f"{name}/compose.yaml": service(keys="volumes: ['/srv/data:/d', '~/x:/x']") for name in ("a", "b")}, APART
    ),
    "the whole repository": Situation(
        {f"{name}/compose.yaml": service(keys="volumes: ['..:/src:ro']") for name in ("a", "b")}, APART
    ),
    "a directory that holds the stacks": Situation(
        {
            "apps/a/compose.yaml": service(keys="volumes: ['..:/src:ro']"),
            "apps/b/compose.yaml": service(keys="volumes: ['..:/src:ro']"),
        },
        ["apps/a/compose.yaml", "apps/b/compose.yaml"],
    ),
    "a directory beyond the repository": Situation(
        {f"{name}/compose.yaml": service(keys="volumes: ['../../data:/d']") for name in ("a", "b")}, APART
    ),
    "a mount that a variable decides": Situation(
        {f"{name}/compose.yaml": service(keys="volumes: ['../${X}:/x']") for name in ("a", "b")}, APART
    ),
    "an external network": Situation(
        {
            f"{name}/compose.yaml": service(keys="networks: [proxy]", top="networks: {proxy: {external: true}}")
            for name in ("a", "b")
        },
        ["a/compose.yaml, b/compose.yaml; both use the network `proxy`"],
    ),
    "a network that one makes and the other joins": Situation(
        {
            "a/compose.yaml": service(keys="networks: [x]", top="networks: {x: {name: proxy}}"),
            "b/compose.yaml": service(keys="networks: [proxy]", top="networks: {proxy: {external: true}}"),
        },
        ["a/compose.yaml, b/compose.yaml; both use the network `proxy`"],
    ),
    "the default network of the other's directory": Situation(
        {
            "a/compose.yaml": service(),
            "b/compose.yaml": service(keys="networks: [x]", top="networks: {x: {external: true, name: a_default}}"),
        },
        ["a/compose.yaml, b/compose.yaml; both use the network `a_default`"],
    ),
    "the default network of one of two directories of that name": Situation(
        {
            "x/a/compose.yaml": service(),
            "y/a/compose.yaml": service(),
            "b/compose.yaml": service(keys="networks: [x]", top="networks: {x: {external: true, name: a_default}}"),
        },
        ["b/compose.yaml", "x/a/compose.yaml", "y/a/compose.yaml"],
    ),
    "a directory that is called like the other's project": Situation(
        {"a/compose.yaml": service(), "b/compose.yaml": service(top="name: a")}, APART
    ),
    "the default network of the other's project": Situation(
        {
            "a/compose.yaml": service(top="name: shop"),
            "b/compose.yaml": service(keys="networks: [x]", top="networks: {x: {external: true, name: shop_default}}"),
        },
        ["a/compose.yaml, b/compose.yaml; both use the network `shop_default`"],
    ),
    "an external network that no service joins": Situation(
        {f"{name}/compose.yaml": service(top="networks: {proxy: {external: true}}") for name in ("a", "b")}, APART
    ),
    "networks of one key": Situation(
        {
            f"{name}/compose.yaml": service(keys="networks: [backend]", top="networks: {backend: }")
            for name in ("a", "b")
        },
        APART,
    ),
    "a network that a variable names": Situation(
        {
            f"{name}/compose.yaml": service(keys="networks: [x]", top="networks: {x: {external: true, name: '${NET}'}}")
            for name in ("a", "b")
        },
        APART,
    ),
    "the host's network": Situation(
        {f"{name}/compose.yaml": service(keys="network_mode: host") for name in ("a", "b")}, APART
    ),
    "an external volume": Situation(
        {
            f"{name}/compose.yaml": service(keys="volumes: ['data:/d']", top="volumes: {data: {external: true}}")
            for name in ("a", "b")
        },
        ["a/compose.yaml, b/compose.yaml; both use the volume `data`"],
    ),
    "volumes of one key": Situation(
        {f"{name}/compose.yaml": service(keys="volumes: ['data:/d']", top="volumes: {data: }") for name in ("a", "b")},
        APART,
    ),
    "a Make target": Situation(
        {
            "a/compose.yaml": service(),
            "b/compose.yaml": service(),
            "Makefile": "up:\n\tdocker compose -f a/compose.yaml up\n\tdocker compose -f b/compose.yaml up\n",
        },
        ["a/compose.yaml, b/compose.yaml; Makefile#up runs both"],
    ),
    "two Make targets": Situation(
        {
            "a/compose.yaml": service(),
            "b/compose.yaml": service(),
            "Makefile": "a:\n\tdocker compose -f a/compose.yaml up\nb:\n\tdocker compose -f b/compose.yaml up\n",
        },
        APART,
    ),
    "services of one name": Situation({"a/compose.yaml": service("redis"), "b/compose.yaml": service("redis")}, APART),
    "directories of one name": Situation(
        {"a/ops/compose.yaml": service(), "b/ops/compose.yaml": service()}, ["a/ops/compose.yaml", "b/ops/compose.yaml"]
    ),
    "directories of one name, networks of one key": Situation(
        {
            f"{name}/ops/compose.yaml": service(
                keys="networks: [x], volumes: ['d:/d']", top="networks: {x: }\nvolumes: {d: }"
            )
            for name in ("a", "b")
        },
        ["a/ops/compose.yaml", "b/ops/compose.yaml"],
    ),
    "what joins is passed on": Situation(
        {
            "a/compose.yaml": service(top="name: shop"),
            "b/compose.yaml": service(keys="networks: [proxy]", top=f"name: shop\n{EXTERNAL}"),
            "c/compose.yaml": service(keys="networks: [proxy]", top=EXTERNAL),
        },
        ["a/compose.yaml, b/compose.yaml, c/compose.yaml; both are the project `shop`; both use the network `proxy`"],
    ),
    "one reason is enough": Situation(
        {
            "a/compose.yaml": service(keys="networks: [proxy]", top=f"name: shop\n{EXTERNAL}"),
            "b/compose.yaml": service(keys="networks: [proxy]", top=f"name: shop\n{EXTERNAL}"),
        },
        ["a/compose.yaml, b/compose.yaml; both are the project `shop`"],
    ),
    "a config below the stack that nothing loads": Situation(
        {"a/compose.yaml": service(), "a/conf/prometheus.yml": TARGETS},
        ["a/compose.yaml, a/conf/prometheus.yml; the nearest stack"],
    ),
    "a config above the stack": Situation(
        {"a/compose.yaml": service(), "prometheus.yml": TARGETS},
        ["a/compose.yaml, prometheus.yml; the nearest stack"],
    ),
    "a config beside the stack's directory": Situation(
        {"a/compose.yaml": service(), "conf/prometheus.yml": TARGETS},
        ["a/compose.yaml, conf/prometheus.yml; the nearest stack"],
    ),
    "a config far away": Situation(
        {"a/compose.yaml": service(), "x/y/prometheus.yml": TARGETS}, ["a/compose.yaml", "x/y/prometheus.yml"]
    ),
    "a config with a nearer stack": Situation(
        {"compose.yaml": service(), "a/compose.yaml": service(), "a/conf/prometheus.yml": TARGETS},
        [
            "a/compose.yaml, a/conf/prometheus.yml; the nearest stack",
            "compose.yaml",
        ],
    ),
    "a config between two stacks": Situation(
        {"a/compose.yaml": service(), "b/compose.yaml": service(), "prometheus.yml": TARGETS},
        [*APART, "prometheus.yml"],
    ),
    "a config between two stacks of one group": Situation(
        {
            "a/compose.yaml": service(top="name: shop"),
            "b/compose.yaml": service(top="name: shop"),
            "prometheus.yml": TARGETS,
        },
        ["a/compose.yaml, b/compose.yaml, prometheus.yml; both are the project `shop`; the nearest stack"],
    ),
    "configs without any stack": Situation(
        {"a/prometheus.yml": TARGETS, "b/prometheus.yml": TARGETS}, ["a/prometheus.yml", "b/prometheus.yml"]
    ),
    "what obslint.yaml says": Situation(
        {"a/compose.yaml": service(), "b/compose.yaml": service(), "c/compose.yaml": service()},
        ["a/compose.yaml, b/compose.yaml; obslint.yaml counts both to `shop`", "c/compose.yaml"],
        {"shop": ["a", "b/*.yaml"]},
    ),
    "what obslint.yaml says of a config far away": Situation(
        {"a/compose.yaml": service(), "x/y/prometheus.yml": TARGETS},
        ["a/compose.yaml, x/y/prometheus.yml; obslint.yaml counts both to `shop`"],
        {"shop": ["a", "x"]},
    ),
    "what obslint.yaml says of one file of a stack": Situation(
        {
            "compose.yaml": service(),
            "compose.override.yaml": service(),
            "b/compose.yaml": service(),
        },
        ["b/compose.yaml, compose.yaml + compose.override.yaml; obslint.yaml counts both to `shop`"],
        {"shop": ["compose.override.yaml", "b"]},
    ),
    "what obslint.yaml says of nothing that is here": Situation(
        {"a/compose.yaml": service(), "b/compose.yaml": service()}, APART, {"shop": ["nowhere", "a"], "empty": []}
    ),
    "a pattern that obslint.yaml takes back": Situation(
        {"a/compose.yaml": service(), "b/compose.yaml": service(), "c/compose.yaml": service()},
        ["a/compose.yaml, c/compose.yaml; obslint.yaml counts both to `shop`", "b/compose.yaml"],
        {"shop": ["*.yaml", "!b/compose.yaml"]},
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_partition(situation: Situation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = groups(tmp_path, situation.files, monkeypatch, situation.declared)
    assert [shown(group) for group in found] == list(situation.groups)
    assert [sorted({stack.group for stack in group.stacks}) for group in found] == [[n] for n in range(len(found))]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"ops/compose.yaml": service(top="name: shop")}, "shop"),
        ({"ops/compose.yaml": service()}, "ops"),
        ({"ops/prometheus.yml": TARGETS}, "ops"),
        ({"prometheus.yml": TARGETS}, "prometheus.yml"),
    ],
    ids=["the project's", "the directory's, which Compose takes for it", "the directory's", "the file's"],
)
def test_name_of_a_group(files: Mapping[str, str], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (group,) = groups(tmp_path, files, monkeypatch, {})
    assert group.name == name


def test_groups_do_not_depend_on_the_order_of_the_stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        **{f"{name}/compose.yaml": service(keys="networks: [proxy]", top=EXTERNAL) for name in "abc"},
        **{f"{name}/compose.yaml": service(top="name: shop") for name in "def"},
        **{f"{name}/conf/prometheus.yml": TARGETS for name in "adg"},
        "g/compose.yaml": service(),
    }
    stacks = [stack for group in groups(tmp_path, files, monkeypatch, {}) for stack in group.stacks]

    def members() -> set[frozenset[str]]:
        return {frozenset(stack.name for stack in group.stacks) for group in partition(stacks, Declared())}

    before = members()
    assert len(before) == 3
    for seed in range(5):
        random.Random(seed).shuffle(stacks)
        assert members() == before


def test_a_long_chain_of_stacks_is_one_group() -> None:
    stacks = [
        nodes.Stack(f"{n}.yml", str(n), included=frozenset((f"x{n}", f"x{n + 1}")), files=(f"{n}.yml",))
        for n in range(3000)
    ]
    for stack in stacks:
        stack.compose = ComposeFile(stack.name, None, (), (), (), (), (), ())
    (group,) = partition(list(reversed(stacks)), Declared())
    assert len(group.bonds) == len(stacks) - 1
