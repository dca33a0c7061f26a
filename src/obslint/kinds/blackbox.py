"""The blackbox exporter's modules."""

from __future__ import annotations

from obslint.facts import blackbox as facts
from obslint.facts.common import Scalar
from obslint.kinds.kind import Kind, scalar
from obslint.parse import Cursor

_PROBERS = frozenset(("http", "tcp", "udp", "unix", "dns", "icmp", "grpc"))


def recognise(root: Cursor) -> str | None:
    """The exporters for SNMP and JSON have `modules` too, without probers."""
    if not isinstance(root.value, dict) or not all(key == "modules" or key.startswith("x-") for key in root.value):
        return None
    modules = [module for _, module in root.get("modules").pairs()]
    known = modules and all(module.get("prober").text in _PROBERS for module in modules)
    return "`modules` with a `prober`" if known else None


def outline(keys: frozenset[str], text: str) -> bool:
    return keys == {"modules"} and "prober:" in text


def extract(root: Cursor) -> facts.BlackboxFile:
    return facts.BlackboxFile(
        path=root.document.path,
        place=root.place,
        modules=tuple(
            facts.Module(Scalar(name, module.key), prober)
            for name, module in root.get("modules").pairs()
            if (prober := scalar(module.get("prober"))) is not None
        ),
    )


KIND = Kind("blackbox", "Blackbox exporter", recognise, extract, outline, first_only=True)
