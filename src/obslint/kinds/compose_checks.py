"""What Docker Compose refuses in one file, whatever other files of a project add (compose-go, `loader/validate.go`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts.common import Fault
from obslint.kinds.checks import at_most_one, listed, meaning, said
from obslint.lang.tokens import shortened
from obslint.parse import Cursor

_SWARM_KEYS = ("placement", "mode", "update_config", "rollback_config", "endpoint_mode", "labels")
_SWARM_FILE = re.compile(r"swarm|stack[^/]*\Z", re.IGNORECASE)
_TESTS = ("CMD", "CMD-SHELL", "NONE")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgtKMGT]?)[iI]?[bB]?")
_UNITS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}
_TWICE = (
    ("scale", ("replicas",), False),
    ("cpus", ("resources", "limits", "cpus"), False),
    ("mem_limit", ("resources", "limits", "memory"), True),
    ("mem_reservation", ("resources", "reservations", "memory"), True),
    ("pids_limit", ("resources", "limits", "pids"), False),
)
"""Keys of a service, where `deploy` says the same, and whether the value is a size."""
_SOURCES = {"configs": ("file", "environment", "content"), "secrets": ("file", "environment")}


def check(root: Cursor) -> Iterator[Fault]:
    """What is wrong in one file."""
    yield from _version(root)
    services = dict(root.get("services").pairs())
    for service in services.values():
        yield from _service(service)
    yield from _circle(services)
    for section, names in _SOURCES.items():
        for name, declared in root.get(section).pairs():
            given = [source for source in names if said(declared.get(source))]
            if len(given) > 1:
                message = f"`{section}.{shortened(name)}` has {listed(given)}, and takes one of them"
                yield meaning(message, declared.get(given[1]).key, "keep one", declared.get(given[0]).key)
    for name, volume in root.get("volumes").pairs():
        external = volume.get("external")
        extra = [key for key, _ in volume.pairs() if key not in ("external", "name") and not key.startswith("x-")]
        if external.flag is True and extra:
            message = f"`volumes.{shortened(name)}` is external, and takes no `{shortened(extra[0])}`"
            yield meaning(message, volume.get(extra[0]).key, "remove it: whoever creates it decides", external.key)


def _version(root: Cursor) -> Iterator[Fault]:
    """The top-level `version`, which Compose 2 ignores with a warning. What is written for a swarm may want it."""
    version = root.get("version")
    if "version" not in root or _SWARM_FILE.search(root.document.path):
        return
    if any(key in service.get("deploy") for _, service in root.get("services").pairs() for key in _SWARM_KEYS):
        return
    yield Fault("obsolete", "the top-level `version` is obsolete", version.key, help="remove the line")


def _service(service: Cursor) -> Iterator[Fault]:
    build, deploy = service.get("build"), service.get("deploy")
    yield from at_most_one(build, "dockerfile", "dockerfile_inline")
    yield from at_most_one(service, "network_mode", "networks")
    platforms = [item.text or "" for item in build.get("platforms").items()]
    platform = service.get("platform")
    if (
        platforms
        and platform.text
        and platform.text not in platforms
        and "$" not in "".join((platform.text, *platforms))
    ):
        message = f"the platform `{shortened(platform.text)}` is none of those that are built"
        yield meaning(message, platform.place, "add it to `build.platforms`", build.get("platforms").key)
    test = next(service.get("healthcheck", "test").items(), None)
    if test is not None and test.text is not None and test.text not in _TESTS and "$" not in test.text:
        help = 'write `["CMD", …]`, or the command as one text'
        yield meaning(
            f"a health check begins with {listed(_TESTS, 'or')}, not `{shortened(test.text)}`", test.place, help
        )
    for key, path, size in _TWICE:
        yield from _agree(service.get(key), deploy.get(*path), size)
    name = service.get("container_name")
    for count in (service.get("scale"), deploy.get("replicas")):
        if said(name) and (count.number or 0) > 1:
            message = "a service with a `container_name` has one container"
            yield meaning(message, count.place, "remove `container_name`, or run one", name.key)
            break
    for device in deploy.get("resources", "reservations", "devices").items():
        yield from at_most_one(device, "count", "device_ids")
    for watch in service.get("develop", "watch").items():
        action = watch.get("action")
        if action.text and action.text.startswith("sync") and not said(watch.get("target")):
            yield meaning(
                f"a watch with the action `{action.text}` needs `target`", watch.place, "name the path inside"
            )
    for port in service.get("ports").items():
        yield from _port(port)


def _agree(own: Cursor, deployed: Cursor, size: bool) -> Iterator[Fault]:
    if not own.text or not deployed.text:
        return
    values = [_bytes(text) if size else _number(text) for text in (own.text, deployed.text)]
    if None not in values and values[0] != values[1] and values[0] and values[1]:
        message = f"`{own.at[-1]}` is {shortened(own.text)}, and `deploy` says {shortened(deployed.text)}"
        yield meaning(message, own.place, "keep one of them", deployed.place)


def _number(text: str) -> float | None:
    try:
        return float(text) if len(text) < 20 else None
    except ValueError:
        return None


def _bytes(text: str) -> float | None:
    match = _SIZE.fullmatch(text) if len(text) < 30 else None
    return float(match[1]) * 2.0 ** _UNITS[match[2].lower()] if match else None


def _port(port: Cursor) -> Iterator[Fault]:
    numbers = [port.get("target").text, port.get("published").text] if isinstance(port.value, dict) else []
    if isinstance(port.value, str) and "$" not in port.value:
        numbers = [part for side in port.value.partition("/")[0].split(":")[-2:] for part in side.split("-")]
    for number in numbers:
        if number and number.isascii() and number.isdigit() and (len(number) > 9 or int(number) > 65535):
            yield meaning(f"there is no port {shortened(number)}: the highest is 65535", port.place)


def _circle(services: dict[str, Cursor]) -> Iterator[Fault]:
    """Services that wait for each other, the first circle that is found."""
    needed: dict[str, list[str]] = {}
    for name, service in services.items():
        waits = service.get("depends_on")
        found = [key for key, _ in waits.pairs()] + [item.text for item in waits.items() if item.text]
        needed[name] = [other for other in found if other in services]
    state = dict.fromkeys(services, 0)
    for start in services:
        stack = [(start, iter(needed[start]))] if state[start] == 0 else []
        state[start] = state[start] or 1
        while stack:
            name, rest = stack[-1]
            other = next(rest, None)
            if other is None:
                state[name] = 2
                stack.pop()
            elif state[other] == 1:
                message = f"`{shortened(name)}` and `{shortened(other)}` wait for each other in a circle"
                yield meaning(message, services[name].get("depends_on").key, "break it", services[other].key)
                return
            elif state[other] == 0:
                state[other] = 1
                stack.append((other, iter(needed[other])))
