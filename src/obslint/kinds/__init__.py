"""Documents to facts: each kind of config recognises its own documents by content and reads them."""

from __future__ import annotations

from collections.abc import Mapping

from obslint import shape
from obslint.facts.common import Fault, FileFacts, FileProblem
from obslint.findings import Place
from obslint.kinds import (
    alertmanager,
    alloy,
    blackbox,
    compose,
    dashboard,
    dockerfile,
    elastic,
    env,
    file_sd,
    grafana,
    loki,
    mimir,
    nginx,
    otel,
    placeholders,
    prometheus,
    promtail,
    rules,
    tempo,
    texts,
    traefik,
)
from obslint.kinds.kind import Kind
from obslint.parse import Cursor, Document, Problem

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        compose.KIND,
        prometheus.KIND,
        rules.RULES,
        rules.LOKI_RULES,
        alertmanager.KIND,
        loki.KIND,
        promtail.KIND,
        alloy.KIND,
        grafana.DATASOURCES,
        grafana.DASHBOARDS,
        grafana.ALERTING,
        grafana.SETTINGS,
        dashboard.KIND,
        file_sd.KIND,
        otel.KIND,
        tempo.KIND,
        mimir.KIND,
        mimir.STORE,
        elastic.BEATS,
        elastic.KIBANA,
        elastic.ELASTICSEARCH,
        blackbox.KIND,
        env.KIND,
        nginx.KIND,
        dockerfile.KIND,
        traefik.KIND,
    )
}


def recognise(document: Document) -> tuple[Kind, str] | None:
    """The kind of a parsed document and why; None for anything that is not ours."""
    root = Cursor(document, document.data)
    for kind in KINDS.values():
        why = kind.recognise(root)
        if why:
            return kind, why
    return None


def recognise_broken(keys: frozenset[str], text: str) -> tuple[Kind, str] | None:
    """The kind of a text that does not parse, by its top-level keys; only where there is no doubt."""
    for kind in KINDS.values():
        if kind.outline(keys, text):
            return kind, "its top-level keys"
    return None


def extract(kind: Kind, document: Document) -> FileFacts:
    """The facts of a document of this kind; of one that does not parse, its problems alone."""
    root = Cursor(document, document.data)
    literal = kind.name in placeholders.KINDS
    problems = tuple(
        _problem(document, problem)
        for problem in document.problems
        if (
            kind.strict
            if problem.duplicate_of is not None
            else not (literal and placeholders.may_explain(problem, document))
        )
    )
    if any(problem.duplicate_of is None for problem in document.problems):
        return FileFacts(document.path, kind.name, kind.reader, None, problems=problems)
    found = placeholders.find(root) if literal else ()
    faults = (*shape.judge(kind.name, document), *kind.check(root), *texts.check(kind.name, root))
    return FileFacts(document.path, kind.name, kind.reader, kind.extract(root), found, problems, faults)


def dropped(kind: Kind, document: Document) -> FileFacts:
    """What is said of a document that the reader drops, since it is not the first of its file."""
    message = f"{kind.reader} reads only the first document of a file: what stands below this `---` has no effect"
    fault = Fault("dropped", message, Place(document.path, document=document.index), "keep one document in the file")
    return FileFacts(document.path, kind.name, kind.reader, None, faults=(fault,))


def _problem(document: Document, problem: Problem) -> FileProblem:
    first = problem.duplicate_of
    return FileProblem(
        problem.message,
        Place(document.path, document=document.index, offsets=(problem.span.start, problem.span.end)),
        Place(document.path, document=document.index, offsets=(first.start, first.end)) if first else None,
    )


__all__ = ["KINDS", "Kind", "dropped", "extract", "recognise", "recognise_broken"]
