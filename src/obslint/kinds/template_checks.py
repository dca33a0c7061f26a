"""What is wrong in the Go templates of rules and of Alertmanager's receivers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from obslint.facts.common import Fault
from obslint.kinds.checks import listed
from obslint.knowledge.templates import TemplateLanguage, template_language
from obslint.lang import gotemplate
from obslint.lang.tokens import SyntaxProblem, shortened
from obslint.parse import Cursor

# Fields of receivers that are addresses, secrets or settings of the client. Braces there are filled in by a deployment.
_NO_TEMPLATE = re.compile(
    r"(?:\w+_)?(?:file|url|password|secret|token|key|id|username|identity|smarthost|hello|config|sigv4)"
)


def in_rules(root: Cursor, versions: bool) -> Iterator[Fault]:
    """Faults of labels and annotations of alerts; `versions` tells whether the reader's releases are Prometheus' own.

    Expressions are no templates: where one has braces, something else renders the file.
    """
    rules = [rule for group in root.get("groups").items() for rule in group.get("rules").items()]
    if any("{{" in (rule.get("expr").text or "") for rule in rules):
        return
    for rule in rules:
        if rule.get("alert").text:
            for field, what in (("labels", "label"), ("annotations", "annotation")):
                for name, value in rule.get(field).pairs():
                    if isinstance(value.value, str) and "{{" in value.value:
                        yield from _faults(value, f"{what} `{shortened(name)}`", "prometheus", versions)


def in_receivers(root: Cursor) -> Iterator[Fault]:
    """Faults of the receivers' texts; none where braces elsewhere show that something renders the file."""
    if any(_braces(root.get(key)) for key in ("global", "route", "inhibit_rules")):
        return
    found: list[Fault] = []
    stack = [(root.get("receivers"), "")]
    seen: set[int] = set()  # an alias used a thousand times is read once
    while stack:
        node, name = stack.pop()
        if isinstance(node.value, str) and "{{" in node.value:
            found += _faults(node, f"`{shortened(name)}`", "alertmanager", versions=True)
        elif isinstance(node.value, (dict, list)) and id(node.value) not in seen:
            seen.add(id(node.value))
            stack.extend((item, name) for item in node.items())
            for key, value in node.pairs():
                if not _NO_TEMPLATE.fullmatch(key):
                    stack.append((value, key))
                elif _braces(value, only_broken=True):
                    return
    yield from found


def in_address(cursor: Cursor) -> Iterator[Fault]:
    """Faults of a templated URL to which a notification is sent: those that no program that renders files mends."""
    text = cursor.value
    if not isinstance(text, str) or "{{" not in text:
        return
    before = text[: text.index("{{")].lower()
    if text.rfind("{{") > text.rfind("}}"):
        start = text.rindex("{{")
        yield Fault(
            "template",
            "`{{` is never closed in the template of the URL",
            cursor.place.within(start, start + 2),
            "every `{{` needs its `}}` in the same text",
        )
    elif before and not any(before.startswith(one) or one.startswith(before) for one in ("http://", "https://")):
        yield Fault(
            "template",
            "the URL does not begin with `http://` or `https://`, whatever its template says",
            cursor.place.within(0, len(before)),
            "begin it with `http://` or `https://`",
        )


def _braces(root: Cursor, only_broken: bool = False) -> bool:
    """Whether a text below has `{{`, or one that Alertmanager could not read as a template."""
    functions = template_language("alertmanager").functions if only_broken else {}
    stack = [root]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if isinstance(node.value, str):
            if "{{" in node.value and not (only_broken and gotemplate.parse(node.value, functions).problem is None):
                return True
        elif id(node.value) not in seen:
            seen.add(id(node.value))
            stack.extend(node.items())
            stack.extend(value for _, value in node.pairs())
    return False


def _faults(value: Cursor, what: str, component: str, versions: bool) -> Iterator[Fault]:
    language = template_language(component)
    template = gotemplate.parse(value.value, language.functions, language.variables)  # type: ignore[arg-type]
    for call in template.calls:
        since = language.functions[call.name]
        if since is not None and versions:
            yield Fault(
                "template",
                f"releases before {since} have no template function `{call.name}`, which {what} calls",
                value.place.within(call.start, call.end),
                f"write it without `{call.name}`, or run a newer release",
                since=since,
            )
    problem = template.problem
    if problem is not None:
        place = value.place.within(problem.start, problem.end)
        # A file that nothing is known to load may be vmalert's.
        elsewhere = isinstance(problem, gotemplate.Undefined) and problem.name in language.elsewhere
        yield Fault(
            "template",
            f"{problem.message} in the template of {what}",
            place,
            _help(problem, language),
            program=component if elsewhere else "",
        )


def _help(problem: SyntaxProblem, language: TemplateLanguage) -> str:
    if isinstance(problem, gotemplate.Undefined):
        if problem.name in language.meant:
            return f"write `{language.meant[problem.name]}`"
        close = get_close_matches(problem.name[:64], sorted({*problem.known, *language.functions}), n=1, cutoff=0.7)
        if close:
            return f"did you mean `{close[0]}`?"
        if problem.name.startswith("$"):
            return f"defined here are {listed(problem.known)}" if problem.known else "define it first"
        return "only the component's own functions and those of Go's text/template exist, none of Sprig or Helm"
    if problem.message.startswith("unexpected `-` behind"):
        return 'read a name with a dash as `{{ index $labels "the-name" }}`'
    if "{{ end }}" in problem.message:
        return "close the block with `{{ end }}`"
    if "close" in problem.message and "`end`" not in problem.message:
        return "every `{{` needs its `}}` in the same text, every `(` its `)`"
    return 'mend the template here; double the braces, as in `{{ "{{" }}`, to have them in the text'
