"""Stream selectors and their pipelines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NoReturn, TypeVar, cast

from obslint.lang.cursor import Cursor
from obslint.lang.durations import go_duration, prometheus_duration
from obslint.lang.logql import ast, patterns
from obslint.lang.logql.functions import CONVERSIONS
from obslint.lang.logql.lexer import KEYWORDS, tokenize
from obslint.lang.tokens import Check, SyntaxProblem, unquote
from obslint.lang.tree import Duration, Label, Matcher

_LINE_FILTERS: Final = frozenset(("|=", "|~", "|>", "!=", "!~", "!>"))
STAGE_STARTS: Final = _LINE_FILTERS | {"|"}
_COMPARISONS: Final = frozenset(("=", "==", "!=", ">", ">=", "<", "<="))
_SIZES: Final[dict[str, int]] = {unit: 1000**power for power, unit in enumerate("bkmgtp")} | {
    f"{unit}i": 1024**power for power, unit in enumerate("kmgtp", 1)
}
_A_STAGE: Final = "a parser, a format or a label filter"


_T = TypeVar("_T")


class StageParser(Cursor):
    """The part of the parser that reads logs: everything but metrics."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        super().__init__(tokenize(text))

    # -- words ---------------------------------------------------------------------------------------------------------

    def word(self, *words: str) -> bool:
        """Whether one of these words is at hand that are keywords only where the grammar wants them."""
        i = self.i
        return self.kinds[i] == "word" and self.text[self.starts[i] : self.ends[i]].lower() in words

    def label(self) -> Label:
        i = self.i
        start, end = self.starts[i], self.ends[i]
        if self.kinds[i] in KEYWORDS:
            name = self.text[start:end]
            self.fail(f"`{name}` is a word of LogQL, so no label can be written so", start, end, Check.SYNTAX)
        if self.kinds[i] != "word":
            self.unexpected("a label name")
        self.i += 1
        return Label(start, end, self.text[start:end])

    def string(self, expected: str = "a quoted string") -> ast.Text:
        i = self.i
        if self.kinds[i] != "string":
            self.unexpected(expected)
        self.i += 1
        start, end = self.starts[i], self.ends[i]
        return ast.Text(start, end, unquote(self.text, start, end))

    def inside(self, text: ast.Text, error: ValueError, what: str, check: Check) -> NoReturn:
        """Refuse what stands in a string."""
        raise SyntaxProblem(f"{what}: {error}", text.start + 1, text.end - 1, check) from None

    # -- selectors -----------------------------------------------------------------------------------------------------

    def selector(self) -> ast.StreamSelector:
        start = self.starts[self.i]
        if self.kinds[self.i] != "{":
            self.unexpected('a stream selector such as `{job="app"}`')
        self.i += 1
        matchers: list[Matcher] = []
        while self.kinds[self.i] != "}":
            if matchers:
                if self.kinds[self.i] != ",":
                    self.unexpected("`,` or `}`")
                self.i += 1
            label = self.label()
            matchers.append(self.matcher(label.start, label.name))
        self.i += 1
        return ast.StreamSelector(start, self.ends[self.i - 1], tuple(matchers))

    def query(self) -> ast.LogQuery:
        """A selector and its pipeline, which does not unwrap anything."""
        selector = self.selector()
        stages, _ = self.pipeline(unwraps=False)
        return ast.LogQuery(selector.start, self.ends[self.i - 1], selector, stages)

    def log_range(self) -> ast.LogRange:
        start = self.starts[self.i]
        query, unwrap, length, offset = self.range_parts()
        if length is None:
            self.unexpected("a range such as `[5m]`")
        return ast.LogRange(start, self.ends[self.i - 1], query, unwrap, length, offset)

    def range_parts(self) -> tuple[ast.LogQuery, ast.Unwrap | None, Duration | None, Duration | None]:
        """A query, and its unwrap and range, in one of the orders that the grammar has."""
        self.deeper()
        length: Duration | None = None
        offset: Duration | None = None
        if self.kinds[self.i] == "(":
            self.i += 1
            query, unwrap, length, offset = self.range_parts()
            self.expect(")")
            if length is None and self.kinds[self.i] == "range":
                length, offset = self.length(), self.offset()
                if unwrap is None and self.kinds[self.i] == "|":
                    _, unwrap = self.pipeline(unwraps=True)
        else:
            selector = self.selector()
            first = self.kinds[self.i] == "range"
            if first:
                length, offset = self.length(), self.offset()
            stages, unwrap = self.pipeline(unwraps=True)
            end = stages[-1].end if stages else selector.end
            query = ast.LogQuery(selector.start, end, selector, stages)
            if not first and self.kinds[self.i] == "range":
                length, offset = self.length(), self.offset()
        self.depth -= 1
        return query, unwrap, length, offset

    def length(self) -> Duration:
        start, end = self.starts[self.i] + 1, self.ends[self.i] - 1
        try:
            milliseconds = prometheus_duration(self.text[start:end])
        except ValueError as error:
            self.fail(str(error), start, max(end, start + 1), Check.LITERAL)
        self.i += 1
        return Duration(start, end, milliseconds)

    def offset(self) -> Duration | None:
        if self.kinds[self.i] != "offset":
            return None
        self.i += 1
        if self.kinds[self.i] != "duration":
            self.unexpected("a duration such as `5m`")
        start, end = self.starts[self.i], self.ends[self.i]
        seconds = self.duration()
        return Duration(start, end, int(seconds * 1000))

    def duration(self) -> float:
        """Seconds of the duration at hand, in Prometheus' grammar or in Go's."""
        start, end = self.starts[self.i], self.ends[self.i]
        literal = self.text[start:end]
        self.i += 1
        try:
            return prometheus_duration(literal) / 1000
        except ValueError:
            try:
                return go_duration(literal) / 1e9
            except ValueError as error:
                self.fail(str(error), start, end, Check.LITERAL)

    # -- pipelines -----------------------------------------------------------------------------------------------------

    def pipeline(self, unwraps: bool) -> tuple[tuple[ast.Stage, ...], ast.Unwrap | None]:
        stages: list[ast.Stage] = []
        while self.kinds[self.i] in STAGE_STARTS:
            if self.kinds[self.i] == "|" and self.kinds[self.i + 1] == "unwrap":
                if not unwraps:
                    place = self.starts[self.i + 1], self.ends[self.i + 1]
                    self.fail("`unwrap` goes only with a range such as `[5m]` behind it", *place, Check.MODIFIER)
                return tuple(stages), self.unwrap()
            stages.append(self.stage())
        return tuple(stages), None

    def unwrap(self) -> ast.Unwrap:
        start = self.starts[self.i]
        self.i += 2
        conversion = None
        if self.kinds[self.i + 1] == "(":
            if not self.word(*CONVERSIONS):
                self.unexpected(f"a label name, or one of {', '.join(f'`{name}(…)`' for name in CONVERSIONS)}")
            conversion = self.text[self.starts[self.i] : self.ends[self.i]].lower()
            self.i += 2
        label = self.label()
        if conversion is not None:
            self.expect(")")
        filters: list[ast.LabelFilter] = []
        while self.kinds[self.i] == "|":
            if self.kinds[self.i + 1] in KEYWORDS:
                self.i += 1
                self.unexpected("a label filter: `unwrap` stands behind all other stages")
            stage = self.stage()
            assert isinstance(stage, ast.LabelFilter)  # no keyword follows
            filters.append(stage)
        return ast.Unwrap(start, self.ends[self.i - 1], label, conversion, tuple(filters))

    def stage(self) -> ast.Stage:
        start, kind = self.starts[self.i], self.kinds[self.i]
        self.i += 1
        if kind in _LINE_FILTERS:
            return self.line_filter(start, kind)
        word = self.kinds[self.i]
        if self.word("xml") and self.kinds[self.i + 1] not in _COMPARISONS | {"=~", "!~"}:
            word = "xml"
        if word in ("json", "logfmt", "pattern", "regexp", "unpack", "xml"):
            return self.label_parser(start, word)
        if word in ("word", "("):
            filter_ = self.label_filter()
            return ast.LabelFilter(start, filter_.end, filter_)
        self.i += 1
        match word:
            case "line_format":
                template = self.string("a template in quotes")
                return ast.LineFormat(start, template.end, template)
            case "label_format":
                formats = self.separated(self.format)
                return ast.LabelFormat(start, formats[-1].end, tuple(formats))
            case "decolorize":
                return ast.Decolorize(start, self.ends[self.i - 1])
            case "drop" | "keep":
                labels = self.separated(self.named)
                return ast.Selection(start, labels[-1].end, "drop" if word == "drop" else "keep", tuple(labels))
        self.i -= 1
        self.unexpected(_A_STAGE)

    def separated(self, read: Callable[[], _T]) -> list[_T]:
        found = [read()]
        while self.kinds[self.i] == ",":
            self.i += 1
            found.append(read())
        return found

    def line_filter(self, start: int, op: str) -> ast.LineFilter:
        texts: list[ast.Text] = []
        ips: list[bool] = []
        while True:
            ip = self.word("ip") and self.kinds[self.i + 1] == "("
            self.i += 2 * ip
            texts.append(self.string("a text in quotes"))
            ips.append(ip)
            if ip:
                self.expect(")")
            if self.kinds[self.i] != "or":
                break
            self.i += 1
        known = cast(Literal["|=", "!=", "|~", "!~", "|>", "!>"], op)
        return ast.LineFilter(start, self.ends[self.i - 1], known, tuple(texts), tuple(ips))

    def label_parser(self, start: int, name: str) -> ast.LabelParser:
        self.i += 1
        flags: list[str] = []
        while name == "logfmt" and self.kinds[self.i] == "flag":
            flags.append(self.text[self.starts[self.i] : self.ends[self.i]])
            self.i += 1
        text: ast.Text | None = None
        extractions: list[ast.Extraction] = []
        labels: tuple[str, ...] | None = None
        if name in ("regexp", "pattern"):
            text = self.string()
            try:
                labels = (patterns.regex_captures if name == "regexp" else patterns.pattern_captures)(text.value)
            except ValueError as error:
                self.inside(text, error, f"bad {name}", Check.REGEX if name == "regexp" else Check.PATTERN)
        elif name != "unpack" and self.kinds[self.i] == "word":
            extractions = self.separated(self.extraction)
            labels = tuple(extraction.label for extraction in extractions)
        known = cast(Literal["json", "logfmt", "pattern", "regexp", "unpack", "xml"], name)
        return ast.LabelParser(start, self.ends[self.i - 1], known, tuple(flags), tuple(extractions), text, labels)

    def extraction(self) -> ast.Extraction:
        label = self.label()
        if self.kinds[self.i] != "=":
            return ast.Extraction(label.start, label.end, label.name, None)
        self.i += 1
        expression = self.string()
        return ast.Extraction(label.start, expression.end, label.name, expression)

    def format(self) -> ast.Format:
        label = self.label()
        self.expect("=")
        value = self.string() if self.kinds[self.i] == "string" else self.label()
        return ast.Format(label.start, value.end, label.name, value)

    def named(self) -> Label | Matcher:
        label = self.label()
        return self.matcher(label.start, label.name) if self.kinds[self.i] in ("=", "!=", "=~", "!~") else label

    # -- label filters -------------------------------------------------------------------------------------------------

    def label_filter(self) -> ast.Filter:
        """Filters with `and`, `or`, commas or nothing between them.

        As in Loki a comma, or nothing, takes everything behind it: `a or b, c or d` is `a or (b and (c or d))`.
        """
        self.deeper()
        segments: list[tuple[list[ast.Filter], list[str]]] = [([self.filter_operand()], [])]
        while (kind := self.kinds[self.i]) in ("and", "or", ",", "word", "("):
            self.i += kind in ("and", "or", ",")
            operand = self.filter_operand()
            if kind in ("and", "or"):
                segments[-1][0].append(operand)
                segments[-1][1].append(kind)
            else:
                segments.append(([operand], []))
        operands, ops = segments.pop()
        result = _grouped(operands, ops)
        while segments:
            operands, ops = segments.pop()
            operands[-1] = _group("and", [operands[-1], result])
            result = _grouped(operands, ops)
        self.depth -= 1
        return result

    def filter_operand(self) -> ast.Filter:
        if self.kinds[self.i] == "(":
            start = self.starts[self.i]
            self.i += 1
            inner = self.label_filter()
            self.expect(")")
            return ast.FilterGroup(start, self.ends[self.i - 1], "and", (inner,))
        label = self.label()
        op, value_at = self.kinds[self.i], self.i + 1
        kind = self.kinds[value_at]
        if op in ("=~", "!~") or (kind == "string" and op in ("=", "!=")):
            return self.matcher(label.start, label.name)
        if op not in _COMPARISONS:
            self.unexpected("a comparison such as `=` or `>`")
        self.i = value_at
        comparison = cast(ast.Comparison, op)
        if self.word("ip") and self.kinds[self.i + 1] == "(":
            if op not in ("=", "!="):
                self.fail(f"`{op}` does not go with `ip(…)`", label.start, self.ends[self.i], Check.MATCHING)
            self.i += 2
            address = self.string("an address in quotes")
            self.expect(")")
            return ast.ValueFilter(label.start, self.ends[self.i - 1], label.name, comparison, address, "ip")
        if kind == "duration":
            seconds = self.duration()
            return ast.ValueFilter(label.start, self.ends[self.i - 1], label.name, comparison, seconds, "duration")
        if kind == "bytes":
            self.i += 1
            size = self.bytes(value_at)
            return ast.ValueFilter(label.start, self.ends[value_at], label.name, comparison, size, "bytes")
        if kind == "string":
            message = f"`{op}` compares with a number, a duration or bytes, not with a string"
            self.fail(message, self.starts[value_at], self.ends[value_at], Check.TYPE)
        number = self.number("a number, a duration, bytes or a string")
        return ast.ValueFilter(label.start, number.end, label.name, comparison, number.value, "number")

    def bytes(self, i: int) -> float:
        start, end = self.starts[i], self.ends[i]
        literal = self.text[start:end]
        digits = literal.rstrip("BikKMGTP")
        unit = literal[len(digits) :].lower().removesuffix("b") or "b"
        try:
            return float(digits) * _SIZES[unit]
        except ValueError:
            self.fail(f"`{literal}` is no size", start, end, Check.LITERAL)

    def number(self, expected: str, signed: bool = True) -> ast.NumberLiteral:
        start = self.starts[self.i]
        sign = self.kinds[self.i] if signed and self.kinds[self.i] in ("+", "-") else ""
        self.i += bool(sign)
        i = self.i
        if self.kinds[i] != "number":
            self.unexpected(expected)
        literal = self.text[self.starts[i] : self.ends[i]]
        try:
            value = float(literal)
        except ValueError:
            self.fail(f"`{literal}` is no number", self.starts[i], self.ends[i], Check.LITERAL)
        self.i += 1
        return ast.NumberLiteral(start, self.ends[i], -value if sign == "-" else value)


def _grouped(operands: list[ast.Filter], ops: list[str]) -> ast.Filter:
    """`or` of `and`s."""
    alternatives: list[list[ast.Filter]] = [[operands[0]]]
    for op, operand in zip(ops, operands[1:], strict=True):
        if op == "or":
            alternatives.append([operand])
        else:
            alternatives[-1].append(operand)
    return _group("or", [_group("and", alternative) for alternative in alternatives])


def _group(op: Literal["and", "or"], parts: list[ast.Filter]) -> ast.Filter:
    if len(parts) == 1:
        return parts[0]
    return ast.FilterGroup(parts[0].start, parts[-1].end, op, tuple(parts))
