"""Write src/obslint/knowledge/flags.json, which flags each component knows, from version-aware field tables.

    python tools/make_flags.py FIELDS            write it
    python tools/make_flags.py FIELDS --check    write nothing; exit 1 when it is stale

FIELDS is a folder of tables, one JSON file a component; `flags` maps a flag with its dashes to its type, since and
until, `enterprise_flags` those of a paid edition, of which no versions are known. What a table is not sure of (a flag
that documents of some releases lack, or that another component brought by accident) counts as known in all releases.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parents[1] / "src" / "obslint" / "knowledge" / "flags.json"
COMPONENTS = {
    "prometheus": "prometheus",
    "alertmanager": "alertmanager",
    "loki": "loki",
    "victoria-metrics": "victoria_metrics",
    "vmagent": "vmagent",
    "vmalert": "vmalert",
}
"""Tables, and the components as `knowledge` calls them."""
INCOMPLETE = ("loki",)
"""Those whose table comes from manuals, which leave flags out."""
UNSURE = ("absent_in", "gaps", "incidental", "since_from")
GRAMMARS = {
    # `SetValue(&model.Duration)` and `BytesVar(&units.Base2Bytes)` in cmd/prometheus/main.go
    "prometheus": {"duration": "duration-prometheus", "size": "size-prometheus"},
    # kingpin's `Duration()` in cmd/alertmanager/main.go
    "alertmanager": {"duration": "duration-go"},
    # Go's or Prometheus' by flag, which the manuals do not tell
    "loki": {"duration": "duration"},
    # `flag.Duration`, `flagutil.RetentionDuration` and `flagutil.Bytes`
    "victoria-metrics": {"duration": "duration-victoria", "size": "size-victoria"},
    "vmagent": {"duration": "duration-victoria", "size": "size-victoria"},
    "vmalert": {"duration": "duration-victoria", "size": "size-victoria"},
}
"""The grammar by which a component reads a type of flag."""
OTHERS = {"prometheus": ("--scrape.timestamp-tolerance",)}
"""Flags that are read by another grammar than the rest of their type."""


def table(fields: Path, name: str) -> dict[str, Any]:
    """One component's flags: `[since, until]`, and a third item where it is known what the value must be."""
    data = json.loads((fields / f"{name}.json").read_text(encoding="utf-8"))
    flags: dict[str, list[object]] = {}
    for written, entry in sorted(data["flags"].items()):
        unsure = any(key in entry for key in UNSURE)
        span = [None, None] if unsure else [entry.get("since"), entry.get("until")]
        takes = None if written in OTHERS.get(name, ()) else takes_of(name, entry)
        flags[written.lstrip("-")] = [*span, takes] if takes else span
    for written, entry in sorted(data.get("enterprise_flags", {}).items()):
        flags.setdefault(written.lstrip("-"), [None, None, *(["switch"] if entry["type"] == "bool" else [])])
    releases = [".".join(str(release).split(".")[:2]) for release in data["versions"]]
    return {
        "oldest": releases[0],
        "newest": releases[-1],
        "complete": name not in INCOMPLETE,
        "repeatable": sorted(flag.lstrip("-") for flag, entry in data["flags"].items() if entry.get("repeatable")),
        "flags": flags,
    }


def takes_of(name: str, entry: dict[str, Any]) -> str | list[str] | None:
    """`switch` for a flag without a value, a grammar, or the choices; None where nothing is said of the value."""
    if entry["type"].startswith("bool"):
        return "switch"
    if entry.get("repeatable"):
        return None  # a list, which some components split at commas
    if entry["type"] == "enum":
        choices: list[str] = entry["enum"]
        return choices
    return GRAMMARS[name].get(entry["type"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fields", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    found = {component: table(options.fields, name) for name, component in COMPONENTS.items()}
    lines = []
    for component, known in found.items():
        flags = ",\n".join(f"   {json.dumps(name)}: {json.dumps(span)}" for name, span in known.pop("flags").items())
        head = json.dumps(known)[1:-1]
        lines.append(f' "{component}": {{{head}, "flags": {{\n{flags}\n }}}}')
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    if options.check:
        return 0 if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text else 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
