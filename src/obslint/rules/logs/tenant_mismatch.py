"""LOG006."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from obslint.findings import Claim, Place, Related, Severity
from obslint.graph import Graph
from obslint.graph.containers import container_paths
from obslint.graph.nodes import Evaluator, Link, Loki, Service
from obslint.rules.base import Rule

_FLAG = "auth.enabled"
_WRITES = frozenset(("log-push", "otlp"))
_READS = "datasource"
_NOBODY = "fake"
"""Whose everything is without `auth_enabled`, unless `no_auth_tenant` says otherwise (Loki's pkg/loki/loki.go)."""


class TenantMismatch(Rule[Loki]):
    """Loki and its clients are not of one mind about tenants.

    With `auth_enabled: true`, which is what Loki itself takes where nothing is written, each request has to name its
    tenant in the header X-Scope-OrgID: a shipper without `tenant_id` and a data source without the header get 401 "no
    org id", and no log arrives or is shown. With `auth_enabled: false` a tenant that is named is ignored: everything is
    of the tenant `fake`, and so must be the directory of the ruler's rules. That tenants are ignored is an information.

    It is an error only where the client reaches that very Loki, with nothing between that could add the header.
    """

    code, name, severity = "LOG006", "tenant-mismatch", Severity.ERROR
    on = Loki

    def check(self, loki: Loki, graph: Graph) -> Iterator[Claim]:
        service = loki.service
        enabled = _enabled(loki)
        if service is None or enabled is None:
            return
        links = [link for link in graph.links_to(service) if link.certain and link.kind in (*_WRITES, _READS)]
        if enabled:
            yield from (self._refused(loki, link) for link in links if link.tenant and not link.tenant.name)
            yield from self._apart(loki, links, graph)
        else:
            yield from (self._ignored(loki, link) for link in links if link.tenant and link.tenant.name)
            own = loki.fact.no_auth_tenant.text if loki.fact.no_auth_tenant else _NOBODY
            if "$" not in own:
                yield from self._rules_of_others(loki, graph, {own}, "everything is of")

    def _refused(self, loki: Loki, link: Link) -> Claim:
        what = "asks" if link.kind == _READS else "pushes to"
        where = "in `jsonData.httpHeaderName1` and `secureJsonData.httpHeaderValue1`"
        return self.claim(
            loki,
            f'{_client(link)} {what} Loki without a tenant, but {_why_on(loki)}: Loki answers 401 "no org id"',
            place=link.written.place,
            related=[Related(_told(loki), _why_on(loki))],
            help=f"name it with the header X-Scope-OrgID {where if link.kind == _READS else 'or `tenant_id`'}, or set "
            "`auth_enabled: false` for a Loki of one tenant",
            subject=f"{link.kind}:{link.client.name if link.client else ''}:{link.written}",
        )

    def _ignored(self, loki: Loki, link: Link) -> Claim:
        tenant = link.tenant
        assert tenant is not None
        own = loki.fact.no_auth_tenant or _NOBODY
        return self.claim(
            loki,
            f"{_client(link)} names tenant `{tenant.name}`, but with `auth_enabled: false` Loki ignores it: everything "
            f"is of the tenant `{own}`",
            place=tenant.place,
            related=[Related(_told(loki), "where authentication is off")],
            help="remove the tenant, or set `auth_enabled: true` and name one in every client",
            subject=f"{link.kind}:{tenant.name}",
            severity=Severity.INFO,
        )

    def _apart(self, loki: Loki, links: Sequence[Link], graph: Graph) -> Iterator[Claim]:
        """Who asks as a tenant as which nobody pushes."""
        writers = [link for link in links if link.kind in _WRITES]
        if not writers or any(link.tenant is None for link in writers):
            return
        written = {link.tenant.name for link in writers if link.tenant and link.tenant.name}
        if not written:
            return
        for link in links:
            if link.kind != _READS or link.tenant is None or not link.tenant.name:
                continue
            if written.isdisjoint(link.tenant.name.split("|")):
                yield self.claim(
                    loki,
                    f"{_client(link)} asks Loki as tenant `{link.tenant.name}`, but what pushes to it here is of "
                    f"{_listed(written)}: no log is found",
                    place=link.tenant.place,
                    related=[
                        Related(one.tenant.place, _client(one)) for one in writers if one.tenant and one.tenant.place
                    ],
                    help="ask as the tenant that pushes; several are named as `a|b`, where"
                    " `multi_tenant_queries_enabled` is set",
                    subject=f"{link.client.name if link.client else ''}:{link.tenant.name}",
                    proven=False,
                )
        yield from self._rules_of_others(loki, graph, written, "what pushes to it here is of")

    def _rules_of_others(self, loki: Loki, graph: Graph, tenants: set[str], why: str) -> Iterator[Claim]:
        """Rules that the ruler finds in the directory of a tenant that has no logs."""
        for ruler in graph.in_stack(Evaluator, loki.stack):
            if ruler.service is not loki.service or ruler.component != "loki" or loki.fact.rules_directory is None:
                continue
            for file in ruler.rule_files:
                found = _tenant_of(file.path, loki.fact.rules_directory.text, loki.service)
                if found is not None and found not in tenants:
                    yield self.claim(
                        loki,
                        f"these rules lie in the directory of tenant `{found}`, but {why} {_listed(tenants)}: they "
                        "find no logs",
                        place=file.place,
                        related=[
                            Related(loki.fact.rules_directory.place, "its directories are the tenants"),
                            Related(_told(loki), "whether there are tenants"),
                        ],
                        help=f"mount them as `{posixpath.join(loki.fact.rules_directory.text, min(tenants))}`",
                        subject=f"{file.path}:{found}",
                        proven=False,
                    )


def _enabled(loki: Loki) -> bool | None:
    """Whether Loki asks for tenants; None where that is not known."""
    service, written = loki.service, loki.fact.auth_enabled
    if service is None or service.scripted or service.amended.unknown:
        return None
    flag = service.flag(_FLAG)
    text = (flag.value or "true") if flag else written.text if written else "true"
    return {"true": True, "false": False}.get(text.lower())


def _told(loki: Loki) -> Place:
    flag = loki.service.flag(_FLAG) if loki.service else None
    return flag.place if flag else loki.fact.auth_enabled.place if loki.fact.auth_enabled else loki.place


def _why_on(loki: Loki) -> str:
    if loki.fact.auth_enabled is None and (loki.service is None or loki.service.flag(_FLAG) is None):
        return "`auth_enabled` is not set, and true by default"
    return "`auth_enabled` is true"


def _client(link: Link) -> str:
    what = {"datasource": "the data source"}.get(link.kind)
    name = f"`{link.client.name}`" if link.client else "the client"
    return f"{what} of {name}" if what else name


def _listed(tenants: set[str]) -> str:
    named = ", ".join(f"`{tenant}`" for tenant in sorted(tenants))
    return f"tenant {named}" if len(tenants) == 1 else f"the tenants {named}"


def _tenant_of(path: str, directory: str, service: Service | None) -> str | None:
    """The tenant in whose directory of the container a rule file lies."""
    prefix = posixpath.normpath(directory) + "/"
    for shown in container_paths(service, path) if service else ():
        tenant, slash, _ = shown.removeprefix(prefix).partition("/")
        if shown.startswith(prefix) and slash:
            return tenant
    return None
