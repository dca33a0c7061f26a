"""obslint.yaml: what a repository tells obslint about itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from obslint import engine, parse, resources
from obslint.graph import Declared
from obslint.kinds import KINDS
from obslint.rules import registry


class ConfigError(Exception):
    """obslint.yaml cannot be used; the message says where and why. Exit code 2."""


class Config(BaseModel):
    """The settings of obslint.yaml. Command-line options add to `select` and `ignore` and win for the rest."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    extends: str | None = Field(None, description="A preset to start from: `strict` or `security`.")
    select: tuple[str, ...] = Field((), description="Run only these rules: codes, families or names.")
    ignore: tuple[str, ...] = Field((), description="Do not run these rules: codes, families or names.")
    exclude: tuple[str, ...] = Field((), description="Globs of paths that are not read, from this file's directory.")
    kinds: dict[str, str] = Field({}, description="Glob of paths → kind of config, where content does not tell.")
    include_archives: bool = Field(
        False, alias="include-archives", description="Also read archive, example, backup and template directories."
    )
    stacks: dict[str, tuple[str, ...]] = Field(
        {}, description="Name → globs of the compose and config files that belong together, where files do not tell."
    )
    exposure: dict[str, Literal["public", "internal", "admin", "loopback"]] = Field(
        {},
        description="Glob of service names → who may reach their ports: anyone (`public`), nobody from outside "
        "(`internal`), this machine or a private network (`admin`), this machine alone (`loopback`).",
    )
    fail_on: Literal["error", "warning", "info"] = Field(
        "error", alias="fail-on", description="The lowest severity that makes the exit code 1."
    )


def load(path: Path) -> Config:
    """The settings of one file. Raises `ConfigError` with a place for each mistake."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    documents = parse.load(str(path), text, "yaml")
    if not documents or (documents[0].data is None and not documents[0].problems):
        return Config()
    document = documents[0]
    for problem in document.problems:
        line, column = document.text.position(problem.span.start)
        raise ConfigError(f"{path}:{line}:{column}: {problem.message}")
    try:
        config = Config.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(path, document, item) for item in error.errors())) from error
    rules = registry.load() if config.select or config.ignore else []
    for setting, words in (("select", config.select), ("ignore", config.ignore)):
        try:
            registry.choose(rules, words)
        except registry.UnknownRuleError as error:
            line, column = document.text.position(document.span((setting, words.index(error.words[0]))).start)
            raise ConfigError(f"{path}:{line}:{column}: {error}") from error
    if config.extends is not None:
        preset = resources.path("rules", "presets", f"{config.extends}.yaml")
        if not config.extends.isidentifier() or not preset.is_file():
            line, column = document.text.position(document.span(("extends",)).start)
            raise ConfigError(f"{path}:{line}:{column}: no preset is called `{config.extends}`")
        config = load(preset).model_copy(update=config.model_dump(exclude_unset=True))
    for glob, kind in config.kinds.items():
        if kind not in KINDS:
            line, column = document.text.position(document.span(("kinds", glob)).start)
            known = ", ".join(sorted(KINDS))
            raise ConfigError(f"{path}:{line}:{column}: `{kind}` is no kind of config; the kinds are {known}")
    return config


def options(path: Path, paths: Sequence[Path]) -> engine.Options:
    """What a run over `paths` is told by the settings of one file. Raises `ConfigError`."""
    settings = load(path)
    base = Path(os.path.relpath(path.parent)).as_posix()
    return engine.Options(
        paths=paths,
        select=settings.select,
        ignore=settings.ignore,
        exclude=settings.exclude,
        kinds=settings.kinds,
        base=base,
        include_archives=settings.include_archives,
        declared=Declared(settings.stacks, base, settings.exposure),
        fail_on=settings.fail_on,
    )


def _explain(path: Path, document: parse.Document, item: object) -> str:
    assert isinstance(item, dict)
    at = tuple(item["loc"])
    line, column = document.text.position(document.span(at, key=item["type"] == "extra_forbidden").start)
    name = ".".join(str(part) for part in at)
    message = "is no setting of obslint" if item["type"] == "extra_forbidden" else item["msg"]
    return f"{path}:{line}:{column}: {name or 'the file'}: {message}"
