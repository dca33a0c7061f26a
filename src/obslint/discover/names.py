"""What a file's name says: its format, and whether it is a copy, an example or a template."""

from __future__ import annotations

import posixpath
import re

_FORMATS = {
    **{".yml": "yaml", ".yaml": "yaml", ".rules": "yaml", ".rule": "yaml", ".json": "json", ".env": "env"},
    **{".alloy": "alloy", ".river": "alloy", ".conf": "nginx", ".dockerfile": "dockerfile", ".ini": "ini"},
}
_TEMPLATE_ENDINGS = (
    *(".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".gotmpl", ".gotpl", ".template"),
    *(".tftpl", ".ctmpl", ".erb", ".mustache", ".hbs"),
)
# In lower case it is a program's module about Dockerfiles, if anything stands behind it.
_DOCKERFILE = re.compile(r"[Dd]ockerfile|[Cc]ontainerfile|(?:Docker|Container)file\.(?!dockerignore\Z|md\Z)[\w.-]+")
_ARCHIVE_ENDINGS = (".bak", ".backup", ".orig", ".old", ".disabled", ".save", ".example", ".sample", ".dist")
_ARCHIVE_TAILS = ("~", "_backup")
_ARCHIVE_NAMES = frozenset(
    """
    archive archived deprecated legacy old backup bak example examples sample samples template templates testdata
    fixtures doc docs
    """.split()  # noqa: SIM905
)

ONE_KIND = frozenset(("env", "alloy", "nginx", "dockerfile"))
"""Formats that are those of one kind of config each, which has the same name."""

VENDORED = frozenset(
    {"node_modules", "vendor", ".venv", "venv", "__pycache__", ".terraform", "site-packages", "bower_components"}
)
"""Directories of other people's files."""


def format_of(name: str) -> str | None:
    """One of the formats of `obslint.parse` by a file's name alone; None if the name promises nothing.

    Of a `.conf` the content decides whether it is nginx's.
    """
    if _DOCKERFILE.fullmatch(name):
        return "dockerfile"
    name = name.lower()
    if name == ".env" or name.startswith(".env."):
        return "env"
    return next((form for ending, form in _FORMATS.items() if name.endswith(ending)), None)


def nginx_template(path: str) -> bool:
    """Whether nginx's image fills in the file at its start: a `.template`, whose `${NAME}` are variables."""
    directory, name = posixpath.split(path)
    stem = name.removesuffix(".template")
    form = format_of(stem)
    return stem != name and (form == "nginx" or (form is None and "nginx" in directory.lower()))


def template_ending(path: str) -> str | None:
    """The ending by which a name says that the file is a template of a config, e.g. `.j2`."""
    if nginx_template(path):
        return None
    name = path.lower()
    ending = next((ending for ending in _TEMPLATE_ENDINGS if name.endswith(ending)), None)
    return None if ending == ".template" and _example_env(name) else ending


def archive_ending(name: str) -> str | None:
    """The part of a file's name that says it is a copy or an example: `x.yml.bak`, `x.example.yml`, `.env.template`."""
    name = name.lower()
    whole = next((ending for ending in (*_ARCHIVE_ENDINGS, *_ARCHIVE_TAILS) if name.endswith(ending)), None)
    if whole is not None:
        return whole
    if _example_env(name):
        return ".template"
    ending = next((ending for ending in _FORMATS if name.endswith(ending)), None)
    stem = name[: -len(ending)] if ending else ""
    return next((f"{inner}{ending}" for inner in _ARCHIVE_ENDINGS if stem.endswith(inner)), None)


def _example_env(name: str) -> bool:
    """`.env.template` is to be copied and filled in by hand: an example, though it is called a template."""
    return name.endswith(".template") and format_of(name.removesuffix(".template")) == "env"


def archive_directory(name: str) -> bool:
    """Whether a directory's name says that nothing in it is in use."""
    name = name.lower()
    return name in _ARCHIVE_NAMES or name.endswith((*_ARCHIVE_ENDINGS, *_ARCHIVE_TAILS))


def read_as(path: str) -> str | None:
    """The format of a file by its name, without an ending that marks a copy, an example or a template."""
    if nginx_template(path):
        return "nginx"
    name = posixpath.basename(path)
    ending = template_ending(name) or archive_ending(name)
    form = format_of(name[: -len(ending)]) if ending else None
    return form or format_of(name)
