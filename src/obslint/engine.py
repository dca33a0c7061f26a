"""The order of the stages: discover, parse, recognise, link, judge, locate, silence. Nothing else knows it."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from obslint import discover, graph, kinds, parse, redact, suppress
from obslint.discover import Discovery, Source
from obslint.facts.common import FileFacts, Scalar
from obslint.findings import (
    Claim,
    Finding,
    Location,
    Outcome,
    Place,
    Proof,
    Severity,
    Summary,
    fingerprint,
)
from obslint.graph.explain import Explanation
from obslint.graph.nodes import Expression, Node
from obslint.graph.picture import Picture, located, masked
from obslint.parse import Document, Plain, Text
from obslint.rules import registry
from obslint.rules.base import Rule

# A file with one of these is refused whole by its component: what else it says does not matter yet.
_REFUSED = frozenset(("SYN001", "SYN002"))
_CRASH = "OBS003"
_QUERY = "<query>"
"""What is shown for the path of an expression that stands in no file."""
# A file that was named and could not be read, as far as `discover` does not raise for it.
_UNREAD = {"too-large": "too large", "not-text": "not a text", "unreadable": "cannot be read"}


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is told; paths are as the user wrote them, globs as in `discover`.

    `kind` is that of every path, or of `stdin`: the content of standard input, which is judged alone, instead of paths.
    """

    paths: Sequence[Path]
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    enable: Sequence[str] = ()
    """Rules to run besides those that are on by default."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """Code of a rule → its options, where obslint.yaml sets any."""
    exclude: Sequence[str] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    include_archives: bool = False
    declared: graph.Declared = field(default_factory=graph.Declared)
    fail_on: str = "error"
    """The lowest severity that makes a run fail."""
    kind: str | None = None
    stdin: bytes | None = None


@dataclass(frozen=True, slots=True)
class Recognised:
    """One document with the kind it was taken for, and why."""

    document: Document
    kind: str
    why: str
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that was read."""

    discovery: Discovery
    documents: dict[str, list[Document]]
    recognised: list[Recognised]
    unrecognised: list[str]
    crashes: list[Claim]


def load(options: Options) -> Loaded:
    """Discover and read every file. Raises `discover.InputError` for a named path that cannot be read."""
    found = (
        discover.discover(
            [Path(path) for path in options.paths],
            exclude=options.exclude,
            include_archives=options.include_archives,
            kinds=options.kinds,
            kind=options.kind,
            base=options.base,
        )
        if options.stdin is None
        else discover.given(options.stdin, options.kind)
    )
    for skipped in found.skipped:
        if skipped.named and skipped.reason in _UNREAD:
            detail = f" ({skipped.detail})" if skipped.detail else ""
            raise discover.InputError(f"{skipped.path}: {_UNREAD[skipped.reason]}{detail}")
    told = "obslint.yaml says so" if options.kind is None else "--kind says so"
    loaded = Loaded(found, {}, [], [], [])
    for source in found.sources:
        try:
            _read(source, loaded, told)
        except Exception as error:  # a bug of ours must not hide what the other files say
            loaded.crashes.append(_crash("reading this file", error, Place(source.path)))
    return loaded


def _read(source: Source, loaded: Loaded, told: str) -> None:
    documents = parse.load(source.path, source.text, source.format)
    loaded.documents[source.path] = documents
    first: kinds.Kind | None = None
    known = False
    for document in documents:
        if source.bad_utf8 is not None:
            document.refuse("not valid UTF-8", source.bad_utf8[1])
        if source.marked and source.format == "json":
            document.refuse("a byte order mark begins the file, which JSON does not allow", 0)
        broken = any(problem.duplicate_of is None for problem in document.problems)
        found = (
            (kinds.KINDS[source.kind], told)
            if source.kind
            else kinds.recognise_broken(source.outline, source.text)
            if broken
            else kinds.recognise(document)
        )
        if found is not None:
            kind, why = found
            idle = kind is first and kind.first_only
            facts = kinds.dropped(kind, document) if idle else kinds.extract(kind, document)
            loaded.recognised.append(Recognised(document, kind.name, why, facts))
            first = kind if document is documents[0] else first
            known = True
    if not known:
        loaded.unrecognised.append(source.path)


def _insist(loaded: Loaded) -> None:
    """Raise `discover.InputError` for what was named and cannot be judged: silence would pass for praise."""
    for skipped in loaded.discovery.skipped:
        if skipped.named and skipped.reason == "templated":
            raise discover.InputError(f"{skipped.path}: a template, not a config ({skipped.detail}); render it first")
    unrecognised = frozenset(loaded.unrecognised)
    for source in loaded.discovery.sources:
        if source.named and source.path in unrecognised:
            why = (
                "its content shows no kind of config that obslint knows; --kind says what it is"
                if loaded.documents[source.path] and source.kind is None
                else "empty: there is nothing to check"
            )
            raise discover.InputError(f"{source.path}: {why}")


def link(loaded: Loaded, options: Options) -> graph.Graph:
    """What the files mean together."""
    return graph.build((item.facts for item in loaded.recognised), loaded.discovery.tree, options.declared)


def query(text: str, options: Options, alert: bool = False) -> tuple[Explanation, Outcome]:
    """What an expression says, and what the rules say of it, as if each server among the files evaluated it.

    Raises as `check` does. Findings of the files themselves are left out.
    """
    rules = registry.load()
    chosen = registry.choose(rules, options.select, options.ignore, options.enable)
    registry.configure(chosen, options.settings)
    loaded = load(options) if options.paths else Loaded(discover.given(b""), {}, [], [], [])
    linked = link(loaded, options)
    document = Plain(Text(_QUERY, text))
    loaded.documents[_QUERY] = [document]
    expression = graph.asked(Scalar(text, Place(_QUERY)), linked, alert)
    claims = [claim for rule in chosen if Expression in _types(rule) for claim in _judge(rule, [expression], linked)]
    outcome = _outcome(claims, rules, loaded, linked)
    return graph.explain(expression, linked), outcome


def draw(options: Options) -> Picture:
    """The graph with lines and columns, its secrets masked."""
    loaded = load(options)
    picture = located(graph.draw(link(loaded, options)), lambda place: _locate(place, "", loaded))
    return masked(picture, _Secrets(loaded).quoted)


def check(options: Options) -> Outcome:
    """Every finding of every chosen rule.

    Raises `registry.PluginError` and `registry.UnknownRuleError`, and `discover.InputError` for a named path that
    cannot be read or judged.
    """
    rules = registry.load()
    chosen = registry.choose(rules, options.select, options.ignore, options.enable)
    registry.configure(chosen, options.settings)
    loaded = load(options)
    _insist(loaded)
    linked = link(loaded, options)
    claims = list(loaded.crashes)
    for rule in chosen:
        claims.extend(_judge(rule, (node for type_ in _types(rule) for node in linked.all(type_)), linked))
    return _outcome(claims, rules, loaded, linked)


def _outcome(claims: Iterable[Claim], rules: Iterable[Rule[Any]], loaded: Loaded, linked: graph.Graph) -> Outcome:
    """What is told of the claims, without secrets."""
    secrets = _Secrets(loaded)
    findings = [secrets.without(finding) for finding in _findings(claims, loaded)]
    skipped = Counter(item.reason for item in loaded.discovery.skipped)
    skipped["other"] += len(loaded.unrecognised)
    files = Counter(item.kind for item in loaded.recognised)
    summary = Summary(
        files=dict(sorted(files.items())),
        skipped={reason: count for reason, count in sorted(skipped.items()) if count},
        silenced=sum(1 for finding in findings if finding.silenced_by is not None),
        unknown=linked.unknown,
    )
    return Outcome(
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        summary=summary,
        rules={rule.code: rule.info() for rule in rules},
        line=lambda path, number: secrets.masked(path).line(number),
    )


def _types(rule: Rule[Any]) -> tuple[type[Node], ...]:
    return rule.on if isinstance(rule.on, tuple) else (rule.on,)


def _judge(rule: Rule[Any], nodes: Iterable[Node], linked: graph.Graph) -> Iterator[Claim]:
    for node in nodes:
        try:
            for claim in rule.check(node, linked):
                if not isinstance(claim, Claim):
                    raise TypeError(f"{type(claim).__name__} is no Claim")
                yield claim
        except Exception as error:
            yield _crash(f"rule {rule.code}", error, node.place)


def _crash(what: str, error: Exception, place: Place) -> Claim:
    where = traceback.extract_tb(error.__traceback__)[-1]
    said = f"{type(error).__name__}: {error}"[:300]
    return Claim(
        code=_CRASH,
        name="internal-error",
        message=f"{what} failed: {said} ({Path(where.filename).name}:{where.lineno})",
        severity=Severity.ERROR,
        proof=Proof.PROVEN,
        place=place,
        help="This is a bug in obslint or a plugin, not in your files. Please report it with the file that shows it.",
    )


def _findings(claims: Iterable[Claim], loaded: Loaded) -> Iterable[Finding]:
    """Claims with lines and columns; the same claim made in several stacks is one finding, as grave as the gravest."""
    claims = list(claims)
    refused = {claim.place.path for claim in claims if claim.code in _REFUSED}
    directives: dict[str, dict[int, list[suppress.Directive]]] = {}

    def at(location: Location) -> list[suppress.Directive]:
        if location.path not in directives:
            documents = loaded.documents.get(location.path)
            directives[location.path] = suppress.directives(documents[0]) if documents else {}
        return directives[location.path].get(location.line, [])

    found: dict[str, Finding] = {}
    occurrences: Counter[tuple[str, str]] = Counter()
    for claim in sorted(claims, key=lambda claim: (claim.code, claim.place.path, claim.stack, claim.message)):
        if claim.place.path in refused and claim.code not in (*_REFUSED, _CRASH):
            continue
        print_ = fingerprint(claim)
        occurrences[print_, claim.stack] += 1
        if occurrences[print_, claim.stack] > 1:
            print_ = f"{print_}-{occurrences[print_, claim.stack]}"
        known = found.get(print_)
        stacks = (*(known.stacks if known else ()), claim.stack)
        if known is not None and known.severity.rank >= claim.severity.rank:
            found[print_] = replace(known, stacks=stacks)
            continue
        finding = Finding(
            code=claim.code,
            name=claim.name,
            message=claim.message,
            severity=claim.severity,
            proof=claim.proof,
            primary=_locate(claim.place, "", loaded),
            related=tuple(dict.fromkeys(_locate(related.place, related.note, loaded) for related in claim.related)),
            help=claim.help,
            fingerprint=print_,
            stacks=stacks,
        )
        found[print_] = suppress.silence(finding, at)
    return found.values()


def _locate(place: Place, note: str, loaded: Loaded) -> Location:
    documents = loaded.documents.get(place.path)
    if not documents:
        return Location(place.path, 1, 1, 1, 1, note)
    return documents[min(place.document, len(documents) - 1)].locate(place, note)


class _Secrets:
    """Keeps secrets of the files out of what is printed."""

    def __init__(self, loaded: Loaded) -> None:
        self._texts = {path: documents[0].text for path, documents in loaded.documents.items() if documents}
        # What Compose interpolates may be quoted at a place far from where it is set.
        self._everywhere = frozenset[str]().union(
            *(redact.values(source.text) for source in loaded.discovery.sources if source.format == "env")
        )
        self.masked = cache(self._masked)
        self._values = cache(lambda path: redact.values(self._texts[path].text) if path in self._texts else frozenset())

    def _masked(self, path: str) -> Text:
        """The text of a file with its secrets masked, every other character in its place."""
        return Text(path, redact.masked(self._texts[path].text) if path in self._texts else "")

    def quoted(self, words: str, at: Location | None) -> str:
        """Words with the secrets masked that they quote from the file they speak of."""
        return redact.quoted(words, chain(self._everywhere, self._values(at.path) if at else ()), label=True)

    def without(self, finding: Finding) -> Finding:
        """The finding, with the secrets masked that its words quote from any file it points at."""
        places = (finding.primary, *finding.related)
        known = self._everywhere.union(*(self._values(place.path) for place in places))
        return replace(
            finding,
            message=redact.quoted(finding.message, known),
            help=redact.quoted(finding.help, known),
            related=tuple(replace(place, note=redact.quoted(place.note, known)) for place in finding.related),
            silenced_by=None if finding.silenced_by is None else redact.quoted(finding.silenced_by, known),
        )
