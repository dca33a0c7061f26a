"""Grafana Alloy, and Grafana Agent in flow mode: what it scrapes, receives and pushes, and its log pipelines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from obslint.facts import alloy as facts
from obslint.facts.common import Entry, Fault, Relabel, Scalar
from obslint.facts.logs import DockerDiscovery, Filter, LabelStage, LogJob, Stage
from obslint.facts.prometheus import TargetGroup
from obslint.kinds import relabel_checks, selector_checks
from obslint.kinds.kind import Kind
from obslint.lang.interpolation import HOLE
from obslint.parse import Cursor
from obslint.parse.alloy import LABEL, AlloyDocument, Block, Expression

MAX_DEPTH = 30
"""References followed, and brackets within them."""
MAX_FLOWS = 100
"""Ways by which targets come to one component."""
MAX_WORK = 100_000
"""Components, stages and rules met on the ways of all logs of a file: they may branch and meet again without end."""

_SCRAPE = "prometheus.scrape"
_EXPORTER = "prometheus.exporter."
_PASSING_ON = {("discovery.relabel", "output"): "targets", ("local.file_match", "targets"): "path_targets"}
"""Components and fields that hand on targets, and the attribute they have them from."""
_NAMESPACES = frozenset(
    ("beyla", "database_observability", "discovery", "faro", "local", "loki", "mimir", "otelcol", "prometheus",
     "pyroscope", "remote")
)  # fmt: skip
_SETTINGS = frozenset(("http", "livedebugging", "logging", "tracing"))
_COMPONENT = re.compile(rf'^(?:{"|".join(sorted(_NAMESPACES))})\.[\w.]+[ \t]+"\w*"[ \t]*\{{', re.MULTILINE)
_WRITES = {
    "prometheus.remote_write": ("endpoint", "url", "remote-write"),
    "prometheus.write.queue": ("endpoint", "url", "remote-write"),
    "loki.write": ("endpoint", "url", "log-push"),
    "pyroscope.write": ("endpoint", "url", "profiles"),
    "otelcol.exporter.otlp": ("client", "endpoint", "otlp-grpc"),
    "otelcol.exporter.otlphttp": ("client", "endpoint", "otlp-http"),
}
"""Inner block, attribute and kind of what is pushed to."""
_HTTP_SERVERS = {"loki.source.api": "log-push", "prometheus.receive_http": "remote-write"}
_HTTP_PORT = 8080
_OTLP_PORTS = {"grpc": 4317, "http": 4318}
_LOG_SOURCES = {"loki.source.file": "files", "loki.source.docker": "docker"}
_PIPES = frozenset(("loki.process", "loki.relabel"))
_STAGES = {"label_drop": "labeldrop", "label_keep": "labelallow"}
"""Stages that have another name than in Promtail."""
_NAMED_BY_VALUES = frozenset(("labeldrop", "labelallow", "structured_metadata", "template", "replace", "pack"))
"""Stages of which a computed field could take off or change any label."""
_FILTERS = frozenset(("keep", "drop", "keepequal", "dropequal"))
_GROUP = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}\Z")
_BRACE = re.compile(r"[{}]")
_VERB = re.compile(r"%(.?)", re.DOTALL)
_LABEL_NAMES = re.compile(r"\(?([A-Za-z_]\w*(?:\|[A-Za-z_]\w*)*)\)?\Z")
_PORT = re.compile(r":([0-9]{1,5})\Z")


def recognise(root: Cursor) -> str | None:
    if not isinstance(root.document, AlloyDocument):
        return None
    names = sorted({name for name, _ in _blocks(root)})
    return "`" + "`, `".join(names[:3]) + "`" if names else None


def outline(keys: frozenset[str], text: str) -> bool:
    return any(key.partition(".")[0] in _NAMESPACES for key in keys) and _COMPONENT.search(text) is not None


def extract(root: Cursor) -> facts.AlloyFile:
    return _Reader(root).file()


def _blocks(body: Cursor) -> list[tuple[str, Cursor]]:
    """Inner blocks with their names, in order."""
    found = [
        (name, block) for name, blocks in body.pairs() for block in blocks.items() if isinstance(block.value, Block)
    ]
    return sorted(found, key=lambda item: item[1].document.span(item[1].at).start)


def _inner(body: Cursor, name: str) -> Iterator[Cursor]:
    return (block for block in body.get(name).items() if isinstance(block.value, Block))


def _component(name: str, block: Cursor) -> facts.Component:
    return facts.Component(Scalar(name, block.key), _scalar(block.get(LABEL)))


def _arguments(cursor: Cursor) -> list[Cursor]:
    arguments = cursor.value.arguments if isinstance(cursor.value, Expression) else ()
    return [Cursor(cursor.document, value, (*cursor.at, index)) for index, value in enumerate(arguments)]


def _is_call(cursor: Cursor, *names: str) -> bool:
    return isinstance(cursor.value, Expression) and cursor.value.kind == "call" and cursor.value.name in names


# Values


def _scalar(cursor: Cursor, environment: bool = False) -> Scalar | None:
    """A value, computed or not; None where nothing, a list or an object stands.

    `environment` says that it is an address, in which variables are written as in Compose.
    """
    if cursor.value is None or isinstance(cursor.value, (dict, list)):
        return None
    return Scalar(_text(cursor, environment), cursor.place)


def _text(cursor: Cursor, environment: bool) -> str:
    if isinstance(cursor.value, str):
        return _BRACE.sub(HOLE, cursor.value.replace("$", "$$")) if environment else cursor.value
    if not isinstance(cursor.value, Expression):
        return cursor.text or HOLE
    arguments = _arguments(cursor)
    if cursor.value.kind == "operation" and cursor.value.name == "+":
        return "".join(_text(argument, environment) for argument in arguments) if _joins(arguments) else HOLE
    if _is_call(cursor, "sys.env", "env"):
        name = arguments[0].value if len(arguments) == 1 else None
        return f"${{{name}}}" if environment and isinstance(name, str) and _NAME.match(name) else HOLE
    if _is_call(cursor, "coalesce"):
        return _default(arguments, environment)
    if _is_call(cursor, "string.format", "format"):
        return _formatted(arguments, environment)
    return HOLE


def _joins(arguments: list[Cursor]) -> bool:
    """Whether a sum is one of strings."""
    return not any(isinstance(argument.value, (int, float)) for argument in arguments)


def _default(arguments: list[Cursor], environment: bool) -> str:
    """The first of several values that is not empty, as far as it is known; the last one where all are."""
    found: str | None = None
    for argument in reversed(arguments):
        text = _text(argument, environment)
        if found is None or not (text.startswith("${") or text.strip(HOLE) == ""):
            found = text
        elif text:
            found = f"{text[:-1]}:-{found}}}" if _VARIABLE.match(text) else HOLE
    return HOLE if found is None else found


def _formatted(arguments: list[Cursor], environment: bool) -> str:
    if not arguments or not isinstance(arguments[0].value, str):
        return HOLE
    rest = iter(arguments[1:])

    def verb(match: re.Match[str]) -> str:
        if match[1] == "%":
            return "%"
        argument = next(rest, None)
        return _text(argument, environment) if argument is not None and match[1] in ("s", "v", "d") else HOLE

    return _VERB.sub(verb, _text(arguments[0], environment))


def _entries(cursor: Cursor) -> tuple[Entry, ...]:
    return tuple(Entry(Scalar(name, value.key), _scalar(value)) for name, value in cursor.pairs())


def _known(cursor: Cursor) -> bool:
    """Whether nothing in a block is computed, but for its inner blocks."""
    stack = [cursor]
    while stack:
        node = stack.pop()
        if isinstance(node.value, Expression):
            return False
        stack.extend(node.items())
        stack.extend(value for _, value in node.pairs())
    return True


def _relabels(block: Cursor) -> tuple[Relabel, ...]:
    """The `rule` blocks of a component."""
    return tuple(
        Relabel(
            place=rule.place,
            action=_scalar(rule.get("action")),
            source_labels=_names(rule.get("source_labels")),
            separator=_scalar(rule.get("separator")),
            regex=_scalar(rule.get("regex")),
            target_label=_scalar(rule.get("target_label")),
            replacement=_scalar(rule.get("replacement")),
        )
        for rule in _inner(block, "rule")
    )


def _names(cursor: Cursor) -> tuple[Scalar, ...]:
    return tuple(name for item in cursor.each() if (name := _scalar(item)) is not None)


def _certain(rules: tuple[Relabel, ...]) -> bool:
    """Whether what the rules do to labels is known; those that only choose targets do nothing to them."""
    return not any(
        HOLE in str(value)
        for rule in rules
        if (rule.action.text.lower() if rule.action else "replace") not in _FILTERS
        for value in (rule.action, rule.regex, rule.target_label, rule.replacement, *rule.source_labels)
    )


def _certain_filters(rules: tuple[Relabel, ...]) -> bool:
    """Whether it is known which targets the rules choose."""
    return not any(HOLE in str(value) for rule in rules for value in (rule.regex, rule.separator, *rule.source_labels))


# Stages


def _stages(body: Cursor, depth: int = MAX_DEPTH) -> tuple[Stage, ...] | None:
    """The stages of a `loki.process`, or within a match; None where one of them may do anything to the labels."""
    found: list[Stage] = []
    for name, block in _blocks(body):
        if name.startswith("stage."):
            stage = _stage(name.removeprefix("stage."), block, depth)
            if stage is None:
                return None
            found.append(stage)
    return tuple(found)


def _stage(kind: str, body: Cursor, depth: int) -> Stage | None:
    kind = _STAGES.get(kind, kind)
    if kind in _NAMED_BY_VALUES and not _known(body):
        return None
    values = body.get("values")
    labels: tuple[LabelStage, ...] = ()
    extracts: tuple[str, ...] = ()
    rewrites: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    keeps: tuple[str, ...] | None = None
    stages: tuple[Stage, ...] | None = ()
    if kind == "labels":
        labels = tuple(
            LabelStage(Scalar(name, value.key), value.text or name)
            for name, value in values.pairs()
            if not isinstance(value.value, Expression)
        )
    elif kind in ("json", "logfmt"):
        extracts = tuple(name for name, _ in body.get("expressions" if kind == "json" else "mapping").pairs())
    elif kind == "regex":
        extracts = tuple(_GROUP.findall(str(_scalar(body.get("expression")) or "")))
    elif kind in ("template", "replace"):
        rewrites = tuple(source for source in [body.get("source").text] if source)
        extracts = tuple(_GROUP.findall(body.get("expression").text or ""))
    elif kind == "labeldrop":
        removes = tuple(text for item in values.items() if (text := item.text))
    elif kind == "structured_metadata":
        removes = tuple(value.text or name for name, value in values.pairs())
    elif kind == "pack":
        removes = tuple(text for item in body.get("labels").items() if (text := item.text))
    elif kind == "labelallow":
        keeps = tuple(text for item in values.items() if (text := item.text))
    elif kind == "match":
        stages = _stages(body, depth - 1) if depth else None
    return None if stages is None else Stage(body.key, kind, labels, extracts, rewrites, removes, keeps, stages)


def _relabel_stage(block: Cursor, rules: tuple[Relabel, ...]) -> Stage:
    """A `loki.relabel` behind stages, by the labels it may take off or change."""
    removes: list[str] = []
    keeps: tuple[str, ...] | None = None
    for rule in rules:
        action = rule.action.text.lower() if rule.action else "replace"
        if HOLE in f"{action}{rule.target_label}":
            keeps = ()
        elif action in ("labeldrop", "labelkeep"):
            names = _LABEL_NAMES.match(rule.regex.text) if rule.regex else None
            if names is None:
                keeps = ()
            elif action == "labeldrop":
                removes.extend(names[1].split("|"))
            else:
                keeps = tuple(names[1].split("|")) if keeps is None else ()
        elif action not in (*_FILTERS, "labelmap") and rule.target_label is not None:
            removes.append(rule.target_label.text)
    return Stage(block.key, "relabel", removes=tuple(removes), keeps=keeps)


class _Reader:
    """One file, with what its components refer to."""

    def __init__(self, root: Cursor) -> None:
        self.root = root
        self.blocks = [(_component(name, block), block) for name, block in _blocks(root)]
        self.by_id: dict[str, tuple[facts.Component, Cursor]] = {}
        for component, block in self.blocks:
            self.by_id.setdefault(component.id, (component, block))
        self.open: dict[str, None] = {}
        self._known_flows: dict[str, tuple[tuple[facts.TargetFlow, ...], bool]] = {}
        self._known_rules: dict[str, tuple[Relabel, ...]] = {}
        self._known_stages: dict[str, tuple[Stage, ...] | None] = {}
        self._work = MAX_WORK

    def file(self) -> facts.AlloyFile:
        for component, _ in self.blocks:
            self._note_open(component)
        named = [(component.name.text, component, block) for component, block in self.blocks]
        return facts.AlloyFile(
            path=self.root.document.path,
            place=self.root.place,
            scrapes=tuple(self._scrape(component, block) for name, component, block in named if name == _SCRAPE),
            exporters=tuple(
                facts.Exporter(block.key, component, name.removeprefix(_EXPORTER))
                for name, component, block in named
                if name.startswith(_EXPORTER)
            ),
            writes=tuple(write for _, component, block in named for write in _writes(component, block)),
            listeners=tuple(found for _, component, block in named for found in _listeners(component, block)),
            jobs=tuple(job for _, component, block in named for job in self._jobs(component, block)),
            log_files=_log_files(
                flow
                for name, _, block in named
                if name == "loki.source.file"
                for flow in self._flows(block.get("targets"))[0]
            ),
            open=tuple(self.open),
        )

    def _note_open(self, component: facts.Component) -> None:
        name = component.name.text
        first = name.partition(".")[0]
        if first in ("import", "module", "remotecfg"):
            self.open[f"`{name}` loads components from elsewhere"] = None
        elif first in ("declare", "foreach"):
            self.open[f"`{component.id}` makes components of its own"] = None
        elif first in ("argument", "export"):
            self.open[f"`{name}` makes this a module that others use"] = None
        elif name.startswith("prometheus.operator."):
            self.open[f"`{component.id}` discovers what to scrape"] = None
        elif first not in _NAMESPACES | _SETTINGS:
            self.open[f"`{component.id}` is no component we know"] = None

    def _resolve(self, cursor: Cursor) -> tuple[facts.Component, Cursor, str] | None:
        """The component that a reference leads to, its block, and the field that is meant."""
        value = cursor.value
        if not isinstance(value, Expression) or value.kind != "reference":
            return None
        name, _, exported = value.name.rpartition(".")
        found = self.by_id.get(name)
        if found is None:
            self.open[f"`{value.name}` is not in this file"] = None
            return None
        return (*found, exported)

    # Targets

    def _scrape(self, component: facts.Component, block: Cursor) -> facts.Scrape:
        flows, known = self._flows(block.get("targets"))
        return facts.Scrape(
            place=block.key,
            component=component,
            name=_scalar(block.get("job_name")),
            metrics_path=_scalar(block.get("metrics_path")),
            scheme=_scalar(block.get("scheme")),
            interval=_scalar(block.get("scrape_interval")),
            honor_labels=block.get("honor_labels").flag is True,
            proxied=bool(block.get("proxy_url")) or block.get("proxy_from_environment").flag is True,
            flows=flows,
            closed=known and all(flow.closed for flow in flows),
        )

    def _flows(self, cursor: Cursor, depth: int = MAX_DEPTH) -> tuple[tuple[facts.TargetFlow, ...], bool]:
        """Where targets come from, and whether that is all."""
        if depth == 0:
            return (), False
        if isinstance(cursor.value, list):
            groups = tuple(_group(item) for item in cursor.items() if isinstance(item.value, dict))
            flow = facts.TargetFlow(groups, None, (), all(_literal(group) for group in groups))
            return (flow,) if groups else (), len(groups) == len(cursor.value)
        if _is_call(cursor, "concat", "array.concat"):
            parts = [self._flows(argument, depth - 1) for argument in _arguments(cursor)]
            flows = tuple(flow for part, _ in parts for flow in part)
            return flows[:MAX_FLOWS], len(flows) <= MAX_FLOWS and all(known for _, known in parts)
        resolved = self._resolve(cursor)
        if resolved is None:
            return (), False
        component, block, exported = resolved
        name = component.name.text
        if (name, exported) in _PASSING_ON:
            return self._passed_on(component, block, _PASSING_ON[name, exported], depth)
        if name.startswith(("discovery.", _EXPORTER)) and exported == "targets":
            origin = Scalar(component.id, cursor.place)
            return (facts.TargetFlow((), origin, (), name.startswith(_EXPORTER)),), True
        return (), False

    def _passed_on(
        self, component: facts.Component, block: Cursor, attribute: str, depth: int
    ) -> tuple[tuple[facts.TargetFlow, ...], bool]:
        """The targets that a component hands on, by its own rules if it has any."""
        if component.id not in self._known_flows:
            self._known_flows[component.id] = (), False  # for one that is its own source
            flows, known = self._flows(block.get(attribute), depth - 1)
            rules = self._rules(component, block)
            self._known_flows[component.id] = (
                tuple(replace(flow, relabels=(*flow.relabels, rules)) if rules else flow for flow in flows),
                known,
            )
        return self._known_flows[component.id]

    def _rules(self, component: facts.Component, block: Cursor) -> tuple[Relabel, ...]:
        if component.id not in self._known_rules:
            self._known_rules[component.id] = _relabels(block)
        return self._known_rules[component.id]

    # Logs

    def _jobs(self, component: facts.Component, block: Cursor) -> Iterator[LogJob]:
        """The ways of what a component reads or receives to Loki."""
        if component.name.text in _PIPES:
            return
        flows = self._flows(block.get("targets"))[0] if "targets" in block else ()
        own = self._own_rules(block.get("relabel_rules"))
        source = _LOG_SOURCES.get(component.name.text, component.name.text.removeprefix("loki.source."))
        for relabels, stages, destination in self._paths([block.get("forward_to"), *_outputs(component, block)]):
            for flow in flows or (facts.TargetFlow((), component.name, (), False),):
                before = tuple(rule for rules in flow.relabels for rule in rules)
                rules = () if own is None else (*before, *own, *relabels)
                static = tuple(label for group in flow.groups for label in group.labels)
                if not self._affords(len(rules) + len(static)):
                    return
                yield LogJob(
                    place=block.key,
                    name=component.label,
                    discoveries=(flow.origin,) if flow.origin else (),
                    labels=(
                        *_entries(block.get("labels")),
                        *(label for label in static if not label.name.text.startswith("__")),
                    ),
                    relabels=rules if _certain(rules) else (),
                    stages=stages,
                    source=source,
                    docker=self._docker(flow.origin) if source == "docker" else (),
                    paths=tuple(label.value for label in static if label.name.text == "__path__" and label.value),
                    excluded=tuple(
                        label.value for label in static if label.name.text == "__path_exclude__" and label.value
                    ),
                    relabels_known=own is not None and _certain(rules) and _certain_filters(rules),
                    destination=destination,
                )

    def _docker(self, origin: Scalar | None) -> tuple[DockerDiscovery, ...]:
        """The discovery that targets come from; one of which nothing is known where it is another component's."""
        component, block = self.by_id.get(origin.text if origin else "", (None, None))
        if component is None or block is None or component.name.text != "discovery.docker":
            return (DockerDiscovery(origin.place, None, (), False),) if origin else ()
        filters = tuple(
            Filter(
                _scalar(item.get("name")), tuple(value for one in item.get("values").items() if (value := _scalar(one)))
            )
            for item in _inner(block, "filter")
        )
        known = all(_known(item) for item in _inner(block, "filter"))
        return (DockerDiscovery(block.key, _scalar(block.get("host"), environment=True), filters, known),)

    def _affords(self, work: int) -> bool:
        self._work -= 1 + work
        return self._work >= 0

    def _own_rules(self, cursor: Cursor) -> tuple[Relabel, ...] | None:
        """The rules a source applies itself; None where they are not known."""
        if not cursor:
            return ()
        resolved = self._resolve(cursor)
        return self._rules(*resolved[:2]) if resolved is not None and resolved[2] == "rules" else None

    def _paths(self, receivers: list[Cursor]) -> Iterator[tuple[tuple[Relabel, ...], tuple[Stage, ...], str]]:
        """Rules and stages of every way from these receivers to a `loki.write`, and the id of that."""
        stack: list[tuple[Cursor, tuple[Relabel, ...], tuple[Stage, ...], int]] = [
            (cursor, (), (), MAX_DEPTH) for cursor in reversed(receivers)
        ]
        while stack:
            cursor, relabels, stages, depth = stack.pop()
            if not self._affords(len(relabels) + len(stages)):
                return
            if isinstance(cursor.value, list) or _is_call(cursor, "concat", "array.concat"):
                below = list(cursor.items()) or _arguments(cursor)
                stack.extend((item, relabels, stages, depth) for item in reversed(below))
                continue
            resolved = self._resolve(cursor)
            if resolved is None or resolved[2] != "receiver":
                continue
            component, block, _ = resolved
            if component.name.text == "loki.write":
                yield relabels, stages, component.id
            elif component.name.text in _PIPES and depth:
                if component.name.text == "loki.process":
                    own = self._stages(component, block)
                    if own is None:
                        continue
                    stages = (*stages, *own)
                elif stages:
                    stages = (*stages, _relabel_stage(block, self._rules(component, block)))
                else:
                    relabels = (*relabels, *self._rules(component, block))
                stack.append((block.get("forward_to"), relabels, stages, depth - 1))

    def _stages(self, component: facts.Component, block: Cursor) -> tuple[Stage, ...] | None:
        if component.id not in self._known_stages:
            self._known_stages[component.id] = _stages(block)
        return self._known_stages[component.id]


def _outputs(component: facts.Component, block: Cursor) -> list[Cursor]:
    """Receivers that are named elsewhere than in `forward_to`."""
    if component.name.text == "logging":
        return [block.get("write_to")]
    return [output.get("logs") for output in _inner(block, "output")]


def _group(item: Cursor) -> TargetGroup:
    """A literal target; its address stands in for the target, all else are its labels."""
    address = _scalar(item.get("__address__"), environment=True)
    labels = tuple(
        Entry(Scalar(name, value.key), _scalar(value)) for name, value in item.pairs() if name != "__address__"
    )
    return TargetGroup(item.place, (address,) if address else (), labels)


def _literal(group: TargetGroup) -> bool:
    return bool(group.targets) and not any("$" in target.text or HOLE in target.text for target in group.targets)


def _log_files(flows: Iterable[facts.TargetFlow]) -> tuple[Scalar, ...]:
    """The paths of targets, those that several sources share once."""
    shared = {id(flow.groups): flow.groups for flow in flows}
    return tuple(
        label.value
        for groups in shared.values()
        for group in groups
        for label in group.labels
        if label.name.text == "__path__" and label.value is not None
    )


def _writes(component: facts.Component, block: Cursor) -> Iterator[facts.Write]:
    endpoint, attribute, kind = _WRITES.get(component.name.text, ("", "", ""))
    for inner in _inner(block, endpoint):
        headers = inner.get("headers")
        computed = bool(headers) and not isinstance(headers.value, dict)
        elsewhere = any(inner.get(name) for name in ("auth", "proxy_url", "proxy_from_environment"))
        yield facts.Write(
            inner.key,
            component,
            kind,
            _scalar(inner.get(attribute), environment=True),
            tenant=_scalar(inner.get("tenant_id")),
            headers=_entries(headers),
            opaque=computed or elsewhere,
        )


def _listeners(component: facts.Component, block: Cursor) -> Iterator[facts.Listener]:
    name = component.name.text
    if name == "otelcol.receiver.otlp":
        for protocol, default in _OTLP_PORTS.items():
            for server in _inner(block, protocol):
                address = _scalar(server.get("endpoint"), environment=True)
                port = _port(address) if "endpoint" in server else default
                yield facts.Listener(server.key, component, f"otlp-{protocol}", address, port)
    elif name in _HTTP_SERVERS:
        for server in _inner(block, "http"):
            port = server.get("listen_port").number if "listen_port" in server else _HTTP_PORT
            address = _scalar(server.get("listen_address"), environment=True)
            yield facts.Listener(server.key, component, _HTTP_SERVERS[name], address, port)
    elif name == "loki.source.syslog":
        for listener in _inner(block, "listener"):
            address = _scalar(listener.get("address"), environment=True)
            protocol = str(_scalar(listener.get("protocol")) or "tcp")
            if protocol in ("tcp", "udp"):
                yield facts.Listener(listener.key, component, f"syslog-{protocol}", address, _port(address))


def _port(address: Scalar | None) -> int | None:
    match = _PORT.search(address.text) if address else None
    return int(match[1]) if match and int(match[1]) < 65536 else None


def check(root: Cursor) -> Iterator[Fault]:
    """What Alloy refuses in relabelling rules and `match` stages, which are copies of Prometheus' and Promtail's."""
    for name, block in _blocks(root):
        if name == "loki.process":
            yield from _selectors(block, MAX_DEPTH)
        if name in ("discovery.relabel", "prometheus.relabel", "loki.relabel"):
            yield from relabel_checks.check(block.get("rule"))


def _selectors(body: Cursor, depth: int) -> Iterator[Fault]:
    for name, block in _blocks(body):
        if name == "stage.match" and depth:
            if isinstance(block.get("selector").value, str):
                yield from selector_checks.lines(block.get("selector"))
            yield from _selectors(block, depth - 1)


KIND = Kind("alloy", "Grafana Alloy", recognise, extract, outline, check=check)
