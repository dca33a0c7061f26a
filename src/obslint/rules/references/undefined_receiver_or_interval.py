"""REF012."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from obslint.facts.common import Scalar
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph, containers
from obslint.graph.nodes import Alertmanager, Loaded
from obslint.rules.base import Rule

# Names of the templates that Alertmanager brings: `slack.default.title`, `__subject`, ...
_BUILT_IN = re.compile(r"__|\w+\.default\.")


class UndefinedReceiverOrInterval(Rule[Alertmanager]):
    """A route names a receiver or time interval that is not defined, or a message a template that nothing loads.

    Alertmanager refuses a configuration whose route names an undefined receiver or time interval: it does not start, or
    keeps the old one. A message whose template is not defined fails when it is sent, which is when it was needed.
    """

    code, name, severity = "REF012", "undefined-receiver-or-interval", Severity.ERROR
    on = Alertmanager

    def check(self, alertmanager: Alertmanager, graph: Graph) -> Iterator[Claim]:
        fact = alertmanager.fact
        receivers = {receiver.name.text for receiver in fact.receivers}
        intervals = {interval.text for interval in fact.intervals}
        for route in alertmanager.routes():
            if route.receiver is not None and route.receiver.text not in receivers:
                yield from self._undefined(alertmanager, "receiver", route.receiver, receivers)
            for interval in route.intervals:
                if interval.text not in intervals:
                    yield from self._undefined(alertmanager, "time interval", interval, intervals)
        loads = _loads(alertmanager, graph)
        if not all(load.complete.no for load in loads):
            return  # a file may define them
        for use in fact.template_uses:
            if not _BUILT_IN.match(use.text) and not _rendered(use.text):
                yield self.claim(
                    alertmanager,
                    f"the template `{use}` is used, but `templates` loads no file that could define it: "
                    "the notification fails when it is sent",
                    place=use.place,
                    related=[Related(load.written.place, load.complete.why[0]) for load in loads],
                    help="mount the template file at a path that `templates` names"
                    if loads
                    else "add the file to `templates:`, e.g. `- /etc/alertmanager/templates/*.tmpl`",
                    subject=use.text,
                )

    def _undefined(self, node: Alertmanager, what: str, written: Scalar, known: set[str]) -> Iterator[Claim]:
        if any(_rendered(name) for name in (written.text, *known)):
            return  # rendered before Alertmanager reads it
        close = get_close_matches(written.text, sorted(known), 1, 0.6)
        defined = ", ".join(f"`{name}`" for name in sorted(known)) or "none"
        yield self.claim(
            node,
            f"a route names the {what} `{written}`, which is not defined: Alertmanager refuses the configuration",
            place=written.place,
            help=(f"did you mean `{close[0]}`? " if close else "") + f"defined: {defined}",
            subject=f"{what}:{written}",
        )


def _rendered(name: str) -> bool:
    return "${" in name or "{{" in name or name.startswith("$")


def _loads(alertmanager: Alertmanager, graph: Graph) -> list[Loaded]:
    return [
        containers.load(alertmanager.service, path, "/etc/alertmanager" if alertmanager.service else ".", graph.tree)
        for path in alertmanager.fact.templates
    ]
