"""Dockerfiles: what an image is made from, and what it runs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from obslint.facts import dockerfile as facts
from obslint.facts.common import Entry, Scalar
from obslint.kinds.kind import Kind, scalar
from obslint.lang import shellwords
from obslint.parse import Cursor
from obslint.parse.dockerfile import DockerfileDocument

_VARIABLE = re.compile(r"\\(.)|\$(?:\{([A-Za-z_]\w*)(?:(:[-+])([^${}]*))?\}|([A-Za-z_]\w*))", re.DOTALL)
MAX_STAGES = 500
"""Stages of a file that are read."""
_MAX_VALUE = 1000
"""Characters from which a value made of variables is given up: each may double the one before."""


def recognise(root: Cursor) -> str | None:
    """Nothing but `ARG` may stand before the first `FROM`."""
    if not isinstance(root.document, DockerfileDocument):
        return None
    for item in root.items():
        name = item.get("name").value
        if name != "ARG":
            return "`FROM` of a Dockerfile" if name == "FROM" and item.get("args", 0) else None
    return None


def extract(root: Cursor) -> facts.Dockerfile:
    args: list[Entry] = []
    stages: list[_Stage] = []
    named: dict[str, _Stage] = {}
    values: dict[str, str | None] = {}
    for item in root.items():
        name = item.get("name").value
        if name == "FROM" and (image := scalar(item.get("args", 0))) is not None:
            base = _expand(image.text, values)
            stages.append(_Stage(item, image, base, named.get((base or "").lower())))
            if len(stages) > MAX_STAGES:
                break
            if (called := stages[-1].name) is not None:
                named[called.text.lower()] = stages[-1]
        elif stages:
            stages[-1].read(str(name), item, values)
        elif name == "ARG":
            for entry in _assignments(item):
                args.append(entry)
                value = entry.value
                values[entry.name.text] = None if value is None else _expand(value.text, values)
    return facts.Dockerfile(root.document.path, root.place, tuple(args), tuple(stage.facts() for stage in stages))


class _Stage:
    """A stage while its instructions are read."""

    def __init__(self, item: Cursor, image: Scalar, base: str | None, parent: _Stage | None) -> None:
        words = [found for arg in item.get("args").items() if (found := scalar(arg)) is not None]
        self.place = item.key
        self.image = image
        self.base = base
        self.name = words[2] if len(words) == 3 and words[1].text.upper() == "AS" else None
        self.values: dict[str, str | None] = dict(parent.values) if parent else {}
        # Where a relative path begins; only the image itself knows where it leaves its own stages.
        self.directory: str | None = parent.directory if parent else "/" if base == "scratch" else None
        self.copies: list[facts.Copy] = []
        self.environment: list[Entry] = []
        self.expose: list[Scalar] = []
        self.workdir: Scalar | None = None
        self.user: Scalar | None = None
        self.entrypoint: facts.Command | None = None
        self.command: facts.Command | None = None
        self.healthcheck: facts.Healthcheck | None = None

    def read(self, name: str, item: Cursor, defaults: Mapping[str, str | None]) -> None:
        first = scalar(item.get("args", 0))
        if first is None:
            return
        if name in ("COPY", "ADD"):
            self._copy(item)
        elif name == "ENV":
            for entry in _assignments(item):
                self.environment.append(entry)
                self.values[entry.name.text] = _expand(entry.value.text, self.values) if entry.value else None
        elif name == "ARG":
            for entry in _assignments(item):
                known = entry.name.text in self.values
                value = _expand(entry.value.text, self.values) if entry.value else defaults.get(entry.name.text)
                if not known:  # `ENV` wins over `ARG`
                    self.values[entry.name.text] = value
        elif name == "EXPOSE":
            self.expose += [found for arg in item.get("args").items() if (found := scalar(arg)) is not None]
        elif name == "WORKDIR":
            self.workdir = first
            self.directory = self._absolute(first.text)
        elif name == "USER":
            self.user = first
        elif name == "CMD":
            self.command = _command(item)
        elif name == "ENTRYPOINT":
            self.entrypoint = _command(item)
        elif name == "HEALTHCHECK":
            runs = first.text.upper() == "CMD" and bool(item.get("args", 1))
            self.healthcheck = facts.Healthcheck(item.key, _command(item, 1) if runs else None)

    def _copy(self, item: Cursor) -> None:
        words = [found for arg in item.get("args").items() if (found := scalar(arg)) is not None]
        if len(words) < 2:
            return
        *sources, destination = words
        self.copies.append(
            facts.Copy(item.key, tuple(sources), destination, self._absolute(destination.text), _flag(item, "from"))
        )

    def _absolute(self, path: str) -> str | None:
        """A path from the root on, without `.` and `..`; None where a variable or the base image decides."""
        text = _expand(path, self.values)
        if text is None or not text or (self.directory is None and not text.startswith("/")):
            return None
        found = posixpath.normpath(posixpath.join("/", self.directory or "", text)).replace("//", "/")
        directory = found != "/" and (text.endswith("/") or posixpath.basename(text) in (".", ".."))
        return f"{found}/" if directory else found

    def facts(self) -> facts.Stage:
        return facts.Stage(
            place=self.place,
            image=self.image,
            base=self.base,
            name=self.name,
            copies=tuple(self.copies),
            environment=tuple(self.environment),
            expose=tuple(self.expose),
            workdir=self.workdir,
            user=self.user,
            entrypoint=self.entrypoint,
            command=self.command,
            healthcheck=self.healthcheck,
        )


def _flag(item: Cursor, name: str) -> Scalar | None:
    for flag in item.get("flags").items():
        text = flag.text or ""
        head, equals, value = text.partition("=")
        if head == f"--{name}" and equals:
            return Scalar(value, flag.place.within(len(head) + 1, len(text)))
    return None


def _assignments(item: Cursor) -> list[Entry]:
    """Names and values of `ENV` and `ARG`; the old `ENV NAME value` has them as two words."""
    words = [(found, arg) for arg in item.get("args").items() if (found := scalar(arg)) is not None]
    if item.get("name").value == "ENV" and len(words) == 2 and "=" not in words[0][0].text:
        return [Entry(words[0][0], words[1][0])]
    entries: list[Entry] = []
    for word, arg in words:
        name, equals, value = word.text.partition("=")
        at = len(name) + len(equals)
        placed = Scalar(value, arg.place.within(at, len(word.text))) if equals else None
        entries.append(Entry(Scalar(name, arg.place.within(0, len(name))), placed))
    return entries


def _command(item: Cursor, skip: int = 0) -> facts.Command:
    words = [arg for index, arg in enumerate(item.get("args").items()) if index >= skip]
    if item.get("exec").value:
        return facts.Command(item.key, tuple(found for arg in words if (found := scalar(arg)) is not None), False)
    split = [
        Scalar(word, arg.place.within(start, end))
        for arg in words
        for word, start, end in shellwords.split(arg.text or "")
    ]
    return facts.Command(item.key, tuple(split), True)


def _expand(text: str, values: Mapping[str, str | None]) -> str | None:
    """A text with its variables replaced; None where one of them is not known."""
    if "$" not in text:
        return text
    out: list[str] = []
    position = size = 0
    for match in _VARIABLE.finditer(text):
        between = text[position : match.start()]
        position = match.end()
        if "$" in between:  # a form that we do not know
            return None
        out.append(between)
        if match[1] is not None:
            out.append(match[1])
            continue
        value = values.get(match[2] or match[5])
        if match[3] == ":-":
            value = value or match[4]
        elif match[3] == ":+" and value is not None:
            value = match[4] if value else ""
        size += len(value or "")
        if value is None or size > _MAX_VALUE:
            return None
        out.append(value)
    found = "".join([*out, text[position:]])
    return found if "$" not in text[position:] and len(found) <= _MAX_VALUE else None


KIND = Kind("dockerfile", "Docker", recognise, extract)
