"""Write src/obslint/knowledge/metric_*.tsv and metric_sources.json from a catalogue of what exporters expose.

    python tools/make_metrics.py CATALOGUE            write the files
    python tools/make_metrics.py CATALOGUE --check    write nothing; exit 1 when a file is stale

CATALOGUE is a folder with a JSON file a component and `renames.json`. A component has `metrics` and `removed_metrics`
(name to type, labels, via, when, since, removed, replaced_by), `includes` (components whose families it exposes too),
`coverage`, `open_ended`, `open_prefixes`, `open_patterns`, `prefixes` and `source`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "src" / "obslint" / "knowledge"
MADE = "# Made by tools/make_metrics.py; do not edit."

SAME = {
    "jaeger_agent": "jaeger",
    "jaeger_all_in_one": "jaeger",
    "jaeger_collector": "jaeger",
    "jaeger_query": "jaeger",
    "otel_collector_contrib": "otel_collector",
    "rabbitmq_exporter": "rabbitmq_exporter_kbudde",
    "vminsert": "victoria_metrics",
    "vmselect": "victoria_metrics",
    "vmstorage": "victoria_metrics",
}
"""Components of components.yaml that the catalogue has under another name."""

_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)")

Json = Any


def version(text: str | None) -> str:
    """A version as numbers; empty where the text is none, such as a date or a Kubernetes release."""
    match = _VERSION.fullmatch(text or "")
    return match[1] if match else ""


def family(name: str, component: str, raw: Json) -> str:
    """One line: name, component, type, labels, via, since, removed, replaced_by, when; empty columns at its end go.

    A type that its name alone suggests ends in `?`; a family of no known type has none.
    """
    type_ = "" if raw["type"] == "unknown" else raw["type"] + ("?" if raw.get("type_guess") else "")
    when = raw.get("when") or ("not by default" if raw.get("default") is False else "")
    columns = [
        name,
        component,
        type_,
        ",".join(sorted(raw.get("labels", ()))),
        raw.get("via", ""),
        version(raw.get("since")),
        version(raw.get("removed")),
        raw.get("replaced_by") or "",
        when,
    ]
    if any(set(column) & set("\t\n") for column in columns):
        raise SystemExit(f"{component}: {name} holds a tab or a line break")
    return "\t".join(columns).rstrip("\t")


def families(components: Json) -> Iterator[str]:
    """The lines of all families, in the order of their code points, so that a reader can bisect them."""
    lines = []
    for raw in components:
        clash = raw["metrics"].keys() & raw.get("removed_metrics", {}).keys()
        if clash:
            raise SystemExit(f"{raw['component']}: {', '.join(sorted(clash))} both exposed and removed")
        for name, metric in (*raw["metrics"].items(), *raw.get("removed_metrics", {}).items()):
            lines.append(family(name, raw["component"], metric))
    return iter(sorted(lines))


def source(raw: Json) -> Json:
    """What is known of a component as a whole; `open` are regexes of names that it exposes besides."""
    opened = [re.escape(prefix) + r"\w*" for prefix in raw.get("open_prefixes", ())] + raw.get("open_patterns", [])
    values = {
        "coverage": raw["coverage"],
        "includes": raw.get("includes", []),
        "prefixes": raw.get("prefixes", []),
        "open": [".*"] if raw.get("open_ended") else opened,
        "source": raw["source"].get("what") or "",
        "version": raw["source"].get("version") or "",
    }
    return {key: value for key, value in values.items() if value}


def rename(raw: Json) -> str:
    """One line: old name, component, new name or selector, since, whether it is verified, note."""
    verified = "verified" if raw["confidence"].startswith("verified") else ""
    columns = [raw["old"], raw["component"], raw.get("new") or "", version(raw["since"]), verified]
    return "\t".join((*columns, raw.get("note", ""))).rstrip("\t")


def make(catalogue: Path) -> dict[str, str]:
    """The text of every file, by its name."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(catalogue.glob("*.json"))]
    components = [raw for raw in found if isinstance(raw, dict)]
    renames = json.loads((catalogue / "renames.json").read_text(encoding="utf-8"))
    known = {raw["component"]: source(raw) for raw in components} | {
        name: {"same_as": one} for name, one in SAME.items()
    }
    sources = ",\n".join(f"{json.dumps(name)}: {json.dumps(known[name])}" for name in sorted(known))
    kept = sorted(rename(raw) for raw in renames if raw["kind"] != "label")
    return {
        "metric_families.tsv": "\n".join((MADE, *families(components))) + "\n",
        "metric_renames.tsv": "\n".join((MADE, *kept)) + "\n",
        "metric_sources.json": f"{{\n{sources}\n}}\n",
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write what exporters expose from a catalogue.")
    parser.add_argument("catalogue", type=Path, help="folder of the catalogue")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the files (src/obslint/knowledge)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    options = parser.parse_args(argv)
    texts = {options.out / name: text for name, text in make(options.catalogue).items()}
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if options.check:
            print(f"{path} is stale", file=sys.stderr)
        else:
            path.write_text(text := texts[path], encoding="utf-8")
            print(f"wrote {path}: {len(text.splitlines())} lines")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
