"""How scripts, build files and manuals run compose files, read from their text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obslint.lang import scripts, shell
from obslint.lang.compose_command import ComposeCommand, NetworkCreate, VolumeCreate, commands
from obslint.lang.interpolation import HOLE

HERE, TOP = shell.HERE, shell.TOP


def shown(command: object) -> str:
    """A command in one line: only what is not the default is said."""
    if isinstance(command, NetworkCreate):
        return f"network {command.name}"
    if isinstance(command, VolumeCreate):
        return f"volume {command.name}"
    assert isinstance(command, ComposeCommand)
    parts = [command.subcommand or HOLE, *command.services]
    parts += [f"-f {file}" for file in command.files]
    parts += [f"--profile {profile}" for profile in command.profiles]
    parts += [f"--env-file {file}" for file in command.env_files]
    if command.project_name is not None:
        parts.append(f"-p {command.project_name}")
    if command.project_directory is not None:
        parts.append(f"--project-directory {command.project_directory}")
    if command.directory != ".":
        parts.append(f"in {command.directory}")
    if not command.complete:
        parts.append("incomplete")
    text = " ".join(parts)
    return text.replace(HOLE, "?").replace(HERE, "<here>").replace(TOP, "<top>")


SHELL = {
    "a bare command": ("docker compose up -d", ["up"]),
    "the older binary": ("docker-compose -f a.yml up", ["up -f a.yml"]),
    "files in order": (
        "docker compose -f b.yml --file a.yml --file=c.yml -fd.yml up",
        ["up -f b.yml -f a.yml -f c.yml -f d.yml"],
    ),
    "podman": ("podman compose -f a.yml up", ["up -f a.yml"]),
    "sudo with options": ("sudo -E -u deploy docker compose -f a.yml up", ["up -f a.yml"]),
    "an absolute binary": ("/usr/local/bin/docker-compose -f a.yml pull", ["pull -f a.yml"]),
    "docker's own options": ("docker --context prod -H ssh://x compose -f a.yml up", ["up -f a.yml"]),
    "project name and directory": (
        "docker compose -p mon --project-directory .. -f a.yml up",
        ["up -f a.yml -p mon --project-directory .."],
    ),
    "env files and profiles": (
        "docker compose --env-file .env --env-file=.env.prod --profile core --profile ai up",
        ["up --profile core --profile ai --env-file .env --env-file .env.prod"],
    ),
    "services after options": ("docker compose up -d --build --scale web=3 -t 5 web db", ["up web db"]),
    "the one service of exec": ("docker compose exec -T -u root db psql -U x", ["exec db"]),
    "the one service of run": ("docker compose run --rm -e A=b -p 1:2 --name x web sh -c ls", ["run web"]),
    "a clustered option with a value": ("docker compose exec -itu root db sh", ["exec db"]),
    "logs follow": ("docker compose logs -f --tail 10 web", ["logs web"]),
    "a line continued": ("docker compose \\\n  -f a.yml \\\n  -f b.yml \\\n  up -d", ["up -f a.yml -f b.yml"]),
    "quotes": ("docker compose -f \"my file.yml\" -f 'b.yml' up", ["up -f my file.yml -f b.yml"]),
    "a comment": (
        "# docker compose -f a.yml up\ndocker compose -f b.yml up # docker compose -f c.yml up",
        ["up -f b.yml"],
    ),
    "COMPOSE_FILE before the command": ("COMPOSE_FILE=a.yml:b.yml docker compose up", ["up -f a.yml -f b.yml"]),
    "exported variables": (
        "export COMPOSE_FILE=a.yml\nexport COMPOSE_PROJECT_NAME=x COMPOSE_PROFILES=p,q\ndocker compose up",
        ["up -f a.yml --profile p --profile q -p x"],
    ),
    "a variable that is not exported": ("COMPOSE_FILE=a.yml\ndocker compose up", ["up"]),
    "a variable exported afterwards": ("COMPOSE_FILE=a.yml\nexport COMPOSE_FILE\ndocker compose up", ["up -f a.yml"]),
    "set -a": ("set -a\nCOMPOSE_FILE=a.yml\nset +a\ndocker compose up", ["up -f a.yml"]),
    "an option beats the variable": ("COMPOSE_FILE=a.yml docker compose -f b.yml up", ["up -f b.yml"]),
    "env": ("env COMPOSE_PROJECT_NAME=x docker compose up", ["up -p x"]),
    "two on one line": (
        "docker compose -f a.yml down && docker compose -f b.yml up; docker compose ps",
        ["down -f a.yml", "up -f b.yml", "ps"],
    ),
    "a stack": (
        "docker stack deploy --with-registry-auth -c a.yml -c b.yml mon",
        ["stack deploy -f a.yml -f b.yml -p mon"],
    ),
    "a stack with a list": (
        "docker stack deploy --compose-file a.yml,b.yml mon",
        ["stack deploy -f a.yml -f b.yml -p mon"],
    ),
    "a stack from stdin": (
        "docker compose config | docker stack deploy -c - mon",
        ["config", "stack deploy -f - -p mon incomplete"],
    ),
    "a network": ("docker network create --driver bridge --subnet=10.0.0.0/8 mon || true", ["network mon"]),
    "a network unless it exists": (
        "docker network inspect mon >/dev/null 2>&1 || docker network create mon",
        ["network mon"],
    ),
    "a volume": (
        "docker volume create --label a=b --name=old\ndocker volume create data",
        ["volume old", "volume data"],
    ),
    "an unnamed volume": ("docker volume create", []),
    "a variable with the command": ('COMPOSE="docker compose -f x.yml"\n$COMPOSE up -d', ["up -f x.yml"]),
    "an array": (
        'FILES=(-f a.yml -f b.yml)\nFILES+=(-f c.yml)\ndocker compose "${FILES[@]}" up',
        ["up -f a.yml -f b.yml -f c.yml"],
    ),
    "an array over lines": (
        "FILES=(\n  -f a.yml # first\n  -f b.yml\n)\ndocker compose ${FILES[@]} up",
        ["up -f a.yml -f b.yml"],
    ),
    "a default": ("docker compose -f docker-compose.${ENV:-dev}.yml up", ["up -f docker-compose.dev.yml"]),
    "a default that is kept": (
        ': "${F:=a.yml}"\nDC=${DC:-docker compose}\n$DC -f "$F" up',
        ["up -f a.yml"],
    ),
    "Windows line ends": ("cd ops\r\ndocker compose \\\r\n  -f a.yml up\r\n", ["up -f a.yml in ops"]),
    "one of two directories": ("if x; then cd a; else cd b; fi\ndocker compose up", ["up in None"]),
    "handed to xargs": ("docker compose ps | xargs docker compose rm", ["ps"]),
    "an unknown variable": ("docker compose -f docker-compose.$ENV.yml up", ["up -f docker-compose.?.yml incomplete"]),
    "unknown options": ("docker compose $OPTIONS -f a.yml up web", ["up web -f a.yml incomplete"]),
    "handed-on arguments": ('docker compose -f a.yml "$@"', ["? -f a.yml incomplete"]),
    "an unknown service": ("docker compose -f a.yml logs $1", ["logs ? -f a.yml"]),
    "a wrapper": ('dc() { docker compose -f a.yml "$@"; }\ndc up -d web', ["? -f a.yml incomplete", "up web -f a.yml"]),
    "a wrapper of either Compose": (
        'F="-f a.yml"\ndc() {\n  if x; then\n    docker-compose $F '
        '"$@"\n  else\n    docker compose $F "$@"\n  fi\n}\ndc up',
        ["? -f a.yml incomplete", "? -f a.yml incomplete", "up -f a.yml"],
    ),
    "a wrapper that goes elsewhere": (
        'dc() { cd ops; docker compose "$@"; }\ndc up',
        ["? in ops incomplete"],
    ),
    "arguments gathered in a function": (
        "dc() {\n  local -a args=(--env-file .env -f a.yml)\n  if x; then\n    args+=(-f b.yml)\n  fi\n"
        '  docker compose "${args[@]}" "$@"\n}',
        ["? -f a.yml --env-file .env incomplete"],
    ),
    "an alias": ("alias dc='docker compose -f a.yml'\ndc up", ["up -f a.yml"]),
    "which compose there is": (
        'if docker compose version; then DC="docker compose"; else DC="docker-compose"; fi\n$DC -f a.yml up',
        ["up -f a.yml"],
    ),
    "a file that may be added": (
        'F="-f a.yml"\nif [ -n "$GPU" ]; then F="$F -f gpu.yml"; fi\ndocker compose $F up',
        ["up -f a.yml incomplete"],
    ),
    "a file that may be added on one line": (
        'F="-f a.yml"\n[ -f b.yml ] && F="$F -f b.yml"\ndocker compose $F up',
        ["up -f a.yml incomplete"],
    ),
    "a choice of files": (
        "case $1 in\n prod) F=p.yml;;\n *) F=d.yml;;\nesac\ndocker compose -f $F up",
        ["up -f ? incomplete"],
    ),
    "a loop over words": ("for f in a b; do docker compose -f $f.yml up; done", ["up -f a.yml", "up -f b.yml"]),
    "a loop that gathers": (
        'F=\nfor f in a b; do F="$F -f $f.yml"; done\ndocker compose $F up',
        ["up -f a.yml -f b.yml"],
    ),
    "a loop over a pattern": ("for f in *.yml; do docker compose -f $f up; done", ["up -f ? incomplete"]),
    "networks in a loop": ("for n in front back; do docker network create $n; done", ["network front", "network back"]),
    "cd and": ("cd mon && docker compose up", ["up in mon"]),
    "cd on a line before": ("cd mon\ncd ../app\ndocker compose -f a.yml up", ["up -f a.yml in app"]),
    "a subshell": ("( cd mon && docker compose up )\ndocker compose ps", ["up in mon", "ps"]),
    "pushd and popd": ("pushd mon\ndocker compose up\npopd\ndocker compose ps", ["up in mon", "ps"]),
    "cd back": ("cd mon\ndocker compose up\ncd -\ndocker compose ps", ["up in mon", "ps"]),
    "cd that may not happen": ("[ -d x ] && cd x\ndocker compose up", ["up in None"]),
    "cd to the unknown": ('cd "$DIR"\ndocker compose up', ["up in None"]),
    "cd with an exit": ("cd mon || exit 1\ndocker compose up", ["up in mon"]),
    "the script's directory": ('cd "$(dirname "$0")"\ndocker compose up', ["up in <here>"]),
    "above the script": ('cd "$(dirname "${BASH_SOURCE[0]}")/.."\ndocker compose up', ["up in <here>/.."]),
    "SCRIPT_DIR": (
        'SCRIPT_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"\nROOT=$(dirname "$SCRIPT_DIR")\n'
        'docker compose -f "$ROOT/docker/a.yml" up',
        ["up -f <here>/../docker/a.yml"],
    ),
    "the directory of a link": ('cd "$(dirname "$(readlink -f "$0")")"; docker compose up', ["up in <here>"]),
    "a trimmed name": ('cd "${0%/*}" && docker compose up', ["up in <here>"]),
    "the repository": ('cd "$(git rev-parse --show-toplevel)/ops"\ndocker compose up', ["up in <top>/ops"]),
    "pwd": ('ROOT=$(pwd)\ncd ops/x\ndocker compose -f "$ROOT/a.yml" up', ["up -f ../../a.yml in ops/x"]),
    "inside a substitution": ("ID=$(docker compose -f a.yml ps -q web)", ["ps web -f a.yml"]),
    "in backticks": ("ID=`docker compose -f a.yml ps -q`", ["ps -f a.yml"]),
    "a condition": (
        "if ! docker compose -f a.yml ps | grep -q Up; then docker compose -f a.yml up; fi",
        ["ps -f a.yml", "up -f a.yml"],
    ),
    "bash -c": ("timeout 60 bash -c 'cd x; until docker compose -f a.yml ps; do sleep 1; done'", ["ps -f a.yml in x"]),
    "after two dashes": ("op run --env-file=x -- docker compose -f a.yml up", ["up -f a.yml"]),
    "echoed": ('echo "docker compose up"\necho docker compose -f a.yml up\nprintf "docker compose up"', []),
    "a here-document": ("cat <<EOF > x\ndocker compose -f a.yml up\nEOF\ndocker compose -f b.yml up", ["up -f b.yml"]),
    "on another host": ('ssh host "cd /opt && docker compose up"', []),
    "questions that need no project": (
        "docker compose version\ndocker-compose --version\ndocker compose ls\ndocker compose",
        [],
    ),
    "a package of that name": ("sudo apt-get install docker docker-compose curl", []),
    "prose": ("Please run docker compose up, then wait.", []),
    "an apostrophe that does not end": ("echo it's\ndocker compose -f a.yml up", ["up -f a.yml"]),
    "a quote that does not end": ('echo "oops\ndocker compose -f a.yml up', ["up -f a.yml"]),
}


@pytest.mark.parametrize(("text", "expected"), SHELL.values(), ids=SHELL)
def test_shell(text: str, expected: list[str]) -> None:
    assert [shown(command) for command in commands(text, "shell")] == expected


FORMS = {
    "a make variable": (
        "make",
        "COMPOSE := docker compose -f a.yml -f b.yml\nup: check\n\t@$(COMPOSE) up -d\n",
        ["up -f a.yml -f b.yml"],
    ),
    "make variables in one another": (
        "make",
        "FILES ?= a.yml b.yml\nDC = docker compose $(addprefix -f ,$(FILES))\nFILES += c.yml\nup:\n\t${DC} up\n",
        ["up -f a.yml -f b.yml -f c.yml"],
    ),
    "an unknown make variable": ("make", "up:\n\tdocker compose $(FLAGS) up $(S)\n", ["up ? incomplete"]),
    "a make choice": (
        "make",
        "ifeq ($(ENV),prod)\nF = -f a.yml -f p.yml\nelse\nF = -f "
        "a.yml -f d.yml\nendif\nup:\n\tdocker compose $(F) up\n",
        ["up -f a.yml -f ? incomplete"],
    ),
    "each recipe line by itself": (
        "make",
        "up:\n\tcd mon && docker compose up\n\tdocker compose ps\n",
        ["up in mon", "ps"],
    ),
    "one shell": ("make", ".ONESHELL:\nup:\n\tcd mon\n\tdocker compose up\n", ["up in mon"]),
    "the target's name": ("make", "dev prod:\n\techo\nqa:\n\tdocker compose -f $@.yml up\n", ["up -f qa.yml"]),
    "a target's variable": ("make", "up: F = -f b.yml\nup:\n\tdocker compose $(F) up\n", ["up -f b.yml"]),
    "make exports": (
        "make",
        "export COMPOSE_FILE := a.yml:b.yml\nup:\n\tdocker compose up\n",
        ["up -f a.yml -f b.yml"],
    ),
    "a recipe continued": ("make", "up:\n\tdocker compose -f a.yml \\\n\t  -f b.yml up\n", ["up -f a.yml -f b.yml"]),
    "the shell's variable": (
        "make",
        "up:\n\tfor f in a b; do docker compose -f $$f.yml up; done\n",
        ["up -f a.yml", "up -f b.yml"],
    ),
    "a make variable without use": ("make", "COMPOSE = docker compose -f a.yml\n", []),
    "a justfile": (
        "just",
        "files := '-f a.yml'\nset working-directory := 'ops'\n\n# docker "
        "compose up\nup *args: down\n    @docker compose {{files}} up {{args}}\n",
        ["up ? -f a.yml in ops"],
    ),
    "a recipe that is a script": ("just", "up:\n  #!/usr/bin/env bash\n  cd mon\n  docker compose up\n", ["up in mon"]),
    "a Taskfile": (
        "task",
        "version: '3'\nvars:\n  DC: docker compose -f a.yml\ntasks:\n  "
        "up:\n    dir: ops\n    cmds:\n      - '{{.DC}} up {{.CLI_ARGS}}'\n"
        '      - cmd: docker compose -f {{.F | default "b.yml"}} ps\n  down: docker compose down\n',
        ["up ? -f a.yml in ops", "ps -f b.yml in ops", "down"],
    ),
    "package.json": ("package", '{"scripts": {"up": "docker compose -f a.yml up", "x": "echo"}}', ["up -f a.yml"]),
    "a workflow": (
        "workflow",
        "env:\n  COMPOSE_FILE: a.yml\njobs:\n  t:\n    defaults:\n"
        "      run:\n        working-directory: ops\n    steps:\n"
        "      - run: docker compose up\n      - working-directory: "
        "${{ github.workspace }}/x\n        run: |\n          echo\n"
        "          docker compose -f ${{ matrix.f }} up\n",
        ["up -f a.yml in ops", "up -f ? in <top>/x incomplete"],
    ),
    "GitLab's job": (
        "gitlab",
        "variables:\n  COMPOSE_PROJECT_NAME: x\nbefore_script:\n  - "
        "cd ops\ndeploy:\n  script:\n    - docker compose -f a.yml up\n",
        ["up -f a.yml -p x in ops"],
    ),
    "a Jenkinsfile": (
        "jenkins",
        "stage('Up') { steps { dir('ops') { sh 'docker compose -f a.yml up' "
        "}\n sh '''\n docker compose ps\n '''\n} }\n// sh 'docker compose x'",
        ["up -f a.yml in ops", "ps"],
    ),
    "a Markdown block": (
        "markdown",
        "Run docker compose up.\n\n```bash\ndocker compose -f a.yml up\n```\n",
        ["up -f a.yml"],
    ),
    "a Markdown span": (
        "markdown",
        "Run `docker compose -f a.yml up -d`, or use `docker-compose.yml` and `docker compose`.",
        ["up -f a.yml"],
    ),
    "a block of another language": ("markdown", "```yaml\ncommand: docker compose up\n```\n", []),
    "a session": (
        "markdown",
        "```console\n$ docker compose \\\n>   -f a.yml up\ndocker compose says hi\n```\n",
        ["up -f a.yml"],
    ),
    "a placeholder": ("markdown", "```\ndocker compose -f <file> logs [service]\n```\n", ["logs ? -f ? incomplete"]),
    "a clone of this repository": (
        "markdown",
        "```sh\ngit clone https://github.com/me/stack.git\ncd stack\ndocker "
        "compose up\n```\nand\n```sh\ncd stack/ops\ndocker compose ps\n```",
        ["up in <top>", "ps in <top>/ops"],
    ),
    "a block after one that went elsewhere": (
        "markdown",
        "```sh\ncd ops\n```\n\n```sh\ndocker compose -f a.yml up\n```\n",
        ["up -f a.yml in None"],
    ),
    "PowerShell": (
        "powershell",
        '<# docker compose up #>\n$env:COMPOSE_PROJECT_NAME = "x"\n$file = "a.yml"\nSet-Location $PSScriptRoot\n'
        "docker compose -f $file `\n  -f ops\\b.yml up -d\n& docker compose -f (Join-Path $PSScriptRoot 'c.yml') ps",
        ["up -f a.yml -f ops/b.yml -p x in <here>", "ps -f <here>/c.yml -p x in <here>"],
    ),
    "PowerShell arrays": (
        "powershell",
        '$f = @("-f", "a.yml", "-f", "b.yml")\ndocker compose @f up',
        ["up -f a.yml -f b.yml"],
    ),
    "a comment": (
        "comments",
        "# Usage:\n#   docker compose -f a.yml up -d  # all\n\nservices:\n"
        "  x:\n    command: docker compose -f b.yml up\n",
        ["up -f a.yml"],
    ),
    "a comment with a label, a number, a prompt, a span": (
        "comments",
        "# Usage: docker compose -f a.yml up\n# 3. Start the UI: docker compose -f b.yml up\n"
        "#  $ docker compose -f c.yml up\n# made by `docker compose -f d.yml up`\n",
        ["up -f a.yml", "up -f b.yml", "up -f c.yml", "up -f d.yml"],
    ),
    "a comment over several lines": (
        "comments",
        "#   docker compose \\\n#     -f a.yml \\\n#     -f b.yml up\n# docker compose -f c.yml \\\nservices: {}\n",
        ["up -f a.yml -f b.yml"],
    ),
    "a comment that goes elsewhere first": (
        "comments",
        "#   cd ops\n#   docker compose -f a.yml up\n#   docker compose -f a.yml ps\n"
        "name: x\n# docker compose -f b.yml up\n",
        ["up -f a.yml in ops", "ps -f a.yml in ops", "up -f b.yml"],
    ),
    "comments that only speak of it": (
        "comments",
        "# docker compose files of this kind\n# This docker compose up waits\n# docker-compose file for tests\n",
        [],
    ),
    "a placeholder in a comment": (
        "comments",
        "# docker compose -f a.yml -f <variant>.yml up\n",
        ["up -f a.yml -f ?.yml incomplete"],
    ),
    "a batch file": (
        "batch",
        "@echo off\nREM docker compose -f x.yml up\nset FILE=a.yml\ncd "
        "/d %~dp0..\\ops\ndocker-compose -f %FILE% ^\n  -f b.yml up -d",
        ["up -f a.yml -f b.yml in <here>/../ops"],
    ),
}


@pytest.mark.parametrize(("form", "text", "expected"), FORMS.values(), ids=FORMS)
def test_forms(form: str, text: str, expected: list[str]) -> None:
    assert [shown(command) for command in commands(text, form)] == expected


def test_lines_and_groups() -> None:
    text = "up: x\n\tdocker compose -f a.yml up\n\techo; \\\n\tdocker compose ps\n\ndown:\n\tdocker compose down\n"
    found = [command for command in commands(text, "make") if isinstance(command, ComposeCommand)]
    assert [(command.group, command.line) for command in found] == [("up", 2), ("up", 4), ("down", 7)]


def test_each_command_of_a_comment_is_a_group() -> None:
    found = commands("# docker compose -f a.yml up\n# docker compose -f b.yml \\\n#   up\n", "comments")
    assert [(command.line, command.group) for command in found] == [(1, "comment 1"), (2, "comment 2")]


def test_a_function_and_each_branch_is_a_group() -> None:
    text = (
        "docker compose ps\n"
        "start() {\n  docker compose -f a.yml up\n  docker compose -f b.yml up\n}\n"
        "if x; then\n  docker compose up\nelse\n  docker compose down\nfi\n"
    )
    groups = [command.group for command in commands(text, "shell") if isinstance(command, ComposeCommand)]
    assert groups[:3] == ["", "start", "start"]
    assert len({groups[0], *groups[3:]}) == 3


def test_lines_in_yaml_and_markdown() -> None:
    workflow = "jobs:\n  t:\n    steps:\n      - run: |\n          # why\n          docker compose up\n"
    assert [command.line for command in commands(workflow, "workflow")] == [6]
    assert [command.line for command in commands("# x\n\n```sh\ncd y\ndocker compose up\n```\n", "markdown")] == [5]


_PIECES = st.sampled_from(
    [
        *(
            "docker compose ",
            "docker-compose -f a.yml up\n",
            "$(",
            "${",
            "`",
            "'",
            '"',
            ")",
            "}",
            "(",
            "{",
            "\n",
            " ",
            "\\",
        ),
        *(
            "if ",
            "then ",
            "else ",
            "fi\n",
            "for x in a b; do ",
            "done\n",
            "case x in\n",
            "*) ",
            ";;\n",
            "esac\n",
            "f() {",
        ),
        *(
            "cd x\n",
            "<<EOF\n",
            "EOF\n",
            "X=",
            "$X",
            "$@",
            "[[ ",
            " ]]",
            "&&",
            "||",
            "|",
            "#",
            "```\n",
            "\t",
            ": ",
            ":= ",
        ),
        *(
            "- run: |\n",
            "jobs:\n",
            "@(",
            "%X%",
            "^\n",
            "define X\n",
            "$(foreach a,b,$(a))",
            "{{x}}",
            "\0",
            "\x01",
            "é",
            "\r\n",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=60).map("".join), st.sampled_from(sorted(scripts.FORMS)))
def test_nothing_raises(text: str, form: str) -> None:
    for command in commands("docker\n" + text, form):
        assert command.line >= 1


HOSTILE = {
    "commands": "docker compose -f a.yml up\n",
    "substitutions": "$(docker compose up ",
    "substitutions in quotes": '"$(docker ',
    "braces": "${docker:-",
    "groups": "( docker ",
    "arithmetic": "(( docker ",
    "expressions": "$((docker",
    "quotes": "\"docker' ",
    "double quotes": '"docker"',
    "backticks": "`docker \\",
    "here-documents": "docker <<X\n",
    "loops": "for docker in a b; do ",
    "cases": "case docker in a) ",
    "branches": "if docker; then X=$X$X; ",
    "functions": "docker() {\n",
    "tests": "[[ docker ",
    "doubled variables": "docker=a$docker$docker\n",
    "fences": "```docker\n",
    "remarks": "# docker compose \\\n",
    "labels": "#  a docker ",
    "spans": "`docker ``",
    "placeholders": "<docker [docker ",
    "make rules": "docker:\n\t$(docker) $\n",
    "make values": "docker += $(docker)$(docker)\n",
    "make conditions": "ifeq\ndocker := $(docker) x\n",
    "templates": "{{docker {{ ",
    "steps": "sh 'docker'\n",
    "continued": "docker \\\n",
    "PowerShell": "<# docker @' Join-Path docker ",
    "names": "docker",
    "blanks": "docker    \t",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("form", ["shell", "make", "markdown", "comments", "just", "jenkins", "powershell", "batch"])
def test_hostile_text_is_read(piece: str, form: str) -> None:
    text = piece * ((32 << 10) // len(piece))
    assert all(1 <= command.line <= text.count("\n") + 1 for command in commands(text, form))
