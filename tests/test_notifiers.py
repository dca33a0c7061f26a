"""What is known of Alertmanager's integrations: sound, complete, and what its makers wrote."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pydantic
import pytest
import yaml

from obslint import knowledge
from obslint.knowledge.notifiers import Meaning, notifiers

DATA = Path(knowledge.__file__).with_name("notifiers.yaml")
REFERENCE = Path(os.environ.get("OBSLINT_REFERENCE", Path(__file__).parents[2] / "shared"))
FIELDS = REFERENCE / "fields" / "alertmanager.json"


class Setting(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True, extra="forbid")

    is_: Meaning = pydantic.Field(alias="is")
    inherits: str | None = None
    unless: list[str] = []
    file: str | None = pydantic.Field(None, pattern=r"^0\.\d+$")


class Notifier(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True, extra="forbid")

    title: str
    send_resolved: bool
    message: bool = False
    settings: dict[str, Setting]


def test_every_entry_has_only_known_keys_and_right_types() -> None:
    for raw in yaml.safe_load(DATA.read_text(encoding="utf-8")).values():
        Notifier.model_validate(raw)


@pytest.fixture(scope="module")
def fields() -> dict[str, dict[str, Any]]:
    if not FIELDS.is_file():
        pytest.skip("the field tables are not beside the checkout")
    found: dict[str, dict[str, Any]] = json.loads(FIELDS.read_text(encoding="utf-8"))["fields"]
    return found


def test_every_integration_is_known(fields: dict[str, dict[str, Any]]) -> None:
    lists = {path.split(".")[1] for path in fields if path.startswith("receivers[].")}
    assert set(notifiers()) == {name.removesuffix("_configs[]") for name in lists if name.endswith("_configs[]")}


def test_defaults_are_the_makers(fields: dict[str, dict[str, Any]]) -> None:
    for kind, notifier in notifiers().items():
        default = fields[f"receivers[].{kind}_configs[].send_resolved"].get("default", False)
        assert notifier.send_resolved is default, kind


def test_settings_exist_and_secrets_are_among_them(fields: dict[str, dict[str, Any]]) -> None:
    for kind, notifier in notifiers().items():
        prefix = f"receivers[].{kind}_configs[]."
        for path, setting in notifier.settings.items():
            if path.startswith("http_config."):
                continue
            assert prefix + path in fields, f"{kind}.{path}"
            assert setting.inherits is None or f"global.{setting.inherits}" in fields, f"{kind}.{path}"
            file = fields.get(f"{prefix}{path}_file")
            assert setting.file_since == (file and (file.get("since") or "0.20")), f"{kind}.{path}"
        secrets = {path for path, field in fields.items() if field["type"] in ("secret", "secret_url")}
        known = {prefix + path for path in notifier.settings}
        assert {path for path in secrets if path.startswith(prefix)} <= known, kind
