"""Stream selectors and their pipelines."""

from __future__ import annotations

from typing import Final, Literal, cast

from obslint.lang.durations import prometheus_duration
from obslint.lang.logql import ast, patterns
from obslint.lang.logql.filters import COMPARISONS, FilterParser
from obslint.lang.logql.functions import CONVERSIONS
from obslint.lang.logql.lexer import KEYWORDS
from obslint.lang.tokens import Check
from obslint.lang.tree import Duration, Label, Matcher

_LINE_FILTERS: Final = frozenset(("|=", "|~", "|>", "!=", "!~", "!>"))
STAGE_STARTS: Final = _LINE_FILTERS | {"|"}


class StageParser(FilterParser):
    """The part of the parser that reads logs: everything but metrics."""

    __slots__ = ()

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
        if self.word("xml") and self.kinds[self.i + 1] not in COMPARISONS | {"=~", "!~"}:
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
        self.unexpected("a parser, a format or a label filter")

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
