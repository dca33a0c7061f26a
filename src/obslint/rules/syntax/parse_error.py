"""SYN001."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import BrokenFile, FileFault
from obslint.rules.base import Rule

# What to look for, by the parser's own words.
_HELP = (
    ("expected key", "indent this line like its neighbours, or close the quote or bracket before it"),
    ("expected '-'", "begin each item of the list with `- ` in the same column"),
    ("mapping values are not allowed", "quote a value that holds `: `, or indent this key like its neighbours"),
    ("expected ':'", "write `:` after the key, or indent the lines of a text below its key"),
    ("end of stream", "close the quote"),
    ("cannot start any token", "quote the value: YAML keeps its first character for itself"),
    ("expected ',' or", "close the bracket, or quote the value in it"),
    ("byte order mark", "save the file as UTF-8 without the mark (BOM)"),
    ("tab", "indent with spaces"),
    ("a comma", "remove the comma"),
    ("Expecting", "look for a comma, quote or bracket that is missing or one too many, here or just before"),
    ("alias", "define the anchor above its first use, or quote a value that begins with `*`"),
)


class ParseError(Rule[BrokenFile | FileFault]):
    """A file that a component will load is not valid YAML or JSON.

    The component refuses the file: it does not start, or keeps running with the configuration it had. Nothing else in
    the file is judged until it parses. A second document below `---`, where the component reads only the first, is a
    warning: nothing in it has an effect.
    """

    code, name, severity = "SYN001", "yaml-or-json-parse-error", Severity.ERROR
    on = (BrokenFile, FileFault)

    def check(self, broken: BrokenFile | FileFault, graph: Graph) -> Iterator[Claim]:
        if isinstance(broken, FileFault):
            if broken.fault.sort == "dropped":
                yield self.claim(broken, broken.fault.message, help=broken.fault.help, proven=False)
        elif broken.other is None:
            yield self.claim(
                broken,
                f"{broken.reader} cannot read this file: {broken.message}",
                help=next(
                    (help for words, help in _HELP if words in broken.message), "mend the syntax here or just before"
                ),
            )
