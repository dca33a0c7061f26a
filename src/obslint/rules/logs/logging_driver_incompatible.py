"""LOG007."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obslint.facts.compose import Logging
from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph, shipping
from obslint.graph.nodes import Collection, Service
from obslint.rules.base import Rule

_FILES = "json-file"
_READABLE = frozenset((_FILES, "local", "journald"))
"""Drivers that give back what they wrote: `docker logs` and the API read it."""
_PUSHING = ("loki", "loki-docker-driver")
_ADDRESSES = {"fluentd": "fluentd-address", "gelf": "gelf-address", "syslog": "syslog-address", "splunk": "splunk-url"}
_DEFAULTS = {"fluentd": "localhost:24224"}
_PORT = re.compile(r":(\d{1,5})(?:/|\Z)")


class LoggingDriverIncompatible(Rule[Service]):
    """A service's logging driver keeps its output from the shipper that is to collect it.

    A shipper that opens Docker's files sees only what the driver `json-file` writes; one that asks Docker's API sees
    whatever `docker logs` shows, which since Docker 20.10 is the output of every driver but `none`, unless
    `cache-disabled` is set. Use `json-file` or, for the API, `local`. With `driver: none` somebody may not want the
    logs: this is but an information, unless a job chooses the very container.

    A service whose driver sends to another one of the stack, or whose output another job reads, is left alone.
    """

    code, name, severity, proof = "LOG007", "logging-driver-incompatible", Severity.WARNING, Proof.LIKELY
    on = Service

    def check(self, service: Service, graph: Graph) -> Iterator[Claim]:
        logging, driver = service.fact.logging, service.log_driver
        if logging is None or logging.driver is None or not driver or driver == _FILES or service.amended.unknown:
            return
        if driver.rpartition("/")[2].partition(":")[0] in _PUSHING or _sent_within(service, driver, logging):
            return
        collections = graph.in_stack(Collection, service.stack)
        if driver == "journald" and any(one.job.source == "journal" for one in collections):
            return
        reading = [one for one in graph.readers_of(service) if one.shipper.service is not service]
        if not reading or any(_readable(one, driver, logging) for one in reading):
            return
        chosen = next((one for one in reading if shipping.chooses(one.job)), None)
        first = chosen or reading[0]
        how = "reads Docker's files" if first.job.source == "files" else "asks Docker's API"
        yield self.claim(
            service,
            f"the output of `{service.name}` is never collected: {first.name} {how}, but the driver `{driver}` "
            + _effect(first, driver),
            place=logging.driver.place,
            related=[Related(first.place, f"{first.name}, which is to collect it")],
            help="use `json-file` with `max-size`" + (", or `local`" if first.job.source == "docker" else ""),
            subject=service.name,
            severity=Severity.INFO if driver == "none" and chosen is None else None,
        )


def _readable(collection: Collection, driver: str, logging: Logging) -> bool:
    """Whether the collection gets the output of this driver."""
    if collection.job.source != "docker" or driver == "none":
        return False
    disabled = logging.option("cache-disabled")
    return driver in _READABLE or disabled is None or disabled.text.lower() not in ("true", "1")


def _effect(collection: Collection, driver: str) -> str:
    if driver == "none":
        return "keeps nothing"
    return "writes none" if collection.job.source == "files" else "keeps nothing with `cache-disabled`"


def _sent_within(service: Service, driver: str, logging: Logging) -> bool:
    """Whether the driver sends to a port that a service of the stack publishes, or to one that cannot be told."""
    option = logging.option(_ADDRESSES.get(driver, ""))
    address = option.text if option else _DEFAULTS.get(driver)
    if address is None:
        return False
    found = _PORT.search(address)
    if found is None:
        return True
    ports = (port for other in service.stack.services.values() for port in other.ports)
    return any(port.host is not None and int(found[1]) in port.host for port in ports)
