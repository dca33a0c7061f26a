"""REF012."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from obslint.facts.common import Scalar
from obslint.findings import Claim, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Alertmanager
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
                yield self._undefined(alertmanager, "receiver", route.receiver, receivers)
            for interval in route.intervals:
                if interval.text not in intervals:
                    yield self._undefined(alertmanager, "time interval", interval, intervals)
        if fact.templates:
            return  # the files may define them
        for use in fact.template_uses:
            if not _BUILT_IN.match(use.text):
                yield self.claim(
                    alertmanager,
                    f"the template `{use}` is used, but `templates` loads no file that could define it",
                    place=use.place,
                    help="add the file to `templates:`, e.g. `- /etc/alertmanager/templates/*.tmpl`",
                    subject=use.text,
                )

    def _undefined(self, node: Alertmanager, what: str, written: Scalar, known: set[str]) -> Claim:
        close = get_close_matches(written.text, sorted(known), 1, 0.6)
        defined = ", ".join(f"`{name}`" for name in sorted(known)) or "none"
        return self.claim(
            node,
            f"a route names the {what} `{written}`, which is not defined: Alertmanager refuses the configuration",
            place=written.place,
            help=(f"did you mean `{close[0]}`? " if close else "") + f"defined: {defined}",
            subject=f"{what}:{written}",
        )
