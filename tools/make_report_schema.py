"""Writes schemas/report.json from the types in obslint.report.schema; `--check` only says whether it is fresh."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from obslint.report.schema import Report

TARGET = Path(__file__).resolve().parent.parent / "schemas" / "report.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 if the file is stale, and write nothing")
    check = parser.parse_args().check
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Report.model_json_schema()}
    text = json.dumps(schema, indent=2) + "\n"
    if check and (not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text):
        print(f"{TARGET} is stale: run tools/make_report_schema.py", file=sys.stderr)
        return 1
    if not check:
        TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
