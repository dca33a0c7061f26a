"""Times commands interleaved in one run and prints ratios to a bare Python; no number here is a test.

    python benchmarks/run.py [--files 60] [--rounds 15]

Peers are timed on the same files where they are installed: promtool (the rule files), yamllint (everything).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import stack


def commands(directory: Path) -> dict[str, list[str]]:
    python = sys.executable
    rule_files = sorted(str(path) for path in (directory / "prometheus" / "rules").glob("*.yml"))
    found = {
        "python -I -c pass": [python, "-I", "-c", "pass"],
        "obslint --version": [python, "-m", "obslint", "--version"],
        "obslint check, 1 file": [python, "-m", "obslint", "check", str(directory / "alertmanager.yml")],
        "obslint check, all": [python, "-m", "obslint", "check", str(directory)],
    }
    if promtool := shutil.which("promtool"):
        found["promtool check rules"] = [promtool, "check", "rules", *rule_files]
    if yamllint := shutil.which("yamllint"):
        found["yamllint, YAML only"] = [yamllint, "-d", "relaxed", str(directory)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}  # as installed
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        stack.write(directory, options.files)
        timed = commands(directory)
        times: dict[str, list[float]] = {label: [] for label in timed}
        for _ in range(options.rounds):
            for label, command in timed.items():
                started = time.perf_counter()
                done = subprocess.run(command, capture_output=True, check=False, env=env)
                times[label].append(time.perf_counter() - started)
                if done.returncode > 1:
                    raise SystemExit(f"{label} failed: {done.stderr.decode()}")
    base = times["python -I -c pass"]
    print(f"{options.files} files, {options.rounds} rounds; ratio of medians (minima) to a bare Python")
    for label, values in times.items():
        print(f"{statistics.median(values) / statistics.median(base):6.1f} ({min(values) / min(base):5.1f})  {label}")


if __name__ == "__main__":
    main()
