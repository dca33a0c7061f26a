"""PQL017."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Expression, Prometheus, Service
from obslint.knowledge import reaches
from obslint.lang import promql
from obslint.lang.interpolation import HOLE
from obslint.rules.base import Rule

_INSTEAD = {
    "`holt_winters`": "use `double_exponential_smoothing`, with `--enable-feature=promql-experimental-functions`",
}


class DialectMismatch(Rule[Expression]):
    """An expression needs another version of Prometheus than the one that loads it, or a feature that is off.

    A function that the release does not have yet or any more, or that is experimental and not turned on by
    `--enable-feature`, is a syntax error to it: it refuses the whole rule file and does not start. That is an error;
    where the tag does not tell the release, as `latest`, and in a panel it is a warning. What no Prometheus has is for
    SYN005 to say.
    """

    code, name, severity = "PQL017", "dialect-mismatch", Severity.ERROR
    on = Expression

    def check(self, expression: Expression, graph: Graph) -> Iterator[Claim]:
        tree = expression.tree
        if tree is None or not expression.servers or "prometheus" not in expression.readers:
            return
        text = expression.substitution.text if expression.substitution is not None else expression.text
        said: set[str] = set()
        for need in promql.needs(tree, text):
            touched = expression.substitution is not None and expression.substitution.touches(need.start, need.end)
            if touched or need.what in said:
                continue
            for server in expression.servers:
                claim = self._judge(expression, need, server)
                if claim is not None:
                    said.add(need.what)
                    yield claim
                    break

    def _judge(self, expression: Expression, need: promql.Need, server: Prometheus) -> Claim | None:
        service = server.service
        if service is None or service.image is None or not service.runs("prometheus"):
            return None
        lack = _lack(need, service)
        if lack is None:
            return None
        why, help, certain = lack
        panel = expression.rule is None
        return self.claim(
            expression,
            f"{expression.what} uses {need.what}, {why}: "
            + ("it shows an error" if panel else "Prometheus refuses the file"),
            place=expression.within(need.start, need.end),
            related=[Related(service.fact.image.place if service.fact.image else service.place, _runs(service))],
            help=help,
            subject=need.what.strip("`"),
            proven=certain and not panel and service.amended.no,
        )


def _lack(need: promql.Need, service: Service) -> tuple[str, str, bool] | None:
    """Why a Prometheus does not take it, what to do, and whether that is certain; None where it does, or may."""
    version = service.image.version if service.image else None
    if version is None and not _newest(service):
        return None
    if need.until is not None and (version is None or reaches(version, need.until)):
        help = _INSTEAD.get(need.what, f"write it without {need.what}")
        return f"which is gone from Prometheus {need.until} on", help, version is not None
    if need.since is not None and version is not None and reaches(version, need.since) is False:
        feature = f" with `--enable-feature={need.feature}`" if need.feature and need.stable is None else ""
        return (
            f"which exists from Prometheus {need.since} on",
            f"run Prometheus {need.since} or newer{feature}, or write it without {need.what}",
            True,
        )
    if need.feature is None or (need.stable is not None and reaches(version, need.stable) is not False):
        return None
    if _enabled(service, need.feature) or service.scripted:
        return None
    why = f"which is experimental and off: `{need.feature}` is not enabled"
    return why, f"start Prometheus with `--enable-feature={need.feature}`", version is not None


def _newest(service: Service) -> bool:
    """Whether it runs whatever the newest release is."""
    image = service.image
    return image is not None and image.tag_known and image.digest is None and image.tag in (None, "latest")


def _enabled(service: Service, feature: str) -> bool:
    words = ",".join(flag.value or "" for flag in service.all_flags("enable-feature"))
    return feature in words.split(",") or HOLE in words


def _runs(service: Service) -> str:
    version = service.image.version if service.image else None
    release = f"Prometheus {'.'.join(map(str, version))}" if version else "the newest Prometheus"
    return f"service `{service.name}` runs {release}"
