"""What a user installs: the program with its data, and nothing of the workshop."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the work tree."""
    for module in ("build", "hatchling"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    out = tmp_path_factory.mktemp("wheel")
    command = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return built


def test_wheel_holds_the_data_and_nothing_else_of_the_checkout(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    data = {
        f"obslint/data/{path.relative_to(ROOT).as_posix()}"
        for folder in ("schemas", "docs/rules", "rules")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert {name for name in names if name.startswith("obslint/data/")} == data
    assert {
        "obslint/data/schemas/compose.json",
        "obslint/data/docs/rules/EXP001.md",
        "obslint/data/rules/README.md",
    } <= data
    assert {"obslint/knowledge/components.yaml", "obslint/knowledge/metric_families.tsv", "obslint/py.typed"} <= names
    code = {f"obslint/{path.relative_to(ROOT / 'src' / 'obslint').as_posix()}" for path in (ROOT / "src").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == code
    assert all(name.startswith(("obslint/", "obslint-")) for name in names)


def test_program_from_the_wheel_finds_its_data(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        "import sys; from pathlib import Path; from obslint import resources\n"
        "for name in ('schemas/compose.json', 'docs/rules/EXP001.md', 'rules/presets/strict.yaml'):\n"
        "    path = resources.path(*name.split('/'))\n"
        "    assert path.is_file() and Path(sys.argv[1]) in path.parents, path\n"
    )
    command = (sys.executable, "-c", code, str(tmp_path))
    done = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
