"""Traefik: labels, rules, and its own files."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obslint import kinds, parse
from obslint.facts.traefik import TraefikFile
from obslint.findings import Place
from obslint.lang import traefik
from obslint.parse import Document


def document(text: str) -> Document:
    (found,) = parse.load("traefik.yml", dedent(text).lstrip("\n"), "yaml")
    return found


def kind(text: str) -> str | None:
    found = kinds.recognise(document(text))
    return found[0].name if found else None


def read(text: str) -> tuple[TraefikFile, Document]:
    source = document(text)
    assert kind(text) == "traefik"
    facts = kinds.extract(kinds.KINDS["traefik"], source).facts
    assert isinstance(facts, TraefikFile)
    return facts, source


def written(source: Document, place: Place) -> str:
    location = source.locate(place)
    return source.text.line(location.line)[location.column - 1 : location.end_column - 1]


# Labels


def test_labels() -> None:
    found = traefik.labels(
        {
            "traefik.enable": "true",
            "traefik.docker.network": "proxy",
            "traefik.http.routers.grafana.rule": "Host(`grafana.example.com`)",
            "traefik.http.routers.grafana.entrypoints": "web, websecure",
            "traefik.http.routers.grafana.middlewares": "auth@file,limit",
            "traefik.http.routers.grafana.tls.certresolver": "le",
            "traefik.http.routers.Plain.Rule": "PathPrefix(`/`)",
            "traefik.http.routers.plain2.tls": "false",
            "traefik.http.routers.plain2.service": "api@internal",
            "traefik.http.services.grafana.loadbalancer.server.port": "3000",
            "traefik.http.services.grafana.loadbalancer.server.scheme": "h2c",
            "traefik.http.services.far.loadbalancer.server.url": "http://far:1",
            "traefik.http.middlewares.auth.basicauth.users": "a:b",
            "traefik.http.middlewares.auth.basicauth.realm": "c",
            "traefik.tcp.routers.db.rule": "HostSNI(`*`)",
            "com.example.enable": "true",
            "traefik": "x",
            "traefik.http": "x",
        }
    )
    assert found.enabled is True
    assert found.network == traefik.Option("traefik.docker.network", "proxy")
    grafana, plain, plain2, db = found.routers.values()
    assert grafana.rule == traefik.Option("traefik.http.routers.grafana.rule", "Host(`grafana.example.com`)")
    assert (grafana.entry_points, grafana.middlewares, grafana.tls) == (
        ("web", "websecure"),
        ("auth@file", "limit"),
        True,
    )
    assert (plain.name, plain.rule and plain.rule.value, plain.entry_points) == ("Plain", "PathPrefix(`/`)", None)
    assert (plain2.tls, plain2.service and plain2.service.value) == (False, "api@internal")
    assert (db.protocol, db.name) == ("tcp", "db")
    service, far = found.services.values()
    assert service.port and service.scheme and (service.port.value, service.scheme.value) == ("3000", "h2c")
    assert far.url and (far.url.value, far.port) == ("http://far:1", None)
    assert found.middlewares == {"auth": ("basicauth", "traefik.http.middlewares.auth.basicauth.users")}


@pytest.mark.parametrize(("value", "enabled"), [("true", True), ("1", True), ("false", False), ("${X}", None)])
def test_whether_a_container_is_taken_in(value: str, enabled: bool | None) -> None:
    assert traefik.labels({"traefik.enable": value}).enabled is enabled


def test_nothing_said_is_not_known() -> None:
    found = traefik.labels({"a": "b"})
    assert (found.enabled, found.routers, found.services) == (None, {}, {})


# Rules

RULES = {
    "any host": ("Host(`a`)", True),
    "the prefix": ("PathPrefix(`/metrics`)", True),
    "a shorter prefix": ("PathPrefix(`/m`)", True),
    "the root": ("PathPrefix(`/`)", True),
    "a longer prefix": ("PathPrefix(`/metrics/x`)", False),
    "another prefix": ("Host(`a`) && PathPrefix(`/api`)", False),
    "the path": ("Path(`/metrics`)", True),
    "another path": ("Path(`/metric`)", False),
    "one of several paths, as Traefik 2 has them": ("Path(`/a`, `/metrics`)", True),
    "all but the path": ("Host(`a`) && !PathPrefix(`/metrics`)", False),
    "all but another": ("Host(`a`) && !PathPrefix(`/api`)", True),
    "hosts in brackets": ("(Host(`a`) || Host(`b`)) && PathPrefix(`/metrics`)", True),
    "and before or": ("PathPrefix(`/metrics`) || Host(`a`) && Path(`/x`)", True),
    "two hosts at once": ("Host(`a`) && Host(`b`)", None),
    "neither of two brackets": ("!(PathPrefix(`/a`) || PathPrefix(`/metrics`))", False),
    "not not": ("!!Path(`/metrics`)", True),
    "a regex": ("PathRegexp(`^/metr`)", True),
    "another regex": ("PathRegexp(`^/metric$`)", False),
    "a regex that is none": ("PathRegexp(`(`)", None),
    "double quotes": ('PathPrefix("/metrics")', True),
    "any case": ("host(`a`) && pathprefix(`/metrics`)", True),
    "a header may be a guard": ("Host(`a`) && Header(`X-Key`, `b`)", None),
    "a client's address may be a guard": ("ClientIP(`10.0.0.0/8`)", None),
    "a guard on another path": ("ClientIP(`10.0.0.0/8`) && PathPrefix(`/api`)", False),
    "a guard on one of two": ("ClientIP(`10.0.0.0/8`) || Host(`a`)", True),
    "a variable of Traefik 2": ("Path(`/{name}`)", None),
    "a rule of Traefik 1": ("Host:a;PathPrefix:/metrics", None),
    "single quotes": ("PathPrefix('/metrics')", None),
    "an open bracket": ("(Host(`a`)", None),
    "a bracket too many": ("Host(`a`))", None),
    "an operand too few": ("Host(`a`) &&", None),
    "two operands": ("Host(`a`) Path(`/metrics`)", None),
    "no argument": ("Host()", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("rule", "can"), RULES.values(), ids=RULES)
def test_whether_a_rule_can_match_a_path(rule: str, can: bool | None) -> None:
    assert traefik.can_match(rule, "/metrics") is can


@given(
    st.lists(
        st.sampled_from(["Host(`a`)", "Path(`/a`)", "Method(`b`)", "&&", "||", "!", "(", ")", "`", '"', "\\", " "])
    )
)
def test_any_rule_is_judged(parts: list[str]) -> None:
    assert traefik.can_match("".join(parts), "/a") in (True, False, None)


@pytest.mark.parametrize(
    "text", ["!" * 50_000, "(" * 50_000, "Host(`a`)||" * 5000, "A(" + "`a`," * 10_000, "`" * 50_000]
)
def test_nothing_is_said_of_a_long_rule(text: str) -> None:
    assert traefik.can_match(text, "/a") is None


# Files

STATIC = """
    entryPoints:
      web:
        address: ":80"
      websecure:
        address: ":443"
        http:
          middlewares: [auth@file]
    providers:
      docker:
        exposedByDefault: false
        network: proxy
      file:
        directory: /etc/traefik/dynamic
    api:
      insecure: true
    metrics:
      prometheus:
        entryPoint: metrics
        manualRouting: true
    """

DYNAMIC = """
    http:
      routers:
        grafana:
          rule: Host(`grafana.example.com`)
          service: grafana
          entryPoints: [websecure]
          middlewares: [auth]
          tls: {}
        open:
          rule: PathPrefix(`/`)
          service: grafana
      services:
        grafana:
          loadBalancer:
            servers:
              - url: "http://grafana:3000"
              - url: http://10.0.0.2:3000
      middlewares:
        auth:
          basicAuth:
            usersFile: /users
        all:
          chain:
            middlewares: [auth, limit]
    tcp:
      services:
        db:
          loadBalancer:
            servers: [{address: "db:5432"}]
    """


def test_the_static_file() -> None:
    facts, source = read(STATIC)
    web, secure = facts.entry_points
    assert facts.static
    assert web.address and secure.address
    assert [(web.name.text, web.address.text), (secure.name.text, secure.address.text)] == [
        ("web", ":80"),
        ("websecure", ":443"),
    ]
    assert [one.text for one in secure.middlewares] == ["auth@file"]
    (docker,) = facts.docker
    assert (docker.exposed_by_default, docker.network and docker.network.text) == (False, "proxy")
    assert [one.text for one in facts.files] == ["/etc/traefik/dynamic"]
    assert facts.api_insecure and facts.api_insecure.text == "true"
    assert facts.metrics and facts.metrics.entry_point and facts.metrics.manual_routing
    assert (facts.metrics.entry_point.text, written(source, facts.metrics.place)) == ("metrics", "prometheus")


def test_the_dynamic_file() -> None:
    facts, source = read(DYNAMIC)
    grafana, plain = facts.routers
    assert not facts.static
    assert grafana.rule and grafana.service and grafana.entry_points
    assert (grafana.rule.text, grafana.service.text) == ("Host(`grafana.example.com`)", "grafana")
    assert ([one.text for one in grafana.entry_points], [one.text for one in grafana.middlewares], grafana.tls) == (
        ["websecure"],
        ["auth"],
        True,
    )
    assert (plain.entry_points, plain.middlewares, plain.tls) == (None, (), False)
    assert [(one.protocol, one.name.text, [url.text for url in one.urls]) for one in facts.services] == [
        ("http", "grafana", ["http://grafana:3000", "http://10.0.0.2:3000"]),
        ("tcp", "db", ["db:5432"]),
    ]
    assert written(source, facts.services[0].urls[0].place.within(7, 14)) == "grafana"
    assert [(one.name.text, one.type.text, [member.text for member in one.members]) for one in facts.middlewares] == [
        ("auth", "basicAuth", []),
        ("all", "chain", ["auth", "limit"]),
    ]
    assert written(source, facts.middlewares[0].type.place) == "basicAuth"


def test_what_is_switched_on_with_nothing_behind_it() -> None:
    facts, _ = read("entrypoints: {web: {address: ':80'}}\nproviders:\n  docker:\nmetrics:\n  prometheus:\napi:\n")
    assert [docker.exposed_by_default for docker in facts.docker] == [True]
    assert facts.metrics is not None and facts.metrics.entry_point is None
    assert facts.api is not None and facts.api_insecure is None
    off, _ = read("entryPoints: {web: {address: ':80'}}\nproviders: {docker: false}\nmetrics: {prometheus: false}\n")
    assert (off.docker, off.metrics, off.api) == ((), None, None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(STATIC, "traefik", id="a static file"),
        pytest.param(DYNAMIC, "traefik", id="a dynamic file"),
        pytest.param("entryPoints: {web: {address: ':80'}}", "traefik", id="entry points alone"),
        pytest.param("providers: {docker: {}}\nlog: {level: INFO}", "traefik", id="providers and a log"),
        pytest.param("http: {middlewares: {a: {compress: {}}}}", "traefik", id="middlewares alone"),
        pytest.param("providers: {docker: {}}", None, id="providers alone, which others have too"),
        pytest.param(
            "apiVersion: 1\nproviders: [{name: a, type: file, options: {path: /d}}]", "grafana-dashboards", id="Grafana"
        ),
        pytest.param("http: {port: 80}\ntcp: {port: 1}", None, id="other settings of HTTP"),
        pytest.param("http: {services: {a: {port: 1}}}", None, id="other services"),
        pytest.param("http: {routers: {a: {rule: x}}}\nname: b", None, id="other keys at the top"),
        pytest.param("entryPoints: {main: ./main.js}", None, id="a bundler"),
        pytest.param("services: {traefik: {image: traefik, labels: {a: b}}}", "compose", id="a compose file"),
    ],
)
def test_what_is_traefiks(text: str, found: str | None) -> None:
    assert kind(text) == found


def test_a_broken_file_is_traefiks_only_without_doubt() -> None:
    keys = frozenset(("entryPoints", "api"))
    found = kinds.recognise_broken(keys, "entryPoints:\n  web:\n    address: ':80'\n   x: y\napi: {}\n")
    assert found is not None and found[0].name == "traefik"
    assert kinds.recognise_broken(frozenset(("http",)), "http:\n  routers:\n   - a\n  b: c") is None


@pytest.mark.parametrize(
    "value", ["~", "[]", "{}", "1", "text", "[~, 1, [], {}]", "{a: ~, b: [], c: {d: 1}}", "[[[]]]", "true"]
)
@pytest.mark.parametrize("text", [STATIC, DYNAMIC], ids=["static", "dynamic"])
def test_a_value_of_any_shape_in_any_place_is_read(text: str, value: str) -> None:
    source = document(text)
    stack: list[tuple[object, tuple[str | int, ...]]] = [(source.data, ())]
    while stack:
        node, at = stack.pop()
        if isinstance(node, (dict, list)):
            stack += [
                (below, (*at, key)) for key, below in (node.items() if isinstance(node, dict) else enumerate(node))
            ]
        span = source.span(at)
        changed = document(source.text.text[: span.start] + value + source.text.text[span.end :])
        if not changed.problems:
            assert kinds.extract(kinds.KINDS["traefik"], changed).facts is not None
