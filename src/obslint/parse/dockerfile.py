"""A Dockerfile to a document, by the grammar of BuildKit (`frontend/dockerfile/parser`).

Each instruction has its name in upper case, its `flags`, and its `args`: those of `RUN`, `CMD` and their like are the
strings of the exec form, which has `exec` set, or the one text of the shell form. What no builder knows is kept.
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_left
from collections import defaultdict

from obslint.parse import scalar
from obslint.parse.directives import Directive, DirectiveDocument, Mark, Word, directive
from obslint.parse.document import Text

_LINE = re.compile(r"([^\n]*)(?:\n|\Z)")
_PARSER_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*\Z")
_WORD = re.compile(r"\S++")
_QUOTED = {
    escape: re.compile(rf"""(?:"(?:[^"{e}]|{e}.)*+(?:"|\Z)|'[^']*+(?:'|\Z)|{e}(?:.|\Z)|[^\s"'{e}])++""", re.DOTALL)
    for escape, e in (("\\", r"\\"), ("`", "`"))
}
_STRING = r'"(?:[^"\\]|\\.)*+"'
_STRINGS = re.compile(_STRING)
_ARRAY = re.compile(rf"\[\s*+(?:{_STRING}\s*+(?:,\s*+{_STRING}\s*+)*+)?\]\Z")
_HEREDOC = re.compile(r"\d*<<(-?)([\"']?)([^<\"'\s]+)\2\Z")
_HEALTHCHECK = re.compile(r"(?:CMD|NONE)(?=\s|\Z)", re.IGNORECASE)

_FLAGGED = frozenset(("FROM", "COPY", "ADD", "RUN", "HEALTHCHECK"))
_ASSIGNING = frozenset(("ENV", "ARG", "LABEL"))
_EXEC_OR_SHELL = frozenset(("RUN", "CMD", "ENTRYPOINT", "SHELL"))
_LISTS = frozenset(("COPY", "ADD", "VOLUME"))
_TEXTS = frozenset(("USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER", "ONBUILD"))
_WITH_HEREDOCS = frozenset(("RUN", "COPY", "ADD"))


class DockerfileDocument(DirectiveDocument):
    """A Dockerfile, one directive an instruction."""


class _Instruction:
    """An instruction's text with its continuation lines joined, and where each character of it stood."""

    def __init__(self, source: str, parts: list[tuple[int, int]]) -> None:
        self.text = "".join(source[start:end] for start, end in parts)
        self.base = parts[0][0]
        self.places: array[int] | None = None
        if len(parts) > 1:
            self.places = array("L", (place for start, end in parts for place in range(start, end)))

    def at(self, index: int) -> int:
        return self.base + index if self.places is None else self.places[index]

    def word(self, start: int, end: int) -> Word:
        """The characters from `start` to `end`, of which there are some, as they are."""
        return self.decoded(start, end, self.text[start:end], None if self.places is None else range(start, end))

    def decoded(self, start: int, end: int, text: str, indexes: range | list[int] | None) -> Word:
        """A word whose `text` comes from characters of ours; `indexes` are theirs, None if all of them in turn."""
        first, last = self.at(start), self.at(end - 1) + 1
        if indexes is None:
            return Word(text, Mark(first, last, None, first))
        places = array("L", (self.at(index) for index in indexes))
        places.append(places[-1] + 1 if indexes and indexes[-1] == end - 1 else self.at(end - 1))
        return Word(text, Mark(first, last, None, first, places))


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        # Start and end of each line, without its end.
        self.lines = [
            (match.start(), match.end(1) - match[1].endswith("\r"))
            for match in _LINE.finditer(source)
            if match.start() < len(source)
        ]
        self.comments: list[tuple[int, int]] = []
        self.escape = "\\"
        self.number = 0
        self._same: dict[bool, dict[str, list[int]]] = {}

    def run(self) -> list[Directive]:
        found: list[Directive] = []
        self._parser_directives()
        while self.number < len(self.lines):
            parts = self._parts()
            if not parts:
                continue
            instruction = _Instruction(self.source, parts)
            name = _WORD.match(instruction.text)
            if name is None:
                continue
            found.append(self._directive(instruction, name))
            if name[0].upper() in _WITH_HEREDOCS and "<<" in instruction.text:
                self._skip_heredocs(instruction.text)
        return found

    def _parser_directives(self) -> None:
        """`# escape=` counts only above everything else, among its like."""
        for start, end in self.lines:
            match = _PARSER_DIRECTIVE.match(self.source[start:end].strip())
            if match is None or match[1].lower() not in ("escape", "syntax", "check"):
                return
            if match[1].lower() == "escape" and match[2] in _QUOTED:
                self.escape = match[2]

    def _parts(self) -> list[tuple[int, int]]:
        """The pieces of the next instruction, a line each; none for a line without one."""
        parts: list[tuple[int, int]] = []
        while self.number < len(self.lines):
            start, end = self.lines[self.number]
            self.number += 1
            line = self.source[start:end]
            bare = line.lstrip()
            if bare.startswith("#"):
                self.comments.append((end - len(bare), end))
            elif bare:
                start = start if parts else end - len(bare)
                body = line.rstrip(" \t")
                if not body.endswith(self.escape):
                    parts.append((start, end))
                    return parts
                parts.append((start, max(start, end - len(line) + len(body) - 1)))
                continue
            if not parts:
                return parts
        return parts

    def _skip_heredocs(self, text: str) -> None:
        """Go on behind the texts that `<<NAME` takes from the lines below; what has no end is taken for none."""
        for word in _QUOTED[self.escape].finditer(text):
            match = _HEREDOC.match(word[0])
            end = self._line(match[3], strip=bool(match[1])) if match else None
            if end is not None:
                self.number = end + 1

    def _line(self, text: str, strip: bool) -> int | None:
        """Number of the next line that reads so, tabs before it aside if `strip`."""
        if strip not in self._same:
            same = self._same[strip] = defaultdict(list)
            for number, (start, end) in enumerate(self.lines):
                line = self.source[start:end]
                same[line.lstrip("\t") if strip else line].append(number)
        numbers = self._same[strip].get(text, [])
        index = bisect_left(numbers, self.number)
        return numbers[index] if index < len(numbers) else None

    def _directive(self, instruction: _Instruction, match: re.Match[str]) -> Directive:
        text = instruction.text.rstrip()
        written = instruction.word(0, match.end())
        name = Word(written.text.upper(), written.mark)
        i = match.end()
        flags: list[Word] = []
        while name.text in _FLAGGED and (flag := _WORD.search(text, i)) is not None and flag[0].startswith("--"):
            flags.append(instruction.word(*flag.span()))
            i = flag.end()
        rest = _WORD.search(text, i)
        args: list[Word] = []
        exec_form = False
        if rest is not None:
            i = rest.start()
            if name.text == "HEALTHCHECK" and (kind := _HEALTHCHECK.match(text, i)) is not None:
                args.append(instruction.word(*kind.span()))
                rest = _WORD.search(text, kind.end())
            found = None
            if rest is not None and name.text in (*_EXEC_OR_SHELL, *_LISTS, "HEALTHCHECK"):
                found = _strings(instruction, rest.start(), text)
                exec_form = found is not None
            if rest is not None and found is None:
                found = self._args(instruction, rest.start(), text, name.text)
            args += found or ()
        end = args[-1].mark.end if args else flags[-1].mark.end if flags else written.mark.end
        made = directive(name, end, flags=flags, args=args)
        made.data["exec"] = exec_form
        return made

    def _args(self, instruction: _Instruction, start: int, text: str, name: str) -> list[Word]:
        if name in _EXEC_OR_SHELL or name in _TEXTS or name == "HEALTHCHECK":
            return [instruction.word(start, len(text))]
        if name not in _ASSIGNING:
            return [instruction.word(*match.span()) for match in _WORD.finditer(text, start)]
        words = [match.span() for match in _QUOTED[self.escape].finditer(text, start, len(text))]
        first = text[words[0][0] : words[0][1]]
        if name != "ARG" and "=" not in first and len(words) > 1:  # `ENV NAME the rest of the line`
            return [instruction.word(*words[0]), instruction.word(words[1][0], len(text))]
        return [_unquoted(instruction, *span, self.escape) for span in words]


def _strings(instruction: _Instruction, start: int, text: str) -> list[Word] | None:
    """The words of the exec form, a JSON list of strings; None for anything else."""
    if text[start] != "[" or not _ARRAY.match(text, start):
        return None
    found: list[Word] = []
    for match in _STRINGS.finditer(text, start):
        first, last = match.span()
        try:
            value = json.loads(match[0])
        except ValueError:
            return None
        places = scalar.offsets(text, first, last, "json", value)
        found.append(instruction.decoded(first, last, value, places[:-1] if places else []))
    return found


def _unquoted(instruction: _Instruction, start: int, end: int, escape: str) -> Word:
    """A word of an assignment without its quotes and escapes; variables in it are left."""
    text = instruction.text
    if not any(char in text[start:end] for char in ("'", '"', escape)):
        return instruction.word(start, end)
    indexes: list[int] = []
    quote, i = "", start
    while i < end:
        char = text[i]
        if char == escape and quote != "'" and i + 1 < end and (not quote or text[i + 1] in f'"${escape}'):
            i += 1
            indexes.append(i)
        elif quote and char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        else:
            indexes.append(i)
        i += 1
    return instruction.decoded(start, end, "".join(text[index] for index in indexes), indexes)


def load(path: str, source: str) -> DockerfileDocument:
    """The document of a Dockerfile. Never raises and never has a problem: the builder tells of those by itself."""
    reader = _Reader(source)
    return DockerfileDocument(Text(path, source), reader.run(), reader.comments, ())
