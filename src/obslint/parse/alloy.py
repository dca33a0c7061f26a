"""Grafana Alloy's configuration syntax (River, in Grafana Agent) to a document: attributes, blocks, expressions.

The grammar is that of Alloy's own `syntax/scanner` and `syntax/parser`: a line ends a statement, so that a list over
several lines needs a comma behind its last element too.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from obslint.findings import KeyPath, Span, Step
from obslint.parse.document import Document, Problem, Text

MAX_DEPTH = 64
"""Brackets, blocks and calls within each other."""
LABEL = ""
"""The key under which a block's label stands in its body; no attribute can have this name."""


class Block(dict[str, object]):
    """A block's body: attributes by name, and inner blocks as a list by name. An object literal is a plain dict."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A value that Alloy computes when it runs. The key path of an argument is its index below the expression's own.

    `name` is a reference's dotted name, a call's function (empty where it is computed itself), the field of an access,
    or the operator (empty where several are mixed; precedence is not kept).
    """

    kind: Literal["reference", "call", "index", "access", "operation"]
    name: str
    arguments: tuple[object, ...] = ()


@dataclass(slots=True)
class _Mark:
    """Where a value stands, and what is in it."""

    start: int
    end: int
    key: Span | None = None
    parts: dict[Step, _Mark] = field(default_factory=dict)


class AlloyDocument(Document):
    """A configuration of Alloy or of Grafana Agent in flow mode."""

    comment_mark = "//"

    def __init__(
        self, text: Text, data: Block | None, problems: tuple[Problem, ...], root: _Mark, comments: dict[int, int]
    ) -> None:
        super().__init__(text, data, problems)
        self._root = root
        self._comment_ends = comments

    def _mark(self, at: KeyPath) -> _Mark:
        mark = self._root
        for step in at:
            below = mark.parts.get(step)
            if below is None:
                break
            mark = below
        return mark

    def span(self, at: KeyPath, key: bool = False) -> Span:
        mark = self._mark(at)
        return mark.key if key and mark.key is not None else Span(mark.start, mark.end)

    def inner_span(self, at: KeyPath, start: int, end: int) -> Span:
        mark = self._mark(at)
        if not isinstance(self.value(at), str):
            return Span(mark.start, mark.end)
        places = self._places.get(mark.start)
        if places is None:
            decoded = _characters(self.text.text, mark.start, mark.end)
            places = array("L", (place for place, _ in decoded))
            places.append(mark.end - 1)
            self._places[mark.start] = places
        start = max(0, min(start, len(places) - 1))
        return Span(places[start], places[max(start, min(end, len(places) - 1))])

    def value(self, at: KeyPath) -> object:
        data = self.data
        for step in at:
            if isinstance(data, Expression):
                data = list(data.arguments)
            if isinstance(data, dict):
                data = data.get(step)
            elif isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
                data = data[step]
            else:
                return None
        return data

    def comments(self) -> dict[int, str]:
        return {
            self.text.position(start)[0]: self.text.text[start:end].rstrip("\r")
            for start, end in self._comment_ends.items()
        }


_SPACE = re.compile(r"[ \t\r\n]*+")
_LINE_COMMENT = re.compile(r"//[^\n]*+")
_TOKEN = re.compile(
    r"""(?P<name>[^\W\d]\w*+)
    |(?P<number>(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?)
    |(?P<string>"(?:[^"\\\n]|\\[^\n])*+")
    |(?P<raw>`[^`]*+`)
    |(?P<mark>\|\||&&|[!=<>]=|[-+*/%^!=<>{}()\[\],.])""",
    re.VERBOSE,
)
_CHARACTER = re.compile(
    r"\\(?:(?P<octal>[0-7]{3})|x(?P<x>[0-9A-Fa-f]{2})|u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8})|(?P<plain>.))"
    r"|[^\\]",
    re.DOTALL,
)
_ESCAPES = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'",
}  # fmt: skip
_KEYWORDS: dict[str, object] = {"true": True, "false": False, "null": None}
_ENDS = frozenset(("name", "keyword", "number", "string", "raw", "}", ")", "]"))
"""What a line break behind it makes the end of a statement."""
_OPERATORS = frozenset(("||", "&&", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^"))
_SHOWN = {
    "newline": "the line ends",
    "end": "the file ends",
    "string": "a string stands",
    "raw": "a raw string stands",
}
"""What a message says of a token that is not quoted: a string may be a secret."""
_INTEGER_DIGITS = 18
"""More do not fit into Alloy's 64 bits for sure."""


class _SyntaxError(Exception):
    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.problem = Problem(message, span)


def load(path: str, source: str) -> AlloyDocument:
    """The document of an Alloy configuration. Never raises: the first syntax error is the document's problem."""
    text = Text(path, source)
    parser = _Parser(source)
    try:
        data, root = parser.file()
    except _SyntaxError as error:
        span = error.problem.span
        return AlloyDocument(text, None, (error.problem,), _Mark(span.start, span.end), parser.comments)
    except RecursionError:  # the text was read from a deep place of our own stack
        problem = Problem("nested too deeply", Span(0, min(1, len(source))))
        return AlloyDocument(text, None, (problem,), _Mark(0, problem.span.end), parser.comments)
    return AlloyDocument(text, data, tuple(parser.problems), root, parser.comments)


def _characters(source: str, start: int, end: int) -> list[tuple[int, str]]:
    """Each character of a string literal with its offset in the source; the literal stands with its quotes."""
    if source[start] == "`":
        return list(enumerate(source[start + 1 : end - 1], start + 1))
    found: list[tuple[int, str]] = []
    for match in _CHARACTER.finditer(source, start + 1, end - 1):
        char = match.group()
        if char[0] == "\\":
            if match["plain"] is not None:
                char = _ESCAPES.get(match["plain"], "")
            else:
                octal = match["octal"]
                code = int(octal, 8) if octal else int(match["x"] or match["u"] or match["U"], 16)
                # Go refuses what is no code point; `\400` and more are no byte
                char = chr(code) if code < (256 if octal else 0x110000) and not 0xD800 <= code < 0xE000 else ""
            if not char:
                raise _SyntaxError(f"`{match.group()}` is no escape of a string", Span(*match.span()))
        found.append((match.start(), char))
    return found


class _Parser:
    """Recursive descent with one token of look-ahead; `kind` is the token's own text where it is a mark or operator."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.comments: dict[int, int] = {}
        self.problems: list[Problem] = []
        self.depth = 0
        self.kind = ""
        self.start = self.end = 0

    # Tokens

    def advance(self) -> None:
        """Go on to the next token. Behind what may end a statement, a line break is one: `newline`."""
        i, broken = self._skip(self.end)
        if self.kind in _ENDS and (broken or i == len(self.source)):
            self.kind, self.start = "newline", self.end
            return
        self.start = i
        if i == len(self.source):
            self.kind, self.end = "end", i
            return
        match = _TOKEN.match(self.source, i)
        if match is None:
            self._refuse_character(i)
        self.end = match.end()
        self.kind = match.lastgroup or ""
        if self.kind == "mark":
            self.kind = match.group()
        elif self.kind == "name" and match.group() in _KEYWORDS:
            self.kind = "keyword"

    def _skip(self, i: int) -> tuple[int, bool]:
        """Where the next token begins behind white space and comments, and whether the line ends before it."""
        source = self.source
        broken = False
        while True:
            space = _SPACE.match(source, i)
            end = space.end() if space else i
            broken = broken or source.find("\n", i, end) >= 0
            i = end
            comment = _LINE_COMMENT.match(source, i)
            if comment:
                self.comments[i] = comment.end()
                i, broken = comment.end(), True
            elif source.startswith("/*", i):
                end = source.find("*/", i + 2) + 2
                if end < 2:
                    raise _SyntaxError("a comment that is never closed", Span(i, i + 2))
                broken = broken or source.find("\n", i, end) >= 0
                i = end
            else:
                return i, broken

    def _refuse_character(self, i: int) -> NoReturn:
        char = self.source[i]
        if char in "\"`'":
            if char == "'":
                raise _SyntaxError("a string stands in double quotes", Span(i, i + 1))
            raise _SyntaxError("a string that is never closed", Span(i, i + 1))
        shown = f"`{char}`" if char.isprintable() else f"U+{ord(char):04X}"
        raise _SyntaxError(f"{shown} cannot stand here", Span(i, i + 1))

    def _refuse(self, expected: str) -> NoReturn:
        end = min(self.start + 1, len(self.source)) if self.kind in ("newline", "end") else self.end
        got = _SHOWN.get(self.kind) or f"`{self.source[self.start : min(self.end, self.start + 40)]}` stands"
        raise _SyntaxError(f"{got} where {expected} is expected", Span(self.start, end))

    def _expect(self, kind: str, expected: str) -> Span:
        if self.kind != kind:
            self._refuse(expected)
        span = Span(self.start, self.end)
        self.advance()
        return span

    def _deeper(self, span: Span) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _SyntaxError("nested too deeply", span)

    # Statements

    def file(self) -> tuple[Block, _Mark]:
        data, root = Block(), _Mark(0, len(self.source))
        self.advance()
        self._body(data, root, "end")
        if self.kind != "end":
            self._refuse("a statement")
        return data, root

    def _body(self, data: Block, mark: _Mark, until: str) -> None:
        while self.kind not in (until, "end"):
            self._statement(data, mark)
            if self.kind == until:
                return
            if self.kind != "newline":
                self._refuse("a new line")
            self.advance()

    def _statement(self, data: Block, mark: _Mark) -> None:
        name = self._expect("name", "an attribute or a block")
        words = [self.source[name.start : name.end]]
        while self.kind == ".":
            self.advance()
            part = self._expect("name", "a name")
            words.append(self.source[part.start : part.end])
            name = Span(name.start, part.end)
        if self.kind == "=":
            if len(words) > 1:
                raise _SyntaxError("an attribute's name has no dots", name)
            self.advance()
            value, found = self._expression()
            found.key = name
            self._add(data, mark, words[0], value, found)
            return
        body, found = Block(), _Mark(name.start, name.end, name)
        if self.kind == "string":
            label = self.source[self.start + 1 : self.end - 1]
            if label and not label.isidentifier():
                raise _SyntaxError("a block's label must be an identifier", Span(self.start, self.end))
            body[LABEL] = label
            found.parts[LABEL] = _Mark(self.start, self.end)
            self.advance()
        if self.kind != "{":
            self._refuse("`{`" if body or len(words) > 1 else "`=` or `{`")
        opened = Span(self.start, self.end)
        self._deeper(opened)
        self.advance()
        self._body(body, found, "}")
        if self.kind != "}":
            raise _SyntaxError("`{` is never closed", opened)
        self.depth -= 1
        found.end = self.end
        self.advance()
        blocks = data.setdefault(".".join(words), [])
        if isinstance(blocks, list) and (not blocks or isinstance(blocks[0], Block)):
            listed = mark.parts.setdefault(".".join(words), _Mark(found.start, found.end, name))
            listed.parts[len(blocks)] = found
            blocks.append(body)

    def _add(self, data: Block, mark: _Mark, name: str, value: object, found: _Mark) -> None:
        """An attribute. Alloy refuses a second one of the same name; the first stays."""
        first = mark.parts.get(name)
        if first is None:
            data[name] = value
            mark.parts[name] = found
        elif first.key is not None and found.key is not None:
            self.problems.append(Problem(f"`{name}` is set twice", found.key, first.key))

    # Expressions

    def _expression(self) -> tuple[object, _Mark]:
        """Operands and operators, in a row: what is computed here is not known before Alloy runs anyway."""
        value, mark = self._operand()
        if self.kind not in _OPERATORS:
            return value, mark
        values, operators = [value], set()
        whole = _Mark(mark.start, mark.end, parts={0: mark})
        while self.kind in _OPERATORS:
            operators.add(self.kind)
            self.advance()
            value, mark = self._operand()
            whole.parts[len(values)] = mark
            values.append(value)
            whole.end = mark.end
        return Expression("operation", operators.pop() if len(operators) == 1 else "", tuple(values)), whole

    def _operand(self) -> tuple[object, _Mark]:
        start, signs = self.start, list[str]()
        while self.kind in ("-", "!"):
            signs.append(self.kind)
            self.advance()
        value, mark = self._primary()
        value, mark = self._postfix(value, mark)
        if not signs:
            return value, mark
        if set(signs) == {"-"} and isinstance(value, (int, float)) and not isinstance(value, bool):
            return (-value if len(signs) % 2 else value), _Mark(start, mark.end)
        return Expression("operation", signs[0], (value,)), _Mark(start, mark.end, parts={0: mark})

    def _postfix(self, value: object, mark: _Mark) -> tuple[object, _Mark]:
        """Fields, indexes and calls behind an operand."""
        for applied in range(MAX_DEPTH + 1):
            opened = Span(self.start, self.end)
            if self.kind == ".":
                self.advance()
                name = self._expect("name", "a name")
                word = self.source[name.start : name.end]
                if isinstance(value, Expression) and value.kind == "reference":
                    value, mark = self._dotted(value.name, word, mark.start, name.end)
                else:
                    value, mark = Expression("access", word, (value,)), _Mark(mark.start, name.end, parts={0: mark})
            elif self.kind == "[":
                self._deeper(opened)
                self.advance()
                index, at = self._expression()
                whole = _Mark(mark.start, self._close("]", opened), parts={0: mark, 1: at})
                value, mark = Expression("index", "", (value, index)), whole
            elif self.kind == "(":
                callee = value.name if isinstance(value, Expression) and value.kind == "reference" else ""
                arguments, whole = self._list(")")
                value, mark = (
                    Expression("call", callee, tuple(arguments)),
                    _Mark(mark.start, whole.end, None, whole.parts),
                )
            else:
                return value, mark
            if applied == MAX_DEPTH:
                raise _SyntaxError("nested too deeply", opened)
        raise AssertionError("the loop leaves by its own means")

    def _dotted(self, names: str, word: str, start: int, end: int) -> tuple[Expression, _Mark]:
        """A reference and all names that follow at once, for a chain may be as long as the file."""
        words = [names, word]
        while self.kind == ".":
            self.advance()
            name = self._expect("name", "a name")
            words.append(self.source[name.start : name.end])
            end = name.end
        return Expression("reference", ".".join(words)), _Mark(start, end)

    def _primary(self) -> tuple[object, _Mark]:
        kind, mark = self.kind, _Mark(self.start, self.end)
        written = self.source[self.start : self.end]
        if kind == "name":
            self.advance()
            return Expression("reference", written), mark
        if kind in ("string", "raw"):
            value = "".join(char for _, char in _characters(self.source, mark.start, mark.end))
            self.advance()
            return value, mark
        if kind == "keyword":
            self.advance()
            return _KEYWORDS[written], mark
        if kind == "number":
            self.advance()
            return (int(written) if written.isdigit() and len(written) <= _INTEGER_DIGITS else float(written)), mark
        if kind == "[":
            return self._list("]")
        if kind == "{":
            return self._object()
        if kind == "(":
            opened = Span(self.start, self.end)
            self._deeper(opened)
            self.advance()
            found = self._expression()
            self._close(")", opened)
            return found
        self._refuse("a value")

    def _close(self, closing: str, opened: Span) -> int:
        """Take the closing bracket; its end is returned."""
        if self.kind == "end":
            raise _SyntaxError(f"`{self.source[opened.start : opened.end]}` is never closed", opened)
        self.depth -= 1
        return self._expect(closing, f"`{closing}`").end

    def _list(self, closing: str) -> tuple[list[object], _Mark]:
        """The elements of a list, or the arguments of a call."""
        opened = Span(self.start, self.end)
        self._deeper(opened)
        self.advance()
        values: list[object] = []
        mark = _Mark(opened.start, opened.end)
        while self.kind not in (closing, "end"):
            value, found = self._expression()
            mark.parts[len(values)] = found
            values.append(value)
            self._comma(closing)
        mark.end = self._close(closing, opened)
        return values, mark

    def _object(self) -> tuple[dict[str, object], _Mark]:
        opened = Span(self.start, self.end)
        self._deeper(opened)
        self.advance()
        values: dict[str, object] = {}
        mark = _Mark(opened.start, opened.end)
        while self.kind not in ("}", "end"):
            if self.kind not in ("name", "string", "raw"):
                self._refuse("a field's name")
            quoted = self.kind != "name"
            name = self.source[self.start + quoted : self.end - quoted]
            key = Span(self.start, self.end)
            self.advance()
            self._expect("=", "`=`")
            values[name], found = self._expression()
            found.key = key
            mark.parts[name] = found
            self._comma("}")
        mark.end = self._close("}", opened)
        return values, mark

    def _comma(self, closing: str) -> None:
        if self.kind == ",":
            self.advance()
        elif self.kind != closing:
            self._refuse("`,`" if self.kind == "newline" else f"`,` or `{closing}`")
