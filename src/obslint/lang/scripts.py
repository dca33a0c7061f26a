"""Scripts, build files, workflows and manuals to the shell text in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from obslint import parse
from obslint.lang import makefiles, shell
from obslint.lang.interpolation import HOLE
from obslint.parse import Cursor

_ENGINE = re.compile("docker|podman|nerdctl")
_MAX_VARIABLES = 300
"""Variables of one mapping: each command is given all of them."""


def commands(text: str, form: str) -> Iterator[shell.Command]:
    """The commands that a text of one of `FORMS` runs. Texts that name no container engine are not read."""
    if _ENGINE.search(text) is None:
        return
    text = text.translate(shell.RESERVED)
    if form in ("markdown", "comments"):
        yield from (_markdown if form == "markdown" else _comments)(text)
        return
    for block in _FORMS[form](text):
        yield from shell.run(block).commands


def _shell(text: str) -> Iterator[shell.Block]:
    yield shell.Block(text)


# Markdown

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*\{?\.?([\w+.-]*)[^`\n]*\Z")
_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]{1,400})\1(?!`)")
_LANGUAGES = {
    **dict.fromkeys(("", "bash", "sh", "shell", "zsh", "console", "terminal", "shell-session", "sh-session"), "shell"),
    **dict.fromkeys(("shellsession", "bash-session", "text", "txt", "plaintext", "plain", "none", "cmdline"), "shell"),
    **dict.fromkeys(("commandline", "command", "fish", "ansi"), "shell"),
    **dict.fromkeys(("powershell", "pwsh", "ps1", "ps"), "powershell"),
    **dict.fromkeys(("bat", "batch", "cmd", "dos"), "batch"),
    **dict.fromkeys(("make", "makefile", "mk"), "make"),
    **dict.fromkeys(("just", "justfile"), "just"),
}
_PROMPT = re.compile(
    r"[ \t]*(?:\([\w.-]+\)[ \t]*)?(?:[\w.-]+@[\w.-]+[^$#\n]{0,60}[$#]|[$%❯➜]|PS [^>\n]{0,80}>)[ \t]+(?=\S)"
)
_PLACEHOLDER = re.compile(r"<[A-Za-z][\w .:|/-]{0,40}>|\[[A-Za-z-][\w .:|=-]{0,40}(?:\.\.\.)?\]|\.\.\.|…")
_RUNS = re.compile(
    r"(?:(?:sudo|env|time)\s+|[A-Za-z_]\w*=\S*\s+|(?:cd|pushd)\s[^&;\n]+(?:&&|;)\s*)*"
    r"(?:docker|podman|nerdctl|docker-compose|podman-compose)\s"
)


def _markdown(text: str) -> Iterator[shell.Command]:
    """Fenced blocks and inline code; a directory that one block goes to may or may not hold for the next."""
    clones: frozenset[str] = frozenset()
    directory = "."
    for block in _fences(text):
        run = shell.run(replace(block, clones=clones, directory=directory, manual=True))
        yield from run.commands
        clones |= run.clones
        if run.directory not in (block.directory, shell.TOP):
            directory = HOLE


def _fences(text: str) -> Iterator[shell.Block]:
    lines = text.split("\n")
    fence, form, first, body = "", "", 0, list[str]()
    for number, line in enumerate(lines, start=1):
        line = line.removesuffix("\r")
        match = _FENCE.match(line)
        if not fence:
            if match:
                fence, first, body = match.group(1), number + 1, []
                form = _LANGUAGES.get(match.group(2).lower(), "")
            else:
                yield from _spans(line, number)
        elif match and match.group(1)[0] == fence[0] and len(match.group(1)) >= len(fence) and not match.group(2):
            yield from _fenced(body, form, first)
            fence = ""
        elif form:
            body.append(line.lstrip("> ") if line[:1] == ">" else line)
    if fence:
        yield from _fenced(body, form, first)


def _spans(line: str, number: int) -> Iterator[shell.Block]:
    if "`" not in line:
        return
    for match in _SPAN.finditer(line):
        inside = _PROMPT.sub("", match.group(2).strip(), count=1)
        if _RUNS.match(inside):
            group = f"span {number}:{match.start() + 1}"
            yield shell.Block(_PLACEHOLDER.sub(HOLE, inside), number, group, flat=True)


def _fenced(body: list[str], form: str, first: int) -> Iterator[shell.Block]:
    if not form or not any(_ENGINE.search(line) or "cd " in line or "clone" in line for line in body):
        return
    if form == "shell":
        body = _session(body)
        text = "\n".join(_PLACEHOLDER.sub(HOLE, line) if "[[" not in line else line for line in body)
        yield shell.Block(text, first, f"block {first}")
        return
    for block in _FORMS[form]("\n".join(body)):
        group = f"block {first}" + (f" {block.group}" if block.group else "")
        yield replace(block, line=first + block.line - 1, group=group)


def _session(lines: list[str]) -> list[str]:
    """What was typed, where a block shows prompts; what the commands printed is blanked."""
    if not any(_PROMPT.match(line) for line in lines):
        return lines
    out: list[str] = []
    typed = False
    for line in lines:
        prompt = _PROMPT.match(line)
        out.append(line[prompt.end() :] if prompt else line.lstrip("> ") if typed else "")
        typed = (prompt is not None or typed) and line.rstrip().endswith("\\")
    return out


# Comments

_REMARK = re.compile(r"[ \t]*#+[ \t]*(?:(?:[-*]|\d{1,3}[.)])[ \t]+)?(?:\w[\w ()'/-]{0,60}:[ \t]+)?")
_MOVES = re.compile(r"cd[ \t]+([\w./-]+)[ \t]*\Z")


def _comments(text: str) -> Iterator[shell.Command]:
    """What comments tell to run: each command by itself, where a `cd` above it in the same comment goes to."""
    moved = ""
    lines = enumerate(text.split("\n"), start=1)
    for number, line in lines:
        inside = _remark(line)
        if inside is None:
            moved = ""
            continue
        if found := _MOVES.match(inside):
            moved = f"cd {found.group(1)} && "
            continue
        if not _RUNS.match(inside):
            for block in _spans(inside, number):
                yield from shell.run(block).commands
            continue
        parts = [moved]
        while inside.endswith("\\"):
            parts.append(inside[:-1])
            inside = _remark(next(lines, (0, ""))[1]) or ""
        told = _PLACEHOLDER.sub(HOLE, "".join((*parts, inside)))
        yield from shell.run(shell.Block(told, number, f"comment {number}", flat=True, manual=True)).commands


def _remark(line: str) -> str | None:
    """What a comment says, without the numbering, label or prompt before it; None where the line is none."""
    match = _REMARK.match(line)
    return _PROMPT.sub("", line[match.end() :].rstrip(), count=1) if match else None


# YAML and JSON

_EXPRESSION = re.compile(r"\$\{\{([^}\n]{0,300})\}\}")
_TEMPLATE = re.compile(r"\{\{([^{}\n]{0,300})\}\}")
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")


def _root(text: str, form: str = "yaml") -> Cursor:
    document = next(iter(parse.load("", text, form)), None)
    if document is None:
        return Cursor(parse.load("", "", "yaml")[0], None)
    return Cursor(document, document.data)


def _block(cursor: Cursor, group: str, text: str | None = None) -> shell.Block:
    """The text of a scalar. The lines of a literal block are those of the file; any other stands on its first."""
    content = cursor.text if text is None else text
    raw = cursor.document.raw(cursor.at)[:1]
    line = cursor.document.locate(cursor.place).line + (raw in ("|", ">"))
    return shell.Block(content or "", line, group, flat=raw != "|")


def _variables(cursor: Cursor, known: Mapping[str, str] = {}) -> dict[str, str]:
    """A mapping of environment variables; of very many the first."""
    pairs = islice(cursor.pairs(), _MAX_VARIABLES)
    return {name: _github(value.text, known) if value.text is not None else HOLE for name, value in pairs}


def _github(text: str, environment: Mapping[str, str]) -> str:
    """GitHub's `${{ … }}` expressions, as far as the workflow itself says what they are."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1).strip()
        if name == "github.workspace":
            return shell.TOP
        return environment.get(name[4:], HOLE) if name.startswith("env.") else HOLE

    return _EXPRESSION.sub(value, text)


def _workflow(text: str) -> Iterator[shell.Block]:
    root = _root(text)
    outer = _variables(root.get("env"))
    top = root.get("defaults", "run", "working-directory")
    for name, job in root.get("jobs").pairs():
        environment = outer | _variables(job.get("env"), outer)
        base = job.get("defaults", "run", "working-directory").text or top.text or "."
        for step in job.get("steps").items():
            run = step.get("run")
            if run.text is None or _ENGINE.search(run.text) is None:
                continue
            known = environment | _variables(step.get("env"), environment)
            directory = shell.join(".", _github(step.get("working-directory").text or base, known))
            yield replace(
                _block(run, name, _github(run.text, known)),
                directory=directory,
                variables=known | {"GITHUB_WORKSPACE": shell.TOP},
                exported=frozenset(known),
            )


_GITLAB_WORDS = frozenset(
    "default include stages variables workflow image services cache before_script after_script spec".split()  # noqa: SIM905
)


def _gitlab(text: str) -> Iterator[shell.Block]:
    """One shell runs `before_script` and `script` of a job."""
    root = _root(text)
    outer = _variables(root.get("variables"))
    common = root.get("before_script") or root.get("default", "before_script")
    for name, job in root.pairs():
        if name in _GITLAB_WORDS or not job.get("script"):
            continue
        variables = outer | _variables(job.get("variables")) | {"CI_PROJECT_DIR": shell.TOP}
        state = shell.Block("", variables=variables, exported=frozenset(variables))
        before = job.get("before_script") or common
        for item in (*before.each(), *job.get("script").each(), *job.get("after_script").each()):
            block = replace(_block(item, name), variables=variables, exported=state.exported, directory=state.directory)
            yield block
            state = replace(state, directory=_left(block))


def _left(block: shell.Block) -> str:
    """Where a block leaves the shell."""
    return shell.run(block).directory if "cd" in block.text or "push" in block.text else block.directory


def _task(text: str) -> Iterator[shell.Block]:
    root = _root(text)
    shared = _task_variables(root.get("vars"))
    environment = _task_variables(root.get("env"))
    for name, task in root.get("tasks").pairs():
        known = {**shared, **_task_variables(task.get("vars"))}
        exported = {
            key: _template(value, known) for key, value in {**environment, **_task_variables(task.get("env"))}.items()
        }
        directory = _template(task.get("dir").text or ".", known) if isinstance(task.value, dict) else "."
        listed = task.get("cmds") or task.get("cmd") if isinstance(task.value, dict) else task
        for item in listed.each():
            command = item if item.text is not None else item.get("cmd")
            if command.text is None:
                continue
            block = _block(command, name, _template(command.text, known))
            yield replace(
                block, directory=shell.join(".", directory), variables=dict(exported), exported=frozenset(exported)
            )


def _task_variables(cursor: Cursor) -> dict[str, str]:
    pairs = islice(cursor.pairs(), _MAX_VARIABLES)
    return {name: value.text if value.text is not None else HOLE for name, value in pairs}


def _template(text: str, known: Mapping[str, str], depth: int = 0) -> str:
    """Go templates of a Taskfile: variables and their `default`."""

    def value(match: re.Match[str]) -> str:
        name, _, filters = (part.strip() for part in match.group(1).strip("- ").partition("|"))
        if name in (".ROOT_DIR", ".TASKFILE_DIR"):
            return shell.HERE
        if name == ".USER_WORKING_DIR":
            return f"{shell.START}/."
        if name[:1] == "." and name[1:] in known and depth < 5:
            return _template(known[name[1:]], known, depth + 1)[:4096]
        default = _QUOTED.search(filters) if filters.startswith("default") else None
        return HOLE if default is None else default.group(1) or default.group(2) or ""

    return _TEMPLATE.sub(value, text) if len(text) < 64 << 10 else text


def _package(text: str) -> Iterator[shell.Block]:
    for name, script in _root(text, "json").get("scripts").pairs():
        if isinstance(script.value, str) and _ENGINE.search(script.value):
            yield _block(script, name)


# justfiles

_RECIPE = re.compile(r"@?([A-Za-z_][\w-]*)((?:\s+[^:=]*)?)\s*:(?!=)")
_JUST_ASSIGNMENT = re.compile(r"(?:(export)\s+)?([A-Za-z_][\w-]*)\s*:=\s*(.*)")
_JUST_SETTING = re.compile(r"set\s+working-directory\s*:=\s*['\"]([^'\"]*)['\"]")
_JUST_ATTRIBUTE = re.compile(r"\[[^\]]*working-directory\s*[:(]\s*['\"]([^'\"]*)['\"]")
_JUST_PART = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z_][\w-]*)(\([^()]*\))?)\s*([+/]|\Z)")


def _just(text: str) -> Iterator[shell.Block]:
    """Each line of a recipe is run by a shell of its own, unless the recipe begins with `#!`."""
    known: dict[str, str] = {}
    exported: dict[str, str] = {}
    base, directory, name = ".", ".", ""
    body: list[str] = []
    first = 0
    attribute = ""
    recipes: list[tuple[str, str, int, list[str]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if line[:1] in (" ", "\t") or (not line and name):
            if name:
                body.append(line)
            continue
        if name:
            recipes.append((name, directory, first, body))
            name = ""
        setting, assignment = _JUST_SETTING.match(line), _JUST_ASSIGNMENT.match(line)
        if setting:
            base = setting.group(1)
        elif line.startswith("["):
            found = _JUST_ATTRIBUTE.match(line)
            attribute = found.group(1) if found else attribute
        elif assignment:
            known[assignment.group(2)] = _just_value(assignment.group(3), known)
            if assignment.group(1) and len(exported) < _MAX_VARIABLES:
                exported[assignment.group(2)] = known[assignment.group(2)]
        elif recipe := _RECIPE.match(line):
            name, body, first = recipe.group(1), [], number + 1
            directory, attribute = shell.join(base, attribute) if attribute else base, ""
    if name:
        recipes.append((name, directory, first, body))
    for name, directory, first, body in recipes:
        for line, number in _just_lines(body, first):
            yield shell.Block(
                _just_text(line, known), number, name, directory, variables=dict(exported), exported=frozenset(exported)
            )


def _just_lines(body: list[str], first: int) -> Iterator[tuple[str, int]]:
    if body and body[0].lstrip().startswith("#!"):
        yield "\n".join(body), first
        return
    parts: list[str] = []
    for number, line in enumerate(body, start=first):
        parts.append(line if parts else line.lstrip(" \t@-"))
        if not line.endswith("\\"):
            yield "\n".join(parts), number - len(parts) + 1
            parts = []
    if parts:
        yield "\n".join(parts), first + len(body) - len(parts)


def _just_text(line: str, known: Mapping[str, str]) -> str:
    return _TEMPLATE.sub(lambda match: _just_value(match.group(1), known), line)


def _just_value(expression: str, known: Mapping[str, str]) -> str:
    """Strings, variables and paths put together; a `HOLE` for any other expression."""
    expression = expression.strip()[:4096]
    out: list[str] = []
    position = 0
    while position < len(expression) and len(out) < 100:
        part = _JUST_PART.match(expression, position)
        if part is None:
            return HOLE
        double, single, name, call, operator = part.groups()
        if name is None:
            out.append(double if double is not None else single)
        elif call is None:
            out.append(known.get(name, HOLE))
        elif name in ("justfile_directory", "source_directory"):
            out.append(shell.HERE)
        elif name in ("env_var_or_default", "env") and len(strings := _QUOTED.findall(call)) == 2:
            out.append(strings[1][0] or strings[1][1])
        else:
            return HOLE
        if operator == "/":
            out.append("/")
        position = part.end()
        if not operator and position < len(expression):
            return HOLE
    text = "".join(out)
    return text if len(text) <= 4096 else HOLE


# Windows

_PS_ASSIGNMENT = re.compile(r"^([ \t]*)\$(env:)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*)$", re.I)
_PS_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'|[\w./:-]+")
_PS_JOIN = re.compile(
    r"\(?[ \t]*Join-Path[ \t]+(?:-Path[ \t]+)?(\S+)[ \t]+(?:-ChildPath[ \t]+)?([^\s)]+)[ \t]*\)?", re.I
)
_PS_PARENT = re.compile(r"\(?[ \t]*Split-Path[ \t]+(?:-Parent[ \t]+)?(\S+?)(?:[ \t]+-Parent)?[ \t]*\)?", re.I)
_PS_ARRAY = re.compile(r"@\(([^()]*)\)\s*\Z")
_PS_COMMENT = re.compile(r"<#.*?#>", re.S)
_PS_TEXT = re.compile(r"@(['\"])[ \t]*\r?\n.*?\n\1@", re.S)
_PS_LOCATION = re.compile(r"^([ \t]*)(?:Set-Location|Push-Location|Pop-Location|sl)\b([ \t]+-(?:Literal)?Path)?", re.I)


def _powershell(text: str) -> Iterator[shell.Block]:
    """PowerShell rewritten line by line as a POSIX shell would have it."""
    for pattern in (_PS_COMMENT, _PS_TEXT):
        text = pattern.sub(lambda match: "\n" * match.group().count("\n"), text) if _ends(pattern, text) else text
    yield shell.Block("\n".join(_powershell_line(line.rstrip()) for line in text.split("\n")))


def _ends(pattern: re.Pattern[str], text: str) -> bool:
    """Whether every comment or text that begins also ends; else searching for the ends would be slow."""
    return (
        text.count("<#") <= text.count("#>") if pattern is _PS_COMMENT else text.count("@'") + text.count('@"') < 2000
    )


def _powershell_line(line: str) -> str:
    if line.endswith("`"):
        line = line[:-1] + "\x05"
    line = line.replace("\\", "/").replace("`", "")
    line = re.sub(r"\$PSScriptRoot\b|\$\{PSScriptRoot\}", shell.HERE, line, flags=re.I)
    line = re.sub(r"\$MyInvocation(?:\.\w+)+|\$PSCommandPath", f"{shell.HERE}/script", line, flags=re.I)
    line = re.sub(r"\$\{?env:(\w+)\b\}?(?![ \t]*=)", r"${\1}", line, flags=re.I)
    if len(line) < 4096:
        line = _PS_PARENT.sub(lambda match: f'"{_parent(match.group(1))}"', line)
        line = _PS_JOIN.sub(lambda match: f'"{_unquoted(match.group(1))}/{_unquoted(match.group(2))}"', line)
    line = re.sub(r"^([ \t]*)&[ \t]+", r"\1", line)
    line = re.sub(r"(?<![\w@\"'])@([A-Za-z_]\w*)", r'"${\1[@]}"', line)
    located = _PS_LOCATION.match(line)
    if located:
        word = located.group().split()[0].lower()
        line = {"push-location": "pushd", "pop-location": "popd"}.get(word, "cd") + line[located.end() :]
    assigned = _PS_ASSIGNMENT.match(line)
    if assigned:
        line = _powershell_assignment(*assigned.groups())
    return line.replace("\x05", "\\")


def _unquoted(word: str) -> str:
    return word.strip("\"'")


def _parent(path: str) -> str:
    return shell.dirname(path) if path[:1] == shell.HERE else HOLE


def _powershell_assignment(indent: str, environment: str | None, name: str, value: str) -> str:
    export = "export " if environment else ""
    array = _PS_ARRAY.match(value)
    if array:
        words = " ".join(part.strip() for part in array.group(1).split(","))
        return f"{indent}{name}=({words})"
    value = value.strip()
    if _PS_LITERAL.fullmatch(value) or value == "":
        return f"{indent}{export}{name}={value}"
    return f"{indent}{export}{name}={HOLE}"


_BATCH_SET = re.compile(r"^([ \t]*)set[ \t]+(?:\"([A-Za-z_]\w*)=([^\"]*)\"|([A-Za-z_]\w*)=(.*))$", re.I)
_BATCH_VARIABLE = re.compile(r"%([A-Za-z_]\w*)%")


def _batch(text: str) -> Iterator[shell.Block]:
    """A batch file rewritten line by line as a POSIX shell would have it; a label begins a group."""
    group, first = "", 1
    body: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        plain = line.strip().lstrip("@")
        if plain.startswith(":") and not plain.startswith("::"):
            yield shell.Block("\n".join(body), first, group, directory="." if not group else HOLE)
            group, first, body = plain[1:].split(" ")[0], number + 1, []
            continue
        body.append(_batch_line(plain))
    yield shell.Block("\n".join(body), first, group, directory="." if not group else HOLE)


def _batch_line(line: str) -> str:
    if line[:2] == "::" or line[:4].lower() in ("rem", "rem "):
        return ""
    goes_on = line.endswith("^")
    line = (line[:-1] if goes_on else line).replace("\\", "/").replace("'", "").replace("`", "").replace("$", "")
    line = line.replace("%~dp0", f"{shell.HERE}/").replace("^", "").replace("%%", "%")
    line = re.sub(r"%[*1-9]", "$@", line)
    line = re.sub(r"%(?:cd|CD)%", "$PWD", line)
    assigned = _BATCH_SET.match(line)
    if assigned:
        indent, quoted, value, name, rest = assigned.groups()
        line = f'{indent}export {quoted or name}="{value if quoted else rest}"'
    line = re.sub(r"^([ \t]*cd)[ \t]+/d\b", r"\1", line, flags=re.I)
    return _BATCH_VARIABLE.sub(r"${\1}", line) + ("\\" if goes_on else "")


# Jenkins

_JENKINS = re.compile(
    r"\b(sh|bat|powershell|pwsh)\b[ \t]*\(?[ \t]*(?:script[ \t]*:[ \t]*)?('''|\"\"\"|'|\")"
    r"|\bdir[ \t]*\([ \t]*(['\"])([^'\"\n]*)\3[ \t]*\)[ \t]*\{"
    r"|\bstage[ \t]*\([ \t]*(['\"])([^'\"\n]*)\5[ \t]*\)"
    r"|//[^\n]*|([{}])"
)


def _jenkins(text: str) -> Iterator[shell.Block]:
    """The texts given to `sh` and `bat` steps, within the `dir` blocks around them; a stage is a group."""
    position, depth, stage = 0, 0, ""
    counted, line = 0, 1
    around: list[tuple[int, str]] = []
    missing: set[str] = set()
    while found := _JENKINS.search(text, position):
        position = found.end()
        step, quote, _, directory, _, name, brace = found.groups()
        if directory is not None:
            depth += 1
            around.append((depth, shell.join(around[-1][1] if around else ".", directory.replace("$", HOLE))))
        elif name is not None:
            stage = name
        elif brace == "{":
            depth += 1
        elif brace == "}":
            if around and around[-1][0] == depth:
                around.pop()
            depth -= 1
        elif step and quote not in missing:
            end = text.find(quote, position)
            if end < 0:
                missing.add(quote)
                continue
            if len(quote) == 3 or "\n" not in text[position:end]:
                line, counted = line + text.count("\n", counted, position), position
                yield from _jenkins_step(text[position:end], line, step, stage, around[-1][1] if around else ".")
                position = end + len(quote)


def _jenkins_step(inside: str, line: int, step: str, stage: str, directory: str) -> Iterator[shell.Block]:
    if _ENGINE.search(inside) is None:
        return
    form = {"bat": _batch, "powershell": _powershell, "pwsh": _powershell}.get(step, _shell)
    for block in form(inside):
        yield replace(
            block, line=line + block.line - 1, group=stage, directory=directory, variables={"WORKSPACE": shell.TOP}
        )


_FORMS = {
    "shell": _shell,
    "make": makefiles.blocks,
    "just": _just,
    "task": _task,
    "package": _package,
    "workflow": _workflow,
    "gitlab": _gitlab,
    "jenkins": _jenkins,
    "powershell": _powershell,
    "batch": _batch,
}
FORMS = frozenset((*_FORMS, "markdown", "comments"))
