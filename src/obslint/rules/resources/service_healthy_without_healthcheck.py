"""RES003."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.compose import Dependency
from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Service
from obslint.knowledge import normalise_repository
from obslint.rules.base import Rule


class ServiceHealthyWithoutHealthcheck(Rule[Service]):
    """A service waits for another to be healthy, but that one has no health check, or does not exist.

    Without a health check a container never becomes healthy: `docker compose up` fails with "has no healthcheck
    configured" and does not start what waits. Compose refuses the whole file where `depends_on` names a service that is
    defined nowhere; a file that Compose does not load by its name alone may be merged with one that is not here, so
    there it is a warning. Add a `healthcheck`, or wait with `condition: service_started`.
    """

    code, name, severity = "RES003", "service-healthy-without-healthcheck", Severity.ERROR
    on = Service

    def check(self, service: Service, graph: Graph) -> Iterator[Claim]:
        if service.amended.unknown:
            return
        for dependency in service.fact.depends_on:
            name = dependency.service.text
            other = service.stack.services.get(name)
            if not dependency.required or "$" in name:
                continue
            if other is None:
                if _nowhere(name, service, graph):
                    yield self._undefined(service, dependency)
            elif dependency.condition is not None and dependency.condition.text == "service_healthy":
                yield from self._unhealthy(service, dependency, other)

    def _undefined(self, service: Service, dependency: Dependency) -> Claim:
        alone = service.stack.loaded_alone
        return self.claim(
            service,
            f"`{service.name}` depends on `{dependency.service}`, which no compose file defines: "
            "Compose refuses the whole file",
            place=dependency.service.place,
            help=f"define the service `{dependency.service}`, or remove it from `depends_on`",
            subject=dependency.service.text,
            proven=alone,
        )

    def _unhealthy(self, service: Service, dependency: Dependency, other: Service) -> Iterator[Claim]:
        place, why = _unchecked(other)
        if not why or dependency.condition is None:
            return
        yield self.claim(
            service,
            f"`{service.name}` waits until `{other.name}` is healthy, but {why}: "
            f"`docker compose up` fails and `{service.name}` is not started",
            place=dependency.condition.place,
            related=[Related(place, f"service `{other.name}`" if place == other.place else "the health check")],
            help=f"give `{other.name}` a `healthcheck`, or wait with `condition: service_started`",
            subject=other.name,
        )


def _nowhere(name: str, service: Service, graph: Graph) -> bool:
    """Whether no compose file of the repository, with which this one may be merged, defines the service."""
    return service.stack.open_names is None and not any(name in stack.services for stack in graph.stacks)


def _unchecked(service: Service) -> tuple[Place, str]:
    """Why a container of the service never becomes healthy, and what says so; no words where it may become."""
    written = service.fact.healthcheck
    if service.amended.unknown or (service.fact.replicas is not None and service.fact.replicas.text == "0"):
        return service.place, ""
    if written is not None and written.disabled:
        return written.place, "its health check is turned off"
    if written is not None and written.test is not None:
        return service.place, ""
    image, component = service.image, service.component
    if image is None or component is None:
        return service.place, ""
    if normalise_repository(image.repository) not in component.without_healthcheck:
        return service.place, ""
    if written is not None:
        return written.place, f"its health check has no `test`, and the image `{image.repository}` ships none"
    return service.place, f"it has no health check, and the image `{image.repository}` ships none"
