"""nginx configuration to a document, by the tokens of `ngx_conf_read_token` (nginx, `src/core/ngx_conf_file.c`)."""

from __future__ import annotations

import re
from array import array

from obslint.findings import Span
from obslint.parse.directives import Directive, DirectiveDocument, Mark, Word, directive
from obslint.parse.document import Problem, Text

MAX_DEPTH = 100
_SPACE = re.compile(r"[ \t\r\n]*+")
_COMMENT = re.compile(r"#[^\n]*+")
_PLAIN = re.compile(r"(?:\\(?:.|\Z)|\$\{|[^ \t\r\n;{\\])++", re.DOTALL)
_QUOTED = {quote: re.compile(rf"(?:[^{quote}\\]|\\.)*+(?={quote})", re.DOTALL) for quote in "\"'"}
_ESCAPE = re.compile(r"""\\([\\"'trn])""")
_ESCAPES = {"t": "\t", "r": "\r", "n": "\n"}
# Lua's strings, comments and braces, by which a block of OpenResty's ends.
_LUA = re.compile(r"""--\[=*\[|\[=*\[|--[^\n]*+|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|[{}]""", re.DOTALL)


class NginxDocument(DirectiveDocument):
    """A file of nginx's; each directive with a block has it as `block`."""


class _Frame:
    """A block that is open: the words before its brace, and what stands in it."""

    __slots__ = ("found", "words")

    def __init__(self, words: list[Word]) -> None:
        self.words = words
        self.found: list[Directive] = []


def load(path: str, source: str) -> NginxDocument:
    """The document of an nginx file. Never raises: what nginx would refuse to parse gives a document with a problem."""
    frames, comments, problem = _read(source)
    while len(frames) > 1:
        frame = frames.pop()
        frames[-1].found.append(_block(frame, len(source)))
    return NginxDocument(Text(path, source), frames[0].found, comments, (problem,) if problem else ())


def _block(frame: _Frame, end: int) -> Directive:
    name, *args = frame.words
    return directive(name, end, args=args, block=frame.found)


def _read(source: str) -> tuple[list[_Frame], list[tuple[int, int]], Problem | None]:
    """The blocks that are open at the end, the outermost first; one, unless there is a problem."""
    frames = [_Frame([])]
    comments: list[tuple[int, int]] = []
    words: list[Word] = []
    i = _space(source, 0)
    while i < len(source):
        char = source[i]
        if char == "#":
            end = _end(_COMMENT, source, i)
            comments.append((i, end))
            i = end
        elif char == ";":
            if not words:
                return frames, comments, _unexpected(source, i)
            frames[-1].found.append(directive(words[0], i + 1, args=words[1:]))
            words = []
            i += 1
        elif char == "{":
            if not words:
                return frames, comments, _unexpected(source, i)
            if words[0].text.endswith("_by_lua_block"):
                end = _after_lua(source, i + 1)
                if end < 0:
                    return frames, comments, Problem("this `{` is never closed", Span(i, i + 1))
                frames[-1].found.append(directive(words[0], end, args=words[1:]))
                i = end
            elif len(frames) > MAX_DEPTH:
                return frames, comments, Problem(f"nested deeper than {MAX_DEPTH} levels", Span(i, i + 1))
            else:
                frames.append(_Frame(words))
                i += 1
            words = []
        elif char == "}":
            if words or len(frames) == 1:
                return frames, comments, _unexpected(source, i)
            frame = frames.pop()
            i += 1
            frames[-1].found.append(_block(frame, i))
        else:
            word = _word(source, i)
            if word is None:
                return frames, comments, Problem("this quote is never closed", Span(i, i + 1))
            words.append(word)
            i = word.mark.end
            if char in "\"'" and source[i : i + 1] not in ("", " ", "\t", "\r", "\n", ";", "{", ")"):
                return frames, comments, _unexpected(source, i)
        i = _space(source, i)
    problem = None
    if words:
        problem = Problem("no `;` ends this directive", Span(words[0].mark.start, words[0].mark.end))
    elif len(frames) > 1:
        opened = frames[-1].words[0].mark
        problem = Problem(f"the block of `{frames[-1].words[0].text}` is never closed", Span(opened.start, opened.end))
    return frames, comments, problem


def _unexpected(source: str, at: int) -> Problem:
    return Problem(f"unexpected `{source[at]}`", Span(at, at + 1))


def _end(pattern: re.Pattern[str], source: str, at: int) -> int:
    match = pattern.match(source, at)
    return match.end() if match else at


def _space(source: str, at: int) -> int:
    return _end(_SPACE, source, at)


def _word(source: str, start: int) -> Word | None:
    """The word at a place; None for a quote that is never closed."""
    quoted = _QUOTED.get(source[start])
    inner = start + 1 if quoted else start
    match = (quoted or _PLAIN).match(source, inner)
    if match is None:
        return None
    end = match.end() + 1 if quoted else match.end()
    raw = match.group()
    if "\\" not in raw:
        return Word(raw, Mark(start, end, None, inner))
    places = array("L")
    out: list[str] = []
    i = 0
    for escape in _ESCAPE.finditer(raw):
        out += raw[i : escape.start()], _ESCAPES.get(escape[1], escape[1])
        places.extend(range(inner + i, inner + escape.start() + 1))
        i = escape.end()
    out.append(raw[i:])
    places.extend(range(inner + i, inner + len(raw) + 1))
    return Word("".join(out), Mark(start, end, None, inner, places))


def _after_lua(source: str, start: int) -> int:
    """The offset behind the brace that closes a block of Lua; -1 if none does."""
    depth, i = 1, start
    while (token := _LUA.search(source, i)) is not None:
        i = token.end()
        text = token.group()
        if text == "{":
            depth += 1
        elif text == "}":
            depth -= 1
            if depth == 0:
                return i
        elif text.endswith("["):
            closing = "]" + "=" * text.count("=") + "]"
            i = source.find(closing, i)
            if i < 0:
                return -1
            i += len(closing)
    return -1
