"""Reads shell text for the commands it runs, with what can be told of variables and directories without running it.

Quoting, expansion and the order of words follow the POSIX Shell Command Language and Bash's arrays. What only a run can
tell is a `HOLE`: a variable that is not set here, a pattern, the output of a program.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from obslint.lang.interpolation import HOLE

HERE = "\x01"
"""Begins a path from the directory of the script itself, as `$(dirname "$0")` does."""
TOP = "\x02"
"""Begins a path from the top of the repository, as `$(git rev-parse --show-toplevel)` does."""
START = "\x03"
"""Begins a path from the directory that the script is started in, as `$(pwd)` does."""
_ARGUMENTS = "\x04"
_ANCHORS = (HERE, TOP, START)
RESERVED = str.maketrans(dict.fromkeys("\x00\x01\x02\x03\x04", " "))
"""Takes the marks above out of a text that comes from outside."""

_MAX_DEPTH = 20
_MAX_FRAMES = 50
_MAX_VALUE = 4096
_MAX_FIELDS = 2000
_MAX_AGAIN = 64 << 10
"""Characters that loops over literal words may be read again, all together."""

_PLAIN = re.compile(r"[^ \t\r\n;&|()<>'\"\\$`#]+")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(?:\[[^]\s]{0,40}])?(\+?)=")
_QUOTED_RUN = re.compile(r"[^\"\\$`]+")
_PARAMETER = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!-]")
_BRACED = re.compile(r"([#!]?)([A-Za-z_]\w*|[0-9@*])(\[[^]\n]{0,40}])?")
_OPERATOR = re.compile(r";;&|;;|;&|&&|\|\||\|&|[;&|\n]")
_REDIRECTION = re.compile(r"&>>?|<<<|<<-?|<>|>>|>\||[<>]&|[<>]")
_FUNCTION = re.compile(r"([A-Za-z_][\w.:-]*)[ \t]*\([ \t]*\)")
_NO_ARGUMENTS = re.compile(r"[ \t]*\([ \t]*\)")
_ARITHMETIC = re.compile(r"\(\([^\n]{0,100}?\)\)")
_EXPANSION = re.compile(r":?[-=+?]|%%?|##?|[:/^,@]|")
_ESAC = re.compile(r"esac\b")
_HEREDOC = re.compile(r"[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([\w.!-]+))")
_TESTS = frozenset(("[", "[[", "test", "command", "which", "type", "hash", "grep"))
_CHANGES = frozenset(("cd", "pushd", "popd", "export", "="))
_DECLARES = frozenset(("export", "declare", "typeset", "local", "readonly"))
_SHELLS = frozenset(("bash", "sh", "zsh", "dash", "ash"))
_WRAPPERS = frozenset(
    """
    sudo doas env time nohup exec command builtin nice ionice timeout gtimeout stdbuf unbuffer winpty cross-env
    cross-env-shell dotenv dotenvx call start chronic caffeinate
    """.split()  # noqa: SIM905
)
_ENGINES = frozenset(("docker", "podman", "nerdctl", "docker-compose", "podman-compose"))
_NUMBER = re.compile(r"\d+[smhd]?")

_DIRECTORY = "\0directory"
_BEFORE = "\0before"
_STACK = "\0stack"

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of shell text that one shell runs."""

    text: str
    line: int = 1
    """Line of its first character in the file."""
    group: str = ""
    directory: str = "."
    """Where it is started, from where the script is run; a `HOLE` where that is unknown."""
    variables: Mapping[str, Value] = field(default_factory=dict)
    exported: frozenset[str] = frozenset()
    flat: bool = False
    """Whether lines inside cannot be told, so that all stand on `line`."""
    clones: frozenset[str] = frozenset()
    """Directories that hold a clone of this repository, as a manual tells its reader to make one."""
    manual: bool = False
    """Whether it is written for a reader: a repository it clones is then this one."""


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command: its words expanded, and the variables it is given."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str | None
    """From where the script is run, or from an anchor; None where it is unknown."""
    line: int
    group: str


@dataclass(frozen=True, slots=True)
class Run:
    """What a block runs, and where it leaves its reader."""

    commands: tuple[Command, ...]
    directory: str
    clones: frozenset[str]


def run(block: Block) -> Run:
    """Every simple command of a block, in order. Whatever cannot be read is passed over."""
    state = _State(block)
    _Reader(block.text, state, 0).read()
    return Run(tuple(state.found), state.directory, frozenset(state.clones))


def basename(word: str) -> str:
    """The name of an executable, without its directory and `.exe`."""
    return posixpath.basename(word).removesuffix(".exe")


def join(base: str, path: str) -> str:
    """`path` as seen from `base`, both with or without an anchor; a `HOLE` where that cannot be told."""
    if HOLE in path or _ARGUMENTS in path or path.startswith("~"):
        return HOLE
    if path.startswith("/"):
        return posixpath.normpath(path)
    if path[:1] == START:
        return posixpath.normpath(path[1:].lstrip("/") or ".")
    anchor = path[:1] if path[:1] in (HERE, TOP) else ""
    if anchor:
        tail = posixpath.normpath(path[1:].lstrip("/") or ".")
    elif HOLE in base:
        return HOLE
    else:
        anchor = base[:1] if base[:1] in (HERE, TOP) else ""
        tail = posixpath.normpath(posixpath.join(base[len(anchor) :].lstrip("/") if anchor else base, path))
    if not anchor:
        return tail
    return anchor if tail == "." else f"{anchor}/{tail}"


def dirname(path: str) -> str:
    """The directory of a path, with or without an anchor."""
    if HOLE in path:
        return HOLE
    path = path.rstrip("/") or path[:1]
    if path in _ANCHORS or path in (".", "..") or path.endswith("/.."):
        return f"{path}/.."
    return posixpath.dirname(path) or "."


def merge(old: Value | None, new: Value | None) -> Value:
    """What holds of a variable whichever of two values it has: the words both begin with, then a `HOLE`.

    Compose by another name is the same, and a command that was chosen one way is not taken to be missing the other.
    """
    if old == new and old is not None:
        return old
    for value, other in ((old, new), (new, old)):
        if other is None and isinstance(value, str) and basename(value.split(" ", 1)[0]) in _ENGINES:
            return value
    left, right = _fields(old), _fields(new)
    same = 0
    while same < min(len(left), len(right)) and left[same] == right[same]:
        same += 1
    if same == len(left) == len(right):
        return " ".join(left)
    if isinstance(old, tuple) or isinstance(new, tuple):
        return (*left[:same], HOLE)
    return " ".join((*left[:same], HOLE))


def _fields(value: Value | None) -> list[str]:
    if value is None:
        return []
    words = list(value) if isinstance(value, tuple) else value.split()
    if words and basename(words[0]) in ("docker-compose", "podman-compose"):
        words[:1] = basename(words[0]).split("-")
    return words


@dataclass(slots=True)
class _Word:
    fields: list[str]
    bare: str
    """The text where no part was quoted or expanded, else empty."""
    name: str = ""
    """The variable it assigns."""
    value: Value = ""
    adds: bool = False


@dataclass(slots=True)
class _Frame:
    """Something that may run or not, or in a shell of its own."""

    kind: str
    mark: int
    group: str
    arm: str
    touched: dict[str, Value | None] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    arms: int = 1
    total: bool = False
    """Whether one of its arms runs in any case."""
    name: str = ""
    values: list[str] = field(default_factory=list)
    body: int = -1
    wrapped: set[tuple[str, ...]] = field(default_factory=set)
    """What a function hands its arguments to, and where it goes."""


class _State:
    """What a shell knows: variables with the journal to take assignments back, and what was found."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.variables: dict[str, Value] = dict(block.variables)
        self.variables[_DIRECTORY] = block.directory
        self.journal: list[tuple[str, Value | None]] = []
        self.exported = set(block.exported)
        self.exports_all = False
        self.frames: list[_Frame] = []
        self.found: list[Command] = []
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.clones = set(block.clones)
        self.group = block.group
        self.arm = ""
        self.arms = 0
        self.again = _MAX_AGAIN
        self.starts = [0, *(match.end() for match in re.finditer("\n", block.text))]

    @property
    def directory(self) -> str:
        value = self.variables.get(_DIRECTORY, HOLE)
        return value if isinstance(value, str) else HOLE

    def set(self, name: str, value: Value | None) -> None:
        self.journal.append((name, self.variables.get(name)))
        if value is None:
            self.variables.pop(name, None)
        else:
            long = isinstance(value, str) and len(value) > _MAX_VALUE
            self.variables[name] = HOLE if long or (isinstance(value, tuple) and len(value) > 200) else value

    def take_back(self, mark: int) -> dict[str, Value | None]:
        """Undo every assignment since `mark`; what they had led to is returned."""
        reached: dict[str, Value | None] = {}
        while len(self.journal) > mark:
            name, old = self.journal.pop()
            reached.setdefault(name, self.variables.get(name))
            if old is None:
                self.variables.pop(name, None)
            else:
                self.variables[name] = old
        return reached

    def open(self, kind: str) -> _Frame:
        frame = _Frame(kind, len(self.journal), self.group, self.arm)
        self.frames.append(frame)
        if kind in ("if", "case"):
            self.next_arm()
        return frame

    def next_arm(self) -> None:
        self.arms += 1
        self.arm = f".{self.arms}"

    def end_arm(self, frame: _Frame) -> None:
        for name, value in self.take_back(frame.mark).items():
            seen = frame.counts.get(name, 0)
            frame.touched[name] = value if not seen else self.either(name, frame.touched[name], value)
            frame.counts[name] = seen + 1

    def close(self) -> _Frame:
        """Leave the innermost frame; what its arms agree on stays known."""
        frame = self.frames.pop()
        self.end_arm(frame)
        self.group, self.arm = frame.group, frame.arm
        if frame.kind == "subshell":
            return frame
        for name, value in frame.touched.items():
            if name.startswith("\0") and frame.kind == "function":
                continue
            old = self.variables.get(name)
            sure = frame.kind == "sure" or (frame.total and frame.counts[name] == frame.arms)
            self.set(name, value if sure else self.either(name, old, value))
        return frame

    def either(self, name: str, old: Value | None, value: Value | None) -> Value:
        if name.startswith("\0"):
            return old if old == value and old is not None else HOLE
        return merge(old, value)


class _Reader:
    """Reads one text; command substitutions are read in place, by recursion to a limited depth."""

    def __init__(self, text: str, state: _State, depth: int, line: int | None = None) -> None:
        self.text = text
        self.state = state
        self.depth = depth
        self.line = line
        """The line everything stands on, where the text is not that of the block."""
        self.i = 0
        self.missing: dict[str, int] = {}
        self.heredocs: list[tuple[str, bool]] = []
        self.loose = False
        self.known_end = -1
        self.output = HOLE
        self.previous = ""
        self.operator = ""
        self.pending = ""
        """The function whose body comes next."""

    # the text

    def find(self, wanted: str, start: int) -> int:
        """`str.find` that never searches twice for what is not there."""
        if start >= self.missing.get(wanted, len(self.text) + 1):
            return -1
        found = self.text.find(wanted, start)
        if found < 0:
            self.missing[wanted] = min(start, self.missing.get(wanted, start))
        return found

    def line_end(self, offset: int) -> int:
        """Where the line ends; asked for growing offsets it looks at each character once."""
        if offset > self.known_end:
            newline = self.find("\n", offset)
            self.known_end = newline if newline >= 0 else len(self.text)
        return self.known_end

    def line_of(self, offset: int) -> int:
        block = self.state.block
        if block.flat or self.line is not None:
            return block.line if self.line is None else self.line
        return block.line + bisect_right(self.state.starts, offset) - 1

    def blanks(self) -> None:
        text = self.text
        while self.i < len(text):
            char = text[self.i]
            if char in " \t\r":
                self.i += 1
            elif char == "\\" and text.startswith(("\\\n", "\\\r\n"), self.i):
                self.i = text.index("\n", self.i) + 1
            else:
                break

    # commands

    def read(self, closing: str = "") -> str:
        """Read commands to the end, or to `closing`; what the last one prints, where that can be told."""
        state, text = self.state, self.text
        base = len(state.frames)
        words: list[_Word] = []
        start = self.i
        while True:
            self.blanks()
            if self.i >= len(text):
                break
            char = text[self.i]
            if closing and char == closing and not any(f.kind == "subshell" for f in state.frames[base:]):
                self.i += 1
                break
            frame = state.frames[-1] if len(state.frames) > base else None
            if frame is not None and frame.kind == "case" and frame.body < 0 and not words:
                self.pattern(frame)
                continue
            if char == "#":
                end = self.find("\n", self.i)
                self.i = end if end >= 0 else len(text)
                continue
            operator = None if text.startswith("&>", self.i) else _OPERATOR.match(text, self.i)
            if operator:
                self.i = operator.end()
                self.finish(words, start, base, operator.group())
                words = []
                continue
            if char == "(":
                self.open_parenthesis(words)
                continue
            if char == ")":
                self.i += 1
                self.finish(words, start, base, ";")
                words = []
                if frame is not None and frame.kind == "subshell":
                    self.leave()
                continue
            if text.startswith(("<(", ">("), self.i):
                self.i += 2
                self.substitution(")")
                words.append(_Word([HOLE], ""))
                continue
            redirection = _REDIRECTION.match(text, self.i)
            if redirection:
                self.redirect(redirection.group(), redirection.end())
                continue
            if not words:
                start = self.i
                if self.structure(base):
                    continue
            assigns = all(word.name for word in words) or words[0].bare in _DECLARES
            word = self.word(start_of_command=assigns)
            if word.bare.isdigit() and self.i < len(text) and text[self.i] in "<>":
                continue
            if len(words) < _MAX_FIELDS:
                words.append(word)
        self.finish(words, start, base, "\n")
        while len(state.frames) > base:
            state.close()
        return self.output

    def open_parenthesis(self, words: list[_Word]) -> None:
        arithmetic = None if words else _ARITHMETIC.match(self.text, self.i)
        if arithmetic:
            self.i = arithmetic.end()
            return
        self.i += 1
        if len(self.state.frames) < _MAX_FRAMES:
            if self.pending:
                self.open_function().body = 0
            self.state.open("subshell")

    def open_function(self) -> _Frame:
        frame = self.state.open("function")
        frame.name = self.pending
        self.state.group, self.state.arm = self.pending, ""
        self.pending = ""
        return frame

    def structure(self, base: int) -> bool:
        """Take in what is no simple command: a reserved word, a function's head, a test."""
        state, text = self.state, self.text
        head = _FUNCTION.match(text, self.i)
        if head:
            self.pending = head.group(1)
            self.i = head.end()
            return True
        plain = _PLAIN.match(text, self.i)
        word = plain.group() if plain else ""
        after = text[plain.end() : plain.end() + 1] if plain else ""
        if after and after not in " \t\r\n;&|()<>":
            return False
        end = plain.end() if plain else self.i
        room = len(state.frames) < _MAX_FRAMES
        frame = state.frames[-1] if len(state.frames) > base else None
        if word in ("!", "then", "do", "time"):
            if word == "do" and frame is not None and frame.kind == "loop" and frame.body < 0:
                frame.body = end
        elif word == "if":
            if room:
                state.open("if")
        elif word in ("elif", "else"):
            if frame is not None and frame.kind == "if":
                state.end_arm(frame)
                frame.arms += 1
                frame.total = frame.total or word == "else"
                state.next_arm()
        elif word == "fi":
            if frame is not None and frame.kind == "if":
                state.close()
        elif word in ("while", "until"):
            if room:
                state.open("loop")
        elif word in ("for", "select"):
            self.i = end
            self.loop(room)
            return True
        elif word == "done":
            self.i = end
            if frame is not None and frame.kind == "loop":
                self.end_loop(frame)
            return True
        elif word == "case":
            self.i = end
            self.case(room)
            return True
        elif word == "esac":
            if frame is not None and frame.kind == "case":
                state.close()
        elif word == "{":
            if room:
                if self.pending:
                    self.open_function()
                else:
                    state.open("sure")
        elif word == "}":
            if frame is not None and frame.kind in ("function", "sure"):
                self.i = end
                self.leave()
        elif word == "function":
            self.i = end
            self.blanks()
            name = _PLAIN.match(text, self.i)
            if name:
                self.pending = name.group()
                nothing = _NO_ARGUMENTS.match(text, name.end())
                self.i = nothing.end() if nothing else name.end()
            return True
        elif word == "[[":
            close = self.find("]]", end)
            if close < 0:
                return False
            end = close + 2
            self.previous = "[["
        else:
            return False
        self.i = max(end, self.i)
        return True

    def leave(self) -> None:
        """Leave a brace group, a subshell or a function; a function that hands its arguments on is a name for it."""
        state = self.state
        frame = state.close()
        around = state.frames[-1] if state.frames else None
        if frame.kind == "subshell" and around is not None and around.kind == "function" and around.body == 0:
            frame = state.close()
        if frame.kind == "function" and len(frame.wrapped) == 1:
            *words, last = next(iter(frame.wrapped))
            if last == _ARGUMENTS and words:
                state.aliases[frame.name] = tuple(words)
        self.previous = ""

    def loop(self, room: bool) -> None:
        self.blanks()
        if self.text.startswith("((", self.i):
            end = self.find("))", self.i)
            self.i = end + 2 if end >= 0 else self.i + 2
            if room:
                self.state.open("loop")
            return
        name = self.word(start_of_command=False)
        self.blanks()
        values: list[str] = []
        if self.text.startswith("in", self.i) and self.text[self.i + 2 : self.i + 3] in (" ", "\t", "\\", "\n", ";"):
            self.i += 2
            self.blanks()
            while self.i < len(self.text) and self.text[self.i] not in ";\n&|()<>#":
                word = self.word(start_of_command=False)
                if len(values) < _MAX_FIELDS:
                    values.extend(word.fields)
                self.blanks()
        if not room:
            return
        literal = 0 < len(values) <= 64 and not any(HOLE in value or _ARGUMENTS in value for value in values)
        frame = self.state.open("loop")
        frame.total = literal
        frame.name = name.bare or "_"
        frame.values = values[1:][::-1] if literal else []
        self.state.set(frame.name, values[0] if literal else HOLE)

    def end_loop(self, frame: _Frame) -> None:
        """Read the body again for the next of the loop's words; the last pass ends it."""
        if frame.values and frame.body >= 0 and self.state.again >= self.i - frame.body:
            self.state.again -= self.i - frame.body
            self.state.set(frame.name, frame.values.pop())
            self.i = frame.body
        else:
            self.state.close()

    def case(self, room: bool) -> None:
        self.blanks()
        self.word(start_of_command=False)
        self.blanks()
        while self.i < len(self.text) and self.text[self.i] in " \t\r\n":
            self.i += 1
        if self.text.startswith("in", self.i):
            self.i += 2
            if room:
                self.state.open("case").arms = 0

    def pattern(self, frame: _Frame) -> None:
        """Read the pattern of a case's next arm, or its end."""
        text = self.text
        while self.i < len(text) and text[self.i] in " \t\r\n":
            self.i += 1
        if text.startswith("#", self.i):
            end = self.find("\n", self.i)
            self.i = end if end >= 0 else len(text)
            return
        if _ESAC.match(text, self.i):
            self.i += 4
            self.state.close()
            return
        start = self.i
        while self.i < len(text) and text[self.i] not in ")\n":
            if text[self.i] in " \t(|;&<>#":
                self.i += 1
            else:
                self.word(start_of_command=False)
        shown = text[start : self.i].strip("( \t")
        self.i += 1
        frame.body = 0
        frame.arms += 1
        frame.total = frame.total or shown == "*"
        self.state.next_arm()

    def redirect(self, sign: str, end: int) -> None:
        self.i = end
        if sign in ("<<", "<<-"):
            tag = _HEREDOC.match(self.text, self.i)
            if tag:
                self.i = tag.end()
                self.heredocs.append((next(group for group in tag.groups() if group), sign == "<<-"))
            return
        self.blanks()
        if self.i < len(self.text) and self.text[self.i] not in ";&|()<>\n":
            self.word(start_of_command=False)

    def skip_heredocs(self) -> None:
        """Pass over the bodies of here-documents: they are data. One that does not end runs to the end."""
        for tag, indented in self.heredocs:
            while True:
                if self.i >= len(self.text):
                    return
                newline = self.find("\n", self.i)
                end = newline if newline >= 0 else len(self.text)
                line = self.text[self.i : end].rstrip("\r")
                self.i = end + 1 if newline >= 0 else end
                if (line.strip("\t ") if indented or self.state.block.manual else line) == tag:
                    break
        self.heredocs = []

    def finish(self, words: list[_Word], start: int, base: int, operator: str) -> None:
        """End a command."""
        state = self.state
        if words:
            self.execute(words, self.line_of(start))
        frame = state.frames[-1] if len(state.frames) > base else None
        if operator in (";;", ";&", ";;&") and frame is not None and frame.kind == "case":
            state.end_arm(frame)
            frame.body = -1
        if operator == "\n":
            self.skip_heredocs()
            if not words:
                return
        self.operator = operator if operator in ("&&", "||") else ""
        if not self.operator:
            self.previous = ""

    # words

    def word(self, start_of_command: bool) -> _Word:
        """One word with its expansions. At least one character is taken."""
        text, begin = self.text, self.i
        fields: list[str] = []
        current: list[str] = []
        open_field = False
        bare = True
        name, adds, keep = "", False, False
        match = _ASSIGNMENT.match(text, self.i)
        if match:
            name, adds, keep = match.group(1), bool(match.group(2)), True
            self.i = match.end()
            if text.startswith("(", self.i) and start_of_command:
                return _Word([], "", name, self.array(), adds)

        def put(value: Value) -> None:
            """An unquoted expansion: split into fields, except in an assignment."""
            nonlocal open_field
            if keep:
                current.append(value if isinstance(value, str) else " ".join(value))
                open_field = True
                return
            parts = value.split() if isinstance(value, str) else list(value)
            if isinstance(value, str) and value[:1].isspace() and open_field:
                flush()
            for index, part in enumerate(parts):
                if index:
                    flush()
                current.append(part)
                open_field = True
            if isinstance(value, str) and value[-1:].isspace() and open_field:
                flush()

        def flush() -> None:
            nonlocal open_field
            if len(fields) < _MAX_FIELDS:
                fields.append("".join(current))
            current.clear()
            open_field = False

        while self.i < len(text):
            char = text[self.i]
            if char in " \t\r\n;&|()<>":
                break
            run = _PLAIN.match(text, self.i)
            if run or char == "#":
                plain = run.group() if run else char
                self.i += len(plain)
                current.append(_without_patterns(plain) if not keep else plain)
                open_field = True
                continue
            bare = False
            if char == "\\":
                if text.startswith(("\n", "\r\n"), self.i + 1):
                    self.i = text.index("\n", self.i) + 1
                    continue
                current.append(text[self.i + 1 : self.i + 2])
                open_field = True
                self.i += 2
            elif char == "'":
                end = self.find("'", self.i + 1)
                current.append(text[self.i + 1 : end] if end >= 0 else "")
                open_field = True
                self.i = end + 1 if end >= 0 else self.i + 1
            elif char == '"':
                pieces = self.quoted()
                current.append(pieces[0] if pieces else "")
                open_field = open_field or bool(pieces)
                for piece in pieces[1:]:
                    flush()
                    current.append(piece)
                    open_field = True
            elif char == "`":
                end = self.find("`", self.i + 1)
                if end < 0:
                    self.i += 1
                    continue
                inner = text[self.i + 1 : end]
                line = self.line_of(self.i)
                self.i = end + 1
                put(self.nested(inner, line))
            elif text.startswith(("$'", '$"'), self.i):
                self.i += 1
            else:
                put(self.dollar())
        if self.i == begin:
            self.i += 1
        if open_field:
            flush()
        whole = text[begin : self.i] if bare else ""
        if name:
            value = " ".join(fields)
            return _Word([f"{name}={value}"], whole, name, value, adds)
        return _Word(fields, whole)

    def array(self) -> Value:
        """The elements of `NAME=( … )`."""
        self.i += 1
        fields: list[str] = []
        while self.i < len(self.text):
            self.blanks()
            char = self.text[self.i : self.i + 1]
            if char == ")":
                self.i += 1
                break
            if char == "#":
                end = self.find("\n", self.i)
                self.i = end if end >= 0 else len(self.text)
            elif char in "\n;&|<>(":
                self.i += 1
            elif char:
                word = self.word(start_of_command=False)
                if len(fields) < _MAX_FIELDS:
                    fields.extend(word.fields)
        return tuple(fields)

    def quoted(self) -> list[str]:
        """A text in double quotes: one piece, or as many as an array in it has elements."""
        text, begin = self.text, self.i
        limit = self.line_end(begin) if self.loose else len(text)
        self.i += 1
        pieces: list[list[str]] = [[]]
        only = False
        while self.i < limit:
            run = _QUOTED_RUN.match(text, self.i, limit)
            if run:
                pieces[-1].append(run.group())
                self.i = run.end()
                continue
            char = text[self.i]
            if char == '"':
                self.i += 1
                return [] if only and len(pieces) == 1 and not pieces[0] else ["".join(piece) for piece in pieces]
            if char == "\\":
                following = text[self.i + 1 : self.i + 2]
                if following != "\n":
                    pieces[-1].append(following if following in '"\\$`' else char + following)
                self.i += 2
            elif char == "`":
                end = self.find("`", self.i + 1)
                if end < 0:
                    self.i += 1
                    continue
                inner, line = text[self.i + 1 : end], self.line_of(self.i)
                self.i = end + 1
                pieces[-1].append(self.nested(inner, line))
            else:
                value = self.dollar()
                if isinstance(value, str):
                    pieces[-1].append(value)
                elif value:
                    pieces[-1].append(value[0])
                    pieces.extend([element] for element in value[1:])
                else:
                    only = True
        if not self.loose:  # a quote of this text does not end: from here on none reaches beyond its line
            self.loose = True
            self.i = begin
            return self.quoted()
        return ["".join(piece) for piece in pieces]

    def dollar(self) -> Value:
        """The value of the expansion that begins here."""
        text = self.text
        if text.startswith("$((", self.i):
            end = self.find("))", self.i)
            self.i = end + 2 if end >= 0 else self.i + 3
            return HOLE
        if text.startswith("$(", self.i):
            self.i += 2
            return self.substitution(")")
        if text.startswith("${", self.i):
            return self.braced()
        name = _PARAMETER.match(text, self.i + 1)
        if name is None:
            self.i += 1
            return "$"
        self.i = name.end()
        return self.parameter(name.group())

    def parameter(self, name: str) -> Value:
        if name in ("@", "*"):
            return _ARGUMENTS
        if name in ("0", "BASH_SOURCE"):
            return f"{HERE}/$0"
        if name == "PWD":
            return self.here()
        value = self.state.variables.get(name)
        return HOLE if value is None else value

    def here(self) -> str:
        directory = self.state.directory
        if HOLE in directory:
            return HOLE
        return directory if directory[:1] in (*_ANCHORS, "/") else f"{START}/{directory}"

    def braced(self) -> Value:
        """`${…}`: the value, or the default written there."""
        text = self.text
        match = _BRACED.match(text, self.i + 2)
        if match is None or self.depth >= _MAX_DEPTH:
            self.i += 2
            return HOLE
        self.i = match.end()
        prefix, name, index = match.groups()
        known: Value | None = self.parameter(name)
        if known == HOLE and name not in self.state.variables:
            known = None
        if isinstance(known, tuple) and index not in ("[@]", "[*]"):
            number = (index or "[0]")[1:-1]
            known = known[int(number)] if number.isdigit() and int(number[:9]) < len(known) else HOLE
        operator = _EXPANSION.match(text, self.i)
        sign = operator.group() if operator else ""
        self.i += len(sign)
        self.depth += 1
        operand = self.operand()
        self.depth -= 1
        if prefix:
            return HOLE
        if not sign:
            return HOLE if known is None else known
        if sign in (":-", "-", ":=", "="):
            if known is not None and (known != "" or sign[0] != ":"):
                return known
            if sign[-1] == "=":
                self.state.set(name, operand)
            return operand
        if sign in (":?", "?"):
            return HOLE if known is None else known
        if sign in (":+", "+") and known is not None and HOLE not in known:
            return operand if known or sign == "+" else ""
        if isinstance(known, str) and sign in ("%", "%%") and operand == "/":
            return known.rstrip("/")
        if isinstance(known, str) and sign == "%" and operand == "/*":
            return dirname(known)
        return HOLE

    def operand(self) -> str:
        """The rest of `${…}` up to its brace, expanded."""
        text = self.text
        out: list[str] = []
        while self.i < len(text):
            char = text[self.i]
            if char == "}":
                self.i += 1
                break
            if char == "\n":  # a brace that is never closed must not take the rest of the script
                break
            if char == "$":
                value = self.dollar()
                out.append(value if isinstance(value, str) else " ".join(value))
            elif char == "\\":
                out.append(text[self.i + 1 : self.i + 2])
                self.i += 2
            else:
                if char not in "'\"":
                    out.append(char)
                self.i += 1
        return "".join(out)

    def substitution(self, closing: str) -> str:
        """The output of the commands up to `closing`; they run in a shell of their own."""
        if self.depth >= _MAX_DEPTH:
            return HOLE
        state = self.state
        saved = (self.previous, self.operator, self.heredocs, self.pending, self.output)
        self.previous, self.operator, self.heredocs, self.pending, self.output = "", "", [], "", HOLE
        mark, group, arm = len(state.journal), state.group, state.arm
        self.depth += 1
        output = self.read(closing)
        self.depth -= 1
        state.take_back(mark)
        state.group, state.arm = group, arm
        self.previous, self.operator, self.heredocs, self.pending, self.output = saved
        return output

    def nested(self, text: str, line: int) -> str:
        """The output of another text run in a shell of its own."""
        if self.depth >= 3:
            return HOLE
        mark = len(self.state.journal)
        output = _Reader(text, self.state, self.depth + 1, line).read()
        self.state.take_back(mark)
        return output

    # what commands do

    def execute(self, words: list[_Word], line: int) -> None:
        state = self.state
        given = 0
        while given < len(words) and words[given].name:
            given += 1
        fields = [text for word in words[given:] for text in word.fields]
        previous, operator = self.previous, self.operator
        self.output = HOLE
        if not fields:
            maybe = operator == "||" or (operator == "&&" and previous not in _CHANGES)
            for word in words[:given]:
                self.assign(word, maybe)
            self.previous = previous if maybe else "="
            return
        self.previous = fields[0]
        maybe = operator == "||" or (operator == "&&" and previous in _TESTS)
        if fields[0] in state.aliases:
            fields[:1] = state.aliases[fields[0]]
        environment = {word.name: _text(word.value) for word in words[:given]}
        fields = _unwrapped(fields, environment)
        if not fields:
            return
        name = fields[0]
        function = next((frame for frame in reversed(state.frames) if frame.kind == "function"), None)
        if function is not None and (fields[-1] == _ARGUMENTS or name in _CHANGES):
            function.wrapped.add(tuple(_fields(tuple(fields))))
        if name in ("cd", "chdir", "pushd", "popd", "Set-Location"):
            self.change(name, fields[1:], maybe)
        elif name in _DECLARES:
            self.declare(words[given:], maybe)
        elif name in ("unset", "read"):
            for field_ in fields[1:]:
                state.set(field_, HOLE if name == "read" else None)
        elif name == "set":
            if "-a" in fields or "allexport" in fields:
                state.exports_all = "+a" not in fields and "+o" not in fields
        elif name == "alias":
            for field_ in fields[1:]:
                alias, _, value = field_.partition("=")
                state.aliases[alias] = tuple(value.split())
        elif name == "eval":
            self.inner(" ".join(fields[1:]), line)
        elif basename(name) in _SHELLS and len(fields) > 2 and re.fullmatch(r"-[a-z]*c", fields[1]):
            self.inner(fields[2], line)
        else:
            self.output = self.printed(fields)
            if name == "git" and fields[1:2] == ["clone"] and state.block.manual:
                self.clone(fields[2:])
            self.emit(fields, environment, line)

    def emit(self, fields: list[str], environment: dict[str, str], line: int) -> None:
        state = self.state
        if basename(fields[0]) not in _ENGINES:
            return
        exported = state.variables if state.exports_all else state.exported
        outer = {
            name: _text(state.variables[name])
            for name in sorted(exported)
            if name.startswith("COMPOSE_") and name in state.variables
        }
        directory = state.directory
        state.found.append(
            Command(
                tuple(word.replace(_ARGUMENTS, HOLE) for word in fields),
                outer | environment,
                None if HOLE in directory else directory,
                line,
                state.group + state.arm,
            )
        )

    def inner(self, text: str, line: int) -> None:
        """Commands in a text that another shell runs."""
        if len(text) <= _MAX_VALUE:
            self.nested(text, line)

    def assign(self, word: _Word, maybe: bool) -> None:
        state = self.state
        value, old = word.value, state.variables.get(word.name)
        if word.adds:
            if isinstance(value, tuple):
                before = old if isinstance(old, tuple) else (old,) if old else () if old == "" else (HOLE,)
                value = (*before, *value)
            else:
                value = (_text(old) if old is not None else HOLE) + value
        state.set(word.name, state.either(word.name, old, value) if maybe else value)
        if state.exports_all:
            state.exported.add(word.name)

    def declare(self, words: list[_Word], maybe: bool) -> None:
        for word in words[1:]:
            if word.name:
                self.assign(word, maybe)
            if words[0].bare == "export" or any("x" in other.bare for other in words[1:2] if other.bare[:1] == "-"):
                self.state.exported.add(word.name or word.bare)

    def change(self, name: str, arguments: list[str], maybe: bool) -> None:
        """`cd` and its like."""
        state = self.state
        stack = state.variables.get(_STACK, ())
        targets = [word for word in arguments if word == "-" or word[:1] != "-"]
        old = state.directory
        if name == "popd":
            new = stack[-1] if stack else HOLE
            state.set(_STACK, tuple(stack[:-1]))
        else:
            before = state.variables.get(_BEFORE, HOLE)
            target = targets[0] if len(targets) == 1 else HOLE
            new = _text(before) if target == "-" else self.below(old, target)
            if name == "pushd":
                state.set(_STACK, (*stack, old))
        state.set(_BEFORE, old)
        state.set(_DIRECTORY, HOLE if maybe and new != old else new)

    def below(self, directory: str, target: str) -> str:
        first, _, rest = target.removeprefix("./").partition("/")
        if first in self.state.clones:
            return join(TOP, rest or ".")
        return join(directory, target)

    def clone(self, arguments: Iterable[str]) -> None:
        plain = [word for word in arguments if not word.startswith("-")]
        urls = [index for index, word in enumerate(plain) if "/" in word or ":" in word]
        if urls:
            into = plain[urls[0] + 1 : urls[0] + 2] or [posixpath.basename(plain[urls[0]].rstrip("/"))]
            name = into[0].removesuffix(".git").removeprefix("./").rstrip("/")
            if name not in ("", "."):
                self.state.clones.add(name)

    def printed(self, fields: list[str]) -> str:
        """What a command prints, where it can be told."""
        name, arguments = fields[0], [word for word in fields[1:] if not word.startswith("-")]
        if name == "pwd":
            return self.here()
        if name == "git" and fields[1:3] == ["rev-parse", "--show-toplevel"]:
            return TOP
        if len(arguments) != 1 or _ARGUMENTS in arguments[0]:
            return HOLE
        if name == "dirname":
            return dirname(arguments[0])
        if name in ("realpath", "readlink"):
            path = join(self.state.directory, arguments[0])
            return path if path[:1] in (*_ANCHORS, "/", HOLE) else f"{START}/{path}"
        return arguments[0] if name == "echo" else HOLE


def _text(value: Value) -> str:
    return value if isinstance(value, str) else " ".join(value)


def _without_patterns(plain: str) -> str:
    """A file name pattern or a brace list stands for words that cannot be told."""
    if "{" in plain and "," in plain and not plain.startswith("{"):
        return plain[: plain.index("{")] + HOLE
    if ("*" in plain or "?" in plain) and plain not in ("*", "?"):
        return plain.replace("*", HOLE).replace("?", HOLE)
    return HOLE if plain == "*" else plain


def _unwrapped(fields: list[str], environment: dict[str, str]) -> list[str]:
    """The command that `sudo`, `env`, `timeout` or `… --` runs; variables given on the way are added."""
    if basename(fields[0]) not in _WRAPPERS:
        if "--" in fields[1:12] and basename(fields[0]) not in _ENGINES:
            after = fields.index("--") + 1
            if after < len(fields) and basename(fields[after]) in _ENGINES:
                return fields[after:]
        return fields
    option = False
    for index, word in enumerate(fields[1:16], start=1):
        if basename(word) in _WRAPPERS:
            option = False
        elif basename(word) in (*_ENGINES, *_SHELLS):
            return fields[index:]
        elif word.startswith("-"):
            option = "=" not in word
        elif "=" in word and word.split("=", 1)[0].isidentifier():
            name, _, value = word.partition("=")
            environment[name] = value
        elif option or _NUMBER.fullmatch(word):
            option = False
        else:
            return fields[index:]
    return []
