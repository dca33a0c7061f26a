"""Names that are nearly what a client asks for, for `did you mean`."""

from __future__ import annotations

from difflib import get_close_matches

from obslint.graph.nodes import Service
from obslint.lang.interpolation import HOLE

_COMPARISONS = 200_000
"""Names that are looked at in one run, about a second's work: who has more unknown names than that reads no hint."""


class Alike:
    """The names that clients can resolve, each question answered once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, frozenset[str]], list[str]] = {}
        self._found: dict[tuple[str, int, frozenset[str]], str] = {}
        self._left = _COMPARISONS

    def close(self, host: str, client: Service) -> str:
        """A name that the client can resolve and that is nearly the same; else empty."""
        key = (host, id(client.stack), client.networks)
        if key not in self._found:
            known = self._names(client)
            self._left -= len(known)
            self._found[key] = next(iter(get_close_matches(host, known, 1, 0.8)), "") if self._left > 0 else ""
        return self._found[key]

    def _names(self, client: Service) -> list[str]:
        key = (id(client.stack), client.networks)
        if key not in self._known:
            services = client.stack.services.values()
            self._left -= len(services)
            self._known[key] = (
                sorted(
                    {
                        name
                        for service in services
                        for name, networks in service.names.items()
                        if networks & client.networks and HOLE not in name
                    }
                )
                if self._left > 0
                else []
            )
        return self._known[key]
