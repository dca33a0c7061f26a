"""The hook as a user gets it: `pre-commit run` installs it from this repository and judges a stack."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GIT = ("git", "-c", "user.name=obslint", "-c", "user.email=obslint@example.com", "-c", "init.defaultBranch=main")
OFFLINE = ("No matching distribution", "Could not find a version", "Temporary failure in name resolution")


def run(*command: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=300)


def commit(directory: Path) -> str:
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "all")):
        done = run(*GIT, *command, cwd=directory)
        assert done.returncode == 0, done.stderr
    return run("git", "rev-parse", "HEAD", cwd=directory).stdout.strip()


@pytest.fixture(scope="module")
def hook_repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What is in the work tree now, as a repository of its own."""
    directory = tmp_path_factory.mktemp("obslint")
    for name in ("src", "schemas", "rules", "docs"):
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, directory / name)
    return directory, commit(directory)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_hook_passes_a_clean_stack_and_stops_a_broken_one(
    hook_repository: tuple[Path, str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pytest.importorskip("pre_commit")
    repository, revision = hook_repository
    stack = tmp_path / "prometheus.yml"
    good = (
        "scrape_configs:\n  - job_name: prometheus\n    static_configs:\n      - targets: ['localhost:9090']\n"
        "rule_files: [rules.yml]\nalerting: {alertmanagers: [{static_configs: [{targets: ['am:9093']}]}]}\n"
    )
    stack.write_text(good)
    (tmp_path / "rules.yml").write_text("groups: [{name: a, rules: [{alert: Down, expr: up == 0}]}]\n")
    (tmp_path / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {repository}\n    rev: {revision}\n    hooks: [{{id: obslint}}]\n"
    )
    commit(tmp_path)
    env = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("home"))}
    command = (sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never")

    clean = run(*command, cwd=tmp_path, env=env)
    if any(sign in clean.stdout + clean.stderr for sign in OFFLINE):
        pytest.skip("no package index to install the hook from")
    assert clean.returncode == 0, clean.stdout + clean.stderr

    stack.write_text(good.replace("'am:9093'", ""))
    broken = run(*command, cwd=tmp_path, env=env)
    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert "prometheus.yml:6:" in broken.stdout and "MON004" in broken.stdout
