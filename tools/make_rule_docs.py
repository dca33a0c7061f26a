"""Writes docs/rules/: a page a rule, from its class and its test page, and the table; `--check` only compares."""

from __future__ import annotations

import argparse
from pathlib import Path

from obslint import manual, testing
from obslint.rules import rules

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "tests" / "rules"
OUT = ROOT / "docs" / "rules"


def render() -> dict[str, str]:
    """Every file of docs/rules/ by name."""
    files: dict[str, str] = {}
    table = ["# Rules", "", "| code | severity | name | finds |", "|---|---|---|---|"]
    for rule in rules():
        info = rule.info()
        source = PAGES / f"{info.code}.md"
        page = testing.load(source) if source.exists() else None
        files[f"{info.code}.md"] = manual.write(info, page)
        link = f"[{info.code}]({info.code}.md)"
        table.append(f"| {link} | {info.severity.value if info.enabled else 'off'} | `{info.name}` | {info.summary} |")
    files["README.md"] = "\n".join(table) + "\n"
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 if a page is stale instead of writing it")
    check = parser.parse_args().check
    files = render()
    stale = [name for name, text in files.items() if not (OUT / name).exists() or (OUT / name).read_text() != text]
    stale += [path.name for path in OUT.glob("*.md") if path.name not in files]
    if check:
        for name in stale:
            print(f"stale: docs/rules/{name}; run `make docs`")
        return int(bool(stale))
    OUT.mkdir(parents=True, exist_ok=True)
    for path in OUT.glob("*.md"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (OUT / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
