"""Writes the schemas of what obslint prints from its types; `--check` only says whether they are fresh."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pydantic import BaseModel

from obslint.report.graph_schema import GraphDocument
from obslint.report.schema import Report

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
TYPES: dict[str, type[BaseModel]] = {"report.json": Report, "graph.json": GraphDocument}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 if the file is stale, and write nothing")
    check = parser.parse_args().check
    for name, type_ in TYPES.items():
        target = SCHEMAS / name
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **type_.model_json_schema()}
        text = json.dumps(schema, indent=2) + "\n"
        if check and (not target.exists() or target.read_text(encoding="utf-8") != text):
            print(f"{target} is stale: run tools/make_report_schema.py", file=sys.stderr)
            return 1
        if not check:
            target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
