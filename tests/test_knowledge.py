"""The catalogue of container images: its data are sound, and looking into it is cheap."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import GenericAlias
from typing import Any, get_args, get_origin, get_type_hints

import pydantic
import pytest
import yaml

from obslint import knowledge
from obslint.kinds import KINDS
from obslint.knowledge import (
    Component,
    ConfigFile,
    DataPath,
    Fact,
    component_for,
    components,
    identity_labels,
)

DATA = Path(knowledge.__file__).with_name("components.yaml")
# Reference material that is not part of the project; a checkout without it skips what compares with it.
REFERENCE = Path(os.environ.get("OBSLINT_REFERENCE", Path(__file__).parents[2] / "shared"))

# Components whose metrics the reference lists under another name.
CATALOGUE_NAMES = {
    "jaeger_agent": "jaeger",
    "jaeger_all_in_one": "jaeger",
    "jaeger_collector": "jaeger",
    "jaeger_query": "jaeger",
    "otel_collector_contrib": "otel_collector",
    "rabbitmq_exporter": "rabbitmq_exporter_kbudde",
    "vminsert": "victoria_metrics",
    "vmselect": "victoria_metrics",
    "vmstorage": "victoria_metrics",
}
# Jaeger 2 is an OpenTelemetry Collector and serves its metrics as that does; the reference lists version 1.
NOT_IN_CATALOGUE = {"jaeger"}


@functools.cache
def raw_entries() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.load(DATA.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return entries


def strict_model(made: Any) -> type[pydantic.BaseModel]:
    """A pydantic model with the fields of a dataclass of the loader, that refuses unknown keys and coerced values."""
    hints = get_type_hints(made)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(made):
        default = ... if field.default is dataclasses.MISSING else field.default
        fields[field.name] = (_strict(hints[field.name]), default)
    config = pydantic.ConfigDict(strict=True, extra="forbid", str_min_length=1)
    return pydantic.create_model(made.__name__, __config__=config, **fields)


def _strict(hint: Any) -> Any:
    part = next((arg for arg in get_args(hint) if dataclasses.is_dataclass(arg)), None)
    if part is None:
        return hint
    model = strict_model(part)
    return GenericAlias(tuple, (model, ...)) if get_origin(hint) is tuple else model | None


Entry = strict_model(Component)


def ports(component: Component) -> Iterator[int]:
    yield from (listen.port for listen in component.listens)
    yield from (endpoint.port for endpoint in (component.exporter, component.metrics) if endpoint)


def facts(component: Component) -> Iterator[Fact]:
    yield from component.listens
    yield from component.config
    yield from component.data
    yield from component.connects
    yield from component.apis
    yield from (endpoint for endpoint in (component.exporter, component.metrics) if endpoint)


every_component = pytest.mark.parametrize("name", sorted(components()))


@pytest.mark.parametrize("raw", raw_entries(), ids=lambda raw: str(raw.get("id")))
def test_entry_has_only_known_keys_and_right_types(raw: dict[str, Any]) -> None:
    Entry.model_validate_json(json.dumps(raw))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"colour": "red"}, id="an unknown key"),
        pytest.param({"listens": [{"port": "9090", "purpose": "api"}]}, id="a port that is text"),
        pytest.param({"listens": [{"port": 9090, "purpose": "api", "flag": "x"}]}, id="an unknown key of a port"),
        pytest.param({"role": "database"}, id="an unknown role"),
        pytest.param({"images": "prom/prometheus"}, id="a name where a list is due"),
        pytest.param({"source": ""}, id="an empty source"),
        pytest.param({"connects": [{"kind": "gossip", "flags": ["a"]}]}, id="a connection for an unknown end"),
        pytest.param({"connects": [{"flags": ["a"]}]}, id="a connection that does not say what for"),
        pytest.param({"data": [{"path": "/data", "what": "x"}]}, id="data that does not say whether it is essential"),
    ],
)
def test_the_model_refuses(wrong: dict[str, Any]) -> None:
    entry = {"id": "x", "title": "X", "role": "other", "images": ["x/x"], "source": "x"}
    Entry.model_validate_json(json.dumps(entry))
    with pytest.raises(pydantic.ValidationError):
        Entry.model_validate_json(json.dumps(entry | wrong))


def test_entries_cut_apart_by_text_are_the_entries_of_the_file() -> None:
    assert [entry["id"] for entry in raw_entries()] == list(components())
    claims = [(image, raw["id"]) for raw in raw_entries() for image in raw["images"] + raw.get("forks", [])]
    assert Counter(image for image, _ in claims).most_common(1)[0][1] == 1, "an image is claimed twice"
    for image, name in claims:
        found = component_for(image)
        assert found is not None and found.id == name, f"{image} is not found by its name"


@every_component
def test_images_are_written_as_they_are_looked_up(name: str) -> None:
    component = components()[name]
    for image in component.images + component.forks:
        assert image == knowledge.normalise_repository(image) == image.lower()
        assert re.fullmatch(r"[a-z0-9._/-]+", image), f"{image} has a tag, or is no repository"
        assert not image.startswith("bitnamilegacy/"), "bitnamilegacy/ is looked up as bitnami/"


@every_component
def test_entry_is_coherent(name: str) -> None:
    component = components()[name]
    assert re.fullmatch(r"[a-z0-9_]+", component.id)
    assert component.source.strip()
    assert all(0 < port < 65536 for port in ports(component))
    listening = {listen.port for listen in component.listens}
    for endpoint in (component.exporter, component.metrics):
        assert endpoint is None or endpoint.port in listening, "metrics on a port where nothing listens"
        assert endpoint is None or endpoint.path.startswith("/")
    assert component.role != "exporter" or component.exporter, "an exporter without a port and path"
    assert not component.unauthenticated or component.auth == "none"
    assert component.auth_since is None or component.auth not in ("none", "unknown")


@every_component
def test_names_and_paths_are_in_their_normal_form(name: str) -> None:
    component = components()[name]
    for fact in (*component.listens, *component.connects, *component.config, *component.data, component.retention):
        flags = fact.flags if fact else ()
        assert not any(flag.startswith("-") or "=" in flag for flag in flags), "flags are written without dashes"
    parts: list[ConfigFile | DataPath] = [*component.config, *component.data]
    for part in parts:
        named = (part.path, part.path_if_command_overridden)
        assert all(path is None or (path.startswith("/") and not path.endswith("/")) for path in named)
        assert part.path or part.flags or part.env or getattr(part, "keys", ()) or part.argument, (
            "nothing is said of it"
        )
        assert part.set_by == "command" or part.path_if_command_overridden is None
        assert part.set_by == "binary" or part.path is not None
    for data in component.data:
        assert data.set_by == "config" or data.path_if_config_replaced is None
    for file in component.config:
        assert (file.expands_env == "flag") == (file.expands_env_flag is not None)
        assert file.subdir is None or (file.dir and (file.path or "").endswith("/" + file.subdir))


@every_component
def test_connections_are_named_once_for_one_version(name: str) -> None:
    connects = components()[name].connects
    assert all(one.flags or one.env for one in connects), "nothing carries the address"
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]+", variable) for one in connects for variable in one.env)
    assert all(one.port is None or one.form != "url" for one in connects), "a URL's scheme says the port"
    bounds = {bound for one in connects for bound in (one.since, one.until) if bound}
    for version in {(0,), (999,), *(tuple(map(int, bound.split("."))) for bound in bounds)}:
        names = [name for one in connects if one.applies_to(version) for name in (*one.flags, *one.env)]
        assert len(names) == len(set(names))


@every_component
def test_version_bounds_are_dotted_numbers_without_a_useless_zero(name: str) -> None:
    component = components()[name]
    bounds = [bound for fact in facts(component) for bound in (fact.since, fact.until) if bound]
    for bound in filter(None, [*bounds, component.auth_since]):
        assert re.fullmatch(r"(0\.)?[1-9]\d*(\.[1-9]\d*)*", bound)


@every_component
def test_apis_are_told_once_with_paths_of_the_root(name: str) -> None:
    component = components()[name]
    assert len({api.serves for api in component.apis}) == len(component.apis)
    for path in (path for api in component.apis for path in api.paths):
        assert path == "/" or re.fullmatch(r"(/[a-z0-9*-]+)+", path)
    assert component.apis or component.prefix is None


@every_component
def test_no_port_is_listed_twice_for_one_version(name: str) -> None:
    component = components()[name]
    bounds = {bound for listen in component.listens for bound in (listen.since, listen.until) if bound}
    for version in {(0,), (999,), *(tuple(map(int, bound.split("."))) for bound in bounds)}:
        live = [(listen.port, listen.scheme) for listen in component.listens if listen.applies_to(version)]
        assert len(live) == len(set(live))


def test_ports_agree_with_the_reference_catalogue() -> None:
    catalogue = REFERENCE / "catalogue"
    if not catalogue.is_dir():
        pytest.skip("the reference catalogue is not at hand (OBSLINT_REFERENCE)")
    compared = 0
    for name, component in components().items():
        served = {endpoint.port for endpoint in (component.exporter, component.metrics) if endpoint}
        path = catalogue / f"{CATALOGUE_NAMES.get(name, name)}.json"
        if served and path.is_file() and name not in NOT_IN_CATALOGUE:
            listed = set(json.loads(path.read_text(encoding="utf-8"))["default_ports"])
            assert not listed or served & listed, f"{name}: {sorted(served)} here, {sorted(listed)} there"
            compared += bool(listed)
    assert compared > 50


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("prom/prometheus", "prometheus"),
        ("quay.io/prometheus/prometheus", "prometheus"),
        ("bitnami/prometheus", "prometheus"),
        ("bitnamilegacy/prometheus", "prometheus"),
        ("docker.io/bitnamilegacy/prometheus", "prometheus"),
        ("grafana/grafana-oss", "grafana"),
        ("gcr.io/cadvisor/cadvisor", "cadvisor"),
        ("google/cadvisor", "cadvisor"),
        ("otel/opentelemetry-collector-contrib", "otel_collector_contrib"),
        ("pgvector/pgvector", "postgres"),
        ("docker.redpanda.com/redpandadata/redpanda", "redpanda"),
        ("confluentinc/cp-server", "kafka"),
        ("docker.io/library/redis", "redis"),
        ("index.docker.io/library/redis", "redis"),
        ("registry-1.docker.io/prom/pushgateway", "pushgateway"),
        ("mirror.gcr.io/grafana/loki", "loki"),
        ("public.ecr.aws/docker/library/postgres", "postgres"),
        ("library/postgres", "postgres"),
    ],
)
def test_image_is_known(image: str, name: str) -> None:
    component = component_for(image)
    assert component is not None and component.id == name


@pytest.mark.parametrize(
    "image",
    [
        "registry.example.com/proxy/prom/prometheus",
        "ghcr.io/org/prometheus",
        "prometheus",
        "docker.io/prometheus",
        "localhost:5000/prom/prometheus",
        "quay.io/prom/prometheus",
        "public.ecr.aws/library/postgres",
        "prom/prometheus:v3.0.0",
        "bitnami/kubectl",
        "n8nio/n8n",
        "api",
        "",
    ],
)
def test_image_is_not_guessed(image: str) -> None:
    assert component_for(image) is None


def test_a_fork_keeps_ports_and_names_but_no_paths_nor_authentication() -> None:
    original, fork = component_for("postgres"), component_for("bitnami/postgresql")
    assert original and fork
    assert original.auth == "password" and original.data[0].path == "/var/lib/postgresql/data"
    assert (fork.id, fork.role, fork.auth, fork.auth_off) == ("postgres", "datastore", "unknown", ())
    assert [(listen.port, listen.when) for listen in fork.listens] == [(5432, "optional")]
    assert all(data.path is None for data in fork.data)
    prometheus = component_for("bitnami/prometheus")
    assert prometheus and prometheus.unauthenticated and prometheus.retention
    assert prometheus.retention.default is None and prometheus.retention.flags
    assert [file.path for file in prometheus.config] == [None, None]


@pytest.mark.parametrize(
    ("version", "port"),
    [((2, 7, 2), 80), ((2, 8, 0), 3200), ((3,), 3200)],
    ids=["Tempo 2.7 listens on 80", "Tempo 2.8 listens on 3200", "any Tempo 3 listens on 3200"],
)
def test_facts_follow_the_version(version: tuple[int, ...], port: int) -> None:
    listens = components()["tempo"].listens
    assert [listen.port for listen in listens if listen.purpose == "api" and listen.applies_to(version)] == [port]


@pytest.mark.parametrize("version", [None, (2,)], ids=["no version", "a tag that says 2 and no more"])
def test_a_fact_of_some_versions_is_unknown_for(version: tuple[int, ...] | None) -> None:
    assert [listen.applies_to(version) for listen in components()["tempo"].listens[:2]] == [None, None]


@pytest.mark.parametrize(
    ("version", "auth"),
    [((7, 17, 0), "none"), ((8, 0, 0), "password"), ((8,), "password"), (None, "unknown")],
    ids=["open before 8", "a password in 8.0", "a password in any 8", "unknown without a version"],
)
def test_authentication_of_elasticsearch(version: tuple[int, ...] | None, auth: str) -> None:
    assert components()["elasticsearch"].auth_in(version) == auth


def test_backends_without_login_are_marked() -> None:
    marked = {name for name, component in components().items() if component.unauthenticated}
    stores = {"prometheus", "loki", "tempo", "mimir", "cortex", "thanos", "pyroscope", "jaeger", "zipkin", "quickwit"}
    victoria = {"victoria_metrics", "victoria_logs", "vmagent", "vmalert", "vminsert", "vmselect", "vmstorage"}
    assert stores | victoria | {"alertmanager", "pushgateway", "cadvisor", "otel_collector"} <= marked


@pytest.mark.parametrize(
    "name", ["grafana", "node_exporter", "postgres_exporter", "postgres", "elasticsearch", "vmauth"]
)
def test_component_is_no_open_backend(name: str) -> None:
    assert not components()[name].unauthenticated


@pytest.mark.parametrize(
    ("name", "port", "taken"),
    [("loki", 3100, True), ("otel_collector", 4317, True), ("prometheus", 9090, False), ("grafana", 3000, False)],
    ids=["Loki takes logs", "a collector takes OTLP", "Prometheus takes nothing as shipped", "Grafana takes nothing"],
)
def test_ports_that_take_telemetry(name: str, port: int, taken: bool) -> None:
    assert {listen.takes_telemetry for listen in components()[name].listens if listen.port == port} == {taken}


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("vmagent", "remoteWrite.url", ("remote-write", "url", True, None)),
        ("vminsert", "storageNode", ("cluster", "host-port", True, 8400)),
        ("vmselect", "storageNode", ("cluster", "host-port", True, 8401)),
        ("thanos", "prometheus.url", ("query", "url", False, None)),
        ("kibana", "ELASTICSEARCH_HOSTS", ("search", "url", True, None)),
        ("grafana", "GF_DATABASE_HOST", ("datastore", "host-port", False, None)),
        ("redis_exporter", "REDIS_ADDR", ("monitor", "either", False, 6379)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_component_connects_to(name: str, given: str, expected: tuple[object, ...]) -> None:
    found = [one for one in components()[name].connects if given in (*one.flags, *one.env)]
    assert [(one.kind, one.form, one.many, one.port) for one in found] == [expected]


def test_a_variable_that_later_versions_ignore_connects_nothing() -> None:
    (variable,) = (one for one in components()["elasticsearch_exporter"].connects if one.env)
    assert [variable.applies_to(version) for version in ((1, 3, 0), (1, 4, 0), None)] == [True, False, None]
    fork = component_for("bitnami/grafana")
    assert fork and fork.connects == components()["grafana"].connects


def test_variables_of_any_program_are_those_of_the_sdks() -> None:
    names = [name for one in knowledge.ANY_PROGRAM for name in one.env]
    assert len(names) == len(set(names)) and all(
        re.fullmatch(r"OTEL_EXPORTER_[A-Z_]+_ENDPOINT", name) for name in names
    )
    assert {one.kind for one in knowledge.ANY_PROGRAM if "OTEL_EXPORTER_OTLP_ENDPOINT" in one.env} == {"otlp"}


def test_every_kind_of_file_is_some_components_config_under_its_own_name() -> None:
    named = {file.kind for component in components().values() for file in component.config}
    # Read by Compose, or named in another config of their component.
    assert KINDS.keys() - named <= {"compose", "dockerfile", "env", "dashboard", "file-sd", "loki-rules"}


def test_looking_up_parses_only_what_is_asked_for() -> None:
    script = """if True:
        import sys
        from obslint import knowledge

        assert knowledge.component_for("example/app") is None
        assert "yaml" not in sys.modules, "an unknown image costs a YAML parser"
        yaml_calls = []
        import yaml

        load = yaml.load
        yaml.load = lambda text, Loader: yaml_calls.append(text) or load(text, Loader=Loader)
        assert knowledge.component_for("prom/prometheus").title == "Prometheus"
        assert knowledge.component_for("docker.io/prom/prometheus").title == "Prometheus"
        assert [text.splitlines()[0] for text in yaml_calls] == ["- id: prometheus"]
        assert not any(name in sys.modules for name in ("pydantic", "obslint.parse", "obslint.lang"))
    """
    subprocess.run([sys.executable, "-c", script], check=True)


@every_component
def test_what_is_said_of_health_checks_and_exporters_names_what_is_here(name: str) -> None:
    component = components()[name]
    assert set(component.without_healthcheck) <= set(component.images)
    for exporter in component.exported_by:
        assert components()[exporter].exporter is not None


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        pytest.param(5432, "postgres", id="a database, which a pooler may stand in for"),
        pytest.param(27017, "mongo", id="a database"),
        pytest.param(9092, None, id="a port that its image need not open"),
        pytest.param(9000, None, id="a port where others serve HTTP"),
        pytest.param(6379, None, id="a port where another image serves metrics"),
        pytest.param(9094, None, id="a port between the members of a cluster"),
        pytest.param(1, None, id="a port of nobody"),
    ],
)
def test_ports_that_stand_for_a_protocol(port: int, expected: str | None) -> None:
    found = knowledge.spoken_on(port)
    assert (found.id if found else None) == expected


IDENTITIES: dict[str, dict[str, str]] = yaml.safe_load(
    Path(identity_labels.__file__).with_suffix(".yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", sorted(IDENTITIES))
def test_labels_of_identity_are_on_the_metrics_they_are_told_of(name: str) -> None:
    assert identity_labels.identity_labels(name) == IDENTITIES[name]
    assert name in components()
    catalogue = REFERENCE / "catalogue"
    if not catalogue.is_dir():
        pytest.skip("the reference catalogue of metrics is not part of the project")
    exposed: dict[str, dict[str, Any]] = {}
    for component in (name, "client_golang"):
        exposed |= json.loads((catalogue / f"{component}.json").read_text(encoding="utf-8"))["metrics"]
    for label, metric in IDENTITIES[name].items():
        if label == "le":
            assert exposed[metric.removesuffix("_bucket")]["type"] == "histogram"
        elif label == "quantile":
            assert exposed[metric]["type"] == "summary"
        else:
            assert label in exposed[metric]["labels"]


def test_nothing_is_told_of_labels_of_an_unknown_component() -> None:
    assert identity_labels.identity_labels("nothing") == {}
