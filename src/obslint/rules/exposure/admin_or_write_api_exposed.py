"""EXP004."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.listening import behind
from obslint.graph.nodes import Flag, Port, Service
from obslint.knowledge import Admin
from obslint.rules.base import Rule


class AdminOrWriteApiExposed(Rule[Service]):
    """A flag opens an admin or write API on a port that is published without a login.

    That a published Prometheus can be read by strangers is EXP001's, at the port. With such a flag they can do more:
    delete series, stop the server, write metrics of their own so that alerts fire or stay silent. Drop the flag, have
    the port bound to 127.0.0.1, or ask for a password with `--web.config.file`. It is an error where data can be
    destroyed; what is for development or tests, by its path, name or profile, is an info.
    """

    code, name, severity = "EXP004", "admin-or-write-api-exposed", Severity.ERROR
    on = Service

    def check(self, service: Service, graph: Graph) -> Iterator[Claim]:
        component = service.component
        if component is None or not component.admin or service.may_be_set(*component.auth_switches):
            return
        version = service.image.version if service.image else None
        port = _published(service)
        if port is None:
            return
        for admin in component.admin:
            flag = _opened_by(service, admin)
            if admin.closed_by and service.may_be_set(*admin.closed_by):
                continue
            if flag is None or ((admin.since or admin.until) and not admin.applies_to(version)):
                continue
            dash = "-" if component.entrypoint_flag_style == "go" else "--"
            written = f"{dash}{flag.name}={flag.value}" if admin.features else f"{dash}{flag.name}"
            yield self.claim(
                service,
                f"what `{written}` of service `{service.name}` opens asks for no login, and port {port.shown} is "
                f"published on {port.bound_to}: whoever reaches the host can {admin.can}",
                place=flag.place,
                related=[Related(port.place, "published here")],
                help=f"drop the flag, or bind the port to loopback: {port.on_loopback}",
                subject=f"{service.name}:{flag.name}:{admin.can}",
                severity=Severity.INFO if service.development else None if admin.grave else Severity.WARNING,
                proven=port.certain,
            )


def _opened_by(service: Service, admin: Admin) -> Flag | None:
    """The flag that opens the API.

    Prometheus and its kin parse with kingpin: such a flag is bare, one with a value is refused, and a later `--no-…`
    takes it back. Go's own flags may have a value.
    """
    flag = service.flag(*admin.flags, *(f"no-{name}" for name in admin.flags))
    if flag is not None:
        go = service.component is not None and service.component.entrypoint_flag_style == "go"
        on = flag.value is None or (go and flag.value.lower() in ("true", "t", "1"))
        return flag if on and flag.name in admin.flags else None
    return next(
        (
            flag
            for flag in service.all_flags("enable-feature")
            if not set(admin.features).isdisjoint((flag.value or "").split(","))
        ),
        None,
    )


def _published(service: Service) -> Port | None:
    """The first public port that leads for certain to the component."""
    version = service.image.version if service.image else None
    for port in service.ports:
        listen = behind(port)
        if listen is None or port.public is not True:
            continue
        if listen.when == "always" and listen.applies_to(version):
            return port
    return None
