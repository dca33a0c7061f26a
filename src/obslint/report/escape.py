"""A stranger's text made harmless: it may not move a cursor, reverse a line, break an encoder or command a CI job."""

from __future__ import annotations

import json
import re

_COMMAND = re.compile(r"##(?=\w{0,16}\[)")
"""What opens a command anywhere in a line of a CI log: `##[` for actions/runner (ActionCommand.TryParse), `##vso[` for
Azure Pipelines."""
_LINE_COMMAND = re.compile(r"^([ \t]*:):", re.MULTILINE)
"""What makes a command of a line for a GitHub runner (ActionCommand.TryParseV2), which trims it first."""
_TO_ESCAPE = re.compile(rf"[^\n\x20-\x7e]|{_COMMAND.pattern}")


def visible(text: str) -> str:
    """The text with everything that does not print spelt out, so that only visible characters are left."""
    return text if text.isprintable() else "".join(map(spelt, text))


def spelt(char: str) -> str:
    """One character as it can be shown: itself, the picture of an ASCII control, or `<U+202E>`."""
    if char.isprintable():
        return char
    if char < "\x20":
        return chr(0x2400 + ord(char))
    return "␡" if char == "\x7f" else f"<U+{ord(char):04X}>"


def without_commands(report: str) -> str:
    """The report with another sharp or colon for the second one of each CI log command that a file smuggled in."""
    return _LINE_COMMAND.sub(r"\1꞉", _COMMAND.sub("#♯", report))


def json_text(value: object) -> str:
    """Indented JSON in pure ASCII, with a newline. A lone surrogate becomes U+FFFD: strict readers refuse it."""
    return _TO_ESCAPE.sub(_json_escape, json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def _json_escape(match: re.Match[str]) -> str:
    if match[0] == "##":
        return "#\\u0023"
    code_point = ord(match[0])
    if 0xD800 <= code_point <= 0xDFFF:
        return "\\ufffd"
    if code_point < 0x10000:
        return f"\\u{code_point:04x}"
    return f"\\u{0xD7C0 + (code_point >> 10):04x}\\u{0xDC00 + (code_point & 0x3FF):04x}"
