"""A real Prometheus that holds given series, for tests that compare with what it answers."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

NOW = 1_700_000_000
Series: TypeAlias = tuple[str, Mapping[str, str], float]
"""Name, labels, and the value at `NOW`, to which it rises by one in 30 seconds."""


@contextmanager
def serving(directory: Path, series: Sequence[Series]) -> Iterator[str]:
    """The address of a Prometheus that holds these series, each with a sample every 30 s over 20 minutes to `NOW`."""
    prometheus, promtool = shutil.which("prometheus"), shutil.which("promtool")
    if prometheus is None or promtool is None:
        pytest.skip("Prometheus and promtool are not installed")
    lines = []
    for name in dict.fromkeys(name for name, *_ in series):
        lines.append(f"# TYPE {name} unknown")
        for own, labels, value in series:
            pairs = ",".join(f'{label}="{text}"' for label, text in labels.items())
            lines += [f"{name}{{{pairs}}} {value - at} {NOW - 30 * at}" for at in range(40, -1, -1) if own == name]
    (directory / "series.txt").write_text("\n".join([*lines, "# EOF", ""]))
    (directory / "prometheus.yml").write_text("{}\n")
    subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", "series.txt", "data"],
        cwd=directory,
        check=True,
        capture_output=True,
        timeout=60,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    process = subprocess.Popen(
        [
            prometheus,
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            "--storage.tsdb.retention.time=100y",
            f"--web.listen-address={address}",
        ],
        cwd=directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://{address}/-/ready")
        yield f"http://{address}/api/v1/query"
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.skip("Prometheus did not start")


def ask(server: str, expr: str) -> list[tuple[dict[str, str], float]] | None:
    """The labels and the value of every series; None where the query is refused or no vector."""
    query = urllib.parse.urlencode({"query": expr, "time": NOW})
    try:
        with urllib.request.urlopen(f"{server}?{query}", timeout=10) as answer:
            data: Any = json.load(answer)["data"]
    except urllib.error.HTTPError:
        return None
    if data["resultType"] != "vector":
        return None
    return [(item["metric"], float(item["value"][1])) for item in data["result"]]
