"""How scripts and manuals run compose files: the command lines of Compose, `docker stack deploy` and their networks.

Options follow Docker's command-line reference (docker compose, docker stack deploy, docker network create, docker
volume create) and, for `docker-compose` of old, its own help.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from obslint.lang import scripts, shell
from obslint.lang.interpolation import HOLE

_ENGINES = frozenset(("docker", "podman", "nerdctl"))
_COMPOSE = frozenset(("docker-compose", "podman-compose"))
_ENGINE_VALUES = frozenset(
    ("--config", "-c", "--context", "-H", "--host", "-l", "--log-level", "--tlscacert", "--tlscert", "--tlskey")
)
_COMPOSE_VALUES = frozenset(
    """
    -f --file --project-directory --workdir -p --project-name --env-file --profile --ansi --parallel --progress
    --context -c -H --host --log-level --tlscacert --tlscert --tlskey
    """.split()  # noqa: SIM905
)
_SUBCOMMANDS = frozenset(
    """
    attach build bundle commit config convert cp create down events exec export images kill logs pause port ps publish
    pull push restart rm run scale start stats stop top unpause up volumes wait watch
    """.split()  # noqa: SIM905
)
"""Those that read a project; `version`, `ls` and `help` need none."""
_ONE_SERVICE = frozenset(("attach", "commit", "exec", "export", "port", "run"))
"""Those whose words after the service are not services."""
_NO_SERVICES = frozenset(("bundle", "cp", "publish", "scale"))
_VALUES = frozenset(
    """
    --attach --build-arg --builder --cap-add --cap-drop --entrypoint --env --env-from-file --exit-code-from --filter
    --format --hash --index --label --memory --name --no-attach --output --policy --progress --protocol --publish --pull
    --rmi --scale --shell --signal --since --sort --ssh --status --tail --timeout --until --user --volume --wait-timeout
    --workdir
    """.split()  # noqa: SIM905
)
"""Options of the subcommands that take a value."""
_SHORT_VALUES = {
    "build": "m",
    "config": "o",
    "convert": "o",
    "down": "t",
    "exec": "euw",
    "kill": "s",
    "logs": "n",
    "restart": "t",
    "run": "eluvwp",
    "scale": "t",
    "stop": "t",
    "up": "t",
}
_CREATE_VALUES = frozenset(
    """
    -d --driver -o --opt --label --subnet --gateway --ip-range --aux-address --ipam-driver --ipam-opt --scope
    --config-from --name
    """.split()  # noqa: SIM905
)
_STACK_VALUES = frozenset(("-c", "--compose-file", "--resolve-image", "--orchestrator", "--namespace", "--kubeconfig"))


@dataclass(frozen=True, slots=True)
class ComposeCommand:
    """One run of compose files. A part that cannot be told is, or holds, a `HOLE`.

    Paths are as written, or begin with one of the anchors of `lang.shell`.
    """

    files: tuple[str, ...]
    directory: str | None
    """In effect when it runs, from where the script is run, or from an anchor; None where it is unknown."""
    project_directory: str | None
    project_name: str | None
    env_files: tuple[str, ...]
    profiles: tuple[str, ...]
    subcommand: str
    """`stack deploy` for a swarm; empty where it is unknown."""
    services: tuple[str, ...]
    line: int
    complete: bool
    """Whether files, names, env files and profiles are all that it is given, and are known."""
    group: str
    """The target, function, job or block it stands in: two commands of one group run together."""


@dataclass(frozen=True, slots=True)
class NetworkCreate:
    """`docker network create`."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class VolumeCreate:
    """`docker volume create` with a name."""

    name: str
    line: int


Command = ComposeCommand | NetworkCreate | VolumeCreate


def commands(text: str, form: str) -> list[Command]:
    """What a text of one of `scripts.FORMS` runs, in order. Never raises; what is hard to read gives nothing."""
    found: list[Command] = []
    for command in scripts.commands(text, form):
        read = _read(command)
        if read is not None:
            found.append(read)
    return found


def _read(command: shell.Command) -> Command | None:
    words = list(command.words)
    name = shell.basename(words.pop(0))
    if name in _COMPOSE:
        return _compose(words, command)
    if name not in _ENGINES:
        return None
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in _ENGINE_VALUES and words:
            words.pop(0)
    what, words = words[:1], words[1:]
    if what == ["compose"]:
        return _compose(words, command)
    if what == ["stack"] and words[:1] in (["deploy"], ["up"]):
        return _stack(words[1:], command)
    if what in (["network"], ["volume"]) and words[:1] == ["create"]:
        options, plain = _split(words[1:], _CREATE_VALUES, "")
        name = next((word for word in plain), "") or next((value for key, value in options if key == "--name"), "")
        if not name or name.startswith("-"):
            return None
        return (NetworkCreate if what == ["network"] else VolumeCreate)(name, command.line)
    return None


def _compose(words: Sequence[str], command: shell.Command) -> ComposeCommand | None:
    options, rest, unknown = _options(words)
    if any(option in ("-h", "--help", "-v", "--version") for option, _ in options):
        return None
    subcommand = rest[0] if rest else ""
    if subcommand == HOLE or HOLE in subcommand:
        subcommand, unknown = "", True
    elif subcommand not in _SUBCOMMANDS and (subcommand or not unknown):
        return None
    given = {
        name: tuple(_anchored(value, command) if name in _PATHS else value for key, value in options if key in keys)
        for name, keys in _KEYS.items()
    }
    environment = command.environment
    separator = environment.get("COMPOSE_PATH_SEPARATOR") or (
        ";" if ";" in environment.get("COMPOSE_FILE", "") else ":"
    )
    files = given["files"] or tuple(
        _anchored(path, command) for path in _listed(environment.get("COMPOSE_FILE", ""), separator)
    )
    project_directory = given["project_directory"][-1] if given["project_directory"] else None
    project_name = (
        given["project_name"][-1] if given["project_name"] else environment.get("COMPOSE_PROJECT_NAME") or None
    )
    env_files = given["env_files"] or tuple(
        _anchored(path, command) for path in _listed(environment.get("COMPOSE_ENV_FILES", ""), ",")
    )
    profiles = given["profiles"] or tuple(_listed(environment.get("COMPOSE_PROFILES", ""), ","))
    told = (*files, *env_files, *profiles, project_directory or "", project_name or "")
    return ComposeCommand(
        files=files,
        directory=command.directory,
        project_directory=project_directory,
        project_name=project_name,
        env_files=env_files,
        profiles=profiles,
        subcommand=subcommand,
        services=_services(subcommand, rest[1:]),
        line=command.line,
        complete=not unknown and "-" not in files and not any(HOLE in part for part in told),
        group=command.group,
    )


_KEYS = {
    "files": ("-f", "--file"),
    "project_directory": ("--project-directory", "--workdir"),
    "project_name": ("-p", "--project-name"),
    "env_files": ("--env-file",),
    "profiles": ("--profile",),
}
_PATHS = ("files", "project_directory", "env_files")


def _anchored(path: str, command: shell.Command) -> str:
    """A path that begins where the script was started, as seen from the directory in effect."""
    if path[:1] != shell.START:
        return path
    start, directory = shell.join(".", path), command.directory
    if directory is None or directory[:1] in (shell.HERE, shell.TOP, "/") or HOLE in start:
        return HOLE
    if ".." in (start.split("/")[0], directory.split("/")[0]):  # needs the names of directories above
        return start if directory == "." else HOLE
    return posixpath.relpath(f"/{start}", f"/{directory}")


def _listed(text: str, separator: str) -> list[str]:
    return [part for part in text.split(separator) if part]


def _options(words: Sequence[str]) -> tuple[list[tuple[str, str]], list[str], bool]:
    """Compose's own options, what comes from the subcommand on, and whether there are options that cannot be told."""
    options: list[tuple[str, str]] = []
    unknown = False
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if word == HOLE:
            # the next word may tell: `$OPTIONS up`
            if index >= len(words) or (words[index] not in _SUBCOMMANDS and words[index][:1] not in ("-", HOLE)):
                return options, [HOLE, *words[index:]], True
            unknown = True
        elif word[:1] != "-" or word == "-":
            return options, list(words[index - 1 :]), unknown
        elif word in _COMPOSE_VALUES:
            options.append((word, words[index] if index < len(words) else HOLE))
            index += 1
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            if HOLE in name:
                unknown = True
            options.append((name, value if equals else ""))
        elif word[:2] in ("-f", "-p"):
            options.append((word[:2], word[2:].removeprefix("=")))
        else:
            unknown = unknown or HOLE in word
            options.append((word, ""))
    return options, [], unknown


def _split(words: Iterable[str], values: Iterable[str], short: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Options with their values, and the other words; a cluster like `-it` takes a value with its last letter."""
    options: list[tuple[str, str]] = []
    plain: list[str] = []
    waiting = ""
    for word in words:
        if waiting:
            options.append((waiting, word))
            waiting = ""
        elif word.startswith("--") or (word[:1] == "-" and word in values):
            name, equals, value = word.partition("=")
            if equals or name not in values:
                options.append((name, value))
            else:
                waiting = name
        elif word[:1] == "-" and len(word) > 1:
            if word[-1] in short:
                waiting = f"-{word[-1]}"
            else:
                options.append((word, ""))
        else:
            plain.append(word)
    return options, plain


def _services(subcommand: str, words: Sequence[str]) -> tuple[str, ...]:
    if not subcommand or subcommand in _NO_SERVICES:
        return ()
    values = _VALUES - {"--pull"} if subcommand == "build" else _VALUES
    _, plain = _split(words, values, _SHORT_VALUES.get(subcommand, ""))
    return tuple(plain[:1] if subcommand in _ONE_SERVICE else plain)


def _stack(words: Sequence[str], command: shell.Command) -> ComposeCommand | None:
    options, plain = _split(words, _STACK_VALUES, "")
    files = tuple(
        _anchored(path, command)
        for key, value in options
        if key in ("-c", "--compose-file")
        for path in _listed(value, ",")
    )
    if not plain or not files:
        return None
    name = plain[-1]
    return ComposeCommand(
        files=files,
        directory=command.directory,
        project_directory=None,
        project_name=name,
        env_files=(),
        profiles=(),
        subcommand="stack deploy",
        services=(),
        line=command.line,
        complete=len(plain) == 1 and "-" not in files and not any(HOLE in part for part in (*files, name)),
        group=command.group,
    )
