"""LOG008."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Service, Stack
from obslint.rules.base import Rule

_SHOWN = 5


class NoLogRotation(Rule[Service]):
    """The output of services is kept on the host without limit.

    Docker's default logging driver, `json-file`, never rotates: a container that talks fills the disk of the host, and
    with it those of Prometheus and Loki. Set `max-size` and `max-file` for each service, or `driver: local`, which
    rotates by itself. The daemon's own configuration, which may set this for all, is not in the repository; the rule is
    off until it is asked for, and tells of each compose file once. `max-file` without `max-size` does nothing.
    """

    code, name, severity, proof = "LOG008", "no-log-rotation", Severity.INFO, Proof.LIKELY
    on = Service
    enabled = False

    def check(self, service: Service, graph: Graph) -> Iterator[Claim]:
        of_file = [other for other in service.stack.services.values() if other.place.path == service.place.path]
        if of_file[0] is not service:
            return
        ending = set(_ending(service.stack))
        found = [other for other in of_file if other.name not in ending and _unlimited(other)]
        if not found:
            return
        names = ", ".join(f"`{other.name}`" for other in found[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
        several = f"{len(found)} services ({names}) write" if len(found) > 1 else f"{names} writes"
        yield self.claim(
            found[0],
            f"{several} logs without limit: `json-file`, Docker's default, never rotates them",
            related=[Related(other.place, "the same") for other in found[1:_SHOWN]],
            help='logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}, by an anchor for all of them',
            subject=service.place.path,
        )


def _ending(stack: Stack) -> Iterator[str]:
    """Services that others wait for to end."""
    for service in stack.services.values():
        for dependency in service.fact.depends_on:
            if dependency.condition is not None and dependency.condition.text == "service_completed_successfully":
                yield dependency.service.text


def _unlimited(service: Service) -> bool:
    """Whether a service's log is neither limited here nor left to another driver."""
    logging = service.fact.logging
    if service.amended.unknown or service.log_driver not in ("", "json-file"):
        return False
    return logging is None or logging.option("max-size") is None
