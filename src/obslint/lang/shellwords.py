"""Splits a command as Compose does (shell words, no expansion), keeping where each word stood."""

from __future__ import annotations

_SPACE = " \t\r\n"


def split(text: str) -> list[tuple[str, int, int]]:
    """Words with their half-open range in `text`. An unclosed quote runs to the end, as far as it can be read."""
    words: list[tuple[str, int, int]] = []
    i, size = 0, len(text)
    while i < size:
        if text[i] in _SPACE:
            i += 1
            continue
        if text.startswith("\\\n", i):  # the command goes on in the next line
            i += 2
            continue
        start, out, quote = i, [], ""
        while i < size and (quote or text[i] not in _SPACE):
            char = text[i]
            if char == "\\" and quote != "'" and i + 1 < size and (not quote or text[i + 1] in '"\\$`\n'):
                i += 1
                if text[i] != "\n":
                    out.append(text[i])
            elif quote:
                if char == quote:
                    quote = ""
                else:
                    out.append(char)
            elif char in "'\"":
                quote = char
            else:
                out.append(char)
            i += 1
        words.append(("".join(out), start, i))
    return words
