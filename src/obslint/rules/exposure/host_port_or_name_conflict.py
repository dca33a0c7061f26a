"""EXP009."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Clash
from obslint.rules.base import Rule


class HostPortOrNameConflict(Rule[Clash]):
    """Two services of one stack want the same port or container name of the host.

    Docker gives a host port to one container, and all interfaces include each of them: the service that starts second
    fails, often the exporter or the dashboard that nobody misses before an incident. Compose refuses a container name
    that is taken. It is a warning where a profile brings the two together, where a port is a default that a variable
    may replace, where another file may change a service, and where a program on the host's network takes its usual
    port. Services of different profiles are left alone, and so are ranges, of which Docker takes a free port.
    """

    code, name, severity = "EXP009", "host-port-or-name-conflict", Severity.ERROR
    on = Clash

    def check(self, clash: Clash, graph: Graph) -> Iterator[Claim]:
        service, other = clash.service, clash.other
        when = f" once {clash.together.why[0]}" if clash.together.why else ""
        certain = clash.sure and not when
        if clash.what == "port":
            takes = "listens on" if service.host_network else "publishes"
            also = "listens on" if other.host_network else "publishes"
            message = (
                f"service `{service.name}` {takes} port {clash.wanted} of the host, which `{other.name}` {also} "
                f"too: only one of them can start{when}"
            )
            note, change = f"`{other.name}` takes it here", "give one of them another host port"
            if not service.host_network:
                change += ", or none where only other containers need it"
        else:
            message = (
                f"services `{service.name}` and `{other.name}` are both to be called `{clash.wanted}`: "
                f"Compose refuses to start them{when}"
            )
            note, change = f"the name of `{other.name}`", "drop `container_name`, or choose another"
        yield self.claim(
            clash,
            message,
            related=[Related(clash.other_place, note)],
            help=change,
            subject=f"{service.name}:{clash.wanted}",
            proven=certain,
        )
