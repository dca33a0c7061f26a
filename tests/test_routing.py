"""The walk through Alertmanager's routing tree: what is known of an alert, and who is told of it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obslint import kinds, parse
from obslint.facts.alertmanager import AlertmanagerFile, Route
from obslint.facts.common import Entry, Relabel, Scalar
from obslint.facts.prometheus import Rule
from obslint.findings import Place
from obslint.graph import alert_labels as alert_labels_module
from obslint.graph.alert_labels import ANY_LABELS, SymbolicLabels, alert_labels
from obslint.graph.answers import Verdict
from obslint.graph.routing import continuations, deliveries
from obslint.lang.label_values import contradictory, holds
from obslint.lang.matchers import Matcher
from obslint.lang.matchers import parse as parse_matchers

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
AMTOOL = shutil.which("amtool")
HERE = Place("alertmanager.yml")


def matcher(text: str) -> Matcher:
    (found,) = parse_matchers(text)
    return found


def root(text: str) -> Route:
    (document,) = parse.load("alertmanager.yml", text, "yaml")
    found = kinds.extract(kinds.KINDS["alertmanager"], document).facts
    assert isinstance(found, AlertmanagerFile) and found.route is not None
    return found.route


def told(tree: Route, labels: SymbolicLabels = ANY_LABELS) -> list[tuple[str, bool]]:
    return [(str(found.receiver), found.certain) for found in deliveries(tree, labels)]


def closed(**values: str | None) -> SymbolicLabels:
    return SymbolicLabels(values, open=False)


# Values of one label


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["a=x"], False),
        (["a=x", "a=y"], True),
        (["a=x", "a!=x"], True),
        (["a=x", 'a=~"x|y"'], False),
        (["a=z", 'a=~"x|y"'], True),
        (["a=z", 'a=~"^(x|y)$"'], True),
        (['a=~"x|y"', 'a=~"y|z"'], False),
        (['a=~"x|y"', 'a=~"z|w"'], True),
        (['a=~"x|y"', "a!=x", "a!=y"], True),
        (['a=~"(x|y)"', 'a!~"x|y"'], True),
        (['a=~"1\\\\.2"', 'a="1.2"'], False),
        (['a=~"1\\\\.2"', 'a="1x2"'], True),
        (['a=~"web-.*"', 'a=~"db-.*"'], False),  # not known, so possible
        (['a=~"web-.*"', 'a!~"web-.*"'], True),
        (['a=~"web-.*"', "a=db-1"], True),
        (['a!~".*"'], True),
        (['a=~".+"', 'a=""'], True),
        (['a!~".+"', "a=x"], True),
        (['a=~".+"', 'a!=""'], False),
        (['a=~".*"', 'a=""'], False),
        (["a!=x", "a!=y"], False),
    ],
    ids=repr,
)
def test_contradictions(texts: list[str], expected: bool) -> None:
    assert contradictory([matcher(text) for text in texts]) is expected


VALUES = ["", "x", "y", "xy", "1.2", "web-1"]
CONDITIONS = st.builds(
    Matcher,
    st.just("a"),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.sampled_from([*VALUES, ".*", ".+", "x|y", "(x|y)", "^x$|y", r"1\\.2", "x.*", "[xy]+", "x?"]),
)


@given(st.lists(CONDITIONS, max_size=4), st.sampled_from(VALUES))
def test_what_a_value_fulfils_is_no_contradiction(conditions: list[Matcher], value: str) -> None:
    if contradictory(conditions):
        assert not all(holds(condition, value) for condition in conditions)
    for condition in conditions:
        assert holds(condition, value) is not holds(condition.negated, value)


# Labels


def test_a_matcher_asks_for_the_empty_value_of_a_label_that_is_missing() -> None:
    assert closed().fulfils(matcher('team=""')) is YES
    assert closed().fulfils(matcher("team!=x")) is YES
    assert closed().fulfils(matcher('team=~"x|y"')) is NO
    assert ANY_LABELS.fulfils(matcher('team=""')) is UNKNOWN
    assert ANY_LABELS.fulfils(matcher('team=~".*"')) is YES
    assert ANY_LABELS.fulfils(matcher('team!~".*"')) is NO
    assert closed(team=None).fulfils(matcher("team=x")) is UNKNOWN


def test_what_was_fulfilled_is_known_from_then_on() -> None:
    given_ = ANY_LABELS.given(matcher('team=~"a|b"'))
    assert given_.fulfils(matcher("team=c")) is NO
    assert given_.fulfils(matcher("team!=c")) is YES
    assert given_.fulfils(matcher("team=a")) is UNKNOWN
    assert given_.given(matcher("team!=a")).fulfils(matcher("team=b")) is YES
    assert ANY_LABELS.given(matcher("team=a")).value("team") == "a"


def entry(name: str, value: str) -> Entry:
    return Entry(Scalar(name, HERE), Scalar(value, HERE))


def rule(name: str, **labels: str) -> Rule:
    written = tuple(entry(name, value) for name, value in labels.items())
    return Rule(Scalar(name, HERE), Scalar("up == 0", HERE), True, written, ())


def step(action: str | None = None, regex: str | None = None, target: str | None = None, to: str | None = None,
         sources: tuple[str, ...] = ()) -> Relabel:  # fmt: skip
    def made(text: str | None) -> Scalar | None:
        return None if text is None else Scalar(text, HERE)

    named = tuple(Scalar(name, HERE) for name in sources)
    return Relabel(HERE, made(action), named, None, made(regex), made(target), made(to))


def test_labels_of_an_alert() -> None:
    alert = rule("Down", severity="page", team="{{ $labels.team }}", alertname="other", zone="")
    labels = alert_labels(alert, external=[entry("cluster", "eu"), entry("severity", "none")])
    assert labels.value("alertname") == "Down"
    assert labels.value("severity") == "page"
    assert labels.value("team") is None
    assert labels.value("zone") == ""
    assert labels.value("__name__") == ""
    assert labels.value("cluster") is None, "the expression may yield one of its own"
    exact = alert_labels(alert, closed(job="api"), [entry("cluster", "eu"), entry("job", "x"), entry("env", "$ENV")])
    assert [exact.value(name) for name in ("cluster", "job", "env", "other")] == ["eu", "api", None, ""]


def test_an_external_label_may_stand_in_for_one_that_the_expression_excludes() -> None:
    result = ANY_LABELS.given(matcher("cluster!=eu"))
    assert alert_labels(rule("Down"), result).fulfils(matcher("cluster=eu")) is NO
    assert alert_labels(rule("Down"), result, [entry("cluster", "eu")]).fulfils(matcher("cluster=eu")) is UNKNOWN


@pytest.mark.parametrize(
    ("relabel", "expected"),
    [
        (step(target="severity", to="none"), ("Down", "none", "a")),
        (step(target="severity", sources=("team",)), ("Down", None, "a")),
        (step(target="severity", to="none", regex="x"), ("Down", None, "a")),
        (step("labeldrop", "sev.*"), ("Down", "", "a")),
        (step("labelkeep", "sev.*|alertname"), ("Down", "page", "")),
        (step("drop", "x", sources=("team",)), ("Down", "page", "a")),
        (step("labelmap", "(.*)"), (None, None, None)),
        (step("lowercase", target="team", sources=("team",)), ("Down", "page", None)),
        (step("labeldrop", "("), (None, None, None)),
    ],
)
def test_alert_relabelling(relabel: Relabel, expected: tuple[str | None, ...]) -> None:
    labels = alert_labels(rule("Down", severity="page", team="a"), closed(), relabels=[relabel])
    assert tuple(labels.value(name) for name in ("alertname", "severity", "team")) == expected


# The walk

TREE = """
route:
  receiver: default
  routes:
    - matchers: [team="db"]
      receiver: dba
      continue: true
      routes:
        - matchers: [severity="critical"]
          receiver: pager
    - match: {severity: critical}
      receiver: page
    - match_re: {severity: "warning|info"}
      receiver: chat
receivers: [{name: default}, {name: dba}, {name: pager}, {name: page}, {name: chat}]
"""


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (closed(), [("default", True)]),
        (closed(severity="critical"), [("page", True)]),
        (closed(team="db", severity="critical"), [("pager", True), ("page", True)]),
        (closed(team="db", severity="info"), [("dba", True), ("chat", True)]),
        (closed(team="db"), [("dba", True)]),
        (closed(severity=None), [("page", False), ("chat", False), ("default", False)]),
        (closed(team="db", severity=None), [("pager", False), ("dba", False), ("page", False), ("chat", False)]),
        (closed(team=None, severity="critical"), [("pager", False), ("page", True)]),
        (ANY_LABELS, [("pager", False), ("dba", False), ("page", False), ("chat", False), ("default", False)]),
    ],
)
def test_who_is_told(labels: SymbolicLabels, expected: list[tuple[str, bool]]) -> None:
    assert told(root(TREE), labels) == expected


def test_what_no_alert_can_reach_is_left_out() -> None:
    tree = root("""
route:
  receiver: default
  routes:
    - {matchers: [severity="critical"], receiver: first}
    - {matchers: [severity="critical"], receiver: shadowed}
    - {matchers: [severity!="critical"], receiver: others}
    - {matchers: [team="db"], receiver: never}
receivers: []
""")
    assert told(tree) == [("first", False), ("others", False)]


def test_conditions_that_are_rendered_first_are_unknown() -> None:
    tree = root("""
route:
  receiver: default
  routes:
    - {matchers: ['team="${TEAM}"'], receiver: a}
    - {matchers: ['severity="page"'], continue: "${CONTINUE}", receiver: b}
    - {receiver: c}
receivers: []
""")
    page = closed(severity="page")
    assert told(tree, page) == [("a", False), ("b", False), ("c", False)]


def test_a_receiver_is_inherited() -> None:
    tree = root("route: {receiver: a, routes: [{match: {x: '1'}, routes: [{match: {y: '1'}}]}]}\nreceivers: []\n")
    assert told(tree, closed(x="1", y="1")) == [("a", True)]


def test_continue_that_leads_on_and_that_does_not() -> None:
    tree = root("""
route:
  receiver: default
  routes:
    - {match: {severity: critical}, receiver: a, continue: true}
    - {match: {severity: warning}, receiver: b, continue: true}
    - {match: {team: db}, receiver: c, routes: [{match: {severity: warning}, continue: true}]}
    - {match: {severity: warning}, receiver: d}
    - {match: {severity: warning}, receiver: dead, continue: true}
receivers: []
""")
    found = [(str(each.route.receiver), each.followed, len(each.later)) for each in continuations(tree)]
    assert found == [("a", True, 4), ("b", True, 3), ("None", False, 0)]


@pytest.mark.parametrize("text", ["l{n}=x", "severity=v{n}", 'severity!~"v{n}.*"', 'l{n}=~"a|b{n}"'])
def test_a_wide_tree_takes_a_look_or_two_at_each_route(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def counted(matchers: Sequence[Matcher]) -> bool:
        looks.append(len(matchers))
        return contradictory(matchers)

    monkeypatch.setattr(alert_labels_module, "contradictory", counted)
    lines = "".join(
        f"    - {{matchers: ['{text.format(n=n)}'], receiver: r, continue: {str(n % 2 == 0).lower()}}}\n"
        for n in range(2_000)
    )
    tree = root(f"route:\n  receiver: r\n  routes:\n{lines}receivers: [{{name: r}}]\n")
    assert len(deliveries(tree)) == 2_001
    assert len(looks) <= 5 * 2_000
    looks.clear()
    assert len(list(continuations(tree))) == 1_000
    assert len(looks) <= 5 * 2_000 + 2 * 200 * 200
    assert max(looks) <= 33


# Against amtool

LABEL_NAMES = ["severity", "team", "zone"]
LABEL_VALUES = ["critical", "warning", "db", "web"]
MATCHERS = st.builds(
    lambda name, operator, value: f'{name}{operator}"{value}"',
    st.sampled_from(LABEL_NAMES),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.sampled_from([*LABEL_VALUES, "", "critical|warning", "(db|web)", "d.*", ".+", ".*"]),
)
EQUALITIES = st.dictionaries(st.sampled_from(LABEL_NAMES), st.sampled_from(LABEL_VALUES), max_size=2)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> dict[str, Any]:
    node: dict[str, Any] = {"receiver": f"r{draw(st.integers(0, 9))}"} if draw(st.booleans()) else {}
    node["matchers"] = draw(st.lists(MATCHERS, max_size=2))
    if draw(st.booleans()):
        node["match"] = draw(EQUALITIES)
    node["continue"] = draw(st.booleans())
    if depth:
        node["routes"] = draw(st.lists(trees(depth - 1), max_size=3))
    return node


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("amtool")


LABEL_SETS = st.lists(
    st.dictionaries(st.sampled_from(LABEL_NAMES), st.sampled_from(LABEL_VALUES)), min_size=1, max_size=3
)


@pytest.mark.skipif(AMTOOL is None, reason="amtool is not installed")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(children=st.lists(trees(2), min_size=1, max_size=4), label_sets=LABEL_SETS)
def test_amtool_tells_the_same_receivers(
    directory: Path, children: list[dict[str, Any]], label_sets: list[Mapping[str, str]]
) -> None:
    receivers = [{"name": f"r{number}"} for number in range(10)]
    text = yaml.safe_dump({"route": {"receiver": "r0", "routes": children}, "receivers": receivers})
    path = directory / "alertmanager.yml"
    path.write_text(text)
    tree = root(text)
    anyone = {str(found.receiver) for found in deliveries(tree)}
    for labels in label_sets:
        words = [f"{name}={value}" for name, value in labels.items()]
        command = [str(AMTOOL), "config", "routes", "test", f"--config.file={path}", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
        expected = done.stdout.strip().split(",")
        found = deliveries(tree, SymbolicLabels(labels, open=False))
        assert [str(delivery.receiver) for delivery in found] == expected
        assert all(delivery.certain for delivery in found)
        assert set(expected) <= anyone
        for hidden in labels:  # with one label unknown: none that is told is left out, all that are certain are told
            some = deliveries(tree, SymbolicLabels({**labels, hidden: None}, open=False))
            assert {id(delivery.route) for delivery in found} <= {id(delivery.route) for delivery in some}
            assert {id(delivery.route) for delivery in some if delivery.certain} <= {
                id(delivery.route) for delivery in found
            }
