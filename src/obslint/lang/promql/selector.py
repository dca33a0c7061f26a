"""Vector selectors and the label lists of operators and aggregations."""

from __future__ import annotations

from obslint.lang.cursor import needs_a_value
from obslint.lang.promql.ast import METRIC_NAME, Dialect, VectorSelector
from obslint.lang.promql.lexer import WORDS
from obslint.lang.promql.ranges import RangeParser
from obslint.lang.tokens import Check, unquote
from obslint.lang.tree import Label, Matcher


class SelectorParser(RangeParser):
    """`unfiltered` holds the selectors that match everything, by place: an error unless `info` takes them."""

    __slots__ = ("unfiltered",)

    def __init__(self, text: str, dialect: Dialect) -> None:
        super().__init__(text, dialect)
        self.unfiltered: dict[tuple[int, int], VectorSelector] = {}

    def selector(self) -> VectorSelector:
        i = self.i
        start, end = self.starts[i], self.ends[i]
        if self.kinds[i] == "{":
            name = None
        else:
            name = self.text[start:end]
            self.i = i = i + 1
            if self.kinds[i] != "{":
                return VectorSelector(start, end, name, ())
        name, matchers = self.matchers(name)
        selector = VectorSelector(start, self.ends[self.i - 1], name, matchers)
        if not (name or self.lenient or any(needs_a_value(matcher) for matcher in matchers)):
            self.unfiltered[selector.start, selector.end] = selector
        return selector

    def matchers(self, outer: str | None) -> tuple[str | None, tuple[Matcher, ...]]:
        """The matchers of `{…}` and the metric name, which may be among them as a quoted string."""
        kinds, starts, ends, text = self.kinds, self.starts, self.ends, self.text
        self.i += 1
        name = outer
        matchers: list[Matcher] = []
        while (kind := kinds[self.i]) != "}":
            i = self.i
            start, end = starts[i], ends[i]
            label = unquote(text, start, end) if kind == "string" else text[start:end]
            if kind == "string" and kinds[i + 1] in (",", "}"):
                self.i += 1
                if name is None:
                    name = label
                else:
                    matchers.append(Matcher(start, end, METRIC_NAME, "=", label, start + 1, end - 1))
            else:
                if kind != "string" and not (label.isidentifier() and label.isascii()):
                    self.unexpected("a label name or `}`")
                self.i += 1
                matchers.append(self.matcher(start, label))
            if kinds[self.i] == ",":
                self.i += 1
            elif kinds[self.i] != "}":
                self.unexpected("`,` or `}`")
        self.i += 1
        if outer is not None:
            for matcher in matchers:
                if matcher.label == METRIC_NAME and not self.lenient:
                    place = matcher.start, matcher.end
                    self.fail(f"the metric name is already set to `{outer}`", *place, Check.MATCHER)
        return name, tuple(matchers)

    def labels(self) -> tuple[Label, ...]:
        """`(a, b)` after by, without, on, ignoring, group_left or group_right."""
        self.expect("(")
        labels: list[Label] = []
        while (kind := self.kinds[self.i]) != ")":
            start, end = self.starts[self.i], self.ends[self.i]
            if kind == "string":
                labels.append(Label(start, end, unquote(self.text, start, end)))
                if not labels[-1].name:
                    self.refuse("a label name cannot be empty", labels[-1], Check.MATCHING)
            elif kind in WORDS:
                labels.append(Label(start, end, self.text[start:end]))
            else:
                self.unexpected("a label name")
            self.i += 1
            if self.kinds[self.i] == ",":
                self.i += 1
            elif self.kinds[self.i] != ")":
                self.unexpected("`,` or `)`")
        self.i += 1
        return tuple(labels)
