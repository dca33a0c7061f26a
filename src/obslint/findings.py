"""The vocabulary every stage shares: where something stands, what a rule claims, what the user is told."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Step = str | int
KeyPath = tuple[Step, ...]
"""How everything above `parse` names a place in a document: mapping keys and sequence indexes from the root."""


class Severity(enum.Enum):
    """How bad it is if the finding is true; `error` is reserved for what is proven."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for error."""
        return ("info", "warning", "error").index(self.value)


class Proof(enum.Enum):
    """How sure the rule is: every fact seen, all but one inferred, or a rule of thumb."""

    PROVEN = "proven"
    LIKELY = "likely"
    HEURISTIC = "heuristic"


@dataclass(frozen=True, slots=True)
class Place:
    """A symbolic position: facts and rules carry these, `Document.locate` alone turns them into lines and columns.

    `inside` narrows a scalar to a half-open range of its decoded characters, e.g. one matcher of an expression.
    `offsets` is for what no key path reaches, such as a syntax error: code points of the file's text.
    """

    path: str
    at: KeyPath = ()
    key: bool = False
    inside: tuple[int, int] | None = None
    document: int = 0
    offsets: tuple[int, int] | None = None

    def child(self, *steps: Step, key: bool = False) -> Place:
        """The place of a value below this one, or of its key."""
        return Place(self.path, (*self.at, *steps), key, None, self.document)

    def within(self, start: int, end: int) -> Place:
        """The same scalar, narrowed to its decoded characters `start` to `end`."""
        return Place(self.path, self.at, False, (start, end), self.document)

    def part(self, start: int, end: int, length: int) -> Place:
        """A part of what stands here, `length` characters of text; the whole where it is not written like that."""
        if self.key:
            return self
        first, last = self.inside or (0, length)
        return self.within(first + start, first + end) if last - first == length else self


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of code points in a file's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Location:
    """A position as an editor shows it: 1-based line and column in code points, end column exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    note: str = ""

    @property
    def sort_key(self) -> tuple[str, int, int, int, int]:
        return (self.path, self.line, self.column, self.end_line, self.end_column)


@dataclass(frozen=True, slots=True)
class Related:
    """The other end of a link, with the few words that say what it is."""

    place: Place
    note: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What a rule says, in places; the engine turns it into a `Finding`."""

    code: str
    name: str
    message: str
    severity: Severity
    proof: Proof
    place: Place
    related: tuple[Related, ...] = ()
    help: str = ""
    subject: str = ""
    stack: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the user is told. Made once, by the engine; suppression fills `silenced_by` and never drops it."""

    code: str
    name: str
    message: str
    severity: Severity
    proof: Proof
    primary: Location
    related: tuple[Location, ...]
    help: str
    fingerprint: str
    stacks: tuple[str, ...]
    """The stacks it was found in: each way of running the files is one."""
    silenced_by: str | None = None

    @property
    def sort_key(self) -> tuple[tuple[str, int, int, int, int], str, str]:
        return (self.primary.sort_key, self.code, self.message)


def fingerprint(claim: Claim) -> str:
    """A name that survives edits elsewhere in the file: of code, path, key path and subject, never of the line."""
    steps: Iterable[str] = (str(step) for step in claim.place.at)
    parts = (claim.code, claim.place.path, str(claim.place.document), "\x1e".join(steps), claim.subject)
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a rule, as obslint.yaml spells it, with its default in YAML."""

    name: str
    default: str
    description: str


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What outputs and manuals need to know of a rule."""

    code: str
    name: str
    summary: str
    description: str
    severity: Severity
    proof: Proof
    family: str
    enabled: bool = True
    """Whether it runs unless it is asked for."""
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Honest counts: what was read, what was passed over and why, what stayed unknown."""

    files: Mapping[str, int]
    skipped: Mapping[str, int]
    silenced: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a report shows. `findings` are sorted and hold the silenced ones too; `line` gives a source line."""

    findings: tuple[Finding, ...]
    summary: Summary
    rules: Mapping[str, RuleInfo]
    line: Callable[[str, int], str]

    @property
    def active(self) -> tuple[Finding, ...]:
        """The findings that count: not silenced."""
        return tuple(finding for finding in self.findings if finding.silenced_by is None)

    def count(self, severity: Severity) -> int:
        return sum(1 for finding in self.active if finding.severity is severity)
