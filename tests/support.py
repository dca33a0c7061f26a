"""What several test modules share: small trees of files, and the command line."""

from __future__ import annotations

import copy
import json
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from obslint import engine
from obslint.cli import main
from obslint.facts import compose as facts
from obslint.graph.project import Library


class Shell:
    """Runs commands as `main` does and keeps what they print."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self.capture = capture
        self.out = self.err = ""

    def __call__(self, *words: str) -> int:
        code = main(words)
        self.out, self.err = self.capture.readouterr()
        assert "Traceback" not in self.out + self.err
        return code


def library_of(root: Path, files: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[Library, engine.Loaded]:
    """The compose and env files among `files`, written below `root`, which becomes the working directory."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    monkeypatch.chdir(root)
    loaded = engine.load(engine.Options([Path()]))
    assert not loaded.crashes
    compose: dict[str, list[facts.ComposeFile]] = {}
    env: dict[str, facts.EnvFile] = {}
    for item in loaded.recognised:
        if isinstance(item.facts.facts, facts.ComposeFile):
            compose.setdefault(item.facts.path, []).append(item.facts.facts)
        elif isinstance(item.facts.facts, facts.EnvFile):
            env[item.facts.path] = item.facts.facts
    return Library(compose, env, {}), loaded


def copied(data: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """A copy of a document to be spoilt, and every place in it: a mapping with a key, or a list with an index."""
    spots: list[tuple[Any, Any]] = []
    todo = [data := copy.deepcopy(data)]
    while todo:
        node = todo.pop()
        for key, value in list(node.items()) if isinstance(node, dict) else list(enumerate(node)):
            spots.append((node, key))
            if isinstance(value, (dict, list)):
                todo.append(value)
    return data, spots


def disagreements(table: Path, accepts: Callable[[str], bool]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The cases of a component's own parser tests, and those of which we think otherwise; prints how many agree."""
    cases: list[dict[str, str]] = json.loads(table.read_text())
    wrong = [case for case in cases if accepts(case["expr"]) != (case["expect"] == "good")]
    print(f"{len(cases) - len(wrong)} of {len(cases)} agree")
    return cases, wrong
