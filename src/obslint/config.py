"""obslint.yaml: what a repository tells obslint about itself."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

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
    enable: tuple[str, ...] = Field((), description="Also run these rules, which are off by default: codes or names.")
    rules: dict[str, dict[str, Any]] = Field({}, description="Code or name of a rule → its settings.")
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
    words_of = {"select": config.select, "ignore": config.ignore, "enable": config.enable}
    rules = registry.load() if any(words_of.values()) else []
    for setting, words in words_of.items():
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
    try:
        rule_settings(config)
    except _SettingError as error:
        line, column = document.text.position(document.span(error.at, key=error.key).start)
        raise ConfigError(f"{path}:{line}:{column}: {'.'.join(map(str, error.at))}: {error}") from error
    for glob, kind in config.kinds.items():
        if kind not in KINDS:
            line, column = document.text.position(document.span(("kinds", glob)).start)
            known = ", ".join(sorted(KINDS))
            raise ConfigError(f"{path}:{line}:{column}: `{kind}` is no kind of config; the kinds are {known}")
    return config


def rule_settings(config: Config) -> dict[str, object]:
    """The options of each rule for which the file sets any, by code. A file that `load` took raises nothing."""
    found: dict[str, object] = {}
    rules = registry.load() if config.rules else []
    for word, written in config.rules.items():
        rule = next((rule for rule in rules if word in (rule.code, rule.name)), None)
        if rule is None:
            raise _SettingError(("rules", word), "no rule has this code or name", key=True)
        defaults = rule.options
        names = {field.name.replace("_", "-"): field.name for field in dataclasses.fields(defaults)}
        for name in written:
            if name not in names:
                known = f"its settings are {', '.join(names)}" if names else "it has none"
                raise _SettingError(("rules", word, name), f"is no setting of {rule.code}; {known}", key=True)
        values = {names[name]: value for name, value in written.items()}
        given = {**{name: getattr(defaults, name) for name in names.values()}, **values}
        try:
            found[rule.code] = TypeAdapter(type(defaults)).validate_python(given)
        except ValidationError as error:
            item = error.errors()[0]
            at = tuple(str(part).replace("_", "-") if part in given else part for part in item["loc"])
            raise _SettingError(("rules", word, *at), said(item)) from error
    return found


def said(item: Mapping[str, Any]) -> str:
    """What is wrong, in the words of YAML instead of Python's."""
    words = {"tuple_type": "must be a list", "frozen_set_type": "must be a list", "dict_type": "must be a mapping"}
    words |= {
        "string_type": "must be a text",
        "bool_parsing": "must be true or false",
        "int_parsing": "must be a number",
    }
    return words.get(item["type"], str(item["msg"]).removeprefix("Value error, "))


class _SettingError(ValueError):
    """A setting of a rule that cannot be used; `at` is where it stands, its key if `key`."""

    def __init__(self, at: tuple[str | int, ...], message: str, key: bool = False) -> None:
        super().__init__(message)
        self.at = at
        self.key = key


def options(path: Path, paths: Sequence[Path]) -> engine.Options:
    """What a run over `paths` is told by the settings of one file. Raises `ConfigError`."""
    settings = load(path)
    base = Path(os.path.relpath(path.parent)).as_posix()
    return engine.Options(
        paths=paths,
        select=settings.select,
        ignore=settings.ignore,
        enable=settings.enable,
        settings=rule_settings(settings),
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
    message = "is no setting of obslint" if item["type"] == "extra_forbidden" else said(item)
    return f"{path}:{line}:{column}: {name or 'the file'}: {message}"
